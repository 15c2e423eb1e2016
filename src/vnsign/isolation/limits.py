"""What a worker may cost."""

from __future__ import annotations

from dataclasses import dataclass

from vnsign.errors import ConfigurationError

_LEAST_MEMORY = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Bounds on one worker process.

    Attributes:
        seconds: wall time that one document may take, from the moment its bytes are handed over; kept by killing the worker.
        memory_bytes: address space of the worker (``RLIMIT_AS``), the interpreter and the libraries included, which take
            about 100 MiB; not enforced where the platform has no such limit (Windows, macOS).
        report_bytes: the longest answer that is read from a worker.
        documents: after so many documents a worker is replaced, so that nothing accumulates.
        start_seconds: wall time that the start of a worker may take.

    Raises:
        ConfigurationError: a number that no document could be judged under.
    """

    seconds: float = 20.0
    memory_bytes: int = 512 * 1024 * 1024
    report_bytes: int = 32 * 1024 * 1024
    documents: int = 200
    start_seconds: float = 60.0

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= 86_400 or not 0 < self.start_seconds <= 86_400:
            raise ConfigurationError(f"a deadline of {self.seconds} seconds; it is to be above 0 and at most a day")
        if self.memory_bytes < _LEAST_MEMORY:
            raise ConfigurationError(
                f"{self.memory_bytes} bytes of memory for a worker; at least {_LEAST_MEMORY} are needed",
                hint="the interpreter and the libraries are counted too",
            )
        if self.report_bytes < 1 or self.documents < 1:
            raise ConfigurationError("report_bytes and documents are at least 1")
