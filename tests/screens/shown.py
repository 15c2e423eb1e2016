"""What is kept of the screens, and where: text, its picture in a terminal, the HTML report in a browser."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from PIL import Image

from tests.screens import browser, cases, pictures
from vnsign._version import __version__
from vnsign.report.html import render as render_html
from vnsign.report.text import Screen, render_views
from vnsign.report.view import DocumentView
from vnsign.report.viewing import Wish, view

FOLDER = Path(__file__).parents[2] / "docs" / "_static" / "screens"
TEXTS = Path(__file__).parent / "texts"
LANGUAGES = ("vi", "en")
DARK = "two-in-order"
"""The case of which the dark screen is kept, too."""


@cache
def document(name: str, language: str) -> DocumentView:
    """What is shown of a case."""
    return view(cases.report(name), Wish(language, cases.TRUST[language]))


def text(name: str, language: str, *, colour: bool = False) -> str:
    """The text of a case."""
    return render_views([document(name, language)], Screen(pictures.COLUMNS, colour))


def html(name: str, language: str) -> str:
    """The HTML report of a case."""
    return render_html([document(name, language)])


def steady(said: str) -> str:
    """The text without what changes with the program: its version, and the name of the report, which is made of its content."""
    named = re.sub(r"\b[0-9A-F]{4}(?:-[0-9A-F]{4}){3}\b", "XXXX-XXXX-XXXX-XXXX", said)
    return named.replace(f"vnsign {__version__}", "vnsign X")


def text_file(name: str, language: str) -> Path:
    """Where the text of a case is kept."""
    return TEXTS / language / f"{name}.txt"


def picture_file(kind: str, name: str, language: str) -> Path:
    """Where the picture of a case is kept; ``kind`` is ``terminal`` or ``html``."""
    return FOLDER / kind / language / f"{name}.png"


def terminal_picture(name: str, language: str) -> Image.Image:
    """The picture of a case in a terminal."""
    return pictures.small(pictures.terminal(text(name, language, colour=True)))


def html_picture(name: str, language: str, scheme: str = "light") -> Image.Image:
    """The picture of a case in a browser."""
    return pictures.small(browser.steady_picture(html(name, language), scheme=scheme))


def files(name: str, language: str) -> Iterator[tuple[Path, bytes]]:
    """Everything that is kept of a case, made anew."""
    yield text_file(name, language), (steady(text(name, language)) + "\n").encode()
    yield picture_file("terminal", name, language), _png(terminal_picture(name, language))
    yield picture_file("html", name, language), _png(html_picture(name, language))
    if name == DARK:
        yield picture_file("html", f"{name}-dark", language), _png(html_picture(name, language, "dark"))


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
