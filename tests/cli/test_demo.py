"""``vnsign demo`` end to end, and that the commands it prints work on what it wrote."""

from __future__ import annotations

import shlex
import unicodedata
from pathlib import Path

import pytest

from vnsign.cli import demo, main
from vnsign.errors import OutputExistsError
from vnsign.model.report import DocumentReport
from vnsign.model.verdict import Indication
from vnsign.testing.pki import EPOCH


def run(arguments: list[str]) -> int:
    """The exit code of the command line, however it ends."""
    try:
        return main.run(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One demo for all tests that only read it."""
    path = tmp_path_factory.mktemp("demo") / "hồ sơ"
    assert run(["demo", "--output", str(path)]) == 0
    return path


def test_it_says_what_it_made_and_exits_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--output", str(tmp_path / "demo")]) == 0
    text = capsys.readouterr().out
    assert text.count("TOTAL-PASSED") >= 3
    assert "TOTAL-FAILED / HASH_FAILURE" in text
    assert "CCCD •••••••••001" in text
    assert "000000000001" not in text.replace("54010101000000000000000000000001", "")  # the serial number
    assert "Hoạt động đúng" in text
    assert unicodedata.is_normalized("NFC", text)


def test_english_has_no_vietnamese_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--output", str(tmp_path / "demo"), "--lang", "en"]) == 0
    text = capsys.readouterr().out
    assert "It works." in text
    assert "Kết quả" not in text


def test_commands_that_it_prints_work(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes = {}
    for command in demo.commands(folder):
        program, *arguments = shlex.split(command)
        assert program == "vnsign"
        codes[command] = run(arguments)
    printed = capsys.readouterr()
    assert printed.err == ""
    for command, code in codes.items():
        assert code == (1 if "tampered" in command else 0), command


def test_every_document_verifies_again_from_the_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sources = ["--trust", str(folder / "trust"), "--evidence", str(folder / "evidence")]
    good = sorted(str(path) for path in folder.glob("*.signed.*"))
    assert len(good) == 3
    assert run(["verify", *good, *sources]) == 0
    assert run(["verify", *good, str(folder / "to-khai.tampered.pdf"), *sources]) == 1
    capsys.readouterr()


def test_tampered_differs_in_one_byte(folder: Path) -> None:
    signed, tampered = ((folder / f"to-khai.{kind}.pdf").read_bytes() for kind in ("signed", "tampered"))
    assert len(signed) == len(tampered)
    assert sum(a != b for a, b in zip(signed, tampered, strict=True)) == 1


def test_result_is_signed_by_official_then_agency_in_the_civil_service(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = ["--trust", str(folder / "trust"), "--evidence", str(folder / "evidence"), "--lang", "en"]
    assert run(["verify", str(folder / "ket-qua.signed.pdf"), *sources]) == 0
    text = capsys.readouterr().out
    assert text.index("TEST Lê Thị Hồng Ánh") < text.index("TEST ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM")


def test_without_the_trust_folder_nothing_passes(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "trust"
    empty.mkdir()
    assert run(["verify", str(folder / "to-khai.signed.pdf"), "--trust", str(empty)]) != 0
    capsys.readouterr()


def test_an_earlier_demo_is_written_again_and_nothing_else_is_touched(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = folder / "ghi-chu.txt"
    note.write_text("của tôi", "utf-8")
    assert run(["demo", "--output", str(folder)]) == 0
    assert note.read_text("utf-8") == "của tôi"
    capsys.readouterr()


def test_a_folder_with_something_else_is_refused_untouched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    assert run(["demo", "--output", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert "OUTPUT_EXISTS" in capsys.readouterr().err


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputExistsError):
        demo.prepare_folder(tmp_path / "file")
    with pytest.raises(OutputExistsError):
        demo.prepare_folder(tmp_path / "file" / "below")


def test_a_verdict_that_is_not_as_wanted_is_named() -> None:
    empty = DocumentReport("a.pdf", "", "pdf", (), EPOCH, "policy")
    assert empty.indication is Indication.INDETERMINATE
    assert demo.unexpected([empty], empty) == ["a.pdf: INDETERMINATE", "a.pdf: INDETERMINATE"]
