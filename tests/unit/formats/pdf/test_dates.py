"""Dates of PDF strings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnsign.formats.pdf.dates import read_date


@pytest.mark.parametrize(
    ("text", "moment", "assumed"),
    [
        ("D:20180913160748+07'00'", datetime(2018, 9, 13, 9, 7, 48, tzinfo=UTC), False),
        ("D:20180913160748+07'00", datetime(2018, 9, 13, 9, 7, 48, tzinfo=UTC), False),
        ("D:20180913160748+0700", datetime(2018, 9, 13, 9, 7, 48, tzinfo=UTC), False),
        ("D:20180913160748+07:00", datetime(2018, 9, 13, 9, 7, 48, tzinfo=UTC), False),
        ("D:20180913090748Z", datetime(2018, 9, 13, 9, 7, 48, tzinfo=UTC), False),
        ("D:20180913090748Z00'00'", datetime(2018, 9, 13, 9, 7, 48, tzinfo=UTC), False),
        ("20180913160748", datetime(2018, 9, 13, 9, 7, 48, tzinfo=UTC), True),
        ("D:20180913", datetime(2018, 9, 12, 17, 0, tzinfo=UTC), True),
        ("D:20180913040748-05'00'", datetime(2018, 9, 13, 9, 7, 48, tzinfo=UTC), False),
    ],
)
def test_dates_with_and_without_zone(text: str, moment: datetime, assumed: bool) -> None:
    """A missing zone is read as Vietnam's, and that is said."""
    assert read_date(text) == (moment, assumed)


@pytest.mark.parametrize("text", ["", "hôm qua", "D:2018091316074", "D:20181313000000Z", "D:20180913160748+99'99'"])
def test_what_is_no_date_has_no_moment(text: str) -> None:
    """No guess."""
    assert read_date(text) is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    """Any text: a moment or none."""
    read_date(text)
