"""Which bytes each signature of a PDF covers, for whoever wants the signed revision itself."""

from __future__ import annotations

from dataclasses import dataclass

from vnsign.errors import UnreadableDocumentError, VnsignError
from vnsign.formats.ids import unique
from vnsign.formats.pdf import raw as pdf
from vnsign.formats.pdf.byterange import DELIMITERS_SIGNED, ByteRange, check_gap, read_byte_range
from vnsign.formats.pdf.fields import signature_fields
from vnsign.formats.pdf.readers import read_with
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits


@dataclass(frozen=True, slots=True)
class SignedRange:
    """The byte range of a signature, and whether it is a prefix of the file but for the signature itself.

    Attributes:
        range: as read.
        clean: it starts at 0, leaves out exactly the ``Contents`` string, and nothing is wrong with it.
    """

    range: ByteRange
    clean: bool


def signed_ranges(source: DocumentSource, *, limits: Limits, password: str | None = None) -> dict[str, SignedRange]:
    """The byte ranges of all filled signature fields, by the ids that :func:`~vnsign.formats.pdf.read.read_pdf` gives them.

    Args:
        source: the document.
        limits: bounds on hostile input.
        password: of an encrypted document.

    Raises:
        UnreadableDocumentError, LimitExceededError: as ``read_pdf``.

    Not checked: digests, values, whether the range ends where a revision ends.
    """
    with source.open(limits) as stream:
        try:
            return read_with(lambda document: _ranges(document, limits), stream, limits, password)
        except (VnsignError, MemoryError):
            raise
        except Exception as error:  # the door: nothing foreign leaves
            raise UnreadableDocumentError(
                f"{source.name}: the PDF cannot be read: {type(error).__name__}"[:500], code="PDF_STRUCTURE"
            ) from error


def _ranges(document: pdf.PdfDocument, limits: Limits) -> dict[str, SignedRange]:
    filled = signature_fields(document, limits).filled
    ids = unique(found.names[0] or "(no name)" for found in filled)
    found: dict[str, SignedRange] = {}
    for id_, field in zip(ids, filled, strict=True):
        dictionary = document.signature_dictionary(field.value)
        if dictionary is None:
            continue
        byte_range = read_byte_range(pdf.get(dictionary.entries, "/ByteRange"), document.size)
        gap = check_gap(byte_range, dictionary.token, document.stream)
        clean = byte_range.gap is not None and not byte_range.problems and all(item.rule == DELIMITERS_SIGNED for item in gap)
        found[id_] = SignedRange(byte_range, clean)
    return found
