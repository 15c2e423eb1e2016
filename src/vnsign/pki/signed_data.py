"""CMS signatures (RFC 5652, CAdES, PKCS #7) as facts, time-stamps included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vnsign.crypto import ber, digests
from vnsign.crypto.ber import Element
from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import Problem, SignatureFacts, SignatureFormat, SignatureKind, TimestampFacts, TimestampKind
from vnsign.model.limits import Limits
from vnsign.pki import cms_attributes as attrs
from vnsign.pki.cms_reader import DetachedDigest, Reading, Request, read_cms


@dataclass(frozen=True, slots=True)
class SignedData:
    """A CMS signature as read.

    Attributes:
        facts: the signature.
        encapsulated: the encapsulated content; ``None`` when it is detached or the structure is malformed.
        content_type: OID of the content; ``""`` when malformed.
        signature_value: the value; what a signature time-stamp protects.
    """

    facts: SignatureFacts
    encapsulated: bytes | None
    content_type: str
    signature_value: bytes


def read_signed_data(
    der: bytes,
    *,
    id_: str,
    kind: SignatureKind,
    format_: SignatureFormat,
    detached_digest: DetachedDigest | None,
    covers: str,
    limits: Limits,
    certificates: Sequence[Certificate] = (),
) -> SignedData:
    """Read a CMS ContentInfo with SignedData: BER or DER, with the zeros of a placeholder after it.

    The first SignerInfo is read; more than one, or none, is a problem. Not read: counter-signatures, archive time-stamps,
    attribute certificates. NOT checked here: the value, the chain, times, policy.

    Args:
        der: the bytes.
        id_: id for the facts.
        kind: what it is, passed on to the facts.
        format_: its form, passed on to the facts.
        detached_digest: gives the digest of the external content by the algorithm's name, ``None`` when the content is not
            at hand; where the argument itself is ``None`` the encapsulated content is what is signed.
        covers: where the content is, for people.
        limits: upper bounds of size and number.
        certificates: further certificates (of a DSS, say) among which the signer is sought when it is not embedded.

    Returns:
        The facts, with problems ``cms.*`` for faults. Never raises for what the bytes are; what ``detached_digest`` raises
        goes through.
    """
    request = Request(id_, kind, format_, detached_digest, covers, limits, tuple(certificates))
    reading = read_cms(der, request)
    if reading.structure is None or reading.signer is None:
        return SignedData(reading.facts, None, "", b"")
    facts = with_timestamps(reading, request)
    return SignedData(facts, reading.structure.content, reading.structure.content_type, reading.signer.value)


def with_timestamps(reading: Reading, request: Request) -> SignatureFacts:
    """The facts with the content and signature time-stamps of the signature; ``request`` as it was read with."""
    detached_digest, covers = request.detached_digest, request.covers
    signer, structure = reading.signer, reading.structure
    if signer is None or structure is None:
        return reading.facts

    def of_value(name: str) -> bytes | None:
        return digests.digest(name, signer.value) if name in digests.SUPPORTED else None

    def of_content(name: str) -> bytes | None:
        if detached_digest is not None:
            return detached_digest(name) if name in digests.SUPPORTED else None
        content = structure.content
        return None if content is None or name not in digests.SUPPORTED else digests.digest(name, content)

    wanted = [
        (TimestampKind.CONTENT, of_content, covers, token_of(item))
        for item in attrs.values(signer.signed_attributes or (), attrs.CONTENT_TIMESTAMP)
    ] + [
        (TimestampKind.SIGNATURE, of_value, "signature value", token_of(item))
        for item in attrs.values(signer.unsigned_attributes, attrs.SIGNATURE_TIMESTAMP)
    ]
    return _read_tokens(reading.facts, wanted, request.limits, (*reading.facts.certificates, *request.further))


def token_of(found: Element) -> bytes:
    """The token in an attribute's value; some signers wrap it in an OCTET STRING."""
    return ber.octets(found) if found.tag & ~0x20 == ber.OCTET_STRING else found.encoding


def _read_tokens(
    facts: SignatureFacts,
    wanted: Sequence[tuple[TimestampKind, DetachedDigest, str, bytes]],
    limits: Limits,
    certificates: tuple[Certificate, ...],
) -> SignatureFacts:
    if not wanted:
        return facts
    from vnsign.pki.tsp import read_token

    problems: list[Problem] = []
    tokens: list[TimestampFacts] = []
    counts = dict.fromkeys(TimestampKind, 0)
    if len(wanted) > limits.timestamps:
        problems.append(_over("timestamps", len(wanted), limits.timestamps))
    for kind, computed, covers, der in wanted[: limits.timestamps]:
        counts[kind] += 1
        id_ = f"{kind.value}-timestamp-{counts[kind]}"
        if len(der) > limits.timestamp_bytes:
            problems.append(_over("timestamp_bytes", len(der), limits.timestamp_bytes))
            continue
        try:
            tokens.append(
                read_token(der, id_=id_, kind=kind, computed=computed, covers=covers, limits=limits, certificates=certificates)
            )
        except EvidenceError as error:
            problems.append(Problem("cms.timestamp-malformed", (("timestamp", id_), ("found", error.message))))
    stamped = any(item.kind is TimestampKind.SIGNATURE for item in tokens)
    level = "B-T" if facts.level == "B-B" and stamped else facts.level
    return replace(facts, level=level, timestamps=tuple(tokens), problems=(*facts.problems, *problems))


def _over(what: str, found: int, limit: int) -> Problem:
    return Problem("cms.over-limit", (("what", what), ("found", str(found)), ("limit", str(limit))))
