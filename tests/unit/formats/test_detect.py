"""Formats by content, for verifying and for signing."""

from __future__ import annotations

import pytest

from tests.unit.pki.cms_factory import Cms
from vnsign.errors import UnreadableDocumentError
from vnsign.formats.detect import detect, detect_signable

HEADS = {"pdf": b"%PDF-1.7", "xml": b"<a/>", "cms": Cms().build()[:1024], "asic": b"PK\x03\x04"}


@pytest.mark.parametrize("form", HEADS)
def test_formats_are_known_by_their_first_bytes(form: str) -> None:
    assert detect(HEADS[form]) == form


@pytest.mark.parametrize("form", ["pdf", "xml"])
def test_pdf_and_xml_are_signed(form: str) -> None:
    assert detect_signable(HEADS[form]) == form


@pytest.mark.parametrize("form", ["cms", "asic"])
def test_other_formats_are_verified_and_not_signed(form: str) -> None:
    with pytest.raises(UnreadableDocumentError) as caught:
        detect_signable(HEADS[form])
    assert caught.value.code == "FORMAT_NOT_SUPPORTED"
