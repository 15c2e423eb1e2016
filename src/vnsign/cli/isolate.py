"""``--isolate`` and ``--deadline``: documents judged in a worker process that can be killed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from vnsign._verify import Verifier
    from vnsign.model.report import DocumentReport

Command = TypeVar("Command", bound=Callable[..., Any])

_LONGEST = 86_400.0


@dataclass(frozen=True, slots=True)
class Isolation:
    """What the two options ask for; neither: documents are judged in this process, which starts quicker."""

    wanted: bool
    deadline: float | None

    def report(self, verifier: Verifier, file: str, moment: datetime) -> DocumentReport:
        """The report of one file, in a worker where that was asked for."""
        if not self.wanted and self.deadline is None:
            return verifier.report(Path(file), at=moment, name=file)
        from vnsign.isolation import WorkerLimits, verify_isolated

        limits = WorkerLimits() if self.deadline is None else WorkerLimits(seconds=self.deadline)
        return verify_isolated(Path(file), verifier, at=moment, limits=limits, name=file)


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
