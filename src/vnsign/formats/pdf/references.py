"""Where the file refers to given object numbers: a scan of bytes and object streams, not a walk of objects.

A walk sees only what hangs together today; the scan also sees references that lead nowhere yet, at the speed of a search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from vnsign.formats.pdf import pyhanko_adapter as pdf

_PIECE = 1024 * 1024
_REACH = 255
_BLANK = rb"(?:[\x00\t\n\x0c\r ]|%[^\r\n]*[\r\n])+"
_REFERENCE = re.compile(rb"(?<!\d)0*(\d{1,10})" + _BLANK + rb"\d{1,5}" + _BLANK + rb"R\Z")
_KEYED = re.compile(rb"(/[A-Za-z]+) ?(?:\[(?:/[^\x00\t\n\x0c\r ()<>\[\]{}/%]+ )?)?\d+ \d+ R\Z")


def uses(document: pdf.PdfDocument, numbers: Set[int], *, end: int, last: int) -> dict[int, set[str]]:
    """Find the references to objects.

    Args:
        document: the opened PDF.
        numbers: object numbers to look for.
        end: offset up to which the file is searched.
        last: section up to which object streams are searched.

    Returns:
        For each number that is referred to, the keys in front of its references; ``""`` where the reference does not follow
        a plain key in the same line. Bytes that only look like a reference (in a string or a stream) count too.
    """
    found: dict[int, set[str]] = {}
    if not numbers:
        return found
    for piece in _pieces(document, end, last):
        for number, key in _references(piece, numbers):
            found.setdefault(number, set()).add(key)
    return found


def _pieces(document: pdf.PdfDocument, end: int, last: int) -> Iterable[bytes]:
    overlap, position = b"", 0
    while position < end:
        document.stream.seek(position)
        piece = document.stream.read(min(_PIECE, end - position))
        if not piece:
            break
        yield overlap + piece
        overlap, position = piece[-_REACH:], position + len(piece)
    for section in range(last + 1):
        yield from document.object_streams(section)


def _references(data: bytes, numbers: Set[int]) -> Iterable[tuple[int, str]]:
    for blank in pdf.WHITESPACE:
        mark = bytes((blank, 0x52))
        position = data.find(mark)
        while position >= 0:
            before = data[max(0, position - _REACH) : position + 2]
            found = _REFERENCE.search(before)
            if found is not None and int(found[1]) in numbers:
                keyed = _KEYED.search(before)
                yield int(found[1]), keyed[1].decode("ascii") if keyed is not None else ""
            position = data.find(mark, position + 2)
