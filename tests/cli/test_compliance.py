"""``vnsign compliance`` tells the truth: every test that it names is there, every clause has a status, in both languages."""

from __future__ import annotations

import ast
import json
import unicodedata
from functools import cache
from pathlib import Path

import pytest

from vnsign.cli.compliance import STATUSES, clauses
from vnsign.cli.main import run

ROOT = Path(__file__).parents[2]
ARTICLES = {
    *("5(1)(a)", "5(1)(b)", "5(1)(c)", "5(1)(d)", "5(1)(đ)", "5(1)(e)", "5(1)(g)"),
    *("5(2)(a)", "5(2)(b)", "5(2)(c)", "5(3)", "5(4)", "5(5)", "5(6)(a)", "5(6)(b)", "5(6)(c)"),
    *("6(1)(a)", "6(1)(b)", "6(1)(c)", "6(1)(d)", "6(1)(đ)", "6(1)(e)", "6(1)(g)", "6(1)(h)"),
    *("6(2)", "6(3)", "6(4)(a)", "6(4)(b)"),
}


@cache
def named_in(file: Path) -> frozenset[str]:
    return frozenset(
        node.name
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_every_clause_of_both_articles_is_listed_once():
    listed = [item.id for item in clauses()]
    assert len(listed) == len(set(listed))
    assert set(listed) >= ARTICLES


@pytest.mark.parametrize("clause", clauses(), ids=lambda item: item.id)
def test_a_clause_has_a_status_and_tests_that_exist(clause):
    assert clause.status in STATUSES
    for test in clause.tests:
        file, _, name = test.partition("::")
        assert name in named_in(ROOT / file), f"{clause.id} names {test}, which is not there"
    if clause.status in ("implemented", "partly"):
        assert clause.tests, f"{clause.id} claims to be met and no test holds it"
    if clause.status == "partly":
        assert clause.note["vi"], f"{clause.id} does not say what is missing"
        assert clause.note["en"], f"{clause.id} does not say what is missing"


def test_both_languages_say_everything_in_nfc():
    for clause in clauses():
        assert all(clause.text.values()), clause.id
        assert bool(clause.note["vi"]) is bool(clause.note["en"]), clause.id
        for text in (*clause.text.values(), *clause.note.values()):
            assert unicodedata.normalize("NFC", text) == text


@pytest.mark.parametrize(("language", "word"), [("vi", "đã có"), ("en", "implemented")])
def test_the_command_lists_every_clause(language, word, capsys):
    assert run(["compliance", "--lang", language]) == 0
    shown = capsys.readouterr().out
    for clause in clauses():
        assert f"\n{clause.id} " in shown
        assert clause.text[language] in shown
    assert word in shown
    assert "10/04/2027" in shown


def test_the_json_names_law_version_and_clauses(capsys):
    assert run(["compliance", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == "vnsign.compliance/1"
    assert data["law"]["since"] == "2025-08-15"
    assert data["upgrade"]["by"] == "2027-04-10"
    assert [item["id"] for item in data["clauses"]] == [item.id for item in clauses()]
    assert all(set(item) == {"id", "text", "status", "note", "tests"} for item in data["clauses"])
