"""Personal and tax numbers are hidden in what people are shown, all but their last digits, unless they are asked for."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from vnsign.model.report import DocumentReport, Signer

Shown = TypeVar("Shown")

KEPT = 3
"""Digits that stay, so that somebody who has the number can recognise it."""

_LEAST = 6
"""Shorter values are no numbers of people or firms."""


def mask(value: str) -> str:
    """A number with all but its last digits hidden."""
    return "•" * max(len(value) - KEPT, 0) + value[-KEPT:]


def masked(shown: Shown, report: DocumentReport) -> Shown:
    """What is shown of a report with every number of its signers hidden, wherever in the text it stands.

    Args:
        shown: a view, or any frozen value of texts.
        report: names the signers whose numbers are hidden.
    """
    numbers = sorted(_numbers(report), key=len, reverse=True)
    if not numbers:
        return shown
    # Alone, not within longer runs of letters and digits: a serial number or a digest stays what it is.
    pattern = re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(re.escape(number) for number in numbers)})(?![0-9A-Za-z])")
    found: Shown = _replaced(shown, pattern)
    return found


def _numbers(report: DocumentReport) -> set[str]:
    signers: list[Signer | None] = []
    for item in report.signatures:
        signers += [item.signer, *(stamp.tsa for stamp in item.timestamps)]
    found = {number.value for signer in signers if signer is not None for number in signer.identifiers}
    return {value for value in found if len(value) >= _LEAST}


def _replaced(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str) and type(value) is str:
        return pattern.sub(lambda match: mask(match.group()), value)
    if isinstance(value, tuple):
        return tuple(_replaced(item, pattern) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{item.name: _replaced(getattr(value, item.name), pattern) for item in fields(value)})
    return value
