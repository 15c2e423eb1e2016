"""Papers that were scanned: resolution, colour and size of their pages. Part of the lint.

A digitised paper is a picture of at least 200 dpi, in colour, at the size of the paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from vnsign.formats.pdf import pyhanko_adapter as pdf
from vnsign.formats.pdf.lint import Note
from vnsign.formats.pdf.lint_content import Picture, UnreadableContentError, pictures
from vnsign.formats.pdf.lint_walk import Page

_DPI = 200
_TOLERANCE = 0.01  # widths in whole points and pixels are not exact
_PAPER_MM = (210.0, 297.0)
_PAPER_TOLERANCE_MM = 2.0
_MM = 72 / 25.4
_WHOLE = 0.5  # of the page: as much picture makes it a scan
_PART = 0.05  # smaller pictures are stamps, not strips of the scan
_COLOUR = frozenset({"/DeviceRGB", "/DeviceCMYK", "/CalRGB", "/Lab", "/RGB", "/CMYK", "/DeviceN", "/NChannel"})
_DEPTH = 6


def scan_notes(pages: Sequence[Page]) -> Iterator[Note]:
    """What is wrong with the pages of a digitised paper.

    Scans in layers (a coarse picture in colour under a sharp mask of the letters) are judged by the sharpest layer that covers
    the page, and are in colour when one of them is.
    """
    for page in pages:
        found = sorted((page.view.width / _MM, page.view.height / _MM))
        if any(abs(side - paper) > _PAPER_TOLERANCE_MM for side, paper in zip(found, _PAPER_MM, strict=True)):
            yield Note("SCAN_PAGE_SIZE", page.number, f"{found[0]:.0f} x {found[1]:.0f} mm")
        try:
            parts = [item for item in pictures(page.body, _resources(page.body)) if _share(item, page) >= _PART]
        except UnreadableContentError as error:
            yield Note("PDF_LINT_INCOMPLETE", page.number, str(error))
            continue
        if sum(_share(item, page) for item in parts) < _WHOLE:
            yield Note("SCAN_MISSING", page.number)
            continue
        dpi = _resolution(parts, page)
        if dpi < _DPI * (1 - _TOLERANCE):
            yield Note("SCAN_DPI_LOW", page.number, f"{dpi:.0f} dpi")
        if not any(_in_colour(item) for item in parts):
            yield Note("SCAN_NOT_COLOUR", page.number)


def _resources(page: Any) -> Any:
    node = page
    for _ in range(64):
        found = pdf.get(node, "/Resources")
        if pdf.is_dict(found):
            return found
        node = pdf.get(node, "/Parent")
        if not pdf.is_dict(node):
            break
    return {}


def _share(item: Picture, page: Page) -> float:
    """Of the page, how much the picture covers; what lies outside the page does not count."""
    a, b, c, d, e, f = item.matrix
    across = [e, e + a, e + c, e + a + c]
    up = [f, f + b, f + d, f + b + d]
    left, bottom, right, top = page.view.crop
    width = min(max(across), right) - max(min(across), left)
    height = min(max(up), top) - max(min(up), bottom)
    return max(0.0, width) * max(0.0, height) / ((right - left) * (top - bottom))


def _resolution(parts: Sequence[Picture], page: Page) -> float:
    whole = [item for item in parts if _share(item, page) >= _WHOLE]
    if whole:
        return max(_dpi(item, page) for item in whole)
    return min(_dpi(item, page) for item in parts)


def _dpi(item: Picture, page: Page) -> float:
    a, b, c, d, _, _ = item.matrix
    inches = [math.hypot(a, b) * page.view.unit / 72, math.hypot(c, d) * page.view.unit / 72]
    return min(pixels / side if side > 0 else 0.0 for pixels, side in zip((item.width, item.height), inches, strict=True))


def _in_colour(item: Picture) -> bool:
    body = item.body
    get = (lambda key: pdf.get(body, key)) if pdf.is_dict(body) else body.get
    if get("/ImageMask"):
        return False
    space = get("/ColorSpace")
    if space is None:  # JPEG 2000 says it itself
        return _jpeg2000_components(body) >= 3
    return _is_colour(space, item.resources, 0)


def _is_colour(space: Any, resources: Any, depth: int) -> bool:
    if depth > _DEPTH:
        return False
    if isinstance(space, str):
        named = pdf.get(pdf.get(resources, "/ColorSpace"), str(space)) if str(space) not in _COLOUR else None
        return str(space) in _COLOUR if named is None else _is_colour(named, {}, depth + 1)
    parts = [pdf.follow(part) for part in pdf.items(space)]
    if not parts:
        return False
    kind = str(parts[0])
    if kind == "/ICCBased" and len(parts) > 1:
        count = pdf.get(parts[1], "/N")
        return pdf.is_integer(count) and int(count) >= 3
    if kind in ("/Indexed", "/I") and len(parts) > 1:
        return _is_colour(parts[1], resources, depth + 1)
    return kind in _COLOUR


def _jpeg2000_components(body: Any) -> int:
    """The number of components by the SIZ marker (ISO/IEC 15444-1, A.5.1); 0 where it is not found."""
    data = bytes(getattr(body, "encoded_data", b"") or b"")[: 1 << 20]
    at = data.find(b"\xff\x4f\xff\x51")
    if at < 0 or at + 42 > len(data):
        return 0
    return int.from_bytes(data[at + 40 : at + 42], "big")
