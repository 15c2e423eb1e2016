"""May this certificate sign now? Asked before the key is touched (rules T01 and T02: check before signing)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from vnsign.errors import CertificateNotFitError
from vnsign.evidence.bundle import Evidence
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.model.moment import utc, vietnam_text
from vnsign.pki.path import PathResult, PathStatus, validate_path
from vnsign.trust.store import Purpose, TrustStore

if TYPE_CHECKING:
    from cryptography import x509

_CODES = {
    PathStatus.REVOKED: "CERT_REVOKED",
    PathStatus.ON_HOLD: "CERT_ON_HOLD",
    PathStatus.CA_REVOKED: "CA_REVOKED",
    PathStatus.NO_PATH: "CERT_NOT_TRUSTED",
}
_HINTS = {
    PathStatus.REVOKED: "the certificate was revoked; ask the certification authority for a new one",
    PathStatus.ON_HOLD: "the certificate is suspended; ask the certification authority",
    PathStatus.CA_REVOKED: "the certification authority's own certificate was revoked",
    PathStatus.NO_PATH: "give the certificates of the issuing authorities, or the right trust store",
    PathStatus.EXPIRED: "a certificate of the chain is out of its validity",
    PathStatus.NOT_YET_VALID: "a certificate of the chain is not yet valid; is the clock right?",
}


def check_fitness(
    certificate: Certificate,
    *,
    at: datetime,
    chain: Sequence[Certificate] = (),
    trust: TrustStore | None = None,
    evidence: Evidence | None = None,
) -> None:
    """Refuse a certificate that may not sign at a moment.

    Args:
        certificate: of the signer.
        at: the moment of signing, aware.
        chain: certificates of the issuers, untrusted.
        trust: where the certificate's path must end; ``None``: the path is not checked.
        evidence: CRLs and OCSP answers; a certificate that they revoke or suspend, or whose CA they revoke, is refused.
            Their absence is not: the caller is to be warned of it (Circular 15/2025, Appendix II, 1.2).

    Raises:
        CertificateNotFitError: ``CERT_EXPIRED``, ``CERT_NOT_YET_VALID``, ``CERT_KEY_USAGE``, ``CERT_REVOKED``,
            ``CERT_ON_HOLD``, ``CA_REVOKED``, ``CERT_NOT_TRUSTED``, or ``CERT_NOT_VALID_FOR_SIGNING``.

    Not checked: extended key usage (Vietnamese certificates have no common one), names against a dossier, the strength of
    the key (:func:`vnsign.signing.profile.choose_algorithm` does that).
    """
    moment = utc(at)
    try:
        parsed = certificate.x509
        _check_validity(parsed, moment)
        _check_usage(parsed)
    except ValueError as error:
        raise CertificateNotFitError(f"the certificate cannot be read: {error}", hint="give an X.509 certificate") from error
    if trust is not None:
        _check_path(certificate, moment, chain, trust, evidence or Evidence())


def _check_validity(parsed: x509.Certificate, moment: datetime) -> None:
    if moment < parsed.not_valid_before_utc:
        raise CertificateNotFitError(
            f"the certificate is valid from {vietnam_text(parsed.not_valid_before_utc)}, not yet at {vietnam_text(moment)}",
            code="CERT_NOT_YET_VALID",
            hint="is the clock right?",
        )
    if moment > parsed.not_valid_after_utc:
        raise CertificateNotFitError(
            f"the certificate expired on {vietnam_text(parsed.not_valid_after_utc)}",
            code="CERT_EXPIRED",
            hint="sign with a certificate that is in force",
        )


def _check_usage(parsed: x509.Certificate) -> None:
    from cryptography.x509 import ExtensionNotFound, KeyUsage

    try:
        usage = parsed.extensions.get_extension_for_class(KeyUsage).value
    except ExtensionNotFound:
        return  # RFC 5280, 4.2.1.3: no restriction
    if not (usage.digital_signature or usage.content_commitment):
        raise CertificateNotFitError(
            "the certificate's key usage allows neither digitalSignature nor nonRepudiation",
            code="CERT_KEY_USAGE",
            hint="sign with a certificate issued for signing",
        )


def _check_path(
    certificate: Certificate, moment: datetime, chain: Sequence[Certificate], trust: TrustStore, evidence: Evidence
) -> None:
    result = validate_path(
        certificate,
        embedded=(*chain, *evidence.certificates),
        intermediates=trust.intermediates,
        anchors=[anchor.certificate for anchor in trust.anchors_for(Purpose.SIGNATURE, moment)],
        at=moment,
        crls=evidence.crls,
        ocsps=evidence.ocsps,
        revocation_required=False,
        limits=Limits(),
    )
    if result.status is not PathStatus.VALID:
        raise CertificateNotFitError(
            f"the certificate may not sign now: {_said(result)}",
            code=_CODES.get(result.status),
            hint=_HINTS.get(result.status, "ask the certification authority"),
        )


def _said(result: PathResult) -> str:
    whose = "" if not result.failing else f", certificate {result.failing} above the signer's"
    return f"{result.status.value}{whose}" + (f" ({result.detail})" if result.detail else "")
