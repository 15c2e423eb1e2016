"""A document and what is appended to it, kept apart, so that a large document is in memory once and not once a step."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined] # typeshed knows it from 3.12 on

_BUFFER = 1 << 16


@dataclass(frozen=True, slots=True)
class Appended:
    """Octets in two parts, joined only where one object is asked for.

    Attributes:
        document: what was there.
        update: what follows.
    """

    document: bytes = field(repr=False)
    update: bytes = field(repr=False)

    def __len__(self) -> int:
        return len(self.document) + len(self.update)

    def join(self) -> bytes:
        """Both in one object."""
        return b"".join((self.document, self.update))

    def open(self) -> BinaryIO:
        """Both in one stream, for reading; nothing is copied."""
        return cast("BinaryIO", io.BufferedReader(AppendingStream(self.document, self.update), _BUFFER))


class AppendingStream(io.RawIOBase):
    """A stream over a document that grows at its end. The document's own octets cannot be written.

    Args:
        document: what is there.
        update: what was appended already.
    """

    def __init__(self, document: bytes, update: bytes = b"") -> None:
        super().__init__()
        self._head, self._size = io.BytesIO(document), len(document)  # shares the octets as long as it is not written to
        self._tail = io.BytesIO(update)
        self._position = 0

    def appended(self) -> bytes:
        """What was appended."""
        return self._tail.getvalue()

    def readable(self) -> bool:
        """It is."""
        return True

    def writable(self) -> bool:
        """It is, after the document."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Offset from the start of the document."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to an offset."""
        if whence == os.SEEK_CUR:
            offset += self._position
        elif whence == os.SEEK_END:
            offset += self._size + len(self._tail.getbuffer())
        if offset < 0:
            raise ValueError(f"negative offset {offset}")
        self._position = offset
        return offset

    def readinto(self, buffer: Buffer) -> int:
        """Read as much as one of the two parts gives."""
        part, start = (self._head, 0) if self._position < self._size else (self._tail, self._size)
        part.seek(self._position - start)
        count = part.readinto(buffer)
        self._position += count
        return count

    def write(self, data: Buffer) -> int:
        """Write after the document.

        Raises:
            OSError: the position is inside it.
        """
        if self._position < self._size:
            raise OSError("the document itself is not written to")
        self._tail.seek(self._position - self._size)
        count = self._tail.write(data)
        self._position += count
        return count
