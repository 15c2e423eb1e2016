"""Text that XML 1.0 can hold, and moments as XML Schema writes them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime


def clean(text: str) -> str:
    """The text in NFC without the characters that XML 1.0 (2.2) cannot hold."""
    kept = (
        letter
        for letter in text
        if letter in "\t\n\r" or " " <= letter <= "\ud7ff" or "\ue000" <= letter <= "\ufffd" or letter > "\uffff"
    )
    return unicodedata.normalize("NFC", "".join(kept))


def moment(value: datetime) -> str:
    """``xs:dateTime`` in UTC."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_moment(text: str) -> datetime:
    """The moment of an ``xs:dateTime``, aware; one without a zone is read as UTC.

    Raises:
        ValueError: it is none.
    """
    value = datetime.fromisoformat(text.strip())
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
