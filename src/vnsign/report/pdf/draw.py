"""Drawing: pages become a PDF, by ReportLab. The same pages and fonts give the same bytes; no clock is asked.

All letters are in subsets of embedded fonts with ToUnicode, drawn by glyph: no text can be markup or a PDF operator. The file
is tagged (ISO 32000-2, 14.8): it can be read aloud in order. As in :mod:`vnsign.signing.appearance.draw`, some of ReportLab's
private names are used, here also those of its objects.

Not done: the XMP metadata and the colour profile that PDF/A and PDF/UA ask for.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from io import BytesIO
from itertools import groupby
from typing import Any

from vnsign._version import __version__
from vnsign.errors import ConfigurationError
from vnsign.report.pdf.model import ARTIFACT, HEIGHT, WIDTH, Area, Colour, Mark, Op, Sheets, Squares, Text
from vnsign.report.pdf.structure import Places, add_structure
from vnsign.report.pdf.typeset import MARK_WIDTH, MARKS, Fonts
from vnsign.signing.appearance.fonts import loaded

_TAG = re.compile(rb"/[A-Z]{6}(?=\+)")
_MARKED = re.compile(f"([{''.join(MARKS)}])")
_LOCK = threading.Lock()
"""A ReportLab font serves one document at a time."""
_STAND_IN = "√"
"""Drawn invisibly under a mark, so that a mark is taken out of the file as text."""


def draw(sheets: Sheets, fonts: Fonts) -> bytes:
    """Draw the pages.

    Raises:
        ConfigurationError: ``EXTRA_MISSING``: ReportLab is not installed.
    """
    with _LOCK:
        return _drawn(sheets, fonts)


def _drawn(sheets: Sheets, fonts: Fonts) -> bytes:
    digest = hashlib.sha256(repr(sheets).encode()).digest()
    canvas = _canvas(sheets, digest)
    pen = _Pen(canvas._doc, fonts)  # noqa: SLF001 - fonts are used without registering them for the process
    places: Places = []
    for page in sheets.pages:
        marked: list[int] = []
        for element, ops in groupby((*page.ground, *page.ink), key=lambda op: op.element):
            canvas.addLiteral(_opening(element, marked, sheets))
            for op in ops:
                canvas.addLiteral(pen.drawn(op))
            canvas.addLiteral("EMC")
        for name in (name for name, at in sheets.places if at == len(places)):
            canvas.bookmarkPage(f"page-{len(places)}")
            canvas.addOutlineEntry(name, f"page-{len(places)}")
        places.append(tuple(marked))
        canvas.showPage()
        _pack(canvas._doc.idToObject[f"Page{len(places)}"])  # noqa: SLF001
    add_structure(canvas._doc, sheets, places)  # noqa: SLF001
    data: bytes = canvas.getpdfdata()
    letters = bytes(ord("A") + octet % 26 for octet in digest[:5])
    names = {tag: b"/" + letters + bytes([ord("A") + place % 26]) for place, tag in enumerate(sorted(set(_TAG.findall(data))))}
    return _TAG.sub(lambda match: names[match.group()], data)


def _canvas(sheets: Sheets, digest: bytes) -> Any:
    try:
        from reportlab.pdfgen.canvas import Canvas
    except ImportError as error:
        raise ConfigurationError(
            "reports as PDF need ReportLab", code="EXTRA_MISSING", hint="pip install 'vnsign[report]'"
        ) from error
    canvas = Canvas(
        BytesIO(), pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1, pdfVersion=(1, 7), lang=sheets.language
    )
    canvas.setTitle(sheets.title)
    canvas.setSubject(sheets.title)
    canvas.setAuthor(f"vnsign {__version__}")
    canvas.setCreator(f"vnsign {__version__}")
    canvas.setProducer(f"vnsign {__version__}")
    canvas.setDateFormatter(lambda *_: sheets.date or "D:20000101000000Z")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    canvas._preamble = ""  # noqa: SLF001 - it selects Helvetica
    document = canvas._doc  # noqa: SLF001
    document.fontMapping.clear()
    document.idToObject["BasicFonts"].dict.clear()
    document._ID = f"[<{digest[:16].hex()}> <{digest[:16].hex()}>]".encode()  # noqa: SLF001 - else made of the clock
    return canvas


def _pack(page: Any) -> None:
    """The page's content compressed and no more: ReportLab would write it in ASCII, which takes a quarter more."""
    from reportlab.pdfbase.pdfdoc import PDFStream, PDFZCompress

    stream = PDFStream()
    stream.filters = [PDFZCompress]
    stream.content = page.stream
    page.Contents = stream


def _opening(element: int, marked: list[int], sheets: Sheets) -> str:
    """Begins what belongs to an element; its place among those of the page is recorded."""
    if element == ARTIFACT:
        return "/Artifact BMC"
    marked.append(element)
    return f"/{sheets.elements[element].kind} <</MCID {len(marked) - 1}>> BDC"


class _Pen:
    """Writes page content for one document."""

    def __init__(self, document: Any, fonts: Fonts) -> None:
        self._document, self._fonts = document, fonts

    def drawn(self, op: Op) -> str:
        match op:
            case Text():
                return "\n".join(self._text(op))
            case Mark():
                return _mark(op.mark, op.x, op.y, op.side, op.colour)
            case Area():
                return _area(op)
            case Squares():
                return _squares(op)

    def _text(self, line: Text) -> Iterator[str]:
        x = line.x
        for part in _MARKED.split(line.text):
            if part in MARKS:
                spoken = part.encode("utf-16-be").hex().upper()
                under = self._shown(_STAND_IN, line)
                yield f"/Span <</ActualText <FEFF{spoken}>>> BDC"
                yield f"BT 3 Tr 1 0 0 1 {x:.3f} {line.y:.3f} Tm {under} 0 Tr ET"
                yield _mark(part, x, line.y - 0.12 * line.size, line.size * MARK_WIDTH, line.colour)
                yield "EMC"
                x += MARK_WIDTH * line.size
            elif part:
                yield f"BT {_rgb(line.colour)} rg 1 0 0 1 {x:.3f} {line.y:.3f} Tm {self._shown(part, line)} ET"
                x += self._fonts.width(part, line.size, line.style)

    def _shown(self, text: str, line: Text) -> str:
        font = loaded(self._fonts.font(line.style).path)
        parts = font.splitString(text, self._document)
        return " ".join(
            f"{font.getSubsetInternalName(subset, self._document)} {line.size:g} Tf <{octets.hex()}> Tj"
            for subset, octets in parts
        )


def _rgb(colour: Colour) -> str:
    return " ".join(f"{part:.3f}" for part in colour)


def _mark(mark: str, x: float, y: float, side: float, colour: Colour) -> str:
    """The lines of a mark; of one that has none, a dash."""
    points = MARKS.get(mark, ((6.0, 12.0), (18.0, 12.0)))
    scale = side / 24
    drawn, begin = [], True
    for point in points:
        if point is None:
            begin = True
            continue
        drawn.append(f"{x + point[0] * scale:.3f} {y + point[1] * scale:.3f} {'m' if begin else 'l'}")
        begin = False
    return f"q {_rgb(colour)} RG {3.2 * scale:.3f} w 1 J 1 j {' '.join(drawn)} S Q"


def _area(area: Area) -> str:
    paint = {(True, True): "B", (True, False): "f", (False, True): "S", (False, False): "n"}
    how = paint[area.fill is not None, area.stroke is not None]
    fill = "" if area.fill is None else f"{_rgb(area.fill)} rg "
    stroke = "" if area.stroke is None else f"{_rgb(area.stroke)} RG {area.line:g} w "
    return f"q {fill}{stroke}{area.x:.3f} {area.y:.3f} {area.width:.3f} {area.height:.3f} re {how} Q"


def _squares(squares: Squares) -> str:
    """White ground, then each run of black squares as one rectangle."""
    step = squares.side / len(squares.rows)
    drawn = [f"q 1 g {squares.x:.3f} {squares.y:.3f} {squares.side:.3f} {squares.side:.3f} re f 0 g"]
    for down, row in enumerate(squares.rows, 1):
        y = squares.y + squares.side - down * step
        at = 0
        for black, run in groupby(row):
            length = len(list(run))
            if black:
                drawn.append(f"{squares.x + at * step:.4f} {y:.4f} {length * step:.4f} {step:.4f} re")
            at += length
    return "\n".join([*drawn, "f Q"])
