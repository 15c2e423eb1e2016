"""The one door to pyHanko for reading: raw objects, cross-references, revisions. No verdict is ever taken from there.

Three modules share it: ``pyhanko_reader`` bounds pyHanko's reader, this one opens documents and reads raw objects, and
``pyhanko_difference`` calls the difference analysis on demand. The first two import ``pyhanko.pdf_utils`` alone.
What this module relies on is named in ``tests/unit/formats/pdf/test_adapter.py``, so that a new minor version that moves
any of it fails there first. pyHanko is not typed: what comes out of it is ``Any`` and is tested before it is used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from pyhanko.pdf_utils.crypt import AuthStatus, StandardSecurityHandler
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.xref import read_object_header as _read_object_header

from vnsign.errors import LimitExceededError, UnreadableDocumentError
from vnsign.formats.pdf import raw
from vnsign.formats.pdf.pyhanko_reader import BoundedReader, generic, header_version, startxrefs
from vnsign.formats.pdf.raw import (
    WHITESPACE,
    Ref,
    Section,
    SignatureDictionary,
    follow,
    get,
    is_array,
    is_dict,
    is_integer,
    is_null,
    is_ref,
    is_stream,
    items,
    raw_get,
    ref_of,
    stream_bytes,
    string_bytes,
    text,
)
from vnsign.model.limits import Limits

__all__ = [
    "PdfDocument",
    "Ref",
    "Section",
    "SignatureDictionary",
    "follow",
    "get",
    "is_array",
    "is_dict",
    "is_integer",
    "is_null",
    "is_ref",
    "is_stream",
    "items",
    "open_pdf",
    "raw_get",
    "ref_of",
    "stream_bytes",
    "string_bytes",
    "text",
]

read_object_header: Any = _read_object_header
_CONTENTS = re.compile(rb"/Contents[\x00\t\n\x0c\r ]*<(?!<)")
_MARK = b"00766e7369676e2d636f6e74656e7473ff"
_MARKED = bytes.fromhex(_MARK.decode())
_WINDOW = 64 * 1024


class PdfDocument(raw.PdfDocument):
    """The raw objects and revisions of one PDF, as pyHanko reads them; ``reader`` is its reader."""

    def __init__(self, reader: Any, stream: BinaryIO, *, size: int, end: int, salvaged: bool) -> None:
        self.reader = reader
        self.salvaged = salvaged
        self.stream = stream
        self.size = size
        self.end = end
        self.sections = tuple(
            Section(info.declared_startxref, info.start_location, info.end_location, info.size)
            for info in (reader.xrefs.get_xref_container_info(i) for i in range(reader.xrefs.total_revisions))
        )

    @property
    def version(self) -> tuple[int, int]:
        """The version of the header, or of the catalog where that says one."""
        found: tuple[int, int] = self.reader.input_version
        return found

    @property
    def encrypted(self) -> bool:
        """Whether the document is encrypted."""
        return bool(self.reader.encrypted)

    def view(self, section: int | None = None) -> Any:
        """The document as of a section (``None``: the last)."""
        if section is None or section == len(self.sections) - 1:
            return self.reader
        return self.reader.get_historical_resolver(section)

    def root(self, section: int | None = None) -> Any:
        """The catalog as of a section; an empty mapping where it cannot be had."""
        found: Any = self.view(section).root_ref.get_object()
        return found if is_dict(found) else {}

    def last_change(self, ref: Ref) -> int | None:
        """The section that last wrote an object; ``None`` when none did."""
        try:
            return int(self.reader.xrefs.get_last_change(generic.Reference(*ref, self.reader)))
        except KeyError:
            return None

    def written_in(self, section: int) -> frozenset[Ref]:
        """The objects that a section writes or frees."""
        refs = self.reader.xrefs.explicit_refs_in_revision(section)
        return frozenset((ref.idnum, ref.generation) for ref in refs)

    def freed_in(self, section: int) -> frozenset[Ref]:
        """The objects that a section frees."""
        refs = self.reader.xrefs.refs_freed_in_revision(section)
        return frozenset((ref.idnum, ref.generation) for ref in refs)

    def defined_at(self, ref: Ref, section: int) -> bool:
        """Whether an object has a value as of a section."""
        return self.reader.xrefs.get_historical_ref(generic.Reference(*ref, self.reader), section) is not None

    def object_at(self, ref: Ref, section: int | None = None) -> Any:
        """An object as of a section."""
        view = self.view(section)
        return generic.Reference(*ref, view).get_object()

    def trailer_at(self, section: int) -> Any:
        """The entries of all trailers up to a section, the newest of each key, without those of cross-reference streams."""
        return self.reader.trailer.flatten(section)

    def trailer_entries(self, key: str) -> tuple[Any, ...]:
        """The entry of every trailer that has it itself, newest first."""
        trailers = self.reader.trailer._trailer_revisions  # noqa: SLF001 # named in the contract test
        return tuple(trailer.raw_get(key) for trailer in trailers if key in trailer)

    def object_stream_numbers(self, last: int) -> frozenset[int]:
        """The numbers of the object streams that the sections up to the last one use."""
        xrefs = self.reader.xrefs
        return frozenset(ref.idnum for section in range(last + 1) for ref in xrefs.object_streams_used_in(section))

    def object_streams(self) -> Iterator[tuple[int, bytes]]:
        """The decoded object streams of all revisions, each once, with their offsets in the file."""
        for number in sorted(self.object_stream_numbers(len(self.sections) - 1)):
            place = self.reader.xrefs[generic.Reference(number, 0, self.reader)]
            yield (place if isinstance(place, int) else 0), self.reader.object_stream(number)[0]

    def require_comparison(self) -> None:
        """Nothing to do: this is the reader that the difference analysis works on."""

    def signature_dictionary(self, value: Any) -> SignatureDictionary | None:
        """Read the value of a signature field; ``None`` when it is no dictionary.

        pyHanko reads the hexadecimal digits of ``Contents`` one at a time, which is two fifths of its time: the digits are cut
        out before it parses, and the finished dictionary is put into its cache.
        """
        if is_ref(value):
            fast = self._fast((int(value.idnum), int(value.generation)))
            if fast is not None:
                return fast
        entries = follow(value)
        if not is_dict(entries):
            return None
        raw = dict(entries).get("/Contents")
        raw = getattr(raw, "raw_object", raw)
        raw = follow(raw) if is_ref(raw) else raw
        return SignatureDictionary(entries, string_bytes(raw), None)

    def _fast(self, ref: Ref) -> SignatureDictionary | None:
        reference = generic.Reference(*ref, self.reader)
        start = self.reader.xrefs[reference]
        if not isinstance(start, int):
            return None
        cut = self._cut(start)
        if cut is None:
            return None
        text, digits, token = cut
        try:
            parsed = BytesIO(text)
            if read_object_header(parsed, strict=False) != ref:
                return None
            entries = generic.read_object(parsed, reference)
            contents = bytes.fromhex(digits.decode("ascii"))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 # whatever pyHanko throws at hostile bytes: its own slow path then decides
            return None
        if not is_dict(entries) or string_bytes(dict(entries).get("/Contents")) != _MARKED:
            return None
        held = generic.ByteStringObject(contents)
        held.container_ref = reference
        dict.__setitem__(entries, generic.NameObject("/Contents"), held)
        if self.reader.encrypted:
            entries = generic.proxy_encrypted_obj(entries, self.reader.security_handler)
        self.reader.cache_indirect_object(ref[1], ref[0], entries)
        return SignatureDictionary(self.reader.get_object(reference), contents, token)

    def _cut(self, start: int) -> tuple[bytes, bytes, tuple[int, int]] | None:
        """The object's text with the digits of ``Contents`` replaced by a mark, the digits, their place."""
        self.stream.seek(start)
        head = self.stream.read(_WINDOW)
        found = _CONTENTS.search(head)
        if found is None:
            return None
        open_, close = found.end(), head.find(b">", found.end())
        while close < 0 and len(head) < 16 * 1024 * 1024:
            more = self.stream.read(_WINDOW * 4)
            if not more:
                return None
            close, head = more.find(b">"), head + more
            close = close if close < 0 else len(head) - len(more) + close
        if close < 0:
            return None
        after = head[close:] if len(head) - close >= _WINDOW else head[close:] + self.stream.read(_WINDOW)
        digits = head[open_:close].translate(None, WHITESPACE)
        digits += b"0" * (len(digits) % 2)
        return head[:open_] + _MARK + after, digits, (start + open_ - 1, start + close + 1)


def open_pdf(stream: BinaryIO, limits: Limits, password: str | None) -> PdfDocument:
    """Open a PDF for reading.

    Raises:
        LimitExceededError: more revisions or cross-references than the limits allow.
        UnreadableDocumentError: no structure can be read (``PDF_STRUCTURE``), or the document is encrypted and the
            password is missing or wrong (``PDF_ENCRYPTED``).
    """
    size = stream.seek(0, os.SEEK_END)
    header_version(stream)
    reason: str | None = None
    for startxref, end in startxrefs(stream, size):
        try:
            reader = BoundedReader(stream, startxref, size, limits)
            document = PdfDocument(reader, stream, size=size, end=end, salvaged=reason is not None)
            _unlock(reader, password)
        except LimitExceededError:
            raise
        except UnreadableDocumentError as error:
            if error.code == "PDF_ENCRYPTED":
                raise
            reason = error.message
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 # the door: pyHanko throws its own and Python's errors at damaged files
            reason = f"{type(error).__name__}: {error}"
        else:
            if document.root():
                return _within(document, limits)
            reason = "the catalog is no dictionary"
    raise UnreadableDocumentError(
        f"the structure of the PDF cannot be read: {(reason or 'no startxref before the end of the file')[:300]}",
        code="PDF_STRUCTURE",
        hint="the file is damaged or was changed on purpose; ask for the document as it was signed",
    )


def _within(document: PdfDocument, limits: Limits) -> PdfDocument:
    revisions = document.number(len(document.sections) - 1)
    if revisions > limits.pdf_revisions:
        raise LimitExceededError(
            f"{revisions} revisions, at most {limits.pdf_revisions} are read",
            hint="raise Limits.pdf_revisions if the document is meant so",
        )
    return document


def _unlock(reader: Any, password: str | None) -> None:
    if not reader.encrypted:
        return
    if isinstance(reader.security_handler, StandardSecurityHandler):
        for attempt in ("", password):
            if attempt is not None and reader.decrypt(attempt).status is not AuthStatus.FAILED:
                return
        said = "the password is wrong" if password else "the document is encrypted and no password was given"
    else:
        said = "the document is encrypted for certain recipients' keys"
    raise UnreadableDocumentError(said, code="PDF_ENCRYPTED", hint="give the password that opens the document")


raw.register(
    lambda stream, purpose: stream.read_data(DecodePurpose[purpose]),
    dictionary=generic.DictionaryObject,
    stream=generic.StreamObject,
    array=generic.ArrayObject,
    reference=generic.IndirectObject,
    null=generic.NullObject,
    text=generic.TextStringObject,
    octets=generic.ByteStringObject,
    integer=generic.NumberObject,
)
