"""Pictures of what a terminal shows: text with SGR colours, drawn letter by letter with Liberation Mono."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from vnsign.signing.appearance.fonts import system_folders

FONTS = ("LiberationMono-Regular.ttf", "LiberationMono-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSans.ttf")
"""Letters and marks of the terminal, and the letters of the browser."""
PACKAGES = "fonts-liberation2 (Debian 12) or fonts-liberation (Debian 13), and fonts-dejavu-core"
_MARKS = "✔✘"
"""What Liberation Mono lacks."""
COLUMNS = 100
_SIZE = 14
_CELL = (9, 19)
_MARGIN = 14
_PAPER, _INK = "#10161d", "#e3e7ec"
_COLOURS = {"31": "#ff8f87", "32": "#7edca3", "33": "#f2c55c"}
_COLOURS_KEPT, _LEAST_APART = 26, 18
_SGR = re.compile(r"\x1b\[([0-9;]*)m")


def missing_fonts() -> list[str]:
    """Which of the fonts this machine lacks."""
    return [name for name in FONTS if _font_file(name) is None]


def terminal(text: str) -> Image.Image:
    """The text as a terminal of 100 columns shows it."""
    lines = text.rstrip("\n").split("\n")
    width = COLUMNS * _CELL[0] + 2 * _MARGIN
    picture = Image.new("RGB", (width, len(lines) * _CELL[1] + 2 * _MARGIN), _PAPER)
    pen = ImageDraw.Draw(picture)
    colour, bold = _INK, False
    for row, line in enumerate(lines):
        column = 0
        for place, part in enumerate(_SGR.split(line)):
            if place % 2:
                codes = part.split(";")
                bold = "1" in codes
                colour = next((_COLOURS[code] for code in codes if code in _COLOURS), _INK)
                continue
            for letter in part:
                at = _MARGIN + column * _CELL[0], _MARGIN + row * _CELL[1]
                font = _font(FONTS[2] if letter in _MARKS else FONTS[bold])
                pen.text(at, letter, colour, font=font)
                column += 1
    return picture


def small(picture: Image.Image) -> Image.Image:
    """The picture with a palette, as it is kept: the colours that it has most of, none of them close to another."""
    whole = picture.convert("RGB")
    counted = whole.getcolors(whole.width * whole.height)
    assert counted is not None
    chosen: list[tuple[int, ...]] = []
    for _, colour in sorted(counted, reverse=True):
        if len(chosen) < _COLOURS_KEPT and all(_apart(colour, other) >= _LEAST_APART for other in chosen):
            chosen.append(colour)
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in chosen for part in colour])
    return whole.quantize(palette=palette, dither=Image.Dither.NONE)


def _apart(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def difference(one: Image.Image, other: Image.Image, *, blur: int = 1) -> float:
    """How much two pictures differ, 0 to 1: the mean over all points, of the pictures made smaller by a factor.

    Pictures whose sizes differ by more than 3 % differ wholly.
    """
    if any(abs(a - b) > 0.03 * max(a, b) for a, b in zip(one.size, other.size, strict=True)):
        return 1.0
    size = max(one.width // blur, 1), max(one.height // blur, 1)
    pair = [item.convert("L").resize(size, Image.Resampling.BOX) for item in (one, other)]
    return ImageStat.Stat(ImageChops.difference(*pair)).mean[0] / 255


@lru_cache(maxsize=4)
def _font(name: str) -> ImageFont.FreeTypeFont:
    file = _font_file(name)
    assert file is not None
    return ImageFont.truetype(str(file), _SIZE, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4)
def _font_file(name: str) -> Path | None:
    """The newest of that name: version 1 of Liberation, which some machines have beside it, lacks Vietnamese letters."""
    found = [file for folder in system_folders() for file in folder.rglob(name)]
    return max(found, key=lambda file: ("liberation2" in file.parts, str(file)), default=None)
