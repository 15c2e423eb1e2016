"""Exit codes. For many documents the worst counts: 1 > 5 > 3 > 4 > 0."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

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
    INTERNAL = 70


_WORST_FIRST = (ExitCode.SOME_FAILED, ExitCode.UNREADABLE, ExitCode.SOME_INDETERMINATE, ExitCode.NO_SIGNATURE)


def of_document(report: DocumentReport) -> ExitCode:
    """The exit code that one document calls for."""
    if report.error is not None:
        return ExitCode.UNREADABLE
    if not report.signatures:
        return ExitCode.NO_SIGNATURE
    return {
        Indication.TOTAL_PASSED: ExitCode.ALL_PASSED,
        Indication.INDETERMINATE: ExitCode.SOME_INDETERMINATE,
        Indication.TOTAL_FAILED: ExitCode.SOME_FAILED,
    }[report.indication]


def of_documents(reports: Iterable[DocumentReport]) -> ExitCode:
    """The worst over many documents; no document at all is a usage error, never a pass."""
    codes = {of_document(report) for report in reports}
    if not codes:
        return ExitCode.USAGE
    return next((code for code in _WORST_FIRST if code in codes), ExitCode.ALL_PASSED)
