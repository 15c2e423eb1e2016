"""Parts of canonical octets: an element cut out of a document, or sliced from it.

In canonical XML ``<`` stands only at the start of tags, comments and processing instructions, so the n-th start tag of a name
is the n-th element of that name. This spares copies of the tree.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from vnsign.formats.xml.c14n import start_tag

_START_TAG = re.compile(rb'<[^\s>]+(?: [^=]+="[^"]*")*>')


def slice_element(octets: bytes, element: Any, method: str, written: bytes) -> bytes | None:
    """Canonical form of an element out of that of its document, for the inclusive methods.

    What descendants declare depends on their parents alone, so only the start tag of the element itself differs: it declares
    everything in scope and takes ``xml:`` attributes from its ancestors.

    Args:
        octets: canonical form of the whole document by the same method.
        element: of that document.
        method: Canonical XML 1.0 or 1.1, with or without comments.
        written: the element as lxml writes it.

    Returns:
        The octets, or ``None`` where the element must be canonicalised by itself.

    Raises:
        UnreadableDocumentError: ``XML_CANONICALISATION``.
    """
    name = _written(element)
    head = start_tag(element, method, written)
    ((start, end),) = _spans(octets, name.encode(), _indices(element.getroottree().getroot(), name, [element]))
    tag = _START_TAG.match(octets, start)
    return None if head is None or tag is None else head + octets[tag.end() : end]


def cut(octets: bytes, top: Any, holes: Sequence[Any]) -> bytes:
    """Take elements out of a canonical form.

    Leaving an element out changes nothing in the canonical form of the others: what they declare depends on their ancestors
    alone.
    """
    spans: list[tuple[int, int]] = []
    for name in {_written(hole) for hole in holes}:
        spans.extend(_spans(octets, name.encode(), _indices(top, name, holes)))
    kept, position = [], 0
    for start, end in sorted(spans):
        if start >= position:
            kept.append(octets[position:start])
        position = max(position, end)
    kept.append(octets[position:])
    return b"".join(kept)


def _indices(top: Any, name: str, wanted: Sequence[Any]) -> set[int]:
    """Which of the elements of that written name, in document order, are wanted."""
    elements = (element for element in top.iter("{*}" + name.rpartition(":")[2]) if _written(element) == name)
    chosen = set(wanted)
    return {index for index, element in enumerate(elements) if element in chosen}


def _written(element: Any) -> str:
    local = element.tag.rpartition("}")[2]
    return f"{element.prefix}:{local}" if element.prefix else local


def _spans(octets: bytes, name: bytes, wanted: set[int]) -> Iterator[tuple[int, int]]:
    open_at: list[tuple[int, int]] = []
    index = 0
    for start, is_end in _tags(octets, name):
        if not is_end:
            open_at.append((index, start))
            index += 1
            continue
        opened, opened_at = open_at.pop()
        if opened in wanted:
            yield opened_at, start + len(name) + 3


def _tags(octets: bytes, name: bytes) -> Iterator[tuple[int, bool]]:
    """Offsets of the start and end tags of a name, in order."""
    quiet = b"<?" not in octets and b"<!--" not in octets
    silent = [] if quiet else [match.span() for match in _NO_TAGS.finditer(octets)]
    at = octets.find(name)
    while at >= 0:
        if octets[at + len(name) : at + len(name) + 1] in (b" ", b">"):
            start = at - 1 if octets[at - 1 : at] == b"<" else at - 2
            if octets[start:at] in (b"<", b"</") and not _within(silent, start):
                yield start, start == at - 2
        at = octets.find(name, at + len(name))


_NO_TAGS = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)


def _within(spans: Sequence[tuple[int, int]], at: int) -> bool:
    index = bisect_right(spans, (at, 1 << 62)) - 1
    return index >= 0 and at < spans[index][1]
