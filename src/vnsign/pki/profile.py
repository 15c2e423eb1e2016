"""What path building needs of a certificate, read once and kept by content.

``cryptography`` builds a new object for a name or an extension at each access; a store of seventy certificates asked for each
signature would spend its time there.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509

from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.pki import der
from vnsign.pki.names import attributes, name_key

BASIC_CONSTRAINTS = "2.5.29.19"
KEY_USAGE = "2.5.29.15"
EXTENDED_KEY_USAGE = "2.5.29.37"
SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
NAME_CONSTRAINTS = "2.5.29.30"
CRL_DISTRIBUTION_POINTS = "2.5.29.31"
OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"

# Bits of keyUsage (RFC 5280, 4.2.1.3), the first bit highest.
_DIGITAL_SIGNATURE, _CONTENT_COMMITMENT, _CRL_SIGN = 0x80, 0x40, 0x02


@dataclass(frozen=True, slots=True)
class Profile:
    """Facts of one certificate.

    Attributes:
        subject, issuer: DER of the names as written.
        subject_key, issuer_key: the same, prepared for comparison (RFC 5280, 7.1).
        public_key_info: DER of SubjectPublicKeyInfo.
        serial_number: the serial.
        not_before, not_after: validity, UTC, both inclusive (RFC 5280, 4.1.2.5).
        ca: basicConstraints says CA; for certificates of version 1, self-issued.
        crl_sign: keyUsage allows CRL signatures, or is absent.
        digital_signature: keyUsage allows signatures, or is absent.
        extended_key_usage: OIDs, empty where absent.
        subject_key_identifier, authority_key_identifier: key identifiers, ``None`` where absent.
        extensions: all extensions by OID.
    """

    subject: bytes
    issuer: bytes
    subject_key: tuple[object, ...]
    issuer_key: tuple[object, ...]
    public_key_info: bytes
    serial_number: int
    not_before: datetime
    not_after: datetime
    ca: bool
    crl_sign: bool
    digital_signature: bool
    extended_key_usage: frozenset[str]
    subject_key_identifier: bytes | None
    authority_key_identifier: bytes | None
    extensions: Mapping[str, der.Extension] = field(repr=False)

    def valid_at(self, moment: datetime) -> bool:
        """Whether the moment lies within the validity period."""
        return self.not_before <= moment <= self.not_after


class TbsFields(NamedTuple):
    """Parts of a TBSCertificate (RFC 5280, 4.1) as DER, as written; ``extensions`` is ``None`` where absent."""

    issuer: bytes
    subject: bytes
    public_key_info: bytes
    extensions: bytes | None


@lru_cache(maxsize=2048)
def profile(certificate: Certificate) -> Profile | None:
    """The facts of a certificate, or ``None`` when the bytes are not a certificate that can be used."""
    try:
        with warnings.catch_warnings():
            # Odd serials are met in real certificates; whether warnings are errors must not change what is read.
            warnings.simplefilter("ignore")
            return _read(certificate.x509)
    # The door to foreign bytes: cryptography raises ValueError, TypeError, UnsupportedAlgorithm and others. Whatever it is,
    # the certificate cannot be used.
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        return None


def tbs_fields(tbs: bytes) -> TbsFields:
    """The parts of a TBSCertificate.

    Raises:
        EvidenceError: when the bytes are not laid out as a TBSCertificate.
    """
    parts = [(tag, content, whole) for tag, content, whole in der.children(tbs) if tag != 0xA0]
    if len(parts) < 6:
        raise EvidenceError("TBSCertificate is too short")
    extensions = next((content for tag, content, _ in parts[6:] if tag == 0xA3), None)
    return TbsFields(parts[2][2], parts[4][2], parts[5][2], extensions)


def alternative_emails(extensions: Mapping[str, der.Extension]) -> tuple[str, ...]:
    """The rfc822Name values of the subject alternative name; empty where absent or unreadable."""
    extension = extensions.get(SUBJECT_ALTERNATIVE_NAME)
    try:
        found = der.children(extension.value) if extension else []
    except EvidenceError:
        return ()
    return tuple(content.decode("utf-8", "replace") for tag, content, _ in found if tag == 0x81)


def _read(parsed: x509.Certificate) -> Profile:
    fields = tbs_fields(parsed.tbs_certificate_bytes)
    attributes(fields.subject)
    attributes(fields.issuer)
    extensions = der.read_extensions(fields.extensions) if fields.extensions is not None else {}
    usage = _key_usage(extensions.get(KEY_USAGE))
    return Profile(
        subject=fields.subject,
        issuer=fields.issuer,
        subject_key=name_key(fields.subject),
        issuer_key=name_key(fields.issuer),
        public_key_info=fields.public_key_info,
        serial_number=parsed.serial_number,
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
        ca=_is_ca(extensions.get(BASIC_CONSTRAINTS), parsed.version, self_issued=fields.issuer == fields.subject),
        crl_sign=usage is None or bool(usage & _CRL_SIGN),
        digital_signature=usage is None or bool(usage & (_DIGITAL_SIGNATURE | _CONTENT_COMMITMENT)),
        extended_key_usage=_oids(extensions.get(EXTENDED_KEY_USAGE)),
        subject_key_identifier=_subject_key_identifier(extensions.get(SUBJECT_KEY_IDENTIFIER)),
        authority_key_identifier=_authority_key_identifier(extensions.get(AUTHORITY_KEY_IDENTIFIER)),
        extensions=extensions,
    )


def _is_ca(extension: der.Extension | None, version: x509.Version, *, self_issued: bool) -> bool:
    if extension is None:
        return version is x509.Version.v1 and self_issued
    parts = der.children(extension.value)
    return bool(parts) and parts[0][0] == der.BOOLEAN and parts[0][1] != b"\x00"


def _key_usage(extension: der.Extension | None) -> int | None:
    if extension is None:
        return None
    bits = der.content_of(extension.value, der.BIT_STRING)
    return bits[1] if len(bits) > 1 else 0


def _oids(extension: der.Extension | None) -> frozenset[str]:
    if extension is None:
        return frozenset()
    return frozenset(der.oid_text(content) for _, content, _ in der.children(extension.value))


def _subject_key_identifier(extension: der.Extension | None) -> bytes | None:
    return der.content_of(extension.value, der.OCTET_STRING) if extension else None


def _authority_key_identifier(extension: der.Extension | None) -> bytes | None:
    if extension is None:
        return None
    return next((content for tag, content, _ in der.children(extension.value) if tag == 0x80), None)
