"""Moments are aware; dates mean the end of the day in Vietnam."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vnsign.errors import ConfigurationError
from vnsign.model.moment import parse, utc, vietnam_text


def test_a_naive_moment_is_refused():
    with pytest.raises(ConfigurationError):
        utc(datetime(2026, 1, 1))  # noqa: DTZ001 - a naive moment is what is tested


def test_a_date_means_its_end_in_vietnam():
    assert parse("2018-09-14") == datetime(2018, 9, 14, 16, 59, 59, tzinfo=UTC)


def test_a_moment_without_zone_is_vietnam_time():
    assert parse("2018-09-14T07:00:00") == datetime(2018, 9, 14, 0, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "14/09/2018", "2018-13-01"])
def test_other_text_is_refused_with_a_hint(text):
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    assert caught.value.hint


def test_officials_read_vietnam_time():
    assert vietnam_text(datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)) == "02/03/2026 09:14:07 (+07:00)"
