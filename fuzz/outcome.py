"""What became of an input, in a word: enough to tell new behaviour from old."""

from __future__ import annotations

from vnsign.model.facts import DocumentFacts, SignatureFacts
from vnsign.model.report import DocumentReport


def of_facts(facts: DocumentFacts) -> str:
    """Format, number of signatures, and what each breaks."""
    return f"{facts.format} {len(facts.signatures)} " + "; ".join(sorted({of_signature(item) for item in facts.signatures}))


def of_signature(facts: SignatureFacts) -> str:
    """Rules broken, coverage, and whether the digests match."""
    rules = ",".join(sorted({item.rule for item in facts.problems}))
    matching = all(item.matches for item in facts.digests) and bool(facts.digests)
    return f"{facts.format} {facts.coverage} {matching} {len(facts.timestamps)} {rules}"


def of_report(report: DocumentReport) -> str:
    """Verdicts and the rules behind them."""
    verdicts = sorted({f"{item.verdict.indication} {item.verdict.sub_indication}" for item in report.signatures})
    rules = sorted({f.rule for item in report.signatures for f in item.findings if f.decisive})
    return f"{report.format} {report.error.code if report.error else ''} {verdicts} {rules}"
