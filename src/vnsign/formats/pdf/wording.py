"""What a later revision did, in words: which objects it wrote, what they are, on which pages they are seen."""

from __future__ import annotations

from typing import Any

from vnsign.formats.pdf import raw as pdf
from vnsign.formats.pdf.increments import changed_keys
from vnsign.formats.pdf.pages import PageMap, page_map
from vnsign.model.facts import Change, ChangeKind

_MOST_OBJECTS = 20_000
_MOST_SHOWN = 6
_ORDER = tuple(ChangeKind)


def describe(document: pdf.PdfDocument, section: int) -> tuple[Change, ...]:
    """Word the changes of one revision, grouped by kind; ``allowed`` is left to the caller.

    Only objects are compared, not what pages look like. Objects that are written again without change are not named.
    """
    try:
        maps = (page_map(document.root(section - 1)), page_map(document.root(section)))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 # a page tree that cannot be walked names no pages; the change itself is still said
        maps = (PageMap(), PageMap())
    groups: dict[ChangeKind, dict[str, set[int]]] = {}
    for ref in sorted(document.written_in(section))[:_MOST_OBJECTS]:
        for kind, what, pages in _object(document, section, ref, maps):
            groups.setdefault(kind, {}).setdefault(what, set()).update(pages)
    if maps[0].count != maps[1].count:
        pages = set(range(min(maps[0].count, maps[1].count) + 1, max(maps[0].count, maps[1].count) + 1))
        what = f"number of pages changed from {maps[0].count} to {maps[1].count}"
        groups.setdefault(ChangeKind.CONTENT, {}).setdefault(what, set()).update(pages)
    number = document.number(section)
    return tuple(_change(kind, groups[kind], number) for kind in _ORDER if kind in groups)


def _change(kind: ChangeKind, said: dict[str, set[int]], number: int) -> Change:
    words = list(said)[:_MOST_SHOWN]
    more = len(said) - len(words)
    what = ", ".join(words) + (f", and {more} more" if more else "")
    pages = tuple(sorted({page for found in said.values() for page in found if page}))
    return Change(kind, what, pages, number)


def _object(
    document: pdf.PdfDocument, section: int, ref: pdf.Ref, maps: tuple[PageMap, PageMap]
) -> list[tuple[ChangeKind, str, set[int]]]:
    try:
        old = document.object_at(ref, section - 1) if document.defined_at(ref, section - 1) else None
        new = document.object_at(ref, section) if document.defined_at(ref, section) else None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 # an object that cannot be read is named as such
        return [(ChangeKind.OTHER, f"object {ref[0]} cannot be read", set())]
    roles = {*maps[0].roles.get(ref, []), *maps[1].roles.get(ref, [])}
    pages = {page for _, page in roles}
    if new is None or pdf.is_null(new):
        return [(ChangeKind.OTHER, f"object {ref[0]} removed", pages)] if old is not None else []
    own = _by_nature(document, section, ref, old, new)
    if own is not None:
        return [(*own, pages)] if own[1] else []
    return [(*_by_role(ref, old, new, {role for role, _ in roles}), pages)]


def _by_nature(document: pdf.PdfDocument, section: int, ref: pdf.Ref, old: Any, new: Any) -> tuple[ChangeKind, str] | None:
    """What an object is by itself; an empty text for what has no meaning to people."""
    type_ = pdf.get(new, "/Type") if pdf.is_dict(new) else None
    trailer = document.trailer_at(section)
    if type_ in ("/XRef", "/ObjStm"):
        return ChangeKind.OTHER, ""
    if ref == pdf.ref_of(pdf.raw_get(trailer, "/Root")):
        return _catalog(old, new)
    if ref == pdf.ref_of(pdf.raw_get(trailer, "/Info")) or type_ == "/Metadata":
        return ChangeKind.METADATA, "document information"
    if not pdf.is_dict(new):
        return None
    if "/ByteRange" in new:
        return ChangeKind.SIGNATURE_ADDED, "signature"
    if type_ == "/DSS" or set(new) & {"/VRI", "/OCSPs", "/CRLs"}:
        return ChangeKind.VALIDATION_MATERIAL, "validation material"
    if pdf.get(new, "/FT") is not None or pdf.get(new, "/Subtype") == "/Widget":
        return _field(old, new)
    return None


def _catalog(old: Any, new: Any) -> tuple[ChangeKind, str]:
    keys = changed_keys(old, new) if pdf.is_dict(old) and pdf.is_dict(new) else set()
    material = {"/DSS", "/Extensions", "/Version"}
    if keys <= material:
        return ChangeKind.VALIDATION_MATERIAL, "validation material" if keys else ""
    if keys <= material | {"/AcroForm"}:
        return ChangeKind.FORM_FILLED, "form entry of the catalog"
    return ChangeKind.OTHER, "catalog entries " + " ".join(sorted(keys - material))


def _field(old: Any, new: Any) -> tuple[ChangeKind, str]:
    name = pdf.text(pdf.get(new, "/T")) or pdf.text(pdf.get(pdf.get(new, "/Parent"), "/T")) or "(no name)"
    if pdf.get(new, "/FT") == "/Sig" or "/ByteRange" in (pdf.get(new, "/V") or {}):
        return ChangeKind.SIGNATURE_ADDED, f"signature field {name}"
    return ChangeKind.FORM_FILLED, f"field {name} {'filled or changed' if old is not None else 'added'}"


def _by_role(ref: pdf.Ref, old: Any, new: Any, roles: set[str]) -> tuple[ChangeKind, str]:
    verb = "added" if old is None else "replaced"
    if "page tree" in roles:
        return ChangeKind.CONTENT, f"page tree {verb}"
    if "page" in roles:
        keys = changed_keys(old, new) if pdf.is_dict(old) and pdf.is_dict(new) else {"page"}
        if keys <= {"/Annots"}:
            return ChangeKind.ANNOTATION, "list of annotations"
        return ChangeKind.CONTENT, f"page {verb}" if old is None else "page entries " + " ".join(sorted(keys)[:8])
    if "contents" in roles:
        return ChangeKind.CONTENT, f"page contents {verb}"
    if roles & {"annotation", "appearance"}:
        subtype = str(pdf.get(new, "/Subtype") or "").lstrip("/") if pdf.is_dict(new) else "list"
        return ChangeKind.ANNOTATION, f"annotation {subtype or '(no type)'} {verb}"
    if "resource" in roles:
        return ChangeKind.CONTENT, f"font, image or other resource (object {ref[0]}) {verb}"
    if old is None:
        return ChangeKind.OTHER, f"object {ref[0]} added"
    type_ = str(pdf.get(new, "/Type") or pdf.get(new, "/S") or "").lstrip("/") if pdf.is_dict(new) else type(new).__name__
    return ChangeKind.OTHER, f"object {ref[0]} ({type_ or 'no type'}) replaced"
