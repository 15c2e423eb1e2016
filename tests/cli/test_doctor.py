"""``vnsign doctor`` and ``completion``: each answer is said in both languages and names what to do; the man page is current."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vnsign.cli import main
from vnsign.report.catalogue import topic
from vnsign.testing.folders import write_trust
from vnsign.testing.pki import TestPki
from vnsign.testing.servers import serve

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VNSIGN_TRUST", str(tmp_path / "none"))
    monkeypatch.setenv("VNSIGN_CACHE", str(tmp_path / "cache"))


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, dict[str, str]]]:
    code = main.run(["doctor", "--format", "json", *arguments])
    return code, {item["name"]: item for item in json.loads(capsys.readouterr().out)}


def test_without_trust_data_the_one_command_to_type_is_named(capsys: pytest.CaptureFixture[str]):
    code, found = asked(capsys)
    assert code == 1
    assert found["trust"]["state"] == "wrong"
    assert "vnsign trust sync" in found["trust"]["action"]


def test_with_trust_data_nothing_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write_trust(TestPki.load(), tmp_path / "trust")
    code, found = asked(capsys, "--trust", str(tmp_path / "trust"))
    assert code == 0
    assert found["trust"]["state"] == "ok"
    assert found["clock"]["state"] == found["cache"]["state"] == "ok"


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("VNSIGN_CACHE", str(tmp_path / "file" / "cache"))
    assert asked(capsys)[1]["cache"]["code"] == "cache-not"


def test_a_module_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code, found = asked(capsys, "--pkcs11", str(tmp_path / "none.so"))
    assert code == 1
    assert found["tokens"]["state"] == "wrong"


def test_the_network_is_asked_only_when_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert "network" not in asked(capsys)[1]
    with serve(TestPki.load()) as services:
        _, found = asked(capsys, "--online", "--url", services.base + "/", "--allow", "127.0.0.1")
        assert found["network"]["state"] == "ok"
        _, found = asked(capsys, "--online", "--url", services.base + "/")
        assert found["network"]["state"] == "wrong"


def test_both_languages_say_the_same_things_with_the_same_parameters():
    vi, en = topic("vi", "doctor"), topic("en", "doctor")
    assert vi.keys() == en.keys()
    for name in vi:
        assert vi[name].keys() == en[name].keys(), name


def test_text_in_both_languages(capsys: pytest.CaptureFixture[str]):
    assert main.run(["doctor"]) == 1
    assert "dữ liệu tin cậy" in capsys.readouterr().out
    assert main.run(["doctor", "--lang", "en"]) == 1
    assert "trust data" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main.run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "_VNSIGN_COMPLETE" in script
    if shell == "bash" and (bash := shutil.which("bash")):
        (tmp_path / "script").write_text(script, "utf-8")
        subprocess.run([bash, "-n", str(tmp_path / "script")], check=True)


def test_the_man_page_is_what_the_commands_say():
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "make_man_page.py"), "--check"], check=False)
    assert done.returncode == 0, "python tools/make_man_page.py"
