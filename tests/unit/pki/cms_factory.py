"""CMS signatures made by hand, sound or faulty in one place, from the bytes up."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from vnsign.crypto import algorithms, ber
from vnsign.crypto.ber import OCTET_STRING, OID, SEQUENCE, SET, wrap
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureFormat, SignatureKind
from vnsign.model.limits import Limits
from vnsign.pki.signed_data import SignedData, read_signed_data
from vnsign.testing.pki import TestPki

ID_DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52"
ESS_V1 = "1.2.840.113549.1.9.16.2.12"
ESS_V2 = "1.2.840.113549.1.9.16.2.47"
SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
CONTENT_TIMESTAMP = "1.2.840.113549.1.9.16.2.20"
RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")
RSA_SHA512 = bytes.fromhex("300d06092a864886f70d01010d0500")
RSA_PLAIN = bytes.fromhex("300d06092a864886f70d0101010500")
CONTENT = b"application for a licence"


def oid(number: str) -> bytes:
    return wrap(OID, ber.oid_content(number))


def attribute(number: str, *values: bytes) -> bytes:
    return wrap(SEQUENCE, oid(number) + wrap(SET, b"".join(values)))


def ess_v2(certificate: Certificate) -> bytes:
    return wrap(SEQUENCE, wrap(SEQUENCE, wrap(SEQUENCE, wrap(OCTET_STRING, hashlib.sha256(certificate.der).digest()))))


def sign_rsa(name: str, data: bytes, digest: hashes.HashAlgorithm | None = None) -> bytes:
    return TestPki.load().credential(name).private_key.sign(data, padding.PKCS1v15(), digest or hashes.SHA256())


@dataclass
class Cms:
    """The parts of one CMS; every one can be exchanged before :meth:`build`."""

    signer: str = "citizen"
    content: bytes | None = CONTENT
    detached: bool = False
    content_type: str = ID_DATA
    digest: str = "sha256"
    signature_algorithm: bytes = RSA_SHA256
    attributes: list[bytes] | None = None
    unsigned: list[bytes] = field(default_factory=list)
    certificates: Sequence[Certificate] | None = None
    crls: bytes = b""
    sid: bytes | None = None
    sort: bool = True
    sign: Callable[[bytes], bytes] | None = None
    signers: int = 1
    value: bytes | None = None

    @property
    def certificate(self) -> Certificate:
        return TestPki.load().certificate(self.signer)

    def default_attributes(self) -> list[bytes]:
        digested = hashlib.new(self.digest, self.content or b"").digest()
        return [
            attribute(CONTENT_TYPE, oid(self.content_type)),
            attribute(SIGNING_TIME, wrap(ber.UTC_TIME, b"260302021407Z")),
            attribute(MESSAGE_DIGEST, wrap(OCTET_STRING, digested)),
            attribute(ESS_V2, ess_v2(self.certificate)),
        ]

    def signer_info(self) -> bytes:
        attributes = self.default_attributes() if self.attributes is None else self.attributes
        if self.sort:
            attributes = sorted(attributes)
        body = b"".join(attributes)
        to_be_signed = wrap(SET, body) if attributes else self.content or b""
        value = self.value
        if value is None:
            value = (self.sign or (lambda data: sign_rsa(self.signer, data)))(to_be_signed)
        return wrap(
            SEQUENCE,
            b"\x02\x01\x01"
            + (self.sid or issuer_and_serial(self.certificate))
            + algorithms.digest_identifier_der(self.digest)
            + (wrap(0xA0, body) if attributes else b"")
            + self.signature_algorithm
            + wrap(OCTET_STRING, value)
            + (wrap(0xA1, b"".join(self.unsigned)) if self.unsigned else b""),
        )

    def build(self) -> bytes:
        content = b"" if self.detached or self.content is None else wrap(0xA0, wrap(OCTET_STRING, self.content))
        embedded = (self.certificate,) if self.certificates is None else self.certificates
        signed_data = wrap(
            SEQUENCE,
            b"\x02\x01\x01"
            + wrap(SET, algorithms.digest_identifier_der(self.digest))
            + wrap(SEQUENCE, oid(self.content_type) + content)
            + (wrap(0xA0, b"".join(item.der for item in embedded)) if embedded else b"")
            + (wrap(0xA1, self.crls) if self.crls else b"")
            + wrap(SET, self.signer_info() * self.signers),
        )
        return wrap(SEQUENCE, oid(SIGNED_DATA) + wrap(0xA0, signed_data))


def issuer_and_serial(certificate: Certificate) -> bytes:
    serial = certificate.x509.serial_number
    number = wrap(ber.INTEGER, serial.to_bytes(serial.bit_length() // 8 + 1, "big"))
    return wrap(SEQUENCE, certificate.x509.issuer.public_bytes() + number)


def read(data: bytes, *, content: bytes | None = None, limits: Limits | None = None, **more: object) -> SignedData:
    """Read; ``content`` makes it detached."""
    return read_signed_data(
        data,
        id_="signature-1",
        kind=SignatureKind.SIGNATURE,
        format_=SignatureFormat.PDF_CMS,
        detached_digest=None if content is None else lambda name: hashlib.new(name, content).digest(),
        covers="all of it",
        limits=limits or Limits(),
        **more,
    )


def problems(found: SignedData) -> list[str]:
    return [item.rule for item in found.facts.problems]


def indefinite(data: bytes) -> bytes:
    """The same in BER: constructed elements with indefinite lengths, octet strings in pieces, down to certificates."""
    return _indefinite(ber.element(data))


def _indefinite(found: ber.Element) -> bytes:
    if found.tag == OCTET_STRING and found.end - found.body > 8:
        middle = (found.body + found.end) // 2
        pieces = wrap(OCTET_STRING, found.data[found.body : middle]) + wrap(OCTET_STRING, found.data[middle : found.end])
        return b"\x24\x80" + pieces + b"\0\0"
    if not found.tag & 0x20 or found.data[found.body + 4 : found.body + 9] == b"\xa0\x03\x02\x01\x02":
        return found.encoding
    return bytes((found.tag, 0x80)) + b"".join(map(_indefinite, ber.iterate(found))) + b"\0\0"
