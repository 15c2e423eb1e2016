"""CRLs (RFC 5280, section 5) and OCSP answers (RFC 6960) of the test PKI."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp


@dataclass(frozen=True, slots=True)
class Revoked:
    """One revoked certificate: serial number, moment, reason."""

    serial_number: int
    at: datetime
    reason: x509.ReasonFlags


def build_crl(
    issuer: x509.Certificate,
    key: CertificateIssuerPrivateKeyTypes,
    revoked: Iterable[Revoked],
    *,
    this_update: datetime,
    next_update: datetime,
    number: int,
) -> bytes:
    """Sign a CRL with SHA-256; the same bytes each time where the key is RSA.

    Args:
        issuer: the CA; its subject key identifier becomes the authority key identifier.
        key: the CA's private key; any other makes a CRL that does not verify.
        revoked: the entries; those revoked after ``this_update`` are left out, as a real CA could not know them.
        this_update: when it is issued, aware.
        next_update: until when it stands, aware.
        number: CRL number.

    Returns:
        DER of the CRL.
    """
    builder = x509.CertificateRevocationListBuilder(issuer.subject, this_update, next_update)
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False)
    builder = builder.add_extension(x509.CRLNumber(number), False)
    for item in revoked:
        if item.at > this_update:
            continue
        entry = x509.RevokedCertificateBuilder(item.serial_number, item.at)
        builder = builder.add_revoked_certificate(entry.add_extension(x509.CRLReason(item.reason), False).build())
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def read_crl(der: bytes) -> tuple[Revoked, ...]:
    """The entries of a CRL of the test PKI. Its signature is not checked."""
    found = []
    for entry in x509.load_der_x509_crl(der):
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        found.append(Revoked(entry.serial_number, entry.revocation_date_utc, reason))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class OcspResponder:
    """A delegated OCSP responder (RFC 6960, 4.2.2.2): its certificate and key, and the CA it answers for."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes
    issuer: x509.Certificate

    def answer(
        self,
        certificate: x509.Certificate,
        *,
        status: Revoked | None,
        this_update: datetime,
        next_update: datetime,
        nonce: bytes | None = None,
    ) -> bytes:
        """Sign an answer for one certificate.

        Args:
            certificate: the one asked about.
            status: how it was revoked; ``None`` for good.
            this_update: when the answer is produced, aware.
            next_update: until when it stands, aware.
            nonce: of the request, echoed (RFC 8954).

        Returns:
            DER of the OCSPResponse.
        """
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=certificate,
            issuer=self.issuer,
            algorithm=hashes.SHA256(),
            cert_status=ocsp.OCSPCertStatus.GOOD if status is None else ocsp.OCSPCertStatus.REVOKED,
            this_update=this_update,
            next_update=next_update,
            revocation_time=None if status is None else status.at,
            revocation_reason=None if status is None else status.reason,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
        builder = builder.certificates([self.certificate])
        if nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(nonce), False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)
