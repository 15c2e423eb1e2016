"""``vnsign verify --format html -o FILE``: a report to keep, written once and never over another file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens import cases
from vnsign.cli import main
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import TestPki


@pytest.fixture
def given(tmp_path: Path) -> list[str]:
    pki = TestPki.load()
    write_trust(pki, tmp_path / "trust")
    write_evidence(pki, tmp_path / "evidence", at=cases.CHECKED)
    for name in ("valid-person", "altered"):
        (tmp_path / f"{name}.pdf").write_bytes(cases.screen(name).document)
    return ["--trust", str(tmp_path / "trust"), "--evidence", str(tmp_path / "evidence"), "--at", cases.CHECKED.isoformat()]


def run(*args: str) -> int:
    try:
        return main.run(list(args))
    except SystemExit as stop:
        return int(stop.code or 0)


def test_a_report_of_several_documents_is_written(given, tmp_path, capsys):
    files = [str(tmp_path / "valid-person.pdf"), str(tmp_path / "altered.pdf")]
    target = tmp_path / "bao-cao.html"
    assert run("verify", *given, *files, "--format", "html", "-o", str(target)) == 1
    text = target.read_text("utf-8")
    assert text.count("<article") == 4
    assert "KHÔNG HỢP LỆ" in text
    assert capsys.readouterr().out == ""


def test_a_file_that_is_there_is_left_alone(given, tmp_path, capsys):
    target = tmp_path / "bao-cao.html"
    target.write_text("mine")
    file = str(tmp_path / "valid-person.pdf")
    assert run("verify", *given, file, "--format", "html", "--output", str(target)) == 2
    assert target.read_text() == "mine"
    assert "OUTPUT_EXISTS" in capsys.readouterr().err


def test_text_that_goes_to_a_file_has_no_colours(given, tmp_path, monkeypatch):
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    target = tmp_path / "bao-cao.txt"
    assert run("verify", *given, str(tmp_path / "valid-person.pdf"), "-o", str(target)) == 0
    assert "\x1b" not in target.read_text("utf-8")
    assert "HỢP LỆ" in target.read_text("utf-8")


def test_without_a_file_the_report_goes_to_stdout(given, tmp_path, capsys):
    assert run("verify", *given, str(tmp_path / "valid-person.pdf"), "--format", "html", "--lang", "en") == 0
    assert capsys.readouterr().out.startswith("<!DOCTYPE html>")
