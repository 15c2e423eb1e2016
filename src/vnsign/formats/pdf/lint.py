"""What in a PDF can change, hide or replace what is seen, before it is signed; and whether a scan is as the rules ask.

A signature fixes bytes, not what is seen: scripts, layers and missing fonts let the same bytes look different tomorrow. Nothing
here says whether a document is true, and nothing is changed.

Not checked: the pixels of pictures (a colour picture of a grey page is colour), text drawn invisibly or under pictures, glyphs
of fonts in CFF and Type 1 programs, replacement text (``ActualText``), whether what is found is used on any page that is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from vnsign.errors import SigningError, UnreadableDocumentError
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits

_LIMITS = Limits()
_MOST_PER_CODE = 50


class LintProfile(StrEnum):
    """What a document is meant to be."""

    STANDARD = "standard"
    """Any document: findings are told, none refuses it."""
    STRICT = "strict"
    """A document that must look the same for good."""
    DIGITISED = "digitised"
    """Strict, and a paper that was scanned: at least 200 dpi, in colour, at its own size, PDF 1.4 or newer."""


class LintWeight(StrEnum):
    """What a finding means under the profile."""

    REFUSED = "refused"
    WARNED = "warned"
    NOTED = "noted"


_R, _W, _N = LintWeight.REFUSED, LintWeight.WARNED, LintWeight.NOTED
_WEIGHTS: dict[str, tuple[LintWeight, LintWeight, LintWeight]] = {
    "PDF_SCRIPT": (_W, _R, _R),
    "PDF_LAUNCH": (_W, _R, _R),
    "PDF_SUBMIT": (_W, _R, _R),
    "PDF_ACTION": (_W, _R, _R),
    "PDF_URI": (_N, _W, _W),
    "PDF_MULTIMEDIA": (_W, _R, _R),
    "PDF_XFA": (_W, _R, _R),
    "PDF_NEED_APPEARANCES": (_W, _R, _R),
    "PDF_HIDDEN_LAYER": (_W, _R, _R),
    "PDF_WIDGET_OVERLAP": (_W, _R, _R),
    "PDF_WIDGET_HIDDEN": (_W, _R, _R),
    "PDF_FONT_REMAPPED": (_W, _R, _R),
    "PDF_FONT_NO_UNICODE": (_W, _R, _R),
    "PDF_FONT_NOT_EMBEDDED": (_W, _R, _R),
    "PDF_EXTERNAL_STREAM": (_W, _R, _R),
    "PDF_EMBEDDED_FILE": (_W, _R, _R),
    "PDF_VERSION_OLD": (_N, _W, _R),
    "PDF_LINT_INCOMPLETE": (_W, _R, _R),
    "SCAN_MISSING": (_N, _N, _R),
    "SCAN_DPI_LOW": (_N, _N, _R),
    "SCAN_NOT_COLOUR": (_N, _N, _R),
    "SCAN_PAGE_SIZE": (_N, _N, _W),
}
CODES = frozenset(_WEIGHTS)
"""Every code that a finding can have. They are stable."""


@dataclass(frozen=True, slots=True)
class Note:
    """What was noticed, before any profile weighs it: code, page (``None``: the document), what was found."""

    code: str
    page: int | None = None
    found: str = ""


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One finding.

    Attributes:
        code: stable, one of :data:`CODES`.
        weight: what it means under the profile asked for.
        page: from 1; ``None`` where it belongs to the document.
        found: what exactly, in short technical English; from the document, so not to be shown unescaped.
    """

    code: str
    weight: LintWeight
    page: int | None = None
    found: str = ""


def lint_pdf(
    document: bytes | DocumentSource,
    *,
    profile: LintProfile = LintProfile.STANDARD,
    limits: Limits = _LIMITS,
    password: str | None = None,
) -> tuple[LintFinding, ...]:
    """Look a PDF over before it is signed.

    Args:
        document: the PDF.
        profile: what it is meant to be; scans are looked at under ``DIGITISED`` alone.
        limits: bounds on hostile input.
        password: opens an encrypted document.

    Returns:
        Findings, the weightiest first, of each code at most 50. What could not be looked at is a finding too
        (``PDF_LINT_INCOMPLETE``): no findings means that everything named in this module was looked at.

    Raises:
        UnreadableDocumentError: no PDF, or one that cannot be read; LimitExceededError: over a limit.
    """
    from vnsign.formats.pdf.pyhanko_adapter import open_pdf

    source = document if isinstance(document, DocumentSource) else DocumentSource("document", data=document)
    with source.open(limits) as stream:
        try:
            notes = list(_notes(open_pdf(stream, limits, password), profile))
        except (UnreadableDocumentError, MemoryError):
            raise
        except Exception as error:  # the door: pyHanko throws its own and Python's errors at damaged objects
            raise UnreadableDocumentError(
                f"the PDF cannot be looked over: {type(error).__name__}: {error}"[:300], code="PDF_STRUCTURE"
            ) from error
    place = list(LintProfile).index(profile)
    findings = [LintFinding(item.code, _WEIGHTS[item.code][place], item.page, item.found[:200]) for item in _few(notes)]
    order = list(LintWeight)
    return tuple(sorted(findings, key=lambda item: (order.index(item.weight), list(_WEIGHTS).index(item.code), item.page or 0)))


def refuse_findings(findings: Iterable[LintFinding]) -> None:
    """Refuse a document with findings that its profile refuses.

    Raises:
        SigningError: ``PDF_LINT``, with the codes in the message.
    """
    refused = [item for item in findings if item.weight is LintWeight.REFUSED]
    if refused:
        codes = ", ".join(dict.fromkeys(item.code for item in refused))
        raise SigningError(
            f"the PDF is not fit to be signed: {codes}",
            code="PDF_LINT",
            hint="`vnsign lint FILE` says where; export the document anew, as PDF/A where the program can",
        )


def _few(notes: Iterable[Note]) -> Iterator[Note]:
    counts: dict[str, int] = {}
    for note in dict.fromkeys(notes):
        counts[note.code] = counts.get(note.code, 0) + 1
        if counts[note.code] <= _MOST_PER_CODE:
            yield note


def _notes(opened: object, profile: LintProfile) -> Iterator[Note]:
    from vnsign.formats.pdf import lint_fonts, lint_forms, lint_scans, lint_walk
    from vnsign.formats.pdf.pyhanko_adapter import PdfDocument

    assert isinstance(opened, PdfDocument)  # noqa: S101 - what open_pdf gives
    if opened.salvaged:
        yield Note("PDF_LINT_INCOMPLETE", None, "the last revision cannot be read")
    if opened.version < (1, 4):
        yield Note("PDF_VERSION_OLD", None, ".".join(map(str, opened.version)))
    walked = lint_walk.walk(opened)
    yield from walked.notes
    yield from lint_fonts.font_notes(walked.fonts)
    yield from lint_forms.layer_notes(opened.root())
    yield from lint_forms.widget_notes(walked.pages)
    if profile is LintProfile.DIGITISED:
        yield from lint_scans.scan_notes(walked.pages)
