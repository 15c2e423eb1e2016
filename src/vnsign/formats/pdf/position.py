"""Where a picture goes: by a corner, coordinates, a text on the page, a field, or the signature beside it.

Lengths are millimetres or points on the page as it is seen (turned, cut, scaled); what comes out is a page and a rectangle in
the page's own coordinates, for :class:`~vnsign.formats.pdf.placement.PdfPlacement`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from io import BytesIO
from typing import Any

from vnsign.errors import ConfigurationError, SigningError, UnreadableDocumentError, VnsignError
from vnsign.formats.pdf.appearance import Appearance
from vnsign.formats.pdf.page_view import Box, PageView
from vnsign.formats.pdf.placement import PdfPlacement
from vnsign.model.limits import Limits

POINTS_PER_MM = 72 / 25.4


class Corner(StrEnum):
    """A corner of the page as it is seen."""

    TOP_LEFT = "top-left"
    TOP_RIGHT = "top-right"
    BOTTOM_LEFT = "bottom-left"
    BOTTOM_RIGHT = "bottom-right"


class Side(StrEnum):
    """Where the picture stands beside a text."""

    ABOVE = "above"
    BELOW = "below"
    LEFT = "left"
    RIGHT = "right"
    OVER = "over"


class Unit(StrEnum):
    """Of coordinates."""

    MM = "mm"
    POINT = "pt"


@dataclass(frozen=True, slots=True)
class AtCorner:
    """In a corner, as far from the edges as the margins of administrative documents ask.

    Attributes:
        corner: which one.
        page: from 1; negative numbers count from the end.
        across, down: distance of the picture from the side and from the top or bottom edge, in millimetres.
    """

    corner: Corner = Corner.TOP_RIGHT
    page: int = 1
    across: float = 15.0
    down: float = 6.0


@dataclass(frozen=True, slots=True)
class AtPoint:
    """The picture's lower left corner, measured from the lower left corner of the page."""

    x: float
    y: float
    page: int = 1
    unit: Unit = Unit.MM


@dataclass(frozen=True, slots=True)
class InBox:
    """In the middle of a rectangle, left, bottom, right, top, measured from the lower left corner of the page."""

    box: Box
    page: int = 1
    unit: Unit = Unit.MM


@dataclass(frozen=True, slots=True)
class AtText:
    """Beside a text, in the middle of its side.

    Attributes:
        text: as the page shows it.
        side: where the picture stands.
        gap: between them, in millimetres.
        page: on which to look; 0: on all.
        occurrence: from 1, negative ones count from the end; 0: the text must stand in one place alone.
    """

    text: str
    side: Side = Side.ABOVE
    gap: float = 1.0
    page: int = 0
    occurrence: int = 0


@dataclass(frozen=True, slots=True)
class BetweenTexts:
    """In the middle between a text and another one below it: between a title and a full name.

    Attributes:
        above, below: the texts, on the same page.
        page: on which to look; 0: on all.
        occurrence: of the lower text, as in :class:`AtText`; the upper one is the nearest above it.
    """

    above: str
    below: str
    page: int = 0
    occurrence: int = 0


@dataclass(frozen=True, slots=True)
class InField:
    """In the middle of an empty signature field that the document has."""

    field: str


@dataclass(frozen=True, slots=True)
class BesideSignature:
    """Over a part of the picture of a visible signature, on its left: where an agency's seal goes.

    Attributes:
        field: name of the signed field; empty: the only visible signature of the document.
        share: of the width of that picture which is overlapped.
    """

    field: str = ""
    share: float = 1 / 3

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ConfigurationError(f"a share of {self.share:g}", code="PDF_POSITION", hint="a third is 0.333")


Position = AtCorner | AtPoint | InBox | AtText | BetweenTexts | InField | BesideSignature


def placed(
    placement: PdfPlacement,
    document: bytes,
    appearance: Appearance,
    position: Position,
    *,
    password: str | None = None,
    limits: Limits | None = None,
) -> PdfPlacement:
    """A placement with a picture at a position.

    Args:
        placement: everything else about the signature; its page and box are replaced.
        document: the PDF that is to be signed.
        appearance: the picture.
        position: where it goes.
        password: opens an encrypted document.
        limits: for reading the document.

    Returns:
        The placement for :func:`vnsign.sign`.

    Raises:
        UnreadableDocumentError: the document cannot be read.
        SigningError: ``NO_SUCH_PAGE``, ``NO_SUCH_TEXT``, ``AMBIGUOUS_TEXT``, ``NO_SUCH_SIGNATURE``, ``BOX_OUTSIDE_PAGE``.
        ConfigurationError: pypdfium2 is missing, and a text is looked for.
    """
    if isinstance(position, InField):
        return replace(placement, field=position.field, box=None, appearance=appearance)
    try:
        view, seen = _resolved(document, appearance, position, password, limits or Limits())
    except (VnsignError, MemoryError):
        raise
    except Exception as error:  # the door: whatever pyHanko and PDFium throw at a damaged document
        raise UnreadableDocumentError(
            f"no place can be found in the PDF: {type(error).__name__}: {error}"[:300], code="PDF_STRUCTURE"
        ) from error
    _check_inside(view, seen)
    return replace(placement, page=view.number, box=view.own(seen), appearance=appearance)


def _resolved(
    document: bytes, appearance: Appearance, position: Position, password: str | None, limits: Limits
) -> tuple[PageView, Box]:
    """The page and the rectangle as seen, in points."""
    from vnsign.formats.pdf import page_view, position_search
    from vnsign.formats.pdf.pyhanko_adapter import open_pdf

    opened = open_pdf(BytesIO(document), limits, password)
    size = appearance.width, appearance.height
    match position:
        case AtCorner() | AtPoint() | InBox():
            view = page_view.page_view(opened, position.page)
            return view, _measured(view, position, size)
        case AtText() | BetweenTexts():
            number, own = position_search.text_place(document, position, len(page_view.page_views(opened)), password)
            view = page_view.page_view(opened, number)
            return view, _beside(position, [view.seen(box) for box in own], size)
        case BesideSignature():
            view, box = position_search.picture_of(opened, position.field, limits)
            return view, _overlapping(box, position.share, size)
        case _:
            raise _refused(position)


def _measured(view: PageView, position: AtCorner | AtPoint | InBox, size: tuple[float, float]) -> Box:
    width, height = size
    if isinstance(position, AtCorner):
        across, down = position.across * POINTS_PER_MM, position.down * POINTS_PER_MM
        right, top = position.corner.value.endswith("right"), position.corner.value.startswith("top")
        return _at(view.width - across - width if right else across, view.height - down - height if top else down, size)
    factor = POINTS_PER_MM if position.unit is Unit.MM else 1.0
    if isinstance(position, AtPoint):
        return _at(position.x * factor, position.y * factor, size)
    left, bottom, right_side, top_side = (side * factor for side in position.box)
    return _centred((left + right_side) / 2, (bottom + top_side) / 2, size)


def _beside(position: AtText | BetweenTexts, texts: list[Box], size: tuple[float, float]) -> Box:
    if isinstance(position, BetweenTexts):
        above, below = texts
        middles = [(box[0] + box[2]) / 2 for box in texts]
        return _centred(sum(middles) / 2, (above[1] + below[3]) / 2, size)
    (left, bottom, right, top), gap = texts[0], position.gap * POINTS_PER_MM
    width, height = size
    x, y = (left + right) / 2, (bottom + top) / 2
    return {
        Side.ABOVE: _at(x - width / 2, top + gap, size),
        Side.BELOW: _at(x - width / 2, bottom - gap - height, size),
        Side.LEFT: _at(left - gap - width, y - height / 2, size),
        Side.RIGHT: _at(right + gap, y - height / 2, size),
        Side.OVER: _centred(x, y, size),
    }[position.side]


def _overlapping(picture: Box, share: float, size: tuple[float, float]) -> Box:
    left, bottom, right, top = picture
    edge = left + share * (right - left)
    return _at(edge - size[0], (bottom + top - size[1]) / 2, size)


def _at(x: float, y: float, size: tuple[float, float]) -> Box:
    return x, y, x + size[0], y + size[1]


def _centred(x: float, y: float, size: tuple[float, float]) -> Box:
    return _at(x - size[0] / 2, y - size[1] / 2, size)


def _check_inside(view: PageView, seen: Box) -> None:
    if seen[0] < 0 or seen[1] < 0 or seen[2] > view.width or seen[3] > view.height:
        shown = ", ".join(f"{side / POINTS_PER_MM:.0f}" for side in seen)
        raise SigningError(
            f"the picture would reach beyond page {view.number} ({shown} mm)",
            code="BOX_OUTSIDE_PAGE",
            hint=f"the page measures {view.width / POINTS_PER_MM:.0f} x {view.height / POINTS_PER_MM:.0f} mm",
        )


def _refused(position: Any) -> ConfigurationError:
    return ConfigurationError(f"no position: {position!r}"[:200], code="PDF_POSITION", hint="see vnsign.formats.pdf.position")
