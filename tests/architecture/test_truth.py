"""A report is never a truth value: at run time it raises, and the type checker refuses it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from vnsign.model.report import DocumentReport

EMPTY = DocumentReport("a.pdf", "", "pdf", (), datetime(2026, 1, 1, tzinfo=UTC), "policy 1")


def test_bool_of_a_report_raises():
    with pytest.raises(TypeError, match="truth value"):
        bool(EMPTY)


def test_the_type_checker_refuses_a_report_as_a_condition(tmp_path):
    file = tmp_path / "uses_report.py"
    file.write_text(
        "from vnsign.model.report import DocumentReport\n\n\n"
        "def accept(report: DocumentReport) -> int:\n    if report:\n        return 1\n    return 0\n"
    )
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--warn-unreachable",
        "--cache-dir",
        str(tmp_path / "cache"),
        str(file),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "uses_report.py:5" in done.stdout or "uses_report.py:6" in done.stdout
