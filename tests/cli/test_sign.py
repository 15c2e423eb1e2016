"""``vnsign sign`` end to end: what it writes, what it says where, its exit codes, and that secrets stay secret."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vnsign.cli import main
from vnsign.report.catalogue import topic
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import EPOCH, TestPki
from vnsign.testing.servers import Reply, serve

SECRET = "mat-khau-bi-mat"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with documents, a key, trust and evidence; it is the working directory."""
    pki = TestPki.load()
    (tmp_path / "k.p12").write_bytes(pki.credential("citizen").pkcs12(SECRET.encode()))
    (tmp_path / "secret").write_text(SECRET + "\n", "utf-8")
    (tmp_path / "tờ khai.pdf").write_bytes(application_pdf())
    (tmp_path / "a.xml").write_bytes(declaration_xml())
    write_trust(pki, tmp_path / "trust")
    write_evidence(pki, tmp_path / "evidence", at=EPOCH)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VNSIGN_SECRET", raising=False)
    return tmp_path


@pytest.fixture
def sign(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run ``vnsign sign``: exit code, stdout, stderr."""

    def run(*arguments: str, key: str = "k.p12") -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main.run(["sign", *arguments, "--key", key])
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        assert SECRET not in said.out + said.err
        return code, said.out, said.err

    return run


Sign = Callable[..., tuple[int, str, str]]


def verified(path: str) -> int:
    try:
        return main.run(["verify", path, "--trust", "trust", "--evidence", "evidence"])
    except SystemExit as stop:
        return int(stop.code or 0)


def test_both_formats_are_signed_beside_the_input_and_verify(sign: Sign, folder: Path):
    before = (folder / "tờ khai.pdf").read_bytes()
    arguments = ("--secret-file", "secret", "--trust", "trust", "--evidence", "evidence")
    code, out, err = sign("tờ khai.pdf", "a.xml", *arguments)
    assert code == 0, err
    assert out.splitlines()[0].startswith("đã ký: tờ khai.signed.pdf (PAdES B-B")
    assert "XAdES" in out.splitlines()[1]
    assert "TEST NGUYỄN VĂN AN" in out
    assert unicodedata.is_normalized("NFC", out)
    assert err == ""
    assert (folder / "tờ khai.pdf").read_bytes() == before
    assert verified("tờ khai.signed.pdf") == 0
    assert verified("a.signed.xml") == 0


def test_options_of_pdf_and_xml_signatures(sign: Sign):
    pdf = (
        "--box",
        "60,100,260,150",
        "--page",
        "2",
        "--reason",
        "Đồng ý",
        "--location",
        "Hà Nội",
        "--field",
        "NguoiKy",
        "--pss",
    )
    code, out, err = sign("tờ khai.pdf", *pdf, "--secret-file", "secret", "-o", "b.pdf", "--lang", "en")
    assert code == 0, err
    assert out.startswith("signed: b.pdf (PAdES B-B, signature NguoiKy")
    assert verified("b.pdf") == 0
    xml = ("--xml-parent", "/ToKhai/ChuKySo", "--xml-reference", "#data", "--digest", "sha512")
    assert sign("a.xml", *xml, "--secret-file", "secret", "-o", "b.xml")[0] == 0
    assert verified("b.xml") == 0


def test_profiles_of_the_authorities(sign: Sign, folder: Path):
    (folder / "hd.xml").write_bytes(b"<HDon><DLHDon Id='d'/><DSCKS><NBan/><NMua/></DSCKS></HDon>")
    (folder / "tk.xml").write_bytes(b"<HSoThueDTu><HSoKhaiThue id='_NODE_TO_SIGN'/><CKyDTu/></HSoThueDTu>")
    secret = ("--secret-file", "secret")
    code, out, err = sign("hd.xml", "--profile", "invoice-seller", "--xml-reference", "#d", "-o", "hd1.xml", *secret)
    assert code == 0, err
    assert "XML-DSig" in out
    assert sign("hd1.xml", "--profile", "invoice-buyer", "--xml-reference", "#d", "-o", "hd2.xml", *secret)[0] == 0
    assert sign("tk.xml", "--profile", "tax-return", *secret)[0] == 0
    assert verified("hd2.xml") == 0
    assert verified("tk.signed.xml") == 0
    code, _, err = sign("hd.xml", "--profile", "invoice-seller", *secret)
    assert code == 2
    assert "--xml-reference" in err


def test_a_timestamp_from_an_authority_on_the_network(sign: Sign, folder: Path):
    arguments = ("--secret-file", "secret", "--level", "T")
    with serve(TestPki.load(), faults={}) as services:
        code, out, err = sign("tờ khai.pdf", *arguments, "--tsa", services.tsa(), "--allow", "127.0.0.1")
        assert code == 0, err
        assert "B-T" in out
        code, _, err = sign("a.xml", *arguments, "--tsa", services.tsa())
        assert (code, (folder / "a.signed.xml").exists()) == (1, False), "a local address is refused unless it is allowed"
    assert "[TIMESTAMP_UNAVAILABLE]" in err


def test_an_authority_that_is_down_writes_nothing(sign: Sign, folder: Path):
    path = "/vnsign/tsa/public"
    with serve(TestPki.load(), faults={path: Reply(b"no", "text/plain", 404)}) as services:
        arguments = ("--secret-file", "secret", "--level", "T", "--tsa", services.tsa(), "--allow", "127.0.0.1")
        code, out, err = sign("tờ khai.pdf", *arguments)
    assert (code, out) == (1, "")
    assert "[TIMESTAMP_UNAVAILABLE]" in err
    assert not (folder / "tờ khai.signed.pdf").exists()


def test_nothing_is_overwritten_and_the_secret_is_not_even_needed_to_say_so(sign: Sign, folder: Path):
    (folder / "b.pdf").write_bytes(b"mine")
    for target in ("b.pdf", "tờ khai.pdf"):
        code, out, err = sign("tờ khai.pdf", "-o", target)
        assert (code, out) == (2, "")
        assert "[OUTPUT_EXISTS]" in err
    assert (folder / "b.pdf").read_bytes() == b"mine"
    assert (folder / "tờ khai.pdf").read_bytes() == application_pdf()


def test_many_files_go_into_a_folder_and_the_worst_decides(sign: Sign, folder: Path):
    (folder / "out").mkdir()
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 cut off")
    (folder / "text.txt").write_bytes(b"hello")
    code, out, err = sign("tờ khai.pdf", "bad.pdf", "text.txt", "none.pdf", "-o", "out", "--secret-file", "secret")
    assert code == 5
    assert out.count("đã ký") == 1
    assert "[FORMAT_UNKNOWN]" in err
    assert "[CANNOT_OPEN]" in err
    assert [item.name for item in (folder / "out").iterdir()] == ["tờ khai.signed.pdf"]
    code, _, err = sign("tờ khai.pdf", "a.xml", "-o", "one.pdf", "--secret-file", "secret")
    assert code == 2


def test_a_certificate_that_has_expired_is_said_in_both_languages(sign: Sign, folder: Path):
    (folder / "old.p12").write_bytes(TestPki.load().credential("citizen-expired").pkcs12(b"x"))
    (folder / "x").write_text("x", "utf-8")
    code, out, err = sign("tờ khai.pdf", "--secret-file", "x", key="old.p12")
    assert (code, out) == (1, "")
    assert "lỗi [CERT_EXPIRED]: Chứng thư số của người ký đã hết hạn" in err
    code, _, err = sign("tờ khai.pdf", "--secret-file", "x", "--lang", "en", key="old.p12")
    assert "error [CERT_EXPIRED]" in err
    assert "hint" in err


def test_a_revoked_certificate_is_refused_where_evidence_says_so(sign: Sign, folder: Path):
    (folder / "r.p12").write_bytes(TestPki.load().credential("citizen-revoked").pkcs12(b"x"))
    (folder / "x").write_text("x", "utf-8")
    code, _, err = sign("a.xml", "--secret-file", "x", "--trust", "trust", "--evidence", "evidence", key="r.p12")
    assert code == 1
    assert "[CERT_REVOKED]" in err
    assert not (folder / "a.signed.xml").exists()


def test_what_was_not_checked_is_said(sign: Sign):
    _, _, err = sign("a.xml", "--secret-file", "secret")
    assert "đường dẫn chứng thực" in err
    assert "thu hồi" in err


# --- secrets --------------------------------------------------------------------------------------------------------------


def test_the_secret_comes_from_the_environment_and_a_wrong_one_is_refused(sign: Sign, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VNSIGN_SECRET", "sai")
    code, out, err = sign("a.xml")
    assert (code, out) == (1, "")
    assert "[AUTHORIZATION_REFUSED]" in err
    monkeypatch.setenv("VNSIGN_SECRET", SECRET)
    assert sign("a.xml")[0] == 0


def test_without_terminal_and_secret_the_way_is_shown(sign: Sign, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", open(os.devnull))  # noqa: SIM115, PTH123
    code, _, err = sign("a.xml")
    assert code == 1
    assert "[SECRET_NEEDED]" in err
    assert "--secret-file" in err
    sys.stdin.close()


def test_at_a_terminal_the_secret_is_asked_for_once(sign: Sign, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []

    class Terminal:
        def isatty(self) -> bool:
            return True

    def answer(prompt: str, stream: object) -> str:
        asked.append(prompt)
        return SECRET

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", answer)
    assert sign("tờ khai.pdf", "a.xml")[0] == 0
    assert len(asked) == 1


def test_there_is_no_option_that_takes_a_secret():
    from vnsign.cli.sign import sign as command

    names = {name for parameter in command.params for name in parameter.opts}
    assert not {name for name in names if "pin" in name.lower().split("-") or name in ("--password", "--secret")}
    assert {"--secret-file", "--password-file"} <= names


# --- usage ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("tờ khai.pdf", "--box", "1,2,3"),
        ("tờ khai.pdf", "--box", "a,b,c,d"),
        ("tờ khai.pdf", "--page", "0"),
        ("tờ khai.pdf", "--xml-parent", "/a"),
        ("a.xml", "--reason", "x"),
        ("a.xml", "--level", "T"),
        ("a.xml", "--password-file", "none"),
        ("a.xml", "--level", "Z"),
        ("a.xml", "--trust", "none"),
    ],
)
def test_usage_errors_exit_with_two_and_write_nothing(arguments: tuple[str, ...], sign: Sign, folder: Path):
    code, out, err = sign(*arguments, "--secret-file", "secret")
    assert (code, out) == (2, "")
    assert err
    assert not list(folder.glob("*.signed.*"))


def test_a_key_file_that_is_none_is_refused(sign: Sign):
    code, _, err = sign("a.xml", key="a.xml")
    assert code == 1
    assert "[KEY_FILE]" in err
    assert sign("a.xml", key="none.p12")[0] == 1


def test_as_a_command_of_its_own_no_traceback_reaches_the_user(folder: Path):
    (folder / "bad.pdf").write_bytes(application_pdf()[:1500])
    command = [sys.executable, "-m", "vnsign.cli.main"]
    script = "import sys; from vnsign.cli.main import main; main()"
    command = [sys.executable, "-c", script, "sign", "bad.pdf", "--key", "k.p12", "--secret-file", "secret"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 5
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_every_code_of_signing_has_a_meaning_and_an_action_in_both_languages():
    codes = {name for name in topic("vi", "codes") if name.startswith(("codes.CERT_", "codes.KEY_", "codes.FIELD_"))}
    assert len(codes) >= 12
    for language in ("vi", "en"):
        for code in codes:
            assert {"meaning", "action"} <= set(topic(language, "codes")[code])


def test_moments_of_the_test_evidence_suit_the_tests():
    assert EPOCH + timedelta(days=1) < datetime.now(UTC)
