"""The strict reader's document: objects by reference as of each revision, as ``raw.PdfDocument`` wants them.

What is not read strictly raises ``IrregularError``, and the document keeps in ``doubt`` that it did: those who ask may let one
object go unread, but then nothing that was read of the whole file counts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

from vnsign.formats.pdf import raw
from vnsign.formats.pdf.objects import filters
from vnsign.formats.pdf.objects.parse import Parser
from vnsign.formats.pdf.objects.sections import XrefSection, last_startxref, read_object, read_sections
from vnsign.formats.pdf.objects.values import NULL, Dictionary, IrregularError, Reference, Stream
from vnsign.formats.pdf.objects.window import File
from vnsign.formats.pdf.objects.xref import InStream, Ref
from vnsign.model.limits import Limits

_HEADER = re.compile(rb"%PDF-(\d)\.(\d)")
_VERSION = re.compile(r"/(\d)\.(\d)\Z")
_NUMBERS = re.compile(rb"[\d\x00\t\n\x0c\r ]*\Z")
_CONTENTS = re.compile(rb"/Contents[\x00\t\n\x0c\r ]*<(?!<)")
_MIB = 1024 * 1024
_CONTENTS_WITHIN = 32 * 1024
_OF_STREAMS = frozenset({"/Length", "/Filter", "/DecodeParms", "/W", "/Type", "/Index", "/XRefStm"})
_MOST_OBJECTS = 200_000
# decoded sizes below which the tolerant reader accepts whatever the compression: above, it decides
_MOST_OBJECT_STREAM, _MOST_LIST = 4 * _MIB, 4 * _MIB


def open_strictly(stream: BinaryIO, limits: Limits) -> StrictDocument | None:
    """Open a PDF that has nothing unusual in its outer structure.

    Args:
        stream: the file.
        limits: bounds on revisions and decoded bytes; all bounds here are at most as wide.

    Returns:
        The document; ``None`` where another reader must look at it.
    """
    try:
        document = StrictDocument(stream, limits)
        document.root()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 # whatever goes wrong here goes to the tolerant reader, which judges it
        return None
    return document


class _View:
    """The document as of a section."""

    def __init__(self, document: StrictDocument, section: int) -> None:
        self._document = document
        self._section = section
        self._known: dict[Ref, Any] = {}
        self._waiting: set[Ref] = set()

    def resolve(self, number: int, generation: int) -> Any:
        """The object as of this section; see :class:`~vnsign.formats.pdf.objects.values.Resolver`."""
        ref = number, generation
        if ref not in self._known:
            with _Noting(self._document):
                if ref in self._waiting or len(self._known) > _MOST_OBJECTS:
                    raise IrregularError("an object that needs itself, or too many objects")
                self._waiting.add(ref)
                self._known[ref] = self._document.read(ref, self._section, self)
                self._waiting.discard(ref)
        return self._known[ref]

    def decoded(self, stream: Stream, purpose: str) -> bytes:
        """The decoded bytes of a stream; see :class:`~vnsign.formats.pdf.objects.values.Resolver`."""
        with _Noting(self._document):
            return self._document.decode(stream, purpose)


class _Noting:
    """Whatever fails inside is noted as the document's doubt and leaves as ``IrregularError``."""

    def __init__(self, document: StrictDocument) -> None:
        self._document = document

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        self._document.doubt = str(error) or type(error).__name__
        if isinstance(error, Exception) and not isinstance(error, IrregularError | MemoryError):
            raise IrregularError(self._document.doubt) from error


def _speaking(sections: Sequence[XrefSection]) -> dict[Ref, list[int]]:
    """The sections that speak of an object, the last one first, so that none need be asked that does not."""
    found: dict[Ref, list[int]] = {}
    for index in range(len(sections) - 1, -1, -1):
        for ref in sections[index].entries.all_written():
            found.setdefault(ref, []).append(index)
    return found


class StrictDocument(raw.PdfDocument):
    """One PDF, read strictly.

    Attributes:
        doubt: why something in it was not read; empty as long as all that was asked for is beyond doubt.
    """

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self.stream = stream
        self.size = stream.seek(0, os.SEEK_END)
        self.salvaged = False
        self.doubt = ""
        self._limits = limits
        self._decoded_left = limits.pdf_decoded_bytes // 4
        self._file = File(stream, self.size)
        self._header = _header(self._file)
        self._views: dict[int, _View] = {}
        self._object_streams: dict[int, _ObjectStream] = {}
        startxref, self.end = last_startxref(self._file)
        # references in trailers are asked for as of the last section, whose number is known only once all are read
        late = _Latest(self)
        self._xrefs: list[XrefSection] = read_sections(self._file, startxref, late, limits.pdf_revisions)
        self._speaking = _speaking(self._xrefs)
        self._trailers: dict[int, Dictionary] = {}
        self.sections = tuple(
            raw.Section(item.startxref, item.startxref, item.end, item.trailer["/Size"]) for item in self._xrefs
        )

    @property
    def version(self) -> tuple[int, int]:
        """The version of the header, or of the catalog where that says one."""
        said = self.root().get("/Version")
        if said is None:
            return self._header
        found = _VERSION.match(said) if isinstance(said, str) else None
        if found is None:
            self.doubt = "an unusual version"
            raise IrregularError(self.doubt)
        return int(found[1]), int(found[2])

    @property
    def encrypted(self) -> bool:
        """No encrypted document is read here."""
        return False

    def root(self, section: int | None = None) -> Any:
        """The catalog as of a section."""
        last = len(self._xrefs) - 1 if section is None else section
        ref = raw.ref_of(self.trailer_at(last).get("/Root"))
        found = self.view(last).resolve(*ref) if ref is not None else None
        if type(found) is not Dictionary:
            self.doubt = "the catalog is no dictionary"
            raise IrregularError(self.doubt)
        return found

    def view(self, section: int) -> _View:
        """The document as of a section."""
        if section not in self._views:
            self._views[section] = _View(self, section)
        return self._views[section]

    @property
    def latest(self) -> _View:
        """The document as of its last section."""
        return self.view(len(self._xrefs) - 1)

    def _known(self, ref: Ref, section: int) -> tuple[int | None, int | InStream | None]:
        """The section, at or before the given one, that last spoke of an object, and the place it named."""
        for index in self._speaking.get(ref, ()):
            if index <= section:
                spoken, place = self._xrefs[index].entries.known(ref)
                if spoken:
                    return index, place
        return None, None

    def last_change(self, ref: Ref) -> int | None:
        """The section that last wrote an object; ``None`` when none did."""
        return self._known(ref, len(self._xrefs) - 1)[0]

    def written_in(self, section: int) -> frozenset[Ref]:
        """The objects that a section writes or frees."""
        return self._xrefs[section].entries.all_written()

    def freed_in(self, section: int) -> frozenset[Ref]:
        """The objects that a section frees."""
        freed = self._xrefs[section].entries.freed
        return frozenset((number, generation - 1) for number, generation in freed.items() if generation > 0)

    def defined_at(self, ref: Ref, section: int) -> bool:
        """Whether an object has a value as of a section."""
        return self._known(ref, section)[1] is not None

    def object_at(self, ref: Ref, section: int | None = None) -> Any:
        """An object as of a section."""
        return (self.latest if section is None else self.view(section)).resolve(*ref)

    def trailer_at(self, section: int) -> Any:
        """The entries of all trailers up to a section, the newest of each key, without those of cross-reference streams."""
        if section not in self._trailers:
            found = Dictionary()
            for item in self._xrefs[: section + 1]:
                found.update((key, value) for key, value in item.trailer.items() if key not in _OF_STREAMS)
            self._trailers[section] = found
        return self._trailers[section]

    def trailer_entries(self, key: str) -> tuple[Any, ...]:
        """The entry of every trailer that has it itself, newest first."""
        trailers = [item.trailer for item in reversed(self._xrefs)]
        return tuple(trailer.raw_get(key) for trailer in trailers if key in trailer)

    def object_stream_numbers(self, last: int) -> frozenset[int]:
        """The numbers of the object streams that the sections up to the last one use."""
        used = [place.stream for item in self._xrefs[: last + 1] for place in item.entries.in_streams.values()]
        return frozenset(used)

    def object_streams(self) -> Iterator[tuple[int, bytes]]:
        """The decoded object streams of all revisions, each once, with their offsets in the file."""
        for number in sorted(self.object_stream_numbers(len(self._xrefs) - 1)):
            place = self._known((number, 0), len(self._xrefs) - 1)[1]
            with _Noting(self):
                data = self._object_stream(number).data
            yield (place if isinstance(place, int) else 0), data

    def require_comparison(self) -> None:
        """Give way: the difference analysis works on pyHanko's objects."""
        self.doubt = "a later revision that has to be compared"
        raise IrregularError(self.doubt)

    def signature_dictionary(self, value: Any) -> raw.SignatureDictionary | None:
        """Read the value of a signature field; ``None`` when it is no dictionary."""
        with _Noting(self):
            entries = raw.follow(value)
            if not raw.is_dict(entries):
                return None
            if raw.is_stream(entries):
                raise IrregularError("a stream as signature dictionary")
            contents = dict.get(entries, "/Contents")
            held = raw.follow(contents) if raw.is_ref(contents) else contents
            token = entries.contents_place if raw.is_ref(value) else None
            if token is not None:
                self._check_place(value, token)
            return raw.SignatureDictionary(entries, raw.string_bytes(held), token)

    def _check_place(self, value: Reference, token: tuple[int, int]) -> None:
        """What looks like ``Contents`` first, as a search of bytes finds it, must be it."""
        start = self._known((value.idnum, value.generation), len(self._xrefs) - 1)[1]
        if not isinstance(start, int) or token[0] - start > _CONTENTS_WITHIN:
            raise IrregularError("signature contents in an unusual place")
        found = _CONTENTS.search(self._file.read(start, token[0] + 2 - start))
        if found is None or start + found.end() - 1 != token[0]:
            raise IrregularError("several signature contents")

    def read(self, ref: Ref, section: int, view: _View) -> Any:
        """Read an object as of a section.

        Raises:
            IrregularError: when it has not the regular form.
        """
        place = self._known(ref, section)[1]
        if place is None:
            return NULL
        if isinstance(place, InStream):
            return self._from_stream(ref, place, view)
        found, value, _ = self._file.reading(place, lambda data: read_object(self._file, data, place, view, self.latest))
        if found != ref or type(value) is Reference:
            raise IrregularError("another object than the one that was looked for, or a mere reference")
        return value

    def _from_stream(self, ref: Ref, place: InStream, view: _View) -> Any:
        held = self._object_stream(place.stream)
        if place.position >= len(held.numbers) or held.numbers[place.position] != ref[0]:
            raise IrregularError("an object that is not where the cross-reference says")
        value, _ = Parser(held.data, view, None).value(held.offsets[place.position])
        if type(value) is Reference:
            raise IrregularError("a mere reference in an object stream")
        return value

    def _object_stream(self, number: int) -> _ObjectStream:
        if number not in self._object_streams:
            stream = self.latest.resolve(number, 0)
            if type(stream) is not Stream or stream.get("/Type") != "/ObjStm":
                raise IrregularError("no object stream")
            data = self.decode(stream, "OBJECT_STREAM")
            self._object_streams[number] = _object_stream(data, stream.get("/First"), stream.get("/N"))
        return self._object_streams[number]

    def decode(self, stream: Stream, purpose: str) -> bytes:
        """The decoded bytes of a stream, within bounds that are at most as wide as those of the tolerant reader.

        Raises:
            IrregularError: over a bound, damaged, or a filter that is not read here.
        """
        limits = self._limits
        most = {
            "CERTIFICATE": limits.certificate_bytes,
            "OCSP_RESPONSE": limits.ocsp_bytes,
            "CRL": min(limits.crl_bytes, max(_MOST_LIST, 50 * stream.length)),
            "OBJECT_STREAM": _MOST_OBJECT_STREAM,
        }[purpose]
        data = filters.decode(
            self._file.read(stream.start, stream.length),
            stream,
            min(most, limits.pdf_stream_bytes // 2, self._decoded_left),
        )
        self._decoded_left -= len(data)
        return data


class _Latest:
    """The last section of a document whose sections are still being read."""

    def __init__(self, document: StrictDocument) -> None:
        self._document = document

    def resolve(self, number: int, generation: int) -> Any:
        """See :class:`~vnsign.formats.pdf.objects.values.Resolver`."""
        return self._document.latest.resolve(number, generation)

    def decoded(self, stream: Stream, purpose: str) -> bytes:
        """See :class:`~vnsign.formats.pdf.objects.values.Resolver`."""
        return self._document.latest.decoded(stream, purpose)


def _header(file: File) -> tuple[int, int]:
    found = _HEADER.match(file.read(0, 8))
    if found is None:
        raise IrregularError("the file does not start with its header")
    return int(found[1]), int(found[2])


class _ObjectStream(NamedTuple):
    """A decoded object stream, a delimiter added behind; numbers and offsets of its objects in their order."""

    data: bytes
    numbers: tuple[int, ...]
    offsets: tuple[int, ...]


def _object_stream(data: bytes, first: Any, count: Any) -> _ObjectStream:
    if type(first) is not int or type(count) is not int or not 0 <= first <= len(data):
        raise IrregularError("an object stream of unusual form")
    header = data[:first]
    words = [int(word) for word in header.split()] if _NUMBERS.match(header) else []
    numbers, offsets = tuple(words[::2]), tuple(first + offset for offset in words[1::2])
    if len(words) != 2 * count or len(set(numbers)) != count or max(offsets, default=0) > len(data):
        raise IrregularError("an object stream with an unusual header")
    return _ObjectStream(data + b"\n", numbers, offsets)
