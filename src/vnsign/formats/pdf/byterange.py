"""Byte ranges: read strictly, judged piece by piece, digested as a stream (ISO 32000-2, 12.8.1, ``ByteRange``)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, BinaryIO

from vnsign.crypto import digests
from vnsign.errors import ConfigurationError
from vnsign.formats.pdf import raw as pdf
from vnsign.model.facts import Problem

DELIMITERS_SIGNED = "pdf.contents-delimiters-signed"
"""Some old tools sign the angle brackets of ``Contents`` too: not the form of the standard, but nothing else is left out."""

_PIECE = 1024 * 1024
_MOST_NUMBERS = 64
_MOST_PASSES = 8
_HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF" + pdf.WHITESPACE)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """What a ``ByteRange`` says and what is wrong with it.

    Attributes:
        numbers: the integers as written.
        pieces: ``(start, end)`` of each stretch that can be digested, in order; empty when none can.
        problems: each deviation from the form that leaves out exactly the ``Contents`` string.
    """

    numbers: tuple[int, ...] = ()
    pieces: tuple[tuple[int, int], ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def end(self) -> int:
        """Offset after the last byte covered; 0 when nothing is."""
        return self.pieces[-1][1] if self.pieces else 0

    @property
    def size(self) -> int:
        """Number of bytes covered."""
        return sum(end - start for start, end in self.pieces)

    @property
    def gap(self) -> tuple[int, int] | None:
        """The stretch left out between two pieces that start at 0; ``None`` for any other form."""
        if len(self.pieces) == 2 and self.pieces[0][0] == 0:
            return self.pieces[0][1], self.pieces[1][0]
        return None

    def words(self) -> str:
        """``bytes 0-839, 9032-11999``: first and last byte of each piece."""
        return "bytes " + ", ".join(f"{start}-{end - 1}" for start, end in self.pieces if end > start)


def read_byte_range(value: Any, size: int) -> ByteRange:
    """Read a ``ByteRange`` entry.

    Args:
        value: the entry, reference followed; ``None`` when missing.
        size: of the file.

    Returns:
        The numbers with their problems. Pieces are given whenever the numbers can be digested at all, so that a digest is
        computed for odd ranges too; the gap is judged by :func:`check_gap`.
    """
    if pdf.is_null(value):
        return ByteRange(problems=(Problem("pdf.byte-range-missing"),))
    numbers = tuple(pdf.follow(item) for item in pdf.items(value)[: _MOST_NUMBERS + 1])
    if not numbers or not all(pdf.is_integer(number) for number in numbers):
        return ByteRange(problems=(_problem("pdf.byte-range-malformed", found=_shown(numbers)),))
    whole = tuple(int(number) for number in numbers)
    return ByteRange(whole, _pieces(whole, size), tuple(_faults(whole, size)))


def _faults(numbers: tuple[int, ...], size: int) -> Iterable[Problem]:
    if len(numbers) != 4:
        yield _problem("pdf.byte-range-malformed", found=_shown(numbers))
    if numbers[0] != 0:
        yield _problem("pdf.byte-range-start", found=numbers[0])
    spans = _spans(numbers)
    if min(numbers) < 0 or not _ordered(spans):
        yield _problem("pdf.byte-range-order", found=_shown(numbers))
    if any(end > size for _, end in spans):
        yield _problem("pdf.byte-range-outside-file", found=_shown(numbers), size=size)


def _spans(numbers: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(start, start + length) for start, length in zip(numbers[::2], numbers[1::2], strict=False)]


def _ordered(spans: list[tuple[int, int]]) -> bool:
    return all(start >= before for (_, before), (start, _) in pairwise(spans))


def _pieces(numbers: tuple[int, ...], size: int) -> tuple[tuple[int, int], ...]:
    spans = _spans(numbers)
    usable = len(numbers) % 2 == 0 and len(numbers) <= _MOST_NUMBERS and min(numbers) >= 0
    return tuple(spans) if usable and _ordered(spans) and all(end <= size for _, end in spans) else ()


def check_gap(found: ByteRange, token: tuple[int, int] | None, stream: BinaryIO) -> tuple[Problem, ...]:
    """Whether the bytes left out are exactly the ``Contents`` string, delimiters included, and nothing else.

    Args:
        found: the byte range.
        token: offsets of the string of this very dictionary, as it was parsed.
        stream: the file.
    """
    gap = found.gap
    if gap is None:
        return ()
    start, end = gap
    if token is None:
        return (_problem("pdf.contents-outside-gap", gap=f"{start}-{end}", contents="not a string of a top-level object"),)
    if gap == (token[0] + 1, token[1] - 1):
        return (_problem(DELIMITERS_SIGNED, gap=f"{start}-{end}"),)
    if token != gap:
        return (_problem("pdf.contents-outside-gap", gap=f"{start}-{end}", contents=f"{token[0]}-{token[1]}"),)
    stream.seek(start)
    held = stream.read(end - start)
    if held[:1] != b"<" or held[-1:] != b">" or not _HEXADECIMAL.issuperset(held[1:-1]):
        return (_problem("pdf.contents-not-hexadecimal", gap=f"{start}-{end}"),)
    return ()


class RangeDigests:
    """Digests over byte ranges, each stretch of the file read once for a digest algorithm.

    All ranges start with a prefix of the file, so one running hash over the file is copied where each prefix ends.
    """

    def __init__(self, stream: BinaryIO, size: int, ranges: Iterable[ByteRange]) -> None:
        self._stream = stream
        self._size = size
        self._cuts = sorted({r.pieces[0][1] for r in ranges if r.pieces and r.pieces[0][0] == 0})
        self._prefixes: dict[str, dict[int, Any]] = {}
        self._done: dict[tuple[str, ByteRange], bytes] = {}
        # sound signatures share almost all of their bytes; 64 made to share none would cost 64 passes over the file
        self._budget = max(_MOST_PASSES * size, 64 * _PIECE)

    def whole(self) -> str:
        """Lower-case hexadecimal SHA-256 of the whole file."""
        running = self._trunk("sha256", digests.new("sha256"))
        self._feed(running, self._cuts[-1] if self._cuts else 0, self._size)
        return str(running.hexdigest())

    def digest(self, found: ByteRange, name: str) -> bytes | None:
        """The digest over the pieces of a range; ``None`` for an unknown algorithm and for a range that covers nothing."""
        if found.size == 0 or self._budget < 0:
            return None
        known = self._done.get((name, found))
        if known is not None:
            return known
        try:
            running = digests.new(name)
        except ConfigurationError:
            return None
        pieces = found.pieces
        if pieces[0][0] == 0:
            if name not in self._prefixes:
                self._trunk(name, running)
            running, pieces = self._prefixes[name][pieces[0][1]].copy(), pieces[1:]
        for start, end in pieces:
            self._feed(running, start, end)
        result: bytes = running.digest()
        self._done[name, found] = result
        return result

    def _trunk(self, name: str, running: Any) -> Any:
        copies: dict[int, Any] = {}
        position = 0
        for cut in self._cuts:
            self._feed(running, position, cut)
            copies[cut] = running.copy()
            position = cut
        self._prefixes[name] = copies
        return running

    def _feed(self, running: Any, start: int, end: int) -> None:
        self._stream.seek(start)
        left = end - start
        self._budget -= left
        while left > 0:
            piece = self._stream.read(min(left, _PIECE))
            if not piece:
                break
            running.update(piece)
            left -= len(piece)


def _problem(rule: str, **parameters: object) -> Problem:
    return Problem(rule, tuple((name, str(value)) for name, value in parameters.items()))


def _shown(numbers: tuple[Any, ...]) -> str:
    return "[" + " ".join(str(number)[:20] if pdf.is_integer(number) else "?" for number in numbers[:8]) + "]"
