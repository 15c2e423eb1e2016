"""What a worker process does to itself before it touches a document: its output, its memory, its time."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
from collections.abc import Iterator
from typing import BinaryIO

_SLACK = 2  # seconds beyond the parent's own deadline: these limits matter when the parent is gone


def take_stdout() -> BinaryIO:
    """The pipe to the parent, out of reach of whatever prints: standard output becomes standard error."""
    target = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return target


def limit_memory(memory_bytes: int) -> None:
    """Bound the address space and forbid core dumps, where the platform can.

    Args:
        memory_bytes: see ``WorkerLimits.memory_bytes``.
    """
    try:
        import resource
    except ImportError:  # Windows: only the parent's deadline holds
        return
    for what, value in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CORE, 0)):
        # macOS refuses RLIMIT_AS; a stricter limit of the system stays.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (value, value))


@contextlib.contextmanager
def limited_time(seconds: float) -> Iterator[None]:
    """End this process when the time is over, by itself: the parent may have been killed and can kill no more.

    Args:
        seconds: see ``WorkerLimits.seconds``; a little more is given, for the parent's own deadline comes first.
    """
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
