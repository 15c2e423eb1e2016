"""Built-in validation policies, one TOML file each, and the loader that refuses an incomplete one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from vnsign.errors import ConfigurationError
from vnsign.model.finding import Severity
from vnsign.model.policy import (
    AlgorithmPolicy,
    Dated,
    PolicySuccession,
    RevocationFreshness,
    RevocationRequirement,
    Sizes,
    ValidationPolicy,
)
from vnsign.validation.registry import rules

BUILT_IN = ("circular-15-2025", "circular-22-2020", "etsi-baseline", "historical")
"""Names of the policies of the package. ``historical`` is never chosen unless it is asked for."""

_SUCCESSION = ((date(2025, 8, 15), "circular-15-2025"), (date.min, "circular-22-2020"))
_KEYS = {"id", "version", "source", "title", "revocation", "freshness", "claimed_time_skew_seconds", "algorithms", "levels"}


_PSS_LEVELS = {"require": Severity.FAIL, "prefer": Severity.INFORM, "accept": Severity.IGNORE}
"""What a policy says of RSASSA-PSS, as the level of the rule that asks for it."""


def in_force(at: datetime) -> ValidationPolicy:
    """The national policy in force at a moment (Vietnam's day)."""
    return succession().at(at)


@lru_cache(maxsize=1)
def succession() -> PolicySuccession:
    """The national policies, each with its first day, so that every signature is judged by the rules of its time."""
    return PolicySuccession(tuple((since, load(name)) for since, name in _SUCCESSION))


def describe(labels: Iterable[str], default: ValidationPolicy) -> str:
    """What a document's report names as its policy: the one of its signatures, or all of them where they differ."""
    found = sorted(set(labels)) or [default.label]
    return found[0] if len(found) == 1 else f"by signing time: {', '.join(found)}"


@lru_cache(maxsize=16)
def load(name: str) -> ValidationPolicy:
    """A built-in policy by name, or one read from a ``.toml`` file.

    Raises:
        ConfigurationError: unknown name, unreadable file, a registered rule without a level, a level for no rule.
    """
    if name in BUILT_IN:
        text = Path(__file__).with_name(f"{name}.toml").read_text("utf-8")
        return parse(text, "built in")
    path = Path(name)
    if path.suffix != ".toml":
        raise ConfigurationError(
            f"no policy named {name!r}", code="UNKNOWN_POLICY", hint=f"one of {', '.join(BUILT_IN)}, or a .toml file"
        )
    try:
        return parse(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"policy {name}: cannot be read: {error}", code="POLICY_UNREADABLE") from error


def parse(text: str, source: str) -> ValidationPolicy:
    """Build a policy from TOML text. Raises ConfigurationError where it is incomplete or says something unknown."""
    try:
        data = tomllib.loads(text)
        unknown = set(data) - _KEYS
        if unknown:
            raise ConfigurationError(f"policy says something unknown: {', '.join(sorted(unknown))}", code="POLICY_INVALID")
        return ValidationPolicy(
            id=str(data["id"]),
            version=str(data["version"]),
            title_vi=str(data["title"]["vi"]),
            title_en=str(data["title"]["en"]),
            levels=_levels(data["levels"], data["algorithms"], str(data["id"])),
            algorithms=_algorithms(data["algorithms"]),
            revocation=RevocationRequirement(data["revocation"]),
            freshness=RevocationFreshness(data["freshness"]),
            claimed_time_skew_seconds=int(data.get("claimed_time_skew_seconds", 60)),
            source=source,
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ConfigurationError(f"policy from {source} is not valid: {error!r}", code="POLICY_INVALID") from error


def _levels(tables: dict[str, dict[str, str]], algorithms: dict[str, Any], policy: str) -> tuple[tuple[str, Severity], ...]:
    given = {f"{topic}.{name}": Severity(level) for topic, names in tables.items() for name, level in names.items()}
    if "rsa_pss" in algorithms:
        if "algorithms.rsa-pss" in given:
            raise ConfigurationError(
                f"policy {policy}: rsa_pss and the level of algorithms.rsa-pss say the same thing twice", code="POLICY_INVALID"
            )
        given["algorithms.rsa-pss"] = _PSS_LEVELS[algorithms["rsa_pss"]]
    known = set(rules())
    forgotten, extra = sorted(known - set(given)), sorted(set(given) - known)
    if forgotten or extra:
        said = "; ".join(
            text
            for text in (forgotten and f"no level for {', '.join(forgotten)}", extra and f"no such rule: {', '.join(extra)}")
            if text
        )
        raise ConfigurationError(
            f"policy {policy}: {said}",
            code="POLICY_INCOMPLETE",
            hint="give every registered rule a level; `vnsign policy show` lists them",
        )
    return tuple(sorted(given.items()))


_ALGORITHM_KEYS = {
    *("digests", "schemes", "rsa_pss"),
    *(f"{kind}_bits{suffix}" for kind in ("rsa", "ec", "dsa") for suffix in ("", "_before")),
}


def _algorithms(table: dict[str, Any]) -> AlgorithmPolicy:
    unknown = set(table) - _ALGORITHM_KEYS
    if unknown:
        raise ConfigurationError(f"[algorithms] says something unknown: {', '.join(sorted(unknown))}", code="POLICY_INVALID")
    return AlgorithmPolicy(
        digests=_dated(table["digests"]),
        schemes=_dated(table["schemes"]),
        rsa_bits=int(table["rsa_bits"]),
        ec_bits=int(table["ec_bits"]),
        dsa_bits=int(table["dsa_bits"]),
        rsa_bits_before=_sizes(table.get("rsa_bits_before", ())),
        ec_bits_before=_sizes(table.get("ec_bits_before", ())),
        dsa_bits_before=_sizes(table.get("dsa_bits_before", ())),
    )


def _dated(table: dict[str, Any]) -> Dated:
    return tuple((name, None if last is True else _day(last)) for name, last in table.items())


def _sizes(items: Iterable[dict[str, Any]]) -> Sizes:
    return tuple((_day(item["until"]), int(item["bits"])) for item in items)


def _day(value: object) -> date:
    if isinstance(value, date):
        return value
    raise ValueError(f"{value!r} is not a date")
