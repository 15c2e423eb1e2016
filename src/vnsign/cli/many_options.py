"""Options of ``vnsign verify`` for many documents."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_MOST_JOBS = 64


@dataclass(frozen=True, slots=True)
class Many:
    """What the options asked for.

    Attributes:
        recursive: folders are walked.
        patterns: which file names count in folders and dossiers.
        jobs: worker processes at a time; ``None`` judges in this process.
        resume: the journal.
        summary: the table.
        fail_on: from which verdict on the exit code is not 0.
    """

    recursive: bool = False
    patterns: tuple[str, ...] = ()
    jobs: int | None = None
    resume: Path | None = None
    summary: Path | None = None
    fail_on: str = "indeterminate"


_PATH = click.Path(path_type=Path)
_OPTIONS = (
    click.option("--recursive", "-r", is_flag=True, help="Judge every file below the folders named."),
    click.option(
        "--match", "patterns", multiple=True, metavar="GLOB", help="Names that count in folders and ZIP files; repeatable."
    ),
    click.option(
        "--jobs",
        type=click.IntRange(1, _MOST_JOBS),
        metavar="N",
        help="Judge N documents at a time, each in a worker that can be killed.",
    ),
    click.option("--resume", type=_PATH, metavar="JOURNAL", help="Record what is judged; go on there after an interruption."),
    click.option("--summary", type=_PATH, metavar="FILE", help="Table, what needs attention first: .csv, .html or .xlsx."),
    click.option(
        "--fail-on",
        type=click.Choice(["invalid", "indeterminate", "warning"]),
        default="indeterminate",
        show_default=True,
        help="From which verdict on the exit code is not 0.",
    ),
)


def options(command: Command) -> Callable[..., Any]:
    """Add the options and hand them over together as ``many``."""

    @functools.wraps(command)
    def with_many(
        *,
        recursive: bool,
        patterns: tuple[str, ...],
        jobs: int | None,
        resume: Path | None,
        summary: Path | None,
        fail_on: str,
        **others: Any,
    ) -> Any:
        return command(many=Many(recursive, patterns, jobs, resume, summary, fail_on), **others)

    for add in reversed(_OPTIONS):
        add(with_many)
    return with_many
