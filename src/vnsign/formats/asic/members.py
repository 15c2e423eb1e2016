"""The signature files of a container, each read by the reader of its format with the container's entries as data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from vnsign.errors import EvidenceError, LimitExceededError, UnreadableDocumentError
from vnsign.formats import evidence_records
from vnsign.formats.asic.manifest import EntryDigests, Manifest
from vnsign.formats.asic.names import Entries
from vnsign.formats.cms.protection import held_by
from vnsign.formats.cms.signatures import Source, read_signatures, read_timestamp
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.read import read_xml
from vnsign.model.facts import (
    CoverageScope,
    DigestFacts,
    DigestRole,
    Problem,
    SignatureFacts,
    SignatureFormat,
    SignatureKind,
    TimestampFacts,
)
from vnsign.model.limits import Limits


@dataclass(frozen=True, slots=True)
class Inside:
    """A container as its members see it.

    Attributes:
        form: ``asic-s`` or ``asic-e``.
        entries: every entry, by URI.
        data_names: the entries that are there to be signed.
        manifests: those that could be read.
        broken: problems of those that could not.
        digests: of entries that manifests cover.
        limits: upper bounds.
    """

    form: str
    entries: Entries
    data_names: tuple[str, ...]
    manifests: tuple[Manifest, ...]
    broken: tuple[Problem, ...]
    digests: EntryDigests
    limits: Limits

    def manifests_of(self, name: str) -> tuple[Manifest, ...]:
        """The manifests that a signature or time-stamp file signs."""
        return tuple(item for item in self.manifests if self.entries.name(item.signature) == name)


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a CMS file of the container signs: a manifest with the digests in it, or the one data object."""

    name: str = ""
    data: bytes | None = None
    digests: tuple[DigestFacts, ...] = ()
    problem: Problem | None = None


def _signed(name: str, inside: Inside) -> _Signed:
    manifests = inside.manifests_of(name)
    if len(manifests) == 1:
        return _Signed(manifests[0].name, manifests[0].data, inside.digests.facts(manifests[0]))
    if manifests:
        names = ", ".join(item.name for item in manifests)
        return _Signed(problem=Problem("asic.manifest-ambiguous", (("file", name), ("manifests", names))))
    if inside.form != "asic-s":
        return _Signed(problem=Problem("asic.manifest-missing", (("file", name),)))
    if len(inside.data_names) != 1:
        return _Signed()  # the container has a problem of its own, asic.data-objects
    return _Signed(inside.data_names[0], inside.entries[inside.data_names[0]])


def xades(name: str, inside: Inside) -> tuple[SignatureFacts, ...]:
    """The signatures of an XML file in ``META-INF``."""
    source = DocumentSource(name, data=inside.entries[name])
    try:
        found = read_xml(source, limits=inside.limits, external=inside.entries).signatures
    except LimitExceededError:
        raise
    except UnreadableDocumentError as error:
        return (_unreadable(name, SignatureFormat.XML_OTHER, error.message),)
    if not found:
        return (_unreadable(name, SignatureFormat.XML_OTHER, "no signature in it"),)
    return tuple(_prefixed(item, name) for item in found)


def _prefixed(facts: SignatureFacts, name: str) -> SignatureFacts:
    stamps = tuple(replace(item, protects=_renamed(item.protects, name)) for item in facts.timestamps)
    return replace(facts, id=f"{name}#{facts.id}", location=f"{name}, {facts.location}", timestamps=stamps)


def _renamed(protects: Sequence[str], name: str) -> tuple[str, ...]:
    mark = "signature:"
    return tuple(f"{mark}{name}#{item[len(mark) :]}" if item.startswith(mark) else item for item in protects)


def _unreadable(name: str, format_: SignatureFormat, found: str) -> SignatureFacts:
    return SignatureFacts(
        id=name,
        kind=SignatureKind.SIGNATURE,
        format=format_,
        location=name,
        coverage=CoverageScope.NOTHING,
        problems=(Problem("asic.signature-file-malformed", (("file", name), ("found", found))),),
    )


def cades(name: str, inside: Inside) -> tuple[SignatureFacts, ...]:
    """The signatures of a CMS file in ``META-INF``: over a manifest and so over what that covers, or over the data object."""
    signed = _signed(name, inside)
    source = Source(
        inside.entries[name], prefix=f"{name}#", location=name, covers=signed.name, detached=signed.data, encapsulates=False
    )
    try:
        _, found = read_signatures(source, inside.limits)
    except EvidenceError as error:
        return (_unreadable(name, SignatureFormat.CMS, error.message),)
    if not found:
        return (_unreadable(name, SignatureFormat.CMS, "no signer in it"),)
    return tuple(_over(item, signed) if item.kind is SignatureKind.SIGNATURE else item for item in found)


def _over(facts: SignatureFacts, signed: _Signed) -> SignatureFacts:
    problems = facts.problems if signed.problem is None else (*facts.problems, signed.problem)
    own = facts.digests
    if signed.digests:
        own = tuple(replace(item, role=DigestRole.MANIFEST) for item in own)
    return replace(facts, digests=(*own, *signed.digests), problems=problems)


def timestamp(name: str, inside: Inside) -> SignatureFacts:
    """A time-stamp file in ``META-INF``: over a manifest and so over what that covers, or over the data object."""
    signed = _signed(name, inside)
    source = Source(inside.entries[name], prefix=name, location=name, covers=signed.name, detached=signed.data)
    try:
        facts = read_timestamp(source, inside.limits)
    except EvidenceError as error:
        return _unreadable(name, SignatureFormat.ASIC_TIMESTAMP, error.message)
    stamp = facts.document_timestamp
    if stamp is None:  # read_timestamp always has one
        return facts
    token = replace(stamp.token, digests=(*stamp.token.digests, *signed.digests))
    problems = facts.problems if signed.problem is None else (*facts.problems, signed.problem)
    return replace(facts, digests=token.digests, document_timestamp=replace(stamp, token=token), problems=problems)


def evidence_record(name: str) -> SignatureFacts:
    """An evidence record in ``META-INF``: listed, not judged."""
    return evidence_records.listed(name, name)


def number(name: str) -> int:
    """The number at the end of the name of a time-stamp file, 0 without one."""
    found = re.search(r"(\d{1,9})\.[a-z]+$", name)
    return int(found[1]) if found else 0


def with_protection(
    stamps: Sequence[SignatureFacts], signatures: Sequence[SignatureFacts], inside: Inside
) -> list[SignatureFacts]:
    """The time-stamps with what they prove to have existed: signatures and time-stamps in the files that they cover."""
    by_file: dict[str, list[str]] = {}
    for facts in (*signatures, *stamps):
        by_file.setdefault(file_of(facts), []).extend(_proved(facts))
    return [_with_protects(facts, by_file, inside) for facts in stamps]


def file_of(facts: SignatureFacts) -> str:
    """The entry that a signature stands in."""
    return facts.id.partition("#")[0]


def _proved(facts: SignatureFacts) -> Iterator[str]:
    stamps = facts.timestamps if facts.document_timestamp is None else (facts.document_timestamp,)
    if facts.document_timestamp is None:
        yield f"signature:{facts.id}"
    ders = [item.der for item in facts.certificates] + [*facts.crls, *facts.ocsps]
    for stamp in stamps:
        ders += [stamp.der, *held_by(stamp)]
    yield from dict.fromkeys(hashlib.sha256(der).hexdigest() for der in ders)


def _with_protects(facts: SignatureFacts, by_file: dict[str, list[str]], inside: Inside) -> SignatureFacts:
    stamp = facts.document_timestamp
    if stamp is None:
        return facts
    names = [name for name in covered_files(stamp, inside) if name != file_of(facts)]
    protects = tuple(dict.fromkeys(item for name in names for item in by_file.get(name, ())))
    return replace(facts, document_timestamp=replace(stamp, protects=protects))


def covered_files(stamp: TimestampFacts, inside: Inside) -> tuple[str, ...]:
    """The entries whose digests, in the manifest that is time-stamped, match."""
    if not stamp.imprint.matches:
        return ()
    return tuple(item.covers for item in stamp.token.digests if item.covers in inside.entries and item.matches)


def with_levels(signatures: Sequence[SignatureFacts], stamps: Sequence[SignatureFacts], inside: Inside) -> list[SignatureFacts]:
    """CAdES signatures with long-term material whose file an archive manifest covers are of level B-LTA."""
    archived = {
        name
        for facts in stamps
        if facts.document_timestamp is not None
        for name in covered_files(facts.document_timestamp, inside)
    }
    return [replace(item, level="B-LTA") if item.level == "B-LT" and file_of(item) in archived else item for item in signatures]


def with_problems(facts: SignatureFacts, problems: Sequence[Problem]) -> SignatureFacts:
    """The facts with problems of the container."""
    return replace(facts, problems=(*facts.problems, *problems)) if problems else facts
