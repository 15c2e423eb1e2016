"""How often the file refers to given object numbers: a scan of bytes and object streams, not a walk of objects.

A walk sees only what hangs together today; the scan also sees references that lead nowhere yet, and old versions of objects,
at the speed of a search.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from vnsign.formats.pdf import raw as pdf

_PIECE = 1024 * 1024
_REACH = 255
_FAR_REACH = 64 * 1024
_FRONT = frozenset(bytes((byte,)) for byte in b"0123456789" + pdf.WHITESPACE)
_BLANK = rb"(?:[\x00\t\n\x0c\r ]|%[^\r\n]*[\r\n])+"
_REFERENCE = re.compile(rb"(?<!\d)0*(\d{1,10})" + _BLANK + rb"\d{1,5}" + _BLANK + rb"R\Z")
# a hybrid of LibreOffice names an ODF stream in its trailer by a number that it does not use; no viewer follows that key
_HYBRID_ODF = re.compile(rb"/AdditionalStreams \[/[^\x00\t\n\x0c\r ()<>\[\]{}/%]+ \d+ \d+ R\Z")


class ReferenceIndex:
    """The references to every object that a later revision writes, found in one scan of the file when first asked for.

    Bytes that only look like a reference (in a string or a stream) count too; comments inside a reference are looked through
    up to 64 KiB.
    """

    def __init__(self, document: pdf.PdfDocument) -> None:
        self._document = document
        self._counts: Counter[int] | None = None
        self._first: dict[int, int] = {}

    def count(self, number: int) -> int:
        """How often the whole file refers to an object, in all its revisions."""
        return self._scanned()[number]

    def first(self, number: int) -> int | None:
        """Offset of the first reference to an object; that of the object stream for one inside; ``None`` without any."""
        self._scanned()
        return self._first.get(number)

    def _scanned(self) -> Counter[int]:
        if self._counts is None:
            self._counts = Counter()
            later = range(1, len(self._document.sections))
            numbers = {ref[0] for section in later for ref in self._document.written_in(section)}
            for start, place, data, fresh in _pieces(self._document):
                for number, position in _references(data, fresh):
                    if number in numbers and not _hybrid(self._document, data, start, position):
                        self._counts[number] += 1
                        self._first.setdefault(number, place if start is None else start + position)
                        self._first[number] = min(self._first[number], place if start is None else start + position)
        return self._counts


def unused_number(document: pdf.PdfDocument, *, room: int = 4096) -> int:
    """An object number from which on nothing is declared, and nothing refers to the next so many numbers.

    A reference that leads nowhere is null; an object that a later revision gives its number would change signed pages.

    Args:
        document: the PDF.
        room: how many numbers are to be free.
    """
    number = max(section.size for section in document.sections)
    later = {found for _, _, data, fresh in _pieces(document) for found, _ in _references(data, fresh) if found >= number}
    for found in sorted(later):
        if found >= number + room:
            break
        number = found + 1
    return number


def _pieces(document: pdf.PdfDocument) -> Iterator[tuple[int | None, int, bytes, int]]:
    """Each piece: its offset (``None`` for decoded ones), its place, its bytes, the position from which they are new."""
    overlap, position = b"", 0
    while position < document.size:
        document.stream.seek(position)
        piece = document.stream.read(_PIECE)
        if not piece:
            break
        yield position - len(overlap), 0, overlap + piece, len(overlap)
        overlap, position = (overlap + piece)[-_FAR_REACH:], position + len(piece)
    for place, data in document.object_streams():
        yield None, place, data, 0


def _references(data: bytes, fresh: int) -> Iterator[tuple[int, int]]:
    for blank in pdf.WHITESPACE:
        mark = bytes((blank, 0x52))
        # a mark that begins on the last byte seen before is completed only now
        position = data.find(mark, max(0, fresh - 1))
        while position >= 0:
            before = data[max(0, position - _REACH) : position + 2]
            # a digit, white space or the end of a comment stands in front; most bytes that look like a mark fail here
            possible = before[-3:-2] in _FRONT or blank in b"\r\n"
            found = _REFERENCE.search(before) if possible else None
            if found is None and possible and _after_comment(before):
                far = data[max(0, position - _FAR_REACH) : position + 2]
                found = _REFERENCE.search(far) if _after_comment(far) else None
            if found is not None:
                yield int(found[1]), position
            position = data.find(mark, position + 2)


def _after_comment(before: bytes) -> bool:
    """Whether a comment may stand in front of the ``R``, behind which the numbers are found only by looking further back."""
    head = before[:-1].rstrip(pdf.WHITESPACE)
    if not set(before[len(head) : -1]) & set(b"\r\n"):
        return False
    line = head[max(head.rfind(b"\n"), head.rfind(b"\r")) + 1 :]
    front = line.partition(b"%")[0].strip(pdf.WHITESPACE)
    # a line that began before the reach may hold its ``%`` further back
    return (b"%" in line and (not front or front[-1:].isdigit())) or len(line) == len(head)


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
