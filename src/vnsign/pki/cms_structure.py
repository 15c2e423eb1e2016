"""The structure of a CMS SignedData (RFC 5652, 5) as bytes, in BER or DER. Nothing is judged here."""

from __future__ import annotations

from typing import NamedTuple

from vnsign.crypto import ber
from vnsign.crypto.ber import Element
from vnsign.errors import EvidenceError

SIGNED_DATA = "1.2.840.113549.1.7.2"
ID_DATA = "1.2.840.113549.1.7.1"
ID_TST_INFO = "1.2.840.113549.1.9.16.1.4"


class Attribute(NamedTuple):
    """An attribute: its OID and its values, as they stand there, and the whole of it (``element``)."""

    oid: str
    values: tuple[Element, ...]
    element: Element | None = None


class SignerInfo(NamedTuple):
    """One SignerInfo (RFC 5652, 5.3).

    Attributes:
        issuer: DER of the issuer's Name, with ``serial_number``; ``None`` when a key identifier is used.
        serial_number: of the signing certificate.
        key_identifier: subject key identifier; ``None`` when issuer and serial number are used.
        digest_algorithm, signature_algorithm: encoded AlgorithmIdentifiers.
        signed_attributes: ``None`` when the field is absent.
        signed_element: the field ``[0]``.
        value: the signature value.
        unsigned_attributes: empty when absent.
        core: the fields from ``version`` to ``signature``, as they stand there.
    """

    issuer: bytes | None
    serial_number: int | None
    key_identifier: bytes | None
    digest_algorithm: bytes
    signature_algorithm: bytes
    signed_attributes: tuple[Attribute, ...] | None
    signed_element: Element | None
    value: bytes
    unsigned_attributes: tuple[Attribute, ...]
    core: tuple[Element, ...] = ()


class Structure(NamedTuple):
    """A SignedData (RFC 5652, 5.1).

    Attributes:
        content_type: OID of the encapsulated content.
        content: the content, ``None`` when it is detached.
        certificates: encodings of the X.509 certificates, in order; other forms of certificates are left out.
        other_certificates: how many were left out.
        crls: encodings of the CRLs.
        ocsps: OCSPResponses in the field ``crls`` (RFC 5940), see :func:`ocsp_response`.
        signers: encodings of the SignerInfos, read by :func:`read_signer_info`.
        trailing: bytes after the structure, without the zeros that fill a placeholder.
        content_field: ``encapContentInfo``.
        certificates_field, crls_field: the fields ``[0]`` and ``[1]``; ``None`` when absent.
    """

    content_type: str
    content: bytes | None
    certificates: tuple[Element, ...]
    other_certificates: int
    crls: tuple[Element, ...]
    ocsps: tuple[bytes, ...]
    signers: tuple[Element, ...]
    trailing: int
    content_field: Element | None = None
    certificates_field: Element | None = None
    crls_field: Element | None = None


_OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"
_BASIC_OCSP_RESPONSE = "1.3.6.1.5.5.7.48.1.1"
_BASIC_OCSP = bytes.fromhex("06092b0601050507300101")


class NotSignedDataError(EvidenceError):
    """The bytes are a CMS ContentInfo of another kind."""

    default_code = "NOT_SIGNED_DATA"


def read_structure(data: bytes) -> Structure:
    """Read a ContentInfo with SignedData.

    Args:
        data: BER or DER; zeros may follow, as in the placeholder of a PDF.

    Raises:
        NotSignedDataError: another content type; the message is its OID.
        EvidenceError: malformed.
    """
    outer = ber.expect(ber.element(data), ber.SEQUENCE, "ContentInfo")
    parts = ber.children(outer)
    if not parts:
        raise ber.malformed("an empty ContentInfo", outer.start)
    content_type = ber.oid(parts[0])
    if content_type != SIGNED_DATA:
        raise NotSignedDataError(content_type)
    if len(parts) != 2:
        raise ber.malformed("no content in the ContentInfo", outer.start)
    wrapped = ber.children(ber.expect(parts[1], 0xA0, "content"))
    if len(wrapped) != 1:
        raise ber.malformed("not one content in the ContentInfo", parts[1].start)
    return _signed_data(wrapped[0], len(data[outer.stop :].rstrip(b"\0")))


def _signed_data(found: Element, trailing: int) -> Structure:
    fields = ber.children(ber.expect(found, ber.SEQUENCE, "SignedData"))
    if len(fields) < 4:
        raise ber.malformed("a SignedData with fields missing", found.start)
    ber.expect(fields[0], ber.INTEGER, "version")
    ber.expect(fields[1], ber.SET, "digestAlgorithms")
    content_type, content = _encapsulated(fields[2])
    optional = {item.tag: item for item in fields[3:-1]}
    if len(optional) != len(fields) - 4 or not optional.keys() <= {0xA0, 0xA1}:
        raise ber.malformed("an unknown field in the SignedData", found.start)
    signers = tuple(ber.children(ber.expect(fields[-1], ber.SET, "signerInfos")))
    certificates = ber.children(optional[0xA0]) if 0xA0 in optional else []
    x509 = tuple(item for item in certificates if item.tag == ber.SEQUENCE)
    revocation = ber.children(optional[0xA1]) if 0xA1 in optional else []
    crls = tuple(item for item in revocation if item.tag == ber.SEQUENCE)
    ocsps = tuple(answer for item in revocation if (answer := ocsp_response(item)) is not None)
    return Structure(
        content_type=content_type,
        content=content,
        certificates=x509,
        other_certificates=len(certificates) - len(x509),
        crls=crls,
        ocsps=ocsps,
        signers=signers,
        trailing=trailing,
        content_field=fields[2],
        certificates_field=optional.get(0xA0),
        crls_field=optional.get(0xA1),
    )


def _encapsulated(found: Element) -> tuple[str, bytes | None]:
    parts = ber.children(ber.expect(found, ber.SEQUENCE, "encapContentInfo"))
    if not parts or len(parts) > 2:
        raise ber.malformed("a broken encapContentInfo", found.start)
    content_type = ber.oid(parts[0])
    if len(parts) == 1:
        return content_type, None
    wrapped = ber.children(ber.expect(parts[1], 0xA0, "eContent"))
    if len(wrapped) != 1:
        raise ber.malformed("not one eContent", parts[1].start)
    inner = wrapped[0]
    if inner.tag & ~0x20 == ber.OCTET_STRING:
        return content_type, ber.octets(inner)
    # PKCS #7 1.5 has the content itself here, and signs its content octets (RFC 5652, 5.2.1).
    return content_type, inner.content


def ocsp_response(found: Element) -> bytes | None:
    """The OCSPResponse in an element of the field ``crls``; ``None`` where it is something else.

    It is there as itself (RFC 5940), or, of older CAdES signers, as a BasicOCSPResponse (TS 103 173 V2.2.1).

    Raises:
        EvidenceError: malformed.
    """
    if found.tag != 0xA1:
        return None
    parts = ber.children(found)
    if len(parts) != 2:
        return None
    kind = ber.oid(parts[0])
    if kind == _BASIC_OCSP_RESPONSE:
        return as_response(parts[1].encoding)
    return parts[1].encoding if kind == _OCSP_RESPONSE else None


def as_response(basic: bytes) -> bytes:
    """An OCSPResponse with status "successful" around a BasicOCSPResponse (RFC 6960, 4.2.1)."""
    inner = ber.wrap(ber.SEQUENCE, _BASIC_OCSP + ber.wrap(ber.OCTET_STRING, basic))
    return ber.wrap(ber.SEQUENCE, b"\x0a\x01\x00" + ber.wrap(0xA0, inner))


def read_signer_info(found: Element) -> SignerInfo:
    """Read a SignerInfo.

    Raises:
        EvidenceError: malformed.
    """
    fields = ber.children(ber.expect(found, ber.SEQUENCE, "SignerInfo"))
    if len(fields) < 5:
        raise ber.malformed("a SignerInfo with fields missing", found.start)
    ber.expect(fields[0], ber.INTEGER, "version")
    issuer, serial, key_identifier = _identifier(fields[1])
    digest_algorithm = ber.expect(fields[2], ber.SEQUENCE, "digestAlgorithm")
    rest = fields[3:]
    signed = rest.pop(0) if rest[0].tag == 0xA0 else None
    if len(rest) not in (2, 3) or rest[1].tag & ~0x20 != ber.OCTET_STRING:
        raise ber.malformed("a broken SignerInfo", found.start)
    unsigned = ber.expect(rest[2], 0xA1, "unsignedAttrs") if len(rest) == 3 else None
    return SignerInfo(
        issuer=issuer,
        serial_number=serial,
        key_identifier=key_identifier,
        digest_algorithm=digest_algorithm.encoding,
        signature_algorithm=ber.expect(rest[0], ber.SEQUENCE, "signatureAlgorithm").encoding,
        signed_attributes=None if signed is None else read_attributes(signed),
        signed_element=signed,
        value=ber.octets(rest[1]),
        unsigned_attributes=() if unsigned is None else read_attributes(unsigned),
        core=tuple(item for item in fields if item is not unsigned),
    )


def _identifier(found: Element) -> tuple[bytes | None, int | None, bytes | None]:
    if found.tag & ~0x20 == 0x80:
        return None, None, ber.octets(found)
    parts = ber.children(ber.expect(found, ber.SEQUENCE, "sid"))
    if len(parts) != 2:
        raise ber.malformed("a broken issuerAndSerialNumber", found.start)
    serial = ber.integer(ber.expect(parts[1], ber.INTEGER, "serialNumber"))
    return ber.to_der(ber.expect(parts[0], ber.SEQUENCE, "issuer")), serial, None


def read_attributes(found: Element) -> tuple[Attribute, ...]:
    """Read a SET OF Attribute, whatever its tag.

    Raises:
        EvidenceError: malformed.
    """
    attributes = []
    for item in ber.iterate(found):
        parts = ber.children(ber.expect(item, ber.SEQUENCE, "Attribute"))
        if len(parts) != 2:
            raise ber.malformed("a broken Attribute", item.start)
        values = tuple(ber.children(ber.expect(parts[1], ber.SET, "attrValues")))
        attributes.append(Attribute(ber.oid(parts[0]), values, item))
    return tuple(attributes)
