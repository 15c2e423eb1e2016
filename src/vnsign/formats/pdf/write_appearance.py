"""The placeholder drawn for a visible signature: a thin frame and the signer's name."""

from __future__ import annotations

import unicodedata
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.form_tools import annot_width_height, get_single_field_annot
from pyhanko.pdf_utils.generic import pdf_name

from vnsign.formats.pdf.write_fields import dictionary

_MARGIN = 3.0
_MOST_SIZE = 12.0
_LEAST_SIZE = 3.0
_MEAN_WIDTH = 0.6
"""Mean width of a letter of Helvetica in its size, rounded up, so that the name stays inside its frame."""


def draw(writer: Any, field: Any, name: str) -> None:
    """Give a field's widget its picture; nothing for an invisible one.

    Args:
        writer: of the incremental update (pyHanko).
        field: the signature field.
        name: of the signer.
    """
    widget = get_single_field_annot(field)
    width, height = (float(side) for side in annot_width_height(widget))
    if not width or not height:
        return
    picture = generic.StreamObject(_header(width, height), stream_data=_content(width, height, name))
    widget[pdf_name("/AP")] = dictionary({"/N": writer.add_object(picture)})
    writer.update_container(widget)


def _header(width: float, height: float) -> Any:
    font = dictionary(
        {
            "/Type": pdf_name("/Font"),
            "/Subtype": pdf_name("/Type1"),
            "/BaseFont": pdf_name("/Helvetica"),
            "/Encoding": pdf_name("/WinAnsiEncoding"),
        }
    )
    return dictionary(
        {
            "/Type": pdf_name("/XObject"),
            "/Subtype": pdf_name("/Form"),
            "/BBox": generic.ArrayObject(_number(side) for side in (0.0, 0.0, width, height)),
            "/Resources": dictionary({"/Font": dictionary({"/F1": font})}),
        }
    )


def _number(value: float) -> Any:
    return generic.FloatObject(f"{value:.4f}")  # type: ignore[no-untyped-call] # pyHanko


def _content(width: float, height: float, name: str) -> bytes:
    name = " ".join(unicodedata.normalize("NFC", name).split())[:200]
    shown = _plain(name)
    room = max(width - 2 * _MARGIN, 1.0)
    size = max(_LEAST_SIZE, min(_MOST_SIZE, height - 2 * _MARGIN, room / (_MEAN_WIDTH * max(len(shown), 1))))
    base = max((height - size) / 2 + 0.2 * size, 0.0)
    frame = f"q 0.5 w 0 G 0.5 0.5 {width - 1:.2f} {height - 1:.2f} re S Q"
    true_name = (b"\xfe\xff" + name.encode("utf-16-be")).hex().upper()
    escaped = shown.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    text = f"/Span << /ActualText <{true_name}> >> BDC BT /F1 {size:.2f} Tf 0 g {_MARGIN:g} {base:.2f} Td ({escaped}) Tj ET EMC"
    return f"{frame}\n{text}\n".encode("ascii")


def _plain(text: str) -> str:
    """Letters that Helvetica has: Vietnamese loses its diacritics, anything else becomes a question mark."""
    parts = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    bare = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return "".join(letter if " " <= letter <= "~" else "?" for letter in bare)
