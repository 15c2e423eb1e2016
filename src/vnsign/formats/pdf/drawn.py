"""How a picture sits in a signature's rectangle: in its middle, upright as seen, never larger than it is.

Writing (``write_appearance``) and reading back (``position_search``) use the same rule, so that a seal is placed beside what is
really drawn and not beside an empty part of a field.
"""

from __future__ import annotations

from typing import Any

from vnsign.formats.pdf import pyhanko_adapter as pdf
from vnsign.formats.pdf.page_view import Box, PageView, box_of

PICTURE = "/Picture"
"""Name of the placed page in the resources of the widget's appearance."""


def fitted(room: tuple[float, float], size: tuple[float, float]) -> tuple[float, float, float]:
    """Where a picture goes in a rectangle.

    Args:
        room: width and height of the rectangle.
        size: width and height of the picture.

    Returns:
        Left and bottom of the picture in the rectangle, and its scale, at most 1.
    """
    scale = min(1.0, room[0] / size[0], room[1] / size[1])
    return (room[0] - scale * size[0]) / 2, (room[1] - scale * size[1]) / 2, scale


def drawn_part(widget: Any, view: PageView) -> Box | None:
    """What is drawn of a signature, as seen, in points: its picture where this library placed one, else its rectangle.

    ``None`` for an invisible one.
    """
    own = box_of(pdf.get(widget, "/Rect"))
    if own is None:
        return None
    left, bottom, right, top = view.seen(own)
    form = pdf.get(pdf.get(widget, "/AP"), "/N")
    picture = pdf.get(pdf.get(pdf.get(form, "/Resources"), "/XObject"), PICTURE)
    sides = box_of(pdf.get(picture, "/BBox"))
    if sides is None:
        return left, bottom, right, top
    size = sides[2] - sides[0], sides[3] - sides[1]
    x, y, scale = fitted((right - left, top - bottom), size)
    return left + x, bottom + y, left + x + scale * size[0], bottom + y + scale * size[1]
