"""Rules over all signatures of a document: the order in which they were made, and what the caller expects of the signers.

They are asked last, when every signature has its own verdict. A finding may keep a signature from passing; it never makes a
verdict better, and never replaces the reason of one that did not pass by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vnsign.model.facts import SignatureKind
from vnsign.model.finding import Finding, Outcome
from vnsign.model.moment import VIETNAM
from vnsign.model.policy import ValidationPolicy
from vnsign.model.report import SignatureReport
from vnsign.model.verdict import Indication, Verdict
from vnsign.validation.engine import Context
from vnsign.validation.registry import Result, Rule, document_rules

_BROKEN = (Outcome.FAILED, Outcome.INDETERMINATE)


def apply_document_rules(reports: Sequence[SignatureReport], context: Context) -> tuple[SignatureReport, ...]:
    """Ask the document rules and add what they say to the reports.

    Args:
        reports: of every signature and document time-stamp, in document order, as validated.
        context: its expectation and its policies; each report's own policy gives the levels.

    Returns:
        The reports in the same order.
    """
    asked = [index for index, item in enumerate(reports) if item.kind in _SIGNATURES]
    found = list(reports)
    for rule in document_rules():
        if rule.document_check is None or not asked:
            continue
        results = rule.document_check([reports[index] for index in asked], context.expected)
        for index, result in zip(asked, results, strict=True):
            found[index] = _with(found[index], rule, result, context)
    return tuple(found)


_SIGNATURES = (SignatureKind.SIGNATURE, SignatureKind.COUNTER_SIGNATURE)


def _with(report: SignatureReport, rule: Rule, result: Result, context: Context) -> SignatureReport:
    day = report.best_signature_time.astimezone(VIETNAM).date()
    if result.outcome is Outcome.NOT_APPLICABLE or not rule.in_force(day):
        return report
    sub_indication = (result.sub_indication or rule.on_fail) if result.outcome in _BROKEN else None
    level = _policy(report, context).severity(rule.id)
    finding = Finding(rule.id, result.outcome, level, result.parameters, sub_indication)
    verdict = report.verdict
    if finding.decisive and sub_indication is not None and verdict.indication is Indication.TOTAL_PASSED:
        verdict = Verdict.of(sub_indication)
    return replace(report, verdict=verdict, findings=(*report.findings, finding))


def _policy(report: SignatureReport, context: Context) -> ValidationPolicy:
    """The policy that judged the signature, by the label in its report."""
    followed = () if context.succession is None else (policy for _, policy in context.succession.entries)
    return next((policy for policy in followed if policy.label == report.policy), context.policy)
