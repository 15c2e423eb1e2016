"""Signature fields of the interactive form, in document order (ISO 32000-2, 12.7.4 and 12.8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vnsign.errors import LimitExceededError
from vnsign.formats.pdf import raw as pdf
from vnsign.model.limits import Limits

_MOST_FIELDS = 200_000
_MOST_DEPTH = 64


@dataclass(slots=True)
class FilledField:
    """A signature field with a value.

    Attributes:
        names: qualified names of all fields that share this signature dictionary; the first one names the signature.
        value: the value, reference not followed.
        ref: number and generation of the signature dictionary; ``None`` when it is written directly into the field.
        holder: the field's dictionary.
        widgets: the widget annotations, with their references.
    """

    names: list[str]
    value: Any
    ref: pdf.Ref | None
    holder: Any
    widgets: list[tuple[pdf.Ref | None, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Fields:
    """All signature fields: filled ones, and the names of those not filled."""

    filled: list[FilledField] = field(default_factory=list)
    unfilled: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Node:
    item: Any
    name: str = ""
    kind: str | None = None
    value: Any = None
    depth: int = 0
    owner: FilledField | None = None


def signature_fields(document: pdf.PdfDocument, limits: Limits, section: int | None = None) -> Fields:
    """List the signature fields reachable from the interactive form.

    Args:
        document: the opened PDF.
        limits: ``signatures`` bounds the filled fields.
        section: cross-reference section as of which to look; ``None`` for the last.

    Raises:
        LimitExceededError: more filled signature fields than ``limits.signatures``, or a form tree without end.
    """
    form = pdf.get(document.root(section), "/AcroForm")
    found = Fields()
    by_ref: dict[pdf.Ref, FilledField] = {}
    for node, entries in _walk(pdf.get(form, "/Fields")):
        if _signature(node, entries):
            _take(node, entries, found, by_ref)
        if len(found.filled) > limits.signatures:
            raise LimitExceededError(
                f"more than {limits.signatures} signatures", hint="raise Limits.signatures if the document is meant so"
            )
    return found


def _walk(roots: Any) -> Iterator[tuple[_Node, Any]]:
    stack = [_Node(item) for item in reversed(pdf.items(roots))]
    seen: set[pdf.Ref] = set()
    visited = 0
    while stack:
        node = stack.pop()
        ref = pdf.ref_of(node.item)
        entries = pdf.follow(node.item)
        visited += 1
        if visited > _MOST_FIELDS:
            raise LimitExceededError(f"more than {_MOST_FIELDS} form fields")
        if not pdf.is_dict(entries) or (ref is not None and ref in seen) or node.depth > _MOST_DEPTH:
            continue
        if ref is not None:
            seen.add(ref)
        _inherit(node, entries)
        yield node, entries
        kids = pdf.items(pdf.get(entries, "/Kids"))
        stack.extend(_Node(kid, node.name, node.kind, node.value, node.depth + 1, node.owner) for kid in reversed(kids))


def _inherit(node: _Node, entries: Any) -> None:
    part = pdf.text(pdf.get(entries, "/T"))
    if part is not None:
        node.name = f"{node.name}.{part}" if node.name else part
    kind = pdf.text(pdf.get(entries, "/FT"))
    node.kind = kind or node.kind
    own = pdf.raw_get(entries, "/V")
    if not pdf.is_null(own):
        node.value, node.owner = own, None


def _signature(node: _Node, entries: Any) -> bool:
    if node.kind is not None:
        return node.kind == "/Sig"
    # no type anywhere: a value that is a signature dictionary is one all the same, so that nothing signed goes unlisted
    value = pdf.get(entries, "/V")
    return pdf.is_dict(value) and ("/ByteRange" in value or pdf.get(value, "/Type") in ("/Sig", "/DocTimeStamp"))


def _take(node: _Node, entries: Any, found: Fields, by_ref: dict[pdf.Ref, FilledField]) -> None:
    widget = (pdf.ref_of(node.item), entries)
    if node.owner is not None:
        node.owner.widgets.append(widget)
        return
    if pdf.is_null(node.value):
        if pdf.text(pdf.get(entries, "/T")) is not None and not _has_named_kids(entries):
            found.unfilled.append(node.name)
        return
    ref = pdf.ref_of(node.value)
    known = by_ref.get(ref) if ref is not None else None
    if known is None:
        known = FilledField([node.name], node.value, ref, entries)
        found.filled.append(known)
        if ref is not None:
            by_ref[ref] = known
    elif node.name not in known.names:
        known.names.append(node.name)
    known.widgets.append(widget)
    node.owner = known


def _has_named_kids(entries: Any) -> bool:
    kids = pdf.items(pdf.get(entries, "/Kids"))
    return any(pdf.get(pdf.follow(kid), "/T") is not None for kid in kids[:64])


def page_of(widget: tuple[pdf.Ref | None, Any]) -> int | None:
    """The page number, from 1, of a widget whose page lists it; ``None`` when it names no such page.

    Only the way up from the page is walked, never the whole page tree.
    """
    ref, entries = widget
    page = pdf.raw_get(entries, "/P")
    node = pdf.follow(page) if pdf.is_ref(page) else None
    if not pdf.is_dict(node) or ref not in [pdf.ref_of(item) for item in pdf.items(pdf.get(node, "/Annots"))]:
        return None
    number, child = 1, pdf.ref_of(page)
    for _ in range(_MOST_DEPTH):
        parent = pdf.raw_get(node, "/Parent")
        if not pdf.is_ref(parent):
            return number
        node = pdf.follow(parent)
        kids = pdf.items(pdf.get(node, "/Kids"))
        refs = [pdf.ref_of(kid) for kid in kids]
        if child not in refs:
            return None
        before = refs.index(child)
        number += before if _all_leaves(node, kids) else sum(_leaves(kid) for kid in kids[:before])
        child = pdf.ref_of(parent)
    return None


def _all_leaves(node: Any, kids: list[Any]) -> bool:
    count = pdf.get(node, "/Count")
    return pdf.is_integer(count) and int(count) == len(kids)


def _leaves(kid: Any) -> int:
    node = pdf.follow(kid)
    count = pdf.get(node, "/Count")
    return int(count) if pdf.is_dict(node) and "/Kids" in node and pdf.is_integer(count) else 1
