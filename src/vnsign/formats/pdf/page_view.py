"""Pages as they are seen: turned by ``Rotate``, cut by ``CropBox``, scaled by ``UserUnit`` (ISO 32000-2, 7.7.3.3 and 14.11.2).

What people measure, they measure on the page as seen, from its lower left corner, in points of 1/72 inch. What a PDF holds is
in the page's own coordinates. Here one becomes the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vnsign.errors import LimitExceededError, SigningError
from vnsign.formats.pdf import pyhanko_adapter as pdf

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""

_MOST_PAGES = 20_000
_DEPTH = 64
_LETTER: Box = (0.0, 0.0, 612.0, 792.0)
_INHERITED = ("/MediaBox", "/CropBox", "/Rotate")


@dataclass(frozen=True, slots=True)
class PageView:
    """The geometry of a page.

    Attributes:
        number: from 1.
        crop: what is shown of it, in the page's own coordinates.
        rotate: how far it is turned clockwise when it is shown: 0, 90, 180 or 270.
        unit: points for one unit of the page's own coordinates.
        ref: the page object.
    """

    number: int
    crop: Box
    rotate: int = 0
    unit: float = 1.0
    ref: pdf.Ref | None = None

    @property
    def width(self) -> float:
        """As seen, in points."""
        return self._sides()[self.rotate % 180 != 0] * self.unit

    @property
    def height(self) -> float:
        """As seen, in points."""
        return self._sides()[self.rotate % 180 == 0] * self.unit

    def own(self, seen: Box) -> Box:
        """A rectangle as seen, in points, in the page's own coordinates."""
        corners = [self._own(seen[0], seen[1]), self._own(seen[2], seen[3])]
        return _normal(corners[0], corners[1])

    def seen(self, own: Box) -> Box:
        """A rectangle of the page's own coordinates as seen, in points."""
        return _normal(self._seen(own[0], own[1]), self._seen(own[2], own[3]))

    def _sides(self) -> tuple[float, float]:
        left, bottom, right, top = self.crop
        return right - left, top - bottom

    def _own(self, across: float, up: float) -> tuple[float, float]:
        left, bottom, right, top = self.crop
        x, y = across / self.unit, up / self.unit
        return {0: (left + x, bottom + y), 90: (right - y, bottom + x), 180: (right - x, top - y), 270: (left + y, top - x)}[
            self.rotate
        ]

    def _seen(self, x: float, y: float) -> tuple[float, float]:
        left, bottom, right, top = self.crop
        across, up = {
            0: (x - left, y - bottom),
            90: (y - bottom, right - x),
            180: (right - x, top - y),
            270: (top - y, x - left),
        }[self.rotate]
        return across * self.unit, up * self.unit


def page_views(document: pdf.PdfDocument) -> tuple[PageView, ...]:
    """The pages of a document, in order.

    Raises:
        LimitExceededError: more pages than are looked at.
    """
    found: list[PageView] = []
    for ref, page, inherited in _leaves(pdf.raw_get(document.root(), "/Pages")):
        if len(found) >= _MOST_PAGES:
            raise LimitExceededError(f"more than {_MOST_PAGES} pages")
        found.append(_view(len(found) + 1, ref, page, inherited))
    return tuple(found)


def page_view(document: pdf.PdfDocument, number: int) -> PageView:
    """One page.

    Args:
        document: the opened PDF.
        number: from 1; negative numbers count from the end.

    Raises:
        SigningError: ``NO_SUCH_PAGE``.
    """
    views = page_views(document)
    index = number - 1 if number > 0 else len(views) + number
    if number == 0 or not 0 <= index < len(views):
        raise SigningError(
            f"the document has no page {number}",
            code="NO_SUCH_PAGE",
            hint=f"its pages are 1 to {len(views)}, or -1 for the last",
        )
    return views[index]


def view_of(page: Any, *, number: int = 0) -> PageView:
    """The geometry of a page object (pyHanko), what it inherits followed upwards."""
    inherited: dict[str, Any] = {}
    node = page
    for _ in range(_DEPTH):
        for key in _INHERITED:
            if key not in inherited and pdf.get(node, key) is not None:
                inherited[key] = pdf.get(node, key)
        node = pdf.get(node, "/Parent")
        if not pdf.is_dict(node):
            break
    return _view(number, None, page, inherited)


def _leaves(root: Any) -> Iterator[tuple[pdf.Ref | None, Any, dict[str, Any]]]:
    stack: list[tuple[Any, dict[str, Any], int]] = [(root, {}, 0)]
    visited: set[pdf.Ref] = set()
    while stack:
        raw, above, depth = stack.pop()
        ref, node = pdf.ref_of(raw), pdf.follow(raw)
        if not pdf.is_dict(node) or depth > _DEPTH or (ref is not None and ref in visited):
            continue
        if ref is not None:
            visited.add(ref)
        inherited = above | {key: pdf.get(node, key) for key in _INHERITED if pdf.get(node, key) is not None}
        if "/Kids" in node:
            stack.extend((kid, inherited, depth + 1) for kid in reversed(pdf.items(pdf.get(node, "/Kids"))))
        else:
            yield ref, node, inherited


def _view(number: int, ref: pdf.Ref | None, page: Any, inherited: dict[str, Any]) -> PageView:
    media = box_of(inherited.get("/MediaBox")) or _LETTER
    crop = box_of(inherited.get("/CropBox")) or media
    shown = max(crop[0], media[0]), max(crop[1], media[1]), min(crop[2], media[2]), min(crop[3], media[3])
    if shown[2] <= shown[0] or shown[3] <= shown[1]:
        shown = media
    turned = _number(inherited.get("/Rotate")) or 0.0
    rotate = int(turned) % 360 if turned % 90 == 0 else 0
    unit = _number(pdf.get(page, "/UserUnit")) or 1.0
    return PageView(number, shown, rotate, unit if 0 < unit <= 10_000 else 1.0, ref)


def box_of(value: Any) -> Box | None:
    """A rectangle of four numbers (ISO 32000-2, 7.9.5), corners in order; ``None`` for anything else or an empty one."""
    sides = [_number(pdf.follow(item)) for item in pdf.items(value)]
    if len(sides) != 4 or None in sides:
        return None
    left, bottom, right, top = (side or 0.0 for side in sides)
    found = _normal((left, bottom), (right, top))
    return found if found[2] > found[0] and found[3] > found[1] else None


def _number(value: Any) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if abs(found) < 1e7 else None


def _normal(first: tuple[float, float], second: tuple[float, float]) -> Box:
    return min(first[0], second[0]), min(first[1], second[1]), max(first[0], second[0]), max(first[1], second[1])
