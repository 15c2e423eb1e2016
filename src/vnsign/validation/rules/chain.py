"""X.509 certificate validation (EN 319 102-1, 5.2.6), at the validation time and, with a time-stamp, at its time (5.5)."""

from __future__ import annotations

from dataclasses import replace

from vnsign.model.certificate import Certificate
from vnsign.model.moment import vietnam_text
from vnsign.model.verdict import SubIndication
from vnsign.pki.path import PathResult, PathStatus
from vnsign.pki.profile import KEY_USAGE, profile
from vnsign.validation.case import Case, Role
from vnsign.validation.describe import subject
from vnsign.validation.registry import Block, Citation, Result, failed, indeterminate, not_applicable, passed, rule
from vnsign.validation.rules.law import cite

_XCV = Citation("ETSI EN 319 102-1 V1.4.1, 5.2.6")
_RFC5280 = Citation("RFC 5280, 6.1")
_WITH_TIME = Citation("ETSI EN 319 102-1 V1.4.1, 5.5.4")

_OUT_OF_VALIDITY = (PathStatus.EXPIRED, PathStatus.NOT_YET_VALID)
_REVOKED = (PathStatus.REVOKED, PathStatus.CA_REVOKED)
_BROKEN = (PathStatus.CONSTRAINTS, PathStatus.MALFORMED)
_UNKNOWN = (PathStatus.REVOCATION_UNKNOWN, PathStatus.REVOCATION_STALE)


def _name(path: PathResult) -> str:
    return "" if path.failing is None or not path.chain else subject(path.chain[path.failing])


def _explained(case: Case, detail: str, certificate: Certificate | None) -> str:
    """The detail, with what was asked for elsewhere and why it did not help.

    About one certificate its revocation status was asked for; about none, certificates of issuers.
    """
    if certificate is None:
        mine = [item for item in case.attempts if item.wanted == "certificate"]
    else:
        mine = [
            item for item in case.attempts if item.wanted != "certificate" and item.certificate_sha256 == certificate.sha256
        ]
    return "; ".join([detail, *(str(item) for item in mine if item.outcome == "failed")])


def judged_path(case: Case) -> PathResult | None:
    """The path validation that counts: past certificate validation where it succeeded (5.6.2.2), else that of today."""
    return case.past if case.past is not None and case.past.status is PathStatus.VALID else case.path


@rule(
    "chain.trust-anchor", block=Block.X509_VALIDATION, cites=(_XCV, _RFC5280), on_fail=SubIndication.NO_CERTIFICATE_CHAIN_FOUND
)
def trust_anchor(case: Case) -> Result:
    """A chain of verified signatures leads from the signing certificate to a trust anchor that the caller named."""
    if case.path is None:
        return not_applicable()
    if case.path.status is PathStatus.NO_PATH:
        return indeterminate(detail=_explained(case, case.path.detail, None))
    return passed(length=len(case.path.chain))


@rule(
    "chain.rfc5280",
    block=Block.X509_VALIDATION,
    cites=(_XCV, _RFC5280),
    on_fail=SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
)
def rfc5280(case: Case) -> Result:
    """The chain satisfies RFC 5280: basic constraints, key usage of CAs, name constraints, policies, critical extensions."""
    path = judged_path(case)
    if path is None or path.status is PathStatus.NO_PATH:
        return not_applicable()
    if path.status in _BROKEN:
        return indeterminate(certificate=_name(path), detail=path.detail)
    return passed()


@rule("chain.validity", block=Block.X509_VALIDATION, cites=(_XCV, _WITH_TIME), on_fail=SubIndication.OUT_OF_BOUNDS_NO_POE)
def validity(case: Case) -> Result:
    """Every certificate of the chain is within its validity, at the validation time or at the time a time-stamp proves."""
    path = judged_path(case)
    if path is None or path.status is PathStatus.NO_PATH or not path.chain:
        return not_applicable()
    leaf = path.chain[0].x509
    not_before, not_after = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    period = {"not_before": vietnam_text(not_before), "not_after": vietnam_text(not_after)}
    if case.time_is_proved and case.proved_time < not_before:
        # The signature existed before its certificate: 5.5.4, whatever the status today.
        return failed(SubIndication.NOT_YET_VALID, certificate=subject(path.chain[0]), **period)
    if case.not_earlier_than is not None and case.not_earlier_than > not_after:
        # The signed content is younger than the certificate: the signature was made after its end.
        return failed(SubIndication.EXPIRED, certificate=subject(path.chain[0]), **period)
    if path.status in _OUT_OF_VALIDITY:
        state = "was not yet valid" if path.status is PathStatus.NOT_YET_VALID else "had expired"
        return indeterminate(_out_of_bounds(path), certificate=_name(path), state=state, at=vietnam_text(case.at), **period)
    return passed(**period)


def _out_of_bounds(path: PathResult) -> SubIndication:
    """Which of the three: 5.2.6.4 for the signing certificate, 5.2.5 for the issuer of the revocation data."""
    if path.status is PathStatus.EXPIRED and path.failing == 0 and path.revocation and path.revocation[0].status == "good":
        return SubIndication.OUT_OF_BOUNDS_NOT_REVOKED
    if path.status is PathStatus.EXPIRED and path.failing:
        return SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE
    return SubIndication.OUT_OF_BOUNDS_NO_POE


@rule("chain.not-revoked", block=Block.X509_VALIDATION, cites=(_XCV, _WITH_TIME), on_fail=SubIndication.REVOKED_NO_POE)
def not_revoked(case: Case) -> Result:
    """No certificate of the chain was revoked, or the signing certificate only after the time that a time-stamp proves."""
    path = judged_path(case)
    if path is None or path.status in (PathStatus.NO_PATH, *_BROKEN):
        return not_applicable()
    if path.status is PathStatus.ON_HOLD:
        return indeterminate(SubIndication.TRY_LATER, certificate=_name(path), state="is on hold", reason="certificateHold")
    if path.status not in _REVOKED:
        return not_applicable() if path.status in (*_UNKNOWN, *_OUT_OF_VALIDITY) else passed()
    when = vietnam_text(path.revoked_at) if path.revoked_at else ""
    state = f"was revoked on {when}" if when else "was revoked"
    said = {"certificate": _name(path), "revoked_at": when, "state": state, "reason": path.revocation_reason}
    if path.status is PathStatus.CA_REVOKED:
        return indeterminate(SubIndication.REVOKED_CA_NO_POE, **said)
    if path.revoked_at is not None and case.not_earlier_than is not None and path.revoked_at <= case.not_earlier_than:
        return failed(SubIndication.REVOKED, **said)
    return indeterminate(**said)


@rule(
    "chain.revoked-later",
    block=Block.X509_VALIDATION,
    cites=(_WITH_TIME, cite("circular-15-2025", "Appendix II, 1.1")),
    on_fail=SubIndication.REVOKED_NO_POE,
)
def revoked_later(case: Case) -> Result:
    """The signing certificate was not revoked after signing; if it was, that is told, although it does not hurt."""
    path = judged_path(case)
    if path is None or path.status is not PathStatus.VALID or not path.revocation:
        return not_applicable()
    later = path.revocation[0].revoked_at
    return passed() if later is None else failed(revoked_at=vietnam_text(later), time=vietnam_text(case.proved_time))


@rule("chain.revocation-known", block=Block.X509_VALIDATION, cites=(_XCV,), on_fail=SubIndication.TRY_LATER)
def revocation_known(case: Case) -> Result:
    """Fresh and authentic revocation data say the status of every certificate below the anchor."""
    path = judged_path(case)
    if path is None or path.status in (PathStatus.NO_PATH, *_BROKEN, *_OUT_OF_VALIDITY):
        return not_applicable()
    if path.status in _UNKNOWN:
        missing = None if path.failing is None else path.chain[path.failing]
        detail = _explained(case, path.detail, missing)
        return indeterminate(certificate=_name(path), detail=detail, status=path.status.value)
    if path.status in (*_REVOKED, PathStatus.ON_HOLD):
        return not_applicable()
    below = path.revocation[:-1]
    unknown = next((index for index, item in enumerate(below) if item.status != "good"), None)
    if unknown is not None:
        detail = _explained(case, below[unknown].detail, path.chain[unknown])
        return indeterminate(certificate=_name(replace(path, failing=unknown)), detail=detail, status=below[unknown].status)
    return passed(sources=", ".join(sorted({item.source for item in below})) or "anchor")


@rule(
    "chain.key-usage",
    block=Block.X509_VALIDATION,
    cites=(_XCV, Citation("RFC 5280, 4.2.1.3")),
    on_fail=SubIndication.CHAIN_CONSTRAINTS_FAILURE,
)
def key_usage(case: Case) -> Result:
    """The signing certificate's key usage, where stated, allows digital signature or non-repudiation."""
    if case.certificate is None or case.role is Role.TIMESTAMP:
        return not_applicable()
    facts = profile(case.certificate)
    if facts is None or KEY_USAGE not in facts.extensions:
        return not_applicable()
    return passed() if facts.digital_signature else indeterminate()
