"""HTML reports: all that the view holds, nothing else, safe whatever a document is called, one file without scripts."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from tests.screens import cases
from vnsign.report.html import Figure, render
from vnsign.report.view import DocumentView
from vnsign.report.viewing import Wish, view


def shown(name: str, language: str = "vi") -> DocumentView:
    return view(cases.report(name), Wish(language, cases.TRUST[language]))


def tree(text: str) -> Any:
    return html.document_fromstring(text.encode())


def plain(text: str) -> str:
    """What is read: the text of the body, white space aside."""
    return "".join("".join(tree(text).find("body").itertext()).split())


def texts(value: Any) -> list[str]:
    """Every text of a view that is shown: tones, keys and fixed words aside."""
    if isinstance(value, str):
        return [str(value)]
    if isinstance(value, tuple):
        return [text for item in value for text in texts(item)]
    if is_dataclass(value) and not isinstance(value, type):
        left_out = {"tone", "key", "mark", "words", "language", "id"}
        return [text for item in fields(value) if item.name not in left_out for text in texts(getattr(value, item.name))]
    return []


def test_no_documents_make_an_empty_report():
    assert tree(render([])).find(".//article") is None


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("name", cases.SCREENS)
def test_everything_that_is_shown_stands_in_the_file(name: str, language: str):
    found = shown(name, language)
    said = plain(render([found]))
    single = len(found.signatures) < 2
    actions = {line.text for item in found.signatures for line in item.actions} if single else set()
    for text in texts(found):
        if text not in actions or any(text == line.text for line in found.actions):
            assert "".join(text.replace("`", "").split()) in said, text


@pytest.mark.parametrize("name", cases.SCREENS)
def test_landmarks_headings_and_language(name: str):
    found = tree(render([shown(name)]))
    assert found.get("lang") == "vi"
    assert len(found.findall(".//h1")) == 1
    assert len(found.findall(".//main")) == 1
    levels = [int(item.tag[1]) for item in found.iter("h1", "h2", "h3", "h4")]
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels)), levels
    title = found.findtext(".//title")
    assert shown(name).name in title


def test_several_documents_are_preceded_by_a_summary_that_leads_to_each():
    text = render([shown(name) for name in cases.SCREENS])
    found = tree(text)
    ids = Counter(item.get("id") for item in found.iterfind(".//*[@id]"))
    assert set(ids.values()) == {1}
    links = [item.get("href") for item in found.iterfind(".//table//a")]
    assert len(links) == len(cases.SCREENS)
    assert all(link.startswith("#") and link[1:] in ids for link in links)
    for item in found.iterfind(".//*[@aria-labelledby]"):
        assert item.get("aria-labelledby") in ids


def test_the_policy_of_the_file_allows_its_own_style_sheet_and_nothing_else():
    text = render([shown("valid-person")])
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = tree(text).find(".//meta[@http-equiv='Content-Security-Policy']").get("content")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("name", cases.SCREENS)
def test_nothing_runs_and_nothing_is_fetched(name: str):
    text = render([shown(name)])
    found = tree(text)
    for tag in ("script", "link", "iframe", "object", "embed", "img", "base", "form"):
        assert found.find(f".//{tag}") is None
    for item in found.iter(etree.Element):
        assert not [key for key in item.attrib if key.startswith("on") or key in {"src", "style", "action"}]
    assert not re.search(r"@import|url\(", text)


HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>' & <!-- ]]> </style> `x`"


def test_hostile_names_are_text_wherever_they_stand():
    report = cases.report("two-in-order")
    signer = replace(report.signatures[0].signer, name=HOSTILE, organisation=HOSTILE, title=HOSTILE, subject=HOSTILE)
    signature = replace(report.signatures[0], signer=signer, id=HOSTILE, location=HOSTILE)
    found = replace(report, name=HOSTILE, signatures=(signature, report.signatures[1]))
    both = [view(found), view(found)]
    text = render(both, title=HOSTILE)
    page = tree(text)
    assert page.find(".//script") is None
    assert page.find(".//img") is None
    assert "".join(HOSTILE.split()) in plain(text)
    assert page.findtext(".//title") == HOSTILE


@given(st.text())
def test_any_title_is_shown_as_it_is(title: str):
    clean = "".join(letter for letter in title if letter.isprintable())
    text = render([], title=clean)
    assert "<script" not in text
    if clean.strip():
        assert "".join(clean.split()) in plain(text)


def test_figures_become_part_of_the_file_beside_their_document():
    document = shown("overlaid")
    figure = Figure(caption=HOSTILE, description='"seen" <b>', png=b"\x89PNG\r\n")
    page = tree(render([document, shown("altered")], figures={document.report_id: [figure]}))
    (picture,) = page.findall(".//img")
    assert picture.get("src") == "data:image/png;base64," + base64.b64encode(figure.png).decode()
    assert picture.get("alt") == figure.description
    assert page.findtext(".//figcaption") == HOSTILE
    assert next(item for item in picture.iterancestors("article")).get("id") == "document-1"


def test_the_same_views_give_the_same_file():
    assert render([shown("overlaid")]) == render([shown("overlaid")])
