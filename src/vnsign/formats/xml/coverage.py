"""What of the document a signature covers, and whether what it covers stands where readers look (EN 319 102-1, 5.2.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vnsign.formats.xml import names
from vnsign.formats.xml.faults import problem
from vnsign.formats.xml.nodes import Reading
from vnsign.formats.xml.references import Resolved
from vnsign.model.facts import CoverageScope, DigestRole, Problem

_DATA = (DigestRole.DATA, DigestRole.MANIFEST)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much is covered, where, and what is suspicious about it."""

    scope: CoverageScope
    covered: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


def judge_coverage(signature: Any, resolved: Sequence[Resolved], reading: Reading) -> Coverage:
    """Scope, positions and positional problems of one signature."""
    data = [item for item in resolved if item.facts.role in _DATA]
    covered = tuple(dict.fromkeys(item.facts.covers for item in resolved if item.facts.covers))
    if not data:
        return Coverage(CoverageScope.NOTHING, covered, (problem("xml.covers-no-data", covered=", ".join(covered)[:200]),))
    whole = any(_whole(item, signature, reading) for item in data)
    return Coverage(CoverageScope.WHOLE_DOCUMENT if whole else CoverageScope.PARTIAL, covered)


def _whole(item: Resolved, signature: Any, reading: Reading) -> bool:
    """Whether the document is covered, signatures aside."""
    nodes = item.covered
    if nodes is None or nodes.reading is not reading or not nodes.includes(reading.root):
        return False
    return all(hole.tag == names.SIGNATURE for hole in nodes.holes()) and signature is not None
