"""Law changes: no number of a circular or decree in a sentence or in code, only in citations and policies."""

from __future__ import annotations

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "vnsign"
NUMBER = re.compile(r"\b\d{1,3}/20\d{2}/(?:TT|NĐ|QĐ|QH|ND|QD)", re.IGNORECASE)


def test_no_sentence_names_a_circular_or_decree():
    naming = [
        str(file.relative_to(SOURCE))
        for file in SOURCE.glob("report/messages/*/*.toml")
        if NUMBER.search(file.read_text("utf-8"))
    ]
    assert naming == []


def test_no_code_names_a_circular_or_decree():
    """They are data: ``validation/rules/law.toml``."""
    naming = [str(file.relative_to(SOURCE)) for file in SOURCE.rglob("*.py") if NUMBER.search(file.read_text("utf-8"))]
    assert naming == []


def test_files_and_functions_stay_small():
    long = [str(file.relative_to(SOURCE)) for file in SOURCE.rglob("*.py") if len(file.read_text("utf-8").splitlines()) > 400]
    assert long == []


def test_the_architecture_page_names_tests_that_exist():
    root = SOURCE.parents[1]
    named = set(re.findall(r"tests/[a-z_/]+(?:\.py)?", (root / "docs" / "architecture.md").read_text("utf-8")))
    assert len(named) >= 8
    assert [item for item in sorted(named) if not (root / item).exists()] == []
