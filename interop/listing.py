"""The list of disagreements with their reasons. It is exact: what is new, gone or different fails."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from interop.comparison import Pair

LIST = Path(__file__).parent / "disagreements.toml"
LEAST_REASON = 30
OPEN = "OPEN: "
"""How the reason of a disagreement begins in which we are not right, or not yet."""
HEAD = """\
# Where vnsign and EU DSS part, each with its reason. `make interop` and the tests fail when an entry is not exact.
# `python -m interop.run --update` writes it anew and keeps the reasons; what is new gets an empty one, which the tests refuse.
# A reason that begins with "OPEN:" is a fault of ours that is known and not yet mended.
# ours, theirs: counts of sound signatures for `signatures`, else the word of the report. Counts say nothing of trust.
"""
Key = tuple[str, str]
Both = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """Files that differ alike for one reason."""

    reason: str
    subject: str
    ours: str
    theirs: str
    files: tuple[str, ...]


def groups() -> tuple[Group, ...]:
    """The list as it is written."""
    content = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return tuple(
        Group(row["reason"], row["subject"], row["ours"], row["theirs"], tuple(row["files"])) for row in content["group"]
    )


def listed() -> dict[Key, Both]:
    """The known disagreements: (file, subject) to (ours, theirs).

    Raises:
        ValueError: a disagreement has no reason, or is listed twice.
    """
    found: dict[Key, Both] = {}
    for group in groups():
        if len(group.reason) < LEAST_REASON:
            raise ValueError(f"no reason is given why {group.files[0]} differs in {group.subject}")
        for name in group.files:
            if (name, group.subject) in found:
                raise ValueError(f"listed twice: {name}, {group.subject}")
            found[name, group.subject] = (group.ours, group.theirs)
    return found


def disagreements(pairs: Iterable[Pair]) -> dict[Key, Both]:
    """What is found to differ, in the shape of :func:`listed`."""
    return {(pair.name, subject): both for pair in pairs for subject, both in pair.differences().items()}


def unexplained(pairs: Iterable[Pair]) -> list[str]:
    """Files that we accept and DSS calls wrong, without a reason in the list why we are right."""
    explained = {name for group in groups() for name in group.files if not group.reason.startswith(OPEN)}
    return [pair.name for pair in pairs if pair.false_accept() and pair.name not in explained]


def still_open(pairs: Sequence[Pair]) -> list[str]:
    """Reasons of the list in which we are not right, with the files that were judged."""
    judged = {pair.name for pair in pairs}
    return [
        f"{group.reason} {name}"
        for group in groups()
        if group.reason.startswith(OPEN)
        for name in group.files
        if name in judged
    ]


def stale(pairs: Sequence[Pair], known: Mapping[Key, Both]) -> list[str]:
    """Lines that say where list and findings part, for the files that were judged; empty when the list is exact."""
    judged, found = {pair.name for pair in pairs}, disagreements(pairs)
    relevant = {key: both for key, both in known.items() if key[0] in judged}
    lines = [f"not listed: {key} ours {both[0]!r}, DSS {both[1]!r}" for key, both in found.items() if key not in relevant]
    lines += [f"no longer so: {key}" for key in relevant if key not in found]
    return lines + [
        f"differs otherwise: {key} {found[key]}" for key in relevant if key in found and relevant[key] != found[key]
    ]


def rewritten(pairs: Sequence[Pair]) -> tuple[Group, ...]:
    """The groups as they must be after these findings; entries of files that were not judged stay."""
    judged, found = {pair.name for pair in pairs}, disagreements(pairs)
    kept = []
    for group in groups():
        files = [
            name for name in group.files if name not in judged or found.get((name, group.subject)) == (group.ours, group.theirs)
        ]
        for name in files:
            found.pop((name, group.subject), None)
        kept.append(Group(group.reason, group.subject, group.ours, group.theirs, tuple(files)))
    new: dict[tuple[str, str, str], list[str]] = {}
    for (name, subject), (own, other) in found.items():
        new.setdefault((subject, own, other), []).append(name)
    kept += [Group("", *key, tuple(sorted(files))) for key, files in new.items()]
    return tuple(group for group in kept if group.files)


def write(all_groups: Iterable[Group]) -> None:
    """Write the list."""
    parts = [HEAD]
    for group in sorted(
        all_groups, key=lambda item: (item.files[0].startswith("corpus"), item.reason, item.subject, item.files)
    ):
        parts.append("\n[[group]]\n")
        parts += [
            f"{name} = {json.dumps(getattr(group, name), ensure_ascii=False)}\n"
            for name in ("reason", "subject", "ours", "theirs")
        ]
        parts.append("files = [\n" + "".join(f"    {json.dumps(name, ensure_ascii=False)},\n" for name in group.files) + "]\n")
    LIST.write_text("".join(parts), encoding="utf-8")
