"""A run that is killed and resumed: no document is lost, none is judged twice, and the result is that of a run left alone."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vnsign.testing.dossier import sign_dossier
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import TestPki

COPIES = 60
SEEN = 15
COMMAND = [sys.executable, "-c", "from vnsign.cli.main import main; main()", "verify"]
Rows = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents of all kinds, a ZIP of some of them among them."""
    found = tmp_path_factory.mktemp("resume")
    pki = TestPki.load()
    write_trust(pki, found / "trust")
    write_evidence(pki, found / "evidence", at=datetime.now(UTC))
    dossier = sign_dossier(pki)
    kinds = ((dossier.application, ".pdf"), (dossier.declaration, ".xml"), (dossier.tampered, ".pdf"), (b"none", ".txt"))
    (found / "in").mkdir()
    for number in range(COPIES):
        data, ending = kinds[number % len(kinds)]
        (found / "in" / f"{number:03}{ending}").write_bytes(data)
    shutil.move(shutil.make_archive(str(found / "050 hồ sơ"), "zip", found / "in"), found / "in")
    return found


@pytest.fixture(scope="module")
def at() -> str:
    return datetime.now(UTC).isoformat()


def command(folder: Path, at: str, *more: str) -> list[str]:
    trust = ["--trust", str(folder / "trust"), "--evidence", str(folder / "evidence"), "--at", at]
    return [*COMMAND, "-r", str(folder / "in"), *trust, "--format", "ndjson", *more]


@pytest.fixture(scope="module")
def whole(folder: Path, at: str) -> tuple[bytes, int]:
    """What a run that is left alone says."""
    done = subprocess.run(command(folder, at, "--isolate"), capture_output=True, check=False)
    assert len(done.stdout.splitlines()) == 2 * COPIES
    return done.stdout, done.returncode


def stopped(arguments: list[str], how: signal.Signals) -> bytes:
    """Start a run, stop it in the middle, and give what it said."""
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    with process, process.stdout as stream:
        said = b"".join(stream.readline() for _ in range(SEEN))
        process.send_signal(how)
        said += stream.read()
    assert process.returncode != 0
    return said


def rows(journal: Path) -> Rows:
    base = sqlite3.connect(journal)
    try:
        return base.execute("SELECT place, key, sha256, verdict, report FROM judged ORDER BY place").fetchall()
    finally:
        base.close()


def whole_lines(said: bytes) -> list[bytes]:
    return [line for line in said.splitlines(keepends=True) if line.endswith(b"\n")]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("jobs", [("--isolate",), ("--jobs", "2")])
@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT", "SIGTERM"])
def test_a_stopped_run_is_resumed_to_the_same_result(how: str, jobs, folder: Path, at: str, whole, tmp_path: Path):
    journal = tmp_path / "j.db"
    arguments = command(folder, at, *jobs, "--resume", str(journal))
    before: Rows = []
    for _ in range(2):  # stopped twice, wherever that is
        said = whole_lines(stopped(arguments, signal.Signals[how]))
        assert len(said) < 2 * COPIES
        kept = rows(journal)
        # What was said was recorded first, and what was recorded before is as it was.
        assert len(kept) >= len(said)
        assert kept[: len(before)] == before
        before = kept
    done = subprocess.run(arguments, capture_output=True, check=False)
    assert (done.stdout, done.returncode) == whole
    after = rows(journal)
    assert after[: len(before)] == before
    # Each document was recorded once: replacing a record would give it another place.
    assert [row[0] for row in after] == list(range(1, 2 * COPIES + 1))
    assert len({row[1] for row in after}) == 2 * COPIES


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="this system has no /proc")
@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_no_worker_outlives_a_stopped_run(how: str, folder: Path, at: str, tmp_path: Path):
    marked = {"TMPDIR": str(tmp_path)}  # workers get it too
    process = subprocess.Popen(
        command(folder, at, "--jobs", "2"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, **marked}
    )
    assert process.stdout is not None
    with process, process.stdout as stream:
        stream.readline()
        assert len(living(tmp_path)) >= 2
        process.send_signal(signal.Signals[how])
        process.wait(30)
    for _ in range(300):
        if not living(tmp_path):
            break
        time.sleep(0.1)
    assert living(tmp_path) == []


def living(mark: Path) -> list[int]:
    """The processes that were started with the mark."""
    wanted = f"TMPDIR={mark}".encode()
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and wanted in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            continue
    return found
