"""What path building needs of a certificate, read once and kept by content.

``cryptography`` builds a new object for a name or an extension at each access; a store of seventy certificates asked for each
signature would spend its time there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from cryptography import x509

from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.pki.names import attributes, element, elements, name_key

_T = TypeVar("_T", bound=x509.ExtensionType)


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
        subject_key_identifier, authority_key_identifier: key identifiers, ``None`` where absent.
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
    subject_key_identifier: bytes | None
    authority_key_identifier: bytes | None

    def valid_at(self, moment: datetime) -> bool:
        """Whether the moment lies within the validity period."""
        return self.not_before <= moment <= self.not_after


@lru_cache(maxsize=2048)
def profile(certificate: Certificate) -> Profile | None:
    """The facts of a certificate, or ``None`` when the bytes are not a certificate that can be used."""
    try:
        return _read(certificate.x509)
    # The door to foreign bytes: cryptography raises ValueError, TypeError, UnsupportedAlgorithm, and Rust panics are
    # reported as other exceptions. Whatever it is, the certificate cannot be used.
    except Exception:  # noqa: BLE001
        return None


def tbs_fields(tbs: bytes) -> dict[str, bytes]:
    """DER of issuer, subject and SubjectPublicKeyInfo, as written, from a TBSCertificate (RFC 5280, 4.1).

    Raises:
        EvidenceError: when the bytes are not laid out as a TBSCertificate.
    """
    _, content, end = element(tbs, 0)
    parts = [tbs[start:stop] for tag, start, _, stop in elements(tbs, content, end) if tag != 0xA0]
    if len(parts) < 6:
        raise EvidenceError("TBSCertificate is too short")
    return {"issuer": parts[2], "validity": parts[3], "subject": parts[4], "public_key_info": parts[5]}


def _read(parsed: x509.Certificate) -> Profile:
    fields = tbs_fields(parsed.tbs_certificate_bytes)
    attributes(fields["subject"])
    attributes(fields["issuer"])
    constraints = _extension(parsed, x509.BasicConstraints)
    usage = _extension(parsed, x509.KeyUsage)
    subject_id = _extension(parsed, x509.SubjectKeyIdentifier)
    authority_id = _extension(parsed, x509.AuthorityKeyIdentifier)
    self_issued = fields["issuer"] == fields["subject"]
    return Profile(
        subject=fields["subject"],
        issuer=fields["issuer"],
        subject_key=name_key(fields["subject"]),
        issuer_key=name_key(fields["issuer"]),
        public_key_info=fields["public_key_info"],
        serial_number=parsed.serial_number,
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
        ca=constraints.ca if constraints else parsed.version is x509.Version.v1 and self_issued,
        crl_sign=usage is None or usage.crl_sign,
        digital_signature=usage is None or usage.digital_signature or usage.content_commitment,
        subject_key_identifier=subject_id.digest if subject_id else None,
        authority_key_identifier=authority_id.key_identifier if authority_id else None,
    )


def _extension(parsed: x509.Certificate, kind: type[_T]) -> _T | None:
    try:
        return parsed.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
