"""ASN.1 elements (ITU-T X.690, BER and DER) as spans of the bytes they stand in: nothing is copied until asked for.

Signatures are bytes before they are values: what was signed, which certificate was embedded and where a structure ends
must be known to the byte, also in BER with indefinite lengths. So elements are walked here; each is checked to lie within
its parent. Types are not checked: the caller asks for the tag that it needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from vnsign.errors import EvidenceError

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OID = 0x06
SEQUENCE = 0x30
SET = 0x31
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18

_CONSTRUCTED = 0x20
_INDEFINITE = 0x80
_LONGEST_LENGTH = 4  # bytes of a length: up to 4 GiB
_DEEPEST = 32
_MOST_ELEMENTS = 100_000  # looked at in one structure, each time it is looked at: a tenth of a second
# String types that BER lets be constructed of pieces: OCTET, UTF8, Printable, Teletex, IA5, UTCTime, GeneralizedTime, BMP.
_PIECED = frozenset(_CONSTRUCTED | tag for tag in (4, 12, 19, 20, 22, 23, 24, 30))


class Budget:
    """How many elements may still be looked at: hostile bytes hold two million elements in four megabytes."""

    __slots__ = ("left",)

    def __init__(self, left: int = _MOST_ELEMENTS) -> None:
        self.left = left


class Element(NamedTuple):
    """One element: ``data[start:stop]`` is all of it, ``data[body:end]`` its content.

    Attributes:
        data: the bytes it stands in.
        budget: shared by all elements of one structure.
        tag: the identifier octet; tag numbers above 30 are refused.
        start, body, end, stop: positions; ``stop`` is after the end-of-contents octets of an indefinite length.
    """

    data: bytes
    tag: int
    start: int
    body: int
    end: int
    stop: int
    budget: Budget

    @property
    def encoding(self) -> bytes:
        """The whole element, as written."""
        return self.data[self.start : self.stop]

    @property
    def content(self) -> bytes:
        """The content, as written."""
        return self.data[self.body : self.end]


def malformed(what: str, at: int) -> EvidenceError:
    """The error for bytes that are not what they should be."""
    return EvidenceError(f"{what} at byte {at}", code="MALFORMED_ASN1")


def element(data: bytes, start: int = 0, limit: int | None = None, *, depth: int = 0, budget: Budget | None = None) -> Element:
    """Read one element.

    Args:
        data: the bytes.
        start: where it begins.
        limit: where it must end at the latest; the end of ``data`` where omitted.
        depth: how many indefinite lengths are open around it.
        budget: of the structure it belongs to; a new one where omitted.

    Returns:
        The element. Bytes after it are left alone.

    Raises:
        EvidenceError: no whole element there, a tag number above 30, too deep, too many elements in the structure.
    """
    limit = len(data) if limit is None else limit
    budget = Budget() if budget is None else budget
    budget.left -= 1
    if budget.left < 0:
        raise malformed("too many elements", start)
    if limit - start < 2:
        raise malformed("no element", start)
    tag, length, body = data[start], data[start + 1], start + 2
    if tag & 0x1F == 0x1F:
        raise malformed("a tag number above 30", start)
    if length < _INDEFINITE:
        end = body + length
    elif length == _INDEFINITE:
        if not tag & _CONSTRUCTED:
            raise malformed("an indefinite length on a primitive", start)
        end = _end_of_contents(data, body, limit, depth + 1, budget)
        return Element(data, tag, start, body, end, end + 2, budget)
    else:
        size = length & 0x7F
        if size > _LONGEST_LENGTH or body + size > limit:
            raise malformed("an impossible length", start)
        end = body + size + int.from_bytes(data[body : body + size], "big")
        body += size
    if end > limit:
        raise malformed("an element that is cut off", start)
    return Element(data, tag, start, body, end, end, budget)


def _end_of_contents(data: bytes, at: int, limit: int, depth: int, budget: Budget) -> int:
    if depth > _DEEPEST:
        raise malformed("elements nested too deep", at)
    while data[at : at + 2] != b"\0\0":
        at = element(data, at, limit, depth=depth, budget=budget).stop
    if at + 2 > limit:
        raise malformed("an element that is cut off", at)
    return at


def children(parent: Element) -> list[Element]:
    """The elements in a constructed element. Same error as :func:`element`; also when the parent is primitive."""
    return list(iterate(parent))


def iterate(parent: Element) -> Iterator[Element]:
    """Like :func:`children`, one at a time, so that a caller may stop early."""
    if not parent.tag & _CONSTRUCTED:
        raise malformed("a primitive where elements are expected", parent.start)
    data, at, end = parent.data, parent.body, parent.end
    while at < end:
        child = element(data, at, end, budget=parent.budget)
        yield child
        at = child.stop


def expect(found: Element, tag: int, what: str) -> Element:
    """The element itself, when it has the tag.

    Raises:
        EvidenceError: another tag.
    """
    if found.tag != tag:
        raise malformed(f"no {what}", found.start)
    return found


def octets(found: Element, *, depth: int = 0) -> bytes:
    """The bytes of an OCTET STRING (or of one with an implicit tag), put together from its pieces when constructed.

    Raises:
        EvidenceError: pieces that are no OCTET STRINGs, nested too deep.
    """
    if not found.tag & _CONSTRUCTED:
        return found.content
    if depth > _DEEPEST:
        raise malformed("strings nested too deep", found.start)
    pieces = []
    for piece in iterate(found):
        if piece.tag & ~_CONSTRUCTED != found.tag & ~_CONSTRUCTED and piece.tag & ~_CONSTRUCTED != OCTET_STRING:
            raise malformed("a piece of another type in a string", piece.start)
        pieces.append(octets(piece, depth=depth + 1))
    return b"".join(pieces)


def octet_string(found: Element, what: str) -> bytes:
    """The bytes of an OCTET STRING, in one piece or in several.

    Raises:
        EvidenceError: it is none.
    """
    if found.tag & ~_CONSTRUCTED != OCTET_STRING:
        raise malformed(f"no {what}", found.start)
    return octets(found)


def integer(found: Element) -> int:
    """The value of an INTEGER, signed. The tag is not looked at.

    Raises:
        EvidenceError: it has no content.
    """
    if found.body == found.end:
        raise malformed("an empty INTEGER", found.start)
    return int.from_bytes(found.content, "big", signed=True)


@lru_cache(maxsize=1024)
def dotted(content: bytes) -> str:
    """The dotted form of an OBJECT IDENTIFIER's content octets.

    Raises:
        EvidenceError: empty, or cut off within an arc.
    """
    if not content or content[-1] & 0x80:
        raise malformed("a broken OBJECT IDENTIFIER", 0)
    arcs: list[int] = []
    value = 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def oid(found: Element) -> str:
    """The dotted form of an OBJECT IDENTIFIER.

    Raises:
        EvidenceError: it is none.
    """
    return dotted(expect(found, OID, "OBJECT IDENTIFIER").content)


def header(tag: int, size: int) -> bytes:
    """Identifier and length octets in DER of an element whose content has ``size`` bytes."""
    if size < _INDEFINITE:
        return bytes((tag, size))
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _INDEFINITE | len(length))) + length


def wrap(tag: int, content: bytes) -> bytes:
    """An element in DER with that identifier octet and content."""
    return header(tag, len(content)) + content


def to_der(found: Element, *, tag: int | None = None, depth: int = 0) -> bytes:
    """The element in DER as far as signed attributes need it: definite minimal lengths, strings in one piece, SETs sorted.

    Args:
        found: the element.
        tag: another identifier octet for it (RFC 5652, 5.4: SET OF instead of the implicit tag).
        depth: how deep the caller is.

    Returns:
        Its encoding. Booleans, integers and bit strings are left as they are.

    Raises:
        EvidenceError: malformed within, or nested too deep.
    """
    tag = found.tag if tag is None else tag
    if depth > _DEEPEST:
        raise malformed("elements nested too deep", found.start)
    if not found.tag & _CONSTRUCTED:
        return wrap(tag, found.content)
    if tag in _PIECED:
        return wrap(tag & ~_CONSTRUCTED, octets(found))
    parts = [to_der(child, depth=depth + 1) for child in iterate(found)]
    if tag == SET:
        parts.sort()
    return wrap(tag, b"".join(parts))


def oid_content(number: str) -> bytes:
    """The content octets of a dotted OBJECT IDENTIFIER that this library wrote down itself."""
    first, second, *rest = map(int, number.split("."))
    return b"".join(_arc(value) for value in (40 * first + second, *rest))


def _arc(value: int) -> bytes:
    octets_ = [value & 0x7F]
    while value := value >> 7:
        octets_.append(0x80 | value & 0x7F)
    return bytes(reversed(octets_))
