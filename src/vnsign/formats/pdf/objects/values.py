"""The values that a PDF is made of (ISO 32000-2, 7.3), as the strict reader gives them.

Numbers and truth values are Python's own; everything else has a type here, so that no value can be taken for one of another
kind. The operations are those that :mod:`vnsign.formats.pdf.raw` needs, which reads pyHanko's objects in the same way.
"""

from __future__ import annotations

from typing import Any, Protocol


class IrregularError(Exception):
    """Something that the strict reader does not read: the whole file goes to the tolerant one. Never leaves the package."""


class Resolver(Protocol):
    """What looks up objects: the document as of one cross-reference section."""

    def resolve(self, number: int, generation: int) -> Any:
        """The object, :data:`NULL` where it has no value.

        Raises:
            IrregularError: when it cannot be read strictly.
        """

    def decoded(self, stream: Stream, purpose: str) -> bytes:
        """The decoded bytes of a stream, within the limits of its purpose.

        Raises:
            IrregularError: more bytes, damaged, or a filter that is not read here.
        """


class Null:
    """The null object; there is one, :data:`NULL`."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


NULL = Null()


class Name(str):
    """A name, with its solidus in front."""

    __slots__ = ()


class Text(str):
    """A string whose bytes are text beyond doubt; ``original_bytes`` are the bytes as written."""

    __slots__ = ("original_bytes",)
    original_bytes: bytes


class Bytes(bytes):
    """A string that may be text in an encoding that is not read here."""

    @property
    def original_bytes(self) -> bytes:
        """The bytes as written."""
        return bytes(self)


class Real:
    """A real number, kept as it is written; two are equal when their values are."""

    __slots__ = ("_value",)

    def __init__(self, written: str) -> None:
        whole, _, fraction = written.lstrip("+-").partition(".")
        digits = f"{whole.lstrip('0')}.{fraction.rstrip('0')}"
        self._value = f"-{digits}" if written.startswith("-") and digits != "." else digits

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Real) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return self._value != "."


class Reference:
    """A reference to an indirect object, as of the revision in which it was read."""

    __slots__ = ("generation", "idnum", "resolver")

    def __init__(self, idnum: int, generation: int, resolver: Resolver) -> None:
        self.idnum = idnum
        self.generation = generation
        self.resolver = resolver

    def get_object(self) -> Any:
        """The object referred to."""
        return self.resolver.resolve(self.idnum, self.generation)


class Array(list[Any]):
    """An array; its references are not followed."""

    __slots__ = ()

    def raw_get(self, position: int) -> Any:
        """The entry at a position, not followed."""
        return list.__getitem__(self, position)


class Dictionary(dict[str, Any]):
    """A dictionary; ``[]`` follows references and has no null entries.

    Attributes:
        contents_place: offsets in the file, delimiters included, of the hexadecimal string that is its ``Contents``; only in
            dictionaries that are an indirect object by themselves, outside of object streams.
    """

    __slots__ = ("contents_place",)
    contents_place: tuple[int, int] | None

    def raw_get(self, key: str) -> Any:
        """An entry, not followed."""
        return dict.__getitem__(self, key)

    def __getitem__(self, key: str) -> Any:
        held = dict.__getitem__(self, key)
        found = held.get_object() if type(held) is Reference else held
        if found is NULL:
            raise KeyError(key)
        return found


class Stream(Dictionary):
    """A stream: its dictionary, and the place of its encoded bytes in the file."""

    __slots__ = ("length", "resolver", "start")
    start: int
    length: int
    resolver: Resolver

    def read_data(self, purpose: str) -> bytes:
        """The decoded bytes; see :meth:`Resolver.decoded`."""
        return self.resolver.decoded(self, purpose)


NATIVE = frozenset({Null, Name, Text, Bytes, Real, Array, Dictionary, Stream, int, bool})
"""The types of values that stand for themselves, as opposed to references."""
