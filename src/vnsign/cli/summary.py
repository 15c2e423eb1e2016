"""``--summary FILE``: the table of all documents. Rows wait in a temporary database, so that their number costs no memory."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

from vnsign.errors import ConfigurationError

if TYPE_CHECKING:
    from vnsign.model.report import DocumentReport
    from vnsign.report.summary import SummaryRow
    from vnsign.report.viewing import Wish


class Summary:
    """Collects rows and writes the table at the end.

    Args:
        path: a new file; its ending (``.csv``, ``.html``, ``.xlsx``) is its form.
        wish: language, and whether numbers are shown whole.

    Raises:
        ConfigurationError: another ending, or openpyxl is missing. OutputExistsError: the file is there already.
    """

    def __init__(self, path: Path, wish: Wish) -> None:
        from vnsign.cli.render import refuse_existing
        from vnsign.report.summary import WRITERS

        if path.suffix.lower() not in WRITERS:
            raise ConfigurationError(
                f"{path}: no form of a summary", code="SUMMARY_FORM", hint=f"name a file that ends with {', '.join(WRITERS)}"
            )
        if path.suffix.lower() == ".xlsx":
            _require_openpyxl()
        refuse_existing(path)
        self._path, self._wish = path, wish
        self._base = sqlite3.connect("", isolation_level=None)  # a temporary file that is gone with the connection
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.execute("PRAGMA journal_mode = OFF")
        cells = "file, verdict, codes, signers, times, action, report, key"
        self._base.execute(f"CREATE TABLE rows (place INTEGER PRIMARY KEY, rank INTEGER, {cells})")

    def put(self, report: DocumentReport) -> None:
        """The row of one document."""
        from vnsign.report.summary import summary_row
        from vnsign.report.viewing import view

        row = summary_row(view(report, self._wish), "" if report.error is None else report.error.code)
        self._base.execute("INSERT INTO rows VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (row.rank, *astuple(row)))

    def end(self) -> None:
        """Write the table.

        Raises:
            ConfigurationError: ``CANNOT_WRITE``.
        """
        from vnsign.cli.new_file import new_file
        from vnsign.report.summary import write_csv, write_html, write_xlsx

        ending, language = self._path.suffix.lower(), self._wish.language
        with new_file(self._path) as file:
            if ending == ".xlsx":
                write_xlsx(self._rows(), file, language)
                return
            # Spreadsheets take a CSV for UTF-8 by its byte order mark.
            text = io.TextIOWrapper(file, "utf-8-sig" if ending == ".csv" else "utf-8", newline="")
            (write_csv if ending == ".csv" else write_html)(self._rows(), text, language)
            text.flush()
            text.detach()

    def close(self) -> None:
        """Forget the rows."""
        self._base.close()

    def _rows(self) -> Iterator[SummaryRow]:
        from vnsign.report.summary import SummaryRow as Row

        for found in self._base.execute("SELECT * FROM rows ORDER BY rank, place"):
            yield Row(*found[2:])


def _require_openpyxl() -> None:
    from importlib.util import find_spec

    if find_spec("openpyxl") is None:
        raise ConfigurationError(
            "a spreadsheet needs openpyxl",
            code="SUMMARY_FORM",
            hint="pip install 'vnsign[report]', or name a .csv or .html file",
        )
