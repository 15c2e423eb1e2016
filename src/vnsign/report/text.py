"""Reports as text for officials: verdict, people, why, what to do. Vietnamese first, English complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vnsign.model.facts import Change, SignatureKind
from vnsign.model.finding import Finding, Outcome, Severity
from vnsign.model.moment import vietnam_text
from vnsign.model.report import BestTimeSource, DocumentReport, SignatureReport
from vnsign.model.verdict import Indication
from vnsign.report.catalogue import action, clean, entry, phrase, sentence, word

_MARKS = {"TOTAL-PASSED": "✔", "INDETERMINATE": "?", "TOTAL-FAILED": "✘", "NO-SIGNATURE": "–", "UNREADABLE": "✘"}
_COLOURS = {"TOTAL-PASSED": "32", "INDETERMINATE": "33", "TOTAL-FAILED": "31", "NO-SIGNATURE": "33", "UNREADABLE": "31"}
_RULE = "─" * 78


def render(documents: Iterable[DocumentReport], *, language: str = "vi", trust: str = "", colour: bool = False) -> str:
    """Write reports as text.

    Args:
        documents: the reports, in order.
        language: ``vi`` or ``en``.
        trust: one line on the trust data and their date.
        colour: whether to colour the verdicts (icon and word stay, so colour is never alone).
    """
    return "\n".join(line for report in documents for line in _document(report, _Style(language, colour), trust))


class _Style:
    """Language and colour of one rendering."""

    def __init__(self, language: str, colour: bool) -> None:
        self.language = language
        self._colour = colour

    def word(self, group: str, value: str) -> str:
        return word(self.language, f"words.{group}", value)

    def verdict(self, key: str, code: str) -> str:
        text = f"{_MARKS[key]} {self.word('indication', key)}"
        if self._colour:
            text = f"\x1b[1;{_COLOURS[key]}m{text}\x1b[0m"
        return f"{text}  [{code}]" if code else text

    def row(self, label: str, value: str) -> str:
        return f"     {self.word('label', label):<16}: {value}"


def verdict_key(report: DocumentReport) -> str:
    """The key of the document's verdict: an indication, ``NO-SIGNATURE`` or ``UNREADABLE``."""
    if report.error is not None:
        return "UNREADABLE"
    return report.indication.value if report.signatures else "NO-SIGNATURE"


def _document(report: DocumentReport, style: _Style, trust: str) -> Iterator[str]:
    key = verdict_key(report)
    yield _RULE
    yield f"{style.verdict(key, report.indication.value if report.signatures else '')}   {clean(report.name)}"
    yield style.word("document", key).format(count=len(report.signatures))
    yield _RULE
    if report.error is not None:
        said = entry(style.language, f"codes.{report.error.code}")
        yield style.row("error", f"{said.get('meaning') or clean(report.error.message)} [{report.error.code}]")
        if said.get("meaning"):
            yield style.row("detail", clean(report.error.message))
        hint = said.get("action") or report.error.hint
        if hint:
            yield style.row("hint", hint)
    several = len({signature.policy for signature in report.signatures}) > 1
    for number, signature in enumerate(report.signatures, 1):
        yield from _signature(number, signature, style)
        if several:
            yield style.row("policy", signature.policy)
            yield ""
    yield style.row("policy", phrase(style.language, report.policy))
    if trust:
        yield style.row("trust", trust)
    yield style.row("checked", vietnam_text(report.validation_time))
    if report.sha256:
        yield style.row("hash", report.sha256)
    yield ""


def _signature(number: int, report: SignatureReport, style: _Style) -> Iterator[str]:
    signer = report.signer
    name = style.word("label", "nobody") if signer is None else clean(signer.name or signer.subject)
    numbers = "" if signer is None else ", ".join(f"{item.type} {clean(item.value)}" for item in signer.identifiers)
    code = report.indication.value if report.sub_indication is None else f"{report.indication} / {report.sub_indication}"
    yield f"  {number}. {name}{f' ({numbers})' if numbers else ''}"
    yield f"     {style.verdict(report.indication.value, code)}"
    yield style.row("form", _form(report, style))
    yield style.row("class", style.word("class", report.signature_class.value))
    if signer is not None:
        for label, value in (("title", signer.title), ("organisation", signer.organisation), ("unit", signer.unit)):
            if value:
                yield style.row(label, clean(value))
    yield from _times(report, style)
    yield style.row("integrity", style.word("integrity", report.integrity.value))
    yield style.row("value", style.word("value", report.signature_value.value))
    yield from _scope(report, style)
    if signer is not None:
        period = f"{vietnam_text(signer.not_before)} {style.word('label', 'until')} {vietnam_text(signer.not_after)}"
        yield style.row("certificate", period)
        yield style.row("issuer", clean(signer.issuer_name or signer.issuer))
    for item in report.findings:
        if item.rule == "vietnam.certificate-policies" and item.outcome is Outcome.PASSED:
            yield f"{'':23}{sentence(item, style.language)}"
    yield from _reasons(report, style)
    yield ""


def _form(report: SignatureReport, style: _Style) -> str:
    parts = [style.word("kind", report.kind.value), f"{report.format.value} {report.level}".strip()]
    if report.location:
        parts.append(phrase(style.language, report.location))
    return ", ".join(parts)


def _times(report: SignatureReport, style: _Style) -> Iterator[str]:
    if report.best_signature_time_source is BestTimeSource.TIMESTAMP:
        proved = any(item.verdict.indication is Indication.TOTAL_PASSED for item in report.timestamps)
        proved = proved or report.kind is SignatureKind.DOCUMENT_TIMESTAMP
        how = style.word("time", "time-stamp" if proved else "time-stamp-unconfirmed")
        yield style.row("time", f"{vietnam_text(report.best_signature_time)} — {how}")
        if report.claimed_time is not None and report.timestamps:
            yield style.row("claimed", f"{vietnam_text(report.claimed_time)} — {style.word('time', 'claimed')}")
    elif report.claimed_time is not None:
        yield style.row("time", f"{vietnam_text(report.claimed_time)} — {style.word('time', 'claimed')}")
    else:
        yield style.row("time", style.word("time", "none"))


def _scope(report: SignatureReport, style: _Style) -> Iterator[str]:
    yield style.row("scope", style.word("coverage", report.coverage.value))
    for item in report.covered:
        size = "" if item.size is None else f" ({item.size} B)"
        mark = _MARKS["TOTAL-PASSED" if item.matches else "TOTAL-FAILED"]
        yield f"{'':23}{mark} {phrase(style.language, item.position or item.name)}{size}"
    for index, change in enumerate(report.changes_after):
        text = f"- {_change(change, style)}"
        yield style.row("changes", text) if index == 0 else f"{'':23}{text}"


def _change(change: Change, style: _Style) -> str:
    allowed = style.word("change", "allowed" if change.allowed else "not-allowed")
    pages = f", {style.word('change', 'page')} {', '.join(map(str, change.pages))}" if change.pages else ""
    return f"{style.word('change', change.kind.value)} ({allowed}{pages}): {phrase(style.language, change.what)}"


def _reasons(report: SignatureReport, style: _Style) -> Iterator[str]:
    decisive = [item for item in report.findings if item.decisive]
    # What the verdict rests on comes first.
    decisive.sort(key=lambda item: (item.sub_indication is not report.sub_indication, item.outcome is not Outcome.FAILED))
    yield from _findings("why", decisive, style)
    open_points = [item for item in report.findings if item.outcome is not Outcome.PASSED]
    raised = [item for item in open_points if item.severity is Severity.WARN]
    informed = [item for item in open_points if item.severity is Severity.INFORM]
    stamps = [item for stamp in report.timestamps for item in stamp.findings if item.decisive]
    yield from _findings("note", [*raised, *stamps, *informed], style)
    todo = list(dict.fromkeys(text for text in (action(item, style.language) for item in decisive) if text))
    if report.indication is Indication.TOTAL_PASSED:
        todo = [style.word("label", "accept")]
    for index, text in enumerate(todo):
        yield style.row("action", text) if index == 0 else f"{'':23}{text}"


def _findings(label: str, findings: list[Finding], style: _Style) -> Iterator[str]:
    for index, item in enumerate(findings):
        about = "" if item.subject == "signature" else f"[{item.subject}] "
        # What is only told has no sub-indication to act on: its rule is named, for `vnsign explain`.
        code = item.rule if item.severity is Severity.INFORM else item.sub_indication or item.rule
        text = f"- {about}{sentence(item, style.language)} [{code}]"
        yield style.row(label, text) if index == 0 else f"{'':23}{text}"
