"""CMS SignedData as this library writes it (RFC 5652, EN 319 122-1, EN 319 142-1), DER: the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vnsign.crypto import algorithms, ber, digests
from vnsign.errors import CertificateNotFitError, EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.pki.cms_attributes import (
    ALGORITHM_PROTECTION,
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNATURE_TIMESTAMP,
)

_DATA = "1.2.840.113549.1.7.1"
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
_MESSAGE_DIGEST_OF_EDWARDS = "sha512"
_ESS_DEFAULT = "sha256"
_ONE = ber.wrap(ber.INTEGER, b"\x01")


def message_digest_name(algorithm: SignatureAlgorithm) -> str:
    """The digest of the document: that of the algorithm, and SHA-512 for Ed25519 (RFC 8419, 3.1)."""
    return algorithm.digest or _MESSAGE_DIGEST_OF_EDWARDS


def signed_attributes(certificate: Certificate, algorithm: SignatureAlgorithm, message_digest: bytes) -> bytes:
    """DER of the ``SET OF`` signed attributes: what the key signs (RFC 5652, 5.4).

    Content type, message digest, signing-certificate-v2 (RFC 5035) and algorithm protection (RFC 6211). No signing-time
    attribute: PAdES forbids it, the claimed time is the dictionary's ``M`` (EN 319 142-1, 6.3).

    Args:
        certificate: the signing certificate, bound by its digest.
        algorithm: the signature algorithm.
        message_digest: digest of the byte ranges, by :func:`message_digest_name`.

    Raises:
        ConfigurationError: the algorithm has no identifier in CMS.
    """
    protection = _sequence(_digest(algorithm), _retagged(algorithms.cms_identifier_der(algorithm), 0xA1))
    return _set_of(
        (
            _attribute(CONTENT_TYPE, _oid(_DATA)),
            _attribute(MESSAGE_DIGEST, ber.wrap(ber.OCTET_STRING, message_digest)),
            _attribute(_SIGNING_CERTIFICATE_V2, _signing_certificate(certificate, message_digest_name(algorithm))),
            _attribute(ALGORITHM_PROTECTION, protection),
        )
    )


def signed_data(
    attributes: bytes,
    *,
    certificate: Certificate,
    chain: Sequence[Certificate],
    algorithm: SignatureAlgorithm,
    value: bytes,
    timestamp_token: bytes | None = None,
) -> bytes:
    """DER of the ContentInfo with detached SignedData (RFC 5652, 5.1).

    Args:
        attributes: of :func:`signed_attributes`.
        certificate: the signing certificate.
        chain: further certificates to carry, in any order.
        algorithm: the signature algorithm.
        value: the signature value.
        timestamp_token: signature-time-stamp, an unsigned attribute (EN 319 122-1, 5.3); embedded as it is.

    Raises:
        CertificateNotFitError: the certificate cannot be read.
    """
    signer = [
        _ONE,
        _issuer_and_serial(certificate),
        _digest(algorithm),
        _retagged(attributes, 0xA0),
        algorithms.cms_identifier_der(algorithm),
        ber.wrap(ber.OCTET_STRING, value),
    ]
    if timestamp_token is not None:
        signer.append(_retagged(_set_of([_attribute(SIGNATURE_TIMESTAMP, timestamp_token)]), 0xA1))
    carried = {item.der for item in (certificate, *chain)}
    content = _sequence(
        _ONE,
        _set_of([_digest(algorithm)]),
        _sequence(_oid(_DATA)),
        _retagged(_set_of(carried), 0xA0),
        _set_of([_sequence(*signer)]),
    )
    return _sequence(_oid(_SIGNED_DATA), ber.wrap(0xA0, content))


def _sequence(*parts: bytes) -> bytes:
    return ber.wrap(ber.SEQUENCE, b"".join(parts))


def _set_of(parts: Iterable[bytes]) -> bytes:
    """DER: in ascending order of the encodings (X.690, 11.6)."""
    return ber.wrap(ber.SET, b"".join(sorted(parts)))


def _oid(number: str) -> bytes:
    return ber.wrap(ber.OID, ber.oid_content(number))


def _retagged(encoded: bytes, tag: int) -> bytes:
    """The element under an implicit tag."""
    return bytes((tag,)) + encoded[1:]


def _attribute(kind: str, value: bytes) -> bytes:
    return _sequence(_oid(kind), ber.wrap(ber.SET, value))


def _digest(algorithm: SignatureAlgorithm) -> bytes:
    return algorithms.digest_identifier_der(message_digest_name(algorithm))


def _signing_certificate(certificate: Certificate, digest: str) -> bytes:
    hashed = ber.wrap(ber.OCTET_STRING, digests.digest(digest, certificate.der))
    named = b"" if digest == _ESS_DEFAULT else algorithms.digest_identifier_der(digest)  # DER leaves the default out
    return _sequence(_sequence(_sequence(named, hashed)))


def _issuer_and_serial(certificate: Certificate) -> bytes:
    """Issuer and serial number byte for byte as the certificate has them (RFC 5280, 4.1)."""
    try:
        parts = ber.children(ber.children(ber.element(certificate.der))[0])
        rest = parts[1:] if parts[0].tag == 0xA0 else parts
        serial, issuer = ber.expect(rest[0], ber.INTEGER, "serialNumber"), ber.expect(rest[2], ber.SEQUENCE, "issuer")
    except (EvidenceError, IndexError) as error:
        raise CertificateNotFitError("the certificate cannot be read", hint="give an X.509 certificate") from error
    return _sequence(issuer.encoding, serial.encoding)
