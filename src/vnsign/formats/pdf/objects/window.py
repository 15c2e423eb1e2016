"""Pieces of a file, read as far as an object needs: no object costs more than its own length."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, TypeVar

from vnsign.formats.pdf.objects.values import IrregularError

_SIZES = (4 * 1024, 64 * 1024, 1024 * 1024, 16 * 1024 * 1024)
_Found = TypeVar("_Found")


class File:
    """The bytes of a document.

    Attributes:
        size: how many there are.
    """

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self.size = size

    def read(self, start: int, length: int) -> bytes:
        """The bytes of a stretch.

        Raises:
            IrregularError: when it does not lie in the file.
        """
        if start < 0 or length < 0 or start + length > self.size:
            raise IrregularError("an offset outside the file")
        self._stream.seek(start)
        found = self._stream.read(length)
        if len(found) != length:
            raise IrregularError("the file became shorter")
        return found

    def reading(self, start: int, reader: Callable[[bytes], _Found]) -> _Found:
        """What a reader makes of the bytes from an offset; it is given more until it succeeds, 16 MiB at most.

        Raises:
            IrregularError: what the reader raises on the longest piece.
        """
        for size in _SIZES:
            length = min(size, self.size - start)
            whole = length < size or size == _SIZES[-1]
            try:
                return reader(self.read(start, length))
            except IrregularError:
                if whole:
                    raise
        raise IrregularError("an object that is too long")
