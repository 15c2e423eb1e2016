"""Legal texts as data: a citation takes its window in force from ``law.toml``, never from code."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from vnsign.validation.registry import Citation


@lru_cache(maxsize=1)
def texts() -> dict[str, dict[str, Any]]:
    """The legal texts by key: ``text``, ``since``, and where it is so ``until`` and ``replaced_by``."""
    return tomllib.loads(Path(__file__).with_name("law.toml").read_text("utf-8"))


def cite(key: str, place: str) -> Citation:
    """The citation of a place in a legal text, with the days on which the text is in force.

    Args:
        key: of ``law.toml``, for example ``circular-15-2025``.
        place: article, clause, point, for example ``Article 6(4)(b)``.

    Raises:
        KeyError: no such text; a defect of the rule, seen when rules are loaded.
    """
    found = texts()[key]
    return Citation(f"{found['text']}, {place}", since=found.get("since"), until=found.get("until"))
