"""Whatever is changed in what was signed, nothing passes; and whatever the bytes, only our exceptions leave."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.end_to_end.conftest import FORMS, NOW, signed
from vnsign import Evidence, SignatureLevel, Verifier, signed_data
from vnsign.errors import VnsignError
from vnsign.model.verdict import Indication
from vnsign.testing.pki import TestPki

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@cache
def verifier() -> Verifier:
    pki = TestPki.load()
    return Verifier(pki.trust_store(), None, Evidence(crls=pki.crls()))


@cache
def sample(form: str, level: SignatureLevel = SignatureLevel.B) -> bytes:
    return signed(form, level=level)


def flipped(data: bytes, place: int, mask: int) -> bytes:
    return data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]


def ranges(data: bytes) -> tuple[int, ...]:
    text = data.rsplit(b"/ByteRange", 1)[1].split(b"]", 1)[0].lstrip(b" [")
    return tuple(int(number) for number in text.split())


@SETTINGS
@given(st.data())
def test_a_flipped_byte_of_the_signed_ranges_of_a_pdf_never_passes(data):
    """EN 319 102-1, 5.2.7: the signed data object must have the digest that was signed."""
    document = sample("pdf")
    first, first_length, second, second_length = ranges(document)
    place = data.draw(
        st.integers(first, first + first_length - 1) | st.integers(second, second + second_length - 1), label="place"
    )
    mask = data.draw(st.integers(1, 255), label="mask")
    report = verifier().report(flipped(document, place, mask), at=NOW)
    assert report.indication is not Indication.TOTAL_PASSED


@pytest.mark.parametrize("form", ["xades", "xmldsig"])
@SETTINGS
@given(data=st.data())
def test_a_flipped_byte_of_an_xml_never_passes_with_other_signed_data(form, data):
    """A flip either breaks the verdict, or leaves the verified bytes exactly as they were (white space between attributes)."""
    document = sample(form)
    place = data.draw(st.integers(0, len(document) - 1), label="place")
    changed = flipped(document, place, data.draw(st.integers(1, 255), label="mask"))
    report = verifier().report(changed, at=NOW)
    if report.indication is Indication.TOTAL_PASSED:
        original = verifier().verify(document, at=NOW)
        before = signed_data(document, original, original.signatures[0].id)
        after = signed_data(changed, report, report.signatures[0].id)
        assert [item.data for item in after] == [item.data for item in before]


@pytest.mark.parametrize("form", FORMS)
@SETTINGS
@given(data=st.data())
def test_a_cut_or_pasted_document_never_passes_and_raises_nothing_foreign(form, data):
    document = sample(form)
    start = data.draw(st.integers(0, len(document) - 1), label="start")
    end = data.draw(st.integers(start, len(document)), label="end")
    paste = data.draw(st.binary(max_size=40), label="paste")
    changed = document[:start] + paste + document[end:]
    try:
        report = verifier().verify(changed, at=NOW)
    except VnsignError:
        return
    if form == "pdf" and changed != document and changed.rstrip() != document.rstrip():
        assert report.indication is not Indication.TOTAL_PASSED


@SETTINGS
@given(st.binary(max_size=400), st.sampled_from([b"", b"%PDF-1.7\n", b"<", b"<?xml version='1.0'?>", b"PK\x03\x04"]))
def test_arbitrary_bytes_raise_nothing_foreign_and_never_pass(data, head):
    report = verifier().report(head + data, at=NOW)
    assert report.indication is not Indication.TOTAL_PASSED


@pytest.mark.parametrize("form", ["pdf", "xades"])
@SETTINGS
@given(data=st.data())
def test_a_flipped_byte_anywhere_in_a_time_stamped_document_raises_nothing_foreign(form, data):
    document = sample(form, SignatureLevel.T)
    place = data.draw(st.integers(0, len(document) - 1), label="place")
    verifier().report(flipped(document, place, data.draw(st.integers(1, 255), label="mask")), at=NOW)
