"""The worker's side: limits itself, then judges one document after another until its input ends.

It reads pickles, which come from the process that started it, and writes JSON, for what it writes may have been chosen by
whoever made the document.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import pickle
import signal
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from vnsign._verify import OUT_OF_MEMORY
from vnsign.isolation.frames import read_frame, write_frame
from vnsign.report.json import to_json

if TYPE_CHECKING:
    from vnsign._verify import Verifier
    from vnsign.formats.source import DocumentSource

READY = b'{"ready":true}'
MEMORY = b'{"memory":true}'
_ANY_LENGTH = 1 << 62  # the parent is believed
_SLACK = 2  # seconds beyond the parent's own deadline: these limits matter when the parent is gone


def main(memory_bytes: int, seconds: float) -> None:
    """Serve documents from standard input; ends with it.

    Args:
        memory_bytes: see ``WorkerLimits.memory_bytes``.
        seconds: see ``WorkerLimits.seconds``.
    """
    source, target = sys.stdin.buffer, _take_stdout()
    _limit_memory(memory_bytes)
    write_frame(target, READY)
    try:
        _serve(source, target, seconds)
    except MemoryError:
        # What was half done when memory ran out may be in any state: say so and end.
        write_frame(target, MEMORY)
    except Exception as error:  # noqa: BLE001 - the last door: a defect costs this document its verdict, not the others theirs
        write_frame(target, _encoded({"defect": f"{type(error).__name__}: {error}"[:500]}))


def _serve(source: BinaryIO, target: BinaryIO, seconds: float) -> None:
    verifier: Verifier | None = None
    while (frame := read_frame(source, _ANY_LENGTH)) is not None:
        with _limited_time(seconds):
            fresh, document, at = _request(frame)
            del frame
            verifier = fresh or verifier
            if verifier is None:  # cannot be: the first request brings one
                return
            report = verifier.report(document, at=at)
            if report.error is not None and report.error.code == OUT_OF_MEMORY:
                raise MemoryError
            answer = _encoded({"report": to_json(report)})
        write_frame(target, answer)


def _request(frame: bytearray) -> tuple[Verifier | None, DocumentSource, datetime]:
    # S301: written by the parent, never by the document.
    fresh, document, at = pickle.loads(frame)  # noqa: S301
    return fresh, document, at


def _encoded(answer: object) -> bytes:
    return json.dumps(answer, ensure_ascii=True, separators=(",", ":")).encode()


def _take_stdout() -> BinaryIO:
    """The pipe to the parent, out of reach of whatever prints: standard output becomes standard error."""
    target = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return target


def _limit_memory(memory_bytes: int) -> None:
    """Bound the address space and forbid core dumps, where the platform can."""
    try:
        import resource
    except ImportError:  # Windows: only the parent's deadline holds
        return
    for what, value in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CORE, 0)):
        # macOS refuses RLIMIT_AS; a stricter limit of the system stays.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (value, value))


@contextlib.contextmanager
def _limited_time(seconds: float) -> Iterator[None]:
    """End this process when the time is over, by itself: the parent may have been killed and can kill no more."""
    limit = math.ceil(seconds) + _SLACK
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + limit, hard))
    alarm = getattr(signal, "alarm", None)
    if alarm is None:
        yield
        return
    alarm(limit)  # SIGALRM with its default action: waiting (a FIFO, a dead network drive) costs no CPU time
    try:
        yield
    finally:
        alarm(0)
