"""The ZIP of an ASiC container, written: new ones, and entries put into one that is there (EN 319 162-1, A.1).

The same entries give the same bytes: no clock, no extra fields, no data descriptors. What is in a container already is copied
as it lies there, packed bytes and all; only what is said to change is written anew.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from vnsign.errors import LimitExceededError
from vnsign.formats.asic.container import RawEntry, raw_entries
from vnsign.model.limits import Limits

_LIMITS = Limits()
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_OFFSET = struct.Struct("<I")
_OFFSET_AT = 42  # of the offset in a record of the directory
_VERSION = 20
_FIRST_DAY = 0x21  # 1 January 1980, the first that a ZIP can say
_UTF8 = 0x0800
_STORED, _DEFLATED = 0, 8
_TIGHTEST = 50  # what would be packed more tightly is stored: readers take it for a bomb
_SAMPLE = 64 * 1024
_MOST_BYTES = 0xFFFFFFFE
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to be written; ``stored``: as it is, not packed."""

    name: str
    content: bytes = field(repr=False)
    stored: bool = False


def write_container(entries: Sequence[NewEntry], *, limits: Limits = _LIMITS) -> bytes:
    """Write a new ZIP.

    Args:
        entries: in order; ``mimetype`` first, and stored.
        limits: what is written can be read back under them.

    Raises:
        LimitExceededError: too many entries or bytes. UnreadableDocumentError: names that cannot be read back.
    """
    return _joined([_written(item) for item in entries], b"", limits)


def with_entries(
    container: bytes,
    contents: Mapping[str, bytes],
    *,
    renamed: Mapping[str, str] = _NOTHING,
    limits: Limits = _LIMITS,
) -> bytes:
    """Put entries into a container.

    Args:
        container: the ZIP.
        contents: by name; an entry of that name is replaced where it stands, others follow at the end in their order.
        renamed: new name by old name.
        limits: of the container, before and after.

    Returns:
        The container. All other entries are the bytes that they were, and stand in their order.

    Raises:
        UnreadableDocumentError: no ZIP, or one of the tricks that :mod:`vnsign.formats.asic.container` refuses.
        LimitExceededError: over a limit, before or after.
    """
    found = raw_entries(container, limits)
    made: dict[str, tuple[bytes, bytes]] = {}
    for entry in found.entries:
        if entry.name in contents and entry.name not in renamed:
            made[entry.name] = _written(NewEntry(entry.name, contents[entry.name]))
        elif entry.name in renamed:
            made[entry.name] = _written(NewEntry(renamed[entry.name], entry.content(container)))
        else:
            made[entry.name] = _kept(container, entry)
    there = {entry.name for entry in found.entries} - renamed.keys()
    added = [_written(NewEntry(name, content)) for name, content in contents.items() if name not in there]
    return _joined([*made.values(), *added], found.comment, limits)


def _kept(container: bytes, entry: RawEntry) -> tuple[bytes, bytes]:
    if entry.plain:
        return container[entry.start : entry.stop], entry.record
    # Sizes or an offset in a ZIP64 field: written anew, without it.
    return _written(NewEntry(entry.name, entry.content(container), stored=True))


def _joined(parts: Sequence[tuple[bytes, bytes]], comment: bytes, limits: Limits) -> bytes:
    size = sum(len(local) + len(record) for local, record in parts)
    if len(parts) > min(limits.asic_entries, 0xFFFE) or size > _MOST_BYTES:
        raise LimitExceededError(
            f"a container of {len(parts)} entries and {size} bytes cannot be read back, at most {limits.asic_entries} entries",
            hint="put fewer files in it",
        )
    at, records = 0, []
    for local, record in parts:
        records.append(record[:_OFFSET_AT] + _OFFSET.pack(at) + record[_OFFSET_AT + 4 :])
        at += len(local)
    directory = b"".join(records)
    end = _END.pack(b"PK\5\6", 0, 0, len(parts), len(parts), len(directory), at, len(comment))
    written = b"".join((*(local for local, _ in parts), directory, end, comment))
    raw_entries(written, limits)  # what is written must be readable: names, number, size
    return written


def _packed(entry: NewEntry) -> tuple[int, bytes]:
    # What is packed already, as pictures and PDF streams are, is known by its beginning and left alone.
    sample = entry.content[:_SAMPLE]
    if not entry.stored and len(zlib.compress(sample, 1)) < len(sample):
        packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(entry.content) + packer.flush()
        if len(packed) < len(entry.content) <= _TIGHTEST * len(packed):
            return _DEFLATED, packed
    return _STORED, entry.content


def _written(entry: NewEntry) -> tuple[bytes, bytes]:
    """The entry as it lies in the file, and its record in the directory with the offset still to be filled in."""
    name = entry.name.encode()
    method, packed = _packed(entry)
    flags = 0 if entry.name.isascii() else _UTF8
    sizes = (zlib.crc32(entry.content), len(packed), len(entry.content), len(name), 0)
    common = (_VERSION, flags, method, 0, _FIRST_DAY, *sizes)
    local = _LOCAL.pack(b"PK\3\4", *common) + name + packed
    return local, _CENTRAL.pack(b"PK\1\2", _VERSION, *common, 0, 0, 0, 0, 0) + name
