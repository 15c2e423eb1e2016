"""The pages of ``vnsign show`` can be used by everybody: axe-core finds nothing in them, in light and dark."""

from __future__ import annotations

import pytest

from tests.screens import browser, cases
from tests.screens.test_accessibility import SCHEMES, axe, chromium, examined  # noqa: F401 - the fixtures
from tests.unit.showing.test_xml_page import signed, verified
from vnsign.report.html import render
from vnsign.report.viewing import Wish, report_id, view
from vnsign.showing import compare_pages, marked_html, signed_revision
from vnsign.showing.words import figures, with_comparison
from vnsign.testing.dossier import change_once


def compared(language: str) -> str:
    case, report = cases.screen("overlaid"), cases.report("overlaid")
    found = compare_pages(signed_revision(case.document, report, "Signature1"), case.document, language=language)
    shown = with_comparison(view(report, Wish(language, "", False)), report.signatures[0], found)
    return render([shown], figures={report_id(report): figures(found, language)})


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_axe_finds_nothing(language: str, scheme: str, axe: str):  # noqa: F811 - the fixture
    whole, broken = signed(), change_once(signed(), b"<SoLuong>2", b"<SoLuong>9")
    pages = {
        "marked": marked_html(whole, verified(whole), "sig-1", language=language),
        "broken": marked_html(broken, verified(broken), "sig-1", language=language, even_if_broken=True),
        "compared": compared(language),
    }
    for result in examined({name: browser.open_to_programs(page) for name, page in pages.items()}, axe, scheme):
        assert "error" not in result, result
        assert result["told"] == [], result["name"]
