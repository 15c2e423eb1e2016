"""CMS SignedData as this library writes it (RFC 5652, EN 319 122-1, EN 319 142-1), DER: the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from vnsign.crypto import algorithms, ber, digests
from vnsign.errors import CertificateNotFitError, EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.model.moment import utc
from vnsign.pki.cms_attributes import (
    ALGORITHM_PROTECTION,
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNATURE_TIMESTAMP,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
)
from vnsign.pki.cms_structure import ID_DATA, SIGNED_DATA

Piece = bytes | memoryview
"""A part of an encoding; large contents are passed on as views and copied once, when everything is joined."""

_MESSAGE_DIGEST_OF_EDWARDS = "sha512"
_ESS_DEFAULT = "sha256"
_FIRST_GENERALIZED_YEAR = 2050
_OTHER_CERTIFICATE, _ATTRIBUTE_CERTIFICATE_V2, _ATTRIBUTE_CERTIFICATE_V1 = 0xA3, 0xA2, 0xA1
_OTHER_REVOCATION = 0xA1
_OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"


def message_digest_name(algorithm: SignatureAlgorithm) -> str:
    """The digest of the document: that of the algorithm, and SHA-512 for Ed25519 (RFC 8419, 3.1)."""
    return algorithm.digest or _MESSAGE_DIGEST_OF_EDWARDS


# --- Attributes ----------------------------------------------------------------------------------------------------------


def signed_attributes(
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
    message_digest: bytes,
    *,
    further: Iterable[bytes] = (),
    content_type: str | None = ID_DATA,
    reference_digest: str = "",
) -> bytes:
    """DER of the ``SET OF`` signed attributes: what the key signs (RFC 5652, 5.4).

    Content type, message digest, signing-certificate-v2 (RFC 5035) and algorithm protection (RFC 6211). A signing-time
    attribute is among ``further``: PAdES forbids it, the claimed time is the dictionary's ``M`` (EN 319 142-1, 6.3).

    Args:
        certificate: the signing certificate, bound by its digest.
        algorithm: the signature algorithm.
        message_digest: digest of what is signed, by :func:`message_digest_name`.
        further: DER of more attributes: :func:`signing_time`, :func:`vnsign.pki.cms_claims.claim_attributes`.
        content_type: of what is signed; ``None`` for a counter-signature, which has none (RFC 5652, 11.4).
        reference_digest: digest of the certificate's reference; that of the message where empty.

    Raises:
        ConfigurationError: the algorithm has no identifier in CMS.
    """
    protection = sequence(_digest(algorithm), retagged(algorithms.cms_identifier_der(algorithm), 0xA1))
    reference = _signing_certificate(certificate, reference_digest or message_digest_name(algorithm))
    found = [
        attribute(MESSAGE_DIGEST, ber.wrap(ber.OCTET_STRING, message_digest)),
        attribute(SIGNING_CERTIFICATE_V2, reference),
        attribute(ALGORITHM_PROTECTION, protection),
        *further,
    ]
    if content_type is not None:
        found.append(attribute(CONTENT_TYPE, oid(content_type)))
    return set_of(found)


def signing_time(at: datetime) -> bytes:
    """DER of the attribute signing-time: UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5652, 11.3).

    Args:
        at: the claimed moment, aware; fractions of a second are left out.

    Raises:
        ConfigurationError: it has no zone.
    """
    moment = utc(at)
    if moment.year < _FIRST_GENERALIZED_YEAR:
        return attribute(SIGNING_TIME, ber.wrap(ber.UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode()))
    return attribute(SIGNING_TIME, ber.wrap(ber.GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode()))


def attribute(kind: str, *values: bytes) -> bytes:
    """DER of an Attribute (RFC 5652, 5.3): its type as dotted OID, the encodings of its values."""
    return sequence(oid(kind), set_of(values))


# --- Structures ----------------------------------------------------------------------------------------------------------


def signer_info(
    attributes: bytes,
    *,
    certificate: Certificate,
    algorithm: SignatureAlgorithm,
    value: bytes,
    unsigned: Sequence[bytes] = (),
) -> bytes:
    """DER of a SignerInfo of version 1, the signer named by issuer and serial number (RFC 5652, 5.3).

    Args:
        attributes: of :func:`signed_attributes`.
        certificate: the signing certificate.
        algorithm: the signature algorithm.
        value: the signature value.
        unsigned: DER of unsigned attributes.

    Raises:
        CertificateNotFitError: the certificate cannot be read.
    """
    parts = [
        ber.wrap(ber.INTEGER, b"\x01"),
        _issuer_and_serial(certificate),
        _digest(algorithm),
        retagged(attributes, 0xA0),
        algorithms.cms_identifier_der(algorithm),
        ber.wrap(ber.OCTET_STRING, value),
    ]
    if unsigned:
        parts.append(retagged(set_of(unsigned), 0xA1))
    return sequence(*parts)


def signed_data(
    attributes: bytes,
    *,
    certificate: Certificate,
    chain: Sequence[Certificate],
    algorithm: SignatureAlgorithm,
    value: bytes,
    timestamp_token: bytes | None = None,
    content: bytes | None = None,
) -> bytes:
    """DER of the ContentInfo with SignedData of one signer (RFC 5652, 5.1).

    Args:
        attributes: of :func:`signed_attributes`.
        certificate: the signing certificate.
        chain: further certificates to carry, in any order.
        algorithm: the signature algorithm.
        value: the signature value.
        timestamp_token: signature-time-stamp, an unsigned attribute (EN 319 122-1, 5.3); embedded as it is.
        content: what is signed, to be encapsulated; ``None``: detached.

    Raises:
        CertificateNotFitError: the certificate cannot be read.
    """
    unsigned = () if timestamp_token is None else (attribute(SIGNATURE_TIMESTAMP, timestamp_token),)
    parts = Parts(
        digest_algorithms=(_digest(algorithm),),
        content_type=ID_DATA,
        content=_encapsulated(content),
        certificates=tuple(sorted({item.der for item in (certificate, *chain)})),
        signers=(signer_info(attributes, certificate=certificate, algorithm=algorithm, value=value, unsigned=unsigned),),
    )
    return put_together(parts)


@dataclass(frozen=True, slots=True)
class Parts:
    """A SignedData in encoded parts, to be changed with :func:`dataclasses.replace` and put together again.

    Attributes:
        digest_algorithms: AlgorithmIdentifiers.
        content_type: OID of the content.
        content: ``encapContentInfo``, whole, in pieces.
        certificates: elements of the field ``certificates``; none: it is left out.
        revocation: elements of the field ``crls``; none: it is left out.
        signers: SignerInfos.
        fields: the fields ``certificates`` and ``crls`` as they were written, BER as it may be; not empty, they are used in
            the place of the elements. Old archive time-stamps digest them so.
        version: that it had; it is raised where its parts ask for it.
        trailing: what follows the structure.
    """

    digest_algorithms: tuple[bytes, ...]
    content_type: str
    content: tuple[Piece, ...] = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    signers: tuple[bytes, ...] = field(repr=False)
    revocation: tuple[bytes, ...] = field(default=(), repr=False)
    fields: tuple[bytes, bytes] = field(default=(b"", b""), repr=False)
    version: int = 1
    trailing: bytes = b""


def put_together(parts: Parts) -> bytes:
    """The ContentInfo. Elements stay in the order given; the pieces of the content are copied once."""
    pieces: list[Piece] = [
        ber.wrap(ber.INTEGER, bytes((max(parts.version, _least_version(parts)),))),
        ber.wrap(ber.SET, b"".join(parts.digest_algorithms)),
        *parts.content,
    ]
    for tag, elements, written in zip((0xA0, 0xA1), (parts.certificates, parts.revocation), parts.fields, strict=True):
        if written:
            pieces.append(written)
        elif elements:
            pieces += _around(tag, elements)
    pieces += _around(ber.SET, parts.signers)
    inside = _around(0xA0, _around(ber.SEQUENCE, pieces))
    return b"".join((*_around(ber.SEQUENCE, [oid(SIGNED_DATA), *inside]), parts.trailing))


def _around(tag: int, pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with the header before them of the element that they are the content of."""
    return [ber.header(tag, sum(map(len, pieces))), *pieces]


def _encapsulated(content: bytes | None) -> tuple[Piece, ...]:
    if content is None:
        return (sequence(oid(ID_DATA)),)
    wrapped = _around(0xA0, _around(ber.OCTET_STRING, [content]))
    return tuple(_around(ber.SEQUENCE, [oid(ID_DATA), *wrapped]))


def _least_version(parts: Parts) -> int:
    """RFC 5652, 5.1."""
    certificates = {item[0] for item in parts.certificates}
    if _OTHER_CERTIFICATE in certificates or any(item[0] == _OTHER_REVOCATION for item in parts.revocation):
        return 5
    if _ATTRIBUTE_CERTIFICATE_V2 in certificates:
        return 4
    third = _ATTRIBUTE_CERTIFICATE_V1 in certificates or parts.content_type != ID_DATA
    return 3 if third or any(_version_of(item) == 3 for item in parts.signers) else 1


def _version_of(signer: bytes) -> int:
    return ber.integer(ber.children(ber.element(signer))[0])


def ocsp_in_crls(response: bytes) -> bytes:
    """An OCSPResponse as an element of the field ``crls`` (RFC 5940, 2)."""
    return ber.wrap(_OTHER_REVOCATION, oid(_OCSP_RESPONSE) + response)


# --- Encodings -----------------------------------------------------------------------------------------------------------


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of encoded elements."""
    return ber.wrap(ber.SEQUENCE, b"".join(parts))


def set_of(parts: Iterable[bytes]) -> bytes:
    """A SET OF encoded elements; in DER they are in ascending order (X.690, 11.6)."""
    return ber.wrap(ber.SET, b"".join(sorted(parts)))


def oid(number: str) -> bytes:
    """An OBJECT IDENTIFIER in dotted form."""
    return ber.wrap(ber.OID, ber.oid_content(number))


def retagged(encoded: bytes, tag: int) -> bytes:
    """The element under an implicit tag."""
    return bytes((tag,)) + encoded[1:]


def _digest(algorithm: SignatureAlgorithm) -> bytes:
    return algorithms.digest_identifier_der(message_digest_name(algorithm))


def _signing_certificate(certificate: Certificate, digest: str) -> bytes:
    hashed = ber.wrap(ber.OCTET_STRING, digests.digest(digest, certificate.der))
    named = b"" if digest == _ESS_DEFAULT else algorithms.digest_identifier_der(digest)  # DER leaves the default out
    return sequence(sequence(sequence(named, hashed)))


def _issuer_and_serial(certificate: Certificate) -> bytes:
    """Issuer and serial number byte for byte as the certificate has them (RFC 5280, 4.1)."""
    try:
        parts = ber.children(ber.children(ber.element(certificate.der))[0])
        rest = parts[1:] if parts[0].tag == 0xA0 else parts
        serial, issuer = ber.expect(rest[0], ber.INTEGER, "serialNumber"), ber.expect(rest[2], ber.SEQUENCE, "issuer")
    except (EvidenceError, IndexError) as error:
        raise CertificateNotFitError("the certificate cannot be read", hint="give an X.509 certificate") from error
    return sequence(issuer.encoding, serial.encoding)
