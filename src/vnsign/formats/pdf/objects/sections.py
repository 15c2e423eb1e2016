"""The chain of cross-reference sections from the last ``startxref`` back to the first (ISO 32000-2, 7.5.5 to 7.5.8)."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from vnsign.formats.pdf.objects import filters, xref
from vnsign.formats.pdf.objects.parse import Parser
from vnsign.formats.pdf.objects.values import Dictionary, IrregularError, Reference, Resolver, Stream
from vnsign.formats.pdf.objects.window import File

_TAIL = 1024
_LAST = re.compile(rb"(?<=[\r\n])startxref(?:\r\n|\n|\r)(\d{1,12})(?:\r\n|\n|\r)%%EOF[\r\n]{0,64}\Z")
_TABLE = re.compile(rb"xref ?(?:\r\n|\n|\r)")
_TRAILER = re.compile(rb"trailer[\x00\t\n\x0c\r ]*(?=<<)")
_AFTER_TRAILER = re.compile(rb"[\x00\t\n\x0c\r ]*startxref(?=[\x00\t\n\x0c\r ])")
_HEADER = re.compile(rb"(\d{1,10}) (\d{1,5}) obj(?=[\x00\t\n\x0c\r ()<>\[\]{}/%])")
_DATA = re.compile(rb"[\x00\t\n\x0c\r ]*stream(?:\r\n|\n)")
_AFTER_DATA = re.compile(rb"[\r\n]{0,2}endstream(?=[\x00\t\n\x0c\r ]{1,8}endobj[\x00\t\n\x0c\r ])")
_AFTER_OBJECT = re.compile(rb"[\x00\t\n\x0c\r ]*endobj(?=[\x00\t\n\x0c\r ])")
_AFTER_DATA_LENGTH = 32
_MOST_XREF_STREAM = 16 * 1024 * 1024


class XrefSection(NamedTuple):
    """One section: where it is, its trailer and what it says of objects.

    Attributes:
        startxref: the offset that leads to it.
        end: after a stream, and before the trailer of a table.
    """

    startxref: int
    end: int
    trailer: Dictionary
    entries: xref.Entries


def last_startxref(file: File) -> tuple[int, int]:
    """The last ``startxref``, and the offset after the ``%%EOF`` that follows it.

    Raises:
        IrregularError: when the file does not end with them.
    """
    start = max(0, file.size - _TAIL)
    tail = file.read(start, file.size - start)
    found = _LAST.search(tail)
    if found is None:
        raise IrregularError("the file does not end with startxref and %%EOF")
    return int(found[1]), start + tail.rindex(b"%%EOF") + 5


def read_sections(file: File, startxref: int, resolver: Resolver, most: int) -> list[XrefSection]:
    """Read all sections, the oldest first.

    Args:
        file: the document.
        startxref: of the last section.
        resolver: what the references in trailers will ask.
        most: how many sections there may be.

    Raises:
        IrregularError: a section that is not exactly where it must be, a loop, encryption, too many sections.
    """
    found: list[XrefSection] = []
    seen: set[int] = set()
    entries = 0
    position: int | None = startxref
    while position is not None:
        if position in seen or len(found) == most:
            raise IrregularError("too many cross-reference sections")
        seen.add(position)
        section = _section(file, position, resolver)
        if "/Encrypt" in section.trailer or type(section.trailer.get("/Size")) is not int:
            raise IrregularError("an encrypted document, or a trailer without size")
        found.append(section)
        entries += len(section.entries.written)
        if entries > xref.MOST_ENTRIES:
            raise IrregularError("too many cross-references")
        position = section.trailer.get("/Prev")
        if position is not None and (type(position) is not int or position <= 0):
            raise IrregularError("an unusual Prev")
    return found[::-1]


def _section(file: File, position: int, resolver: Resolver) -> XrefSection:
    head = file.read(position, min(8, file.size - position))
    if head.startswith(b"xref"):
        return file.reading(position, lambda data: _table(file, data, position, resolver))
    trailer, end, entries = _stream(file, position, resolver)
    return XrefSection(position, end, trailer, entries)


def _table(file: File, data: bytes, position: int, resolver: Resolver) -> XrefSection:
    head = _TABLE.match(data)
    if head is None:
        raise IrregularError("no cross-reference table")
    entries, after = xref.read_table(data, head.end())
    keyword = _TRAILER.match(data, after)
    if keyword is None:
        raise IrregularError("no trailer")
    trailer, after = Parser(data, resolver, None).value(keyword.end())
    if not _AFTER_TRAILER.match(data, after):
        raise IrregularError("no startxref after the trailer")
    hybrid = trailer.get("/XRefStm")
    if hybrid is not None:
        if type(hybrid) is not int:
            raise IrregularError("an unusual XRefStm")
        entries.hybrid = _stream(file, hybrid, resolver)[2]
    return XrefSection(position, position + keyword.end(), trailer, entries)


def _stream(file: File, position: int, resolver: Resolver) -> tuple[Dictionary, int, xref.Entries]:
    ref, stream, end = file.reading(position, lambda data: read_object(file, data, position, resolver, None))
    if type(stream) is not Stream or stream.get("/Type") != "/XRef" or ref[0] == 0:
        raise IrregularError("no cross-reference stream")
    data = filters.decode(file.read(stream.start, stream.length), stream, _MOST_XREF_STREAM)
    entries = xref.read_stream(stream.get("/W"), stream.get("/Index"), stream.get("/Size"), data)
    return stream, end, entries


def read_object(
    file: File, data: bytes, position: int, resolver: Resolver, lengths: Resolver | None
) -> tuple[xref.Ref, Any, int]:
    """Read an indirect object.

    Args:
        file: the document.
        data: a piece of it that begins with the object.
        position: offset of that piece.
        resolver: what its references will ask.
        lengths: who resolves a ``Length`` that is a reference; ``None`` where it must be direct.

    Returns:
        Number and generation as written there, the object, and the offset after it (of a stream: after ``endstream``).

    Raises:
        IrregularError: when the object has not exactly the regular form from ``obj`` to ``endobj``.
    """
    head = _HEADER.match(data)
    if head is None:
        raise IrregularError("no object where one must be")
    value, after = Parser(data, resolver, position).value(head.end())
    ref = int(head[1]), int(head[2])
    begin = _DATA.match(data, after) if type(value) is Dictionary else None
    if begin is not None:
        stream = _with_data(file, value, position + begin.end(), resolver, lengths)
        return ref, stream, _end_of_data(file, stream)
    if not _AFTER_OBJECT.match(data, after):
        raise IrregularError("an object without endobj")
    return ref, value, position + after


def _with_data(file: File, entries: Dictionary, start: int, resolver: Resolver, lengths: Resolver | None) -> Stream:
    stream = Stream(entries)
    stream.contents_place = None
    length = dict.get(entries, "/Length")
    if type(length) is Reference and lengths is not None:
        length = lengths.resolve(length.idnum, length.generation)
    if type(length) is not int or not 0 <= length <= file.size - start:
        raise IrregularError("a stream of unusual length")
    stream.start, stream.length, stream.resolver = start, length, resolver
    return stream


def _end_of_data(file: File, stream: Stream) -> int:
    end = stream.start + stream.length
    after = _AFTER_DATA.match(file.read(end, min(_AFTER_DATA_LENGTH, file.size - end)))
    if after is None:
        raise IrregularError("a stream that does not end where it must")
    return end + after.end()
