"""The paper that an official keeps looks as the documentation shows, and says all that is in the view.

After a change that is meant: ``python tools/make_pdf_screens.py``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.screens import cases, papers, pictures, shown
from tests.unit.signing.appearance.support import said, serif
from vnsign.report.view import DocumentView, Row, SignatureView

MOST_BYTES = 110_000
MOST_APART = 0.004
"""Pictures that differ by less show the same: other versions of Poppler smooth letters otherwise."""


@pytest.fixture(scope="session")
def programs() -> None:
    from tests.screens.test_screens import need

    serif()
    need(papers.missing_program(), always=True)


@pytest.mark.parametrize("language", shown.LANGUAGES)
@pytest.mark.parametrize("name", cases.SCREENS)
def test_the_paper_looks_as_the_documentation_shows(name: str, language: str, programs: None):
    kept = Image.open(papers.picture_file(name, language))
    assert pictures.difference(kept, papers.picture(name, language), blur=3) < MOST_APART


@pytest.mark.parametrize("language", shown.LANGUAGES)
@pytest.mark.parametrize("name", cases.SCREENS)
def test_every_sentence_of_the_view_can_be_taken_out_in_nfc(name: str, language: str, programs: None):
    text = papers.text(papers.pdf(name, language))
    assert unicodedata.is_normalized("NFC", text)
    held = _squeezed(text)
    view = papers.view(name, language)
    missing = [sentence for sentence in _sentences(view) if _squeezed(sentence) not in held]
    assert missing == []


@pytest.mark.parametrize("language", shown.LANGUAGES)
@pytest.mark.parametrize("name", cases.SCREENS)
def test_fonts_are_embedded_subset_and_have_unicode(name: str, language: str, programs: None, tmp_path: Path):
    rows = said("pdffonts", data=papers.pdf(name, language), folder=tmp_path).splitlines()[2:]
    assert rows
    for row in rows:
        assert row.split()[-5:-2] == ["yes", "yes", "yes"], row


def test_pictures_are_small_and_none_is_left_over():
    kept = set((shown.FOLDER / "pdf").rglob("*.png"))
    assert kept == {papers.picture_file(name, language) for name in cases.SCREENS for language in shown.LANGUAGES}
    assert not [file for file in kept if file.stat().st_size > MOST_BYTES]


def test_a_difference_is_seen():
    """The comparison can fail: another verdict, and another signer, look otherwise."""
    revoked = Image.open(papers.picture_file("revoked", "vi"))
    assert pictures.difference(revoked, revoked, blur=3) == 0
    for other in ("untrusted", "altered", "valid-person"):
        assert pictures.difference(revoked, Image.open(papers.picture_file(other, "vi")), blur=3) > MOST_APART


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _sentences(view: DocumentView) -> Iterator[str]:
    yield from (view.name, view.badge.word, view.headline, view.statement, view.report_id, view.badge.code)
    yield from (view.word("report-title").upper(), view.word("nation"), view.word("motto"), view.word("day"))
    yield from (view.word("to-do"), view.word("basis"), view.word("picture"), view.word("inspector"))
    for row in (*view.rows, *view.technical):
        yield from _row(row)
    for line in view.actions:
        yield line.text
    for item in view.signatures:
        yield from _signature(item)


def _signature(item: SignatureView) -> Iterator[str]:
    yield from (f"{item.number}. {item.title}", item.subtitle, f"{item.badge.mark} {item.badge.word}", item.badge.code)
    for row in (*item.main, *item.fields, *item.technical):
        yield from _row(row)
    for line in (*item.reasons, *item.notes):
        yield f"{line.text} [{line.code}]" if line.code else line.text
    for stamp in item.stamps:
        yield f"{stamp.badge.mark} {stamp.badge.word} — {stamp.title}"
        for row in stamp.rows:
            yield f"{row.label}: {row.value}"
        yield from (line.text for line in stamp.notes)


def _row(row: Row) -> Iterator[str]:
    yield row.label
    yield row.value
    yield from (line.text for line in row.more)
