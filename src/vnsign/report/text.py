"""Reports as text for officials: verdict, people, why, what to do. Vietnamese first, English complete.

Written without a library for terminals: what such libraries cost at the start is more than the whole check of a document.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vnsign.model.report import DocumentReport
from vnsign.report.view import Badge, DocumentView, Line, Row, SignatureView, StampView, Tone
from vnsign.report.viewing import Wish, verdict_key, view

__all__ = ["Screen", "render", "render_views", "verdict_key"]

_COLOURS = {Tone.GOOD: "32", Tone.ATTENTION: "33", Tone.BAD: "31", Tone.PLAIN: ""}
_LABEL = 17
_INDENT = 5
_LEAST_WIDTH = 48
WIDTH = 100
"""Columns where nothing else is said."""

_PLAIN_MARKS = {"✔": "+", "✘": "x", "–": "-", "─": "-", "•": "*", "—": "-"}


@dataclass(frozen=True, slots=True)
class Screen:
    """Where the text will be read.

    Attributes:
        width: columns; lines are wrapped, long words such as digests are not broken.
        colour: whether verdicts are coloured; mark and word stay, so that colour never says anything alone.
        details: whether the technical part of each signature is shown.
        ascii_marks: marks and rules in ASCII, for terminals that lack the signs; letters stay Vietnamese.
    """

    width: int = WIDTH
    colour: bool = False
    details: bool = False
    ascii_marks: bool = False


def render(
    documents: Iterable[DocumentReport],
    *,
    language: str = "vi",
    trust: str = "",
    colour: bool = False,
    identifiers: bool = False,
    screen: Screen | None = None,
) -> str:
    """Write reports as text.

    Args:
        documents: the reports, in order.
        language: ``vi`` or ``en``.
        trust: one line on the trust data and their date.
        colour: whether to colour the verdicts.
        identifiers: whether numbers of people and firms are shown whole.
        screen: width and further properties; ``colour`` applies where it is omitted.
    """
    wish = Wish(language, trust, identifiers)
    return render_views((view(report, wish) for report in documents), screen or Screen(colour=colour))


def render_views(documents: Iterable[DocumentView], screen: Screen) -> str:
    """Write what is shown of reports as text."""
    text = "\n".join(line for document in documents for line in _Writer(screen).document(document))
    if screen.ascii_marks:
        text = "".join(_PLAIN_MARKS.get(letter, letter) for letter in text)
    return text


@dataclass(frozen=True, slots=True)
class _Writer:
    screen: Screen

    @property
    def width(self) -> int:
        return max(self.screen.width, _LEAST_WIDTH)

    def document(self, shown: DocumentView) -> Iterator[str]:
        rule = "─" * min(self.width, WIDTH)
        yield rule
        yield f"{self.badge(shown.badge)}   {shown.name}"
        yield from self.wrapped(shown.headline, 0)
        if shown.statement:
            yield from self.wrapped(shown.statement, 0)
        yield rule
        for row in shown.rows:
            yield from self.row(row)
        for signature in shown.signatures:
            yield from self.signature(signature, shown)
        if shown.actions:
            yield from self.block(shown.word("to-do"), shown.actions)
        for row in shown.technical:
            yield from self.row(row)
        yield from self.row(Row(shown.word("report-id"), shown.report_id))
        yield ""

    def signature(self, item: SignatureView, shown: DocumentView) -> Iterator[str]:
        subtitle = f" — {item.subtitle}" if item.subtitle else ""
        yield from self.wrapped(f"{item.number}. {item.title}{subtitle}", 2)
        yield f"{'':{_INDENT}}{self.badge(item.badge)}"
        for row in item.main:
            yield from self.row(row)
        yield from self.block(shown.word("why"), item.reasons)
        for stamp in item.stamps:
            yield from self.stamp(stamp, shown)
        yield from self.block(shown.word("note"), item.notes)
        if len(shown.signatures) > 1:  # one alone says the same as the document
            yield from self.block(shown.word("action"), item.actions)
        if self.screen.details:
            empty = [Line(row.value, row.tone) for row in item.fields if row.tone is not Tone.PLAIN]
            yield from self.block(shown.word("missing"), empty)
            for row in item.technical:
                yield from self.row(row)
        yield ""

    def stamp(self, stamp: StampView, shown: DocumentView) -> Iterator[str]:
        values = "; ".join(row.value for row in stamp.rows)
        mark = f"{stamp.badge.mark} {stamp.badge.word}"
        text = f"{mark} — {stamp.title}: {values}"
        yield from self.row(Row(shown.word("stamp"), text, stamp.badge.tone, tuple(stamp.notes)))

    def badge(self, badge: Badge) -> str:
        text = self.coloured(f"{badge.mark} {badge.word}", badge.tone, bold=True)
        return f"{text}  [{badge.code}]" if badge.code else text

    def block(self, label: str, lines: Iterable[Line]) -> Iterator[str]:
        for place, line in enumerate(lines):
            yield from self.labelled(label if place == 0 else "", f"- {_with_code(line)}", line.tone)

    def row(self, row: Row) -> Iterator[str]:
        yield from self.labelled(row.label, row.value, row.tone)
        for line in row.more:
            yield from self.labelled("", _with_code(line), line.tone)

    def labelled(self, label: str, text: str, tone: Tone) -> Iterator[str]:
        start = f"{'':{_INDENT}}{_padded(label, _LABEL)}{': ' if label else '  '}"
        hanging = _INDENT + _LABEL + 2
        for place, line in enumerate(self.lines(text, hanging)):
            lead = start if place == 0 else " " * (hanging + (2 if text.startswith("- ") else 0))
            yield lead + (self.coloured(line, tone) if tone is not Tone.GOOD else line)

    def wrapped(self, text: str, indent: int) -> Iterator[str]:
        for place, line in enumerate(self.lines(text, indent)):
            yield " " * (indent if place == 0 else indent + 3 * (indent > 0)) + line

    def lines(self, text: str, indent: int) -> list[str]:
        """The text wrapped into what is left of the width; words that are longer are left whole, to be copied."""
        room = max(self.width - indent - 2, 20)
        return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]

    def coloured(self, text: str, tone: Tone, *, bold: bool = False) -> str:
        colour = _COLOURS[tone]
        if not self.screen.colour or not colour:
            return text
        return f"\x1b[{'1;' if bold else ''}{colour}m{text}\x1b[0m"


def _with_code(line: Line) -> str:
    return f"{line.text} [{line.code}]" if line.code else line.text


def _padded(label: str, width: int) -> str:
    """The label filled up to a width, by what a terminal shows: combining marks take no column."""
    shown = sum(not unicodedata.combining(letter) for letter in label)
    return label + " " * max(width - shown, 0)
