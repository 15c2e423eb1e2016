"""What an official sees is what was agreed: the same words, and pictures in the documentation that are not out of date.

After a change that is meant: ``python tools/make_screens.py``.
"""

from __future__ import annotations

import os

import pytest
from PIL import Image

from tests.screens import browser, cases, pictures, shown

MOST_BYTES = 90_000
SAME_PAGE = 0.008
"""What pages may differ by, made smaller by six: browsers of other versions place letters a little elsewhere."""


def need(fault: str, *, always: bool) -> None:
    """Skip for what this machine lacks; fail where ``CI=true`` and it is always needed there."""
    if fault and always and os.environ.get("CI") == "true":
        pytest.fail(fault)
    if fault:
        pytest.skip(fault)


@pytest.fixture(scope="session")
def fonts() -> None:
    missing = pictures.missing_fonts()
    need(f"fonts are missing: {', '.join(missing)}; install {pictures.PACKAGES}" if missing else "", always=True)


@pytest.fixture(scope="session")
def chromium() -> None:
    need("" if browser.browser() else "no browser; install the Debian package chromium", always=False)


@pytest.mark.parametrize("name", cases.SCREENS)
def test_each_case_has_the_verdict_that_it_is_there_for(name: str):
    assert shown.document(name, "vi").badge.key == cases.screen(name).verdict


@pytest.mark.parametrize("name", cases.SCREENS)
def test_documents_and_reports_are_the_same_each_time(name: str):
    assert cases.SCREENS[name]().document == cases.screen(name).document


@pytest.mark.parametrize("language", shown.LANGUAGES)
@pytest.mark.parametrize("name", cases.SCREENS)
def test_the_words_are_the_agreed_ones(name: str, language: str):
    kept = shown.text_file(name, language).read_text("utf-8")
    assert shown.steady(shown.text(name, language)) + "\n" == kept


@pytest.mark.parametrize("language", shown.LANGUAGES)
@pytest.mark.parametrize("name", cases.SCREENS)
def test_the_terminal_looks_as_the_documentation_shows(name: str, language: str, fonts: None):
    kept = Image.open(shown.picture_file("terminal", name, language))
    assert pictures.difference(kept, shown.terminal_picture(name, language)) < 0.01


@pytest.mark.oracle
@pytest.mark.parametrize("language", shown.LANGUAGES)
@pytest.mark.parametrize("name", cases.SCREENS)
def test_the_page_looks_as_the_documentation_shows(name: str, language: str, fonts: None, chromium: None):
    kept = Image.open(shown.picture_file("html", name, language))
    assert pictures.difference(kept, shown.html_picture(name, language), blur=6) < SAME_PAGE


@pytest.mark.oracle
@pytest.mark.parametrize("language", shown.LANGUAGES)
def test_the_page_follows_the_dark_scheme(language: str, fonts: None, chromium: None):
    kept = Image.open(shown.picture_file("html", f"{shown.DARK}-dark", language))
    assert pictures.difference(kept, shown.html_picture(shown.DARK, language, "dark"), blur=6) < SAME_PAGE
    light = Image.open(shown.picture_file("html", shown.DARK, language))
    assert pictures.difference(kept, light, blur=6) > 0.3


def test_pictures_are_small_and_none_is_left_over():
    kept = {file.relative_to(shown.FOLDER) for file in shown.FOLDER.rglob("*.png") if file.parts[-3] in {"terminal", "html"}}
    wanted = {
        shown.picture_file(kind, name, language).relative_to(shown.FOLDER)
        for kind in ("terminal", "html")
        for language in shown.LANGUAGES
        for name in (*cases.SCREENS, *([f"{shown.DARK}-dark"] if kind == "html" else []))
    }
    assert kept == wanted
    assert not [file for file in kept if (shown.FOLDER / file).stat().st_size > MOST_BYTES]


def test_a_difference_is_seen():
    """The comparison can fail: another verdict looks otherwise."""
    good = Image.open(shown.picture_file("terminal", "valid-person", "vi"))
    other = Image.open(shown.picture_file("terminal", "valid-agency", "vi"))
    assert pictures.difference(good, good) == 0
    assert pictures.difference(good, other) >= 0.01
    page = Image.open(shown.picture_file("html", "altered", "vi"))
    assert pictures.difference(page, Image.open(shown.picture_file("html", "revoked", "vi")), blur=6) >= SAME_PAGE
