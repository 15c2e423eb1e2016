"""Where a text stands on the pages of a PDF, by PDFium (the package ``pypdfium2`` of the extra ``report``).

What is found is what the file says it is: a font may show other letters than its text says. A position is chosen by it, and
nothing is judged by it.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vnsign.errors import ConfigurationError, UnreadableDocumentError
from vnsign.formats.pdf.page_view import Box

_MOST_PAGES = 2_000
_MOST_LETTERS = 2_000_000
_MOST_FOUND = 1_000
_LOCK = threading.Lock()
"""PDFium serves one thread at a time."""


@dataclass(frozen=True, slots=True)
class FoundText:
    """One place of a text.

    Attributes:
        page: from 1.
        box: around its letters, in the page's own coordinates.
    """

    page: int
    box: Box


def plain(text: str) -> str:
    """A text as it is compared: NFC, white space as single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def find_text(document: bytes, text: str, *, pages: tuple[int, ...] = (), password: str | None = None) -> tuple[FoundText, ...]:
    """Every place of a text, in reading order of the file.

    Args:
        document: the PDF.
        text: compared in NFC, spaces alike; capitals are distinguished. It may not span pages.
        pages: numbers from 1 to look at; empty: all.
        password: opens an encrypted document.

    Raises:
        ConfigurationError: no text, or ``EXTRA_MISSING`` where pypdfium2 is not installed.
        UnreadableDocumentError: PDFium cannot open the document.
    """
    wanted = plain(text)
    if not wanted:
        raise ConfigurationError("no text to look for", code="PDF_POSITION", hint="name the text beside which to sign")
    with _LOCK:
        found = []
        for number, letters in _pages(document, pages, password):
            found += [FoundText(number, box) for box in _places(letters, wanted)]
            if len(found) > _MOST_FOUND:
                break
    return tuple(found)


def _pages(document: bytes, wanted: tuple[int, ...], password: str | None) -> Iterator[tuple[int, list[tuple[str, Box]]]]:
    pdfium = _pdfium()
    try:
        opened = pdfium.PdfDocument(document, password=password)
    except Exception as error:  # the door: PDFium's own error for a file it cannot open
        raise UnreadableDocumentError(f"the text of the PDF cannot be read: {error}"[:300], code="PDF_STRUCTURE") from error
    try:
        left = _MOST_LETTERS
        for index in range(min(len(opened), _MOST_PAGES)):
            if not wanted or index + 1 in wanted:
                letters = _letters(opened, index, left, pdfium.raw)
                left -= len(letters)
                yield index + 1, letters
    finally:
        opened.close()


def _letters(opened: Any, index: int, most: int, raw: Any) -> list[tuple[str, Box]]:
    """The letters of a page with their boxes; an empty box for what stands nowhere."""
    try:
        page = opened[index]
        text = page.get_textpage()
    except Exception:  # noqa: BLE001 # a damaged page has no text to find; others may have
        return []
    try:
        return [
            (chr(raw.FPDFText_GetUnicode(text, place)), text.get_charbox(place))
            for place in range(min(text.count_chars(), most))
        ]
    except Exception:  # noqa: BLE001 # as above
        return []
    finally:
        text.close()
        page.close()


def _places(letters: list[tuple[str, Box]], wanted: str) -> Iterator[Box]:
    shown, boxes = _joined(letters)
    start = shown.find(wanted)
    while start >= 0:
        held = [box for group in boxes[start : start + len(wanted)] for box in group]
        if held:
            yield min(b[0] for b in held), min(b[1] for b in held), max(b[2] for b in held), max(b[3] for b in held)
        start = shown.find(wanted, start + len(wanted))


def _joined(letters: list[tuple[str, Box]]) -> tuple[str, list[list[Box]]]:
    """The text in NFC with single spaces, and for each of its letters the boxes that it is made of."""
    parts: list[tuple[str, list[Box]]] = []
    for letter, box in letters:
        visible = [box] if box[2] > box[0] and box[3] > box[1] else []
        if letter.isspace() or letter == "\x00":
            if parts and parts[-1][0] != " ":
                parts.append((" ", []))
        elif unicodedata.category(letter) == "Cf" or letter in "\ufffe\uffff":
            continue
        elif unicodedata.combining(letter) and parts and parts[-1][0] != " ":
            composed = unicodedata.normalize("NFC", parts[-1][0] + letter)
            parts[-1] = composed, parts[-1][1] + visible
        else:
            parts.append((unicodedata.normalize("NFC", letter), visible))
    shown = "".join(part for part, _ in parts)
    return shown, [boxes for part, boxes in parts for _ in part]


def _pdfium() -> Any:
    try:
        import pypdfium2
    except ImportError as error:
        raise ConfigurationError(
            "finding a place by text needs pypdfium2",
            code="EXTRA_MISSING",
            hint="pip install 'vnsign[report]', or name a field, a corner or coordinates",
        ) from error
    return pypdfium2
