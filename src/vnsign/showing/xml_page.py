"""An XML document as one HTML page on which what a signature covers is marked: by a word, a border and a colour."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from vnsign._verify import Document
from vnsign.errors import ConfigurationError
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits
from vnsign.model.report import CoveredData, DocumentReport, SignatureReport
from vnsign.report.catalogue import clean, phrase, word
from vnsign.showing.gate import admitted, holds, verified_bytes

if TYPE_CHECKING:
    from vnsign.formats.xml.marking import Piece
    from vnsign.report.html import Markup

MOST_CHARACTERS = 2_000_000
"""Characters of the document that are shown; the page says so where there are more."""
_MOST_ROWS = 500
_FOLDED_FROM = 400
"""From so many characters on the signature itself is folded: nobody reads it, and content may follow it."""
_STYLE = """
.pieces { margin-top: 1rem; }
.piece { margin: .35rem 0; padding: .45rem .7rem; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 2; color: inherit; }
.piece { font: .8125rem/1.45 ui-monospace, "Cascadia Mono", Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; }
.piece b { display: block; }
.piece b { font-family: system-ui, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif; }
.piece mark { background: none; color: inherit; }
.piece.covered { border: 2px solid var(--good); border-left-width: .6rem; background: var(--good-soft); }
.piece.not-covered { border: 2px dashed var(--bad); border-left-width: .6rem; background: var(--bad-soft); }
.piece.signature { border: 2px dotted var(--soft); background: var(--card); }
.piece.signature details { margin: 0; padding: 0; border: 0; }
.piece.covered b { color: var(--good); }
.piece.not-covered b { color: var(--bad); }
.piece summary b { display: inline; }
.piece.signature b { color: var(--soft); }
.warning { margin-top: 1rem; padding: 1rem; border: 3px solid var(--bad); color: var(--bad); font-weight: 700; }
"""
_SIGNS = {"covered": "✔", "not-covered": "✘", "signature": "✎"}


def marked_html(
    document: Document,
    report: DocumentReport,
    signature_id: str,
    *,
    language: str = "vi",
    external: Mapping[str, bytes] | None = None,
    even_if_broken: bool = False,
) -> str:
    """The text of an XML document with what a signature covers marked, and a list of the covered data.

    Args:
        document: the XML file that was verified.
        report: of that very file.
        signature_id: as in the report.
        language: ``vi`` or ``en``.
        external: detached data by URI.
        even_if_broken: mark what matches although the signature does not hold; the page then says so at its top.

    Returns:
        HTML5 in one file: no scripts, nothing fetched, every character of the document escaped; characters that cannot be
        seen, or that turn the direction of text, are written as their code points.

    Raises:
        ConfigurationError: ``NOT_XML``, ``NO_SUCH_SIGNATURE``, ``NOT_INTACT``, ``OTHER_DOCUMENT``.
        UnreadableDocumentError: the file cannot be read.
    """
    if report.format != "xml":
        raise ConfigurationError("covered elements are marked in XML documents", code="NOT_XML")
    signature = admitted(report, signature_id, even_if_broken=even_if_broken)
    from vnsign.formats.xml.marking import marked
    from vnsign.report.html import page, tag

    source, limits = DocumentSource.of(document), Limits()
    held = DocumentSource(source.name, data=verified_bytes(source, report, limits))
    found = marked(held, limits=limits, signature_id=signature_id, external=external or {}, most=MOST_CHARACTERS)
    title = said(language, "title").format(name=clean(report.name), id=clean(signature.id))
    cut = (tag("p", said(language, "cut").format(count=MOST_CHARACTERS), class_="warning"),) if found.cut else ()
    body = tag(
        "main",
        *_warning(signature, language),
        tag("section", tag("h2", said(language, "legend")), *_legend(language), class_="card"),
        tag("section", tag("h2", said(language, "data")), _table(signature, language), class_="card"),
        tag("h2", said(language, "text"), class_="document"),
        tag("div", *(_piece(item, language) for item in found.pieces), class_="pieces"),
        *cut,
    )
    return page(title, language, tag("header", tag("h1", title), class_="top"), body, more_style=_STYLE)


def said(language: str, key: str) -> str:
    """A sentence of these pages."""
    return word(language, "show.xml", key)


def visible(text: str) -> str:
    """Text as it is, with what cannot be seen written out: ``⟦U+202E⟧``. Line ends and tabs stay."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    hidden = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and char not in "\n\t"
    return f"⟦U+{ord(char):04X}⟧" if hidden else char


def _warning(signature: SignatureReport, language: str) -> Iterator[Markup]:
    from vnsign.report.html import tag

    if not holds(signature):
        yield tag("p", said(language, "broken"), class_="warning", role="alert")


def _legend(language: str) -> Iterator[Markup]:
    from vnsign.formats.xml.marking import Mark, Piece

    for mark in Mark:
        yield _piece(Piece(said(language, f"{mark.value}-means"), mark), language)


def _piece(piece: Piece, language: str) -> Markup:
    from vnsign.report.html import tag

    text = visible(piece.text)
    mark = piece.mark.value
    label = tag("b", f"{_SIGNS[mark]} {said(language, mark)}")
    if mark == "signature" and len(text) > _FOLDED_FROM:
        return tag("div", tag("details", tag("summary", label), text), class_=f"piece {mark}")
    return tag("div", label, tag("mark", text) if mark == "covered" else text, class_=f"piece {mark}")


def _table(signature: SignatureReport, language: str) -> Markup:
    from vnsign.report.html import tag

    head = tag("tr", *(tag("th", said(language, key), scope="col") for key in ("position", "digest", "size", "matches")))
    rows = (_row(item, language) for item in signature.covered[:_MOST_ROWS])
    return tag(
        "div",
        tag("table", tag("thead", head), tag("tbody", *rows)),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=said(language, "data"),
    )


def _row(item: CoveredData, language: str) -> Markup:
    from vnsign.report.html import tag

    return tag(
        "tr",
        tag("th", phrase(language, item.position or item.name or "–"), scope="row"),
        tag("td", tag("code", f"{clean(item.digest_algorithm)} {item.digest_hex}")),
        tag("td", "–" if item.size is None else str(item.size)),
        tag("td", said(language, "yes" if item.matches else "no")),
    )
