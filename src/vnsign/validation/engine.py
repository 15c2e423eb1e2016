"""The validation engine: ETSI EN 319 102-1 (V1.4.1), basic signature validation with time-stamps. Pure.

What it does, by clause:

====== ============================================= ======================================================
5.3    validation process for basic signatures       :func:`validate_signature`, steps 1 to 6
5.2.2  format checking                               step 1
5.2.3  identification of the signing certificate     step 2
5.2.4  validation context initialisation             step 3 (the policy is complete by construction)
5.2.6  X.509 certificate validation                  step 4
5.2.7  cryptographic verification                    step 5
5.2.8  signature acceptance validation               step 6
5.4    time-stamp validation                         :func:`validate_timestamp`, before the steps
5.5    signatures with time                          step 7: best-signature-time and what follows from it
====== ============================================= ======================================================

Not done here: 5.6 (long-term availability: proof-of-existence extraction, past certificate validation, sliding). Such
material is read as evidence; nothing passes on the strength of what is not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vnsign.crypto.values import ValueResult, verify_value
from vnsign.evidence.bundle import Evidence
from vnsign.model.certificate import Certificate
from vnsign.model.facts import DigestRole, SignatureFacts, SignatureKind, TimestampFacts, TimestampKind
from vnsign.model.finding import Finding, Outcome, Severity
from vnsign.model.moment import VIETNAM
from vnsign.model.policy import RevocationRequirement, ValidationPolicy
from vnsign.model.report import BestTimeSource, CoveredData, SignatureReport, TimestampReport
from vnsign.model.verdict import CheckStatus, Indication, SubIndication, Verdict
from vnsign.pki.path import PathResult, PathStatus, validate_path
from vnsign.trust.store import Purpose, TrustStore
from vnsign.validation import describe
from vnsign.validation.case import Case, Role
from vnsign.validation.registry import Block, Result, Rule, checked_rules, rules
from vnsign.validation.rules.chain import judged_path, revoked_after_proved_time
from vnsign.validation.rules.crypto import integrity
from vnsign.validation.rules.times import waits_for_status


@dataclass(frozen=True, slots=True)
class Context:
    """What every signature of a document is judged with.

    Attributes:
        trust: the anchors and intermediates that the caller named.
        policy: the validation policy.
        evidence: certificates and revocation data, from the caller and from the document.
        at: the validation time, UTC.
    """

    trust: TrustStore
    policy: ValidationPolicy
    evidence: Evidence
    at: datetime


def validate_signature(facts: SignatureFacts, context: Context) -> SignatureReport:
    """Judge one signature or document time-stamp (EN 319 102-1, 5.3 and 5.5).

    Args:
        facts: as read by the format.
        context: trust, policy, evidence, validation time.

    Returns:
        The report, with a finding for every rule that spoke. Never raises for what the signature contains.
    """
    if facts.document_timestamp is not None and facts.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return _document_timestamp(facts, facts.document_timestamp, context)
    timestamps = tuple(validate_timestamp(item, facts, context) for item in facts.timestamps)
    proved, shown, source = _best_signature_time(timestamps, context.at)
    case = _case(Role.SIGNATURE, facts, context, purpose=Purpose.SIGNATURE, proved=proved, timestamps=timestamps)
    findings = apply(case)
    verdict = conclude(case, findings)
    return SignatureReport(
        id=facts.id,
        kind=facts.kind,
        format=facts.format,
        level=facts.level,
        location=facts.location,
        verdict=verdict,
        integrity=integrity(facts.digests),
        signature_value=_value_status(case.value),
        signature_class=describe.signature_class(case.path, context.trust),
        signer=describe.signer(facts.signing_certificate),
        chain=describe.chain(case.path),
        claimed_time=facts.claimed_time,
        claimed_time_source=facts.claimed_time_source,
        best_signature_time=shown,
        best_signature_time_source=source,
        coverage=facts.coverage,
        covered=_covered(facts),
        changes_after=tuple(item for item in facts.changes if item.kind.value != "validation-material"),
        findings=findings,
        timestamps=timestamps,
        policy=context.policy.label,
    )


def validate_timestamp(stamp: TimestampFacts, owner: SignatureFacts, context: Context) -> TimestampReport:
    """Judge one time-stamp token (EN 319 102-1, 5.4): a basic validation of its signature, and its imprint."""
    token = replace(stamp.token, certificates=(*stamp.token.certificates, *owner.certificates))
    case = _case(Role.TIMESTAMP, token, context, purpose=Purpose.TIMESTAMP, proved=context.at, timestamp=stamp)
    findings = apply(case)
    return TimestampReport(
        id=stamp.id,
        kind=stamp.kind,
        verdict=conclude(case, findings),
        gen_time=stamp.gen_time,
        tsa=describe.signer(token.signing_certificate),
        signature_class=describe.signature_class(case.path, context.trust),
        imprint=integrity((stamp.imprint,)),
        findings=findings,
    )


def _document_timestamp(facts: SignatureFacts, stamp: TimestampFacts, context: Context) -> SignatureReport:
    """A document time-stamp is a time-stamp whose imprint covers the document; problems of its field count too."""
    merged = replace(
        stamp.token,
        problems=(*facts.problems, *stamp.token.problems),
        certificates=(*stamp.token.certificates, *facts.certificates),
    )
    case = _case(Role.TIMESTAMP, merged, context, purpose=Purpose.TIMESTAMP, proved=context.at, timestamp=stamp)
    findings = tuple(replace(item, subject="signature") for item in apply(case))
    verdict = conclude(case, findings)
    proved = stamp.gen_time if verdict.indication is Indication.TOTAL_PASSED else context.at
    return SignatureReport(
        id=facts.id,
        kind=facts.kind,
        format=facts.format,
        level=facts.level,
        location=facts.location,
        verdict=verdict,
        integrity=integrity((stamp.imprint, *stamp.token.digests)),
        signature_value=_value_status(case.value),
        signature_class=describe.signature_class(case.path, context.trust),
        signer=describe.signer(merged.signing_certificate),
        chain=describe.chain(case.path),
        claimed_time=stamp.gen_time,
        claimed_time_source=None,
        best_signature_time=proved,
        best_signature_time_source=BestTimeSource.TIMESTAMP if proved < context.at else BestTimeSource.VALIDATION_TIME,
        coverage=facts.coverage,
        covered=_covered(replace(facts, digests=(stamp.imprint,))),
        changes_after=tuple(item for item in facts.changes if item.kind.value != "validation-material"),
        findings=findings,
        timestamps=(),
        policy=context.policy.label,
    )


def _best_signature_time(timestamps: Sequence[TimestampReport], at: datetime) -> tuple[datetime, datetime, BestTimeSource]:
    """The time proved, the time shown, and how the latter is known (5.5.4, step 3).

    Only a time-stamp that passed proves a time, and only proved times decide. A time-stamp that lacks nothing but its
    authority's revocation status is shown, with the finding ``time.timestamp-status``, which keeps the signature from passing.
    """
    mine = [item for item in timestamps if item.kind is TimestampKind.SIGNATURE and item.gen_time <= at]
    valid = [item.gen_time for item in mine if item.verdict.indication is Indication.TOTAL_PASSED]
    if valid:
        return min(valid), min(valid), BestTimeSource.TIMESTAMP
    waiting = [item.gen_time for item in mine if waits_for_status(item)]
    if waiting:
        return at, min(waiting), BestTimeSource.TIMESTAMP
    return at, at, BestTimeSource.VALIDATION_TIME


def _case(
    role: Role,
    facts: SignatureFacts,
    context: Context,
    *,
    purpose: Purpose,
    proved: datetime,
    timestamp: TimestampFacts | None = None,
    timestamps: tuple[TimestampReport, ...] = (),
) -> Case:
    value = path = past = None
    alive = False
    if facts.supported and facts.signing_certificate is not None:
        # 5.2.6: X.509 validation at the validation time.
        path = _path(facts.signing_certificate, facts, context, purpose, context.at)
        # 5.2.6.4: an expired certificate, whose status at the end of its validity its living issuer still vouches for.
        if proved < context.at and path.failing == 0 and len(path.chain) > 1:
            past, alive = _past(path, facts, context, purpose, proved)
        # 5.2.7: cryptographic verification of the value.
        if facts.signed_value is not None:
            value = verify_value(facts.signing_certificate, facts.signed_value)
    return Case(role, facts, context.policy, context.at, proved, value, path, past, alive, timestamp, timestamps)


def _past(
    path: PathResult, facts: SignatureFacts, context: Context, purpose: Purpose, proved: datetime
) -> tuple[PathResult | None, bool]:
    """Path validation in the past, for a leaf that expired or was revoked since a proved time; and whether its issuer lives.

    Expired: at the end of its validity, with revocation data of then. Revoked since: at the proved time, for everything but
    revocation, which the data that name the revocation already say.
    """
    leaf, issuer = path.chain[0], path.chain[1]
    if path.status is PathStatus.EXPIRED:
        past = _path(leaf, facts, context, purpose, leaf.x509.not_valid_after_utc)
    elif path.status is PathStatus.REVOKED and path.revoked_at is not None and proved < path.revoked_at:
        past = _path(leaf, facts, context, purpose, proved, revocation_required=False)
    else:
        return None, False
    if len(path.chain) == 2:
        return past, True
    return past, _path(issuer, facts, context, purpose, context.at).status is PathStatus.VALID


def _path(
    leaf: Certificate,
    facts: SignatureFacts,
    context: Context,
    purpose: Purpose,
    at: datetime,
    *,
    revocation_required: bool = True,
) -> PathResult:
    evidence, trust, policy = context.evidence, context.trust, context.policy
    return validate_path(
        leaf,
        embedded=(*facts.certificates, *evidence.certificates),
        intermediates=trust.intermediates,
        anchors=tuple(item.certificate for item in trust.anchors_for(purpose, at)),
        at=at,
        crls=(*facts.crls, *evidence.crls),
        ocsps=(*facts.ocsps, *evidence.ocsps),
        revocation_required=revocation_required and policy.revocation is RevocationRequirement.REQUIRED,
        limits=policy.limits,
    )


def apply(case: Case) -> tuple[Finding, ...]:
    """Apply every registered rule to a case. Structural rules speak only when broken."""
    day = case.proved_time.astimezone(VIETNAM).date()
    levels = dict(case.policy.levels)
    findings = []
    for problem in {item.rule: item for item in reversed(case.facts.problems)}.values():
        broken = rules().get(problem.rule)
        if broken is None:
            # A reader's problem that no rule knows must not get lost: it fails closed.
            unknown = Finding(
                problem.rule, Outcome.FAILED, Severity.FAIL, problem.parameters, SubIndication.FORMAT_FAILURE, case.subject
            )
            findings.append(unknown)
        else:
            findings.append(_finding(broken, Result(Outcome.FAILED, problem.parameters), levels[broken.id], case))
    for rule in checked_rules():
        result = rule.check(case) if rule.check is not None and rule.in_force(day) else _SILENT
        if result.outcome is not Outcome.NOT_APPLICABLE:
            findings.append(_finding(rule, result, levels[rule.id], case))
    return tuple(findings)


_SILENT = Result(Outcome.NOT_APPLICABLE)


def _finding(rule: Rule, result: Result, severity: Severity, case: Case) -> Finding:
    sub_indication = None
    if result.outcome in (Outcome.FAILED, Outcome.INDETERMINATE):
        sub_indication = result.sub_indication or rule.on_fail
    return Finding(rule.id, result.outcome, severity, result.parameters, sub_indication, case.subject)


_ORDER = {
    Block.FORMAT_CHECKING: 1,
    Block.IDENTIFICATION: 2,
    Block.CONTEXT_INITIALISATION: 3,
    Block.CRYPTOGRAPHIC_VERIFICATION: 4,
    Block.X509_VALIDATION: 5,
    Block.TIMESTAMP_VALIDATION: 6,
    Block.SIGNATURE_ACCEPTANCE: 7,
    Block.WITH_TIME: 8,
}


def conclude(case: Case, findings: Sequence[Finding]) -> Verdict:
    """The verdict that follows from the findings (5.3.4).

    What fails for good goes before what is not known; within each, the order of the standard's blocks decides which
    sub-indication is named. Without any decisive finding the verdict is TOTAL-PASSED only when digests, value and path are
    positively known to be good: silence is never a pass.
    """
    known = rules()
    decisive = [item for item in findings if item.decisive and item.sub_indication is not None]
    decisive.sort(key=lambda item: _ORDER[known[item.rule].block] if item.rule in known else 0)
    subs = [item.sub_indication for item in decisive if item.sub_indication is not None]
    for sub in (*(item for item in subs if item.indication is Indication.TOTAL_FAILED), *subs):
        return Verdict.of(sub)
    if not case.facts.supported or case.certificate is None:
        return Verdict.of(SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    return _positively_good(case)


def _positively_good(case: Case) -> Verdict:
    digests = case.facts.digests if case.timestamp is None else (*case.facts.digests, case.timestamp.imprint)
    covers_data = any(item.role in (DigestRole.DATA, DigestRole.MANIFEST) for item in digests)
    if integrity(digests) is not CheckStatus.PASSED or not covers_data:
        return Verdict.of(SubIndication.SIGNED_DATA_NOT_FOUND)
    if _value_status(case.value) is not CheckStatus.PASSED:
        return Verdict.of(SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
    path = judged_path(case)
    if path is None or not _path_is_good(path, case):
        return Verdict.of(SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE)
    return Verdict.passed()


def _path_is_good(path: PathResult, case: Case) -> bool:
    if path.status is PathStatus.VALID:
        return True
    required = case.policy.revocation is RevocationRequirement.REQUIRED
    if path.status in (PathStatus.REVOCATION_UNKNOWN, PathStatus.REVOCATION_STALE):
        return not required
    return revoked_after_proved_time(case)


def _value_status(value: ValueResult | None) -> CheckStatus:
    return CheckStatus.INDETERMINATE if value is None else value.status


def _covered(facts: SignatureFacts) -> tuple[CoveredData, ...]:
    return tuple(
        CoveredData(
            item.name, item.covers, item.role.value, item.algorithm, (item.computed or b"").hex(), item.matches, item.size
        )
        for item in facts.digests
    )
