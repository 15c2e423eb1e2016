"""``vnsign augment`` and ``vnsign timestamp`` end to end: what they write, what they say, their exit codes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vnsign import sign
from vnsign.cli import main
from vnsign.report.catalogue import topic
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import TestPki
from vnsign.testing.servers import Reply, Services, resolved, serve

Run = Callable[..., tuple[int, str, str]]
LOCAL = ("--allow", "127.0.0.1")
OFFLINE = ("--trust", "trust", "--evidence", "evidence")


@pytest.fixture
def services() -> Iterator[Services]:
    with serve(TestPki.load()) as found, resolved(found):
        yield found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in a folder with two signed documents, trust and evidence: exit code, stdout, stderr."""
    pki = TestPki.load()
    signer = pki.signer("citizen")
    (tmp_path / "đơn.pdf").write_bytes(sign(application_pdf(), signer).data)
    (tmp_path / "a.xml").write_bytes(sign(declaration_xml(), signer).data)
    (tmp_path / "bảng.txt").write_bytes(b"1")
    write_trust(pki, tmp_path / "trust")
    write_evidence(pki, tmp_path / "evidence", at=datetime.now(UTC) - timedelta(hours=1))
    monkeypatch.chdir(tmp_path)

    def ask(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main.run(list(arguments))
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return ask


def names() -> set[str]:
    return {item.name for item in Path().iterdir() if item.is_file()}


def test_many_files_are_raised_beside_the_input_and_verify_offline(run: Run, services: Services):
    before = Path("đơn.pdf").read_bytes()
    code, out, err = run("augment", "đơn.pdf", "a.xml", "--tsa", services.tsa(), *LOCAL, *OFFLINE)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "đã nâng: đơn.lta.pdf (B-LTA, chữ ký Signature1, kết luận TOTAL-PASSED)"
    assert out.splitlines()[1].startswith("đã nâng: a.lta.xml (B-LTA, chữ ký sig-")
    assert unicodedata.is_normalized("NFC", out)
    assert Path("đơn.pdf").read_bytes() == before
    code, out, _ = run("verify", "đơn.lta.pdf", "a.lta.xml", "--trust", "trust")
    assert code == 0
    # the time-stamp over the document shows the time of the signature, and its authority's status is known
    assert "theo dấu thời gian tin cậy" in out and "chưa rõ trạng thái" not in out


def test_each_level_and_the_renewal(run: Run, services: Services):
    tsa = ("--tsa", services.tsa(), *LOCAL)
    assert run("augment", "đơn.pdf", "--to", "t", *tsa)[0] == 0
    code, out, _ = run("augment", "đơn.t.pdf", "--to", "LT", "-o", "lt.pdf", "--lang", "en", *OFFLINE)
    assert (code, out) == (0, "raised: lt.pdf (B-LT, signature Signature1, verdict TOTAL-PASSED)\n")
    assert run("augment", "lt.pdf", "-o", "lta.pdf", *tsa, *OFFLINE)[0] == 0
    code, out, _ = run("augment", "lta.pdf", "-o", "renewed.pdf", *tsa, *OFFLINE)
    assert code == 0 and "B-LTA" in out
    assert Path("renewed.pdf").read_bytes().startswith(Path("lta.pdf").read_bytes())


def test_material_is_fetched_where_allowed(run: Run, services: Services):
    online = ("--online", "--allow", "pki.vnsign.test", "--no-cache", "--trust", "trust")
    assert run("augment", "đơn.pdf", "--tsa", services.tsa(), *LOCAL, *online)[0] == 0
    assert run("verify", "đơn.lta.pdf", "--trust", "trust")[0] == 0


def test_what_is_missing_is_said_in_the_language_asked_for_and_nothing_is_written(run: Run, services: Services):
    here = names()
    tsa = ("--tsa", services.tsa(), *LOCAL)
    code, out, err = run("augment", "đơn.pdf", *tsa, "--trust", "trust")
    assert (code, out) == (1, "")
    assert "[EVIDENCE_MISSING]" in err and topic("vi", "codes")["codes.EVIDENCE_MISSING"]["meaning"] in err
    _, _, err = run("augment", "đơn.pdf", *tsa, "--trust", "trust", "--lang", "en")
    assert "revocation status" in err
    assert names() == here


def test_one_bad_file_does_not_keep_the_others_from_being_raised(run: Run, services: Services):
    Path("hỏng.pdf").write_bytes(b"%PDF-1.7\n")
    code, out, err = run("augment", "hỏng.pdf", "đơn.pdf", "--tsa", services.tsa(), *LOCAL, *OFFLINE)
    assert code == 5
    assert "đơn.lta.pdf" in out and "hỏng.pdf:" in err
    assert not Path("hỏng.lta.pdf").exists()


def test_an_authority_that_is_down_leaves_nothing_behind(run: Run):
    here = names()
    with serve(TestPki.load(), faults={"/vnsign/tsa/public": Reply(b"", status=503)}) as services:
        code, out, err = run("augment", "đơn.pdf", "--to", "T", "--tsa", services.tsa(), *LOCAL)
    assert (code, out) == (1, "") and "TIMESTAMP_UNAVAILABLE" in err
    assert names() == here


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("đơn.pdf", "a.xml", "-o", "one.pdf", "--tsa", "http://127.0.0.1/"), "USAGE"),
        (("đơn.pdf", "--trust", "trust"), "NO_TIMESTAMP_AUTHORITY"),
        (("đơn.pdf", "-o", "a.xml"), "OUTPUT_EXISTS"),
    ],
)
def test_wrong_usage_ends_with_two(run: Run, arguments: tuple[str, ...], code: str):
    found, out, err = run("augment", *arguments)
    assert (found, out) == (2, "") and f"[{code}]" in err


def test_what_runs_out_is_listed_and_nothing_is_changed(run: Run, services: Services):
    assert run("augment", "đơn.pdf", "--tsa", services.tsa(), *LOCAL, *OFFLINE)[0] == 0
    here = names()
    code, out, err = run("augment", "đơn.pdf", "đơn.lta.pdf", "--due-before", "2050-01-01", "--trust", "trust")
    assert (code, err) == (1, "")
    first, second = out.splitlines()
    assert first.startswith("đơn.pdf: chữ ký Signature1 (B-B)") and "chưa có dấu thời gian" in first
    assert second.startswith("đơn.lta.pdf: chữ ký Signature1 (B-LTA)") and "01/01/2044" in second
    code, out, _ = run("augment", "đơn.lta.pdf", "--due-before", "2030-01-01", "--trust", "trust", "--lang", "en")
    assert code == 0 and out.startswith("đơn.lta.pdf: no signature runs out before")
    assert names() == here


def test_a_pdf_is_time_stamped_in_itself_and_any_other_file_in_a_container(run: Run, services: Services):
    code, out, _ = run("timestamp", "đơn.pdf", "--tsa", services.tsa(), *LOCAL)
    assert code == 0 and out.startswith("đã gắn dấu thời gian: đơn.ts.pdf")
    code, out, _ = run("timestamp", "bảng.txt", "--tsa", services.tsa(), *LOCAL, "--digest", "sha512", "--lang", "en")
    assert code == 0 and out.startswith("time-stamped: bảng.txt.asics (ASiC-S")
    assert run("verify", "đơn.ts.pdf", "bảng.txt.asics", *OFFLINE)[0] == 0
    assert Path("bảng.txt").read_bytes() == b"1"
    code, _, err = run("timestamp", "bảng.txt", "--tsa", services.tsa(), *LOCAL)
    assert code == 2 and "OUTPUT_EXISTS" in err
