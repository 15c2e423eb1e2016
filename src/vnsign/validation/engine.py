"""The validation engine: ETSI EN 319 102-1 (V1.4.1). Pure: no clock, no file, no socket.

What it does, by clause:

====== ============================================= ======================================================
5.3    validation process for basic signatures       :func:`validate_signature`
5.2.2  format checking                               structural rules, :func:`apply`
5.2.3  identification of the signing certificate     ``rules/identity.py``
5.2.4  validation context initialisation             the policy is complete by construction; ``context.*``
5.2.6  X.509 certificate validation                  :func:`_path`, ``rules/chain.py``
5.2.7  cryptographic verification                    ``verify_value``, ``rules/crypto.py``
5.2.8  signature acceptance validation               ``rules/algorithms.py``, ``rules/times.py``
5.4    time-stamp validation                         :func:`validate_timestamp`
5.5    signatures with time                          :func:`_best_signature_time` and what follows from it
5.6    long-term availability and integrity          ``document.py`` (order), ``poe.py``, ``past.py``
====== ============================================= ======================================================

Not done: signature policies as documents (5.2.4.2), evidence records (5.6.2.3.1.2), attribute certificates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vnsign.crypto.values import ValueResult, verify_value
from vnsign.evidence.bundle import Evidence
from vnsign.model.certificate import Certificate
from vnsign.model.expectation import Expectation
from vnsign.model.facts import ChangeKind, DigestFacts, DigestRole, SignatureFacts, TimestampFacts, TimestampKind
from vnsign.model.finding import Finding, Outcome, Severity
from vnsign.model.moment import VIETNAM
from vnsign.model.policy import PolicySuccession, RevocationRequirement, ValidationPolicy
from vnsign.model.report import BestTimeSource, CoveredData, SignatureReport, TimestampReport
from vnsign.model.signature_policy import PolicyDocument
from vnsign.model.verdict import CheckStatus, Indication, SubIndication, Verdict
from vnsign.pki.path import PathResult, PathStatus, validate_path
from vnsign.trust.store import Purpose, TrustStore
from vnsign.validation import describe
from vnsign.validation.case import Case, Role
from vnsign.validation.poe import ProofsOfExistence, signature_key
from vnsign.validation.registry import Block, Result, Rule, checked_rules, rules
from vnsign.validation.rules.chain import judged_path
from vnsign.validation.rules.crypto import integrity
from vnsign.validation.rules.identity import reference_holds
from vnsign.validation.rules.times import waits_for_status

if TYPE_CHECKING:
    from vnsign.validation.past import Material


@dataclass(frozen=True, slots=True)
class Context:
    """What every signature of a document is judged with.

    Attributes:
        trust: the anchors and intermediates that the caller named.
        policy: the validation policy.
        succession: policies by date; where given, each signature and each time-stamp is judged by the one of its time.
        expected: what the caller expects of the signers.
        evidence: certificates and revocation data, from the caller and from the document.
        at: the validation time, UTC.
        poe: proofs of existence collected so far.
        signature_policies: documents of signature policies that the caller has.
    """

    trust: TrustStore
    policy: ValidationPolicy
    evidence: Evidence
    at: datetime
    poe: ProofsOfExistence
    succession: PolicySuccession | None = None
    expected: Expectation = field(default_factory=Expectation)
    signature_policies: tuple[PolicyDocument, ...] = ()

    def of(self, moment: datetime) -> Context:
        """This context under the policy of a moment, the validation time at the latest."""
        return self if self.succession is None else replace(self, policy=self.succession.at(min(moment, self.at)))


def validate_signature(facts: SignatureFacts, context: Context) -> SignatureReport:
    """Judge one signature (EN 319 102-1, 5.3, 5.5 and 5.6.3).

    Args:
        facts: as read by the format.
        context: trust, policy, evidence, validation time, and the proofs of existence that later time-stamps gave.

    Returns:
        The report, with a finding for every rule that spoke. Never raises for what the signature contains.
    """
    timestamps = tuple(validate_timestamp(item, facts, context) for item in facts.timestamps)
    proved, shown, source = _best_signature_time(facts, timestamps, context)
    # The rules of the time that is shown; a signer's claim alone never chooses them.
    context = context.of(shown)
    case = _case(Role.SIGNATURE, facts, context, purpose=Purpose.SIGNATURE, proved=proved, timestamps=timestamps)
    findings = apply(case)
    return SignatureReport(
        **_plain(facts, case, context),
        verdict=conclude(case, findings),
        integrity=integrity(facts.digests),
        claimed_time=facts.claimed_time,
        claimed_time_source=facts.claimed_time_source,
        best_signature_time=shown,
        best_signature_time_source=source,
        covered=_covered(facts.digests),
        findings=findings,
        timestamps=timestamps,
    )


def validate_timestamp(stamp: TimestampFacts, owner: SignatureFacts, context: Context) -> TimestampReport:
    """Judge one time-stamp token (EN 319 102-1, 5.4): a basic validation of its signature, its imprint, and its past."""
    context = context.of(stamp.gen_time)
    case = _token_case(stamp, owner, context)
    findings = apply(case)
    return TimestampReport(
        id=stamp.id,
        kind=stamp.kind,
        verdict=conclude(case, findings),
        gen_time=stamp.gen_time,
        tsa=describe.signer(stamp.token.signing_certificate),
        signature_class=case.signature_class,
        imprint=integrity((stamp.imprint,)),
        findings=findings,
    )


def validate_document_timestamp(facts: SignatureFacts, stamp: TimestampFacts, context: Context) -> SignatureReport:
    """Judge a time-stamp over the whole document; problems of the place where it stands count too."""
    context = context.of(stamp.gen_time)
    case = _token_case(
        replace(stamp, token=replace(stamp.token, problems=(*facts.problems, *stamp.token.problems))), facts, context
    )
    findings = tuple(replace(item, subject="signature") for item in apply(case))
    verdict = conclude(case, findings)
    passed = verdict.indication is Indication.TOTAL_PASSED
    return SignatureReport(
        **_plain(replace(facts, signing_certificate=stamp.token.signing_certificate), case, context),
        verdict=verdict,
        integrity=integrity((stamp.imprint, *stamp.token.digests)),
        claimed_time=stamp.gen_time,
        claimed_time_source=None,
        best_signature_time=stamp.gen_time if passed else case.proved_time,
        best_signature_time_source=BestTimeSource.TIMESTAMP if passed else BestTimeSource.VALIDATION_TIME,
        covered=_covered((stamp.imprint,)),
        findings=findings,
        timestamps=(),
    )


def _plain(facts: SignatureFacts, case: Case, context: Context) -> dict[str, Any]:
    """What a report takes over from facts and case as it is."""
    return {
        "id": facts.id,
        "kind": facts.kind,
        "format": facts.format,
        "level": facts.level,
        "location": facts.location,
        "signature_value": _value_status(case.value),
        "signature_class": case.signature_class,
        "signer": describe.signer(facts.signing_certificate),
        "chain": describe.chain(case.path),
        "coverage": facts.coverage,
        "changes_after": tuple(item for item in facts.changes if item.kind is not ChangeKind.VALIDATION_MATERIAL),
        "policy": context.policy.label,
    }


def _best_signature_time(
    facts: SignatureFacts, timestamps: Sequence[TimestampReport], context: Context
) -> tuple[datetime, datetime, BestTimeSource]:
    """The time proved, the time shown, and how the latter is known (5.5.4, step 3; 5.6.3.4, step 5).

    Only time-stamps that passed prove a time, and only proved times decide. A time-stamp that lacks nothing but its
    authority's revocation status is shown, with the finding ``time.timestamp-status``, which keeps the signature from passing.
    """
    at = context.at
    mine = [item for item in timestamps if item.kind is TimestampKind.SIGNATURE and item.gen_time <= at]
    valid = [item.gen_time for item in mine if item.verdict.indication is Indication.TOTAL_PASSED]
    proved = min([*valid, context.poe.of(signature_key(facts.id))])
    if proved < at:
        return proved, proved, BestTimeSource.TIMESTAMP
    waiting = [item.gen_time for item in mine if waits_for_status(item)]
    if waiting:
        return at, min(waiting), BestTimeSource.TIMESTAMP
    return at, at, BestTimeSource.VALIDATION_TIME


def _token_case(stamp: TimestampFacts, owner: SignatureFacts, context: Context) -> Case:
    token = replace(stamp.token, certificates=(*stamp.token.certificates, *owner.certificates))
    proved = context.poe.of(hashlib.sha256(stamp.der).hexdigest())
    gathered = replace(context, evidence=context.evidence | Evidence((), owner.crls, owner.ocsps))
    return _case(Role.TIMESTAMP, token, gathered, purpose=Purpose.TIMESTAMP, proved=proved, timestamp=stamp)


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
    if facts.supported and facts.signing_certificate is not None:
        # 5.2.6: X.509 validation at the validation time.
        path = _path(facts.signing_certificate, facts, context, purpose, proved)
        # 5.6.2.2: past certificate validation, where a proved time may mend what is wrong today.
        if proved < context.at and path.status is not PathStatus.VALID:
            past = _past(path, facts, context, proved)
        # 5.2.7: cryptographic verification of the value.
        if facts.signed_value is not None:
            value = verify_value(facts.signing_certificate, facts.signed_value)
    class_ = describe.signature_class(path, context.trust)
    return Case(
        role,
        facts,
        context.policy,
        context.at,
        proved,
        value,
        path,
        past,
        timestamp,
        timestamps,
        context.evidence.attempts,
        class_,
        context.signature_policies,
    )


def _path(leaf: Certificate, facts: SignatureFacts, context: Context, purpose: Purpose, proved: datetime) -> PathResult:
    evidence, trust, policy = context.evidence, context.trust, context.policy
    return validate_path(
        leaf,
        embedded=(*facts.certificates, *evidence.certificates),
        intermediates=trust.intermediates,
        # An anchor that was withdrawn since stays for what is proved to be older.
        anchors=tuple(item.certificate for item in trust.anchors_for(purpose, proved)),
        at=context.at,
        crls=(*facts.crls, *evidence.crls),
        ocsps=(*facts.ocsps, *evidence.ocsps),
        revocation_required=policy.revocation is RevocationRequirement.REQUIRED,
        limits=policy.limits,
    )


def _past(path: PathResult, facts: SignatureFacts, context: Context, proved: datetime) -> PathResult | None:
    """Past certificate validation; ``None`` for what no proved time can mend."""
    from vnsign.validation.past import MENDABLE, validate_past

    return validate_past(path, proved, _material(facts, context, proved)) if path.status in MENDABLE else None


def _material(facts: SignatureFacts, context: Context, proved: datetime) -> Material:
    """What past validation relies on. A certificate named under the signature existed when the signature did."""
    poe = context.poe
    certificate = facts.signing_certificate
    if certificate is not None and facts.certificate_references and reference_holds(facts.certificate_references, certificate):
        poe = poe.extended((certificate.sha256,), proved)
    # What the trust store holds, its owner vouches for; it needs no proof of existence.
    poe = poe.extended((item.sha256 for item in context.trust.intermediates), _EVER)
    from vnsign.validation.past import Material

    return Material(
        crls=(*facts.crls, *context.evidence.crls),
        ocsps=(*facts.ocsps, *context.evidence.ocsps),
        poe=poe,
        required=context.policy.revocation is RevocationRequirement.REQUIRED,
        freshness=context.policy.freshness,
        limits=context.policy.limits,
    )


_EVER = datetime.min.replace(tzinfo=UTC)


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
    return not required and path.status in (PathStatus.REVOCATION_UNKNOWN, PathStatus.REVOCATION_STALE)


def _value_status(value: ValueResult | None) -> CheckStatus:
    return CheckStatus.INDETERMINATE if value is None else value.status


def _covered(digests: Sequence[DigestFacts]) -> tuple[CoveredData, ...]:
    return tuple(
        CoveredData(
            item.name, item.covers, item.role.value, item.algorithm, (item.computed or b"").hex(), item.matches, item.size
        )
        for item in digests
    )
