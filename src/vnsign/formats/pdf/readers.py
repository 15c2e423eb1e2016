"""Which reader reads a PDF: the strict one for a file without anything unusual, pyHanko's for every other."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, TypeVar

from vnsign.formats.pdf.objects.document import open_strictly
from vnsign.formats.pdf.raw import PdfDocument
from vnsign.model.limits import Limits

_Found = TypeVar("_Found")


def read_with(
    reading: Callable[[PdfDocument], _Found], stream: BinaryIO, limits: Limits, password: str | None = None
) -> _Found:
    """Apply a reading to the document in a file.

    Args:
        reading: what is to be read of it; it may be asked twice and must not keep anything of the first time.
        stream: the file.
        limits: bounds on hostile input.
        password: opens an encrypted document.

    Returns:
        What was read, the same from either reader. Nothing counts that was read before the strict reader had a doubt, and
        no error of its is ever told.

    Raises:
        UnreadableDocumentError, LimitExceededError: as ``pyhanko_adapter.open_pdf`` and the reading raise them.
    """
    found = read_strictly(reading, stream, limits)
    if found is not None:
        return found
    from vnsign.formats.pdf.pyhanko_adapter import open_pdf

    return reading(open_pdf(stream, limits, password))


def read_strictly(reading: Callable[[PdfDocument], _Found], stream: BinaryIO, limits: Limits) -> _Found | None:
    """The same with the strict reader alone; ``None`` where it does not read the file or cannot say everything asked for."""
    document = open_strictly(stream, limits)
    if document is None:
        return None
    try:
        found = reading(document)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 # what raises here raises with the other reader, which finds the words for it
        return None
    return None if document.doubt else found
