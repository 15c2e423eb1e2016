"""Writing: whole or not at all, never over anything, nothing left behind."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vnsign.errors import OutputExistsError, SigningError
from vnsign.signing import document
from vnsign.signing.document import SignedDocument, write_new
from vnsign.signing.profile import SignatureLevel

SIGNED = SignedDocument(b"x" * 100_000, "to-khai.pdf", "Signature1", "pdf", SignatureLevel.B)


def test_the_file_is_there_whole_and_alone(tmp_path: Path):
    assert SIGNED.save(tmp_path / "to-khai.signed.pdf").read_bytes() == SIGNED.data
    assert [item.name for item in tmp_path.iterdir()] == ["to-khai.signed.pdf"]


def test_its_mode_is_that_of_any_new_file(tmp_path: Path):
    (tmp_path / "other").write_bytes(b"")
    SIGNED.save(tmp_path / "a.pdf")
    assert stat.S_IMODE((tmp_path / "a.pdf").stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)


def test_nothing_that_is_there_is_touched(tmp_path: Path):
    target = tmp_path / "a.pdf"
    target.write_bytes(b"mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for path in (target, tmp_path / "dangling", tmp_path):
        with pytest.raises(OutputExistsError):
            SIGNED.save(path)
    assert target.read_bytes() == b"mine"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.pdf", "dangling"]


def test_of_many_writers_one_wins_and_its_file_is_whole(tmp_path: Path):
    results: list[str] = []

    def write(number: int) -> None:
        try:
            write_new(tmp_path / "a.pdf", bytes([number]) * 50_000)
            results.append("won")
        except OutputExistsError:
            results.append("lost")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["lost"] * 7 + ["won"]
    assert len(set((tmp_path / "a.pdf").read_bytes())) == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("step", ["fsync", "link"])
def test_a_failure_at_any_step_leaves_nothing(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(document.os, step, full)
    if step == "link":
        monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(SigningError) as refusal:
        SIGNED.save(tmp_path / "a.pdf")
    assert refusal.value.code == "CANNOT_WRITE"
    assert refusal.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path):
    """A real one: the process may write 4,096 bytes to a file and no more."""
    script = (
        "import resource, signal, sys, pathlib\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "from vnsign.errors import SigningError\n"
        "from vnsign.signing.document import write_new\n"
        "try:\n"
        "    write_new(pathlib.Path(sys.argv[1]), b'x' * 100_000)\n"
        "except SigningError as error:\n"
        "    sys.exit(0 if error.code == 'CANNOT_WRITE' else 3)\n"
        "sys.exit(4)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "a.pdf")], check=False, timeout=60)
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_without_hard_links_it_is_written_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refused(*arguments: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(document.os, "link", refused)
    SIGNED.save(tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == SIGNED.data
    with pytest.raises(OutputExistsError):
        SIGNED.save(tmp_path / "a.pdf")
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path):
    with pytest.raises(SigningError) as refusal:
        SIGNED.save(tmp_path / "none" / "a.pdf")
    assert refusal.value.code == "CANNOT_WRITE"


def test_a_long_vietnamese_name_can_be_written(tmp_path: Path):
    name = "đ" * 120 + ".pdf"
    SIGNED.save(tmp_path / name)
    assert (tmp_path / name).is_file()
