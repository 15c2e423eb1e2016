"""``vnsign verify --format etsi-xml``: one report a document, to a file, stdout or a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens import cases
from vnsign.cli import main
from vnsign.report.etsi.read import read
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
        return main.run([*args, "--format", "etsi-xml"])
    except SystemExit as stop:
        return int(stop.code or 0)


def test_the_report_goes_to_stdout_and_to_a_file_alike(given, tmp_path, capfdbinary):
    file, target = str(tmp_path / "valid-person.pdf"), tmp_path / "report.xml"
    assert run("verify", *given, file) == 0
    assert run("verify", *given, file, "-o", str(target)) == 0
    assert capfdbinary.readouterr().out == target.read_bytes()
    assert [item.status.indication for item in read(target.read_bytes()).signatures] == ["TOTAL-PASSED"]


def test_several_documents_are_one_report_each_in_a_folder(given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("verify", *given, "valid-person.pdf", "altered.pdf", "-o", "reports/") == 1
    found = {path.name: read(path.read_bytes()) for path in sorted((tmp_path / "reports").iterdir())}
    assert {name: item.signatures[0].status.indication for name, item in found.items()} == {
        "altered.pdf.xml": "TOTAL-FAILED",
        "valid-person.pdf.xml": "TOTAL-PASSED",
    }


def test_several_documents_in_one_report_are_refused_with_a_hint(given, tmp_path, capsys):
    target = tmp_path / "report.xml"
    files = [str(tmp_path / "valid-person.pdf"), str(tmp_path / "altered.pdf")]
    assert run("verify", *given, *files, "--lang", "en", "-o", str(target)) == 2
    assert not target.exists()
    said = capsys.readouterr().err
    assert "TOO_MANY_FOR_ONE_FILE" in said
    assert "-o FOLDER/" in said
