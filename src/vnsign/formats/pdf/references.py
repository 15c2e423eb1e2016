"""How often the file refers to given object numbers: a scan of bytes and object streams, not a walk of objects.

A walk sees only what hangs together today; the scan also sees references that lead nowhere yet, and old versions of objects,
at the speed of a search.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from vnsign.formats.pdf import pyhanko_adapter as pdf

_PIECE = 1024 * 1024
_REACH = 255
_FAR_REACH = 64 * 1024
_BLANK = rb"(?:[\x00\t\n\x0c\r ]|%[^\r\n]*[\r\n])+"
_REFERENCE = re.compile(rb"(?<!\d)0*(\d{1,10})" + _BLANK + rb"\d{1,5}" + _BLANK + rb"R\Z")
_AFTER_COMMENT = re.compile(rb"%[^\r\n]*[\r\n][\x00\t\n\x0c\r ]*R\Z")
# a hybrid of LibreOffice names an ODF stream in its trailer by a number that it does not use; no viewer follows that key
_HYBRID_ODF = re.compile(rb"/AdditionalStreams \[/[^\x00\t\n\x0c\r ()<>\[\]{}/%]+ \d+ \d+ R\Z")


def uses(document: pdf.PdfDocument, numbers: AbstractSet[int], *, end: int, last: int) -> Counter[int]:
    """Count the references to objects.

    Args:
        document: the opened PDF.
        numbers: object numbers to look for.
        end: offset up to which the file is searched.
        last: section up to which object streams are searched.

    Returns:
        The count for each number that is referred to. Bytes that only look like a reference (in a string or a stream) count
        too; comments inside a reference are looked through up to 64 KiB.
    """
    found: Counter[int] = Counter()
    if not numbers:
        return found
    for start, data, fresh in _pieces(document, end, last):
        for number, position in _references(data, fresh):
            if number in numbers and not _hybrid(document, data, start, position):
                found[number] += 1
    return found


def _pieces(document: pdf.PdfDocument, end: int, last: int) -> Iterator[tuple[int | None, bytes, int]]:
    """Each piece with its offset in the file, and the position from which it was not seen before."""
    overlap, position = b"", 0
    while position < end:
        document.stream.seek(position)
        piece = document.stream.read(min(_PIECE, end - position))
        if not piece:
            break
        yield position - len(overlap), overlap + piece, len(overlap)
        overlap, position = (overlap + piece)[-_FAR_REACH:], position + len(piece)
    for data in document.object_streams(last):
        yield None, data, 0


def _references(data: bytes, fresh: int) -> Iterator[tuple[int, int]]:
    for blank in pdf.WHITESPACE:
        mark = bytes((blank, 0x52))
        # a mark that begins on the last byte seen before is completed only now
        position = data.find(mark, max(0, fresh - 1))
        while position >= 0:
            before = data[max(0, position - _REACH) : position + 2]
            found = _REFERENCE.search(before)
            if found is None and _AFTER_COMMENT.search(data[max(0, position - _FAR_REACH) : position + 2]):
                found = _REFERENCE.search(data[max(0, position - _FAR_REACH) : position + 2])
            if found is not None:
                yield int(found[1]), position
            position = data.find(mark, position + 2)


def _hybrid(document: pdf.PdfDocument, data: bytes, start: int | None, position: int) -> bool:
    if start is None or not _HYBRID_ODF.search(data[max(0, position - _REACH) : position + 2]):
        return False
    for section in document.sections:
        length = start + position - section.end
        if 0 <= length <= _FAR_REACH:
            document.stream.seek(section.end)
            if b"startxref" not in document.stream.read(length):
                return True
    return False
