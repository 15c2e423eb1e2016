"""The seven things that a checking program shows at least of every signature, each with a reason where it is empty."""

from __future__ import annotations

from vnsign.model.moment import vietnam_text
from vnsign.model.verdict import CheckStatus, SubIndication
from vnsign.pki.path import PathStatus
from vnsign.validation.case import Case, Role
from vnsign.validation.registry import Block, Check, Result, failed, not_applicable, passed, rule
from vnsign.validation.rules.chain import judged_path
from vnsign.validation.rules.crypto import integrity
from vnsign.validation.rules.law import cite
from vnsign.validation.rules.vietnam import signature_holder

FIELDS = ("issuer", "signer", "managing-unit", "signing-time", "integrity", "validity-at-signing", "certificate-period")
"""Names of the fields; each is shown by the rule ``vietnam.display-<name>``."""

_NO_CERTIFICATE = "no certificate of the signer was found"
_UNKNOWN_STATUS = {
    PathStatus.NO_PATH: "no chain to a trust anchor",
    PathStatus.REVOCATION_UNKNOWN: "no revocation data at hand",
    PathStatus.REVOCATION_STALE: "the revocation data at hand are too old",
    PathStatus.MALFORMED: "a certificate of the chain cannot be read",
}


def _display(check: Check) -> Check:
    name = check.__name__.strip("_").replace("_", "-")

    def shown(case: Case) -> Result:
        return not_applicable() if case.role is Role.TIMESTAMP else check(case)

    shown.__doc__ = check.__doc__
    return rule(
        f"vietnam.display-{name}",
        block=Block.SIGNATURE_ACCEPTANCE,
        cites=(cite("circular-15-2025", "Article 6(4)(b)"),),
        on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
    )(shown)


@_display
def issuer(case: Case) -> Result:
    """Who issued the certificate."""
    holder = signature_holder(case)
    if holder is None:
        return failed(reason=_NO_CERTIFICATE)
    value = holder.issuer_name or holder.issuer
    return passed(value=value) if value else failed(reason="the certificate names no issuer")


@_display
def signer(case: Case) -> Result:
    """Who signed."""
    holder = signature_holder(case)
    if holder is None:
        return failed(reason=_NO_CERTIFICATE)
    value = holder.name or holder.subject
    return passed(value=value) if value else failed(reason="the certificate names no holder")


@_display
def managing_unit(case: Case) -> Result:
    """The unit that manages the certificate: the organisational unit, else the organisation."""
    holder = signature_holder(case)
    if holder is None:
        return failed(reason=_NO_CERTIFICATE)
    value = holder.unit or holder.organisation
    return passed(value=value) if value else failed(reason="the certificate names no unit")


@_display
def signing_time(case: Case) -> Result:
    """The time of the time-stamp, else the time that the signer claims."""
    if case.time_is_proved:
        return passed(value=vietnam_text(case.proved_time), how="by time-stamp")
    if case.facts.claimed_time is not None:
        return passed(value=vietnam_text(case.facts.claimed_time), how="claimed by the signer")
    return failed(reason="the signature states no time and has no valid time-stamp")


@_display
def integrity_(case: Case) -> Result:
    """Whether the signed content is unchanged."""
    found = integrity(case.facts.digests)
    if found is CheckStatus.INDETERMINATE:
        return failed(reason="the signed data were not found or cannot be processed")
    return passed(value="unchanged" if found is CheckStatus.PASSED else "changed after signing")


@_display
def validity_at_signing(case: Case) -> Result:
    """Whether the certificate was valid at the time that is proved; the validation time where none is."""
    path = judged_path(case)
    if path is None:
        return failed(reason=_NO_CERTIFICATE)
    if path.status in _UNKNOWN_STATUS:
        return failed(reason=_UNKNOWN_STATUS[path.status])
    return passed(value=f"status {path.status.value}", at=vietnam_text(case.proved_time))


@_display
def certificate_period(case: Case) -> Result:
    """From when until when the certificate is valid."""
    holder = signature_holder(case)
    if holder is None:
        return failed(reason=_NO_CERTIFICATE)
    return passed(not_before=vietnam_text(holder.not_before), not_after=vietnam_text(holder.not_after))
