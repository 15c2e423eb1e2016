"""What of a container each signature covers, and which files none covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vnsign.formats.asic.members import Inside
from vnsign.model.facts import CoverageScope, DigestRole, Problem, SignatureFacts, SignatureKind

_SIGNED = (DigestRole.DATA, DigestRole.MANIFEST, DigestRole.MANIFEST_ENTRY)


def with_coverage(signatures: Sequence[SignatureFacts], inside: Inside) -> tuple[tuple[SignatureFacts, ...], tuple[str, ...]]:
    """The signatures with their coverage, and the names of the files that none covers.

    Anybody can add a file to a container, so such files are named with every signature. A time-stamp signs nothing: it counts
    only where the container has nothing but time-stamps.
    """
    covers = [_covered(item, inside) for item in signatures]
    data = set(inside.data_names)
    signing = [names for item, names in zip(signatures, covers, strict=True) if item.kind is SignatureKind.SIGNATURE]
    reached = set().union(*(signing or covers)) if covers else set()
    uncovered = tuple(name for name in inside.data_names if name not in reached)
    found = [_with_scope(item, names, data, uncovered) for item, names in zip(signatures, covers, strict=True)]
    return tuple(found), uncovered


def _covered(facts: SignatureFacts, inside: Inside) -> frozenset[str]:
    """The entries whose digests the signature has, and which are as they were."""
    if facts.kind is SignatureKind.COUNTER_SIGNATURE:
        return frozenset()
    digests = facts.digests
    if facts.document_timestamp is not None:
        if not facts.document_timestamp.imprint.matches:
            return frozenset()
        digests = (*digests, facts.document_timestamp.imprint)
    found = set()
    for item in digests:
        # XAdES writes the URI as the name of the digest, CAdES and manifests say what is covered.
        name = item.covers if item.covers in inside.data_names else inside.entries.name(item.name)
        if name is not None and item.matches and item.role in _SIGNED:
            found.add(name)
    return frozenset(found)


def _with_scope(facts: SignatureFacts, names: frozenset[str], data: set[str], uncovered: Sequence[str]) -> SignatureFacts:
    if facts.kind is SignatureKind.COUNTER_SIGNATURE:
        return facts
    scope = CoverageScope.WHOLE_DOCUMENT
    if not names >= data:
        scope = CoverageScope.PARTIAL if names else CoverageScope.NOTHING
    problems = facts.problems
    if uncovered:
        problems = (*problems, Problem("asic.file-not-covered", (("files", ", ".join(uncovered)),)))
    return replace(facts, coverage=scope, covered=tuple(sorted(names)), problems=problems)
