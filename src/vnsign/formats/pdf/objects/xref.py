"""Cross-reference tables, streams and hybrids (ISO 32000-2, 7.5.4 and 7.5.8), read strictly, and look-ups in their history."""

from __future__ import annotations

import re
from typing import NamedTuple

from vnsign.formats.pdf.objects.values import Array, IrregularError

Ref = tuple[int, int]
MOST_ENTRIES = 500_000
_MOST_GENERATION = 0xFFFF
_FREE, _STANDARD, _IN_STREAM = 0, 1, 2
_ENTRY = re.compile(rb"(\d{10}) (\d{5}) ([nf])(?: \r| \n|\r\n)")
_SUBSECTION = re.compile(rb"(\d{1,10}) (\d{1,10}) ?(?:\r\n|\n|\r)")
_ENTRY_BYTES = 20


class InStream(NamedTuple):
    """The place of an object in an object stream."""

    stream: int
    position: int


class Entries:
    """What one cross-reference section says of objects; object 0 apart.

    Attributes:
        standard: generation and offset by number.
        in_streams: place in an object stream by number.
        freed: generation for the next use by number.
        written: references that the section defines or frees.
        hybrid: what its ``XRefStm`` adds; looked up after the section itself.
    """

    __slots__ = ("freed", "hybrid", "in_streams", "standard", "written")

    def __init__(self) -> None:
        self.standard: dict[int, tuple[int, int]] = {}
        self.in_streams: dict[int, InStream] = {}
        self.freed: dict[int, int] = {}
        self.written: set[Ref] = set()
        self.hybrid: Entries | None = None

    def add(self, number: int, kind: int, first: int, second: int) -> None:
        """Take an entry as a cross-reference stream writes it.

        Raises:
            IrregularError: an unknown kind, a number that stands twice, a generation out of range.
        """
        if number == 0:
            return
        if number in self.standard or number in self.in_streams or number in self.freed:
            raise IrregularError("an object stands twice in a cross-reference section")
        if kind != _IN_STREAM and second > _MOST_GENERATION:
            raise IrregularError("a generation out of range")
        if kind == _STANDARD:
            self.standard[number] = (second, first)
            self.written.add((number, second))
        elif kind == _IN_STREAM:
            self.in_streams[number] = InStream(first, second)
            self.written.add((number, 0))
        elif kind == _FREE:
            self.freed[number] = second
            self.written.add((number, second - 1))
        else:
            raise IrregularError("a kind of cross-reference that is not known")

    def known(self, ref: Ref) -> tuple[bool, int | InStream | None]:
        """Whether the section speaks of an object, and where it is; ``None`` for a freed one."""
        number, generation = ref
        if generation == 0 and number in self.in_streams:
            return True, self.in_streams[number]
        if number in self.standard:
            held, offset = self.standard[number]
            return (True, offset) if held == generation else (False, None)
        if number in self.freed and generation == self.freed[number] - 1:
            return True, None
        return self.hybrid.known(ref) if self.hybrid is not None else (False, None)

    def all_written(self) -> frozenset[Ref]:
        """References that the section and its hybrid part define or free."""
        return frozenset(self.written if self.hybrid is None else self.written | self.hybrid.written)


def read_table(data: bytes, position: int) -> tuple[Entries, int]:
    """Read the subsections of a table.

    Args:
        data: a piece of the file.
        position: after ``xref`` and its end of line.

    Returns:
        The entries, and the position of what follows the last subsection.

    Raises:
        IrregularError: another form than the one of the standard, twenty bytes an entry.
    """
    found = Entries()
    count = 0
    while True:
        head = _SUBSECTION.match(data, position)
        if head is None:
            return found, position
        first, size = int(head[1]), int(head[2])
        position, count = head.end(), count + size
        if count > MOST_ENTRIES or position + size * _ENTRY_BYTES > len(data):
            raise IrregularError("more cross-references than there are bytes")
        for number in range(first, first + size):
            entry = _ENTRY.match(data, position)
            if entry is None:
                raise IrregularError("a cross-reference of another form")
            found.add(number, _STANDARD if entry[3] == b"n" else _FREE, int(entry[1]), int(entry[2]))
            position += _ENTRY_BYTES


def read_stream(widths: object, index: object, size: object, data: bytes) -> Entries:
    """Read the decoded bytes of a cross-reference stream.

    Args:
        widths: its ``W``.
        index: its ``Index``; ``None`` where it has none.
        size: its ``Size``.
        data: its decoded bytes.

    Raises:
        IrregularError: when the bytes are not exactly what the other three say.
    """
    fields = _integers(widths)
    ranges = _integers(index) if index is not None else [0, size if type(size) is int else -1]
    if len(fields) != 3 or max(fields) > 8 or sum(fields) == 0 or len(ranges) % 2:
        raise IrregularError("a cross-reference stream of another form")
    count = sum(ranges[1::2])
    if min(ranges, default=0) < 0 or count > MOST_ENTRIES or count * sum(fields) != len(data):
        raise IrregularError("a cross-reference stream of another length")
    found = Entries()
    position = last = 0
    for first, length in zip(ranges[::2], ranges[1::2], strict=True):
        if first < last:
            raise IrregularError("subsections that do not increase")
        last = first + length
        for number in range(first, last):
            parts = []
            for width in fields:
                parts.append(int.from_bytes(data[position : position + width], "big"))
                position += width
            found.add(number, parts[0] if fields[0] else _STANDARD, parts[1], parts[2])
    return found


def _integers(value: object) -> list[int]:
    if not isinstance(value, Array) or not all(type(item) is int and item >= 0 for item in list.__iter__(value)):
        raise IrregularError("numbers expected in a cross-reference stream")
    return list(value)
