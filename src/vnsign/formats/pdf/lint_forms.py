"""Form fields that lie over one another or cannot be seen, and layers that are not shown. Part of the lint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from vnsign.formats.pdf import pyhanko_adapter as pdf
from vnsign.formats.pdf.lint import Note
from vnsign.formats.pdf.lint_walk import Page
from vnsign.formats.pdf.page_view import Box, box_of

_HIDDEN, _NO_VIEW = 2, 32
_SHARE = 0.1  # of the smaller widget: frames that touch are no overlap
_MOST_WIDGETS = 2_000
_MOST_OVERLAPS = 50
_DEPTH = 32


@dataclass(frozen=True, slots=True)
class _Widget:
    name: str
    kind: str
    box: Box | None
    flags: int


def widget_notes(pages: Sequence[Page]) -> Iterator[Note]:
    """Fields without a place that can be seen, and fields that lie over one another.

    Signature fields may be invisible (ISO 32000-2, 12.7.5.5), and a seal lies over a signature by rule: those are left out.
    """
    for page in pages:
        widgets = [_widget(item) for item in _widgets(page.body)]
        if len(widgets) > _MOST_WIDGETS:
            yield Note("PDF_LINT_INCOMPLETE", page.number, f"{len(widgets)} form fields")
            widgets = widgets[:_MOST_WIDGETS]
        shown = []
        for widget in widgets:
            reason = _invisible(widget, page)
            if not reason:
                shown.append(widget)
            elif widget.kind != "/Sig":
                yield Note("PDF_WIDGET_HIDDEN", page.number, f"{widget.name}: {reason}")
        yield from (Note("PDF_WIDGET_OVERLAP", page.number, found) for found in islice(_overlaps(shown), _MOST_OVERLAPS))


def _widgets(page: Any) -> Iterator[Any]:
    for item in pdf.items(pdf.get(page, "/Annots")):
        widget = pdf.follow(item)
        if pdf.is_dict(widget) and pdf.get(widget, "/Subtype") == "/Widget":
            yield widget


def _widget(item: Any) -> _Widget:
    names: list[str] = []
    kind, node = "", item
    for _ in range(_DEPTH):
        names += [part for part in (pdf.text(pdf.get(node, "/T")),) if part]
        kind = kind or str(pdf.get(node, "/FT") or "")
        node = pdf.get(node, "/Parent")
        if not pdf.is_dict(node):
            break
    flags = pdf.get(item, "/F")
    number = int(flags) if pdf.is_integer(flags) else 0
    return _Widget(".".join(reversed(names)) or "(no name)", kind, box_of(pdf.get(item, "/Rect")), number)


def _invisible(widget: _Widget, page: Page) -> str:
    if widget.flags & (_HIDDEN | _NO_VIEW):
        return "hidden"
    if widget.box is None:
        return "without size"
    left, bottom, right, top = page.view.crop
    outside = widget.box[2] <= left or widget.box[0] >= right or widget.box[3] <= bottom or widget.box[1] >= top
    return "outside the page" if outside else ""


def _overlaps(widgets: Sequence[_Widget]) -> Iterator[str]:
    placed = sorted(((widget.box, widget) for widget in widgets if widget.box), key=lambda item: item[0])
    for number, (box, widget) in enumerate(placed):
        for other_box, other in placed[number + 1 :]:
            if other_box[0] >= box[2]:
                break
            if widget.kind == other.kind == "/Sig":
                continue
            across = min(box[2], other_box[2]) - max(box[0], other_box[0])
            up = min(box[3], other_box[3]) - max(box[1], other_box[1])
            smaller = min(_area(box), _area(other_box))
            if across > 0 and up > 0 and across * up > _SHARE * smaller:
                yield f"{widget.name} and {other.name}"


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def layer_notes(root: Any) -> Iterator[Note]:
    """Layers (optional content, ISO 32000-2, 8.11) that are off when the document is opened, or look otherwise in print."""
    properties = pdf.get(root, "/OCProperties")
    default = pdf.get(properties, "/D") if pdf.is_dict(properties) else None
    if not pdf.is_dict(properties) or not pdf.is_dict(default):
        return
    base_off = pdf.get(default, "/BaseState") == "/OFF"
    off, on = _refs(default, "/OFF"), _refs(default, "/ON")
    for item in pdf.items(pdf.get(properties, "/OCGs")):
        group = pdf.follow(item)
        ref = pdf.ref_of(item)
        name = pdf.text(pdf.get(group, "/Name")) or "(no name)" if pdf.is_dict(group) else "(no name)"
        hidden = ref in off or (base_off and ref not in on)
        usage = pdf.get(group, "/Usage") if pdf.is_dict(group) else None
        states = {str(pdf.get(pdf.get(usage, f"/{what}"), f"/{what}State") or "/ON") for what in ("View", "Print", "Export")}
        if hidden:
            yield Note("PDF_HIDDEN_LAYER", None, f"{name}: off")
        elif pdf.is_dict(usage) and len(states) > 1 and pdf.items(pdf.get(default, "/AS")):
            yield Note("PDF_HIDDEN_LAYER", None, f"{name}: other on screen than in print")


def _refs(default: Any, key: str) -> frozenset[pdf.Ref | None]:
    return frozenset(pdf.ref_of(item) for item in pdf.items(pdf.get(default, key)))
