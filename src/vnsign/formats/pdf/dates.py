"""Dates of PDF strings (ISO 32000-2, 7.9.4), with the odd forms that signing tools write."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from vnsign.model.moment import VIETNAM

_DATE = re.compile(
    r"\s*(?:D:)?(?P<year>\d{4})(?P<month>\d\d)?(?P<day>\d\d)?(?P<hour>\d\d)?(?P<minute>\d\d)?(?P<second>\d\d)?(?:\.\d+)?"
    r"\s*(?P<sign>[Zz+\-])?(?P<hours>\d\d)?(?:'|:)?(?P<minutes>\d\d)?'?\s*\x00*\Z"
)


def read_date(text: str) -> tuple[datetime, bool] | None:
    """Read a date such as ``D:20180914151030+07'00'``.

    Args:
        text: the string's text.

    Returns:
        The moment in UTC, and whether its zone was assumed to be +07:00 because none is written; ``None`` when the text is
        no date.
    """
    found = _DATE.match(text[:64])
    if found is None:
        return None
    lowest = {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0}
    parts = {name: int(found[name]) if found[name] else least for name, least in lowest.items()}
    try:
        naive = datetime(int(found["year"]), **parts)  # type: ignore[arg-type]  # noqa: DTZ001 # the zone is added below
        return naive.replace(tzinfo=_zone(found) or VIETNAM).astimezone(UTC), _zone(found) is None
    except (ValueError, OverflowError):
        return None


def _zone(found: re.Match[str]) -> timezone | None:
    sign = found["sign"]
    if sign is None:
        return None
    if sign in "Zz":
        return UTC
    offset = timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    return timezone(-offset if sign == "-" else offset)
