"""Time-stamp tokens, requests and answers (RFC 3161, RFC 5816)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from vnsign.crypto import algorithms, ber, digests
from vnsign.crypto.ber import Element
from vnsign.errors import ConfigurationError, EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import (
    DigestFacts,
    Problem,
    SignatureFacts,
    SignatureFormat,
    SignatureKind,
    TimestampFacts,
    TimestampKind,
)
from vnsign.model.limits import Limits
from vnsign.pki.cms_attributes import read_time
from vnsign.pki.cms_reader import Request, read_cms
from vnsign.pki.cms_structure import ID_TST_INFO, read_structure


@dataclass(frozen=True, slots=True)
class TstInfo:
    """TSTInfo (RFC 3161, 2.4.2) as read.

    Attributes:
        policy: OID.
        algorithm: digest of the imprint; the OID where it is not known.
        imprint: the digest.
        serial_number: of the token.
        gen_time: UTC.
        accuracy_seconds: 0 when not given.
        nonce: ``None`` when absent.
        critical_extensions: OIDs of critical extensions; this library knows none.
    """

    policy: str
    algorithm: str
    imprint: bytes
    serial_number: int
    gen_time: datetime
    accuracy_seconds: float
    nonce: int | None
    critical_extensions: tuple[str, ...] = ()


def read_token(
    der: bytes,
    *,
    id_: str,
    kind: TimestampKind,
    computed: Callable[[str], bytes | None],
    covers: str,
    limits: Limits,
    certificates: Sequence[Certificate] = (),
) -> TimestampFacts:
    """Read a time-stamp token. Its signature, chain and imprint are NOT judged here.

    Args:
        der: the token (CMS ContentInfo, BER or DER).
        id_: id for the facts.
        kind: what it protects.
        computed: gives the digest, by algorithm name, of what the token must protect; ``None`` when it is not at hand. Only
            asked for algorithms of :data:`vnsign.crypto.digests.SUPPORTED`.
        covers: what that is, for people.
        limits: upper bounds.
        certificates: further certificates among which the authority's is sought: a token may come without (RFC 3161, 2.4.1).

    Returns:
        The facts; faults of the token's CMS structure are in ``token.problems``. Time-stamps within a token are not read.

    Raises:
        EvidenceError: it is no token, or larger than ``limits.timestamp_bytes`` (code ``TIMESTAMP_TOO_LARGE``).
    """
    if len(der) > limits.timestamp_bytes:
        raise EvidenceError(f"a time-stamp of {len(der)} bytes", code="TIMESTAMP_TOO_LARGE")
    request = Request(
        id=id_,
        kind=SignatureKind.DOCUMENT_TIMESTAMP,
        format=SignatureFormat.PDF_TIMESTAMP,
        detached_digest=None,
        covers="TSTInfo",
        limits=limits,
        further=tuple(certificates),
    )
    reading = read_cms(der, request)
    structure = reading.structure
    if structure is None or reading.signer is None:
        found = dict(reading.facts.problems[0].parameters).get("found", "no signer") if reading.facts.problems else ""
        raise EvidenceError(f"no time-stamp token: {found}", code="NOT_A_TOKEN")
    if structure.content_type != ID_TST_INFO or structure.content is None:
        raise EvidenceError(f"no time-stamp token: content type {structure.content_type}", code="NOT_A_TOKEN")
    info = read_tst_info(structure.content)
    digest = computed(info.algorithm) if info.algorithm in digests.SUPPORTED else None
    return TimestampFacts(
        id=id_,
        kind=kind,
        gen_time=info.gen_time,
        policy=info.policy,
        serial_number=info.serial_number,
        imprint=DigestFacts("message-imprint", info.algorithm, info.imprint, digest, covers),
        token=_with_extensions(reading.facts, info),
        accuracy_seconds=info.accuracy_seconds,
        der=der,
    )


def _with_extensions(token: SignatureFacts, info: TstInfo) -> SignatureFacts:
    """A critical extension that is not known changes what the token says (RFC 5280, 4.2, to which RFC 3161 refers)."""
    problems = tuple(
        Problem("cms.timestamp-malformed", (("timestamp", token.id), ("found", f"unknown critical extension {item}")))
        for item in info.critical_extensions
    )
    return replace(token, problems=(*token.problems, *problems)) if problems else token


def read_tst_info(data: bytes) -> TstInfo:
    """Read a TSTInfo.

    Raises:
        EvidenceError: malformed, or another version than 1.
    """
    found = ber.element(data)
    fields = ber.children(ber.expect(found, ber.SEQUENCE, "TSTInfo"))
    if len(fields) < 5:
        raise ber.malformed("a TSTInfo with fields missing", 0)
    if ber.integer(ber.expect(fields[0], ber.INTEGER, "version")) != 1:
        raise EvidenceError("a TSTInfo of another version than 1", code="NOT_A_TOKEN")
    algorithm, imprint = _imprint(fields[2])
    optional = _optional(fields[5:])
    return TstInfo(
        policy=ber.oid(fields[1]),
        algorithm=algorithm,
        imprint=imprint,
        serial_number=ber.integer(ber.expect(fields[3], ber.INTEGER, "serialNumber")),
        gen_time=read_time(ber.expect(fields[4], ber.GENERALIZED_TIME, "genTime")),
        accuracy_seconds=_accuracy(optional[ber.SEQUENCE]) if ber.SEQUENCE in optional else 0.0,
        nonce=ber.integer(optional[ber.INTEGER]) if ber.INTEGER in optional else None,
        critical_extensions=_critical(optional[0xA1]) if 0xA1 in optional else (),
    )


_OPTIONAL_ORDER = (ber.SEQUENCE, 0x01, ber.INTEGER, 0xA0, 0xA1)


def _optional(fields: list[Element]) -> dict[int, Element]:
    """accuracy, ordering, nonce, tsa, extensions: each at most once, in this order."""
    places = [_OPTIONAL_ORDER.index(item.tag) if item.tag in _OPTIONAL_ORDER else -1 for item in fields]
    if -1 in places or any(later <= earlier for earlier, later in pairwise(places)):
        raise ber.malformed("an unknown field in the TSTInfo", fields[0].start)
    return {item.tag: item for item in fields}


def _imprint(found: Element) -> tuple[str, bytes]:
    parts = ber.children(ber.expect(found, ber.SEQUENCE, "messageImprint"))
    if len(parts) != 2:
        raise ber.malformed("a broken messageImprint", found.start)
    return algorithms.digest_name(parts[0].encoding), ber.octet_string(parts[1], "hashedMessage")


_ACCURACY = {ber.INTEGER: 1.0, 0x80: 0.001, 0x81: 0.000001}


def _accuracy(found: Element) -> float:
    """Seconds, milliseconds and microseconds, summed. What is out of bounds counts as it stands, but never below 0."""
    seconds = 0.0
    for part in ber.iterate(found):
        if part.tag not in _ACCURACY or part.end - part.body > 8:
            raise ber.malformed("a broken accuracy", part.start)
        seconds += max(ber.integer(part), 0) * _ACCURACY[part.tag]
    return round(seconds, 6)


def _critical(found: Element) -> tuple[str, ...]:
    critical = []
    for extension in ber.iterate(found):
        parts = ber.children(ber.expect(extension, ber.SEQUENCE, "Extension"))
        if len(parts) == 3 and parts[1].content != b"\0":
            critical.append(ber.oid(parts[0]))
    return tuple(critical)


# --- request and answer --------------------------------------------------------------------------------------------------


def build_request(algorithm: str, imprint: bytes, *, nonce: int, policy: str | None = None) -> bytes:
    """A TimeStampReq (RFC 3161, 2.4.1) that asks for the authority's certificate.

    Args:
        algorithm: digest of the imprint.
        imprint: the digest.
        nonce: a random number, not negative, at least 64 bits for a real request.
        policy: OID of the policy asked for.

    Returns:
        DER of the request.

    Raises:
        ConfigurationError: unknown digest, an imprint of another length, a negative nonce, a policy that is no OID.
    """
    if len(imprint) != digests.new(algorithm).digest_size:
        raise ConfigurationError(f"an imprint of {len(imprint)} bytes is no {algorithm}")
    if nonce < 0:
        raise ConfigurationError("a nonce must not be negative")
    # Parameters NULL for the digest: many authorities answer "bad request" without (RFC 3161 predates RFC 5754).
    identifier = algorithms.digest_identifier_der(algorithm)[2:] + b"\x05\x00"
    message = ber.wrap(ber.SEQUENCE, ber.wrap(ber.SEQUENCE, identifier) + ber.wrap(ber.OCTET_STRING, imprint))
    asked = b"" if policy is None else _policy(policy)
    number = ber.wrap(ber.INTEGER, nonce.to_bytes(nonce.bit_length() // 8 + 1, "big"))
    return ber.wrap(ber.SEQUENCE, b"\x02\x01\x01" + message + asked + number + b"\x01\x01\xff")


def _policy(number: str) -> bytes:
    try:
        return ber.wrap(ber.OID, ber.oid_content(number))
    except ValueError as error:
        raise ConfigurationError(f"policy {number!r} is no object identifier") from error


@dataclass(frozen=True, slots=True)
class _Asked:
    algorithm: str
    imprint: bytes
    policy: str | None
    nonce: int | None


def _read_request(request: bytes) -> _Asked:
    fields = ber.children(ber.expect(ber.element(request), ber.SEQUENCE, "TimeStampReq"))
    if len(fields) < 2:
        raise ber.malformed("a TimeStampReq with fields missing", 0)
    algorithm, imprint = _imprint(fields[1])
    rest = {item.tag: item for item in fields[2:]}
    policy = ber.oid(rest[ber.OID]) if ber.OID in rest else None
    return _Asked(algorithm, imprint, policy, ber.integer(rest[ber.INTEGER]) if ber.INTEGER in rest else None)


_STATUS = {
    0: "granted",
    1: "granted with modifications",
    2: "rejection",
    3: "waiting",
    4: "revocation warning",
    5: "revocation notification",
}
_FAILURES = {
    0: "badAlg",
    2: "badRequest",
    5: "badDataFormat",
    14: "timeNotAvailable",
    15: "unacceptedPolicy",
    16: "unacceptedExtension",
    17: "addInfoNotAvailable",
    25: "systemFailure",
}


def read_response(response: bytes, request: bytes) -> bytes:
    """The token of a TimeStampResp, after checking that it answers the request (RFC 3161, 2.4.2).

    Args:
        response: DER of the answer.
        request: DER of the request, as :func:`build_request` made it.

    Returns:
        The token, as written. Its signature and certificate are NOT checked here.

    Raises:
        EvidenceError: refused (code ``TIMESTAMP_REFUSED``, status and failure named), malformed, or the token's nonce,
            imprint or policy is not what was asked for (code ``TIMESTAMP_NOT_AS_ASKED``).
    """
    parts = ber.children(ber.expect(ber.element(response), ber.SEQUENCE, "TimeStampResp"))
    if not parts:
        raise ber.malformed("an empty TimeStampResp", 0)
    _check_status(parts[0])
    if len(parts) != 2:
        raise EvidenceError("the time-stamp authority granted and sent no token", code="NOT_A_TOKEN")
    token = parts[1].encoding
    structure = read_structure(token)
    if structure.content_type != ID_TST_INFO or structure.content is None:
        raise EvidenceError(f"no time-stamp token: content type {structure.content_type}", code="NOT_A_TOKEN")
    _check_echo(read_tst_info(structure.content), _read_request(request))
    return token


def _check_status(found: Element) -> None:
    fields = ber.children(ber.expect(found, ber.SEQUENCE, "PKIStatusInfo"))
    if not fields:
        raise ber.malformed("an empty PKIStatusInfo", found.start)
    status = ber.integer(ber.expect(fields[0], ber.INTEGER, "status"))
    if status in (0, 1):
        return
    details = [_STATUS.get(status, f"status {status}")]
    for field in fields[1:]:
        if field.tag == ber.SEQUENCE:
            details += [ber.octets(text).decode("utf-8", "replace")[:200] for text in ber.children(field)[:4]]
        elif field.tag == ber.BIT_STRING:
            details += _failures(field.content)
    raise EvidenceError(f"the time-stamp authority refused: {', '.join(details)}", code="TIMESTAMP_REFUSED")


def _failures(content: bytes) -> list[str]:
    bits = content[1:5]
    found = [8 * place + bit for place, octet in enumerate(bits) for bit in range(8) if octet & 0x80 >> bit]
    return [_FAILURES.get(bit, f"failure {bit}") for bit in found]


def _check_echo(info: TstInfo, asked: _Asked) -> None:
    differs = [
        what
        for what, same in (
            ("nonce", info.nonce == asked.nonce),
            ("imprint", (info.algorithm, info.imprint) == (asked.algorithm, asked.imprint)),
            ("policy", asked.policy is None or info.policy == asked.policy),
        )
        if not same
    ]
    if differs:
        raise EvidenceError(
            f"the time-stamp is not what was asked for: {', '.join(differs)} differ", code="TIMESTAMP_NOT_AS_ASKED"
        )
