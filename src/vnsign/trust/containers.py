"""Certificates, CRLs and OCSP answers in whatever wrapping they come: found by content, never by the file's name.

Read: DER; PEM with any label, several blocks in a file, text around them; PKCS#7 (RFC 5652 SignedData without content) in DER,
BER or PEM; base64 without any header; byte order marks; all line endings. Objects are recognised by their outer structure
alone: nothing is parsed further, so that a store of a hundred files is read in milliseconds.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum

from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.pki.der import element, elements
from vnsign.pki.recent import distinct

_SEQUENCE, _INTEGER, _BIT_STRING, _OID, _ENUMERATED = 0x30, 0x02, 0x03, 0x06, 0x0A
_VERSION = 0xA0
_TIMES = (0x17, 0x18)
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_BEGIN = b"-----BEGIN "
_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 #.-]{1,64})-----")
_BASE64 = re.compile(rb"M[A-Za-z0-9+/\s]*={0,2}\s*")
_OTHER_LABELS = (b"KEY", b"PARAMETERS", b"REQUEST")
_MAX_OBJECTS = 4096


class Kind(StrEnum):
    """What an object is, by its outer structure."""

    CERTIFICATE = "certificate"
    CRL = "crl"
    OCSP = "ocsp"
    PKCS7 = "pkcs7"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds."""

    certificates: tuple[Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.certificates or self.crls or self.ocsps)


def read(data: bytes, name: str) -> Contents:
    """Everything of interest in the bytes of a file.

    Args:
        data: the file's bytes.
        name: of the file, for errors; never used to learn what it is.

    Returns:
        What was found; empty for a file of another sort (a text, a table, a private key, a request).

    Raises:
        EvidenceError: for a file that starts to be one of these and is damaged; ``name`` is in the message.

    Not checked: anything inside a certificate, CRL or OCSP answer.
    """
    data = _without_bom(data)
    if _is_one_element(data):
        # DER from end to end: no search for PEM through what may be a long CRL.
        return _gather([data], name)
    if _BEGIN in data:
        return _gather(_pem_blocks(data, name), name)
    if data[:1] == b"0" and data[1:2] >= b"\x80":
        return _gather([data], name)
    compact = data.strip()
    # Base64 of a SEQUENCE of more than 127 octets starts with M: a text that is base64 throughout is no prose.
    if compact[:2] in (b"MI", b"MH", b"MG") and _BASE64.fullmatch(compact):
        return _gather([_decode(compact, name)], name)
    return Contents()


def read_certificates(data: bytes, name: str) -> tuple[Certificate, ...]:
    """The certificates of :func:`read`. Same errors."""
    return read(data, name).certificates


def sniff(der: bytes) -> Kind:
    """What the DER (or BER) bytes are, by their outer structure alone; ``UNKNOWN`` also for what is cut off."""
    if der[:1] != b"0":
        return Kind.UNKNOWN
    if _SIGNED_DATA in der[:32]:
        return Kind.PKCS7
    try:
        _, content, end = element(der, 0)
        parts = [(tag, start, stop) for tag, _, start, stop in elements(der, content, end)]
    except EvidenceError:
        return Kind.UNKNOWN
    tags = tuple(tag for tag, _, _ in parts)
    if tags[:1] == (_ENUMERATED,):
        return Kind.OCSP
    if end != len(der) or tags != (_SEQUENCE, _SEQUENCE, _BIT_STRING):
        return Kind.UNKNOWN
    return _signed_kind(der, parts[0][1], parts[0][2])


def _signed_kind(der: bytes, start: int, end: int) -> Kind:
    """Tell TBSCertificate from TBSCertList: after the issuer comes a validity or a time."""
    tags = []
    try:
        for tag, *_ in elements(der, start, end):
            tags.append(tag)
            if len(tags) == 5:
                break
    except EvidenceError:
        return Kind.UNKNOWN
    if tags[:1] == [_VERSION]:
        tags = tags[1:]
    if tags[:4] == [_INTEGER, _SEQUENCE, _SEQUENCE, _SEQUENCE]:
        return Kind.CERTIFICATE
    if tags[:1] == [_INTEGER]:
        tags = tags[1:]
    if len(tags) > 2 and tags[:2] == [_SEQUENCE, _SEQUENCE] and tags[2] in _TIMES:
        return Kind.CRL
    return Kind.UNKNOWN


def _gather(objects: list[bytes], name: str) -> Contents:
    certificates: list[Certificate] = []
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    for der in objects:
        kind = sniff(der)
        if kind is Kind.UNKNOWN:
            der = _trimmed(der)  # noqa: PLW2901 - the same object without what was appended to it
            kind = sniff(der)
        if kind is Kind.CERTIFICATE:
            certificates.append(Certificate(der))
        elif kind is Kind.CRL:
            crls.append(der)
        elif kind is Kind.OCSP:
            ocsps.append(der)
        elif kind is Kind.PKCS7:
            found = _from_pkcs7(der, name)
            certificates.extend(found.certificates)
            crls.extend(found.crls)
        else:
            raise EvidenceError(
                f"{name}: damaged, or not a certificate, CRL, OCSP answer or PKCS#7 bundle",
                code="MALFORMED",
                hint="fetch the file again, or take it out of the folder",
            )
    return Contents(tuple(dict.fromkeys(certificates)), distinct(tuple(crls)), distinct(tuple(ocsps)))


def _is_one_element(data: bytes) -> bool:
    if data[:1] != b"0" or data[1:2] < b"\x80":
        return False
    try:
        return element(data, 0)[2] == len(data)
    except EvidenceError:
        return False


def _trimmed(der: bytes) -> bytes:
    """The first element alone: line ends after DER, and OpenSSL's trusted certificates append to it."""
    try:
        _, _, end = element(der, 0)
    except EvidenceError:
        return der
    return der[:end]


def _pem_blocks(data: bytes, name: str) -> list[bytes]:
    found: list[bytes] = []
    position = blocks = 0
    # Searched by hand: a regular expression over the bodies would take most of the time of reading a store.
    while begin := _LABEL.search(data, position):
        end = b"-----END " + begin[1] + b"-----"
        stop = data.find(end, begin.end())
        if stop < 0:
            raise EvidenceError(f"{name}: a PEM block has no END line", code="MALFORMED", hint="was the file cut off?")
        position, blocks = stop + len(end), blocks + 1
        if blocks > _MAX_OBJECTS:
            raise EvidenceError(f"{name}: more than {_MAX_OBJECTS} PEM blocks", code="LIMIT_EXCEEDED")
        if not begin[1].endswith(_OTHER_LABELS):
            found.append(_decode(_body(data[begin.end() : stop]), name))
    if blocks != data.count(_BEGIN):
        raise EvidenceError(f"{name}: a PEM block within another", code="MALFORMED", hint="was the file cut off?")
    return found


def _body(block: bytes) -> bytes:
    """A block without RFC 1421 headers ("Proc-Type: ..."), which stand before an empty line."""
    return re.split(rb"\r?\n\r?\n", block, maxsplit=1)[-1] if b":" in block else block


def _decode(text: bytes, name: str) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise EvidenceError(f"{name}: base64 is damaged ({error})", code="MALFORMED", hint="fetch the file again") from error


def _without_bom(data: bytes) -> bytes:
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "ignore").encode("ascii", "ignore")
    return data


def _from_pkcs7(der: bytes, name: str) -> Contents:
    from vnsign.pki.cms_structure import read_structure

    hint = "fetch it again"
    try:
        found = read_structure(der)
    except EvidenceError as error:
        raise EvidenceError(f"{name}: damaged PKCS#7 bundle ({error.message})", code="MALFORMED", hint=hint) from error
    if len(found.certificates) + len(found.crls) > _MAX_OBJECTS:
        raise EvidenceError(f"{name}: more than {_MAX_OBJECTS} certificates", code="LIMIT_EXCEEDED")
    certificates = [item.encoding for item in found.certificates]
    crls = [item.encoding for item in found.crls]
    kinds = {Kind.CERTIFICATE: certificates, Kind.CRL: crls}
    if any(sniff(item) is not kind for kind, items in kinds.items() for item in items):
        raise EvidenceError(f"{name}: the PKCS#7 bundle holds what is no certificate and no CRL", code="MALFORMED", hint=hint)
    return Contents(tuple(Certificate(item) for item in certificates), tuple(crls))
