"""What a document's signatures and references leave free: what must be known to append a revision beside them."""

from __future__ import annotations

from dataclasses import dataclass

from vnsign.errors import UnreadableDocumentError, VnsignError
from vnsign.formats.ids import unique
from vnsign.formats.pdf import pyhanko_adapter as pdf
from vnsign.formats.pdf.fields import FilledField, signature_fields
from vnsign.formats.pdf.references import unused_number
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits


@dataclass(frozen=True, slots=True)
class Standing:
    """What a further revision must know of a document.

    Attributes:
        contents: the whole ``Contents`` strings, padding included, by signature id; without those that cannot be read.
        unused: the first number for new objects.
    """

    contents: dict[str, bytes]
    unused: int


def read_standing(source: DocumentSource, *, limits: Limits, password: str | None = None) -> Standing:
    """Read what is needed to append a revision that changes nothing.

    Args:
        source: where the bytes are.
        limits: bounds on hostile input.
        password: opens an encrypted document.

    Raises:
        UnreadableDocumentError, LimitExceededError: as :func:`vnsign.formats.pdf.read.read_pdf` raises them; also a document
            whose last revision cannot be read (``PDF_STRUCTURE``): nothing can be appended to it.
    """
    with source.open(limits) as stream:
        try:
            document = _whole(pdf.open_pdf(stream, limits, password))
            filled = signature_fields(document, limits).filled
            ids = unique(found.names[0] or "(no name)" for found in filled)
            read = {id_: _contents(document, found) for id_, found in zip(ids, filled, strict=True)}
            unused = unused_number(document)
        except (VnsignError, MemoryError):
            raise
        except Exception as error:  # the door: nothing foreign leaves
            raise UnreadableDocumentError(
                f"{source.name}: the PDF cannot be read: {type(error).__name__}: {error}"[:500], code="PDF_STRUCTURE"
            ) from error
    return Standing({id_: contents for id_, contents in read.items() if contents}, unused)


def _whole(document: pdf.PdfDocument) -> pdf.PdfDocument:
    if document.salvaged:
        raise UnreadableDocumentError(
            "the last revision of the PDF cannot be read", code="PDF_STRUCTURE", hint="the document is damaged"
        )
    return document


def _contents(document: pdf.PdfDocument, found: FilledField) -> bytes | None:
    try:
        dictionary = document.signature_dictionary(found.value)
    except (VnsignError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 # one damaged signature must not keep the others from being raised
        return None
    return None if dictionary is None else dictionary.contents
