"""The published JSON Schema of reports (draft 2020-12), and where it is."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).parent / "schema" / "report-1.schema.json"
"""The schema of ``vnsign.report/1``; it ships with the package."""


def report_schema() -> str:
    """The text of the schema."""
    return FILE.read_text("utf-8")
