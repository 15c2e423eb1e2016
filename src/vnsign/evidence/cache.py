"""A cache of what was fetched, in one SQLite file that processes share. It saves time and proves nothing.

What is read back is what was put (SHA-256), and is then judged like anything else: the signature of a CRL is checked each time
it comes out. Whatever goes wrong with the file, the work goes on without it.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
import sys
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

_LOG = logging.getLogger(__name__)
_FILE = "evidence.sqlite3"
_VERSION = 1
_BUSY_MS = 2000
_POLL = 0.03
_FRESH = 60.0
_UNSAID = 3600.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS item (
    key TEXT PRIMARY KEY, sha256 TEXT, size INTEGER NOT NULL, code TEXT NOT NULL, cause TEXT NOT NULL,
    fetched REAL NOT NULL, expires REAL NOT NULL, used REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS body (sha256 TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS flight (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
"""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Found:
    """What the cache knows of a key: the bytes, or why there were none a moment ago."""

    body: bytes | None
    code: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache in a folder. Frozen and picklable: it holds no connection.

    Attributes:
        folder: where the file is; made when something is put.
        max_bytes: of all bodies; the least recently used go first.
        max_age: seconds after which anything is fetched anew, whatever it says of its next update.
        failure_age: seconds for which a failure is remembered.
    """

    folder: Path
    max_bytes: int = 512 * 1024 * 1024
    max_age: float = 24 * 3600.0
    failure_age: float = 60.0

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return self.folder / _FILE

    def get(self, key: str, *, now: float) -> Found | None:
        """What is kept under a key and has not expired; ``None`` for nothing.

        Args:
            key: of what was asked: an address, for OCSP with the hash of the request.
            now: seconds since the epoch.
        """
        return self._run(lambda db: _get(db, key, now), None)

    def put(self, key: str, body: bytes, *, now: float) -> None:
        """Keep bytes under a key for a minute; :meth:`extend` them once they served."""
        if len(body) <= self.max_bytes:
            self._run(lambda db: _put(db, key, body, (now, now + _FRESH), self.max_bytes), None)

    def extend(self, key: str, until: float | None) -> None:
        """Keep what is under a key longer.

        Args:
            key: as for :meth:`put`.
            until: seconds since the epoch, at most ``max_age`` after it was fetched; ``None``: an hour after.
        """
        statement = (
            "UPDATE item SET expires = max(expires, min(coalesce(?, fetched + ?), fetched + ?)) WHERE key = ? AND size > 0"
        )
        self._run(lambda db: db.execute(statement, (until, _UNSAID, self.max_age, key)).rowcount, 0)

    def put_failure(self, key: str, code: str, cause: str, *, now: float) -> None:
        """Remember for ``failure_age`` seconds that there was nothing under a key, and why."""
        statement = "INSERT OR REPLACE INTO item VALUES (?, NULL, 0, ?, ?, ?, ?, ?)"
        self._run(lambda db: db.execute(statement, (key, code, cause, now, now + self.failure_age, now)).rowcount, 0)

    @contextlib.contextmanager
    def flight(self, key: str, seconds: float) -> Iterator[None]:
        """Hold the right to fetch a key; while another thread or process holds it, wait.

        Args:
            key: as for :meth:`put`.
            seconds: the longest wait, and how long the right lasts should its holder die.
        """
        owner, end = uuid.uuid4().hex, time.monotonic() + seconds
        while not self._run(lambda db: _board(db, key, owner, seconds), True):
            if time.monotonic() >= end:
                break
            time.sleep(_POLL)
        try:
            yield
        finally:
            self._run(lambda db: db.execute("DELETE FROM flight WHERE owner = ?", (owner,)).rowcount, 0)

    def _run(self, work: Callable[[sqlite3.Connection], _Result], otherwise: _Result) -> _Result:
        """Work on the file in a transaction; a file that is damaged is made anew, any other trouble is told and passed over."""
        for attempt in (1, 2):
            try:
                with contextlib.closing(self._connect()) as db, db:
                    return work(db)
            except sqlite3.OperationalError as error:
                _LOG.warning("%s: the cache is not used: %s", self.file, error)
                return otherwise
            except sqlite3.DatabaseError as error:
                if attempt == 1:
                    _LOG.warning("%s: the cache was damaged and is made anew: %s", self.file, error)
                    self._discard()
            except OSError as error:
                _LOG.warning("%s: the cache is not used: %s", self.folder, error)
                return otherwise
        return otherwise

    def _connect(self) -> sqlite3.Connection:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        db = sqlite3.connect(self.file, timeout=_BUSY_MS / 1000, isolation_level="IMMEDIATE")
        try:
            db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            if db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                db.execute("PRAGMA page_size = 32768")
                db.execute("PRAGMA auto_vacuum = FULL")
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(_SCHEMA)
                db.execute(f"PRAGMA user_version = {_VERSION}")
            db.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            db.close()
            raise
        return db

    def _discard(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self.file.with_name(_FILE + suffix).unlink()


def default_cache() -> Cache:
    """The user's cache: ``VNSIGN_CACHE``, or ``vnsign`` in the platform's folder for caches."""
    named = os.environ.get("VNSIGN_CACHE")
    if named:
        return Cache(Path(named))
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Cache(Path(base) / "vnsign")


def _get(db: sqlite3.Connection, key: str, now: float) -> Found | None:
    row = db.execute("SELECT sha256, code, cause, used FROM item WHERE key = ? AND expires > ?", (key, now)).fetchone()
    if row is None:
        return None
    sha256, code, cause, used = row
    if sha256 is None:
        return Found(None, code, cause)
    body = _MEMORY.get(sha256)
    if body is None:
        kept = db.execute("SELECT data FROM body WHERE sha256 = ?", (sha256,)).fetchone()
        body = kept[0] if kept else b""
        if hashlib.sha256(body).hexdigest() != sha256:
            _LOG.warning("the cache holds other bytes than were put under %s; they are thrown away", key)
            db.execute("DELETE FROM item WHERE sha256 = ?", (sha256,))
            db.execute("DELETE FROM body WHERE sha256 = ?", (sha256,))
            return None
        _MEMORY.put(sha256, body)
    if now - used > _FRESH:
        db.execute("UPDATE item SET used = ? WHERE key = ?", (now, key))
    return Found(body)


def _put(db: sqlite3.Connection, key: str, body: bytes, times: tuple[float, float], most: int) -> None:
    sha256 = hashlib.sha256(body).hexdigest()
    now, expires = times
    db.execute("INSERT OR REPLACE INTO body VALUES (?, ?)", (sha256, body))
    db.execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?, '', '', ?, ?, ?)", (key, sha256, len(body), now, expires, now))
    _MEMORY.put(sha256, body)
    db.execute("DELETE FROM item WHERE expires <= ?", (now,))
    total, rows = 0, db.execute("SELECT key, size FROM item ORDER BY used DESC, key = ? DESC", (key,)).fetchall()
    for other, size in rows:
        total += size
        if total > most and other != key:
            db.execute("DELETE FROM item WHERE key = ?", (other,))
    db.execute("DELETE FROM body WHERE sha256 NOT IN (SELECT sha256 FROM item WHERE sha256 IS NOT NULL)")


def _board(db: sqlite3.Connection, key: str, owner: str, seconds: float) -> bool:
    """Take the right to fetch, where nobody has it or whoever had it is overdue."""
    db.execute("BEGIN IMMEDIATE")
    now = db.execute("SELECT (julianday('now') - 2440587.5) * 86400.0").fetchone()[0]
    db.execute("DELETE FROM flight WHERE until <= ?", (now,))
    return db.execute("INSERT OR IGNORE INTO flight VALUES (?, ?, ?)", (key, owner, now + seconds)).rowcount == 1


class _Memory:
    """Bodies that this process has read and checked already, by SHA-256, bounded by size."""

    def __init__(self, total: int) -> None:
        self._total, self._used = total, 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, sha256: str) -> bytes | None:
        with self._lock:
            if sha256 in self._kept:
                self._kept.move_to_end(sha256)
            return self._kept.get(sha256)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._used = 0

    def put(self, sha256: str, body: bytes) -> None:
        with self._lock:
            if sha256 not in self._kept and len(body) <= self._total:
                self._kept[sha256] = body
                self._used += len(body)
            while self._used > self._total:
                _, oldest = self._kept.popitem(last=False)
                self._used -= len(oldest)


_MEMORY = _Memory(128 * 1024 * 1024)


def forget() -> None:
    """Forget what this process keeps in memory, so that the next reading is from the file."""
    _MEMORY.clear()
