"""The font of appearances: Times New Roman where the system has it, else Liberation Serif, which is as wide letter by letter.

Nothing else is ever taken in their place: without either, drawing is refused with the name of the package to install. A font
named by the caller must be as wide as Times, too.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from vnsign.errors import ConfigurationError

FAMILIES = ("Times New Roman", "Liberation Serif")
"""In the order of preference."""
_FILES = {
    FAMILIES[0]: ("times.ttf", "timesnewroman.ttf"),
    FAMILIES[1]: ("liberationserif-regular.ttf",),
}
_COMPANIONS = {
    "bold": ("timesbd.ttf", "timesnewromanbold.ttf", "liberationserif-bold.ttf"),
    "italic": ("timesi.ttf", "timesnewromanitalic.ttf", "liberationserif-italic.ttf"),
}
"""Files of the same family that lie beside the regular one."""
_DEPTH = 6
_MOST_FILES = 50_000
_MOST_BYTES = 64 * 1024 * 1024
_TIMES = {"A": 722, "M": 889, "a": 444, "i": 278, "m": 778, "0": 500, "Đ": 722, " ": 250}
"""Advance widths of Times in thousandths of its size."""
_LETTERS = "AÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬĐEÈÉẺẼẸÊỀẾỂỄỆIÌÍỈĨỊOÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢUÙÚỦŨỤƯỪỨỬỮỰYỲÝỶỸỴ"
_HINT = (
    "install the package fonts-liberation2 (Debian 12 and Ubuntu: fonts-liberation there is version 1, without Vietnamese), "
    "fonts-liberation (Debian 13) or liberation-serif-fonts (Fedora), or name a font file"
)


@dataclass(frozen=True, slots=True)
class SerifFont:
    """A font file that may be used.

    Attributes:
        path: of the file.
        family: as the file names it.
    """

    path: Path
    family: str

    def measure(self, text: str, size: float) -> float:
        """Width of a text in points.

        Raises:
            ConfigurationError: ``FONT_GLYPH``: the font lacks a letter.
        """
        font = loaded(self.path)
        check_letters(font, text, self.family)
        return float(font.stringWidth(text, size))


def find_serif(folders: tuple[Path, ...] | None = None) -> SerifFont:
    """The font of the rules, as this machine has it.

    Args:
        folders: where to look; ``None``: where the system keeps fonts.

    Raises:
        ConfigurationError: ``FONT_MISSING``: neither font is there, or ReportLab is not installed.
    """
    return _found(system_folders() if folders is None else folders)


@lru_cache(maxsize=16)
def _found(folders: tuple[Path, ...]) -> SerifFont:
    candidates: dict[str, list[Path]] = {family: [] for family in FAMILIES}
    for path in _files(folders):
        plain = path.name.lower().replace(" ", "").replace("_", "")
        for family, names in _FILES.items():
            if plain in names:
                candidates[family].append(path)
    refused = ""
    for family in FAMILIES:
        for path in candidates[family]:
            try:
                found = open_serif(path)
            except ConfigurationError as error:
                if error.code == "EXTRA_MISSING":
                    raise
                refused = f" ({error.message})"
                continue
            if found.family == family:
                return found
    raise ConfigurationError(
        f"neither Times New Roman nor Liberation Serif with Vietnamese letters is installed{refused}",
        code="FONT_MISSING",
        hint=_HINT,
    )


def open_serif(path: Path) -> SerifFont:
    """A font file named by the caller.

    Args:
        path: of a TrueType font that is as wide as Times and has the Vietnamese letters.

    Raises:
        ConfigurationError: ``FONT_UNUSABLE``: not such a font, or it may not be embedded.
    """
    font = loaded(path)
    family = _name(font)
    _check_embedding(font, path)
    check_letters(font, _LETTERS + _LETTERS.lower(), family, code="FONT_UNUSABLE")
    for letter, width in _TIMES.items():
        found = font.stringWidth(letter, 1000)
        if abs(found - width) > 1:
            raise _unusable(path, f"{family} is not as wide as Times ({letter!r} takes {found:.0f}, not {width})")
    return SerifFont(path, family)


@lru_cache(maxsize=8)
def companion(font: SerifFont, style: str) -> SerifFont:
    """The bold or italic font of the same family, from the same folder.

    Args:
        font: the regular one.
        style: ``bold`` or ``italic``.

    Returns:
        The font itself where there is no such file that may be embedded and has the Vietnamese letters: nothing is slanted
        or thickened.
    """
    for path in sorted(font.path.parent.iterdir()):
        if path.name.lower().replace(" ", "").replace("_", "") not in _COMPANIONS[style]:
            continue
        try:
            found = loaded(path)
            _check_embedding(found, path)
            check_letters(found, _LETTERS + _LETTERS.lower(), _name(found), code="FONT_UNUSABLE")
        except ConfigurationError:
            continue
        if _name(found) == font.family:
            return SerifFont(path, font.family)
    return font


@lru_cache(maxsize=8)
def loaded(path: Path) -> Any:
    """The font (ReportLab ``TTFont``), under no name that other users of ReportLab see.

    Raises:
        ConfigurationError: ``FONT_UNUSABLE``, or ``EXTRA_MISSING`` where ReportLab is not installed.
    """
    ttfonts = _ttfonts()
    try:
        size = path.stat().st_size
    except OSError as error:
        raise _unusable(path, str(error.strerror or error)) from error
    if size > _MOST_BYTES:
        raise _unusable(path, f"the file is too large ({size} bytes)")
    try:
        return ttfonts.TTFont(f"vnsign:{path}", str(path), asciiReadable=False, shapable=False)
    except Exception as error:  # the door: a damaged font file makes ReportLab throw its own and Python's errors
        raise _unusable(path, f"{type(error).__name__}: {error}"[:200]) from error


def check_letters(font: Any, text: str, family: str, code: str = "FONT_GLYPH") -> None:
    """Refuse a text with a letter that the font lacks; an empty box on paper is no letter.

    Raises:
        ConfigurationError: it names the letter.
    """
    glyphs = font.face.charToGlyph
    for letter in text:
        if not glyphs.get(ord(letter)):
            raise ConfigurationError(
                f"{family} has no letter {letter!r} (U+{ord(letter):04X})", code=code, hint="leave it out or write it otherwise"
            )


def system_folders() -> tuple[Path, ...]:
    """Where this system keeps fonts: Windows, macOS, fontconfig's list, the XDG folders, the Python environment."""
    home = Path.home()
    data = os.environ.get("XDG_DATA_HOME", "")
    shared = os.environ.get("XDG_DATA_DIRS", "") or "/usr/local/share:/usr/share"
    named = [
        Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
        *(Path(base) / "Microsoft/Windows/Fonts" for base in (os.environ.get("LOCALAPPDATA"),) if base),
        *(Path(base) for base in ("/System/Library/Fonts", "/Library/Fonts")),
        home / "Library/Fonts",
        home / ".fonts",
        (Path(data) if data else home / ".local/share") / "fonts",
        *(Path(base) / "fonts" for base in shared.split(os.pathsep) if base),
        *_fontconfig(Path("/etc/fonts")),
        *(Path(sys.prefix) / part for part in ("share/fonts", "fonts")),
        Path(sysconfig.get_path("purelib")) / "rinoh_typefaces",
    ]
    return tuple(dict.fromkeys(folder for folder in named if folder.is_dir()))


def _fontconfig(folder: Path) -> Iterator[Path]:
    """The folders that fontconfig's configuration names, those relative to ``prefix`` aside."""
    for file in (folder / "fonts.conf", *sorted(folder.glob("conf.d/*.conf"))):
        try:
            text = file.read_text("utf-8", "replace")[:1_000_000]
        except OSError:
            continue
        yield from (Path(found.strip()).expanduser() for found in re.findall(r"<dir>([^<]+)</dir>", text))


def _files(folders: tuple[Path, ...]) -> Iterator[Path]:
    count = 0
    for folder in folders:
        for place, below, names in os.walk(folder):
            if len(Path(place).relative_to(folder).parts) >= _DEPTH:
                below.clear()
            below.sort()
            for name in sorted(names):
                count += 1
                if count > _MOST_FILES:
                    return
                yield Path(place, name)


def _name(font: Any) -> str:
    family = font.face.familyName
    return str(getattr(family, "ustr", None) or bytes(family).decode("utf-8", "replace"))


def _check_embedding(font: Any, path: Path) -> None:
    """``fsType`` of the table OS/2: restricted licence embedding alone (bit 1) and no subsetting (bit 8) forbid it."""
    face = font.face
    if "OS/2" not in face.table:
        return
    start = face.get_table_pos("OS/2")[0]
    rights = int.from_bytes(face.get_chunk(start + 8, 2), "big")
    if rights & 0x000F == 0x0002 or rights & 0x0300:
        raise _unusable(path, f"its licence forbids embedding a part of it (fsType {rights:04X})")


def _unusable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"font {path.name}: {why}", code="FONT_UNUSABLE", hint=_HINT)


def _ttfonts() -> Any:
    try:
        from reportlab.pdfbase import ttfonts
    except ImportError as error:
        raise ConfigurationError(
            "drawing appearances needs ReportLab", code="EXTRA_MISSING", hint="pip install 'vnsign[report]'"
        ) from error
    return ttfonts
