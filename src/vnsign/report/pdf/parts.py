"""Parts that recur on the paper: rows of label and value, tables, boxes, badges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from vnsign.report.pdf.model import ARTIFACT, BLACK, Area, Colour, Mark, Style, Text
from vnsign.report.pdf.typesetter import LEFT, RIGHT, ROOM, Say, Typesetter
from vnsign.report.view import Badge, Line, Row, StampView, Tone

INK: dict[Tone, Colour] = {
    Tone.GOOD: (0.07, 0.35, 0.14),
    Tone.ATTENTION: (0.52, 0.27, 0.0),
    Tone.BAD: (0.62, 0.07, 0.09),
    Tone.PLAIN: BLACK,
}
PAPER: dict[Tone, Colour] = {
    Tone.GOOD: (0.94, 0.975, 0.945),
    Tone.ATTENTION: (1.0, 0.97, 0.905),
    Tone.BAD: (0.995, 0.94, 0.94),
    Tone.PLAIN: (0.96, 0.96, 0.96),
}
GREY: Colour = (0.35, 0.35, 0.35)
HAIR: Colour = (0.78, 0.78, 0.78)
LABEL = 96.0
"""Width of the column of labels."""
_DASH = 9.0


def toned(text: str, tone: Tone, size: float, *, code: str = "", hang: float = 0.0) -> Say:
    """A line of a report in its tone; what is good needs no colour, what is bad is set bold, too."""
    said = f"{text} [{code}]" if code else text
    style = Style.BOLD if tone is Tone.BAD else Style.REGULAR
    return Say(said, size, style, BLACK if tone is Tone.GOOD else INK[tone], hang=hang)


def listed(lines: Iterable[Line], size: float) -> tuple[Say, ...]:
    """Lines as a list."""
    return tuple(toned(f"– {line.text}", line.tone, size, code=line.code, hang=_DASH) for line in lines)


def rows(paper: Typesetter, given: Iterable[tuple[str, tuple[Say, ...]]], size: float) -> None:
    """A table of labels and what is said under them, with hair lines between."""
    shown = tuple(given)
    if not shown:
        return
    with paper.element("Table"):
        for label, says in shown:
            with paper.element("TR"):
                head = paper.cell([Say(label, size, colour=GREY)], LEFT, LABEL - 8, "TH")
                body = paper.cell(says, LEFT + LABEL, ROOM - LABEL, "TD")
            for span in paper.put(head, body, before=1.6, after=2.4):
                paper.rule(span, HAIR, 0.4)


def of_row(row: Row, size: float) -> tuple[str, tuple[Say, ...]]:
    """A row of the view."""
    more = tuple(toned(line.text, line.tone, size, code=line.code) for line in row.more)
    return row.label, (toned(row.value, row.tone, size), *more)


def of_lines(label: str, lines: Sequence[Line], size: float) -> Iterable[tuple[str, tuple[Say, ...]]]:
    """Lines as a row; nothing where there are none."""
    if lines:
        yield label, listed(lines, size)


def of_stamp(label: str, stamp: StampView, size: float) -> tuple[str, tuple[Say, ...]]:
    """A time-stamp as a row."""
    badge = stamp.badge
    head = Say(f"{badge.mark} {badge.word} — {stamp.title}", size, Style.BOLD, INK[badge.tone])
    code = (Say(badge.code, size - 1.5, colour=GREY),) if badge.code else ()
    told = tuple(toned(f"{row.label}: {row.value}", row.tone, size) for row in stamp.rows)
    more = tuple(toned(line.text, line.tone, size, code=line.code) for row in stamp.rows for line in row.more)
    return label, (head, *code, *told, *more, *listed(stamp.notes, size))


def table(
    paper: Typesetter,
    head: Sequence[Say],
    body: Iterable[Sequence[tuple[Say, ...]]],
    widths: Sequence[float],
) -> None:
    """A table with borders, its head repeated on no page: such tables are short or are lists of documents."""
    edges = [LEFT + sum(widths[:place]) for place in range(len(widths) + 1)]
    with paper.element("Table"):
        if head:
            _bordered(paper, [(say,) for say in head], edges, "TH", PAPER[Tone.PLAIN])
        for entry in body:
            _bordered(paper, entry, edges, "TD", None)


def _bordered(
    paper: Typesetter, entry: Sequence[tuple[Say, ...]], edges: Sequence[float], kind: str, fill: Colour | None
) -> None:
    with paper.element("TR"):
        cells = [
            paper.cell(says, left + 4, right - left - 8, kind)
            for says, left, right in zip(entry, edges[:-1], edges[1:], strict=True)
        ]
    for span in paper.put(*cells, before=2.4, after=3.4):
        for left, right in pairwise(edges):
            box = Area(left, span.bottom, right - left, span.top - span.bottom, fill, (0.45, 0.45, 0.45), 0.5)
            paper.ground(box, span.page)


def heading(paper: Typesetter, text: str, size: float = 11.5, kind: str = "H2", need: float = 60.0) -> None:
    """A heading, on the page of what follows it."""
    paper.need(need)
    paper.skip(7)
    paper.put(paper.cell([Say(text, size, Style.BOLD)], kind=kind), after=1.5)


def big_mark(paper: Typesetter, badge: Badge, x: float, y: float, side: float) -> None:
    """The mark of a verdict, drawn; the word beside it says the same."""
    colour = INK[badge.tone]
    if badge.mark == "?":
        width = paper.fonts.width("?", side, Style.BOLD)
        paper.ink(Text(x + (side - width) / 2, y + 0.16 * side, "?", side, Style.BOLD, colour, ARTIFACT))
        return
    paper.ink(Mark(x, y, side, badge.mark, colour))


def band(paper: Typesetter, left: Sequence[Say], badge: Badge, kind: str) -> None:
    """The head of a signature: who, and the verdict at the right."""
    split = 168.0
    who = paper.cell(left, LEFT + 10, ROOM - split - 16, kind)
    said = [Say(f"{badge.mark} {badge.word}", 11, Style.BOLD, INK[badge.tone], "right")]
    if badge.code:
        said.append(Say(badge.code, 8, colour=GREY, align="right"))
    verdict = paper.cell(said, RIGHT - split, split - 6)
    for span in paper.put(who, verdict, before=4, after=5):
        height = span.top - span.bottom
        paper.ground(Area(LEFT, span.bottom, ROOM, height, PAPER[badge.tone]), span.page)
        paper.ground(Area(LEFT, span.bottom, 3, height, INK[badge.tone]), span.page)
    paper.y -= 2
