"""The picture of a visible signature: the page that was drawn for it, or a thin frame and the signer's name."""

from __future__ import annotations

import unicodedata
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.form_tools import annot_width_height, get_single_field_annot
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.reader import PdfFileReader

from vnsign.errors import ConfigurationError, SigningError
from vnsign.formats.pdf.appearance import Appearance
from vnsign.formats.pdf.drawn import PICTURE, fitted
from vnsign.formats.pdf.page_view import PageView, view_of
from vnsign.formats.pdf.write_fields import dictionary, entry

_MARGIN = 3.0
_MOST_SIZE = 12.0
_LEAST_SIZE = 3.0
_MEAN_WIDTH = 0.6
"""Mean width of a letter of Helvetica in its size, rounded up, so that the name stays inside its frame."""
_TOLERANCE = 0.5
"""Points by which a rectangle may be smaller than a picture of prescribed size: what rounding makes."""
_MOST_OBJECTS = 1_000
_ACTIVE = frozenset({"/JS", "/JavaScript", "/AA", "/OpenAction", "/OC", "/OCProperties", "/PS", "/Annots", "/AF", "/EF"})
_MOST_PAGES = 20_000


def draw(writer: Any, field: Any, name: str) -> None:
    """Give a field's widget a thin frame and a name; nothing for an invisible one.

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


def place(writer: Any, field: Any, appearance: Appearance, *, new_field: bool) -> None:
    """Give a field's widget a picture that was drawn elsewhere: in the middle, upright as seen, in its own size.

    The page becomes a form XObject with what its content uses and nothing else of that file: no annotation, no action, no
    metadata. The text that it says is its ``Alt`` and, for a new field, ``TU`` (ISO 32000-2, 12.7.4.1 and 14.9.3): an entry
    of a field that others may have signed before is not added.

    Args:
        writer: of the incremental update (pyHanko).
        field: the signature field.
        appearance: the picture.
        new_field: whether this update made the field.

    Raises:
        SigningError: ``APPEARANCE_INVISIBLE``: the field has no rectangle; ``APPEARANCE_TOO_LARGE``: it has too small a one.
        ConfigurationError: ``APPEARANCE_PAGE``: the picture is not what :class:`Appearance` says.
    """
    widget = get_single_field_annot(field)
    width, height = (abs(float(side)) for side in annot_width_height(widget))
    if not width or not height:
        raise SigningError(
            "the signature is invisible and has an appearance",
            code="APPEARANCE_INVISIBLE",
            hint="give a position, or a field with a rectangle",
        )
    view = view_of(_page_of(writer, widget))
    room = (width, height) if view.rotate % 180 == 0 else (height, width)
    size = appearance.width / view.unit, appearance.height / view.unit
    _check_room(room, size, appearance.scalable, view.unit)
    inner = _imported(writer, appearance)
    outer = generic.StreamObject(
        dictionary(
            {
                "/Type": pdf_name("/XObject"),
                "/Subtype": pdf_name("/Form"),
                "/BBox": _numbers(0.0, 0.0, *room),
                "/Matrix": _numbers(*_turned(view, room)),
                "/Resources": dictionary({"/XObject": dictionary({PICTURE: inner})}),
            }
        ),
        stream_data=_placing(appearance, room, size, view.unit),
    )
    widget[pdf_name("/AP")] = dictionary({"/N": writer.add_object(outer)})
    writer.update_container(widget)
    if new_field and appearance.text:
        field[pdf_name("/TU")] = generic.TextStringObject(appearance.text[:1000])
        writer.update_container(field)


def _page_of(writer: Any, widget: Any) -> Any:
    """The page that shows a widget: the one it names, else the one that lists it."""
    named = entry(widget, "/P")
    if isinstance(named, generic.DictionaryObject):
        return named
    wanted = getattr(widget.container_ref, "idnum", None)
    for index in range(min(int(entry(entry(writer.root, "/Pages"), "/Count") or 0), _MOST_PAGES)):
        page = writer.find_page_for_modification(index)[0].get_object()
        listed = entry(page, "/Annots")
        items = [listed.raw_get(at) for at in range(len(listed))] if isinstance(listed, generic.ArrayObject) else []
        if any(getattr(item, "idnum", None) == wanted for item in items):
            return page
    return dictionary({})


def _check_room(room: tuple[float, float], size: tuple[float, float], scalable: bool, unit: float) -> None:
    if scalable or all(has + _TOLERANCE / unit >= needs for has, needs in zip(room, size, strict=True)):
        return
    mm = [side * unit * 25.4 / 72 for side in (*size, *room)]
    raise SigningError(
        f"the picture measures {mm[0]:.1f} x {mm[1]:.1f} mm, its rectangle {mm[2]:.1f} x {mm[3]:.1f} mm",
        code="APPEARANCE_TOO_LARGE",
        hint="its size is prescribed: sign in a larger field, or in a new one",
    )


def _turned(view: PageView, room: tuple[float, float]) -> tuple[float, ...]:
    """The matrix that turns the picture back by as much as the page is turned when it is shown."""
    across, up = room
    return {
        0: (1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
        90: (0.0, 1.0, -1.0, 0.0, up, 0.0),
        180: (-1.0, 0.0, 0.0, -1.0, across, up),
        270: (0.0, -1.0, 1.0, 0.0, 0.0, across),
    }[view.rotate]


def _placing(appearance: Appearance, room: tuple[float, float], size: tuple[float, float], unit: float) -> bytes:
    x, y, scale = fitted(room, size)
    factor = scale / unit
    said = (b"\xfe\xff" + appearance.text.encode("utf-16-be")).hex().upper()
    opened, closed = (f"/Span << /Lang (vi-VN) /Alt <{said}> >> BDC ", " EMC") if appearance.text else ("", "")
    drawn = f"q {factor:.6f} 0 0 {factor:.6f} {x:.4f} {y:.4f} cm {PICTURE} Do Q"
    return f"{opened}{drawn}{closed}\n".encode("ascii")


def _imported(writer: Any, appearance: Appearance) -> Any:
    """The page as a form XObject of the document."""
    try:
        reader: Any = PdfFileReader(BytesIO(appearance.page), strict=False)
        page = reader.find_page_for_modification(0)[0].get_object()
        box = [float(side) for side in view_of(page).crop]
        wrong = _unfit(reader, page, box, appearance)
        if not wrong:
            return writer.add_object(_form(writer, page, appearance))
    except Exception as error:  # the door: whatever pyHanko throws at a damaged page
        wrong = f"{type(error).__name__}: {error}"[:200]
        raise _bad_page(wrong) from error
    raise _bad_page(wrong)


def _form(writer: Any, page: Any, appearance: Appearance) -> Any:
    """The page's content and resources; its own filters are replaced by one that every reader knows."""
    contents = entry(page, "/Contents")
    parts = [contents] if isinstance(contents, generic.StreamObject) else [contents[at] for at in range(len(contents))]
    resources = entry(page, "/Resources") or entry(entry(page, "/Parent"), "/Resources")
    held = dictionary({}) if resources is None else writer.import_object(resources, obj_stream=None)
    form = generic.StreamObject(
        dictionary(
            {
                "/Type": pdf_name("/XObject"),
                "/Subtype": pdf_name("/Form"),
                "/BBox": _numbers(0.0, 0.0, appearance.width, appearance.height),
                "/Resources": held,
            }
        ),
        stream_data=b"\n".join(part.data for part in parts),
    )
    form.compress()  # type: ignore[no-untyped-call] # pyHanko
    return form


def _unfit(reader: Any, page: Any, box: list[float], appearance: Appearance) -> str:
    if int(entry(entry(reader.root, "/Pages"), "/Count") or 0) != 1:
        return "it has more than one page"
    if any(abs(found - said) > 0.1 for found, said in zip(box, (0, 0, appearance.width, appearance.height), strict=True)):
        return f"the page is {box}, not {appearance.width:g} x {appearance.height:g}"
    active = _active(entry(page, "/Resources"))
    return f"it holds {active}" if active else ""


def _active(resources: Any) -> str:
    """The first entry below the resources that could do something, or show it at times only."""
    stack, seen = [resources], 0
    while stack:
        held = stack.pop()
        seen += 1
        if seen > _MOST_OBJECTS:
            return "too many objects"
        if isinstance(held, generic.DictionaryObject):
            names = {*held, str(entry(held, "/Subtype"))}
            if names & _ACTIVE:
                return ", ".join(sorted(names & _ACTIVE))
            stack.extend(held[key] for key in held if key != "/Parent")
        elif isinstance(held, generic.ArrayObject):
            stack.extend(held[at] for at in range(min(len(held), _MOST_OBJECTS)) if not isinstance(held[at], int | float | str))
    return ""


def _bad_page(wrong: str) -> ConfigurationError:
    return ConfigurationError(
        f"the appearance cannot be placed: {wrong}", code="APPEARANCE_PAGE", hint="give a PDF of one page without actions"
    )


def _numbers(*values: float) -> Any:
    return generic.ArrayObject(_number(value) for value in values)


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
