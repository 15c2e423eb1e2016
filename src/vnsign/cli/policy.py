"""``vnsign policy``: the built-in policies and what they ask."""

from __future__ import annotations

import click

from vnsign.cli import output
from vnsign.errors import VnsignError


@click.group()
def policy() -> None:
    """List the validation policies and show what one asks."""


@policy.command("list")
def list_() -> None:
    """List the built-in policies."""
    from vnsign.validation.policies import BUILT_IN, load

    for name in BUILT_IN:
        found = load(name)
        output.result(f"{found.label:<22} {found.title_vi}\n{'':<22} {found.title_en}")


@policy.command()
@click.argument("name", metavar="NAME")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(name: str, as_json: bool) -> None:
    """Show the level that a policy gives to every rule, and its algorithms."""
    import json

    from vnsign.cli.exit_codes import ExitCode
    from vnsign.validation.policies import load
    from vnsign.validation.registry import rules

    try:
        found = load(name)
    except VnsignError as error:
        output.error(error)
        raise SystemExit(ExitCode.USAGE) from error
    digests = {digest: None if last is None else last.isoformat() for digest, last in found.algorithms.digests}
    if as_json:
        levels = {rule: level.value for rule, level in found.levels}
        data = {
            "id": found.id,
            "version": found.version,
            "revocation": found.revocation.value,
            "digests": digests,
            "levels": levels,
        }
        output.result(json.dumps(data, ensure_ascii=False, indent=2))
        return
    output.result(f"{found.label}\n{found.title_vi}\n{found.title_en}\n")
    output.result(f"revocation: {found.revocation.value}; RSA ≥ {found.algorithms.rsa_bits}; EC ≥ {found.algorithms.ec_bits}")
    output.result(
        "digests: " + ", ".join(name if last is None else f"{name} (until {last})" for name, last in digests.items()) + "\n"
    )
    for rule_id, level in found.levels:
        cited = "; ".join(item.text for item in rules()[rule_id].cites)
        output.result(f"{level.value:<8} {rule_id:<40} {cited}")
