"""Every signature of a SignedData: all its signers, the counter-signatures on them, and what is only listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from vnsign.crypto import digests
from vnsign.errors import LimitExceededError
from vnsign.formats.cms.archive import ARCHIVE, with_archive
from vnsign.formats.evidence_records import listed
from vnsign.model.facts import (
    CoverageScope,
    Problem,
    SignatureFacts,
    SignatureFormat,
    SignatureKind,
    TimestampFacts,
    TimestampKind,
)
from vnsign.model.limits import Limits
from vnsign.pki.cms_reader import DetachedDigest, Reading, Request, read_signer
from vnsign.pki.cms_structure import ID_DATA, ID_TST_INFO, SignerInfo, Structure, read_structure
from vnsign.pki.held_status import earned_level
from vnsign.pki.signed_data import with_timestamps
from vnsign.pki.tsp import read_token

COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"
_EVIDENCE_RECORDS = frozenset(("1.2.840.113549.1.9.16.2.49", "1.2.840.113549.1.9.16.2.50"))
_DEEPEST_COUNTER_SIGNATURE = 4


@dataclass(frozen=True, slots=True)
class Source:
    """A CMS structure to be read, and what it signs.

    Attributes:
        der: the ContentInfo, BER or DER.
        prefix: put before every id, so that ids are unique in a container.
        location: where it is, for people; may be empty.
        covers: name of the detached content, for people; may be empty.
        detached: the detached content; ``None`` when it is not at hand.
        encapsulates: whether content inside the structure is what is signed. Otherwise it is the detached content alone, and
            content inside is a problem: it could be other data than a reader of the container sees.
    """

    der: bytes = field(repr=False)
    prefix: str = ""
    location: str = ""
    covers: str = ""
    detached: bytes | None = field(default=None, repr=False)
    encapsulates: bool = True


def digest_of(data: bytes | None) -> DetachedDigest:
    """A function from the name of a digest to the digest of these data, each computed once."""

    @lru_cache(maxsize=8)
    def digest(name: str) -> bytes | None:
        return None if data is None or name not in digests.SUPPORTED else digests.digest(name, data)

    return digest


def read_signatures(source: Source, limits: Limits) -> tuple[Structure, tuple[SignatureFacts, ...]]:
    """Read every signature of a SignedData.

    Args:
        source: the bytes, and what they sign.
        limits: upper bounds.

    Returns:
        The structure, and a signature for each SignerInfo in order, each followed by the counter-signatures on it; one
        document time-stamp where the content is a TSTInfo.

    Raises:
        EvidenceError: no CMS, or none with SignedData. LimitExceededError: too many signatures, too large.
    """
    structure = read_structure(source.der)
    # Contents and revocation lists are large by nature, and have bounds of their own.
    size = len(source.der) - len(structure.content or b"") - sum(item.stop - item.start for item in structure.crls)
    if size > limits.signature_bytes:
        raise LimitExceededError(f"a CMS structure of {size} bytes, at most {limits.signature_bytes} are read")
    if structure.content_type == ID_TST_INFO and structure.content is not None and source.encapsulates:
        return structure, (read_timestamp(source, limits),)
    reader = _Reader(source, structure, limits)
    found: list[SignatureFacts] = []
    for item in reader.all():
        found.append(item)
        if len(found) > limits.signatures:
            raise LimitExceededError(f"more than {limits.signatures} signatures")
    return structure, tuple(found)


def read_timestamp(source: Source, limits: Limits) -> SignatureFacts:
    """A time-stamp token on its own, as a document time-stamp over the detached content.

    Raises:
        EvidenceError: no token.
    """
    stamp = read_token(
        source.der,
        id_=source.prefix or "timestamp",
        kind=TimestampKind.DOCUMENT,
        computed=digest_of(source.detached),
        covers=source.covers,
        limits=limits,
    )
    return timestamp_facts(stamp, source)


def timestamp_facts(stamp: TimestampFacts, source: Source) -> SignatureFacts:
    """The facts of a document time-stamp outside a PDF."""
    return SignatureFacts(
        id=stamp.id,
        kind=SignatureKind.DOCUMENT_TIMESTAMP,
        format=SignatureFormat.ASIC_TIMESTAMP,
        location=source.location,
        digests=stamp.token.digests,
        document_timestamp=stamp,
        coverage=CoverageScope.UNKNOWN if source.detached is None else CoverageScope.WHOLE_DOCUMENT,
        covered=(source.covers,) if source.covers else (),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    source: Source
    structure: Structure
    limits: Limits

    def all(self) -> Iterator[SignatureFacts]:
        encapsulated = self.structure.content is not None and self.source.encapsulates
        request = Request(
            id="",
            kind=SignatureKind.SIGNATURE,
            format=SignatureFormat.CMS,
            detached_digest=None if encapsulated else digest_of(self.source.detached),
            covers="encapsulated content" if encapsulated else self.source.covers,
            limits=self.limits,
        )
        count = len(self.structure.signers)
        if count > self.limits.signatures:
            raise LimitExceededError(f"{count} signatures, at most {self.limits.signatures} are read")
        for number, found in enumerate(self.structure.signers, 1):
            request = replace(request, id=f"{self.source.prefix}signer-{number}")
            where = f"signer {number} of {count}" if count > 1 else ""
            reading = read_signer(self.structure, found, request)
            yield self._signature(reading, request, where)
            if reading.signer is not None:
                yield from self._attached(reading.signer, request.id, 1)

    def _signature(self, reading: Reading, request: Request, where: str) -> SignatureFacts:
        facts = with_archive(reading, with_timestamps(reading, request), request, self.source.detached)
        at_hand = request.detached_digest is None or self.source.detached is not None
        trailing = self.source.der.rstrip(b"\0")[-self.structure.trailing :] if self.structure.trailing else b""
        if trailing.strip():  # a line end after the structure does no harm
            after = Problem("cms.trailing-data", (("found", str(len(trailing))),))
            facts = replace(facts, problems=(*facts.problems, after))
        return replace(
            facts,
            level=_level(facts, reading),
            format=SignatureFormat.CADES if facts.certificate_references else SignatureFormat.CMS,
            location=", ".join(part for part in (self.source.location, where) if part),
            coverage=CoverageScope.WHOLE_DOCUMENT if at_hand else CoverageScope.UNKNOWN,
            covered=(request.covers,) if at_hand else (),
        )

    def _attached(self, signer: SignerInfo, owner: str, depth: int) -> Iterator[SignatureFacts]:
        """Counter-signatures and evidence records in the unsigned attributes of a signer."""
        number = records = 0
        for attribute in signer.unsigned_attributes:
            for value in attribute.values:
                if attribute.oid == COUNTER_SIGNATURE:
                    number += 1
                    request = self._counter_request(f"{owner}-counter-{number}", owner)
                    signed = self.structure._replace(content=signer.value, content_type=ID_DATA)
                    reading = read_signer(signed, value, request)
                    yield self._counter(reading, request)
                    if reading.signer is not None and depth < _DEEPEST_COUNTER_SIGNATURE:
                        yield from self._attached(reading.signer, request.id, depth + 1)
                elif attribute.oid in _EVIDENCE_RECORDS:
                    records += 1
                    yield listed(f"{owner}-evidence-record-{records}", f"unsigned attribute of {owner}")

    def _counter_request(self, id_: str, owner: str) -> Request:
        return Request(
            id=id_,
            kind=SignatureKind.COUNTER_SIGNATURE,
            format=SignatureFormat.CMS,
            detached_digest=None,
            covers=f"signature value of {owner}",
            limits=self.limits,
        )

    def _counter(self, reading: Reading, request: Request) -> SignatureFacts:
        facts = with_timestamps(reading, request)
        return replace(
            facts,
            level=_level(facts, reading),
            format=SignatureFormat.CADES if facts.certificate_references else SignatureFormat.CMS,
            location=", ".join(part for part in (self.source.location, f"in {request.covers}") if part),
            coverage=CoverageScope.PARTIAL,
            covered=(request.covers,),
        )


def _level(facts: SignatureFacts, reading: Reading) -> str:
    """The level that the structure claims (EN 319 122-1, 6): nothing is judged by it."""
    if facts.level != "B-T":
        return facts.level
    held = {item.oid for item in (reading.signer.unsigned_attributes if reading.signer else ())}
    level = "B-LTA" if held & ARCHIVE else "B-LT"
    return earned_level(level, facts)
