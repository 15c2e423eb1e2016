"""Drawing: a sheet becomes one page of a PDF, by ReportLab.

The page holds one subset font with ToUnicode where there is text, and images with a soft mask; no script, no annotation, no
font that is not embedded. The same sheet and font give the same bytes.

ReportLab puts Helvetica into every page and keeps fonts under names for the whole process. Neither is wanted here, so three of
its private names are used; ``tests/unit/signing/appearance/test_draw.py`` says what is relied on.
"""

from __future__ import annotations

import hashlib
import re
import threading
from io import BytesIO
from typing import Any

from vnsign.errors import ConfigurationError
from vnsign.formats.pdf.appearance import Appearance
from vnsign.signing.appearance import fonts
from vnsign.signing.appearance.images import cropped
from vnsign.signing.appearance.model import Frame, Item, Line, Picture, Sheet, Squares, Template

_TAG = re.compile(rb"/[A-Z]{6}(?=\+)")
_LOCK = threading.Lock()
"""A ReportLab font serves one document at a time."""


def draw_appearance(template: Template, *, font: fonts.SerifFont | None = None) -> Appearance:
    """Draw a template.

    Args:
        template: one of :mod:`vnsign.signing.appearance.templates`.
        font: of :func:`~vnsign.signing.appearance.fonts.open_serif`; ``None``: the one that this machine has, looked for only
            where there is text.

    Returns:
        The picture, to be placed.

    Raises:
        ConfigurationError: ``FONT_MISSING``, ``FONT_GLYPH`` (the font lacks a letter), ``EXTRA_MISSING`` (ReportLab is not
            installed), and what the template raises.
    """

    def measure(text: str, size: float) -> float:
        return _font(font).measure(text, size)

    return draw_sheet(template.sheet(measure), font=font)


def draw_sheet(sheet: Sheet, *, font: fonts.SerifFont | None = None) -> Appearance:
    """Draw what was laid out. See :func:`draw_appearance`."""
    used = _font(font) if sheet.has_text else None
    with _LOCK:
        page = _page(sheet, used)
    return Appearance(page, sheet.width, sheet.height, sheet.text, sheet.scalable)


def _font(given: fonts.SerifFont | None) -> fonts.SerifFont:
    return fonts.find_serif() if given is None else given


def _page(sheet: Sheet, font: fonts.SerifFont | None) -> bytes:
    canvas = _canvas(sheet)
    for item in sheet.items:
        _draw(canvas, item, sheet, font)
    canvas.showPage()
    data: bytes = canvas.getpdfdata()
    tag = b"/" + _letters(hashlib.sha256(repr(sheet).encode() + data).digest())
    return _TAG.sub(tag, data)


def _canvas(sheet: Sheet) -> Any:
    try:
        from reportlab.pdfgen.canvas import Canvas
    except ImportError as error:
        raise ConfigurationError(
            "drawing appearances needs ReportLab", code="EXTRA_MISSING", hint="pip install 'vnsign[report]'"
        ) from error
    canvas = Canvas(BytesIO(), pagesize=(sheet.width, sheet.height), pageCompression=1, invariant=1)
    canvas.setTitle("vnsign")
    canvas._preamble = ""  # noqa: SLF001 - it selects Helvetica
    document = canvas._doc  # noqa: SLF001 - fonts are used without registering them for the process
    document.fontMapping.clear()
    document.idToObject["BasicFonts"].dict.clear()
    return canvas


def _letters(digest: bytes) -> bytes:
    """Six letters that tell this subset from others in one file (ISO 32000-2, 9.9.2)."""
    return bytes(ord("A") + octet % 26 for octet in digest[:6])


def _draw(canvas: Any, item: Item, sheet: Sheet, font: fonts.SerifFont | None) -> None:
    match item:
        case Line():
            _line(canvas, item, _font(font))
        case Picture():
            _picture(canvas, item)
        case Squares():
            _squares(canvas, item)
        case Frame(stroke):
            canvas.setLineWidth(stroke)
            canvas.rect(stroke / 2, stroke / 2, sheet.width - stroke, sheet.height - stroke, stroke=1, fill=0)


def _line(canvas: Any, line: Line, font: fonts.SerifFont) -> None:
    held = fonts.loaded(font.path)
    fonts.check_letters(held, line.text, font.family)
    document = canvas._doc  # noqa: SLF001 - as above
    shown = []
    for subset, octets in held.splitString(line.text, document):
        shown.append(f"{held.getSubsetInternalName(subset, document)} {line.size:g} Tf <{octets.hex()}> Tj")
    canvas.addLiteral(f"BT 0 g 1 0 0 1 {line.x:.3f} {line.y:.3f} Tm {' '.join(shown)} ET")


def _picture(canvas: Any, picture: Picture) -> None:
    from reportlab.lib.utils import ImageReader

    image = ImageReader(cropped(picture.image, picture.width))
    canvas.drawImage(image, picture.x, picture.y, picture.width, picture.height, mask="auto")


def _squares(canvas: Any, squares: Squares) -> None:
    """White ground, then each run of black squares as one rectangle."""
    step = squares.side / len(squares.rows)
    drawn = [f"q 1 g {squares.x:.3f} {squares.y:.3f} {squares.side:.3f} {squares.side:.3f} re f 0 g"]
    for down, row in enumerate(squares.rows, 1):
        y = squares.y + squares.side - down * step
        for start, length in _runs(row):
            drawn.append(f"{squares.x + start * step:.4f} {y:.4f} {length * step:.4f} {step:.4f} re")
    canvas.addLiteral("\n".join([*drawn, "f Q"]))


def _runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Start and length of each run of black."""
    edges = [index for index in range(len(row) + 1) if (index > 0 and row[index - 1]) is not (index < len(row) and row[index])]
    return [(start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]
