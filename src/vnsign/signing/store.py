"""Signing sessions on disk: sealed against change, each to be finished once, gone when their time is over.

A session holds the document; only ``to_be_signed`` ever leaves this machine. The process may die between the two steps: what
was put is put whole or not at all, and what was not finished can be finished by another process.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from vnsign.errors import ConfigurationError, SigningError, VnsignError
from vnsign.model.moment import utc
from vnsign.signing.document import write_new
from vnsign.signing.session import SigningSession

LEAST_KEY = 32
"""Bytes of the key that seals sessions."""

_SCHEMA = b"vnsign.sealed/1"
_NAME = re.compile(r"[0-9a-f]{32}")
_LONGEST_HEADER = 200


@dataclass(frozen=True, slots=True)
class SessionStore:
    """A folder of sealed sessions.

    Attributes:
        folder: where they are; made where it is missing.
        key: secret of at least 32 bytes that seals them (HMAC-SHA-256). Who has not the key can neither change a stored session
            nor put one there; who reads the folder reads the documents.

    Raises:
        ConfigurationError: a short key, a folder that cannot be made.
    """

    folder: Path
    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) < LEAST_KEY:
            raise ConfigurationError(
                f"a sealing key of {len(self.key)} bytes", code="SHORT_KEY", hint=f"give {LEAST_KEY} random bytes or more"
            )
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"{self.folder}: {error.strerror or error}", code="SESSION_FOLDER", hint="give a folder that can be written"
            ) from error

    def put(self, session: SigningSession) -> str:
        """Store a session.

        Returns:
            Its name: 32 hexadecimal digits that cannot be guessed.

        Raises:
            SigningError: it cannot be written.
        """
        name = secrets.token_hex(16)
        body = session.to_bytes()
        until = session.expires_at.isoformat().encode()
        header = b" ".join((_SCHEMA, self._seal(name, until, body), until))
        write_new(self._path(name, "session"), header + b"\n" + body)
        return name

    def names(self) -> tuple[str, ...]:
        """Names of the sessions that wait."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.session") if _NAME.fullmatch(path.stem)))

    def peek(self, name: str) -> SigningSession:
        """Read a session and leave it. Same errors as :meth:`taken`, but for its time."""
        return self._read(name, self._path(name, "session"))

    @contextmanager
    def taken(self, name: str, now: datetime) -> Iterator[SigningSession]:
        """Take a session to finish it. When the block ends well it is used up; when it fails the session waits again.

        Args:
            name: of :meth:`put`.
            now: the present moment, aware.

        Raises:
            SigningError: there is none of that name (``SESSION_UNKNOWN``), it was finished (``SESSION_USED``), it is being
                finished (``SESSION_IN_USE``), its time is over (``SESSION_EXPIRED``), or it is not as it was stored
                (``SESSION_CHANGED``).
        """
        moment = utc(now)
        waiting, busy = self._path(name, "session"), self._path(name, "busy")
        try:
            waiting.rename(busy)
        except OSError:
            self._refuse(name)
        try:
            session = self._read(name, busy)
            session.require_open(moment)
            yield session
        except BaseException:
            with suppress(OSError):
                busy.rename(waiting)
            raise
        # The mark first: a process that dies between the two steps leaves a session that can no longer be taken.
        with suppress(VnsignError):
            write_new(self._path(name, "done"), b"")
        with suppress(OSError):
            busy.unlink()

    def release(self, name: str) -> None:
        """Let a session wait again that a process took and died with. Only for when no process is at it.

        Raises:
            SigningError: it is not taken.
        """
        if self._path(name, "done").exists():
            self._refuse(name)
        try:
            self._path(name, "busy").rename(self._path(name, "session"))
        except OSError as error:
            raise SigningError(f"session {name} is not taken", code="SESSION_UNKNOWN", hint="prepare anew") from error

    def purge(self, now: datetime) -> int:
        """Remove sessions whose time is over, and say how many. Damaged ones go too; marks of finished ones stay."""
        removed = 0
        for name in self.names():
            path = self._path(name, "session")
            with suppress(OSError):
                with path.open("rb") as stream:
                    header = stream.readline(_LONGEST_HEADER)
                if _until(header) < utc(now).isoformat():
                    path.unlink()
                    removed += 1
        return removed

    def _path(self, name: str, state: str) -> Path:
        if not _NAME.fullmatch(name):
            raise SigningError("that is no name of a session", code="SESSION_UNKNOWN", hint="32 hexadecimal digits")
        return self.folder / f"{name}.{state}"

    def _seal(self, name: str, until: bytes, body: bytes) -> bytes:
        state = hmac.new(self.key, digestmod=hashlib.sha256)
        for part in (_SCHEMA, name.encode(), until):
            state.update(len(part).to_bytes(4, "big") + part)
        state.update(body)
        return state.hexdigest().encode()

    def _read(self, name: str, path: Path) -> SigningSession:
        try:
            data = path.read_bytes()
        except OSError:
            self._refuse(name)
        header, _, body = data.partition(b"\n")
        parts = header.split(b" ")
        sealed = len(parts) == 3 and parts[0] == _SCHEMA
        if not sealed or not hmac.compare_digest(parts[1], self._seal(name, parts[2], body)):
            raise SigningError(
                f"session {name} is not as it was stored, or was sealed with another key",
                code="SESSION_CHANGED",
                hint="do not finish it; prepare anew, and see who can write to the folder of sessions",
            )
        return SigningSession.from_bytes(body)

    def _refuse(self, name: str) -> NoReturn:
        if self._path(name, "done").exists():
            raise SigningError(f"session {name} was finished already", code="SESSION_USED", hint="prepare anew")
        if self._path(name, "busy").exists():
            raise SigningError(
                f"session {name} is being finished", code="SESSION_IN_USE", hint="if the process that took it died, release it"
            )
        raise SigningError(f"there is no session {name}", code="SESSION_UNKNOWN", hint="prepare anew")


def _until(header: bytes) -> str:
    """The end of a session by its header; nothing where it is damaged, so that it counts as over."""
    parts = header.strip().split(b" ")
    return parts[2].decode("ascii", "replace") if len(parts) == 3 else ""
