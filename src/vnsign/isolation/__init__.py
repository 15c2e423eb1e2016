"""Documents judged in a process of their own, which can be killed: see :func:`verify_isolated`.

A parser that loops, swells or crashes on a hostile document then costs that document its verdict and nothing else.
"""

from vnsign.isolation.judge import Isolated
from vnsign.isolation.limits import WorkerLimits
from vnsign.isolation.pool import stop_workers, verify_isolated

__all__ = ["Isolated", "WorkerLimits", "stop_workers", "verify_isolated"]
