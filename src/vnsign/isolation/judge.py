"""Isolated judging as a value, for ``vnsign.verify_many``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from vnsign._verify import Verifier
from vnsign.formats.source import DocumentSource
from vnsign.isolation.limits import WorkerLimits
from vnsign.isolation.pool import verify_isolated
from vnsign.model.report import DocumentReport


@dataclass(frozen=True, slots=True)
class Isolated:
    """Judges each document in a worker process that can be killed: ``verify_many(..., judge=Isolated())`` on a thread pool.

    Attributes:
        limits: what a worker may cost.
    """

    limits: WorkerLimits = field(default_factory=WorkerLimits)

    def __call__(self, verifier: Verifier, source: DocumentSource, at: datetime) -> DocumentReport:
        """See :func:`vnsign.isolation.verify_isolated`."""
        return verify_isolated(source, verifier, at=at, limits=self.limits)
