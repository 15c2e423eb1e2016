"""A walk over DER, for the few parts of certificates and CRLs that are read without a library.

``cryptography`` builds all extensions at once and warns of names that are longer than X.520 allows, which Vietnamese names in
UTF-8 often are; one odd extension must not cost the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from vnsign.errors import EvidenceError

SEQUENCE = 0x30
SET = 0x31
OBJECT_IDENTIFIER = 0x06
BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
GENERALIZED_TIME = 0x18
_MAX_EXTENSIONS = 128
_MAX_OID_OCTETS = 64


class Extension(NamedTuple):
    """One extension: criticality and the DER inside its OCTET STRING."""

    critical: bool
    value: bytes


def element(data: bytes, start: int) -> tuple[int, int, int]:
    """The element at ``start``: tag, start of its content, end.

    Raises:
        EvidenceError: when there is no whole element of definite length.
    """
    try:
        tag, length, content = data[start], data[start + 1], start + 2
        if length >= 0x80:
            count = length & 0x7F
            if not 0 < count <= 4:
                raise EvidenceError(f"DER length of {count} octets at {start}")
            length = int.from_bytes(data[content : content + count], "big")
            content += count
    except IndexError:
        raise EvidenceError(f"DER element at {start} is cut off") from None
    end = content + length
    if end > len(data):
        raise EvidenceError(f"DER element at {start} is cut off")
    return tag, content, end


def elements(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The elements between two offsets: tag, start, start of content, end.

    Raises:
        EvidenceError: when they do not fill the range.
    """
    position = start
    while position < end:
        tag, content, stop = element(data, position)
        if stop > end:
            raise EvidenceError(f"DER element at {position} leaves its container")
        yield tag, position, content, stop
        position = stop


def children(data: bytes, tag: int = SEQUENCE) -> list[tuple[int, bytes, bytes]]:
    """The elements inside the one element that ``data`` is: tag, content, whole element.

    Raises:
        EvidenceError: when ``data`` is not one element with that tag.
    """
    found, content, end = element(data, 0)
    if found != tag or end != len(data):
        raise EvidenceError(f"DER tag {found:#x} where {tag:#x} was expected")
    return [(item, data[inner:stop], data[start:stop]) for item, start, inner, stop in elements(data, content, end)]


def encode(tag: int, content: bytes) -> bytes:
    """The element with a tag and a content."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def content_of(data: bytes, tag: int) -> bytes:
    """The content of the one element that ``data`` is.

    Raises:
        EvidenceError: when ``data`` is not one element with that tag.
    """
    found, content, end = element(data, 0)
    if found != tag or end != len(data):
        raise EvidenceError(f"DER tag {found:#x} where {tag:#x} was expected")
    return data[content:end]


def oid_text(raw: bytes) -> str:
    """The content of an OBJECT IDENTIFIER in dotted form."""
    arcs: list[int] = []
    value = 0
    for octet in raw[:_MAX_OID_OCTETS]:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    if not arcs:
        return "0.0"
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))


def read_extensions(data: bytes) -> dict[str, Extension]:
    """Extensions (RFC 5280, 4.2) by OID, from the DER of the SEQUENCE of them.

    Raises:
        EvidenceError: when they are malformed, or one stands there twice, which the clause forbids.
    """
    found: dict[str, Extension] = {}
    for tag, _, whole in children(data):
        parts = children(whole)
        if tag != SEQUENCE or not 2 <= len(parts) <= 3 or parts[0][0] != OBJECT_IDENTIFIER or parts[-1][0] != OCTET_STRING:
            raise EvidenceError("an extension is malformed")
        oid = oid_text(parts[0][1])
        if oid in found or len(found) == _MAX_EXTENSIONS:
            raise EvidenceError(f"extension {oid} stands twice, or there are too many")
        critical = len(parts) == 3 and parts[1][1] != b"\x00"
        found[oid] = Extension(critical, parts[-1][1])
    return found


def generalized_time(der: bytes) -> datetime | None:
    """The moment of a GeneralizedTime in UTC without fractions; ``None`` for anything else."""
    try:
        text = content_of(der, GENERALIZED_TIME).decode("ascii")
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except (EvidenceError, ValueError):
        return None
