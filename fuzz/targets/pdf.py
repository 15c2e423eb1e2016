"""PDF documents: structure, signature dictionaries, revisions."""

from fuzz import outcome, seeds
from vnsign.formats.pdf.read import read_pdf
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits

SEEDS = seeds.pdf


def target(data: bytes) -> str:
    """Read a PDF document."""
    return outcome.of_facts(read_pdf(DocumentSource.of(data), limits=Limits(pdf_decoded_bytes=1 << 25)))
