"""``vnsign verify --format pdf``: a paper for the file, signed by the agency on request."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.screens import cases, papers
from tests.unit.signing.appearance.support import serif
from vnsign import Verifier
from vnsign.cli import main
from vnsign.formats.source import DocumentSource
from vnsign.model.verdict import Indication
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import TestPki

PKI = TestPki.load()
SEAL = ("--seal", "--key", "k.p12", "--secret-file", "secret")


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    serif()
    write_trust(PKI, tmp_path / "trust")
    write_evidence(PKI, tmp_path / "evidence", at=cases.CHECKED)
    for name in ("valid-person", "altered"):
        (tmp_path / f"{name}.pdf").write_bytes(cases.screen(name).document)
    (tmp_path / "k.p12").write_bytes(PKI.credential("agency").pkcs12(b"secret"))
    (tmp_path / "secret").write_text("secret", "utf-8")
    monkeypatch.chdir(tmp_path)
    return ["--trust", "trust", "--evidence", "evidence", "--at", cases.CHECKED.isoformat(), "--format", "pdf"]


def run(*args: str) -> int:
    try:
        return main.run(["verify", *args])
    except SystemExit as stop:
        return int(stop.code or 0)


def test_a_paper_on_several_documents_is_written(given: list[str], tmp_path: Path):
    assert run(*given, "valid-person.pdf", "altered.pdf", "-o", "bien-ban.pdf") == 1
    assert (tmp_path / "bien-ban.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_the_agency_is_named_at_its_head(given: list[str], tmp_path: Path):
    assert run(*given, "valid-person.pdf", "-o", "a.pdf", "--agency", "UBND xã Đại Thắng") == 0
    assert "UBND XÃ ĐẠI THẮNG" in papers.text((tmp_path / "a.pdf").read_bytes())


def test_it_is_the_same_each_time_and_is_never_written_over(given: list[str], tmp_path: Path, capsys):
    for name in ("a.pdf", "b.pdf"):
        assert run(*given, "valid-person.pdf", "-o", name) == 0
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert run(*given, "altered.pdf", "-o", "a.pdf") == 2
    assert "OUTPUT_EXISTS" in capsys.readouterr().err
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_a_pipe_takes_it_and_a_terminal_does_not(given: list[str], capsysbinary, monkeypatch: pytest.MonkeyPatch):
    assert run(*given, "valid-person.pdf") == 0
    assert capsysbinary.readouterr().out.startswith(b"%PDF-")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run(*given, "valid-person.pdf") == 2
    said = capsysbinary.readouterr()
    assert b"%PDF" not in said.out
    assert b"-o FILE" in said.err


def test_the_agency_signs_it(given: list[str], tmp_path: Path):
    """The signature holds by our own verifier; the report of the report is as before."""
    assert run(*given, "valid-person.pdf", "-o", "bien-ban.pdf", *SEAL) == 0
    found = Verifier(PKI.trust_store(), evidence=PKI.evidence(cases.CHECKED)).report(
        DocumentSource.of(tmp_path / "bien-ban.pdf"), at=cases.CHECKED
    )
    (signature,) = found.signatures
    assert signature.signer is not None
    assert signature.signer.name == "TEST ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM"
    assert signature.indication is Indication.TOTAL_PASSED
    assert run(*given, "valid-person.pdf", "-o", "plain.pdf") == 0
    assert (tmp_path / "bien-ban.pdf").read_bytes().startswith((tmp_path / "plain.pdf").read_bytes())


@pytest.mark.oracle
def test_another_program_finds_the_signature_whole(given: list[str], tmp_path: Path):
    if shutil.which("pdfsig") is None:
        pytest.skip("pdfsig is not installed")
    assert run(*given, "valid-person.pdf", "-o", "bien-ban.pdf", *SEAL) == 0
    said = subprocess.run(
        ["pdfsig", "-nocert", "bien-ban.pdf"], capture_output=True, cwd=tmp_path, timeout=60, check=False
    ).stdout.decode()
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "Not total document signed" not in said


def test_reports_in_a_folder_are_each_signed_and_a_second_run_leaves_them(given: list[str], tmp_path: Path):
    for _ in range(2):
        assert run(*given, "valid-person.pdf", "altered.pdf", "-o", "out/", *SEAL) == 1
        written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
        assert set(written) == {"valid-person.pdf.pdf", "altered.pdf.pdf"}
        assert all(b"/ByteRange" in data for data in written.values())


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (["--format", "pdf", "--seal"], "--key FILE"),
        (["--format", "html", *SEAL], "--format pdf"),
        (["--format", "pdf", "--key", "k.p12"], "--seal"),
        (["--format", "pdf", "--tsa", "http://tsa.test"], "--seal"),
    ],
)
def test_what_does_not_go_together_is_refused(given: list[str], options: list[str], hint: str, tmp_path: Path, capsys):
    before = [item for item in given if item not in ("--format", "pdf")]
    assert run(*before, "valid-person.pdf", *options, "-o", "bien-ban.pdf") == 2
    assert hint in capsys.readouterr().err
    assert not (tmp_path / "bien-ban.pdf").exists()


def test_a_wrong_secret_is_told_before_anything_is_judged(given: list[str], tmp_path: Path, capsys):
    (tmp_path / "secret").write_text("other", "utf-8")
    assert run(*given, "valid-person.pdf", "-o", "bien-ban.pdf", *SEAL) == 2
    assert not (tmp_path / "bien-ban.pdf").exists()
