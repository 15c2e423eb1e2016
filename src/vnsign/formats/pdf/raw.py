"""Raw objects and revisions of a PDF, whichever reader read them: what everything that reads signatures is written with.

Two readers give them: the strict one (``objects``) for files without anything unusual, and pyHanko behind
``pyhanko_adapter`` for all others. Both give values that are asked through the functions of this module alone. pyHanko is
not typed: what comes out of it is ``Any`` and is tested before it is used.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from vnsign.errors import LimitExceededError
from vnsign.formats.pdf.objects import values
from vnsign.formats.pdf.objects.values import NATIVE, IrregularError

Ref = tuple[int, int]
"""Object number and generation."""

WHITESPACE = b"\x00\t\n\x0c\r "


class Section(NamedTuple):
    """One cross-reference section: where its ``startxref`` points, where its data end, the declared ``Size``."""

    startxref: int
    start: int
    end: int
    size: int


class SignatureDictionary(NamedTuple):
    """A signature dictionary with the place of its ``Contents`` string in the file.

    Attributes:
        entries: the dictionary, decrypted where needed.
        contents: the decoded string; ``None`` when missing or not a string.
        token: offsets of the string with its delimiters; ``None`` when the string is not a plain hexadecimal string of a
            top-level object, where no byte range can leave it out.
    """

    entries: Any
    contents: bytes | None
    token: tuple[int, int] | None


class PdfDocument(ABC):
    """The raw objects and revisions of one PDF.

    Attributes:
        stream: the bytes.
        size: of the file.
        end: offset after the ``%%EOF`` that was started from; bytes after it may follow.
        salvaged: the last cross-reference could not be read, so an earlier revision was opened: what follows ``end`` is
            not known to this reader, though a viewer may show it.
        sections: the cross-reference sections, the oldest first.
    """

    stream: BinaryIO
    size: int
    end: int
    salvaged: bool
    sections: tuple[Section, ...]

    @property
    def linearised(self) -> bool:
        """The first two sections belong to one revision: the second lies before the first and closes it."""
        return len(self.sections) > 1 and self.sections[1].start < self.sections[0].start

    def number(self, section: int) -> int:
        """The revision of a section as people count: from 1."""
        return max(1, section + 1 - self.linearised)

    @property
    @abstractmethod
    def version(self) -> tuple[int, int]:
        """The version of the header, or of the catalog where that says one."""

    @property
    @abstractmethod
    def encrypted(self) -> bool:
        """Whether the document is encrypted."""

    @abstractmethod
    def root(self, section: int | None = None) -> Any:
        """The catalog as of a section (``None``: the last); an empty mapping where it cannot be had."""

    @abstractmethod
    def last_change(self, ref: Ref) -> int | None:
        """The section that last wrote an object; ``None`` when none did."""

    @abstractmethod
    def written_in(self, section: int) -> frozenset[Ref]:
        """The objects that a section writes or frees."""

    @abstractmethod
    def freed_in(self, section: int) -> frozenset[Ref]:
        """The objects that a section frees."""

    @abstractmethod
    def defined_at(self, ref: Ref, section: int) -> bool:
        """Whether an object has a value as of a section."""

    @abstractmethod
    def object_at(self, ref: Ref, section: int | None = None) -> Any:
        """An object as of a section."""

    @abstractmethod
    def trailer_at(self, section: int) -> Any:
        """The entries of all trailers up to a section, the newest of each key, without those of cross-reference streams."""

    @abstractmethod
    def trailer_entries(self, key: str) -> tuple[Any, ...]:
        """The entry of every trailer that has it itself, newest first."""

    @abstractmethod
    def object_stream_numbers(self, last: int) -> frozenset[int]:
        """The numbers of the object streams that the sections up to the last one use."""

    @abstractmethod
    def object_streams(self) -> Iterator[tuple[int, bytes]]:
        """The decoded object streams of all revisions, each once, with their offsets in the file."""

    @abstractmethod
    def require_comparison(self) -> None:
        """Called before two revisions are compared object by object, which pyHanko does: a reader may give way to it here."""

    @abstractmethod
    def signature_dictionary(self, value: Any) -> SignatureDictionary | None:
        """Read the value of a signature field; ``None`` when it is no dictionary."""


class _Kinds:
    """The types of each kind of value; a reader adds its own when it is loaded."""

    dictionary: tuple[type[Any], ...] = (values.Dictionary,)
    stream: tuple[type[Any], ...] = (values.Stream,)
    array: tuple[type[Any], ...] = (values.Array,)
    reference: tuple[type[Any], ...] = (values.Reference,)
    null: tuple[type[Any], ...] = (values.Null,)
    text: tuple[type[Any], ...] = (values.Text,)
    octets: tuple[type[Any], ...] = (values.Bytes,)
    integer: tuple[type[Any], ...] = ()
    decode: Callable[[Any, str], bytes]


def register(decode: Callable[[Any, str], bytes], **kinds: type) -> None:
    """Add the types of the other reader, when it is loaded.

    Args:
        decode: gives the decoded bytes of one of its streams for a purpose.
        kinds: ``dictionary``, ``stream``, ``array``, ``reference``, ``null``, ``text``, ``octets``, ``integer``.
    """
    _Kinds.decode = staticmethod(decode)
    for name, kind in kinds.items():
        setattr(_Kinds, name, (*getattr(_Kinds, name), kind))


def is_dict(value: Any) -> bool:
    """A dictionary or stream."""
    return isinstance(value, _Kinds.dictionary)


def is_stream(value: Any) -> bool:
    """A stream."""
    return isinstance(value, _Kinds.stream)


def is_array(value: Any) -> bool:
    """An array."""
    return isinstance(value, _Kinds.array)


def is_ref(value: Any) -> bool:
    """A reference, not followed."""
    return isinstance(value, _Kinds.reference)


def is_null(value: Any) -> bool:
    """Nothing, or the null object."""
    return value is None or isinstance(value, _Kinds.null)


def is_integer(value: Any) -> bool:
    """An integer number."""
    return type(value) is int or isinstance(value, _Kinds.integer)


def ref_of(value: Any) -> Ref | None:
    """Number and generation of a reference; ``None`` for anything else."""
    return (int(value.idnum), int(value.generation)) if is_ref(value) else None


def raw_get(dictionary: Any, key: str) -> Any:
    """An entry without following a reference; ``None`` when missing."""
    try:
        return dictionary.raw_get(key)
    except (KeyError, AttributeError):
        return None


def get(dictionary: Any, key: str) -> Any:
    """An entry, reference followed; ``None`` when missing, null or unreadable."""
    try:
        return dictionary[key]
    except (LimitExceededError, IrregularError):
        raise
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 # one damaged object must not hide the rest of the document
        return None


def items(array: Any) -> list[Any]:
    """The entries of an array without following references; empty for anything else."""
    return [array.raw_get(position) for position in range(len(array))] if is_array(array) else []


def follow(value: Any) -> Any:
    """The object behind a reference; ``None`` when unreadable."""
    if type(value) in NATIVE:
        return value
    try:
        return value.get_object()
    except (LimitExceededError, IrregularError):
        raise
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 # as in :func:`get`
        return None


def string_bytes(value: Any) -> bytes | None:
    """The bytes of a string as written; ``None`` for anything else."""
    kinds = _Kinds.text + _Kinds.octets
    return bytes(value.original_bytes) if isinstance(value, kinds) else None


def text(value: Any) -> str | None:
    """The text of a string or name; ``None`` for anything else."""
    if isinstance(value, values.Bytes):
        raise IrregularError("text in an encoding that is not read here")
    if isinstance(value, _Kinds.octets):
        return bytes(value).decode("latin-1")
    return str(value) if isinstance(value, str) else None


def stream_bytes(value: Any, purpose: str) -> bytes | None:
    """The decoded bytes of a stream, within the limits of its purpose (``CERTIFICATE``, ``CRL``, ``OCSP_RESPONSE``)."""
    if not is_stream(value):
        return None
    try:
        return value.read_data(purpose) if isinstance(value, values.Stream) else bytes(_Kinds.decode(value, purpose))
    except (MemoryError, IrregularError):
        raise
    except Exception:  # noqa: BLE001 # a stream over its limit or damaged is left out
        return None
