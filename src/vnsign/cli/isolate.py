"""``--isolate`` and ``--deadline``: documents judged in a worker process that can be killed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from vnsign._verify import Verifier
    from vnsign.formats.source import DocumentSource
    from vnsign.model.report import DocumentReport

Command = TypeVar("Command", bound=Callable[..., Any])

_LONGEST = 86_400.0
_DOCUMENTS = 1_000  # a worker costs as much to start as a hundred documents to judge


@dataclass(frozen=True, slots=True)
class Isolation:
    """What the two options ask for; neither: documents are judged in this process, which starts quicker."""

    wanted: bool
    deadline: float | None

    @property
    def works(self) -> bool:
        """Whether documents are judged in workers."""
        return self.wanted or self.deadline is not None

    def report(self, verifier: Verifier, source: DocumentSource, moment: datetime) -> DocumentReport:
        """The report of one file, in a worker where that was asked for."""
        if not self.works:
            return verifier.report(source, at=moment)
        from vnsign.isolation import WorkerLimits, verify_isolated

        limits = WorkerLimits(documents=_DOCUMENTS)
        if self.deadline is not None:
            limits = replace(limits, seconds=self.deadline)
        return verify_isolated(source, verifier, at=moment, limits=limits)


def options(command: Command) -> Command:
    """Add the two options; the command takes them as ``isolate`` and ``deadline``."""
    deadline = click.option(
        "--deadline",
        type=click.FloatRange(0, _LONGEST, min_open=True),
        metavar="SECONDS",
        help="Time that one document may take; asks for --isolate. Default there: 20.",
    )
    isolate = click.option(
        "--isolate", is_flag=True, help="Judge in a worker process bounded in time and memory: for documents from strangers."
    )
    return isolate(deadline(command))
