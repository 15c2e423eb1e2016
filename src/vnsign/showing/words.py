"""A comparison in words, and as figures for a report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vnsign.model.report import SignatureReport
from vnsign.report.catalogue import clean, word
from vnsign.report.html import Figure
from vnsign.report.view import DocumentView, Line, Tone
from vnsign.showing.comparison import Comparison
from vnsign.showing.gate import holds


def sentences(found: Comparison, language: str) -> Iterator[str]:
    """What was found, page by page, and what was not compared."""
    count = max(found.pages_signed, found.pages_now)
    if found.same:
        yield _said(language, "same").format(count=count)
        return
    if found.differences:
        yield _said(language, "differ").format(pages=", ".join(str(item.page) for item in found.differences))
    else:
        yield _said(language, "some-same").format(compared=found.compared)
    for item in found.differences:
        yield _said(language, item.change.value).format(page=item.page)
    pictured = sum(bool(item.png) for item in found.differences)
    if any(not item.png and item.change != "not-rendered" for item in found.differences):
        yield _said(language, "not-pictured").format(count=pictured)
    if not found.complete:
        yield _said(language, "not-all").format(compared=found.compared, count=count)


def with_comparison(shown: DocumentView, signature: SignatureReport, found: Comparison) -> DocumentView:
    """What is shown of the document, with what was found among the notes on the signature that it was compared with."""
    tone = Tone.PLAIN if found.same else Tone.ATTENTION
    lines = tuple(Line(text, tone) for text in sentences(found, shown.language))
    wanted = clean(signature.id)
    if not holds(signature):
        said = word(shown.language, "show.said", "broken").format(id=wanted)
        lines = (Line(said, Tone.BAD), *lines)
    signatures = tuple(replace(item, notes=(*item.notes, *lines)) if item.id == wanted else item for item in shown.signatures)
    return replace(shown, signatures=signatures)


def figures(found: Comparison, language: str) -> tuple[Figure, ...]:
    """The pictures with their captions; none where nothing differs."""
    made = []
    for item in found.differences:
        if item.png:
            described = _said(language, "description").format(page=item.page, count=len(item.regions))
            made.append(Figure(_said(language, item.change.value).format(page=item.page), described, item.png))
    return tuple(made)


def _said(language: str, key: str) -> str:
    return word(language, "show.pages", key)
