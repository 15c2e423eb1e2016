"""The picture of a page as signed beside the page as it is; runs only in the worker."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from vnsign.showing.request import Captions

_Region = tuple[float, float, float, float]
_PAPER, _INK, _GROUND, _MARK, _LINE = "#ffffff", "#17202b", "#eef1f5", "#b3151b", "#8a94a1"
_MARGIN, _HEAD = 14, 58
_NARROWEST = 240


def side_by_side(before: Any, after: Any, regions: Sequence[_Region], number: int, captions: Captions) -> Any:
    """Both pages under their captions, the regions outlined on either.

    Args:
        before: the page as signed, rendered; ``None`` where it is not there.
        after: the page as it is.
        regions: as parts of width and height.
        number: of the page.
        captions: what is written above.
    """
    there = before if before is not None else after
    size = there.size
    columns = [max(_width(before, size), _NARROWEST), max(_width(after, size), _NARROWEST)]
    height = max(item.size[1] for item in (before, after) if item is not None)
    canvas = Image.new("RGB", (sum(columns) + 3 * _MARGIN, height + _HEAD + 2 * _MARGIN), _GROUND)
    draw = ImageDraw.Draw(canvas)
    title, plain = _font(captions.font, 17), _font(captions.font, 16)
    _write(draw, (_MARGIN, 8), captions.page.format(page=number), title, captions)
    left = _MARGIN
    for image, column, caption in zip((before, after), columns, (captions.left, captions.right), strict=True):
        _write(draw, (left, 32), caption, plain, captions)
        place = (left, _HEAD)
        if image is None:
            _absent(draw, (*place, left + column - 1, _HEAD + height - 1), plain, captions)
        else:
            canvas.paste(image, place)
            draw.rectangle((left - 1, _HEAD - 1, left + image.size[0], _HEAD + image.size[1]), outline=_LINE)
            for region in regions:
                _outline(draw, region, place, image.size)
        left += column + _MARGIN
    return canvas


def encoded(picture: Any) -> bytes:
    """The picture as PNG, the same bytes each time."""
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=False, compress_level=6)
    return out.getvalue()


def _width(image: Any, size: tuple[int, int]) -> int:
    return int(size[0] if image is None else image.size[0])


def _outline(draw: Any, region: _Region, place: tuple[int, int], size: tuple[int, int]) -> None:
    left, top, right, bottom = region
    box = [
        place[0] + max(round(left * size[0]) - 5, 0),
        place[1] + max(round(top * size[1]) - 5, 0),
        place[0] + min(round(right * size[0]) + 5, size[0] - 1),
        place[1] + min(round(bottom * size[1]) + 5, size[1] - 1),
    ]
    draw.rectangle(box, outline=_MARK, width=3)


def _absent(draw: Any, box: tuple[int, int, int, int], font: Any, captions: Captions) -> None:
    draw.rectangle(box, fill=_GROUND, outline=_MARK, width=3)
    _write(draw, (box[0] + 16, box[1] + 16), captions.missing, font, captions)


def _write(draw: Any, place: tuple[int, int], text: str, font: Any, captions: Captions) -> None:
    draw.text(place, text if captions.font else _plain(text), fill=_INK, font=font)


def _plain(text: str) -> str:
    """Without accents, for the font that comes with the drawing library and has none of the Vietnamese letters."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(char for char in apart if char.isascii())


def _font(path: str, size: int) -> Any:
    if path:
        return ImageFont.truetype(io.BytesIO(Path(path).read_bytes()), size)
    return ImageFont.load_default(size)
