"""Keys in tokens and at remote services from the command line: chosen by options, secrets never among them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import vnsign
from tests.unit.signing import softhsm
from vnsign.cli import main
from vnsign.report.catalogue import topic
from vnsign.testing.csc import OTP, PIN, TOKEN, CscBehaviour, CscServer, serve_csc
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import EPOCH, TestPki

PKI = TestPki.load()
LOCAL = ("--allow", "127.0.0.1", "--trust", "trust", "--evidence", "evidence")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with documents, trust, evidence, and files of secrets."""
    for name, data in (("a.pdf", application_pdf()), ("b.xml", declaration_xml())):
        (tmp_path / name).write_bytes(data)
    for name, text in (("pin", PIN), ("otp", OTP), ("access", TOKEN), ("hsm-pin", softhsm.PIN)):
        (tmp_path / name).write_text(text + "\n", "utf-8")
    write_trust(PKI, tmp_path / "trust")
    write_evidence(PKI, tmp_path / "evidence", at=EPOCH)
    monkeypatch.chdir(tmp_path)
    for name in ("VNSIGN_SECRET", "VNSIGN_OTP", "VNSIGN_CSC_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command: exit code, stdout, stderr; no secret is in them."""

    def work(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main.run(list(arguments))
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        for secret in (PIN, OTP, TOKEN, softhsm.PIN):
            assert secret not in said.out + said.err
        return code, said.out, said.err

    return work


@pytest.fixture
def service() -> Iterator[CscServer]:
    with serve_csc(PKI, CscBehaviour(otp=True)) as server:
        yield server


SECRETS = ("--secret-file", "pin", "--otp-file", "otp", "--csc-token-file", "access")


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_files_are_signed_at_a_remote_service_with_one_authorisation(run: Run, service: CscServer, version: str):
    address = service.v1 if version == "v1" else service.v2
    code, out, err = run("sign", "a.pdf", "b.xml", "--csc", address, *SECRETS, *LOCAL)
    assert code == 0, err
    assert len(out.splitlines()) == 2
    assert service.count("credentials/authorize") == 1
    for name in ("a.signed.pdf", "b.signed.xml"):
        assert run("verify", name, "--trust", "trust", "--evidence", "evidence")[0] == 0


def test_secrets_of_a_remote_service_may_be_in_the_environment(run: Run, service: CscServer, monkeypatch: pytest.MonkeyPatch):
    for name, value in (("VNSIGN_SECRET", PIN), ("VNSIGN_OTP", OTP), ("VNSIGN_CSC_TOKEN", TOKEN)):
        monkeypatch.setenv(name, value)
    assert run("sign", "a.pdf", "--csc", service.v1, "--credential", "citizen", *LOCAL)[0] == 0


def test_a_wrong_code_of_a_remote_service_is_said_and_nothing_is_written(run: Run, service: CscServer, folder: Path):
    (folder / "otp").write_text("000000", "utf-8")
    code, _, err = run("sign", "a.pdf", "--csc", service.v1, *SECRETS, *LOCAL)
    assert code == 1
    assert "OTP_WRONG" in err
    assert service.count("credentials/authorize") == 1
    assert not (folder / "a.signed.pdf").exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), "USAGE"),
        (("--key", "k.p12", "--csc", "https://x/v1"), "USAGE"),
        (("--pkcs11", "m.so", "--key", "k.p12"), "USAGE"),
        (("--csc", "http://sign.example.vn/csc/v1"), "TLS_REQUIRED"),
        (("--csc", "https://sign.example.vn/csc/v1", "--csc-hashes", "0"), "BAD_BOUND"),
        (("--pkcs11", "absent.so"), "TOKEN_MODULE"),
        (("--pkcs11", "absent.so", "--key-id", "xyz"), "USAGE"),
    ],
)
def test_options_that_name_no_key_are_refused(run: Run, options: tuple[str, ...], code: str, folder: Path):
    exit_code, _, err = run("sign", "a.pdf", *options)
    assert code in err
    assert exit_code in (1, 2)
    assert not (folder / "a.signed.pdf").exists()


def test_files_are_signed_with_a_token(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch):
    module = softhsm.module()
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", os.fspath(folder / "softhsm2.conf"))
    softhsm.create(folder, "Ánh", ["citizen", "citizen-p256"])
    named = ("--pkcs11", module, "--token", "Ánh", "--secret-file", "hsm-pin", "--trust", "trust", "--evidence", "evidence")
    code, _, err = run("sign", "a.pdf", "b.xml", *named, "--key-label", "khóa citizen")
    assert code == 0, err
    code, _, err = run("sign", "a.pdf", "-o", "p256.pdf", *named, "--key-id", "02")
    assert code == 0, err
    for name in ("a.signed.pdf", "b.signed.xml", "p256.pdf"):
        assert run("verify", name, "--trust", "trust", "--evidence", "evidence")[0] == 0
    (folder / "hsm-pin").write_text("1111", "utf-8")
    code, _, err = run("sign", "a.pdf", "-o", "again.pdf", *named, "--key-id", "02")
    assert code == 1
    assert "PIN_WRONG" in err


def test_every_code_of_keys_has_its_words_in_both_languages():
    source = Path(vnsign.__file__).parent / "signing"
    text = "".join(file.read_text("utf-8") for file in (*source.glob("pkcs11*.py"), *source.glob("remote/*.py")))
    # Mistakes of programs, which no command line can make, have no words.
    codes = set(re.findall(r'(?:code=|: \(?|= )"([A-Z]+_[A-Z_]+)"', text)) - {"RSA_PKCS", "BAD_BOUND", "KEY_NOT_PICKLED"}
    assert len(codes) >= 28
    for language in ("vi", "en"):
        assert [code for code in sorted(codes) if not topic(language, "codes").get(f"codes.{code}", {}).get("action")] == []
