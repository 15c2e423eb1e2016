"""Writing into a trust folder: whole files or none, one writer at a time, every change a line of ``changes.jsonl``."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from vnsign.errors import TrustStoreError
from vnsign.model.moment import utc

LOG = "changes.jsonl"
_LOCK = "changes.lock"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of ``changes.jsonl``.

    Attributes:
        time: when, ISO 8601, UTC.
        actor: who, the login name as the system gives it; not proved.
        action: ``add-anchor``, ``add-intermediate``, ``withdraw-anchor``, ``remove-intermediate``.
        file: the file or address it came from, or the file that went.
        sha256: of the certificate's DER.
        detail: family, purposes, reason, as far as given.
    """

    time: str
    actor: str
    action: str
    file: str
    sha256: str
    detail: str = ""

    @classmethod
    def at(cls, moment: datetime, actor: str, action: str, file: str, sha256: str, detail: str = "") -> Change:
        """A change at a moment, which must be aware."""
        return cls(utc(moment).isoformat(timespec="seconds").replace("+00:00", "Z"), actor, action, file, sha256, detail)


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold a folder for writing, making it where needed; another writer waits.

    Raises:
        TrustStoreError: it cannot be made or written to.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _LOCK).open("a+b") as stream:
            _lock(stream)
            yield


def append(folder: Path, change: Change) -> None:
    """Append a change to the log, on disk before this returns: a change is logged before it is made."""
    line = json.dumps(asdict(change), ensure_ascii=False) + "\n"
    with writing(folder), (folder / LOG).open("ab") as stream:
        stream.write(line.encode("utf-8", "backslashreplace"))
        stream.flush()
        os.fsync(stream.fileno())


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: a temporary file beside it, then a rename."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def remove(path: Path) -> None:
    """Delete a file."""
    with writing(path):
        path.unlink()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn errors of the file system into the documented one, which names the path."""
    try:
        yield
    except OSError as error:
        raise TrustStoreError(
            f"{path}: {error.strerror or error}", code="CANNOT_WRITE", hint="check the folder's permissions and free space"
        ) from error


def _lock(stream: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_EX)
