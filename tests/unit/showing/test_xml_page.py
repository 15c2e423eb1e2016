"""Marked XML: what a signature covers is told from what it does not, in words; nothing of the document becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tests.screens import cases
from tests.screens.pss import SteadySigner
from vnsign import Verifier, XmlPlacement, sign
from vnsign.errors import ConfigurationError
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.marking import Mark, Piece, marked
from vnsign.formats.xml.names import C14N_10, C14N_10_COMMENTS
from vnsign.model.limits import Limits
from vnsign.model.report import DocumentReport
from vnsign.showing import marked_html, xml_page
from vnsign.testing.documents import declaration_xml
from vnsign.testing.pki import TestPki

PART = XmlPlacement(reference="#data", parent="//ChuKySo", signature_id="sig-1")
WHOLE = XmlPlacement(parent="//ChuKySo", signature_id="sig-1")


def signed(placement: XmlPlacement = PART, document: bytes | None = None) -> bytes:
    signer = SteadySigner(TestPki.load().credential("citizen"))
    given = declaration_xml() if document is None else document
    return sign(given, signer, placement=placement, padding="pss", at=cases.SIGNED).data


def verified(document: bytes) -> DocumentReport:
    pki = TestPki.load()
    verifier = Verifier(pki.trust_store(), evidence=pki.evidence(cases.CHECKED))
    return verifier.verify(document, at=cases.CHECKED, name="to-khai.xml")


def pieces(document: bytes, most: int = 2_000_000) -> tuple[Piece, ...]:
    source = DocumentSource("to-khai.xml", data=document)
    return marked(source, limits=Limits(), signature_id="sig-1", most=most).pieces


def text_of(document: bytes, mark: Mark) -> str:
    return "".join(item.text for item in pieces(document) if item.mark is mark)


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "div":
            self._open.append(dict(attrs).get("class") or "")

    def handle_endtag(self, tag):
        if tag == "div":
            self._open.pop()

    def handle_data(self, data):
        if self._open:
            self.text[self._open[-1]] = self.text.get(self._open[-1], "") + data


def test_only_the_signed_element_is_marked():
    document = signed()
    covered = text_of(document, Mark.COVERED)
    assert covered.startswith('<NoiDung Id="data">')
    assert covered.endswith("</NoiDung>")
    assert "<ToKhai" in text_of(document, Mark.NOT_COVERED)
    assert "SignatureValue" in text_of(document, Mark.SIGNATURE)
    assert "SignatureValue" not in covered


def test_the_pieces_together_are_the_document():
    from lxml import etree

    document = signed(WHOLE)
    together = "".join(item.text for item in pieces(document))
    assert etree.tostring(etree.fromstring(together.encode()), method="c14n2") == etree.tostring(
        etree.fromstring(document), method="c14n2"
    )


def test_what_was_changed_after_signing_is_not_covered():
    document = signed().replace("TEST NGUYỄN VĂN AN".encode(), "TEST NGUYỄN VĂN EM".encode(), 1)
    assert text_of(document, Mark.COVERED) == ""
    assert "NGUYỄN VĂN EM" in text_of(document, Mark.NOT_COVERED)


def test_what_was_added_beside_the_signed_element_is_not_covered():
    document = signed().replace(b"</NoiDung>", b"</NoiDung><Them>90 ban</Them>", 1)
    assert "90 ban" in text_of(document, Mark.NOT_COVERED)
    assert "90 ban" not in text_of(document, Mark.COVERED)


@pytest.mark.parametrize(
    "added",
    [
        b"<ds:Object><LoiHua>90 ban</LoiHua></ds:Object>",
        b"<ds:Object>90 ban</ds:Object>",
        b'<ds:Object><q:QualifyingProperties xmlns:q="urn:q"/>90 ban</ds:Object>',
        b"<Them>90 ban</Them>",
    ],
)
def test_content_hidden_inside_the_signature_is_not_taken_for_the_signature(added):
    document = signed().replace(b"</ds:SignatureValue>", b"</ds:SignatureValue>" + added, 1)
    assert "90 ban" in text_of(document, Mark.NOT_COVERED)
    assert "90 ban" not in text_of(document, Mark.SIGNATURE)


@pytest.mark.parametrize(("method", "covered"), [(C14N_10, False), (C14N_10_COMMENTS, True)])
def test_comments_are_covered_only_where_they_are_digested(method, covered):
    """An enveloped signature over the document digests comments only with a canonicalisation that keeps them."""
    document = declaration_xml().replace(b"<SoLuong>", b"<!--ghi chu--><SoLuong>", 1)
    transforms = ("http://www.w3.org/2000/09/xmldsig#enveloped-signature", method)
    signature = signed(XmlPlacement(parent="//ChuKySo", signature_id="sig-1", transforms=transforms), document)
    said = text_of(signature, Mark.COVERED)
    # A same-document reference leaves comments out before any transform (XMLDSig 4.4.3.3), whatever the canonicalisation.
    from vnsign.formats.xml.read import signed_data

    items = signed_data(DocumentSource("x", data=signature), limits=Limits(), signature_id="sig-1")
    digested = any(b"ghi chu" in item.data for item in items)
    assert ("ghi chu" in said) == digested
    assert digested in (covered, False)


def test_hostile_text_stays_text():
    inside = "<GhiChu>&lt;script&gt;alert(1)&lt;/script&gt; \u202egnp.exe\u2066 &lt;/mark&gt;</GhiChu>"
    document = declaration_xml().replace(b"<SoLuong>", inside.encode() + b'<X a="&quot;&gt;&lt;img src=x&gt;"/><SoLuong>', 1)
    document = signed(PART, document)
    html = marked_html(document, verified(document), "sig-1")
    page = _Page(html)
    assert not page.tags & {"script", "img", "iframe", "object", "link", "form", "x", "ghichu"}
    assert "\u202e" not in html
    assert "⟦U+202E⟧" in html
    assert "&lt;GhiChu&gt;&amp;lt;script&amp;gt;" in html
    assert "default-src &#x27;none&#x27;" in html


def test_the_page_says_in_words_what_is_covered_and_what_is_not():
    document = signed()
    for language, yes, no in (("vi", "ĐƯỢC KÝ", "KHÔNG ĐƯỢC KÝ"), ("en", "SIGNED", "NOT SIGNED")):
        page = _Page(marked_html(document, verified(document), "sig-1", language=language))
        assert f"✔ {yes}" in page.text["piece covered"]
        assert "NGUYỄN VĂN AN" in page.text["piece covered"]
        assert f"✘ {no}" in page.text["piece not-covered"]
        assert "<ToKhai" in page.text["piece not-covered"]
        assert "NGUYỄN VĂN AN" not in page.text["piece not-covered"]


def test_a_signature_that_does_not_hold_is_shown_only_on_demand_and_with_a_warning():
    document = signed().replace("TEST NGUYỄN VĂN AN".encode(), "TEST NGUYỄN VĂN EM".encode(), 1)
    report = verified(document)
    with pytest.raises(ConfigurationError) as caught:
        marked_html(document, report, "sig-1")
    assert caught.value.code == "NOT_INTACT"
    assert "CHỮ KÝ NÀY KHÔNG ĐÚNG" in marked_html(document, report, "sig-1", even_if_broken=True)


def test_a_long_document_is_cut_and_said_to_be(monkeypatch):
    document = signed()
    monkeypatch.setattr(xml_page, "MOST_CHARACTERS", 200)
    html = marked_html(document, verified(document), "sig-1", language="en")
    assert "longer than 200 characters" in html
    assert "SignatureValue" not in html
    assert sum(len(item.text) for item in pieces(document, 200)) == 200
