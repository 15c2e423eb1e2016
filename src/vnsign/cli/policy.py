"""``vnsign policy``: the built-in policies and what they ask."""

from __future__ import annotations

from typing import Annotated

import typer

from vnsign.cli import output
from vnsign.errors import VnsignError

app = typer.Typer(help="List the validation policies and show what one asks.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_() -> None:
    """List the built-in policies."""
    from vnsign.validation.policies import BUILT_IN, load

    for name in BUILT_IN:
        policy = load(name)
        output.result(f"{policy.label:<22} {policy.title_vi}\n{'':<22} {policy.title_en}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A built-in policy or a .toml file.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the level that a policy gives to every rule, and its algorithms."""
    import json

    from vnsign.cli.exit_codes import ExitCode
    from vnsign.validation.policies import load
    from vnsign.validation.registry import rules

    try:
        policy = load(name)
    except VnsignError as error:
        output.error(error)
        raise typer.Exit(ExitCode.USAGE) from error
    digests = {digest: None if last is None else last.isoformat() for digest, last in policy.algorithms.digests}
    if as_json:
        levels = {rule: level.value for rule, level in policy.levels}
        data = {
            "id": policy.id,
            "version": policy.version,
            "revocation": policy.revocation.value,
            "digests": digests,
            "levels": levels,
        }
        output.result(json.dumps(data, ensure_ascii=False, indent=2))
        return
    output.result(f"{policy.label}\n{policy.title_vi}\n{policy.title_en}\n")
    output.result(
        f"revocation: {policy.revocation.value}; RSA ≥ {policy.algorithms.rsa_bits}; EC ≥ {policy.algorithms.ec_bits}"
    )
    output.result(
        "digests: " + ", ".join(name if last is None else f"{name} (until {last})" for name, last in digests.items()) + "\n"
    )
    for rule_id, level in policy.levels:
        cited = "; ".join(item.text for item in rules()[rule_id].cites)
        output.result(f"{level.value:<8} {rule_id:<40} {cited}")
