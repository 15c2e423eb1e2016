"""The page on hostile input names a test for every attack, and every test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explanation" / "hostile-input.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROW = re.compile(r"^\| (?!attack \||-).*\|$", re.MULTILINE)


def names_in(path: Path) -> set[str]:
    return set(re.findall(r"^\s*def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))


def attack_rows() -> list[str]:
    return ROW.findall(PAGE[PAGE.index("## Attacks") :])


def test_every_attack_names_the_tests_that_hold_it() -> None:
    rows = attack_rows()
    assert len(rows) > 35
    assert [row for row in rows if not NAMED.search(row)] == []


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 50
    assert [(file, name) for file, name in named if not (ROOT / file).is_file() or name not in names_in(ROOT / file)] == []


def test_every_test_of_an_attack_stands_on_the_page() -> None:
    on_page = {name for _, name in NAMED.findall(PAGE)}
    preparations = {
        "test_the_document_passes_before_it_is_attacked",
        "test_an_extended_key_usage_alone_makes_no_time_stamp_authority",
    }
    for file in Path(__file__).parent.glob("test_*_attacks.py"):
        assert names_in(file) - preparations <= on_page


def test_the_attacks_that_the_literature_names_are_on_the_page() -> None:
    words = PAGE[PAGE.index("## Attacks") :].casefold()
    for attack in (
        "universal signature forgery", "incremental saving", "signature wrapping", "shadow", "certification attacks",
        "used again", "saved anew", "object streams", "cross-reference loops", "page trees", "seal", "permutations 1 to 8",
        "duplicate identifiers", "canonicalisation", "`signedinfo`", "comments", "qualifying properties", "substitution",
        "hmac", "xslt", "xpath", "external uris", "1,000 references", "entities", "depth", "downgrade", "overlapping",
        "symbolic links", "encrypted entries", "climb", "folding", "ratio", "headers that differ", "nobody signed",
        "order of time-stamps", "planted certificates", "without pointer", "ocsp",
        "critical extensions", "addresses", "own network", "iterations", "circles", "writers", "pin",
    ):  # fmt: skip
        assert attack in words, attack
