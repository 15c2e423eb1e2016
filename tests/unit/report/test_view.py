"""What is shown of a report: masked numbers, safe text, the same facts in both languages, text that fits the screen."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vnsign
from tests.screens import cases
from vnsign.model.report import DocumentReport
from vnsign.report.masking import mask
from vnsign.report.text import Screen, render_views
from vnsign.report.view import Tone
from vnsign.report.viewing import Wish, report_id, view
from vnsign.testing.documents import application_pdf, result_pdf
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

PKI = TestPki.load()
AT = datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)


@lru_cache
def report(who: str = "citizen", evidence: bool = True, changed: bool = False) -> DocumentReport:
    signed = vnsign.sign(
        application_pdf(), PKI.signer(who), level="T", timestamps=SimulatedTsa.of(PKI, clock=lambda: AT), at=AT
    )
    data = signed.data.replace(b"cap 02 ban sao", b"cap 92 ban sao") if changed else signed.data
    known = PKI.evidence(AT) if evidence else None
    return vnsign.verify(data, trust=PKI.trust_store(), evidence=known, at=AT + timedelta(hours=1))


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [str(value)]
    if isinstance(value, tuple):
        return [text for item in value for text in texts(item)]
    if is_dataclass(value) and not isinstance(value, type):
        return [text for item in fields(value) for text in texts(getattr(value, item.name))]
    return []


CASES = {
    "valid": report,
    "undetermined": lambda: report(evidence=False),
    "changed": lambda: report(changed=True),
    "unsigned": lambda: vnsign.verify(result_pdf(), trust=PKI.trust_store(), at=AT),
    "unreadable": lambda: vnsign.Verifier(PKI.trust_store()).report(b"no document", at=AT),
}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("case", CASES)
def test_nothing_is_left_untranslated_and_all_is_nfc(case: str, language: str):
    shown = view(CASES[case](), Wish(language))
    for text in texts(shown):
        assert unicodedata.is_normalized("NFC", text)
        assert "{" not in text
    for row in (*shown.technical, *shown.rows, *(row for item in shown.signatures for row in (*item.main, *item.technical))):
        assert row.label != row.key, f"no word for {row.key}"
    assert language == "en" or shown.badge.word != shown.badge.key


@pytest.mark.parametrize("case", CASES)
def test_every_verdict_says_what_to_do(case: str):
    assert view(CASES[case]()).actions


def test_undetermined_names_the_missing_fact():
    shown = view(report(evidence=False))
    assert shown.signatures[0].badge.key == "INDETERMINATE"
    assert any("thu hồi" in line.text for line in shown.signatures[0].reasons)


def test_an_altered_document_says_so_first():
    shown = view(report(changed=True))
    assert shown.badge.key == "TOTAL-FAILED"
    assert "thay đổi" in shown.statement
    assert shown.signatures[0].reasons[0].code == "HASH_FAILURE"


def test_a_picture_is_said_to_be_no_signature():
    shown = view(vnsign.verify(result_pdf(), trust=PKI.trust_store(), at=AT))
    assert "không phải là chữ ký số" in shown.statement
    assert shown.badge.tone is Tone.ATTENTION


def test_numbers_of_people_are_hidden_wherever_they_stand():
    found = report()
    number = found.signatures[0].signer.identifiers[0].value
    alone = re.compile(rf"(?<![0-9A-Za-z]){number}(?![0-9A-Za-z])")
    assert not any(alone.search(text) for text in texts(view(found)))
    assert any(alone.search(text) for text in texts(view(found, Wish(identifiers=True))))


def test_serial_numbers_and_digests_are_not_touched():
    shown = {row.key: row.value for row in view(report()).signatures[0].technical}
    signer = report().signatures[0].signer
    assert shown["serial"] == signer.serial_number
    assert shown["certificate-hash"] == signer.certificate_sha256


@given(st.text(alphabet="0123456789", min_size=6, max_size=20))
def test_a_masked_number_keeps_its_length_and_shows_three_digits(number: str):
    hidden = mask(number)
    assert len(hidden) == len(number)
    assert hidden[-3:] == number[-3:]
    assert sum(letter.isdigit() for letter in hidden) == 3


def test_equal_reports_have_equal_names_and_others_have_not():
    assert report_id(report()) == report_id(replace(report()))
    assert report_id(report()) != report_id(report(evidence=False))


def test_hostile_names_are_made_safe():
    found = replace(report(), name="a\u202efdp.\x1b[31mexe\n")
    for text in (view(found).name, render_views([view(found)], Screen())):
        assert "\u202e" not in text
        assert "\x1b" not in text


@pytest.mark.parametrize("width", [48, 60, 80, 120])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_lines_fit_the_screen_but_for_what_must_be_copied_whole(width: int, language: str):
    text = render_views([view(report(), Wish(language))], Screen(width=width))
    for line in text.splitlines():
        assert len(line) <= width or max(len(word) for word in line.split()) > 18, line


def test_colour_never_says_anything_alone():
    plain = render_views([view(report())], Screen())
    coloured = render_views([view(report())], Screen(colour=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[" in coloured


def test_dumb_terminals_get_no_signs_but_letters():
    text = render_views([view(report())], Screen(ascii_marks=True))
    assert "─" not in text
    assert "✔" not in text
    assert "Thời điểm ký" in text


def test_details_are_shown_when_asked_for():
    signer = report().signatures[0].signer
    assert signer.serial_number not in render_views([view(report())], Screen())
    assert signer.serial_number in render_views([view(report())], Screen(details=True))


def test_a_valid_document_with_notes_says_so_and_what_to_do():
    shown = view(cases.report("wrong-order"))
    assert shown.badge.key == "PASSED-WITH-NOTES"
    assert "lưu ý" in shown.headline
    assert "cơ quan" in shown.actions[0].text
    assert shown.actions[0].tone is Tone.ATTENTION
    assert shown.actions[-1].text.startswith("Có thể tiếp nhận")


@pytest.mark.parametrize("name", cases.SCREENS)
def test_the_seven_facts_of_the_circular_are_shown_without_unfolding_anything(name: str):
    facts = {"issuer", "signer", "managing-unit", "signing-time", "integrity", "validity-at-signing", "certificate-period"}
    for item in view(cases.report(name)).signatures:
        assert {"issuer", "unit", "time", "integrity", "certificate"} <= {row.key for row in item.main}
        assert item.title
        assert {row.key for row in item.fields} == facts
        assert all(row.value for row in item.fields)


@pytest.mark.parametrize("name", ["expired", "revoked", "untrusted"])
def test_what_is_not_determined_names_a_missing_fact(name: str):
    (item,) = view(cases.report(name)).signatures
    assert item.badge.key == "INDETERMINATE"
    assert re.search("không có|chưa có|thiếu", item.reasons[0].text, re.IGNORECASE)


def test_holders_are_named_in_sentences_and_whole_subjects_in_the_technical_part():
    (item,) = view(cases.report("revoked")).signatures
    assert "“TEST VŨ THỊ THU HỒI”" in item.reasons[0].text
    assert any("CN=TEST VŨ THỊ THU HỒI" in row.value for row in item.technical)


def test_policies_are_said_by_title_id_and_version():
    for language, title in (("vi", "Quy định hiện hành"), ("en", "The rules in force")):
        policy = next(row for row in view(cases.report("altered"), Wish(language)).technical if row.key == "policy")
        assert policy.value.startswith(title)
        assert policy.value.endswith("[circular-15-2025 1]")


def test_lists_of_changes_are_said_part_by_part():
    (item,) = view(cases.report("overlaid")).signatures
    changes = next(row for row in item.main if row.key == "changes")
    assert "trang 2" in changes.value
    assert "thêm nội dung trang" in changes.value
    assert "page" not in changes.value
