"""PDF documents by the strict reader: whatever it reads, pyHanko's reader must read alike."""

import io

from fuzz import outcome, seeds
from vnsign.formats.pdf.pyhanko_adapter import open_pdf
from vnsign.formats.pdf.read import facts_of
from vnsign.formats.pdf.readers import read_strictly
from vnsign.model.limits import Limits

SEEDS = seeds.pdf
_LIMITS = Limits(pdf_decoded_bytes=1 << 25)


def target(data: bytes) -> str:
    """Read a PDF document with both readers where the strict one reads it."""
    stream = io.BytesIO(data)
    facts = read_strictly(lambda document: facts_of(document, stream, _LIMITS), stream, _LIMITS)
    if facts is None:
        return "left to the other reader"
    if facts_of(open_pdf(stream, _LIMITS, None), stream, _LIMITS) != facts:
        raise AssertionError("the readers differ")
    return outcome.of_facts(facts)
