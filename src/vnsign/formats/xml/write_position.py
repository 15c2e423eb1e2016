"""Where in the bytes an element stands, so that a signature goes in without one other byte being written anew."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from vnsign.errors import SigningError, UnreadableDocumentError

_STEP = re.compile(r"/(?:\{([^{}]*)\})?([^/{}\[\]]+)(?:\[([0-9]+)\])?")
_UTF16 = (
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_UTF8_NAMES = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_ASCII = "".join(map(chr, range(32, 127)))
_SKIPPED = rb"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>"
# In a well-formed document "<" stands in no attribute value, so every "<" outside what is skipped opens a tag.
_REST_OF_TAG = rb"""(?=[\s/>])[^>"']*+(?:"[^"]*+"[^>"']*+|'[^']*+'[^>"']*+)*+>"""


@dataclass(frozen=True, slots=True)
class Span:
    """Byte offsets of one element: its start tag, its content, its end tag.

    Attributes:
        start: first byte of the start tag.
        content: first byte after the start tag.
        end_tag: first byte of the end tag; equal to ``content`` for an empty-element tag.
        end: first byte after the element.
        name: qualified name as written; wanted when an empty-element tag must be opened.
        empty: whether the element is written as an empty-element tag.
    """

    start: int
    content: int
    end_tag: int
    end: int
    name: str
    empty: bool


def encoding_of(document: bytes, declared: str | None) -> str:
    """The codec of the document's bytes: UTF-16 by its first bytes, else as declared, else UTF-8.

    Raises:
        SigningError: ``XML_ENCODING``: an encoding in which positions cannot be found.
    """
    for start, codec in _UTF16:
        if document.startswith(start):
            return codec
    name = (declared or "").lower()
    if name in _UTF8_NAMES:
        return "utf-8"
    try:
        # In a superset of ASCII that can be written back unchanged, a position in the text is one in the bytes.
        if _ASCII.encode(name) == _ASCII.encode("ascii") and document.decode(name).encode(name) == document:
            return name
    except (LookupError, UnicodeError):
        pass
    raise SigningError(
        f"XML in the encoding {declared!r} cannot be signed in place",
        code="XML_ENCODING",
        hint="save the document as UTF-8 and sign that",
    )


def encode(text: str, codec: str) -> bytes:
    """The text in the document's encoding; what that encoding lacks becomes a character reference."""
    return text.encode(codec, "xmlcharrefreplace")


def find_parent(root: etree._Element, path: str) -> etree._Element:
    """The one element at the path (see ``XmlPlacement.parent``).

    Raises:
        SigningError: ``XML_PARENT_NOT_FOUND`` or ``XML_PARENT_AMBIGUOUS``.
    """
    if not path:
        return root
    anywhere = path.startswith("//")
    found: list[etree._Element] = []
    for number, (namespace, name, index) in enumerate(_STEP.findall(path[1:] if anywhere else path)):
        if number == 0:
            matched = [e for e in (root.iter(f"{{*}}{_local(name)}") if anywhere else [root]) if _matches(e, namespace, name)]
        else:
            matched = [child for e in found for child in e.iterchildren(etree.Element) if _matches(child, namespace, name)]
        found = [e for e in matched if not index or _position(e, namespace, name) == int(index)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise SigningError(
            f"no element {path} to put the signature in",
            code="XML_PARENT_NOT_FOUND",
            hint="the element must be in the document before it is signed; it is never created",
        )
    raise SigningError(
        f"{len(found)} elements {path}, one is wanted",
        code="XML_PARENT_AMBIGUOUS",
        hint="give the path from the root with positions, such as /TDiep/DLieu/HDon[2]/DSCKS/NBan",
    )


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _matches(element: etree._Element, namespace: str, name: str) -> bool:
    found = etree.QName(element)
    prefix, _, local = name.rpartition(":")
    if found.localname != local:
        return False
    if namespace:
        return found.namespace == namespace
    return not prefix or element.prefix == prefix


def _position(element: etree._Element, namespace: str, name: str) -> int:
    return 1 + sum(_matches(other, namespace, name) for other in element.itersiblings(etree.Element, preceding=True))


def span_of(document: bytes, codec: str, element: etree._Element) -> Span:
    """Find the element in the bytes it was parsed from.

    Args:
        document: well-formed, without DOCTYPE, as parsed into the element's tree.
        codec: of :func:`encoding_of`.
        element: an element of that tree.

    Raises:
        SigningError: ``XML_POSITION``: the bytes and the tree do not agree.
    """
    local = etree.QName(element).localname
    name = f"{element.prefix}:{local}" if element.prefix else local
    before = _ordinal(element, local)
    try:
        plain = document if codec == "utf-8" else document.decode(codec).encode()
    except UnicodeError as error:
        raise UnreadableDocumentError("the document's bytes are not in its encoding", code="XML_NOT_WELL_FORMED") from error
    span = _scan(plain, name, before)
    if span is None:
        raise SigningError(f"element {name} not found in the bytes", code="XML_POSITION")
    if codec == "utf-8":
        return span

    def there(offset: int) -> int:
        return len(plain[:offset].decode().encode(codec))

    return Span(there(span.start), there(span.content), there(span.end_tag), there(span.end), name, span.empty)


def _ordinal(element: etree._Element, local: str) -> int:
    # Elements of the same written name before this one, in document order.
    count = 0
    for other in element.getroottree().getroot().iter(f"{{*}}{local}"):
        if other is element:
            break
        count += other.prefix == element.prefix
    return count


def _scan(data: bytes, name: str, before: int) -> Span | None:
    """Walk the tags of that written name; comments, instructions and CDATA sections are stepped over whole."""
    pattern = re.compile(_SKIPPED + rb"|</?" + re.escape(name.encode()) + _REST_OF_TAG, re.DOTALL)
    start = content = depth = -1
    for match in pattern.finditer(data):
        tag = match.group()
        if tag.startswith((b"<!", b"<?")):
            continue
        if tag.startswith(b"</"):
            depth -= depth > 0
            if depth == 0:
                return Span(start, content, match.start(), match.end(), name, empty=False)
            continue
        empty = tag.endswith(b"/>")
        if depth < 0:
            if before:
                before -= 1
                continue
            if empty:
                return Span(match.start(), match.end(), match.end(), match.end(), name, empty=True)
            start, content, depth = match.start(), match.end(), 1
        elif not empty:
            depth += 1
    return None
