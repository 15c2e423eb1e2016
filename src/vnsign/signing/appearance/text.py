"""Texts of appearances: cleaned, in NFC, broken into lines; moments as the rules write them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from vnsign.errors import ConfigurationError
from vnsign.model.moment import VIETNAM, utc
from vnsign.signing.appearance.model import Measure

_LONGEST = 400
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class TimeForm(StrEnum):
    """How a signing time is written, always in Vietnam's zone.

    The rules ask for day, hour, minute, second and the zone of ISO 8601, and their sample forms print
    ``ngày/tháng/năm; giờ: phút: giây``. Agencies use both forms.
    """

    FORM = "form"
    """``24/11/2026; 10:39:00 +07:00``"""
    ISO_8601 = "iso-8601"
    """``2026-11-24T10:39:00+07:00``"""


def clean(text: str, what: str) -> str:
    """One line of text in NFC, with single spaces.

    Args:
        text: as given.
        what: for the message.

    Raises:
        ConfigurationError: empty, longer than 400 letters, or with letters that cannot be seen.
    """
    found = " ".join(unicodedata.normalize("NFC", text).split())
    for letter in found:
        if unicodedata.category(letter) in _REFUSED:
            raise ConfigurationError(
                f"{what}: U+{ord(letter):04X} cannot be drawn", code="APPEARANCE_TEXT", hint="leave that sign out"
            )
    if not found or len(found) > _LONGEST:
        raise ConfigurationError(
            f"{what}: {len(found)} letters", code="APPEARANCE_TEXT", hint=f"give between 1 and {_LONGEST} letters"
        )
    return found


def moment_text(at: datetime, form: TimeForm = TimeForm.FORM) -> str:
    """A moment in Vietnam's zone.

    Args:
        at: aware.
        form: how it is written.

    Raises:
        ConfigurationError: ``at`` has no zone.
    """
    local = utc(at).astimezone(VIETNAM)
    if form is TimeForm.ISO_8601:
        return local.replace(microsecond=0).isoformat()
    return local.strftime("%d/%m/%Y; %H:%M:%S +07:00")


def broken(parts: Sequence[str], width: float, size: float, measure: Measure) -> tuple[str, ...]:
    """Lines of a text whose parts are joined by semicolons.

    A line ends after a part where it can, between words where a part is too long, and within a word only where the word alone
    is too long.

    Args:
        parts: without the semicolons.
        width: that a line may take, in points.
        size: of the font.
        measure: widths of texts.
    """
    pieces = [part + (";" if index < len(parts) - 1 else "") for index, part in enumerate(parts)]
    return _filled([line for piece in pieces for line in _of_words(piece, width, size, measure)], width, size, measure)


def _of_words(text: str, width: float, size: float, measure: Measure) -> tuple[str, ...]:
    if measure(text, size) <= width:
        return (text,)
    words = [bit for word in text.split(" ") for bit in _of_letters(word, width, size, measure)]
    return _filled(words, width, size, measure)


def _of_letters(word: str, width: float, size: float, measure: Measure) -> tuple[str, ...]:
    bits, current = [], ""
    for letter in word:
        if current and measure(current + letter, size) > width:
            bits.append(current)
            current = ""
        current += letter
    return (*bits, current)


def _filled(pieces: Sequence[str], width: float, size: float, measure: Measure) -> tuple[str, ...]:
    lines: list[str] = []
    for piece in pieces:
        if lines and measure(f"{lines[-1]} {piece}", size) <= width:
            lines[-1] = f"{lines[-1]} {piece}"
        else:
            lines.append(piece)
    return tuple(lines)
