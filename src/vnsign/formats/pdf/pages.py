"""Which pages an object is seen on: page objects, their contents, annotations and resources, by object number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vnsign.formats.pdf import raw as pdf

_MOST_PAGES = 10_000
_MOST_OBJECTS = 100_000
_DEPTH = 64


@dataclass(slots=True)
class PageMap:
    """Roles of objects on pages.

    Attributes:
        roles: reference to ``(role, page)`` pairs; the role is ``page``, ``contents``, ``annotation``, ``appearance``,
            ``resource`` or ``page tree`` (page 0).
        count: number of pages found.
    """

    roles: dict[pdf.Ref, list[tuple[str, int]]] = field(default_factory=dict)
    count: int = 0
    _visited: int = 0

    def add(self, value: Any, role: str, page: int) -> None:
        """Note a reference; anything else is ignored."""
        ref = pdf.ref_of(value)
        self._visited += 1
        if ref is not None and self._visited < _MOST_OBJECTS:
            self.roles.setdefault(ref, []).append((role, page))


def page_map(root: Any) -> PageMap:
    """Walk the page tree below a catalog, within bounds; damaged branches are left out."""
    found = PageMap()
    for page_raw in _leaves(pdf.raw_get(root, "/Pages"), found):
        found.count += 1
        if found.count > _MOST_PAGES:
            break
        found.add(page_raw, "page", found.count)
        page = pdf.follow(page_raw)
        if pdf.is_dict(page):
            _page(page, found)
    return found


def _leaves(root: Any, found: PageMap) -> Iterator[Any]:
    stack: list[tuple[Any, int]] = [(root, 0)]
    seen: set[pdf.Ref] = set()
    while stack:
        raw, depth = stack.pop()
        ref = pdf.ref_of(raw)
        node = pdf.follow(raw)
        if not pdf.is_dict(node) or depth > _DEPTH or (ref is not None and ref in seen):
            continue
        if ref is not None:
            seen.add(ref)
        if "/Kids" not in node:
            yield raw
            continue
        found.add(raw, "page tree", 0)
        found.add(pdf.raw_get(node, "/Kids"), "page tree", 0)
        stack.extend((kid, depth + 1) for kid in reversed(pdf.items(pdf.get(node, "/Kids"))))


def _page(page: Any, found: PageMap) -> None:
    number = found.count
    contents = pdf.raw_get(page, "/Contents")
    found.add(contents, "contents", number)
    for item in pdf.items(pdf.get(page, "/Contents")):
        found.add(item, "contents", number)
    found.add(pdf.raw_get(page, "/Annots"), "annotation", number)
    for item in pdf.items(pdf.get(page, "/Annots")):
        found.add(item, "annotation", number)
        _appearances(pdf.get(pdf.follow(item), "/AP"), found, number)
    resources = pdf.raw_get(page, "/Resources")
    found.add(resources, "resource", number)
    _resources(pdf.get(page, "/Resources"), found, number, depth=2)


def _appearances(appearance: Any, found: PageMap, number: int, depth: int = 2) -> None:
    if not pdf.is_dict(appearance) or depth < 0:
        return
    for key in list(appearance)[:64]:
        value = pdf.raw_get(appearance, key)
        found.add(value, "appearance", number)
        held = pdf.follow(value)
        if not pdf.is_stream(held):
            _appearances(held, found, number, depth - 1)


def _resources(resources: Any, found: PageMap, number: int, depth: int) -> None:
    if not pdf.is_dict(resources) or depth < 0:
        return
    for kind in list(resources)[:32]:
        found.add(pdf.raw_get(resources, kind), "resource", number)
        entries = pdf.get(resources, kind)
        for name in list(entries)[:256] if pdf.is_dict(entries) else []:
            found.add(pdf.raw_get(entries, name), "resource", number)
            if kind == "/XObject" and depth:
                _resources(pdf.get(pdf.get(entries, name), "/Resources"), found, number, depth - 1)
