"""The templates: who signs what, and so what the signature looks like.

By the national rules on administrative documents (Decree 30 of 2020, Appendix I) and, for incoming papers that were scanned,
Circular 01 of 2019. Each template is a frozen value that is checked when it is built.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from vnsign.errors import ConfigurationError
from vnsign.signing.appearance import qr
from vnsign.signing.appearance.images import ImageWarning, Ink, PngImage, colour_warnings, read_png
from vnsign.signing.appearance.model import Frame, Item, Line, Measure, Picture, Sheet, Squares, points
from vnsign.signing.appearance.text import TimeForm, broken, clean, moment_text

TEXT_SIZE = 10.0
"""Points: the size of the font that the rules prescribe."""
_LEADING = 1.2
_ASCENT, _DESCENT = 0.891, 0.216
"""Of Times, in its size."""
_PERSON_MM = (45.0, 20.0)
_SEAL_MM = (10.0, 80.0)
_GAP = 4.0
_LEAST_MODULE_MM = 0.3
_QR_MM = 25.0


class CopyKind(StrEnum):
    """The kinds of copies, in the words that are drawn."""

    SAO_Y = "SAO Y"
    SAO_LUC = "SAO LỤC"
    TRICH_SAO = "TRÍCH SAO"


class Align(StrEnum):
    """Where lines begin."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalSignature:
    """``ca-nhan``: the image of the handwritten signature of the competent person, blue, transparent, nothing else.

    Appendix I, part I, II.7(d): between the title and the full name, in the middle.

    Attributes:
        image: PNG.
        width_mm: width of what is visible; ``None``: as large as fits in 45 x 20 mm.
        person: full name, for people who cannot see the image; the document itself shows it.
    """

    name: ClassVar[str] = "ca-nhan"
    image: bytes = field(repr=False)
    width_mm: float | None = None
    person: str = ""

    def __post_init__(self) -> None:
        read_png(self.image)
        if self.width_mm is not None:
            _check_side(self.width_mm, 5, 150, "the width of the signature")

    def sheet(self, measure: Measure) -> Sheet:  # noqa: ARG002 - no text is drawn
        """The image alone."""
        image = read_png(self.image)
        scale = min(points(most) / side for most, side in zip(_PERSON_MM, (image.width, image.height), strict=True))
        if self.width_mm is not None:
            scale = points(self.width_mm) / image.width
        width, height = image.width * scale, image.height * scale
        said = f"Chữ ký của {clean(self.person, 'the person')}" if self.person else "Chữ ký của người có thẩm quyền"
        return Sheet(width, height, (Picture(image, 0, 0, width, height),), said, scalable=self.width_mm is None)

    def warnings(self) -> tuple[ImageWarning, ...]:
        """The image is to be blue."""
        return colour_warnings(read_png(self.image), Ink.PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencySeal:
    """``co-quan``: the image of the agency's seal, red, transparent, in its actual size.

    Appendix I, part I, II.8(a): over about a third of the image of the person's signature, on its left.

    Attributes:
        seal: PNG.
        size_mm: actual width of the seal.
        agency: its name, for people who cannot see the image.
    """

    name: ClassVar[str] = "co-quan"
    seal: bytes = field(repr=False)
    size_mm: float
    agency: str = ""

    def __post_init__(self) -> None:
        read_png(self.seal)
        _check_side(self.size_mm, *_SEAL_MM, "the size of the seal")

    def sheet(self, measure: Measure) -> Sheet:  # noqa: ARG002 - no text is drawn
        """The seal alone."""
        width, height = _seal_size(read_png(self.seal), self.size_mm)
        said = f"Dấu của {clean(self.agency, 'the agency')}" if self.agency else "Dấu của cơ quan, tổ chức"
        return Sheet(width, height, (Picture(read_png(self.seal), 0, 0, width, height),), said)

    def warnings(self) -> tuple[ImageWarning, ...]:
        """The seal is to be red."""
        return colour_warnings(read_png(self.seal), Ink.SEAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentMark:
    """``phu-luc``: the agency's signature on an attachment in a file of its own: text, no image.

    Appendix I, part I, II.8(b) and III.1(d): top right corner of the first page; number and symbol of the document, signing
    time; Times New Roman, upright, size 10, black.

    Attributes:
        number: number and symbol of the document that it is attached to, ``15/QĐ-UBND``.
        at: signing time, aware.
        time_form: how it is written.
        width_mm: that a line may take.
    """

    name: ClassVar[str] = "phu-luc"
    number: str
    at: datetime
    time_form: TimeForm = TimeForm.FORM
    width_mm: float = 100.0

    def __post_init__(self) -> None:
        number = clean(self.number, "the number of the document").removeprefix("Số:").strip()
        object.__setattr__(self, "number", clean(number, "the number of the document"))
        moment_text(self.at)
        _check_side(self.width_mm, 30, 180, "the width of the text")

    def sheet(self, measure: Measure) -> Sheet:
        """Lines that end at the right."""
        parts = (f"Số: {self.number}", moment_text(self.at, self.time_form))
        return _text_sheet(parts, points(self.width_mm), measure)

    def warnings(self) -> tuple[ImageWarning, ...]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMark:
    """``sao-y``, ``sao-luc``, ``trich-sao``: the signature of the agency that makes a copy: text, no image.

    Appendix I, part II: top right corner of the first page; kind of copy, name of the agency, signing time; Times New Roman,
    upright, size 10, black.

    Attributes:
        kind: of copy.
        agency: that makes it.
        at: signing time, aware.
        time_form: how it is written.
        width_mm: that a line may take.
    """

    kind: CopyKind
    agency: str
    at: datetime
    time_form: TimeForm = TimeForm.FORM
    width_mm: float = 100.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "agency", clean(self.agency, "the agency"))
        moment_text(self.at)
        _check_side(self.width_mm, 30, 180, "the width of the text")

    @property
    def name(self) -> str:
        """As on the command line."""
        return {CopyKind.SAO_Y: "sao-y", CopyKind.SAO_LUC: "sao-luc", CopyKind.TRICH_SAO: "trich-sao"}[self.kind]

    def sheet(self, measure: Measure) -> Sheet:
        """Lines that end at the right."""
        parts = (self.kind.value, self.agency, moment_text(self.at, self.time_form))
        return _text_sheet(parts, points(self.width_mm), measure)

    def warnings(self) -> tuple[ImageWarning, ...]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitisedIncoming:
    """``van-ban-den-so-hoa``: the agency's signature on an incoming paper that it scanned: its seal and the time.

    Circular 01 of 2019, Article 6(2)(c): top right corner of the first page; the seal red and in its actual size; name of the
    agency and signing time. The text stands left of the seal, in the margin, so that it hides no heading.

    Attributes:
        seal: PNG.
        size_mm: actual width of the seal.
        agency: its name.
        at: signing time, aware.
        time_form: how it is written.
        width_mm: that a line may take.
    """

    name: ClassVar[str] = "van-ban-den-so-hoa"
    seal: bytes = field(repr=False)
    size_mm: float
    agency: str
    at: datetime
    time_form: TimeForm = TimeForm.FORM
    width_mm: float = 80.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "agency", clean(self.agency, "the agency"))
        moment_text(self.at)
        read_png(self.seal)
        _check_side(self.size_mm, *_SEAL_MM, "the size of the seal")
        _check_side(self.width_mm, 30, 150, "the width of the text")

    def sheet(self, measure: Measure) -> Sheet:
        """The seal at the right, lines that end left of it."""
        image = read_png(self.seal)
        width, height = _seal_size(image, self.size_mm)
        text = _text_sheet((self.agency, moment_text(self.at, self.time_form)), points(self.width_mm), measure)
        whole = max(height, text.height)
        lines = [
            Line(item.text, item.x, item.y + whole - text.height, item.size) for item in text.items if isinstance(item, Line)
        ]
        left = text.width + _GAP
        picture = Picture(image, left, whole - height, width, height)
        return Sheet(left + width, whole, (picture, *lines), text.text)

    def warnings(self) -> tuple[ImageWarning, ...]:
        """The seal is to be red."""
        return colour_warnings(read_png(self.seal), Ink.SEAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMark:
    """``van-ban``: plain text in a thin frame, for signatures for which nothing is prescribed.

    Attributes:
        lines: of text; each is broken where it is too long.
        size: of the font, in points.
        width_mm: of everything.
        align: where lines begin.
    """

    name: ClassVar[str] = "van-ban"
    lines: tuple[str, ...]
    size: float = TEXT_SIZE
    width_mm: float = 70.0
    align: Align = Align.LEFT

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", tuple(clean(line, "a line") for line in self.lines))
        if not self.lines or len(self.lines) > 20:
            raise ConfigurationError(f"{len(self.lines)} lines", code="APPEARANCE_TEXT", hint="give between 1 and 20 lines")
        _check_side(self.size, 6, 36, "the size of the font")
        _check_side(self.width_mm, 20, 200, "the width")

    def sheet(self, measure: Measure) -> Sheet:
        """The lines in their frame."""
        width = points(self.width_mm)
        room = width - 2 * _GAP
        lines = [found for line in self.lines for found in broken((line,), room, self.size, measure)]
        height = _block_height(len(lines), self.size) + 2 * _GAP
        items = [
            Line(
                text,
                _GAP + (room - measure(text, self.size) if self.align is Align.RIGHT else 0),
                height - _GAP - down,
                self.size,
            )
            for text, down in zip(lines, _baselines(len(lines), self.size), strict=True)
        ]
        return Sheet(width, height, (Frame(), *items), "\n".join(self.lines), scalable=True)

    def warnings(self) -> tuple[ImageWarning, ...]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QrMark:
    """``ma-qr``: the QR code of a document that an information system issues, for the top left corner.

    Circular 01 of 2023 of the Government Office.

    Attributes:
        data: what the code says.
        size_mm: side with the quiet zone; ``None``: 25 mm, which fits beside the left margin, or more where the code needs it.
    """

    name: ClassVar[str] = "ma-qr"
    data: qr.QrData
    size_mm: float | None = None

    def __post_init__(self) -> None:
        least = len(qr.pattern(self.data.content())) * _LEAST_MODULE_MM
        if self.size_mm is not None:
            _check_side(self.size_mm, least, 100, "the size of the QR code")

    def sheet(self, measure: Measure) -> Sheet:  # noqa: ARG002 - no text is drawn
        """The code alone."""
        content = self.data.content()
        rows = qr.pattern(content)
        side = points(self.size_mm or max(_QR_MM, len(rows) * _LEAST_MODULE_MM))
        return Sheet(side, side, (Squares(rows, 0, 0, side),), f"Mã QR\n{content}")

    def warnings(self) -> tuple[ImageWarning, ...]:
        """None."""
        return ()


AnyTemplate = PersonalSignature | AgencySeal | AttachmentMark | CopyMark | DigitisedIncoming | TextMark | QrMark
NAMES = ("ca-nhan", "co-quan", "phu-luc", "sao-y", "sao-luc", "trich-sao", "van-ban-den-so-hoa", "van-ban", "ma-qr")
"""Every template, as on the command line."""


def _text_sheet(parts: tuple[str, ...], width: float, measure: Measure) -> Sheet:
    """Lines of size 10 that end at the right edge, as narrow and low as they are."""
    lines = broken(parts, width, TEXT_SIZE, measure)
    widths = [measure(line, TEXT_SIZE) for line in lines]
    widest, height = max(widths), _block_height(len(lines), TEXT_SIZE)
    items: list[Item] = [
        Line(line, widest - wide, height - down, TEXT_SIZE)
        for line, wide, down in zip(lines, widths, _baselines(len(lines), TEXT_SIZE), strict=True)
    ]
    return Sheet(widest, height, tuple(items), "; ".join(parts))


def _block_height(count: int, size: float) -> float:
    return ((count - 1) * _LEADING + _ASCENT + _DESCENT) * size


def _baselines(count: int, size: float) -> list[float]:
    """How far below the top each line stands."""
    return [(_ASCENT + index * _LEADING) * size for index in range(count)]


def _seal_size(image: PngImage, size_mm: float) -> tuple[float, float]:
    width = points(size_mm)
    return width, width * image.height / image.width


def _check_side(found: float, least: float, most: float, what: str) -> None:
    if not least <= found <= most:
        raise ConfigurationError(
            f"{what}: {found:g}", code="APPEARANCE_SIZE", hint=f"give a number between {least:g} and {most:g}"
        )
