"""Which embedded certificate a SignerInfo points at (RFC 5652, 5.3): by bytes, or by names compared as RFC 5280, 7.1 asks."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from vnsign.crypto import ber, digests
from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import CertificateReference
from vnsign.pki.cms_structure import SignerInfo

_SUBJECT_KEY_IDENTIFIER = bytes.fromhex("0603551d0e")
_MOST_ATTRIBUTES = 256


class _Essentials(NamedTuple):
    issuer: bytes
    serial_number: int
    key: bytes
    extensions: bytes


@lru_cache(maxsize=1024)
def _essentials(der: bytes) -> _Essentials | None:
    """Issuer, serial number, public key bits and extensions of a certificate; ``None`` when it is none."""
    try:
        (to_be_signed, *_) = ber.children(ber.element(der))
        fields = ber.children(to_be_signed)
        if fields[0].tag == 0xA0:
            fields = fields[1:]
        serial, _, issuer, _, _, key, *rest = fields
        bits = ber.children(key)[1]
        extensions = next((item.content for item in rest if item.tag == 0xA3), b"")
        return _Essentials(issuer.encoding, ber.integer(serial), bits.content[1:], extensions)
    except (EvidenceError, ValueError, IndexError):
        return None


def candidates(signer: SignerInfo, certificates: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """The distinct certificates that the SignerInfo's identifier fits, in order. Nothing else of them is checked."""
    found = dict.fromkeys(item for item in certificates if _fits(signer, item))
    return tuple(found)


def _fits(signer: SignerInfo, certificate: Certificate) -> bool:
    essentials = _essentials(certificate.der)
    if essentials is None:
        return False
    if signer.key_identifier is not None:
        return signer.key_identifier == _key_identifier(essentials)
    if signer.issuer is None or signer.serial_number != essentials.serial_number:
        return False
    return same_name(signer.issuer, essentials.issuer)


def _key_identifier(essentials: _Essentials) -> bytes:
    """The subject key identifier extension, or the SHA-1 of the key where a certificate has none (RFC 5280, 4.2.1.2)."""
    try:
        for extension in ber.iterate(ber.element(essentials.extensions)) if essentials.extensions else ():
            identifier, *_, value = ber.children(extension)
            if identifier.encoding == _SUBJECT_KEY_IDENTIFIER:
                return ber.octets(ber.element(ber.octets(value)))
    except (EvidenceError, ValueError):
        return b""
    return hashlib.sha1(essentials.key).digest()


def same_name(one: bytes, other: bytes) -> bool:
    """Whether two encoded Names are the same: the same bytes, or the same after preparing their strings (RFC 5280, 7.1)."""
    if one == other:
        return True
    prepared = _prepared(one)
    return prepared is not None and prepared == _prepared(other)


@lru_cache(maxsize=1024)
def _prepared(name: bytes) -> tuple[frozenset[tuple[str, str | bytes]], ...] | None:
    try:
        count = 0
        rdns = []
        for rdn in ber.iterate(ber.expect(ber.element(name), ber.SEQUENCE, "Name")):
            pairs = []
            for pair in ber.iterate(rdn):
                kind, value = ber.children(pair)
                pairs.append((ber.oid(kind), _text(value)))
                count += 1
                if count > _MOST_ATTRIBUTES:
                    return None
            rdns.append(frozenset(pairs))
    except (EvidenceError, ValueError):
        return None
    return tuple(rdns)


_DECODERS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}


def _text(value: ber.Element) -> str | bytes:
    encoding = _DECODERS.get(value.tag)
    if encoding is None:
        return value.encoding
    try:
        text = value.content.decode(encoding)
    except ValueError:
        return value.encoding
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def referenced(found: Sequence[Certificate], references: Sequence[CertificateReference]) -> tuple[Certificate, ...]:
    """Those of the candidates whose digest a signed reference has."""
    return tuple(
        item
        for item in found
        if any(
            reference.digest_algorithm in digests.SUPPORTED
            and digests.digest(reference.digest_algorithm, item.der) == reference.digest
            for reference in references
        )
    )
