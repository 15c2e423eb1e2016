"""A table of many documents, what needs attention first: CSV, HTML and spreadsheet. Each writer takes rows one at a time.

Names in a document are chosen by whoever made it: cells that a spreadsheet would take for a formula are text.
"""

from __future__ import annotations

import csv
import html
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, BinaryIO, TextIO

from vnsign.report.catalogue import clean, word
from vnsign.report.view import DocumentView, Line, SignatureView

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.styles import Font
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

ATTENTION = ("TOTAL-FAILED", "UNREADABLE", "INDETERMINATE", "NO-SIGNATURE", "PASSED-WITH-NOTES", "TOTAL-PASSED")
"""Keys of verdicts, what needs attention most first: the order of the exit codes."""

COLUMNS = ("file", "verdict", "codes", "signers", "times", "action", "report")
_WIDTHS = (48, 22, 34, 34, 44, 60, 22)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_LONGEST_CELL = 32_000  # a spreadsheet takes 32,767 characters
_NOT_XML = dict.fromkeys((0xFFFE, 0xFFFF), "\ufffd")  # what XML 1.0 has no place for, control characters aside
_TONES = {"TOTAL-PASSED": "good", "PASSED-WITH-NOTES": "good", "INDETERMINATE": "attention", "NO-SIGNATURE": "attention"}

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.45 "Noto Sans", "Segoe UI", Arial, sans-serif; margin: 1.5rem; color: #1b1b1b; background: #fff; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: start; padding-block-end: .75rem; }
th, td { border: 1px solid #767676; padding: .4rem .55rem; text-align: start; vertical-align: top; overflow-wrap: anywhere; }
thead th { background: #eef1f4; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
.bad { color: #a4001d; font-weight: 700; }
.attention { color: #7a4b00; font-weight: 700; }
.good { color: #00612e; font-weight: 700; }
@media (prefers-color-scheme: dark) {
  body { color: #f1f1f1; background: #16191d; }
  thead th { background: #2a3037; }
  .bad { color: #ff9d9d; } .attention { color: #ffcf70; } .good { color: #7fe0a4; }
}
@media print { body { margin: 0; font-size: 9pt; color: #000; background: #fff; } }
"""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One document; the columns in their order, then the key of the verdict."""

    file: str
    verdict: str
    codes: str
    signers: str
    times: str
    action: str
    report: str
    key: str

    @property
    def rank(self) -> int:
        """0 for what needs attention most."""
        return ATTENTION.index(self.key)


def summary_row(document: DocumentView, error_code: str = "") -> SummaryRow:
    """The row of a document.

    Args:
        document: what is shown of it.
        error_code: of a document that could not be read; empty otherwise.

    Returns:
        Lines of several signatures are separated by line breaks, in document order.
    """
    people = [f"{item.title} ({item.subtitle})" if item.subtitle else item.title for item in document.signatures]
    times = [row.value for item in document.signatures for row in item.main if row.key == "time"]
    return SummaryRow(
        file=document.name,
        verdict=document.badge.word,
        codes=_cell([clean(error_code)] if error_code else _codes(document.signatures)),
        signers=_cell(people),
        times=_cell(times),
        action=_cell(line.text for line in document.actions),
        report=document.report_id,
        key=document.badge.key,
    )


def _codes(signatures: Iterable[SignatureView]) -> list[str]:
    found: dict[str, None] = {}
    for item in signatures:
        if item.badge.key == "PASSED-WITH-NOTES":
            found |= dict.fromkeys(_named(item.notes))
        elif item.badge.key != "TOTAL-PASSED":
            found[item.badge.code] = None
    return list(found)


def _named(notes: Iterable[Line]) -> list[str]:
    return [line.code for line in notes if line.code]


def _cell(lines: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(lines))[:_LONGEST_CELL]


def headings(language: str) -> tuple[str, ...]:
    """The names of the columns."""
    return tuple(word(language, "words.summary", name) for name in COLUMNS)


def cells(row: SummaryRow) -> tuple[str, ...]:
    """What is shown of a row, in the order of the columns."""
    return astuple(row)[: len(COLUMNS)]


def write_csv(rows: Iterable[SummaryRow], stream: TextIO, language: str) -> None:
    """Write a CSV (RFC 4180). Cells that begin like a formula get an apostrophe before them, as spreadsheets evaluate them."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(headings(language))
    writer.writerows(tuple(_guarded(value) for value in cells(row)) for row in rows)


def _guarded(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def write_html(rows: Iterable[SummaryRow], stream: TextIO, language: str) -> None:
    """Write one self-contained page without scripts, readable on paper, in light and in dark."""
    title, order = (html.escape(word(language, "words.summary", name)) for name in ("title", "order"))
    stream.write(
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        f"<table>\n<caption>{order}</caption>\n<thead><tr>"
    )
    stream.writelines(f'<th scope="col">{html.escape(name)}</th>' for name in headings(language))
    stream.write("</tr></thead>\n<tbody>\n")
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - told below
        stream.write(_html_row(row))
    total = html.escape(word(language, "words.summary", "count").format(count=count))
    stream.write(f"</tbody>\n</table>\n<p>{total}</p>\n</main>\n</body>\n</html>\n")


def _html_row(row: SummaryRow) -> str:
    first, verdict, *others = (html.escape(value).replace("\n", "<br>") for value in cells(row))
    tone = _TONES.get(row.key, "bad")
    rest = "".join(f"<td>{value}</td>" for value in others)
    return f'<tr><th scope="row">{first}</th><td class="{tone}">{verdict}</td>{rest}</tr>\n'


def write_xlsx(rows: Iterable[SummaryRow], stream: BinaryIO, language: str) -> None:
    """Write a spreadsheet; every cell is of the type text. Needs openpyxl (extra ``report``)."""
    from openpyxl import Workbook
    from openpyxl.styles import Font as Style

    book = Workbook(write_only=True)
    sheet = book.create_sheet(word(language, "words.summary", "file"))
    sheet.freeze_panes = "B2"
    for number, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFG"[number]].width = width
    sheet.append([_text(sheet, value, Style(bold=True)) for value in headings(language)])
    for row in rows:
        sheet.append([_text(sheet, value) for value in cells(row)])
    book.save(stream)


def _text(sheet: WriteOnlyWorksheet, value: str, font: Font | None = None) -> Cell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    cell = WriteOnlyCell(sheet, value=value.translate(_NOT_XML))
    cell.data_type = "s"  # whatever it begins with
    cell.number_format = "@"
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if font is not None:
        cell.font = font
    return cell


WRITERS = {".csv": write_csv, ".html": write_html, ".xlsx": write_xlsx}
"""By the ending of the file."""
