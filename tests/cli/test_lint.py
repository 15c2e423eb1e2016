"""``vnsign lint``: what it says, in which language, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.formats.pdf.lint_support import pdf, scan, with_action
from vnsign.cli.main import run

SCRIPT = with_action(b"<< /S /JavaScript /JS (app.alert) >>")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    found = {"clean": pdf(), "script": SCRIPT, "scan": scan(1240, 1754), "text": b"no PDF"}
    for name, data in found.items():
        (tmp_path / f"{name}.pdf").write_bytes(data)
    return {name: str(tmp_path / f"{name}.pdf") for name in found}


@pytest.mark.parametrize(
    ("name", "profile", "code"),
    [
        ("clean", "strict", 0),
        ("script", "standard", 0),
        ("script", "strict", 1),
        ("scan", "strict", 0),
        ("scan", "digitised", 1),
        ("text", "strict", 5),
    ],
)
def test_exit_codes(files: dict[str, str], name: str, profile: str, code: int) -> None:
    assert run(["lint", files[name], "--profile", profile]) == code


def test_of_many_files_the_worst_counts_and_all_are_looked_at(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["lint", files["text"], files["script"], files["clean"], "--profile", "strict"]) == 1
    shown = capsys.readouterr()
    assert "PDF_HEADER" in shown.err
    assert "PDF_SCRIPT" in shown.out
    assert "không phát hiện vấn đề" in shown.out


def test_what_is_said_in_both_languages(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    run(["lint", files["scan"], "--profile", "digitised"])
    assert "KHÔNG NÊN KÝ [SCAN_DPI_LOW] Ảnh số hóa có độ phân giải thấp hơn 200 dpi." in (shown := capsys.readouterr().out)
    assert "- trang 1: 150 dpi" in shown
    run(["lint", files["scan"], "--profile", "digitised", "--lang", "en"])
    assert "NOT TO BE SIGNED [SCAN_DPI_LOW] The scan has less than 200 dpi." in (shown := capsys.readouterr().out)
    assert "- page 1: 150 dpi" in shown


def test_json_has_stable_codes(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    run(["lint", files["script"], files["clean"], "--profile", "strict", "--format", "json"])
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["schema"] == "vnsign.lint/1"
    assert first["refused"] is True
    assert first["findings"] == [{"code": "PDF_SCRIPT", "weight": "refused", "page": 1, "found": "JavaScript"}]
    assert (second["refused"], second["findings"]) == (False, [])


def test_text_of_documents_is_shown_without_its_controls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = tmp_path / "hostile.pdf"
    hostile.write_bytes(with_action(b"<< /S /URI /URI (http://x\\033[31m\\nOK) >>"))
    run(["lint", str(hostile)])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\nOK" not in shown


def test_codes_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "SCAN_NOT_COLOUR", "--lang", "en"]) == 0
    assert "colour" in capsys.readouterr().out
