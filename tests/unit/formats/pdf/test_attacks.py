"""Published attacks on signed PDFs: each is named by the defence that is meant for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnsign.formats.pdf.read import read_pdf
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import CoverageScope, SignatureFacts
from vnsign.model.limits import Limits

from .reading_support import facts_of, only, plain_pdf, rules_of, signed, sound, updated

ATTACKS = "corpora/attack-pdf/testarea-pdfbox2/pdfbox2/sign"
SHADOW = (
    "corpora/attack-pdf/pdf-attacker/shadow-demo-exploits/hide/variant-1_hide-via-referenced-object/"
    "4_original-document-shadowed-signed-manipulated_v2.pdf"
)


def read(path: Path) -> SignatureFacts:
    """The one signature of a file."""
    return only(read_pdf(DocumentSource.of(path), limits=Limits()))


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("usf_01_Empty_Contents", "pdf.contents-missing"),
        ("usf_03_Null_Contents", "pdf.contents-missing"),
        ("usf_05_No_Contents", "pdf.contents-missing"),
        ("usf_12_Null_ByteRange", "pdf.byte-range-missing"),
        ("usf_14_No_ByteRange", "pdf.byte-range-missing"),
        ("siwa_A", "pdf.contents-outside-gap"),
        ("isa_A", "pdf.later-revisions-unreadable"),
        ("isa_G", "pdf.changed-after-signing"),
        ("isa_H", "pdf.later-revisions-unreadable"),
        ("isa_I", "pdf.later-revisions-unreadable"),
    ],
)
def test_universal_forgery_wrapping_and_incremental_saving_are_named(shared_data: Path, name: str, rule: str) -> None:
    """The attacks of 2019: missing values, a moved second range, updates after the signature."""
    assert rule in rules_of(read(shared_data / ATTACKS / f"{name}.pdf"))


@pytest.mark.corpus
def test_a_wrapped_file_without_usable_cross_reference_fails(shared_data: Path) -> None:
    """Never an unsigned document: its signature must not vanish by falling back to the revision before it."""
    signatures = read_pdf(DocumentSource.of(shared_data / ATTACKS / "siwa_E.pdf"), limits=Limits()).signatures
    assert signatures
    assert all(rules_of(item) == {"pdf.later-revisions-unreadable"} and not sound(item) for item in signatures)


@pytest.mark.corpus
def test_the_shadow_attack_is_a_change_that_is_not_allowed(shared_data: Path) -> None:
    """Only a cross-reference was swapped after signing; the objects it points at cannot be read."""
    signature = read(shared_data / SHADOW)
    assert sound(signature)
    assert {"pdf.changed-after-signing", "pdf.later-revisions-unreadable"} <= rules_of(signature)
    assert any(not item.allowed for item in signature.changes)


def test_a_copied_signature_dictionary_is_no_second_signature() -> None:
    """A new field that takes over an old dictionary, byte range and all."""
    one = signed(plain_pdf())
    start = one.index(b"/Contents <")
    value = one[one.rindex(b"\n<<", 0, start) + 1 : one.index(b"endobj", start)]
    form = b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[9 0 R 60 0 R]/SigFlags 3>>>>"
    forged = updated(one, {1: form, 60: b"<</FT/Sig/T(Giam doc)/V 61 0 R>>", 61: value})
    first, second = facts_of(forged).signatures
    assert "pdf.shared-byte-range" in rules_of(first)
    assert {"pdf.contents-outside-gap", "pdf.shared-byte-range"} <= rules_of(second)
    assert second.coverage is CoverageScope.PARTIAL


def test_an_object_hidden_in_the_gap_is_seen() -> None:
    """The gap may hold the signature value only, whatever the byte range says."""
    one = signed(plain_pdf())
    start = one.index(b"/Contents <") + len(b"/Contents ")
    end = one.index(b">", start) + 1
    hidden = b"00" * 40 + b">/X(1)/Y<" + b"00" * 40
    forged = one[: end - 1 - len(hidden)] + hidden + one[end - 1 :]
    assert len(forged) == len(one)
    assert rules_of(only(facts_of(forged))) & {"pdf.contents-outside-gap", "pdf.contents-not-hexadecimal"}
