"""The summary of many documents can be used by everybody: axe-core finds nothing in it, in light and in dark."""

from __future__ import annotations

import io

import pytest

from tests.screens import browser, cases, shown
from tests.screens.test_accessibility import SCHEMES, axe, chromium, examined
from vnsign.report.summary import ATTENTION, summary_row, write_html

__all__ = ["axe", "chromium"]  # fixtures

pytestmark = pytest.mark.oracle


def page(language: str) -> str:
    stream = io.StringIO()
    rows = [summary_row(shown.document(name, language)) for name in cases.SCREENS]
    write_html(sorted(rows, key=lambda row: row.rank), stream, language)
    return stream.getvalue()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_in_the_summary(scheme: str, axe: str):
    pages = {language: browser.open_to_programs(page(language)) for language in shown.LANGUAGES}
    for result in examined(pages, axe, scheme):
        assert "error" not in result, result
        assert result["dark"] is (scheme == "dark")
        assert {"color-contrast", "html-has-lang", "landmark-one-main", "page-has-heading-one"} <= set(result["passes"])
        assert result["told"] == [], result["name"]


def test_every_verdict_of_the_cases_has_its_place_in_the_order():
    assert {shown.document(name, "vi").badge.key for name in cases.SCREENS} <= set(ATTENTION)
