"""Rendering and comparing pages with PDFium; runs only in the worker (``showing/worker.py``)."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
from PIL import Image, ImageChops

from vnsign.showing.limits import RenderLimits
from vnsign.showing.picture import encoded, side_by_side
from vnsign.showing.request import Request

_TOLERANCE = 10
"""Of 255, in any colour: both pages are drawn by the same program, so what is the same is the same to the bit."""
_CELL = 12
_MOST_REGIONS = 50
_POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True)
class _Page:
    """A rendered page; ``image`` is ``None`` where there is none or PDFium did not draw it."""

    image: Any
    there: bool
    size: tuple[float, float] = (0.0, 0.0)


class _Pages:
    """The pages of one state of the document."""

    def __init__(self, data: bytes, password: str | None, limits: RenderLimits) -> None:
        self._document = pypdfium2.PdfDocument(data, password=password)
        # Widgets (form fields, the pictures of signatures) are drawn only with a form environment; no script is ever run.
        self._document.init_forms()
        self._limits = limits
        self.count = len(self._document)

    def page(self, index: int) -> _Page:
        """One page, rendered."""
        if index >= self.count:
            return _Page(None, False)
        try:
            page = self._document[index]
            size = page.get_size()
            image = page.render(scale=_scale(size, self._limits), draw_annots=True, may_draw_forms=True).to_pil().convert("RGB")
            page.close()
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - whatever PDFium and its binding throw at a page: it is told that it was not drawn
            return _Page(None, True)
        return _Page(image, True, size)


def _scale(size: tuple[float, float], limits: RenderLimits) -> float:
    width, height = size
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        raise ValueError("a page without a size")
    longest = math.sqrt(limits.pixels) * 4
    return min(limits.dpi / _POINTS_PER_INCH, math.sqrt(limits.pixels / (width * height)), longest / max(width, height))


def compared(request: Request) -> dict[str, object]:
    """The answer to a request, as values for JSON; see ``pages.py`` for its form."""
    limits = request.limits
    try:
        signed = _Pages(request.signed, request.password, limits)
        now = _Pages(request.now, request.password, limits)
    except pypdfium2.PdfiumError as error:
        return {"unreadable": str(error)[:200]}
    count = min(max(signed.count, now.count), limits.pages)
    budget = limits.answer_bytes // 2
    pictures = 0
    found = []
    for index in range(count):
        said = _difference(signed.page(index), now.page(index), index + 1, request, pictures < limits.pictures)
        if said is None:
            continue
        png = said.pop("picture")
        if isinstance(png, bytes) and len(png) * 4 // 3 <= budget:
            budget -= len(png) * 4 // 3
            pictures += 1
            said["png"] = base64.b64encode(png).decode("ascii")
        found.append(said)
    return {"signed": signed.count, "now": now.count, "compared": count, "differences": found}


def _difference(before: _Page, after: _Page, number: int, request: Request, drawn: bool) -> dict[str, Any] | None:
    if (before.there and before.image is None) or (after.there and after.image is None):
        return {"page": number, "change": "not-rendered", "regions": [], "picture": None}
    if before.there and after.there:
        regions = _regions(before, after)
        if not regions:
            return None
        change = "changed"
    else:
        regions, change = [], "removed" if before.there else "added"
    picture = encoded(side_by_side(before.image, after.image, regions, number, request.captions)) if drawn else None
    return {"page": number, "change": change, "regions": [list(item) for item in regions], "picture": picture}


def _regions(before: _Page, after: _Page) -> list[tuple[float, float, float, float]]:
    """Where two renderings differ, as parts of the page; pages of different sizes differ as a whole."""
    if before.size != after.size or before.image.size != after.image.size:
        return [(0.0, 0.0, 1.0, 1.0)]
    difference = ImageChops.difference(before.image, after.image)
    red, green, blue = difference.split()
    mask = ImageChops.lighter(ImageChops.lighter(red, green), blue).point(lambda value: 255 if value > _TOLERANCE else 0)
    if mask.getbbox() is None:
        return []
    width, height = mask.size
    boxes = [_tight(mask, box) for box in _boxes(mask.reduce(_CELL))]
    if len(boxes) > _MOST_REGIONS:
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        boxes = [(min(lefts), min(tops), max(rights), max(bottoms))]
    return [(left / width, top / height, right / width, bottom / height) for left, top, right, bottom in boxes]


def _tight(mask: Any, cells: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The box around what is marked in a box of cells, in pixels."""
    left, top = cells[0] * _CELL, cells[1] * _CELL
    inside = mask.crop((left, top, min(cells[2] * _CELL, mask.width), min(cells[3] * _CELL, mask.height))).getbbox()
    return left + inside[0], top + inside[1], left + inside[2], top + inside[3]


def _boxes(cells: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    """Boxes around cells that hang together, with up to two cells between them: the letters of a line are one region."""
    width, height = cells.size
    marked = {(at % width, at // width) for at, value in enumerate(cells.tobytes()) if value}
    reach = [(x, y) for x in range(-3, 4) for y in range(-2, 3)]
    # Top to bottom, so that the same pages give the same order.
    for start in sorted(marked, key=lambda cell: (cell[1], cell[0])):
        if start not in marked:
            continue
        marked.discard(start)
        stack, part = [start], [start]
        while stack:
            x, y = stack.pop()
            for across, down in reach:
                near = (x + across, y + down)
                if near in marked:
                    marked.discard(near)
                    stack.append(near)
                    part.append(near)
        across_all, down_all = [x for x, _ in part], [y for _, y in part]
        yield min(across_all), min(down_all), min(max(across_all) + 1, width), min(max(down_all) + 1, height)
