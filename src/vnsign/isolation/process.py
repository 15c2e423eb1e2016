"""The parent's side of one worker: start it, hand it a document, read what it says, kill it.

Nothing that a worker writes is unpickled or executed here, and no wait is without an end.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from multiprocessing import spawn
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from vnsign.errors import ConfigurationError
from vnsign.isolation.frames import BrokenFrameError, read_frame, write_frame
from vnsign.isolation.limits import WorkerLimits

if TYPE_CHECKING:
    from vnsign._verify import Verifier
    from vnsign.formats.source import DocumentSource

_START = "import sys; sys.path[:] = {path!r}; from {module} import main; main({memory_bytes}, {seconds})"
# A worker needs no PIN, no token and no proxy that the environment of a portal may hold.
_ENVIRONMENT = frozenset({"PATH", "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH"})
_MORE_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2"}  # glibc reserves 64 MiB of address space for each arena
_OUT_OF_TIME = frozenset({"SIGXCPU", "SIGALRM"})
_LAST_SECONDS = 5.0


class End(Enum):
    """How a worker came to its end without an answer."""

    TIMEOUT = "timeout"
    DIED = "died"


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer: why, and what the system said of the process."""

    end: End
    detail: str


class Worker:
    """One worker process. Used by one thread at a time; made with :meth:`start`."""

    def __init__(self, process: subprocess.Popen[bytes], limits: WorkerLimits) -> None:
        self._process = process
        self._limits = limits
        self._verifier: Verifier | None = None
        self._exchange: _Exchange | None = None
        self.judged = 0

    @classmethod
    def start(cls, limits: WorkerLimits, module: str = "vnsign.isolation.worker") -> Worker:
        """Start a process; the first request waits until it is ready.

        Args:
            limits: what it may cost.
            module: whose ``main(memory_bytes, seconds)`` it runs: one that answers a frame for each frame, after a first one.
        """
        path = [item or str(Path.cwd()) for item in sys.path]
        code = _START.format(path=path, module=module, memory_bytes=limits.memory_bytes, seconds=limits.seconds)
        executable = os.fsdecode(spawn.get_executable() or sys.executable)
        process = subprocess.Popen(  # noqa: S603 - this interpreter, with code of ours
            [executable, "-I", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in _ENVIRONMENT} | _MORE_ENVIRONMENT,
            start_new_session=True,  # so that whatever it starts is killed with it; ignored on Windows
        )
        return cls(process, limits)

    @property
    def usable(self) -> bool:
        """Whether it lives and may judge another document."""
        return not self._ended() and self.judged < self._limits.documents

    def judge(self, verifier: Verifier, document: DocumentSource, at: datetime) -> bytearray | Lost:
        """Hand over a document and wait for the answer, no longer than the deadline.

        Returns:
            The answer's bytes, not to be believed; or why there is none, and then the process is gone.

        Raises:
            ConfigurationError: the verifier does not pickle.
        """
        # Trust and evidence go over once, not with every document.
        fresh = None if verifier is self._verifier else verifier
        answer = self.ask(_pickled((fresh, document, at)))
        self._verifier = verifier
        return answer

    def ask(self, request: bytes) -> bytearray | Lost:
        """Hand over a request and wait for the answer, no longer than the deadline. Returns as :meth:`judge`."""
        if self.judged == 0:
            ready = self._within(self._limits.start_seconds, None)
            if isinstance(ready, Lost):
                return Lost(End.DIED, f"while it started: {ready.detail}")
        self.judged += 1
        return self._within(self._limits.seconds, request)

    def close(self) -> None:
        """Kill it, whatever it does, and everything it started."""
        with contextlib.suppress(OSError):
            if self._process.returncode is not None:
                pass  # reaped: its number may be another's by now
            elif hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_SECONDS)
        self._drop_pipes()

    def _within(self, seconds: float, request: bytes | None) -> bytearray | Lost:
        """Exchange in a thread: pipes block, and neither a stalled reader nor a half-written answer may block the caller."""
        exchange = self._exchange = _Exchange(self._process, self._limits.report_bytes, request)
        exchange.start()
        exchange.join(seconds)
        if exchange.is_alive():
            self.close()
            return Lost(End.TIMEOUT, f"{seconds:g} s")
        if isinstance(exchange.answer, bytearray):
            return exchange.answer
        for _ in range(50):  # its pipe is closed, so it is ending by itself: its own status tells more than ours
            if self._ended():
                break
            time.sleep(0.02)
        self.close()
        return _lost(self._process.returncode, exchange.answer)

    def _ended(self) -> bool:
        """Whether it has ended; not yet reaped where the platform can tell, so that its group can still be killed."""
        if self._process.returncode is not None or not hasattr(os, "waitid"):
            return self._process.poll() is not None
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # somebody else reaped it
            return True

    def _drop_pipes(self) -> None:
        """Close our ends, unless a grandchild that left the session still holds the thread: closing would wait for it."""
        if self._exchange is not None:
            self._exchange.join(_LAST_SECONDS)
            if self._exchange.is_alive():
                return
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()


class _Exchange(threading.Thread):
    """Writes a request, where there is one, and reads one frame; ``answer`` is a reason in words where that failed."""

    def __init__(self, process: subprocess.Popen[bytes], limit: int, request: bytes | None) -> None:
        super().__init__(daemon=True, name="vnsign-isolation")
        self._stdin, self._stdout = process.stdin, process.stdout
        self._limit, self._request = limit, request
        self.answer: bytearray | str = "no answer"

    def run(self) -> None:
        """Never raises."""
        try:
            self.answer = self._exchanged()
        except (OSError, ValueError, BrokenFrameError) as error:
            self.answer = str(error) or type(error).__name__

    def _exchanged(self) -> bytearray | str:
        stdin, stdout = _open(self._stdin), _open(self._stdout)
        if self._request is not None:
            # A worker that died has a broken pipe here; what it said before it died may still be read.
            with contextlib.suppress(BrokenPipeError):
                write_frame(stdin, self._request)
        answer = read_frame(stdout, self._limit)
        return "ended without an answer" if answer is None else answer


def _open(pipe: object) -> BinaryIO:
    if pipe is None:  # cannot be: both are asked for at the start
        raise BrokenFrameError("no pipe")
    return pipe  # type: ignore[return-value] # Popen's IO[bytes] is the BinaryIO that frames are written to


def _lost(status: int | None, detail: str) -> Lost:
    if status is None or status >= 0:
        return Lost(End.DIED, f"{detail}; exit status {status}" if status else detail)
    name = next((item.name for item in signal.Signals if item == -status), f"signal {-status}")
    return Lost(End.TIMEOUT if name in _OUT_OF_TIME else End.DIED, name)


def _pickled(request: object) -> bytes:
    try:
        return pickle.dumps(request, pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"the verifier cannot be handed to another process: {error}", hint="use plain values, such as a dict for `external`"
        ) from error
