"""A headless browser over HTML files on this disk: pictures, paper, and what a program in the page finds."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageChops

NAMES = ("chromium", "chromium-browser", "google-chrome")
_WIDTH, _HEIGHT = 860, 4000
_MARGIN = 24
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-scrollbars",
    "--force-device-scale-factor=0.75",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--lang=vi",
)
_SCHEMES = {"dark": "0", "light": "1"}
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n?')


def browser() -> str | None:
    """The browser's program, or ``None`` where there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def picture(html: str, *, scheme: str = "light") -> Image.Image:
    """A page as it looks on a screen, from top to bottom.

    Args:
        html: the page.
        scheme: ``light`` or ``dark``.
    """
    with _folder(html) as (folder, page):
        target = folder / "page.png"
        _run(folder, page, f"--screenshot={target}", f"--window-size={_WIDTH},{_HEIGHT}", scheme=scheme)
        return _cut(Image.open(io.BytesIO(target.read_bytes())).convert("RGB"))


def paper(html: str) -> bytes:
    """A page as it is printed: PDF."""
    with _folder(html) as (folder, page):
        target = folder / "page.pdf"
        _run(folder, page, f"--print-to-pdf={target}", "--no-pdf-header-footer", scheme="light")
        return target.read_bytes()


def found(html: str, *, scheme: str = "light") -> str:
    """The page after its programs have ended, as HTML."""
    with _folder(html) as (folder, page):
        size = f"--window-size={_WIDTH},{_HEIGHT}"
        return _run(folder, page, "--dump-dom", size, "--virtual-time-budget=120000", scheme=scheme)


def open_to_programs(html: str) -> str:
    """The page without its rule that nothing runs in it, for a program that examines it."""
    opened, count = _POLICY.subn("", html)
    assert count == 1
    return opened


def _steady(html: str) -> str:
    """The page with fonts that look the same on every machine."""
    style = '<style>body { font-family: "DejaVu Sans" } code, dd { font-variant-ligatures: none }</style></head>'
    return open_to_programs(html).replace("</head>", style, 1)


def steady_picture(html: str, *, scheme: str = "light") -> Image.Image:
    """Like :func:`picture`, with the letters of DejaVu Sans."""
    return picture(_steady(html), scheme=scheme)


@contextmanager
def _folder(html: str) -> Iterator[tuple[Path, Path]]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        page = folder / "page.html"
        page.write_text(html, "utf-8")
        yield folder, page


def _run(folder: Path, page: Path, *what: str, scheme: str) -> str:
    program = browser()
    assert program is not None
    colours = f"--blink-settings=preferredColorScheme={_SCHEMES[scheme]}"
    command: Sequence[str] = (program, *_FLAGS, f"--user-data-dir={folder / 'profile'}", colours, *what, page.as_uri())
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=180)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _cut(whole: Image.Image) -> Image.Image:
    """Without the empty rows below what is shown."""
    corner = whole.getpixel((0, whole.height - 1))
    empty = Image.new("RGB", whole.size, corner)
    box = ImageChops.difference(whole, empty).getbbox()
    assert box is not None
    return whole.crop((0, 0, whole.width, min(box[3] + _MARGIN, whole.height)))
