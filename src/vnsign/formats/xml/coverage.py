"""What of the document a signature covers, and whether what it covers stands where readers look.

A reference by identifier says nothing of position: an attacker can move the signed element aside and put another of the same
name in its place (XML signature wrapping). So every signed element is compared with its twins: elements of the same name that
no signature covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any

from lxml import etree

from vnsign.formats.xml import names
from vnsign.formats.xml.faults import problem
from vnsign.formats.xml.nodes import Reading
from vnsign.formats.xml.positions import position
from vnsign.formats.xml.references import Resolved
from vnsign.model.facts import CoverageScope, DigestRole, Problem

_DATA = (DigestRole.DATA, DigestRole.MANIFEST)
_PRICE_OF_A_LOOK = 200
"""In octets of the budget: looking at an element costs about as much as digesting so many."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much is covered, where, and what is suspicious about it."""

    scope: CoverageScope
    covered: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


def judge_coverage(signature: Any, resolved: Sequence[Resolved], marks: dict[Any, bool], reading: Reading) -> Coverage:
    """Scope, positions and positional problems of one signature.

    Args:
        signature: the ``ds:Signature``.
        resolved: its references.
        marks: what all signatures of the document cover (:func:`marks_of`): what another one covers is no unsigned twin.
        reading: the document.
    """
    data = [item for item in resolved if item.facts.role in _DATA]
    covered = tuple(dict.fromkeys(item.facts.covers for item in resolved if item.facts.covers))
    if not data:
        return Coverage(CoverageScope.NOTHING, covered, (problem("xml.covers-no-data", covered=", ".join(covered)[:200]),))
    whole = any(_whole(item, reading) for item in data) or _whole_enveloping(signature, data)
    problems = [*_positional(signature, data, marks, reading), *_split_text(data)]
    return Coverage(CoverageScope.WHOLE_DOCUMENT if whole else CoverageScope.PARTIAL, covered, tuple(problems))


def _whole(item: Resolved, reading: Reading) -> bool:
    """Whether the document is covered, signatures aside."""
    nodes = item.covered
    if nodes is None or nodes.reading is not reading or not nodes.includes(reading.root):
        return False
    return all(hole.tag == names.SIGNATURE for hole in nodes.holes())


def _whole_enveloping(signature: Any, data: Sequence[Resolved]) -> bool:
    """Whether the signature is the document and every object in it that holds data is covered."""
    objects = [
        item for item in signature.findall(names.OBJECT) if not any(True for _ in item.iterchildren("{*}QualifyingProperties"))
    ]
    if signature.getparent() is not None or not objects:
        return False
    return all(any(item.covered is not None and item.covered.includes(one) for item in data) for one in objects)


def marks_of(signatures: Iterable[Sequence[Resolved]]) -> dict[Any, bool]:
    """Elements from which on downwards something is covered by one of the signatures, or is not.

    Args:
        signatures: the references of each.
    """
    marks: dict[Any, bool] = {}
    for nodes in (item.covered for resolved in signatures for item in resolved if item.facts.role in _DATA):
        if nodes is None:
            continue
        if nodes.whole_document:
            marks[nodes.reading.root] = True
        for element, flag in nodes.borders():
            marks[element] = flag or marks.get(element, False)
    return marks


def _is_covered(element: Any, marks: dict[Any, bool]) -> bool:
    while element is not None:
        if element in marks:
            return marks[element]
        element = element.getparent()
    return False


def _positional(signature: Any, data: Sequence[Resolved], marks: dict[Any, bool], reading: Reading) -> Iterator[Problem]:
    around = [signature, *signature.iterancestors()]
    own = marks_of([data])
    for item in data:
        base = item.base
        if base is None or base.getparent() is None:
            continue
        enveloped = any(base is ancestor for ancestor in around)
        stand_in = None if enveloped else _stand_in(base, around, own, reading)
        if stand_in is not None:
            yield problem("xml.wrapping-suspected", covered=item.facts.covers, twin=position(stand_in))
            continue
        twin = _twin(base, marks, reading)
        if twin is not None:
            yield problem("xml.unsigned-twin", covered=item.facts.covers, twin=position(twin))
        elif not enveloped and not _in_expected_place(base, around):
            yield problem("xml.signature-position", covered=item.facts.covers, signature=position(signature))


def _stand_in(base: Any, around: Sequence[Any], own: dict[Any, bool], reading: Reading) -> Any:
    """An element that readers find where they look for the signed one, and that this signature does not cover.

    That other signatures cover it is no excuse: an attacker signs what he likes with a key of his own.
    """
    if base.tag == names.OBJECT and base.getparent().tag != names.SIGNATURE:
        return around[0]
    if _is_plumbing(base):
        return None
    for ancestor in around[1:]:
        if ancestor.tag == base.tag and not _is_covered(ancestor, own):
            return ancestor
    deepest = _depth(base) - 1
    beside = (one for one in _same_name(base.tag, deepest, reading) if one is not base)
    return next((one for one in beside if not _is_covered(one, own)), None)


def _twin(base: Any, marks: dict[Any, bool], reading: Reading) -> Any:
    """An element of the same name that no signature covers, wherever it stands, around the signed one included.

    A reader that takes the first of that name in the document, or the last, would take it.
    """
    if _is_plumbing(base):
        return None
    key = ("uncovered", base.tag)
    if key not in reading.found:
        uncovered = (one for one in _same_name(base.tag, None, reading) if not _is_covered(one, marks))
        reading.found[key] = tuple(islice(uncovered, 2))
    return next((one for one in reading.found[key] if one is not base), None)


def _is_plumbing(base: Any) -> bool:
    """Parts of signatures: a signature has as many objects as it likes, and every signature has a value."""
    return bool(base.tag.startswith(f"{{{names.DS}}}")) and base.tag != names.MANIFEST


def _same_name(tag: str, deepest: int | None, reading: Reading) -> Iterator[Any]:
    """The elements of a name, the highest first, down to a depth where one is given; each look is paid for."""
    key = ("same name", tag)
    if key not in reading.found:
        reading.budget.run_xpath()
        reading.found[key] = tuple(sorted(((_depth(one), one) for one in reading.tree.iter(tag)), key=itemgetter(0)))
    for depth, element in reading.found[key]:
        if deepest is not None and depth > deepest:
            return
        reading.budget.spend(_PRICE_OF_A_LOOK)
        yield element


def _depth(element: Any) -> int:
    return sum(1 for _ in element.iterancestors())


def _in_expected_place(base: Any, around: Sequence[Any]) -> bool:
    """Beside the signature: an object of it, or a child of an element that also holds the signature."""
    parent = base.getparent()
    if any(parent is ancestor for ancestor in around):
        return True
    # Inside the signature: the content of an object, or properties.
    return any(ancestor is around[0] for ancestor in base.iterancestors()) and parent.tag == names.OBJECT


def _split_text(data: Sequence[Resolved]) -> Iterator[Problem]:
    """Comments that are not digested and stand within a text: a reader that stops there sees less than was signed."""
    for item in data:
        if item.covered is None or item.octets is None or b"<!--" in item.octets:
            continue
        for top in item.covered.tops():
            for comment in top.iter(etree.Comment):
                parent = comment.getparent()
                if parent is not None and _splits(comment, parent) and item.covered.includes(parent):
                    yield problem("xml.comment-in-text", element=position(parent))
                    return


def _splits(comment: Any, parent: Any) -> bool:
    previous = comment.getprevious()
    before = parent.text if previous is None else previous.tail
    return bool((before or "").strip() and (comment.tail or "").strip())
