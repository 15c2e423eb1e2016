"""Moments: aware, UTC inside, +07:00 towards people. Nothing here asks what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from vnsign.errors import ConfigurationError

VIETNAM = timezone(timedelta(hours=7))
"""Vietnam's zone: fixed +07:00, no daylight saving."""


def utc(moment: datetime) -> datetime:
    """The moment in UTC.

    Raises:
        ConfigurationError: when it has no zone: a naive moment means different instants on different machines.
    """
    if moment.tzinfo is None:
        raise ConfigurationError("moment has no time zone", code="NAIVE_MOMENT", hint="write it as 2026-03-02T09:14:07+07:00")
    return moment.astimezone(UTC)


@lru_cache(maxsize=512)
def vietnam_text(moment: datetime) -> str:
    """``02/03/2026 09:14:07 (+07:00)``, as officials read it."""
    return moment.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S (+07:00)")


def parse(text: str) -> datetime:
    """Read an ISO 8601 date or moment; a date means its end in Vietnam, a moment without zone is +07:00.

    Raises:
        ConfigurationError: when it is neither.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigurationError(
            f"not a moment: {text!r}", code="BAD_MOMENT", hint="write 2018-09-14 or 2018-09-14T12:00:00+07:00"
        ) from None
    if len(text.strip()) <= len("2018-09-14"):
        found = found.replace(hour=23, minute=59, second=59)
    return (found if found.tzinfo else found.replace(tzinfo=VIETNAM)).astimezone(UTC)
