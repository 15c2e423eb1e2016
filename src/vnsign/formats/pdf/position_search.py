"""Looking for what a position names: a text, or the picture of a signature. Part of :mod:`vnsign.formats.pdf.position`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vnsign.errors import SigningError
from vnsign.formats.pdf import pyhanko_adapter as pdf
from vnsign.formats.pdf.drawn import drawn_part
from vnsign.formats.pdf.fields import FilledField, page_of, signature_fields
from vnsign.formats.pdf.page_view import Box, PageView, page_view, page_views
from vnsign.formats.pdf.text_locator import FoundText, find_text
from vnsign.model.limits import Limits

if TYPE_CHECKING:
    from vnsign.formats.pdf.position import AtText, BetweenTexts


def text_place(
    document: bytes, position: AtText | BetweenTexts, count: int, password: str | None
) -> tuple[int, tuple[Box, ...]]:
    """The page and the boxes of the texts that a position names, in the page's own coordinates."""
    from vnsign.formats.pdf.position import AtText

    number = position.page if position.page >= 0 else count + 1 + position.page
    pages = (number,) if number else ()
    if isinstance(position, AtText):
        found = _chosen(find_text(document, position.text, pages=pages, password=password), position.text, position.occurrence)
        return found.page, (found.box,)
    below = _chosen(find_text(document, position.below, pages=pages, password=password), position.below, position.occurrence)
    candidates = find_text(document, position.above, pages=(below.page,), password=password)
    if not candidates:
        raise _missing(position.above)
    above = min(candidates, key=lambda item: _distance(item.box, below.box))
    return below.page, (above.box, below.box)


def _distance(first: Box, second: Box) -> float:
    across = (first[0] + first[2] - second[0] - second[2]) / 2
    up = (first[1] + first[3] - second[1] - second[3]) / 2
    return across**2 + up**2


def _chosen(found: tuple[FoundText, ...], text: str, occurrence: int) -> FoundText:
    if not found:
        raise _missing(text)
    if occurrence == 0 and len(found) > 1:
        pages = ", ".join(str(item.page) for item in found[:8])
        raise SigningError(
            f"the text {text!r} stands in {len(found)} places (pages {pages})",
            code="AMBIGUOUS_TEXT",
            hint="name the page, or the occurrence: 1 for the first, -1 for the last",
        )
    index = occurrence - 1 if occurrence > 0 else occurrence
    try:
        return found[0 if occurrence == 0 else index]
    except IndexError:
        raise _missing(f"{text} ({occurrence})") from None


def _missing(text: str) -> SigningError:
    return SigningError(
        f"the text {text!r} stands nowhere on the pages",
        code="NO_SUCH_TEXT",
        hint="check spelling and capitals; a scanned page has no text: name a corner or coordinates",
    )


def picture_of(document: pdf.PdfDocument, field: str, limits: Limits) -> tuple[PageView, Box]:
    """The page of a visible signature, and what is drawn of it as seen, in points.

    Raises:
        SigningError: ``NO_SUCH_SIGNATURE``.
    """
    visible = [item for item in _visible(document, limits) if not field or field in item[0].names]
    if not visible:
        raise SigningError(
            f"the document has no visible signature {field}".strip(),
            code="NO_SUCH_SIGNATURE",
            hint="the person signs first, visibly; the agency's seal then goes beside that picture",
        )
    if len(visible) > 1:
        names = ", ".join(item[0].names[0] for item in visible[:8])
        raise SigningError(
            f"the document has {len(visible)} visible signatures: {names}", code="NO_SUCH_SIGNATURE", hint="name the field"
        )
    return visible[0][1:]


def _visible(document: pdf.PdfDocument, limits: Limits) -> list[tuple[FilledField, PageView, Box]]:
    found = []
    for field in signature_fields(document, limits).filled:
        for ref, widget in field.widgets:
            view = _view_of(document, (ref, widget))
            box = drawn_part(widget, view) if view is not None else None
            if view is not None and box is not None:
                found.append((field, view, box))
    return found


def _view_of(document: pdf.PdfDocument, widget: tuple[pdf.Ref | None, Any]) -> PageView | None:
    number = page_of(widget)
    if number is not None:
        return page_view(document, number)
    for view in page_views(document):
        page = document.object_at(view.ref) if view.ref is not None else None
        if widget[0] is not None and widget[0] in map(pdf.ref_of, pdf.items(pdf.get(page, "/Annots"))):
            return view
    return None
