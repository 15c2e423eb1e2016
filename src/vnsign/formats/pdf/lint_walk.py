"""Every object that a PDF reaches, once: actions, files outside and inside, moving pictures, fonts. Part of the lint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vnsign.formats.pdf import pyhanko_adapter as pdf
from vnsign.formats.pdf.lint import Note
from vnsign.formats.pdf.page_view import PageView, page_views

_MOST_VALUES = 3_000_000
_ACTIONS = {
    "/JavaScript": "PDF_SCRIPT",
    "/Launch": "PDF_LAUNCH",
    "/SubmitForm": "PDF_SUBMIT",
    "/ImportData": "PDF_SUBMIT",
    "/URI": "PDF_URI",
    "/GoToR": "PDF_ACTION",
    "/GoToE": "PDF_ACTION",
    "/Thread": "PDF_ACTION",
    "/Hide": "PDF_ACTION",
    "/SetOCGState": "PDF_ACTION",
    "/ResetForm": "PDF_ACTION",
    "/Named": "PDF_ACTION",
    "/Trans": "PDF_ACTION",
    "/GoTo3DView": "PDF_MULTIMEDIA",
    "/Rendition": "PDF_MULTIMEDIA",
    "/RichMediaExecute": "PDF_MULTIMEDIA",
    "/Movie": "PDF_MULTIMEDIA",
    "/Sound": "PDF_MULTIMEDIA",
}
_HARMLESS_NAMED = frozenset({"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"})
_NEEDED = {"/URI": "/URI", "/GoToR": "/F", "/GoToE": "/T", "/Hide": "/T", "/SetOCGState": "/State", "/Named": "/N"}
_MULTIMEDIA = frozenset({"/RichMedia", "/3D", "/Movie", "/Screen", "/Sound"})
_UPWARDS = frozenset({"/Parent", "/P", "/StructParent", "/StructParents"})


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A page: its number, its dictionary, how it is seen."""

    number: int
    body: Any
    view: PageView


@dataclass(frozen=True, slots=True, eq=False)
class Font:
    """A font of the resources of something that is drawn, on the first page that has it."""

    page: int | None
    body: Any


@dataclass(slots=True)
class Walked:
    """What the walk has found."""

    pages: list[Page]
    notes: list[Note] = field(default_factory=list)
    fonts: list[Font] = field(default_factory=list)


@dataclass(slots=True)
class _Walk:
    found: Walked
    seen: set[pdf.Ref]
    left: int = _MOST_VALUES

    def note(self, code: str, page: int | None, what: object = "") -> None:
        self.found.notes.append(Note(code, page, str(what)))

    def from_(self, start: Any, page: int | None, leave: frozenset[str]) -> None:
        """Everything that a value reaches. ``leave``: entries of the value itself that are not followed."""
        stack = [value for key, value in _entries(start) if key not in leave]
        if pdf.is_dict(start):
            self._look(start, page)
        while stack:
            value = stack.pop()
            self.left -= 1
            if self.left < 0:
                return
            ref = pdf.ref_of(value)
            if ref is not None:
                if ref in self.seen:
                    continue
                self.seen.add(ref)
                value = pdf.follow(value)
                if value is None:
                    self.note("PDF_LINT_INCOMPLETE", page, f"object {ref[0]} cannot be read")
                    continue
            if pdf.is_dict(value):
                self._look(value, page)
            stack.extend(item for key, item in _entries(value) if key not in _UPWARDS)

    def _look(self, item: Any, page: int | None) -> None:
        self._action(item, page)
        kind, subtype = _name(item, "/Type"), _name(item, "/Subtype")
        if kind == "/Font":
            if "/DescendantFonts" in item or not subtype.startswith("/CIDFont"):
                self.found.fonts.append(Font(page, item))
        elif subtype in _MULTIMEDIA and "/Rect" in item:
            self.note("PDF_MULTIMEDIA", page, subtype[1:])
        if kind in ("/Filespec", "/F") and "/EF" in item:
            self.note("PDF_EMBEDDED_FILE", page, pdf.text(pdf.get(item, "/UF")) or pdf.text(pdf.get(item, "/F")) or "")
        elif "/EF" in item and kind == "":
            self.note("PDF_EMBEDDED_FILE", page, pdf.text(pdf.get(item, "/F")) or "")
        if pdf.is_stream(item):
            if "/F" in item and not pdf.is_null(pdf.get(item, "/F")):
                self.note("PDF_EXTERNAL_STREAM", page, _file(pdf.get(item, "/F")))
            if subtype == "/Form" and "/Ref" in item:
                self.note("PDF_EXTERNAL_STREAM", page, "reference XObject")
            if "/OPI" in item:
                self.note("PDF_EXTERNAL_STREAM", page, "OPI proxy")

    def _action(self, item: Any, page: int | None) -> None:
        kind = _name(item, "/S")
        code = _ACTIONS.get(kind)
        if "/JS" in item and kind != "/JavaScript":
            self.note("PDF_SCRIPT", page, "JS entry")
        if code is None or _NEEDED.get(kind, "/S") not in item or _name(item, "/Type") not in ("", "/Action"):
            return
        if kind == "/Named" and _name(item, "/N") in _HARMLESS_NAMED:
            return
        detail = pdf.text(pdf.get(item, "/URI")) if kind == "/URI" else _file(pdf.get(item, "/F"))
        self.note(code, page, f"{kind[1:]} {detail or ''}".strip())


def walk(document: pdf.PdfDocument) -> Walked:
    """Walk through a document: page by page, then what the catalog reaches besides.

    The resources of the form that no page draws with (``DR``) are left out.
    """
    views = page_views(document)
    pages = [
        Page(view.number, body, view)
        for view in views
        if view.ref is not None and pdf.is_dict(body := document.object_at(view.ref))
    ]
    found = Walked(pages)
    work = _Walk(found, {view.ref for view in views if view.ref is not None})
    for page in pages:
        work.from_(page.body, page.number, _UPWARDS)
        for resources in _inherited(page.body):
            work.from_(resources, page.number, frozenset())
    root = document.root()
    work.from_(root, None, frozenset({"/AcroForm", "/DSS"}))
    form = pdf.get(root, "/AcroForm")
    if pdf.is_dict(form):
        work.from_(form, None, frozenset({"/DR"}))
        if "/XFA" in form:
            work.note("PDF_XFA", None)
        if bool(pdf.get(form, "/NeedAppearances")) and pdf.items(pdf.get(form, "/Fields")):
            work.note("PDF_NEED_APPEARANCES", None)
    if work.left < 0:
        work.note("PDF_LINT_INCOMPLETE", None, f"more than {_MOST_VALUES} values")
    if len(pages) < len(views) or not views:
        work.note("PDF_LINT_INCOMPLETE", None, f"{len(pages)} of {len(views)} pages can be read")
    return found


def _inherited(page: Any) -> Iterator[Any]:
    """The resources of the nodes above a page (ISO 32000-2, 7.7.3.4)."""
    node = page
    for _ in range(64):
        node = pdf.get(node, "/Parent")
        if not pdf.is_dict(node):
            return
        resources = pdf.get(node, "/Resources")
        if pdf.is_dict(resources):
            yield resources


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    if pdf.is_dict(value):
        yield from ((str(key), pdf.raw_get(value, key)) for key in list(value))
    else:
        yield from (("", item) for item in pdf.items(value))


def _name(item: Any, key: str) -> str:
    found = pdf.get(item, key)
    return str(found) if isinstance(found, str) else ""


def _file(value: Any) -> str:
    if pdf.is_dict(value):
        return pdf.text(pdf.get(value, "/UF")) or pdf.text(pdf.get(value, "/F")) or "a file"
    return pdf.text(value) or ""
