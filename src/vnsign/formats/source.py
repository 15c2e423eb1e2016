"""Where a document's bytes are: in memory or in a file. Opened once, so that what is hashed is what is read."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from vnsign.errors import LimitExceededError, UnreadableDocumentError
from vnsign.formats.appended import Appended
from vnsign.model.limits import Limits


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """A document to be read: ``data`` or ``path``, and a ``name`` for people.

    The name is never used to learn the format.
    """

    name: str
    data: bytes | Appended | None = field(default=None, repr=False)
    path: Path | None = None

    @classmethod
    def of(cls, document: bytes | Path | str | DocumentSource, name: str | None = None) -> DocumentSource:
        """Make a source of bytes, of a path, or of a source."""
        if isinstance(document, DocumentSource):
            return document
        if isinstance(document, bytes | bytearray | memoryview):
            return cls(name or "document", data=bytes(document))
        path = Path(document)
        return cls(name or str(path), path=path)

    @contextmanager
    def open(self, limits: Limits) -> Iterator[BinaryIO]:
        """Open for reading, at the start, after checking the size.

        Raises:
            LimitExceededError: larger than ``limits.document_bytes``.
            UnreadableDocumentError: no such file, a directory, no permission.
        """
        try:
            stream: BinaryIO = self._stream() if self.path is None else self.path.open("rb")
        except OSError as error:
            raise UnreadableDocumentError(
                f"{self.name}: {error.strerror or error}", code="CANNOT_OPEN", hint="check the path and its permissions"
            ) from error
        with stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(0)
            if size > limits.document_bytes:
                raise LimitExceededError(
                    f"{self.name}: {size} bytes, at most {limits.document_bytes} are read",
                    hint="raise Limits.document_bytes if the document is meant to be this large",
                )
            yield stream

    def _stream(self) -> BinaryIO:
        return self.data.open() if isinstance(self.data, Appended) else io.BytesIO(self.data or b"")

    def read(self, limits: Limits) -> bytes:
        """All bytes. Same errors as :meth:`open`."""
        with self.open(limits) as stream:
            try:
                return stream.read()
            except OSError as error:
                raise UnreadableDocumentError(f"{self.name}: {error.strerror or error}", code="CANNOT_OPEN") from error
