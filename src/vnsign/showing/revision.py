"""The signed revision of a PDF: the file as it was when it was signed."""

from __future__ import annotations

from vnsign._verify import Document
from vnsign.errors import ConfigurationError
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import CoverageScope
from vnsign.model.limits import Limits
from vnsign.model.report import DocumentReport
from vnsign.showing.gate import admitted, verified_bytes

_WHOLE = (CoverageScope.WHOLE_DOCUMENT, CoverageScope.WHOLE_REVISION)


def signed_revision(
    document: Document,
    report: DocumentReport,
    signature_id: str,
    *,
    password: str | None = None,
    even_if_broken: bool = False,
) -> bytes:
    """The bytes of the revision that a signature covers: the file from its start to the end of the byte range.

    Between them stands the signature itself (ISO 32000-2, 12.8.1), the one stretch that the byte range leaves out.

    Args:
        document: the PDF that was verified.
        report: of that very file.
        signature_id: as in the report.
        password: of an encrypted PDF.
        even_if_broken: hand the bytes out although the signature does not hold: they are not what was signed then.

    Returns:
        A PDF of its own.

    Raises:
        ConfigurationError: ``NO_SUCH_SIGNATURE``, ``NOT_INTACT``, ``OTHER_DOCUMENT``, ``NOT_PDF``; ``NOT_A_REVISION`` where
            the byte range does not start at 0, leaves out more than the signature, or does not end with a revision.
        UnreadableDocumentError: the file cannot be read.

    Not checked: trust, time, revocation: the report tells.
    """
    if report.format != "pdf":
        raise ConfigurationError("only PDF files have revisions", code="NOT_PDF", hint="take the signed data instead")
    signature = admitted(report, signature_id, even_if_broken=even_if_broken)
    from vnsign.formats.pdf.signed_ranges import signed_ranges

    source, limits = DocumentSource.of(document), Limits()
    data = verified_bytes(source, report, limits)
    held = DocumentSource(source.name, data=data)
    found = signed_ranges(held, limits=limits, password=password).get(signature_id)
    if found is None or not found.clean or signature.coverage not in _WHOLE:
        said = "none" if found is None else " ".join(str(number)[:20] for number in found.range.numbers[:8]) or "none"
        raise ConfigurationError(
            f"signature {signature_id!r} does not cover a revision of the file as a whole (byte range {said} of {len(data)})",
            code="NOT_A_REVISION",
            hint="what it covers is no document of its own; read the report's findings",
        )
    return data[: found.range.end]
