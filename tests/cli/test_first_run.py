"""The first minutes of an official who never saw the program: each command names the next one, in Vietnamese."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest

from vnsign import SignatureLevel, sign
from vnsign.cli.exit_codes import ExitCode
from vnsign.cli.main import COMMANDS, cli, run
from vnsign.cli.summaries import SUMMARIES
from vnsign.testing.documents import application_pdf
from vnsign.testing.folders import write_evidence
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa
from vnsign.trust import pins

COMMAND = re.compile(r"vnsign (?:trust sync|trust add|verify(?: --online)?)")
LETTERS = re.compile(r"[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE)


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing on stderr."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has nothing yet but a signed application."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "USERPROFILE", "VNSIGN_TRUST"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    pki, now = TestPki.load(), datetime.now(UTC)
    at = now - timedelta(hours=1)
    signed = sign(application_pdf(), pki.signer("citizen"), level=SignatureLevel.T, timestamps=SimulatedTsa.of(pki), at=at)
    signed.save(tmp_path / "to-khai.pdf")
    write_evidence(pki, tmp_path / "evidence", at=now - timedelta(minutes=1))
    return tmp_path


@pytest.fixture
def mirror(home: Path) -> Iterator[str]:
    """A server that has the files of the folder ``mirror``."""
    folder = home / "mirror"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> pins.Pin:
    """The one pinned anchor: the root of the test PKI, so that the chain can be walked without the official servers."""
    root = TestPki.load().certificate("public-root")
    real = next(pin for pin in pins.pins().values() if pin.name == "national-g1")
    pin = pins.Pin(**{
        **{name: getattr(real, name) for name in pins.Pin.__dataclass_fields__},
        "name": "test-root",
        "sha256": root.sha256,
        "addresses": ("http://roots.test/crt/root.crt",),
    })  # fmt: skip
    known = pins.pins()  # one dictionary for all modules that have the function
    for name in list(known):
        monkeypatch.delitem(known, name)
    monkeypatch.setitem(known, pin.sha256, pin)
    return pin


def test_without_arguments_the_first_commands_are_named(capsys: pytest.CaptureFixture[str]):
    assert run([]) == ExitCode.USAGE
    said = "".join(capsys.readouterr())
    assert COMMAND.findall(said) == ["vnsign trust sync", "vnsign verify --online"]
    assert "Kiểm tra chữ ký số" in said


def test_three_commands_lead_to_a_verdict(home: Path, mirror: str, pinned: pins.Pin, capsys: pytest.CaptureFixture[str]):
    """``verify`` names ``trust sync``, ``trust sync`` names ``verify``, which gives the verdict."""
    assert run(["verify", "to-khai.pdf"]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert COMMAND.findall(said.err)[0] == "vnsign trust sync"

    path = home / "mirror" / urlsplit(pinned.addresses[0]).path.lstrip("/")
    path.parent.mkdir(parents=True)
    path.write_bytes(TestPki.load().certificate("public-root").der)
    assert run(["trust", "sync", "--mirror", mirror, "--allow", "127.0.0.1/32"]) == 0
    said = capsys.readouterr()
    assert "đã thêm chứng thư số gốc tin cậy" in said.out
    assert COMMAND.findall(said.err) == ["vnsign verify --online"]

    assert run(["verify", "to-khai.pdf", "--evidence", "evidence"]) == ExitCode.ALL_PASSED
    said = capsys.readouterr()
    assert said.out.count("HỢP LỆ") >= 1
    assert "Có thể tiếp nhận" in said.out


def test_an_undetermined_verdict_names_the_option_that_is_missing(
    home: Path, mirror: str, pinned: pins.Pin, capsys: pytest.CaptureFixture[str]
):
    test_three_commands_lead_to_a_verdict(home, mirror, pinned, capsys)
    assert run(["verify", "to-khai.pdf"]) == ExitCode.SOME_INDETERMINATE
    said = capsys.readouterr().out
    assert "CHƯA XÁC ĐỊNH" in said
    assert "--online" in said
    assert "--evidence" in said


def test_without_a_network_the_way_by_files_is_named(home: Path, mirror: str, capsys: pytest.CaptureFixture[str]):
    """The server answers nothing of what is asked; what is left is said in one line, and that line works."""
    assert run(["trust", "sync", "--mirror", mirror, "--allow", "127.0.0.1/32"]) == 1
    said = capsys.readouterr()
    assert COMMAND.findall(said.err)[-1] == "vnsign trust add"
    assert LETTERS.search(said.err.splitlines()[-1])
    assert "Traceback" not in said.err
    assert said.err.count("Kiểm tra địa chỉ.") + said.err.count("Thử lại sau.") <= 2  # said once, not for each address


def test_adding_files_names_the_next_command(home: Path, pinned: pins.Pin, capsys: pytest.CaptureFixture[str]):
    (home / "root.crt").write_bytes(TestPki.load().certificate("public-root").der)
    assert run(["trust", "add", "root.crt"]) == 0
    assert COMMAND.findall(capsys.readouterr().err) == ["vnsign verify"]
    assert run(["trust", "add", "root.crt", "--lang", "en"]) == 0
    assert "next: vnsign verify FILE" in capsys.readouterr().err
    assert run(["trust", "add", "root.crt", "--format", "json"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("home")
def test_doctor_names_the_command_for_missing_trust_data(capsys: pytest.CaptureFixture[str]):
    assert run(["doctor"]) == ExitCode.SOME_FAILED
    assert COMMAND.findall(capsys.readouterr().out)[:2] == ["vnsign trust sync", "vnsign trust add"]


def test_errors_are_said_in_vietnamese_first_and_in_english_when_asked(home: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["verify", "to-khai.pdf", "--trust", "nowhere"]) == ExitCode.USAGE
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith("lỗi [")
    assert LETTERS.search(first.partition(":")[2])
    assert run(["verify", "to-khai.pdf", "--trust", "nowhere", "--lang", "en"]) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert said.startswith("error [")
    assert not LETTERS.search(said)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_summed_up_in_both_languages(name: str):
    vietnamese, english = SUMMARIES[name]
    assert LETTERS.search(vietnamese)
    assert not LETTERS.search(english)
    assert len(f"{vietnamese} {english}") <= 96  # one line of 110 columns
    for _ in range(2):
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert command.short_help == f"{vietnamese} {english}"
        assert command.help is not None
        assert command.help.count(vietnamese) == 1
