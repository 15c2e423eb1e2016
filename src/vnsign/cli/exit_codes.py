"""Exit codes. For many documents the worst counts: 1 > 5 > 3 > 4 > 6 > 0."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import IntEnum, StrEnum

from vnsign.model.report import DocumentReport
from vnsign.model.verdict import Indication


class ExitCode(IntEnum):
    """What the command line answers with."""

    ALL_PASSED = 0
    SOME_FAILED = 1
    USAGE = 2
    SOME_INDETERMINATE = 3
    NO_SIGNATURE = 4
    UNREADABLE = 5
    SOME_NOTED = 6
    INTERNAL = 70


class FailOn(StrEnum):
    """From which verdict on the exit code is not 0. Nothing verified is never a pass: 4 and 5 stay what they are."""

    INVALID = "invalid"
    INDETERMINATE = "indeterminate"
    WARNING = "warning"


_WORST_FIRST = (
    ExitCode.SOME_FAILED,
    ExitCode.UNREADABLE,
    ExitCode.SOME_INDETERMINATE,
    ExitCode.NO_SIGNATURE,
    ExitCode.SOME_NOTED,
)


def of_document(report: DocumentReport, fail_on: FailOn = FailOn.INDETERMINATE) -> ExitCode:
    """The exit code that one document calls for.

    Args:
        report: of the document.
        fail_on: ``invalid`` lets undetermined documents pass; ``warning`` gives 6 for valid ones with something to note.
    """
    if report.error is not None:
        return ExitCode.UNREADABLE
    if not report.signatures:
        return ExitCode.NO_SIGNATURE
    if report.indication is Indication.TOTAL_FAILED:
        return ExitCode.SOME_FAILED
    if report.indication is Indication.INDETERMINATE:
        return ExitCode.ALL_PASSED if fail_on is FailOn.INVALID else ExitCode.SOME_INDETERMINATE
    noted = fail_on is FailOn.WARNING and any(item.warnings for item in report.signatures)
    return ExitCode.SOME_NOTED if noted else ExitCode.ALL_PASSED


def of_documents(reports: Iterable[DocumentReport]) -> ExitCode:
    """The worst over many documents; see :func:`worst`."""
    return worst({of_document(report) for report in reports})


def worst(codes: Collection[ExitCode]) -> ExitCode:
    """The worst of many codes; none at all is a usage error, never a pass."""
    if not codes:
        return ExitCode.USAGE
    return next((code for code in _WORST_FIRST if code in codes), ExitCode.ALL_PASSED)
