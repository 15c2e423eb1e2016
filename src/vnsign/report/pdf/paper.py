"""The paper: what is shown of documents, in the layout of administrative papers, on A4.

National heading, title, verdict beside a QR code, people with reasons, the seven facts, what to do, what the check rests on,
places to sign. Everything that is shown is in the view.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from vnsign.errors import ConfigurationError
from vnsign.model.moment import VIETNAM
from vnsign.report.catalogue import clean
from vnsign.report.pdf import parts
from vnsign.report.pdf.draw import draw
from vnsign.report.pdf.model import ARTIFACT, Area, Sheets, Squares, Style, Text
from vnsign.report.pdf.parts import GREY, HAIR, INK, PAPER
from vnsign.report.pdf.typeset import Fonts
from vnsign.report.pdf.typesetter import BOTTOM, LEFT, RIGHT, ROOM, Say, Typesetter
from vnsign.report.view import DocumentView, Row, SignatureView
from vnsign.signing.appearance.qr import pattern

_BODY, _SMALL = 10.5, 9.0
_QR = 88.0
_LONGEST = 90
"""Letters of a document's name in the foot of the page."""


def render(views: Iterable[DocumentView], *, agency: str = "") -> bytes:
    """Write what is shown of documents as one PDF.

    Args:
        views: of the documents, in order; each begins a new page, and several are preceded by a table of all. The first one's
            language is the file's.
        agency: who checks, for the head of the paper, in capitals there; the program where omitted.

    Returns:
        PDF 1.7, tagged, fonts embedded and subset; the same bytes for the same views and fonts. Its date is the latest
        validation time.

    Raises:
        ConfigurationError: ``FONT_MISSING`` where the machine has no font with Vietnamese letters, with the package to install;
            ``EXTRA_MISSING`` without ReportLab or segno; ``NOTHING_TO_SHOW`` without a document.
    """
    shown = list(views)
    if not shown:
        raise ConfigurationError("a report on no document", code="NOTHING_TO_SHOW", hint="name a document")
    fonts = Fonts.found()
    paper = _Paper(Typesetter(fonts), clean(agency).upper())
    if len(shown) > 1:
        paper.summary(shown)
    for item in shown:
        paper.document(item)
    return draw(paper.sheets(shown), fonts)


class _Paper:
    """Sets documents; remembers what stands in the foot of each page."""

    def __init__(self, setter: Typesetter, agency: str) -> None:
        self.setter, self.agency = setter, agency
        self.feet: list[str] = []
        self.places: list[tuple[str, int]] = []

    # --- the file -------------------------------------------------------------------------------------------------------

    def sheets(self, shown: Sequence[DocumentView]) -> Sheets:
        """The pages with their feet."""
        first = shown[0]
        count = len(self.feet)
        for page, foot in enumerate(self.feet):
            self._foot(page, foot, f"{first.word('page')} {page + 1}/{count}")
        title = first.word("report-title")
        moments = [item.checked for item in shown if item.checked is not None]
        date = max(moments).astimezone(VIETNAM).strftime("D:%Y%m%d%H%M%S+07'00'") if moments else ""
        return Sheets(
            pages=self.setter.pages(),
            elements=tuple(self.setter.elements),
            title=title if len(shown) > 1 else f"{title} – {first.name}",
            language=first.language,
            date=date,
            places=tuple(self.places) if len(shown) > 1 else (),
        )

    def _foot(self, page: int, said: str, number: str) -> None:
        fonts = self.setter.fonts
        self.setter.ground(Area(LEFT, BOTTOM - 12, ROOM, 0.5, HAIR), page)
        width = fonts.width(number, 9, Style.REGULAR)
        line = fonts.wrap(said, ROOM - width - 20, 8, Style.REGULAR)[0]
        self.setter.ink(Text(LEFT, BOTTOM - 24, line, 8, Style.REGULAR, GREY, ARTIFACT), page)
        self.setter.ink(Text(RIGHT - width, BOTTOM - 24, number, 9, Style.REGULAR, GREY, ARTIFACT), page)

    def _feet_until_here(self, said: str) -> None:
        self.feet += [said] * (self.setter.page + 1 - len(self.feet))

    # --- head -----------------------------------------------------------------------------------------------------------

    def head(self, shown: DocumentView, number: str) -> None:
        """Who issues the paper on the left, the national heading on the right."""
        setter, split = self.setter, 184.0
        word = shown.word
        left = [Say(self.agency or word("issuer-of-paper"), 10.5, Style.BOLD, align="centre", after=2)]
        if number:
            left.append(Say(f"{word('number')}: {number}", 10.5, align="centre"))
        right = [
            Say(word("nation"), 11, Style.BOLD, align="centre"),
            Say(word("motto"), 12, Style.BOLD, align="centre", after=7),
            Say(word("day"), 11, Style.ITALIC, align="centre"),
        ]
        left_cell = setter.cell(left, LEFT - 6, split)
        right_cell = setter.cell(right, LEFT + split, ROOM - split)
        (span,) = setter.put(left_cell, right_cell, after=6)
        length = setter.fonts.width(word("motto"), 12, Style.BOLD)
        middle = LEFT + split + (ROOM - split) / 2
        setter.ground(Area(middle - length / 2, span.top - 32.5, length, 0.8, (0, 0, 0)))

    def title(self, shown: DocumentView, *more: Say) -> None:
        """The title, in capitals."""
        setter = self.setter
        setter.skip(8)
        setter.put(setter.cell([Say(shown.word("report-title").upper(), 15, Style.BOLD, align="centre", after=2)], kind="H1"))
        setter.put(setter.cell(more), after=8)

    # --- all documents --------------------------------------------------------------------------------------------------

    def summary(self, shown: Sequence[DocumentView]) -> None:
        """A page with all documents."""
        first = shown[0]
        counted = Counter((item.badge.mark, item.badge.word) for item in shown)
        counts = "; ".join(f"{mark} {word}: {count}" for (mark, word), count in counted.items())
        self.places.append((first.word("summary"), 0))
        self.head(first, "")
        about = Say(f"{first.word('summary')} ({len(shown)}): {counts}", 11, align="centre")
        self.title(first, about)
        head = [Say(first.word(key), 9.5, Style.BOLD) for key in ("order", "document", "verdict", "signers", "to-do")]
        parts.table(self.setter, head, map(_entry, range(1, len(shown) + 1), shown), (28, 118, 92, 100, ROOM - 338))
        self._feet_until_here(first.word("report-title"))
        self.setter.new_page()

    # --- one document ---------------------------------------------------------------------------------------------------

    def document(self, shown: DocumentView) -> None:
        """All that is shown of a document, from the top of a page."""
        setter = self.setter
        setter.new_page()
        self.places.append((shown.name, setter.page))
        with setter.element("Sect"):
            self.head(shown, shown.report_id)
            self.title(shown, Say(f"{shown.word('document')}: {shown.name}", 12, align="centre"))
            self._verdict(shown)
            parts.rows(setter, (parts.of_row(row, _BODY) for row in shown.rows), _BODY)
            for item in shown.signatures:
                self._signature(item, shown)
            self._to_do(shown)
            for item in shown.signatures:
                self._details(item, shown)
            self._basis(shown)
            self._end(shown)
        self._feet_until_here(f"{shown.word('report-id')}: {shown.report_id} · {shown.name[:_LONGEST]}")

    def _verdict(self, shown: DocumentView) -> None:
        """The verdict in a box: mark, word, sentence; the QR code beside it."""
        setter, badge = self.setter, shown.badge
        width = ROOM - _QR - 6
        says = [Say(badge.word, 18, Style.BOLD, INK[badge.tone], after=1), Say(shown.headline, 11.5, Style.BOLD, after=1)]
        says += [Say(shown.statement, 11)] if shown.statement else []
        says += [Say(badge.code, 8.5, colour=GREY)] if badge.code else []
        cell = setter.cell(says, LEFT + 50, width - 60)
        height = max(cell.height + 18, _QR)
        setter.need(height)
        top = setter.y
        setter.ground(Area(LEFT, top - height, width, height, PAPER[badge.tone], INK[badge.tone], 1.2))
        parts.big_mark(setter, badge, LEFT + 10, top - height / 2 - 16, 32)
        setter.put(cell, before=(height - cell.height) / 2)
        figure = setter.add_element("Figure", shown.word("scan"))
        setter.ink(Squares(RIGHT - _QR, top - _QR, _QR, pattern(qr_text(shown)), figure))
        setter.y = top - height - 6

    def _signature(self, item: SignatureView, shown: DocumentView) -> None:
        setter, word = self.setter, shown.word
        setter.need(150)
        setter.skip(8)
        with setter.element("Sect"):
            who = [Say(f"{item.number}. {item.title}", 12, Style.BOLD)]
            who += [Say(item.subtitle, 10.5, Style.ITALIC)] if item.subtitle else []
            parts.band(setter, who, item.badge, "H2")
            several = item.actions if len(shown.signatures) > 1 else ()
            told = [
                *parts.of_lines(word("why"), item.reasons, _BODY),
                *(parts.of_row(row, _BODY) for row in item.main),
                *(parts.of_stamp(word("stamp"), stamp, _BODY) for stamp in item.stamps),
                *parts.of_lines(word("note"), item.notes, _BODY),
                *parts.of_lines(word("action"), several, _BODY),
            ]
            parts.rows(setter, told, _BODY)

    def _details(self, item: SignatureView, shown: DocumentView) -> None:
        """The seven facts and the technical part of a signature."""
        whose = f" – {item.number}. {item.title}" if len(shown.signatures) > 1 else ""
        if item.fields:
            parts.heading(self.setter, shown.word("fields") + whose, 11, need=170)
            body = (
                ((Say(str(place), 9.5, align="centre"),), (Say(row.label, 9.5),), parts.of_row(row, 9.5)[1])
                for place, row in enumerate(item.fields, 1)
            )
            parts.table(self.setter, (), body, (24, 112, ROOM - 136))
        if item.technical:
            parts.heading(self.setter, shown.word("technical") + whose, 11)
            parts.rows(self.setter, (parts.of_row(row, _SMALL) for row in item.technical), _SMALL)

    def _to_do(self, shown: DocumentView) -> None:
        if not shown.actions:
            return
        setter = self.setter
        setter.need(60)
        setter.skip(10)
        says = [Say(shown.word("to-do"), 11.5, Style.BOLD, after=2), *parts.listed(shown.actions, 11)]
        for span in setter.put(setter.cell(says, LEFT + 10, ROOM - 20), before=6, after=7):
            setter.ground(Area(LEFT, span.bottom, ROOM, span.top - span.bottom, None, INK[shown.badge.tone], 0.9), span.page)

    def _basis(self, shown: DocumentView) -> None:
        parts.heading(self.setter, shown.word("basis"), 11, "H2", 90)
        told = (*shown.technical, Row(shown.word("report-id"), shown.report_id))
        parts.rows(self.setter, (parts.of_row(row, _SMALL) for row in told), _SMALL)

    def _end(self, shown: DocumentView) -> None:
        """Hints, and places for those who sign on paper."""
        setter, word = self.setter, shown.word
        hints = [Say(word(key), 9, Style.ITALIC, GREY) for key in ("picture", "scan")]
        setter.skip(5)
        setter.put(setter.cell(hints))
        setter.need(110)
        setter.skip(12)
        half = ROOM / 2
        cells = [
            setter.cell(
                [Say(word(who), 11, Style.BOLD, align="centre"), Say(word(f"{who}-signs"), 10, Style.ITALIC, align="centre")],
                LEFT + place * half,
                half,
            )
            for place, who in enumerate(("inspector", "confirmation"))
        ]
        setter.put(*cells, after=70)


def qr_text(shown: DocumentView) -> str:
    """What the QR code says: the name of the report, and the hash of the document where there is one."""
    digest = next((row.value for row in shown.technical if row.key == "hash"), "")
    return f"{shown.word('report-id')}: {shown.report_id}" + (f"\nSHA-256: {digest}" if digest else "")


def _entry(place: int, shown: DocumentView) -> tuple[tuple[Say, ...], ...]:
    """A document in the table of all."""
    size = 9.5
    badge = shown.badge
    return (
        (Say(str(place), size, align="centre"),),
        (Say(shown.name, size),),
        (Say(f"{badge.mark} {badge.word}", size, Style.BOLD, INK[badge.tone]),),
        tuple(Say(item.title, size) for item in shown.signatures) or (Say("–", size),),
        tuple(Say(line.text, size) for line in shown.actions) or (Say("–", size),),
    )
