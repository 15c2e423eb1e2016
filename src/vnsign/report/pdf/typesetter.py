"""From what is said to lines on pages: columns beside one another, broken into lines and pages, kept together if they fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from vnsign.report.pdf.model import (
    ARTIFACT,
    BLACK,
    HEIGHT,
    WIDTH,
    Area,
    Colour,
    Element,
    Op,
    Page,
    Style,
    Text,
)
from vnsign.report.pdf.typeset import Fonts

LEFT, RIGHT, TOP, BOTTOM = 85.04, WIDTH - 42.52, HEIGHT - 48.0, 66.0
"""Margins of administrative papers: 30 mm on the left, where papers are bound, 15 mm on the right."""
ROOM = RIGHT - LEFT
_LEADING = 1.24
_KEPT = 260.0
"""Higher rows may be broken over pages, lower ones are kept together."""


@dataclass(frozen=True, slots=True)
class Say:
    """A paragraph.

    Attributes:
        text: what is said.
        size, style, colour: of the letters.
        align: ``left``, ``centre`` or ``right``.
        hang: how far the lines after the first stand in.
        after: white below, in points.
    """

    text: str
    size: float = 11.0
    style: Style = Style.REGULAR
    colour: Colour = BLACK
    align: str = "left"
    hang: float = 0.0
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class _Run:
    x: float
    text: str
    say: Say
    element: int
    height: float


@dataclass(frozen=True, slots=True)
class Cell:
    """Paragraphs in a column, broken into lines."""

    runs: tuple[_Run, ...]

    @property
    def height(self) -> float:
        """Of all lines."""
        return sum(run.height for run in self.runs)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a row came to stand: index of the page, upper and lower edge."""

    page: int
    top: float
    bottom: float


class Typesetter:
    """Pages that fill from the top. The text belongs to the elements that are open when it is broken into lines."""

    def __init__(self, fonts: Fonts) -> None:
        self.fonts = fonts
        self.elements: list[Element] = []
        self.y = TOP
        self._open = [ARTIFACT]
        self._pages: list[tuple[list[Op], list[Op]]] = [([], [])]

    @property
    def page(self) -> int:
        """Index of the page that fills."""
        return len(self._pages) - 1

    def pages(self) -> tuple[Page, ...]:
        """All pages."""
        return tuple(Page(tuple(ground), tuple(ink)) for ground, ink in self._pages)

    @contextmanager
    def element(self, kind: str) -> Iterator[int]:
        """What is set in the block belongs to a new element of that kind."""
        index = self.add_element(kind)
        self._open.append(index)
        try:
            yield index
        finally:
            self._open.pop()

    def add_element(self, kind: str, alternative: str = "") -> int:
        """A new element within the open one; its index."""
        self.elements.append(Element(kind, self._open[-1], alternative))
        return len(self.elements) - 1

    def new_page(self) -> None:
        """Go on at the top of a new page; an empty page is not left behind."""
        if self._pages[-1][1]:
            self._pages.append(([], []))
        self.y = TOP

    def need(self, height: float) -> None:
        """Go to a new page where less than that is left of this one."""
        if self.y - height < BOTTOM:
            self.new_page()

    def skip(self, height: float) -> None:
        """Leave white; none at the top of a page."""
        if self.y < TOP:
            self.y -= height

    def ink(self, op: Op, page: int | None = None) -> None:
        """Draw on a page, over its ground."""
        self._pages[self.page if page is None else page][1].append(op)

    def ground(self, op: Op, page: int | None = None) -> None:
        """Draw on a page, under its text."""
        self._pages[self.page if page is None else page][0].append(op)

    def cell(self, says: Iterable[Say], x: float = LEFT, width: float = ROOM, kind: str = "P") -> Cell:
        """Break paragraphs into the lines of a column. Several share one element of that kind, each in its own paragraph."""
        given = tuple(says)
        if len(given) == 1:
            return Cell(tuple(self._runs(given[0], x, width, self.add_element(kind))))
        if kind == "P":
            return Cell(tuple(run for say in given for run in self._runs(say, x, width, self.add_element("P"))))
        with self.element(kind):
            return Cell(tuple(run for say in given for run in self._runs(say, x, width, self.add_element("P"))))

    def _runs(self, say: Say, x: float, width: float, element: int) -> Iterator[_Run]:
        lines = self.fonts.wrap(say.text, width - say.hang, say.size, say.style)
        for place, line in enumerate(lines):
            free = width - self.fonts.width(line, say.size, say.style)
            shift = {"left": say.hang if place else 0.0, "centre": free / 2, "right": free}[say.align]
            height = say.size * _LEADING + (say.after if place == len(lines) - 1 else 0.0)
            yield _Run(x + shift, line, say, element, height)

    def put(self, *cells: Cell, before: float = 0.0, after: float = 0.0) -> tuple[Span, ...]:
        """Set columns beside one another.

        Args:
            cells: the columns.
            before: white above the first line, within the row.
            after: white below the last, within the row.

        Returns:
            Where they came to stand: more than one span where the row is broken over pages.
        """
        height = max(cell.height for cell in cells) + before + after
        if height <= _KEPT:
            self.need(height)
        left = [cell.runs for cell in cells]
        spans: list[Span] = []
        while True:
            top = self.y
            counts = [self._fit(runs, top - before) for runs in left]
            self.y = min(
                top - before - sum(run.height for run in runs[:count]) for runs, count in zip(left, counts, strict=True)
            )
            left = [runs[count:] for runs, count in zip(left, counts, strict=True)]
            if not any(left):
                self.y -= after
                return (*spans, Span(self.page, top, self.y))
            if any(counts):
                spans.append(Span(self.page, top, self.y))
            self.new_page()

    def _fit(self, runs: Sequence[_Run], y: float) -> int:
        """Set the lines of a column that fit the page; their number."""
        for count, run in enumerate(runs):
            if y - run.height < BOTTOM:
                return count
            say = run.say
            base = y - say.size * 0.95
            self.ink(Text(run.x, base, run.text, say.size, say.style, say.colour, run.element))
            y -= run.height
        return len(runs)

    def rule(self, span: Span, colour: Colour = BLACK, width: float = 0.5, *, x: float = LEFT, length: float = ROOM) -> None:
        """A line under a row."""
        self.ground(Area(x, span.bottom - width / 2, length, width, colour), span.page)
