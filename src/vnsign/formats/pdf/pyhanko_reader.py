"""pyHanko's reader within bounds: cross-references, object streams and look-ups that hostile files cannot blow up."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from pyhanko.pdf_utils import generic as _generic
from pyhanko.pdf_utils.decode_limits import (
    DEFAULT_PURPOSE_LIMITS,
    DecodeContext,
    DecodeLimits,
    DecodePurpose,
    DocumentDecodeBudget,
    StreamDecodeLimits,
)
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.pdf_utils.reader import process_data_at_eof as _process_data_at_eof
from pyhanko.pdf_utils.xref import XRefBuilder, XRefCache

from vnsign.errors import LimitExceededError, UnreadableDocumentError
from vnsign.model.limits import Limits

# pyHanko is typed in part only; what is used of it is treated as untyped and tested before use
generic: Any = _generic
process_data_at_eof: Any = _process_data_at_eof

# what pyHanko warns of is told by facts and problems; without a handler of the application it must not reach stderr
logging.getLogger("pyhanko").addHandler(logging.NullHandler())

MOST_LOOKUPS = 1_000_000
"""How many objects may be looked up in earlier revisions; about ten seconds."""
MOST_ALIASES = 4096
"""How often an object may turn out to be a mere reference to another, which no program writes."""

_STARTXREF = re.compile(rb"startxref[\x00\t\n\x0c\r ]*(\d{1,19})[\x00\t\n\x0c\r ]*%%EOF")
_SECTION = re.compile(rb"[\x00\t\n\x0c\r ]*(?:xref|\d+[\x00\t\n\x0c\r ]+\d+[\x00\t\n\x0c\r ]+obj)")
_STREAM_CACHE = 32 * 1024 * 1024
_SALVAGE = 4
_SALVAGE_WINDOW = 8 * 1024 * 1024


class _Builder(XRefBuilder):
    """Reads the cross-reference sections within bounds that pyHanko does not set itself."""

    most_sections = 64
    most_entries = 8_000_000

    def _bound(self) -> None:
        # a hybrid section counts once; linearised files have two for their first revision
        if len(self.sections) > self.most_sections:
            raise LimitExceededError(
                f"more than {self.most_sections} revisions", hint="raise Limits.pdf_revisions if the document is meant so"
            )

    def _read_xref_stream_object(self) -> Any:
        reference, stream = super()._read_xref_stream_object()  # type: ignore[no-untyped-call]  # pyHanko is untyped
        widths = [int(width) for width in stream["/W"]]
        index = [int(number) for number in stream.get("/Index", [0, stream["/Size"]])]
        # widths of zero give entries without bytes: a few digits of /Index would keep the parser busy for hours
        if len(widths) != 3 or min(widths) < 0 or max(widths) > 8 or sum(widths) == 0:
            raise UnreadableDocumentError("cross-reference stream with impossible field widths", code="PDF_XREF")
        if min(index) < 0 or sum(index[1::2]) > self.most_entries:
            raise LimitExceededError("cross-reference stream with too many entries")
        return reference, stream

    def _read_xref_stream(self, declared_startxref: int) -> Any:
        self._bound()
        return super()._read_xref_stream(declared_startxref)

    def _read_xref_table(self, declared_startxref: int) -> Any:
        self._bound()
        start = self.stream.tell()
        previous = super()._read_xref_table(declared_startxref)
        return previous if previous != 0 else self._before(start)

    def _before(self, start: int) -> int | None:
        # some tools write /Prev 0 when they update a file with compressed cross-references; viewers look before it, too
        self.stream.seek(max(0, start - _SALVAGE_WINDOW))
        for hit in reversed(_STARTXREF.findall(self.stream.read(min(start, _SALVAGE_WINDOW)))):
            self.stream.seek(min(int(hit), start))
            if _SECTION.match(self.stream.read(64)):
                return int(hit)
        return None


class _Resolver(HistoricalResolver):
    """A view on a revision that gives up after too many look-ups: the difference analysis walks whole documents."""

    def get_object(self, ref: Any, as_metadata_stream: bool = False) -> Any:
        """Look up an object, counted."""
        reader: Any = self.reader
        reader.lookups_left -= 1
        if reader.lookups_left < 0:
            raise LimitExceededError("comparing the revisions takes too many steps")
        return reader.counted(super().get_object(ref, as_metadata_stream))


class BoundedReader(PdfFileReader):
    """``PdfFileReader`` that starts at a given ``startxref``, reads it within bounds and keeps decoded object streams."""

    def __init__(self, stream: BinaryIO, startxref: int, size: int, limits: Limits) -> None:
        # the parent's constructor is replaced, not called: it finds startxref by itself and takes no builder
        self._security_handler = None
        self.strict = False
        self._decode_context = DecodeContext(_decode_limits(limits), input_size=size)
        self.resolved_objects: dict[tuple[int, int], Any] = {}
        self._header_version = None
        self._input_version = None
        self._historical_resolver_cache: dict[int, Any] = {}
        self.stream = stream
        self._header_version = header_version(stream)
        builder: Any = _Builder(handler=self, stream=stream, strict=False, last_startxref=startxref)
        builder.most_sections = limits.pdf_revisions
        self.xrefs = XRefCache(self, builder.read_xrefs())
        self.last_startxref = builder.last_startxref
        self.trailer = builder.trailer
        self.has_xref_stream = builder.has_xref_stream
        self._embedded_signatures = None
        self._object_streams: dict[int, tuple[bytes, dict[int, int]]] = {}
        self.lookups_left = MOST_LOOKUPS
        self.aliases_left = MOST_ALIASES

    def get_historical_resolver(self, revision: int) -> Any:
        """The document as of a section, with bounded look-ups."""
        if revision not in self._historical_resolver_cache:
            self._historical_resolver_cache[revision] = _Resolver(self, revision)
        return self._historical_resolver_cache[revision]

    def get_object(self, *args: Any, **kwargs: Any) -> Any:
        """Look up an object; mere references to others are counted."""
        found = super().get_object(*args, **kwargs)  # type: ignore[no-untyped-call]  # pyHanko is untyped
        return self.counted(found)

    def counted(self, found: Any) -> Any:
        """The object; a chain of mere references, asked for from each of its links, would cost the square of its length."""
        if isinstance(found, generic.IndirectObject):
            self.aliases_left -= 1
            if self.aliases_left < 0:
                raise LimitExceededError("too many objects are mere references to others")
        return found

    def _get_object_from_stream(self, idnum: int, stmnum: int, idx: int) -> Any:
        # pyHanko decodes the stream and parses its header anew for each object; here once for all
        del idx
        data, offsets = self.object_stream(stmnum)
        offset = offsets.get(idnum)
        if offset is None or not 0 <= offset < len(data):
            return generic.NullObject()
        stream = BytesIO(data)
        stream.seek(offset)
        obj = generic.read_object(stream, generic.Reference(idnum, 0, self))
        return generic.NullObject() if isinstance(obj, generic.StreamObject) else obj

    def object_stream(self, number: int) -> tuple[bytes, dict[int, int]]:
        """The decoded bytes of an object stream, and the offset of each object in it; empty for anything else."""
        known = self._object_streams.get(number)
        if known is not None:
            return known
        stream = generic.Reference(number, 0, self).get_object()
        if not isinstance(stream, generic.StreamObject) or stream["/Type"] != "/ObjStm":
            return b"", {}
        data: bytes = stream.read_data(DecodePurpose.OBJECT_STREAM)
        first = int(stream["/First"])
        numbers = [int(word) for word in data[:first].split()[: 2 * int(stream["/N"])]]
        offsets: dict[int, int] = {}
        for object_number, offset in zip(numbers[::2], numbers[1::2], strict=False):
            offsets.setdefault(object_number, first + offset)
        if sum(len(held) for held, _ in self._object_streams.values()) > _STREAM_CACHE:
            self._object_streams.clear()
        self._object_streams[number] = (data, offsets)
        return data, offsets


def _decode_limits(limits: Limits) -> DecodeLimits:
    return DecodeLimits(
        per_stream=StreamDecodeLimits(max_output_size=limits.pdf_stream_bytes),
        per_purpose={
            **DEFAULT_PURPOSE_LIMITS,
            DecodePurpose.CERTIFICATE: StreamDecodeLimits(max_ratio=None, max_output_size=limits.certificate_bytes),
            DecodePurpose.OCSP_RESPONSE: StreamDecodeLimits(max_ratio=None, max_output_size=limits.ocsp_bytes),
            DecodePurpose.CRL: StreamDecodeLimits(max_ratio=50, ratio_floor=4 << 20, max_output_size=limits.crl_bytes),
        },
        document_budget=DocumentDecodeBudget(base_allowance=limits.pdf_decoded_bytes, max_ratio=1.0),
    )


def header_version(stream: BinaryIO) -> tuple[int, int]:
    """The version of the header, which must be the first thing in the file."""
    stream.seek(0)
    head = re.match(rb"%PDF-(\d)\.(\d)", stream.read(16))
    if head is None:
        raise UnreadableDocumentError(
            "the file does not start with %PDF-",
            code="PDF_HEADER",
            hint="bytes before the header move every offset of the file; give the document as it was signed",
        )
    return int(head[1]), int(head[2])


def startxrefs(stream: BinaryIO, size: int) -> Iterator[tuple[int, int]]:
    """Where to start: the last ``startxref``, then (to save what can be read) a few before it, with the end of each."""
    try:
        stream.seek(-1, os.SEEK_END)
        startxref = int(process_data_at_eof(stream))
        near = max(0, size - 2048)
        stream.seek(near)
        yield startxref, near + stream.read(2048).rindex(b"%%EOF") + 5
    except GeneratorExit:
        raise
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 # pyHanko's reading of damaged tails; the search below goes on
        stream.seek(0)
    base = max(0, size - _SALVAGE_WINDOW)
    stream.seek(base)
    hits = [(int(hit[1]), base + hit.end()) for hit in _STARTXREF.finditer(stream.read(_SALVAGE_WINDOW))]
    yield from hits[: -_SALVAGE - 1 : -1]
