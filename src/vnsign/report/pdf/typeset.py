"""Letters: which fonts, how wide, where lines are broken, and what stands for a letter that the font lacks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vnsign.report.pdf.model import Style
from vnsign.signing.appearance import fonts

MARKS = {"✔": ((5.0, 10.5), (9.5, 6.0), (19.5, 17.0)), "✘": ((6.0, 6.0), (18.0, 18.0), None, (18.0, 6.0), (6.0, 18.0))}
"""Drawn, for the fonts lack them: points of lines in a square of 24; ``None`` begins another line."""
MARK_WIDTH = 0.9
"""Of a mark among letters, in parts of the size."""
_AFTER = frozenset("/\\-_.,;:&=?@)")
"""Where a word that is too long for a line is broken rather than elsewhere."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """The fonts of a paper, by style; one font may serve several."""

    regular: fonts.SerifFont
    bold: fonts.SerifFont
    italic: fonts.SerifFont

    @classmethod
    def found(cls) -> Fonts:
        """The fonts of this machine.

        Raises:
            ConfigurationError: ``FONT_MISSING``, which names the package; ``EXTRA_MISSING``.
        """
        regular = fonts.find_serif()
        return cls(regular, fonts.companion(regular, "bold"), fonts.companion(regular, "italic"))

    def font(self, style: Style) -> fonts.SerifFont:
        """The font of a style."""
        return {Style.REGULAR: self.regular, Style.BOLD: self.bold, Style.ITALIC: self.italic}[style]

    def width(self, text: str, size: float, style: Style) -> float:
        """Of a text, in points."""
        path = self.font(style).path
        return sum(_letter_width(path, letter) for letter in text) * size

    def shown(self, text: str, style: Style) -> str:
        """The text, with the number of each letter that the font lacks in its place: ``[U+4E2D]``."""
        path = self.font(style).path
        return "".join(letter if _has(path, letter) else f"[U+{ord(letter):04X}]" for letter in text)

    def wrap(self, text: str, width: float, size: float, style: Style) -> tuple[str, ...]:
        """Lines that are no wider than that. Words that are wider themselves, such as paths, are broken."""
        room = width / size
        path = self.font(style).path
        space = _letter_width(path, " ")
        lines: list[str] = []
        line: list[str] = []
        used = 0.0
        for word in self.shown(text, style).split():
            for part in _parts(word, room, path):
                wide = sum(_letter_width(path, letter) for letter in part)
                if line and used + space + wide > room:
                    lines.append(" ".join(line))
                    line, used = [], 0.0
                used += wide + (space if line else 0.0)
                line.append(part)
        return (*lines, " ".join(line)) if line else tuple(lines) or ("",)


def _parts(word: str, room: float, path: Path) -> Iterator[str]:
    """The word, in pieces that fit a line where it does not fit as a whole."""
    start, used, best = 0, 0.0, 0
    for place, letter in enumerate(word):
        wide = _letter_width(path, letter)
        if used + wide > room and place > start and not unicodedata.combining(letter):
            end = best if best > start + (place - start) // 2 else place
            yield word[start:end]
            used = sum(_letter_width(path, item) for item in word[end:place])
            start = end
        used += wide
        if letter in _AFTER:
            best = place + 1
    yield word[start:]


@lru_cache(maxsize=8192)
def _letter_width(path: Path, letter: str) -> float:
    if letter in MARKS:
        return MARK_WIDTH
    return float(fonts.loaded(path).stringWidth(letter, 1))


@lru_cache(maxsize=8192)
def _has(path: Path, letter: str) -> bool:
    return letter in MARKS or bool(fonts.loaded(path).face.charToGlyph.get(ord(letter)))
