"""``vnsign prepare`` and ``vnsign finish``: two processes, a key elsewhere, no byte of a document sent out."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from vnsign.cli import main
from vnsign.model.facts import SignatureAlgorithm
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import EPOCH, TestPki

PKI = TestPki.load()
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "c.pem").write_bytes(PKI.certificate("citizen").x509.public_bytes(Encoding.PEM))
    (tmp_path / "tờ khai.pdf").write_bytes(application_pdf())
    (tmp_path / "a.xml").write_bytes(declaration_xml())
    (tmp_path / "key").write_bytes(b"s" * 32)
    write_trust(PKI, tmp_path / "trust")
    write_evidence(PKI, tmp_path / "evidence", at=EPOCH)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def go(command: str, *arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main.run([command, *arguments, "--sessions", "sessions", "--session-key", "key"])
        said = capsys.readouterr()
        return code, said.out, said.err

    return go


def signed_values(lines: str) -> str:
    """What the key elsewhere makes of the lines of ``vnsign prepare``."""
    signer = PKI.signer("citizen")
    out = []
    for line in lines.splitlines():
        item = json.loads(line)
        algorithm = SignatureAlgorithm(**item["algorithm"])
        value = signer.sign([base64.b64decode(item["to_be_signed"])], algorithm)[0]
        out.append(json.dumps({"session": item["session"], "value": base64.b64encode(value).decode()}))
    return "\n".join(out)


def test_many_documents_are_prepared_signed_elsewhere_and_finished(run: Run, folder: Path):
    code, out, _ = run("prepare", "tờ khai.pdf", "a.xml", "--cert", "c.pem", "--trust", "trust", "--evidence", "evidence")
    assert code == 0
    assert len(out.splitlines()) == 2
    assert "BAN KHAI" not in out.upper()
    (folder / "values").write_text(signed_values(out), "utf-8")
    code, out, err = run("finish", "values")
    assert (code, len(out.splitlines())) == (0, 2), err
    for name in ("tờ khai.signed.pdf", "a.signed.xml"):
        assert main.run(["verify", name, "--trust", "trust", "--evidence", "evidence"]) == 0
    code, _, err = run("finish", "values")
    assert code == 1
    assert "[SESSION_USED]" in err


def test_one_value_from_a_file(run: Run, folder: Path):
    _, out, _ = run("prepare", "a.xml", "--cert", "c.pem")
    item = json.loads(out)
    value = json.loads(signed_values(out))["value"]
    (folder / "value.bin").write_bytes(base64.b64decode(value))
    (folder / "out").mkdir()
    code, _, err = run("finish", "--session", item["session"], "--value", "value.bin", "-o", "out")
    assert code == 0, err
    assert (folder / "out" / "a.signed.xml").exists()


def test_a_wrong_value_writes_nothing_and_the_session_waits(run: Run, folder: Path):
    _, out, _ = run("prepare", "a.xml", "--cert", "c.pem")
    right = signed_values(out)
    wrong = json.dumps({"session": json.loads(out)["session"], "value": base64.b64encode(b"\1" * 256).decode()})
    (folder / "wrong").write_text(wrong, "utf-8")
    (folder / "right").write_text(right, "utf-8")
    code, _, err = run("finish", "wrong")
    assert code == 1
    assert "[SIGNATURE_VALUE_WRONG]" in err
    assert not (folder / "a.signed.xml").exists()
    assert run("finish", "right")[0] == 0


def test_a_changed_session_is_refused(run: Run, folder: Path):
    _, out, _ = run("prepare", "a.xml", "--cert", "c.pem")
    path = next((folder / "sessions").glob("*.session"))
    path.write_bytes(path.read_bytes().replace(b'"name":"a.xml"', b'"name":"b.xml"'))
    (folder / "values").write_text(signed_values(out), "utf-8")
    code, _, err = run("finish", "values")
    assert code == 1
    assert "[SESSION_CHANGED]" in err


def test_the_default_key_is_made_once_and_private(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main.run(["prepare", "a.xml", "--cert", "c.pem", "--sessions", "s"]) == 0
    key = folder / "config" / "vnsign" / "session.key"
    assert key.stat().st_mode & 0o077 == 0
    first = key.read_bytes()
    (folder / "values").write_text(signed_values(capsys.readouterr().out), "utf-8")
    assert main.run(["finish", "values", "--sessions", "s"]) == 0
    assert key.read_bytes() == first


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("none",),
        ("--session", "x"),
        ("--value", "a.xml"),
        ("a.xml",),
        ("values", "--session", "x", "--value", "a.xml"),
    ],
)
def test_what_are_no_values_is_said_so(run: Run, arguments: tuple[str, ...]):
    code, out, err = run("finish", *arguments)
    assert (code, out) == (2, "")
    assert err


def test_expired_sessions_are_purged_and_a_taken_one_is_released(run: Run, folder: Path):
    run("prepare", "a.xml", "--cert", "c.pem")
    path = next((folder / "sessions").glob("*.session"))
    path.rename(path.with_suffix(".busy"))
    assert run("finish", "--release", path.stem)[0] == 0
    assert path.exists()
    code, _, err = run("finish", "--purge")
    assert code == 0
    assert "0" in err


def test_a_certificate_that_may_not_sign_gives_no_session(run: Run, folder: Path):
    (folder / "r.pem").write_bytes(PKI.certificate("citizen-expired").x509.public_bytes(Encoding.PEM))
    code, out, err = run("prepare", "a.xml", "--cert", "r.pem")
    assert (code, out) == (1, "")
    assert "[CERT_EXPIRED]" in err
