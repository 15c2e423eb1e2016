"""From a report to what is shown of it, in one language."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vnsign._version import __version__
from vnsign.model.facts import Change, SignatureKind
from vnsign.model.finding import Finding, Outcome, Severity
from vnsign.model.moment import VIETNAM, vietnam_text
from vnsign.model.report import BestTimeSource, DocumentReport, SignatureClass, SignatureReport, TimestampReport
from vnsign.model.verdict import CheckStatus, Indication, Verdict
from vnsign.report import masking
from vnsign.report.catalogue import action, clean, entry, phrase, sentence, topic, word
from vnsign.report.view import Badge, DocumentView, Line, Row, SignatureView, StampView, Tone

_MARKS = {
    "TOTAL-PASSED": "✔",
    "PASSED-WITH-NOTES": "✔",
    "INDETERMINATE": "?",
    "TOTAL-FAILED": "✘",
    "NO-SIGNATURE": "–",
    "UNREADABLE": "✘",
}
_TONES = {
    "TOTAL-PASSED": Tone.GOOD,
    "PASSED-WITH-NOTES": Tone.GOOD,
    "INDETERMINATE": Tone.ATTENTION,
    "TOTAL-FAILED": Tone.BAD,
    "NO-SIGNATURE": Tone.ATTENTION,
    "UNREADABLE": Tone.BAD,
}
_STATUS_TONES = {CheckStatus.PASSED: Tone.GOOD, CheckStatus.FAILED: Tone.BAD, CheckStatus.INDETERMINATE: Tone.ATTENTION}
_DISPLAY = "vietnam.display-"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a report is to be shown.

    Attributes:
        language: ``vi`` or ``en``.
        trust: one line on the trust data and their date; empty where it is not known.
        identifiers: whether personal and tax numbers are shown whole; else all but their last digits are hidden.
        agency: who checks, for the head of a paper; the program where empty.
    """

    language: str = "vi"
    trust: str = ""
    identifiers: bool = False
    agency: str = ""


def view(report: DocumentReport, wish: Wish | None = None) -> DocumentView:
    """What is shown of a report.

    Args:
        report: of one document.
        wish: language, trust line, whether numbers are shown whole.

    Returns:
        Sentences, safe to show: NFC, no control characters, no direction overrides.
    """
    asked = wish or Wish()
    shown = _Viewer(asked.language).document(report, asked.trust)
    return shown if asked.identifiers else masking.masked(shown, report)


def verdict_key(report: DocumentReport) -> str:
    """The key of the document's verdict: an indication, ``NO-SIGNATURE`` or ``UNREADABLE``."""
    if report.error is not None:
        return "UNREADABLE"
    return report.indication.value if report.signatures else "NO-SIGNATURE"


def _document_key(report: DocumentReport) -> str:
    """Like :func:`verdict_key`, and says whether there is something to be read about valid signatures."""
    key = verdict_key(report)
    noted = key == "TOTAL-PASSED" and any(_signature_key(item) == "PASSED-WITH-NOTES" for item in report.signatures)
    return "PASSED-WITH-NOTES" if noted else key


def _signature_key(item: SignatureReport) -> str:
    return "PASSED-WITH-NOTES" if item.indication is Indication.TOTAL_PASSED and item.warnings else item.indication.value


def report_id(report: DocumentReport) -> str:
    """Names a report by its content: four groups of four hexadecimal digits. Equal reports have equal names."""
    from vnsign.report.json import dumps_line

    digits = hashlib.sha256(dumps_line(report).encode()).hexdigest()[:16].upper()
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


@dataclass(frozen=True, slots=True)
class _Viewer:
    language: str

    def word(self, group: str, value: str) -> str:
        return word(self.language, f"words.{group}", value)

    def row(self, key: str, value: str, tone: Tone = Tone.PLAIN, more: Iterable[Line] = ()) -> Row:
        return Row(self.word("label", key), value, tone, tuple(more), key)

    def badge(self, key: str, code: str = "") -> Badge:
        return Badge(key, self.word("indication", key), code, _MARKS[key], _TONES[key])

    # --- the document ---------------------------------------------------------------------------------------------------

    def document(self, report: DocumentReport, trust: str) -> DocumentView:
        key = _document_key(report)
        signatures = tuple(self.signature(number, item, report) for number, item in enumerate(report.signatures, 1))
        code = report.indication.value if report.signatures else ""
        return DocumentView(
            language=self.language,
            name=clean(report.name),
            badge=self.badge(key, code),
            headline=self.word("document", key).format(count=len(report.signatures)),
            statement=self._statement(report, key),
            rows=tuple(self._error(report)),
            signatures=signatures,
            actions=self._document_actions(report, signatures, key),
            technical=tuple(self._technical(report, trust)),
            report_id=report_id(report),
            words=tuple(sorted((topic(self.language, "words").get("words.label", {}) | self._day(report)).items())),
            checked=report.validation_time,
        )

    def _day(self, report: DocumentReport) -> dict[str, str]:
        """The day of the check in Vietnam, as papers write it."""
        day, month, year = report.validation_time.astimezone(VIETNAM).strftime("%d %m %Y").split()
        return {"day": self.word("paper", "day").format(day=day, month=month, year=year)}

    def _statement(self, report: DocumentReport, key: str) -> str:
        if key == "UNREADABLE":
            return ""  # the error says it: a file that cannot be opened is not damaged
        if key == "NO-SIGNATURE":
            return self.word("statement", key)
        if any(item.integrity is CheckStatus.FAILED for item in report.signatures):
            return self.word("statement", "changed")
        refused = any(not change.allowed for item in report.signatures for change in item.changes_after)
        if refused:
            return self.word("statement", "changed-after")
        return self.word("statement", "added-after" if self._added(report) else "unchanged")

    @staticmethod
    def _added(report: DocumentReport) -> bool:
        """Whether the last signature is followed by anything but validation material."""
        kinds = {change.kind.value for item in report.signatures[-1:] for change in item.changes_after}
        return bool(kinds - {"validation-material", "signature-added"})

    def _error(self, report: DocumentReport) -> Iterator[Row]:
        if report.error is None:
            return
        said = entry(self.language, f"codes.{report.error.code}")
        meaning = said.get("meaning", "")
        yield self.row("error", f"{meaning or clean(report.error.message)} [{report.error.code}]", Tone.BAD)
        detail = phrase(self.language, report.error.message)
        if meaning and (self.language == "en" or detail != clean(report.error.message)):
            yield self.row("detail", detail)

    def _document_actions(self, report: DocumentReport, signatures: tuple[SignatureView, ...], key: str) -> tuple[Line, ...]:
        if key in {"TOTAL-PASSED", "PASSED-WITH-NOTES"}:
            accepting = dict.fromkeys(line for item in signatures if item.badge.key == key for line in item.actions)
            return tuple(accepting)
        if report.error is not None:
            known = entry(self.language, f"codes.{report.error.code}").get("action") or clean(report.error.hint)
            return (Line(known or self.word("to-do", key), _TONES[key]),)
        if key == "NO-SIGNATURE":
            return (Line(self.word("to-do", key), _TONES[key]),)
        worst = [
            item for item, found in zip(signatures, report.signatures, strict=True) if found.indication is report.indication
        ]
        lines = dict.fromkeys(line.text for item in worst for line in item.actions)
        return tuple(Line(text, _TONES[key]) for text in lines) or (Line(self.word("to-do", key), _TONES[key]),)

    def _technical(self, report: DocumentReport, trust: str) -> Iterator[Row]:
        yield self.row("policy", self._policy(report.policy))
        if trust:
            yield self.row("trust", clean(trust))
        yield self.row("checked", vietnam_text(report.validation_time))
        if report.sha256:
            yield self.row("hash", report.sha256)
        yield self.row("program", f"vnsign {__version__}")

    # --- one signature --------------------------------------------------------------------------------------------------

    def signature(self, number: int, item: SignatureReport, report: DocumentReport) -> SignatureView:
        signer = item.signer
        title = self.word("label", "nobody") if signer is None else clean(signer.name or signer.subject)
        parts = () if signer is None else (signer.title, signer.organisation)
        return SignatureView(
            number=number,
            id=clean(item.id),
            title=title,
            subtitle=" — ".join(clean(part) for part in parts if part and part != title),
            badge=self.badge(_signature_key(item), _code(item.verdict)),
            main=(*self._main(item), *self._own_policy(item, report)),
            fields=tuple(self._fields(item)),
            reasons=tuple(self._lines(_decisive(item.findings, item.verdict), _TONES[item.indication.value])),
            notes=tuple(self._lines(_raised(item), Tone.ATTENTION)),
            actions=self._actions(item),
            technical=tuple(self._signature_technical(item)),
            stamps=tuple(self._stamp(stamp) for stamp in item.timestamps),
        )

    def _main(self, item: SignatureReport) -> Iterator[Row]:
        yield self.row("form", self._form(item))
        known = item.signature_class is not SignatureClass.UNKNOWN
        yield self.row("class", self.word("class", item.signature_class.value), Tone.PLAIN if known else Tone.ATTENTION)
        signer = item.signer
        if signer is not None:
            numbers = ", ".join(f"{found.type} {clean(found.value)}" for found in signer.identifiers)
            if numbers:
                yield self.row("numbers", numbers)
            for label, value in (("title", signer.title), ("organisation", signer.organisation)):
                if value:
                    yield self.row(label, clean(value))
            yield from self._unit(item)
        yield from self._times(item)
        yield self.row("integrity", self.word("integrity", item.integrity.value), _STATUS_TONES[item.integrity])
        yield self.row("value", self.word("value", item.signature_value.value), _STATUS_TONES[item.signature_value])
        yield from self._scope(item)
        yield from self._certificate(item)

    def _unit(self, item: SignatureReport) -> Iterator[Row]:
        """The unit that manages the certificate is shown even where the certificate names none: the circular asks for it."""
        for found in item.findings:
            if found.rule == f"{_DISPLAY}managing-unit":
                parameters = dict(found.parameters)
                yield self.row("unit", phrase(self.language, parameters.get("value") or parameters.get("reason", "")))

    def _certificate(self, item: SignatureReport) -> Iterator[Row]:
        signer = item.signer
        if signer is None:
            return
        period = f"{vietnam_text(signer.not_before)} {self.word('label', 'until')} {vietnam_text(signer.not_after)}"
        more = [
            Line(sentence(found, self.language))
            for found in item.findings
            if found.rule == "vietnam.certificate-policies" and found.outcome is Outcome.PASSED
        ]
        status = next((found for found in item.findings if found.rule == f"{_DISPLAY}validity-at-signing"), None)
        if status is not None:
            more.insert(0, Line(sentence(status, self.language), Tone.PLAIN))
        yield self.row("certificate", period, more=more)
        yield self.row("issuer", clean(signer.issuer_name or signer.issuer))

    def _form(self, item: SignatureReport) -> str:
        parts = [self.word("kind", item.kind.value), f"{item.format.value} {item.level}".strip()]
        if item.location:
            parts.append(phrase(self.language, item.location))
        return ", ".join(parts)

    def _times(self, item: SignatureReport) -> Iterator[Row]:
        if item.best_signature_time_source is BestTimeSource.TIMESTAMP:
            proved = any(stamp.verdict.indication is Indication.TOTAL_PASSED for stamp in item.timestamps)
            # without a time-stamp of its own, one over the document proved it, which only those that passed do
            proved = proved or item.kind is SignatureKind.DOCUMENT_TIMESTAMP or not item.timestamps
            how = self.word("time", "time-stamp" if proved else "time-stamp-unconfirmed")
            tone = Tone.GOOD if proved else Tone.ATTENTION
            yield self.row("time", f"{vietnam_text(item.best_signature_time)} — {how}", tone)
            if item.claimed_time is not None and item.timestamps:
                yield self.row("claimed", f"{vietnam_text(item.claimed_time)} — {self.word('time', 'claimed')}")
        elif item.claimed_time is not None:
            yield self.row("time", f"{vietnam_text(item.claimed_time)} — {self.word('time', 'claimed')}", Tone.ATTENTION)
        else:
            yield self.row("time", self.word("time", "none"), Tone.ATTENTION)

    def _scope(self, item: SignatureReport) -> Iterator[Row]:
        covered = [
            Line(
                f"{_MARKS['TOTAL-PASSED' if part.matches else 'TOTAL-FAILED']} "
                f"{phrase(self.language, part.position or part.name)}" + ("" if part.size is None else f" ({part.size} B)"),
                Tone.PLAIN if part.matches else Tone.BAD,
            )
            for part in item.covered
        ]
        yield self.row("scope", self.word("coverage", item.coverage.value), more=covered)
        changes = [Line(self._change(change), Tone.PLAIN if change.allowed else Tone.BAD) for change in item.changes_after]
        if changes:
            yield self.row("changes", changes[0].text, changes[0].tone, changes[1:])

    def _change(self, change: Change) -> str:
        allowed = self.word("change", "allowed" if change.allowed else "not-allowed")
        pages = f", {self.word('change', 'page')} {', '.join(map(str, change.pages))}" if change.pages else ""
        return f"{self.word('change', change.kind.value)} ({allowed}{pages}): {phrase(self.language, change.what)}"

    def _fields(self, item: SignatureReport) -> Iterator[Row]:
        for found in item.findings:
            if found.rule.startswith(_DISPLAY) and found.outcome is not Outcome.NOT_APPLICABLE:
                key = found.rule.removeprefix(_DISPLAY)
                held = found.outcome is Outcome.PASSED
                value = self._field(key, found) if held else sentence(found, self.language)
                yield Row(self.word("field", key), value, Tone.PLAIN if held else Tone.ATTENTION, key=key)

    def _field(self, key: str, found: Finding) -> str:
        """What stands beside the label of a field, which is not said again."""
        shown = {name: phrase(self.language, value) for name, value in found.parameters}
        return entry(self.language, "words.field-value").get(key, "{value}").format_map(shown)

    def _actions(self, item: SignatureReport) -> tuple[Line, ...]:
        if item.indication is Indication.TOTAL_PASSED:
            raised = dict.fromkeys(action(one, self.language) for one in item.warnings)
            accept = self.word("to-do", "PASSED-WITH-NOTES") if item.warnings else self.word("label", "accept")
            return (*(Line(text, Tone.ATTENTION) for text in raised if text), Line(accept, Tone.GOOD))
        found = (action(one, self.language) for one in _decisive(item.findings, item.verdict))
        return tuple(Line(text, _TONES[item.indication.value]) for text in dict.fromkeys(found) if text)

    def _lines(self, findings: Iterable[Finding], tone: Tone) -> Iterator[Line]:
        for item in findings:
            about = "" if item.subject == "signature" else f"[{clean(item.subject)}] "
            told = item.severity is Severity.INFORM
            # What is only told has no sub-indication to act on: its rule is named, for `vnsign explain`.
            code = item.rule if told else item.sub_indication or item.rule
            yield Line(f"{about}{_by_name(sentence(item, self.language))}", Tone.PLAIN if told else tone, code)

    def _stamp(self, stamp: TimestampReport) -> StampView:
        key = stamp.verdict.indication.value
        who = self.word("label", "nobody") if stamp.tsa is None else clean(stamp.tsa.name or stamp.tsa.subject)
        rows = (
            self.row("stamp-time", vietnam_text(stamp.gen_time)),
            self.row("stamp-kind", self.word("stamp", stamp.kind.value)),
            self.row("class", self.word("class", stamp.signature_class.value)),
            self.row("imprint", self.word("imprint", stamp.imprint.value), _STATUS_TONES[stamp.imprint]),
        )
        notes = tuple(self._lines(_decisive(stamp.findings, stamp.verdict), _TONES[key]))
        return StampView(who, self.badge(key, _code(stamp.verdict)), rows, notes)

    def _own_policy(self, item: SignatureReport, report: DocumentReport) -> Iterator[Row]:
        """The policy of a signature where not all are judged by one."""
        if len({found.policy for found in report.signatures}) > 1:
            yield self.row("policy", self._policy(item.policy))

    def _policy(self, label: str) -> str:
        """Title, id and version of policies; a policy that is not built in is said by id and version."""
        from vnsign.validation import policies

        said = phrase(self.language, label)
        for name in policies.BUILT_IN:
            if name in said:
                policy = policies.load(name)
                title = policy.title_vi if self.language == "vi" else policy.title_en
                said = re.sub(rf"{name} (\d+)", rf"{title} [{name} \1]", said)
        return said

    def _signature_technical(self, item: SignatureReport) -> Iterator[Row]:
        yield self.row("id", clean(item.id))
        if item.signer is not None:
            yield self.row("subject", clean(item.signer.subject))
            yield self.row("issuer-name", clean(item.signer.issuer))
            yield self.row("serial", item.signer.serial_number)
            yield self.row("certificate-hash", item.signer.certificate_sha256)
        if item.chain:
            yield self.row("chain", clean(item.chain[0].subject), more=(Line(clean(link.subject)) for link in item.chain[1:]))


_QUOTED_SUBJECT = re.compile(r"(?<=“)(?:[^“”]*, )?CN=([^“”]+?)(?:, [A-Za-z0-9.]+=[^“”]*)?(?=”)")


def _by_name(text: str) -> str:
    """A sentence in which whole subjects of certificates are said by their names; the technical part has them whole."""
    return _QUOTED_SUBJECT.sub(r"\1", text)


def _code(verdict: Verdict) -> str:
    if verdict.sub_indication is None:
        return verdict.indication.value
    return f"{verdict.indication} / {verdict.sub_indication}"


def _decisive(findings: Iterable[Finding], verdict: Verdict) -> list[Finding]:
    """What the verdict rests on, first what gave it its name."""
    found = [item for item in findings if item.decisive]
    found.sort(key=lambda item: (item.sub_indication is not verdict.sub_indication, item.outcome is not Outcome.FAILED))
    return found


def _raised(item: SignatureReport) -> list[Finding]:
    open_points = [found for found in item.findings if found.outcome is not Outcome.PASSED and not found.decisive]
    raised = [found for found in open_points if found.severity is Severity.WARN]
    informed = [found for found in open_points if found.severity is Severity.INFORM and not found.rule.startswith(_DISPLAY)]
    return [*raised, *informed]
