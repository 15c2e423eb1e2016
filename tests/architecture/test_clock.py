"""The time is asked in few places: composition roots and the edges; never where anything is judged or read."""

from __future__ import annotations

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "vnsign"
MAY_ASK = (
    "_verify.py",
    "_sign.py",
    "_batch.py",
    "_many.py",
    "_augment.py",
    "office.py",
    "cli/",
    "net/",
    "testing/",
    "signing/session.py",
)
ASKS = re.compile(r"datetime\.now\(|datetime\.utcnow\(|time\.time\(|date\.today\(")


def test_only_the_edges_ask_the_time():
    asking = [
        str(file.relative_to(SOURCE))
        for file in SOURCE.rglob("*.py")
        if ASKS.search(file.read_text("utf-8")) and not str(file.relative_to(SOURCE)).startswith(MAY_ASK)
    ]
    assert asking == []
