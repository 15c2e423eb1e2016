"""What is shown of a report: sentences in one language, in the order of reading. Every rendering for people shows this value.

Verdict, people, reasons, what to do, then the technical part. Nothing here knows how it is drawn: tones are names, not
colours, and each tone goes with a mark and a word, so that colour never says anything alone (WCAG 1.4.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Tone(StrEnum):
    """How a thing is to be taken."""

    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Badge:
    """A verdict: mark, word and code.

    Attributes:
        key: ``TOTAL-PASSED``, ``PASSED-WITH-NOTES``, ``INDETERMINATE``, ``TOTAL-FAILED``, ``NO-SIGNATURE`` or ``UNREADABLE``.
        word: the verdict in the language, for example ``HỢP LỆ``.
        code: indication and sub-indication as the standard writes them; empty where there are none.
        mark: one character that stands for the verdict where there are no pictures.
        tone: how it is to be taken.
    """

    key: str
    word: str
    code: str
    mark: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Row:
    """A label and what is said under it; ``more`` are further lines, each with its own tone."""

    label: str
    value: str
    tone: Tone = Tone.PLAIN
    more: tuple[Line, ...] = ()
    key: str = ""
    """Stable name of the row (``time``, ``integrity``, ...), for tests and style sheets."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text with its tone; ``code`` is for ``vnsign explain`` and may be empty."""

    text: str
    tone: Tone = Tone.PLAIN
    code: str = ""


@dataclass(frozen=True, slots=True)
class StampView:
    """A time-stamp of a signature."""

    title: str
    badge: Badge
    rows: tuple[Row, ...]
    notes: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class SignatureView:
    """One signature.

    Attributes:
        number: from 1, in document order.
        id: of the signature, for ``vnsign show --signature``.
        title: who signed, by the certificate; never by a picture on a page.
        subtitle: title and organisation, or what kind of thing it is.
        badge: the verdict.
        main: the rows that an official reads: class, time, content, certificate, scope, changes.
        fields: the seven things that the circular wants shown, each with a reason where it is empty.
        reasons: why the verdict is not better; empty for valid signatures.
        notes: what is raised or told without deciding.
        actions: what to do now.
        technical: the rows for those who know the standard.
        stamps: the time-stamps of the signature.
    """

    number: int
    id: str
    title: str
    subtitle: str
    badge: Badge
    main: tuple[Row, ...]
    fields: tuple[Row, ...]
    reasons: tuple[Line, ...]
    notes: tuple[Line, ...]
    actions: tuple[Line, ...]
    technical: tuple[Row, ...]
    stamps: tuple[StampView, ...]


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One document.

    Attributes:
        language: ``vi`` or ``en``.
        name: of the document, safe to show.
        badge: the verdict of the document: the worst of its signatures.
        headline: the verdict in one sentence.
        statement: what it means for the document: whether it was changed since the last signature, that a picture is no
            signature, that nothing could be read.
        rows: of a document that could not be read: the error; else empty.
        signatures: in document order.
        actions: what to do now with the document.
        technical: policy, trust data and their date, time of the check, hash, program.
        report_id: names this very report.
        words: fixed words of the rendering (``labels``), by key.
        checked: the validation time; what dates a rendering, which never asks a clock.
    """

    language: str
    name: str
    badge: Badge
    headline: str
    statement: str
    rows: tuple[Row, ...]
    signatures: tuple[SignatureView, ...]
    actions: tuple[Line, ...]
    technical: tuple[Row, ...]
    report_id: str
    words: tuple[tuple[str, str], ...] = ()
    checked: datetime | None = None

    def word(self, key: str) -> str:
        """A fixed word of the rendering; the key itself where there is none."""
        return dict(self.words).get(key, key)
