"""Which revision a byte range ends with, and how much of the document it covers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vnsign.formats.pdf import raw as pdf
from vnsign.formats.pdf.byterange import ByteRange
from vnsign.model.facts import CoverageScope, Problem

_EOF = re.compile(rb"startxref[\x00\t\n\x0c\r ]+(\d{1,19})[\x00\t\n\x0c\r ]+%%EOF[\x00\t\n\x0c\r ]*\Z")
_TAIL = 1100
_MOST_PADDING = 64 * 1024


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much a byte range covers.

    Attributes:
        scope: whole document, whole revision, part, or nothing.
        section: the cross-reference section that the range ends with; ``None`` when it ends with none.
        problems: why it is only a part.
    """

    scope: CoverageScope
    section: int | None = None
    problems: tuple[Problem, ...] = ()


def coverage(document: pdf.PdfDocument, found: ByteRange, section: int | None, *, exact: bool) -> Coverage:
    """Judge how much of the document a byte range covers.

    Args:
        document: the opened PDF.
        found: the byte range.
        section: the section that last wrote the signature dictionary; ``None`` when unknown.
        exact: the range has the strict form and leaves out exactly the ``Contents`` string.

    Returns:
        WHOLE_DOCUMENT when nothing but white space follows the range; WHOLE_REVISION when the range ends with the
        ``%%EOF`` of the revision that wrote the signature and every cross-reference up to it lies inside; else PARTIAL.
    """
    if found.size == 0:
        return Coverage(CoverageScope.NOTHING)
    if not exact:
        return _partial(document, found, None, "the range does not leave out exactly the signature value")
    if only_white_space(document, found.end, document.size):
        return Coverage(CoverageScope.WHOLE_DOCUMENT, len(document.sections) - 1)
    ends = _section_ending_at(document, found.end)
    if ends is None:
        return _partial(document, found, None, "the range does not end with a revision")
    if section is None or section > ends:
        return _partial(document, found, ends, "the signature was written, or written again, after the revision that it covers")
    if any(held.end > found.end for held in document.sections[: ends + 1]):
        return _partial(document, found, ends, "a cross-reference of the signed revision lies outside the range")
    return Coverage(CoverageScope.WHOLE_REVISION, ends)


def _partial(document: pdf.PdfDocument, found: ByteRange, section: int | None, why: str) -> Coverage:
    parameters = (("covered", found.words()), ("size", str(document.size)), ("why", why))
    return Coverage(CoverageScope.PARTIAL, section, (Problem("pdf.coverage-partial", parameters),))


def only_white_space(document: pdf.PdfDocument, start: int, end: int) -> bool:
    """Whether a stretch of the file is empty or holds nothing but white space (end-of-line marks, padding)."""
    if end - start > _MOST_PADDING:
        return False
    document.stream.seek(start)
    return not document.stream.read(max(0, end - start)).strip(pdf.WHITESPACE)


def _section_ending_at(document: pdf.PdfDocument, end: int) -> int | None:
    start = max(0, end - _TAIL)
    document.stream.seek(start)
    mark = _EOF.search(document.stream.read(end - start))
    if mark is None:
        return None
    pointed = int(mark[1])
    for index, section in enumerate(document.sections):
        if section.startxref == pointed and (section.end <= end):
            return index
    return None
