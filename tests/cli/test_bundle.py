"""``vnsign bundle``: packed, sealed, checked anew without anything but the bundle and the trust data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import vnsign
from vnsign.cli import main
from vnsign.testing.documents import result_pdf
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import EPOCH, TestPki

PKI = TestPki.load()
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.pdf").write_bytes(vnsign.sign(result_pdf(), PKI.signer("citizen")).data)
    (tmp_path / "k.p12").write_bytes(PKI.credential("agency").pkcs12(b"secret"))
    (tmp_path / "secret").write_text("secret", "utf-8")
    write_trust(PKI, tmp_path / "trust")
    write_evidence(PKI, tmp_path / "evidence", at=EPOCH)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def go(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main.run(["bundle", *arguments, "--trust", "trust"])
        said = capsys.readouterr()
        return code, said.out, said.err

    return go


def test_a_bundle_is_made_and_checked_with_the_same_verdict(run: Run, folder: Path):
    code, out, err = run("make", "a.pdf", "--evidence", "evidence")
    assert code == 0, err
    assert "HỢP LỆ" in out
    (folder / "a.pdf").unlink()
    code, out, err = run("check", "a.pdf.bundle.asice")
    assert code == 0
    assert "TOTAL-PASSED" in out
    assert "giống như khi đóng gói" in err
    assert "không có chữ ký niêm phong" in err


def test_a_sealed_bundle_says_who_sealed_it(run: Run):
    code, out, err = run(
        "make", "a.pdf", "-o", "b.asice", "--evidence", "evidence", "--seal", "--key", "k.p12", "--secret-file", "secret"
    )
    assert code == 0, err
    assert "niêm phong" in out
    code, _, err = run("check", "b.asice")
    assert code == 0
    assert "TEST ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM" in err


def test_the_worse_verdict_of_then_is_kept(run: Run):
    code, _, _ = run("make", "a.pdf", "--lang", "en")
    assert code == 3
    code, out, err = run("check", "a.pdf.bundle.asice", "--lang", "en")
    assert code == 3
    assert "INDETERMINATE" in out
    assert "the verdict is the same" in err


def test_another_trust_store_is_told_and_the_verdict_is_another(run: Run, folder: Path, capsys: pytest.CaptureFixture[str]):
    run("make", "a.pdf", "--evidence", "evidence")
    (folder / "others").mkdir()
    for file in (folder / "trust").iterdir():
        if "government" in file.name or file.suffix == ".toml":
            (folder / "others" / file.name).write_bytes(file.read_bytes())
    capsys.readouterr()
    code = main.run(["bundle", "check", "a.pdf.bundle.asice", "--trust", "others"])
    err = capsys.readouterr().err
    assert code in (1, 2, 5)
    assert code != 1 or "KHÁC" in err


def test_nothing_is_overwritten_and_what_is_no_bundle_is_refused(run: Run, folder: Path):
    assert run("make", "a.pdf", "--evidence", "evidence")[0] == 0
    code, _, err = run("make", "a.pdf", "--evidence", "evidence")
    assert code == 2
    assert "[OUTPUT_EXISTS]" in err
    code, _, err = run("check", "a.pdf")
    assert code == 5


def test_verify_packs_what_it_judged(run: Run, folder: Path, capsys: pytest.CaptureFixture[str]):
    arguments = ["verify", "a.pdf", "--trust", "trust", "--evidence", "evidence", "--bundle", "b.asice"]
    assert main.run(arguments) == 0
    shown = capsys.readouterr().out
    assert run("check", "b.asice")[0] == 0
    assert "TOTAL-PASSED" in shown
    assert main.run(arguments) == 2
    assert main.run(["verify", "a.pdf", "a.pdf", "--trust", "trust", "--bundle", "c.asice"]) == 2
    assert not (folder / "c.asice").exists()
