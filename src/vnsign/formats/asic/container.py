"""The ZIP of an ASiC container, read strictly and wholly in memory: nothing is ever written to disk.

Two programs must not see two different containers in the same bytes, so whatever lets them is refused: names that are the
same to one and not to the other, entries that overlap, local headers that say something else than the directory, bytes
before, between or after the entries. Directory and local headers are read here rather than by ``zipfile``, which looks at the
directory alone and, in older versions of Python, follows entries that overlap (CVE-2024-0450).
"""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from vnsign.errors import LimitExceededError, UnreadableDocumentError
from vnsign.model.limits import Limits

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x2041  # encryption, strong encryption, encrypted directory
_DESCRIPTOR = 0x0008
_UTF8 = 0x0800
_SYMLINK = 0o120000
_ZIP64 = 1
_ALL_ONES = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Container:
    """The entries of a container in the order of its directory, which is the order of the file.

    Attributes:
        entries: content by name; directories are left out.
        comment: the comment of the ZIP.
        mimetype_first: the entry ``mimetype`` is the first, stored, without extra field (EN 319 162-1, 4.3.3.1 and A.1).
    """

    entries: dict[str, bytes] = field(repr=False)
    comment: bytes = b""
    mimetype_first: bool = False

    @property
    def mimetype(self) -> str:
        """The content of the entry ``mimetype``, else what the comment says (EN 319 162-1, A.1), else empty."""
        found = self.entries.get("mimetype")
        if found is None:
            found = self.comment.removeprefix(b"mimetype=") if self.comment.startswith(b"mimetype=") else b""
        return found[:128].decode("ascii", "replace").strip()


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    raw_name: bytes
    directory: bool


def read_container(data: bytes, limits: Limits) -> Container:
    """Read every entry.

    Args:
        data: the file.
        limits: ``asic_entries``, ``asic_bytes`` (unpacked, all entries), ``asic_ratio`` (unpacked to the file's size) and
            ``asic_name_bytes`` are held.

    Raises:
        UnreadableDocumentError: ``ZIP_DAMAGED``, or one of ``ZIP_NAME``, ``ZIP_DUPLICATE_NAME``, ``ZIP_SYMLINK``,
            ``ZIP_ENCRYPTED``, ``ZIP_METHOD``, ``ZIP_MISMATCH``, ``ZIP_OVERLAP``, ``ZIP_HIDDEN_DATA`` for the tricks.
        LimitExceededError: too many entries, too large, packed too tightly.
    """
    end, comment = _end_record(data)
    headers = _directory(data, end, limits)
    _check_names(headers)
    _check_sizes(headers, len(data), limits)
    entries: dict[str, bytes] = {}
    for header, start, stop in _placed(data, headers, end[6]):
        if not header.directory:
            entries[header.name] = _unpacked(memoryview(data)[start:stop], header)
    first = min(headers, key=lambda item: item.offset, default=None)
    plain = first is not None and first.method == _STORED and _extra_length(data, first) == 0
    return Container(entries, comment, plain and first is not None and first.name == "mimetype")


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry as it lies in the file, for a writer that leaves it alone.

    Attributes:
        name: as read.
        start, stop: from its local header to the next entry.
        record: its record in the directory.
        plain: sizes and offset stand in the record itself, not in a ZIP64 field.
    """

    name: str
    start: int
    stop: int
    record: bytes = field(repr=False)
    plain: bool
    _header: _Header = field(repr=False)
    _packed: tuple[int, int] = field(repr=False)

    def content(self, data: bytes) -> bytes:
        """The content, unpacked.

        Raises:
            UnreadableDocumentError: ``ZIP_DAMAGED``.
        """
        return _unpacked(memoryview(data)[slice(*self._packed)], self._header)


@dataclass(frozen=True, slots=True)
class RawContainer:
    """The entries in the order of the file, folders too."""

    entries: tuple[RawEntry, ...]
    comment: bytes


def raw_entries(data: bytes, limits: Limits) -> RawContainer:
    """Read where the entries lie, without unpacking them. Same limits and errors as :func:`read_container`."""
    end, comment = _end_record(data)
    headers = _directory(data, end, limits)
    _check_names(headers)
    _check_sizes(headers, len(data), limits)
    placed = _placed(data, headers, end[6])
    stops = [*(header.offset for header, _, _ in placed[1:]), end[6]]
    records = {header.name: record for header, record in zip(headers, _records(data, end), strict=True)}
    entries = []
    for (header, first, last), stop in zip(placed, stops, strict=True):
        record = records[header.name]
        plain = _ALL_ONES not in (*_CENTRAL.unpack_from(record)[8:10], _CENTRAL.unpack_from(record)[16])
        entries.append(RawEntry(header.name, header.offset, stop, record, plain, header, (first, last)))
    return RawContainer(tuple(entries), comment)


def _records(data: bytes, end: Sequence[int]) -> list[bytes]:
    at, found = end[6], []
    for _ in range(end[4]):
        after = at + _CENTRAL.size + sum(_CENTRAL.unpack_from(data, at)[10:13])
        found.append(data[at:after])
        at = after
    return found


def _damaged(found: str) -> UnreadableDocumentError:
    return UnreadableDocumentError(f"a ZIP that is damaged: {found}", code="ZIP_DAMAGED", hint="was the file cut off?")


def _refused(code: str, found: str) -> UnreadableDocumentError:
    return UnreadableDocumentError(
        f"a ZIP that is refused: {found}", code=code, hint="ask for a container made with conforming software"
    )


def _end_record(data: bytes) -> tuple[tuple[int, ...], bytes]:
    """The end of central directory: the one that ends with the file. ZIP64 and several volumes are not read."""
    found = []
    start = max(0, len(data) - _END.size - 0xFFFF)
    at = data.find(b"PK\5\6", start)
    while at >= 0:
        if at + _END.size <= len(data):
            fields = _END.unpack_from(data, at)
            if at + _END.size + fields[7] == len(data):
                found.append((at, fields))
        at = data.find(b"PK\5\6", at + 1)
    if not found:
        raise _damaged("no end of the directory, or bytes after it")
    if len(found) > 1:
        raise _refused("ZIP_HIDDEN_DATA", "more than one end of the directory")
    at, (_, disk, start_disk, here, total, size, offset, _) = found[0]
    if disk or start_disk or here != total or 0xFFFF in (here, total) or 0xFFFFFFFF in (size, offset):
        raise _refused("ZIP_METHOD", "several volumes, or more entries than ZIP32 has")
    if offset + size != at:
        raise _refused("ZIP_HIDDEN_DATA", "bytes before the first entry or after the directory")
    return (at, disk, start_disk, here, total, size, offset), data[at + _END.size :]


def _directory(data: bytes, end: Sequence[int], limits: Limits) -> list[_Header]:
    stop, count, at = end[0], end[4], end[6]
    if count > limits.asic_entries:
        raise LimitExceededError(f"{count} entries in the container, at most {limits.asic_entries} are read")
    headers = []
    for _ in range(count):
        if at + _CENTRAL.size > stop:
            raise _damaged("a directory that is cut off")
        fields = _CENTRAL.unpack_from(data, at)
        after = at + _CENTRAL.size + sum(fields[10:13])
        if fields[0] != b"PK\1\2" or after > stop:
            raise _damaged("a directory that is cut off")
        names = at + _CENTRAL.size
        extra = data[names + fields[10] : names + fields[10] + fields[11]]
        headers.append(_header(fields, data[names : names + fields[10]], extra, limits))
        at = after
    if at != stop:
        raise _refused("ZIP_HIDDEN_DATA", "bytes after the last entry of the directory")
    return headers


def _header(fields: Sequence[int], raw: bytes, extra: bytes, limits: Limits) -> _Header:
    _, _, _, flags, method, _, _, crc, packed, size, _, _, _, disk, _, attributes, offset = fields
    size, packed, offset = _long(extra, (size, packed, offset))
    name = _name(raw, flags, limits)
    if flags & _ENCRYPTED:
        raise _refused("ZIP_ENCRYPTED", f"{name!r} is encrypted")
    if method not in (_STORED, _DEFLATED):
        raise _refused("ZIP_METHOD", f"{name!r} is packed by method {method}")
    if attributes >> 16 & 0o170000 == _SYMLINK:
        raise _refused("ZIP_SYMLINK", f"{name!r} is a symbolic link")
    if disk:
        raise _refused("ZIP_METHOD", "several volumes")
    if method == _STORED and packed != size:
        raise _damaged(f"{name!r} is stored with two sizes")
    directory = name.endswith("/")
    if directory and size:
        raise _refused("ZIP_NAME", f"{name!r} is a directory with content")
    return _Header(name, flags, method, crc, packed, size, offset, raw, directory)


def _long(extra: bytes, values: Sequence[int]) -> tuple[int, ...]:
    """Sizes and offset with those that are all ones read from the ZIP64 extra field, in its order."""
    found: list[int] = []
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == _ZIP64:
            body = extra[at + 4 : at + 4 + size]
            found = [int.from_bytes(body[place : place + 8], "little") for place in range(0, len(body) - 7, 8)]
            break
        at += 4 + size
    asked = sum(value == _ALL_ONES for value in values)
    if asked > len(found):
        raise _damaged("a size or offset that is not there")
    rest = iter(found)
    return tuple(next(rest) if value == _ALL_ONES else value for value in values)


def _name(raw: bytes, flags: int, limits: Limits) -> str:
    """A name: UTF-8, or the code page of old programs. What climbs, is absolute or cannot be shown is refused."""
    if len(raw) > limits.asic_name_bytes:
        raise LimitExceededError(f"a name of {len(raw)} bytes, at most {limits.asic_name_bytes} are read")
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if flags & _UTF8:
            raise _refused("ZIP_NAME", "a name that is no UTF-8") from error
        name = raw.decode("cp437")
    parts = name.removesuffix("/").split("/")
    climbs = any(part in ("", ".", "..") for part in parts) or "\\" in name or name[1:2] == ":"
    if climbs or any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise _refused("ZIP_NAME", f"the name {name[:100]!r}")
    return name


def _check_names(headers: Sequence[_Header]) -> None:
    """Names that are the same to a program that folds case or composes letters are the same here."""
    seen: dict[str, str] = {}
    for header in headers:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", header.name).casefold()).removesuffix("/")
        if folded in seen:
            raise _refused("ZIP_DUPLICATE_NAME", f"the names {seen[folded]!r} and {header.name!r}")
        seen[folded] = header.name
    files = {header.name for header in headers if not header.directory}
    for header in headers:
        parent = header.name.removesuffix("/").rpartition("/")[0]
        if parent in files and parent:
            raise _refused("ZIP_DUPLICATE_NAME", f"{parent!r} is a file and a folder")


def _check_sizes(headers: Sequence[_Header], file_size: int, limits: Limits) -> None:
    total = sum(item.size for item in headers)
    if total > limits.asic_bytes:
        raise LimitExceededError(f"{total} bytes unpacked, at most {limits.asic_bytes} are read")
    if total > limits.asic_ratio * file_size:
        raise LimitExceededError(f"{total} bytes packed into {file_size}, at most {limits.asic_ratio} times as many are read")


def _extra_length(data: bytes, header: _Header) -> int:
    return int(_LOCAL.unpack_from(data, header.offset)[10])


def _placed(data: bytes, headers: Sequence[_Header], directory: int) -> list[tuple[_Header, int, int]]:
    """Each entry with the span of its packed content; together they fill the file up to the directory."""
    placed, reached = [], 0
    for header in sorted(headers, key=lambda item: item.offset):
        if header.offset < reached:
            raise _refused("ZIP_OVERLAP", f"{header.name!r} overlaps another entry")
        if header.offset > reached:
            raise _refused("ZIP_HIDDEN_DATA", f"{header.offset - reached} bytes before {header.name!r}")
        start = _local(data, header, directory)
        stop = start + header.packed
        reached = stop + (_descriptor(data, stop, header) if header.flags & _DESCRIPTOR else 0)
        if reached > directory:
            raise _refused("ZIP_OVERLAP", f"{header.name!r} overlaps the directory")
        placed.append((header, start, stop))
    if reached != directory:
        raise _refused("ZIP_HIDDEN_DATA", f"{directory - reached} bytes before the directory")
    return placed


def _local(data: bytes, header: _Header, directory: int) -> int:
    """Where the packed content begins, after comparing the local header with the directory."""
    if header.offset + _LOCAL.size > directory:
        raise _damaged(f"{header.name!r} has no local header")
    mark, _, flags, method, _, _, crc, packed, size, name_size, extra = _LOCAL.unpack_from(data, header.offset)
    if mark != b"PK\3\4":
        raise _damaged(f"{header.name!r} has no local header")
    at = header.offset + _LOCAL.size
    if data[at : at + name_size] != header.raw_name or method != header.method or flags != header.flags:
        raise _refused("ZIP_MISMATCH", f"the local header of {header.name!r} says something else than the directory")
    extra_at = at + int(name_size)
    size, packed = _long(data[extra_at : extra_at + int(extra)], (size, packed))
    said = (crc, packed, size)
    real = (header.crc, header.packed, header.size)
    if any(one not in ({0, other} if flags & _DESCRIPTOR else {other}) for one, other in zip(said, real, strict=True)):
        raise _refused("ZIP_MISMATCH", f"the local header of {header.name!r} has another checksum or size than the directory")
    return extra_at + int(extra)


def _descriptor(data: bytes, at: int, header: _Header) -> int:
    """The length of the data descriptor, with or without its signature, which must say what the directory says."""
    bodies = [struct.pack("<IQQ", header.crc, header.packed, header.size)]
    if header.packed < _ALL_ONES and header.size < _ALL_ONES:
        bodies.insert(0, struct.pack("<3I", header.crc, header.packed, header.size))
    for form in (*(b"PK\7\x08" + body for body in bodies), *bodies):
        if data[at : at + len(form)] == form:
            return len(form)
    raise _refused("ZIP_MISMATCH", f"the data descriptor of {header.name!r} says something else than the directory")


def _unpacked(packed: memoryview, header: _Header) -> bytes:
    if header.method == _STORED:
        content = bytes(packed)
    else:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            # One byte more than promised is asked for, so that a lie about the size shows and costs nothing.
            content = unpacker.decompress(packed, header.size + 1)
        except zlib.error as error:
            raise _damaged(f"{header.name!r} cannot be unpacked") from error
        if not unpacker.eof or unpacker.unused_data:
            raise _damaged(f"{header.name!r} cannot be unpacked to its size")
    if len(content) != header.size or zlib.crc32(content) != header.crc:
        raise _damaged(f"{header.name!r} has another size or checksum than the directory says")
    return content
