"""One file read by both readers: whatever the strict one reads, pyHanko's reads the same."""

from __future__ import annotations

import io

from vnsign.formats.pdf.objects.document import StrictDocument
from vnsign.formats.pdf.pyhanko_adapter import open_pdf
from vnsign.formats.pdf.read import facts_of
from vnsign.formats.pdf.readers import read_strictly
from vnsign.model.facts import DocumentFacts
from vnsign.model.limits import Limits

LIMITS = Limits()


def strictly(data: bytes, limits: Limits = LIMITS) -> DocumentFacts | None:
    """The facts that the strict reader gives; ``None`` where it leaves the file to the other."""
    stream = io.BytesIO(data)
    return read_strictly(lambda document: facts_of(document, stream, limits), stream, limits)


def tolerantly(data: bytes, limits: Limits = LIMITS) -> DocumentFacts:
    """The facts that pyHanko's reader gives."""
    stream = io.BytesIO(data)
    return facts_of(open_pdf(stream, limits, None), stream, limits)


def accepted(data: bytes, limits: Limits = LIMITS) -> bool:
    """Whether the strict reader reads the file; then both must give equal facts."""
    facts = strictly(data, limits)
    if facts is None:
        return False
    assert facts == tolerantly(data, limits)
    return True


def doubt(data: bytes) -> str:
    """Why the strict reader does not read a file; empty where it does."""
    stream = io.BytesIO(data)
    try:
        document = StrictDocument(stream, LIMITS)
        document.root()
        facts_of(document, stream, LIMITS)
    except Exception as error:  # noqa: BLE001 # whatever it is, it is the reason
        return str(error) or type(error).__name__
    return document.doubt
