"""The cache: what comes out is what was put in, or nothing; whatever happens to its file, nobody is stopped."""

from __future__ import annotations

import logging
import os
import pickle
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from vnsign.evidence import cache as module
from vnsign.evidence.cache import Cache, Found, default_cache

URL = "http://crl.example.vn/a.crl"


@pytest.fixture
def kept(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture(autouse=True)
def no_memory():
    module.forget()


def test_what_was_put_comes_out_until_it_expires(kept: Cache):
    assert kept.get(URL, now=0.0) is None
    kept.put(URL, b"list", now=0.0)
    assert kept.get(URL, now=59.0) == Found(b"list")
    assert kept.get(URL, now=61.0) is None
    assert pickle.loads(pickle.dumps(kept)).get(URL, now=1.0) == Found(b"list")


@pytest.mark.parametrize(("until", "lasts"), [(500.0, 500.0), (None, 3600.0), (1e9, 24 * 3600.0), (10.0, 60.0)])
def test_what_served_is_kept_until_its_next_update_and_no_longer_than_a_day(kept: Cache, until, lasts):
    kept.put(URL, b"list", now=0.0)
    kept.extend(URL, until)
    assert kept.get(URL, now=lasts - 1) == Found(b"list")
    assert kept.get(URL, now=lasts + 1) is None


def test_a_failure_is_remembered_for_a_minute(kept: Cache):
    kept.put_failure(URL, "NETWORK_TIMEOUT", "no answer", now=0.0)
    kept.extend(URL, 1e9)
    assert kept.get(URL, now=59.0) == Found(None, "NETWORK_TIMEOUT", "no answer")
    assert kept.get(URL, now=61.0) is None
    kept.put(URL, b"list", now=61.0)
    assert kept.get(URL, now=62.0) == Found(b"list")


def test_the_least_recently_used_go_first_when_it_is_full(tmp_path: Path):
    kept = Cache(tmp_path, max_bytes=100_000)
    for number in range(5):
        kept.put(f"{URL}{number}", bytes([number]) * 30_000, now=float(number))
    assert [kept.get(f"{URL}{number}", now=6.0) is not None for number in range(5)] == [False, False, True, True, True]
    kept.put("large", b"x" * 100_001, now=6.0)
    assert kept.get("large", now=6.0) is None
    with sqlite3.connect(kept.file) as db:
        assert db.execute("SELECT count(*) FROM body").fetchone() == (3,)
    db.close()


def test_other_bytes_than_were_put_are_thrown_away(kept: Cache, caplog: pytest.LogCaptureFixture):
    kept.put(URL, b"list", now=0.0)
    db = sqlite3.connect(kept.file)
    with db:
        db.execute("UPDATE body SET data = ?", (b"evil",))
    db.close()
    module.forget()
    assert kept.get(URL, now=1.0) is None
    assert "other bytes" in caplog.text
    assert kept.get(URL, now=1.0) is None


@pytest.mark.parametrize("damage", [b"no database at all" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_made_anew_with_a_warning(kept: Cache, caplog: pytest.LogCaptureFixture, damage: bytes):
    kept.put(URL, b"list", now=0.0)
    for suffix in ("-wal", "-shm"):
        kept.file.with_name(kept.file.name + suffix).unlink(missing_ok=True)
    kept.file.write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        assert kept.get(URL, now=1.0) is None
    assert "made anew" in caplog.text
    kept.put(URL, b"list", now=1.0)
    assert kept.get(URL, now=2.0) == Found(b"list")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder that cannot be written")
def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    tmp_path.chmod(0o500)
    kept = Cache(tmp_path / "cache")
    kept.put(URL, b"list", now=0.0)
    assert kept.get(URL, now=0.0) is None
    assert "not used" in caplog.text


def test_a_file_where_the_folder_should_be_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "cache").write_text("in the way")
    kept = Cache(tmp_path / "cache")
    kept.put(URL, b"list", now=0.0)
    assert kept.get(URL, now=0.0) is None
    with kept.flight(URL, 5.0):
        pass
    assert "not used" in caplog.text


def test_one_fetches_while_the_others_wait(kept: Cache):
    fetched: list[int] = []
    got: list[Found | None] = []

    def fetch() -> None:
        with kept.flight(URL, 10.0):
            found = kept.get(URL, now=1.0)
            if found is None:
                fetched.append(1)
                time.sleep(0.2)
                kept.put(URL, b"list", now=1.0)
                found = kept.get(URL, now=1.0)
        got.append(found)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetched) == 1
    assert got == [Found(b"list")] * 4


def test_who_dies_in_flight_holds_up_nobody_for_long(kept: Cache):
    script = (
        "import os, sys; from pathlib import Path; from vnsign.evidence.cache import Cache\n"
        "with Cache(Path(sys.argv[1])).flight(sys.argv[2], 0.5): os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(kept.folder), URL], check=True)
    start = time.monotonic()
    with kept.flight(URL, 5.0):
        waited = time.monotonic() - start
    assert waited < 2.0


def test_processes_share_it(kept: Cache):
    script = (
        "import sys; from pathlib import Path; from vnsign.evidence.cache import Cache\n"
        "for number in range(30): Cache(Path(sys.argv[1])).put(f'{sys.argv[2]}-{number}', sys.argv[2].encode() * 1000, now=0.0)"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, str(kept.folder), name]) for name in ("a", "b", "c")]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert all(kept.get(f"{name}-{number}", now=1.0) == Found(name.encode() * 1000) for name in "abc" for number in range(30))


def test_the_second_look_is_quick_also_for_a_long_list(kept: Cache):
    kept.put(URL, os.urandom(20_000_000), now=0.0)
    assert kept.get(URL, now=1.0) is not None
    times = []
    for _ in range(9):
        start = time.process_time()
        assert kept.get(URL, now=1.0) is not None
        times.append(time.process_time() - start)
    assert sorted(times)[4] < 0.005


def test_where_it_is_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("VNSIGN_CACHE", str(tmp_path / "own"))
    assert default_cache().folder == tmp_path / "own"
    monkeypatch.delenv("VNSIGN_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache().folder == tmp_path / "vnsign"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert default_cache().folder == tmp_path / "local" / "vnsign"
