"""``vnsign policy``: the built-in policies and what they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vnsign.cli import output
from vnsign.errors import VnsignError

if TYPE_CHECKING:
    from vnsign.model.policy import AlgorithmPolicy, Dated

KINDS = ("rsa", "ec", "dsa")
"""Kinds of keys that have a least size."""


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
    algorithms = found.algorithms
    if as_json:
        levels = {rule: level.value for rule, level in found.levels}
        data = {
            "id": found.id,
            "version": found.version,
            "revocation": found.revocation.value,
            "digests": {name: None if last is None else last.isoformat() for name, last in algorithms.digests},
            "schemes": {name: None if last is None else last.isoformat() for name, last in algorithms.schemes},
            "key_sizes": {kind: _sizes(algorithms, kind) for kind in KINDS},
            "levels": levels,
        }
        output.result(json.dumps(data, ensure_ascii=False, indent=2))
        return
    output.result(f"{found.label}\n{found.title_vi}\n{found.title_en}\n")
    output.result(f"revocation: {found.revocation.value}")
    output.result(f"digests: {_dated(algorithms.digests)}\nschemes: {_dated(algorithms.schemes)}")
    for kind in KINDS:
        sizes = (f"≥ {bits}" + (f" (until {until})" if until else "") for until, bits in _sizes(algorithms, kind).items())
        output.result(f"{kind.upper()} keys: {', '.join(sizes)}")
    output.result("")
    for rule_id, level in found.levels:
        cited = "; ".join(item.text for item in rules()[rule_id].cites)
        output.result(f"{level.value:<8} {rule_id:<40} {cited}")


def _dated(listed: Dated) -> str:
    return ", ".join(name if last is None else f"{name} (until {last})" for name, last in listed)


def _sizes(algorithms: AlgorithmPolicy, kind: str) -> dict[str, int]:
    """Least sizes by last day (ISO); the key ``""`` stands for what holds without end."""
    least = {"rsa": algorithms.rsa_bits, "ec": algorithms.ec_bits, "dsa": algorithms.dsa_bits}[kind]
    before = {"rsa": algorithms.rsa_bits_before, "ec": algorithms.ec_bits_before, "dsa": algorithms.dsa_bits_before}[kind]
    return {"": least} | {until.isoformat(): bits for until, bits in before}
