"""May this certificate sign now? Asked before the key is touched (rules T01 and T02: check before signing)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from vnsign.errors import CertificateNotFitError
from vnsign.evidence.bundle import Evidence
from vnsign.evidence.sources import EvidenceSource, Offline, Question
from vnsign.model.certificate import Certificate
from vnsign.model.facts import DocumentFacts, SignatureFacts, SignatureFormat, SignatureKind
from vnsign.model.limits import Limits
from vnsign.model.moment import utc, vietnam_text
from vnsign.pki.algorithms import certificate_algorithm, public_key_size
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


@dataclass(frozen=True, slots=True)
class SigningWarning:
    """Something that did not stop the signing and that the signer must be told (Circular 15/2025, Appendix II, 1.2).

    Attributes:
        code: stable text, the key of its sentences in both languages.
        message: what, for people who know the standard.
        hint: what to do.
    """

    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Fitness:
    """A certificate that may sign, with what could not be had and what was found.

    Attributes:
        warnings: what the signer must be told; empty when path and revocation status are known to be good.
        evidence: what was looked at: the caller's and what the source brought.
    """

    warnings: tuple[SigningWarning, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)


def check_fitness(
    certificate: Certificate,
    *,
    at: datetime,
    chain: Sequence[Certificate] = (),
    trust: TrustStore | None = None,
    evidence: Evidence | None = None,
    source: EvidenceSource | None = None,
) -> Fitness:
    """Refuse a certificate that may not sign at a moment.

    Args:
        certificate: of the signer.
        at: the moment of signing, aware.
        chain: certificates of the issuers, untrusted.
        trust: where the certificate's path must end; ``None``: the path is not checked, and the caller is warned of it.
        evidence: CRLs and OCSP answers; a certificate that they revoke or suspend, or whose CA they revoke, is refused.
            Their absence is not: the caller is warned of it (Circular 15/2025, Appendix II, 1.2).
        source: where evidence is sought that the caller does not have; nowhere where omitted.

    Returns:
        The warnings, and the evidence that was looked at.

    Raises:
        CertificateNotFitError: ``CERT_EXPIRED``, ``CERT_NOT_YET_VALID``, ``CERT_KEY_USAGE``, ``CERT_REVOKED``,
            ``CERT_ON_HOLD``, ``CA_REVOKED``, ``CERT_NOT_TRUSTED``, ``WEAK_CERT_ALG`` (a certificate of the path is signed with
            SHA-1 or MD5, or has a short key), or ``CERT_NOT_VALID_FOR_SIGNING``.

    Not checked: extended key usage (Vietnamese certificates have no common one), names against a dossier, the strength of
    the signer's own key (:func:`vnsign.signing.profile.choose_algorithm` does that).
    """
    moment = utc(at)
    try:
        parsed = certificate.x509
        _check_validity(parsed, moment)
        _check_usage(parsed)
    except ValueError as error:
        raise CertificateNotFitError(f"the certificate cannot be read: {error}", hint="give an X.509 certificate") from error
    known = evidence or Evidence()
    if trust is None:
        return Fitness((_PATH_UNCHECKED,), known)
    known |= _sought(certificate, chain, trust, moment, known, source or Offline())
    return Fitness(_check_path(certificate, moment, chain, trust, known), known)


_PATH_UNCHECKED = SigningWarning(
    "PATH_NOT_CHECKED",
    "no trust store was given: neither the certificate's path nor its revocation status was checked",
    "give the trust store, so that a revoked certificate is noticed before it signs",
)


def _sought(
    certificate: Certificate,
    chain: Sequence[Certificate],
    trust: TrustStore,
    moment: datetime,
    known: Evidence,
    source: EvidenceSource,
) -> Evidence:
    """What the source has for the signer's certificate: asked as if for a signature that is not made yet."""
    planned = SignatureFacts(
        "to-be-signed",
        SignatureKind.SIGNATURE,
        SignatureFormat.PADES,
        signing_certificate=certificate,
        certificates=(certificate, *chain),
    )
    known |= Evidence(certificates=(certificate, *chain))
    return source.gather(Question(DocumentFacts("planned", signatures=(planned,)), known, trust, moment, Limits()))


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
) -> tuple[SigningWarning, ...]:
    result = validate_path(
        certificate,
        embedded=(*chain, *evidence.certificates),
        intermediates=trust.intermediates,
        anchors=[anchor.certificate for anchor in trust.anchors_for(Purpose.SIGNATURE, moment)],
        at=moment,
        crls=evidence.crls,
        ocsps=evidence.ocsps,
        revocation_required=True,
        limits=Limits(),
    )
    if result.status not in _STATUS_NOT_HAD and result.status is not PathStatus.VALID:
        raise CertificateNotFitError(
            f"the certificate may not sign now: {_said(result)}",
            code=_CODES.get(result.status),
            hint=_HINTS.get(result.status, "ask the certification authority"),
        )
    _check_algorithms(result)
    if result.status is PathStatus.VALID:
        return ()
    return (
        SigningWarning(
            "STATUS_NOT_KNOWN",
            f"the revocation status could not be had: {_said(result)}",
            "ask the certification authority whether the certificate is in force, or sign where its services can be reached",
        ),
    )


_STATUS_NOT_HAD = (PathStatus.REVOCATION_UNKNOWN, PathStatus.REVOCATION_STALE)
_WEAK_DIGESTS = frozenset({"md5", "sha1"})
_LEAST_BITS = {"rsa": 2048, "dsa": 2048, "ec": 256}


def _check_algorithms(result: PathResult) -> None:
    """Algorithms on the certificates of the path, the anchor aside (Circular 15/2025, Appendix II, 1.3)."""
    for place, item in enumerate(result.chain[:-1]):
        digest, size = certificate_algorithm(item).digest, public_key_size(item)
        short = size is not None and size[1] < _LEAST_BITS[size[0]]
        if digest in _WEAK_DIGESTS or short:
            found = f"signed with {digest}" if digest in _WEAK_DIGESTS else f"with a key of {size[1] if size else 0} bits"
            whose = "the signer's certificate" if place == 0 else f"certificate {place} above the signer's"
            raise CertificateNotFitError(
                f"{whose} is {found}", code="WEAK_CERT_ALG", hint="ask the certification authority for a new certificate"
            )


def _said(result: PathResult) -> str:
    whose = "" if not result.failing else f", certificate {result.failing} above the signer's"
    return f"{result.status.value}{whose}" + (f" ({result.detail})" if result.detail else "")
