"""What rendering may cost."""

from __future__ import annotations

from dataclasses import dataclass

from vnsign.errors import ConfigurationError
from vnsign.isolation.limits import WorkerLimits


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """Bounds on rendering, in the worker process that does it.

    Attributes:
        seconds: wall time for the whole comparison; kept by killing the worker.
        memory_bytes: address space of the worker, where the platform can bound it.
        pages: pages that are compared, from the first.
        pictures: pages of which a picture is made; further ones are named only.
        pixels: of one rendered page.
        dpi: resolution of pages of ordinary size.
        answer_bytes: the longest answer that is read from the worker.

    Raises:
        ConfigurationError: a number that nothing could be rendered under.
    """

    seconds: float = 90.0
    memory_bytes: int = 1024 * 1024 * 1024
    pages: int = 300
    pictures: int = 20
    pixels: int = 2_000_000
    dpi: int = 100
    answer_bytes: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        if self.pages < 1 or self.pictures < 0 or self.pixels < 10_000 or not 10 <= self.dpi <= 600:
            raise ConfigurationError("pages at least 1, pictures at least 0, pixels at least 10,000, dpi 10 to 600")
        self.worker()

    def worker(self) -> WorkerLimits:
        """The same for the process."""
        return WorkerLimits(self.seconds, self.memory_bytes, self.answer_bytes, documents=1)
