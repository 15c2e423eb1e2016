"""The PDF reports of the twelve documents: their files, their pictures, and where these are kept."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from PIL import Image

from tests.screens import pictures, shown
from vnsign.report.pdf import render
from vnsign.report.view import DocumentView

DPI = 66
_GAP = 10


@cache
def view(name: str, language: str) -> DocumentView:
    """What is shown of a case, without what changes with the program: its version and the name of the report."""
    found = shown.document(name, language)
    technical = tuple(replace(row, value="vnsign X") if row.key == "program" else row for row in found.technical)
    return replace(found, technical=technical, report_id="0123-4567-89AB-CDEF")


@cache
def pdf(name: str, language: str) -> bytes:
    """The report of a case."""
    return render([view(name, language)])


def text(data: bytes, *options: str) -> str:
    """The text of a PDF, in the order in which it was drawn."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "report.pdf")
        file.write_bytes(data)
        command = ["pdftotext", *(options or ("-raw",)), str(file), "-"]
        return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()


def missing_program() -> str:
    """What this machine lacks to make pictures; empty when nothing."""
    return "" if shutil.which("pdftoppm") else "pdftoppm is not installed (Debian package poppler-utils)"


def picture(name: str, language: str) -> Image.Image:
    """The pages of the report of a case, beside one another."""
    pages = _pages(pdf(name, language))
    width = sum(page.width + _GAP for page in pages) + _GAP
    whole = Image.new("RGB", (width, max(page.height for page in pages) + 2 * _GAP), "#c8ccd2")
    x = _GAP
    for page in pages:
        whole.paste(page, (x, _GAP))
        x += page.width + _GAP
    return pictures.small(whole)


def picture_file(name: str, language: str) -> Path:
    """Where the picture of a case is kept."""
    return shown.FOLDER / "pdf" / language / f"{name}.png"


def png(image: Image.Image) -> bytes:
    """The picture as it is kept."""
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _pages(data: bytes) -> list[Image.Image]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "report.pdf")
        file.write_bytes(data)
        subprocess.run(["pdftoppm", "-r", str(DPI), "-png", str(file), str(Path(folder, "page"))], check=True, timeout=120)
        return [Image.open(page).convert("RGB") for page in sorted(Path(folder).glob("page*.png"))]
