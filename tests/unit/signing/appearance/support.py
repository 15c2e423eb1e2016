"""Help for the tests of appearances: the font, programs, images made in code."""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from vnsign.errors import ConfigurationError
from vnsign.signing.appearance.fonts import SerifFont, find_serif

BLUE, RED, BLACK = (28, 63, 170), (206, 24, 30), (0, 0, 0)


def missing(reason: str) -> None:
    """Skip, but fail where ``CI=true``: what is missing must never look like success."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@cache
def _serif() -> SerifFont | None:
    try:
        return find_serif()
    except ConfigurationError:
        return None


def serif() -> SerifFont:
    """The font of this machine."""
    found = _serif()
    if found is None:
        missing("neither Times New Roman nor Liberation Serif 2 is installed")
    assert found is not None
    return found


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not installed")
    return str(found)


def said(name: str, *arguments: str, data: bytes, folder: Path) -> str:
    """What a program of Poppler says about a PDF."""
    file = folder / "document.pdf"
    file.write_bytes(data)
    done = subprocess.run([program(name), *arguments, str(file)], capture_output=True, check=True, timeout=60)
    return done.stdout.decode("utf-8", "replace")


def text_of(data: bytes, folder: Path) -> str:
    """The text of a PDF by ``pdftotext``, white space alike."""
    file = folder / "text.pdf"
    file.write_bytes(data)
    done = subprocess.run([program("pdftotext"), str(file), "-"], capture_output=True, check=True, timeout=60)
    return " ".join(done.stdout.decode().split())


def rendered(data: bytes, folder: Path, dpi: int, page: int = 1) -> Image.Image:
    """A page by ``pdftoppm``."""
    file = folder / "render.pdf"
    file.write_bytes(data)
    options = ["-r", str(dpi), "-png", "-singlefile", "-cropbox", "-f", str(page), str(file), str(file.with_suffix(""))]
    subprocess.run([program("pdftoppm"), *options], check=True, timeout=60)
    with Image.open(file.with_suffix(".png")) as image:
        return image.convert("RGB")


def drawing(colour: tuple[int, int, int] = BLUE, size: tuple[int, int] = (200, 100), margin: int = 20) -> bytes:
    """An ellipse of one colour on a transparent ground, as PNG."""
    image = Image.new("RGBA", size, (255, 255, 255, 0))
    ImageDraw.Draw(image).ellipse([margin, margin, size[0] - margin - 1, size[1] - margin - 1], fill=(*colour, 255))
    return png(image)


def png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def header_of(width: int, height: int) -> bytes:
    """A PNG of which only the header is there: it claims a size and holds nothing."""
    body = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x06\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
