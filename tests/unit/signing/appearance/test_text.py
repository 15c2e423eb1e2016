"""Texts of appearances: NFC, moments in Vietnam's zone, lines."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnsign.errors import ConfigurationError
from vnsign.signing.appearance.text import TimeForm, broken, clean, moment_text

AT = datetime(2026, 11, 23, 18, 5, 9, 700, tzinfo=UTC)


def measure(text: str, size: float) -> float:
    return len(text) * size


def test_text_is_composed_and_spaces_are_single():
    assert clean(unicodedata.normalize("NFD", " Lê  Thị\u00a0Hồng\tÁnh "), "name") == "Lê Thị Hồng Ánh"


@pytest.mark.parametrize("text", ["", "  ", "a\u202eb", "a\u200bb", "a\0b", "a\ue000", "x" * 401])
def test_text_that_cannot_be_seen_is_refused(text):
    with pytest.raises(ConfigurationError) as caught:
        clean(text, "name")
    assert caught.value.code == "APPEARANCE_TEXT"


def test_moments_are_written_as_the_forms_do_in_vietnams_zone():
    assert moment_text(AT) == "24/11/2026; 01:05:09 +07:00"
    assert moment_text(AT, TimeForm.ISO_8601) == "2026-11-24T01:05:09+07:00"


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ConfigurationError):
        moment_text(datetime(2026, 1, 1))  # noqa: DTZ001 - this is what is tested


def test_a_line_ends_after_a_part_where_it_can():
    assert broken(("SAO Y", "Bộ Nội vụ", "24/11/2026"), 20.0, 1.0, measure) == ("SAO Y; Bộ Nội vụ;", "24/11/2026")
    assert broken(("SAO Y", "Bộ Nội vụ", "24/11/2026"), 99.0, 1.0, measure) == ("SAO Y; Bộ Nội vụ; 24/11/2026",)


@given(st.lists(st.text("ab ễỮ", min_size=1, max_size=40).map(lambda x: " ".join(x.split()) or "a"), min_size=1, max_size=4))
def test_no_line_is_too_long_and_no_letter_is_lost(parts):
    lines = broken(parts, 7.0, 1.0, measure)
    assert all(measure(line, 1.0) <= 7.0 for line in lines)
    assert "".join(lines).replace(" ", "") == "; ".join(parts).replace(" ", "")
