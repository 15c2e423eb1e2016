"""Which letters a font shows: by the names of its glyphs, by its encoding, by its own tables, and by what it says of itself.

Part of the lint. Only what is certain is said: a code about which nothing is known is left out.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator, Mapping

_MOST_CODES = 70_000
_ACCENTS = {
    "grave": "\u0300",
    "acute": "\u0301",
    "circumflex": "\u0302",
    "tilde": "\u0303",
    "macron": "\u0304",
    "breve": "\u0306",
    "dotaccent": "\u0307",
    "dieresis": "\u0308",
    "ring": "\u030a",
    "hungarumlaut": "\u030b",
    "caron": "\u030c",
    "hookabove": "\u0309",
    "horn": "\u031b",
    "dotbelow": "\u0323",
    "cedilla": "\u0327",
    "ogonek": "\u0328",
}
_NAMES = """
zero=0 one=1 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 exclam=! quotedbl=" numbersign=# dollar=$ percent=%
ampersand=& quotesingle=' parenleft=( parenright=) asterisk=* plus=+ comma=, hyphen=- period=. slash=/ colon=: semicolon=;
less=< equal== greater=> question=? at=@ bracketleft=[ backslash=\\ bracketright=] asciicircum=^ underscore=_ braceleft={ bar=|
braceright=} asciitilde=~ dcroat=đ Dcroat=Đ eth=ð Eth=Ð quoteleft=‘ quoteright=’ quotedblleft=“ quotedblright=” endash=–
emdash=— bullet=• ellipsis=… fi=ﬁ fl=ﬂ ff=ﬀ ffi=ﬃ ffl=ﬄ section=§ degree=° dong=₫ Euro=€
"""
_NAMED = {"space": " ", **dict(pair.split("=", 1) for pair in _NAMES.split())}
_CODECS = {"/WinAnsiEncoding": "cp1252", "/MacRomanEncoding": "mac_roman"}
_SAME = str.maketrans({"\u00a0": " ", "\u00ad": "-", "\u2010": "-", "\u2011": "-", "\u2212": "-", "\u2215": "/", "\u2044": "/"})
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
_BLOCK = re.compile(rb"begin(bf)(char|range)(.*?)endbf\2", re.DOTALL)
_PART = re.compile(rb"<([0-9A-Fa-f\s]*)>|(\[)|(\])")


def letters_of(name: str) -> str:
    """The letters of a glyph by its name (Adobe Glyph List in part; ``uni1EA1``, ``u1F600``); empty where not known."""
    stem = name.partition(".")[0]
    if len(stem) == 1 and stem.isascii() and stem.isalpha():
        return stem
    if stem in _NAMED:
        return _NAMED[stem]
    if re.fullmatch(r"uni(?:[0-9A-F]{4})+", stem):
        return "".join(_character(int(stem[at : at + 4], 16)) for at in range(3, len(stem), 4))
    if re.fullmatch(r"u[0-9A-F]{4,6}", stem):
        return _character(int(stem[1:], 16))
    base, accents = stem[:1], stem[1:]
    marks = ""
    while base.isascii() and base.isalpha() and accents:
        accent = next((item for item in _ACCENTS if accents.startswith(item)), "")
        if not accent:
            return ""
        marks, accents = marks + _ACCENTS[accent], accents[len(accent) :]
    return unicodedata.normalize("NFC", base + marks) if marks else ""


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""


def encoded(base: str) -> dict[int, str]:
    """The letters of the codes of a base encoding; empty for one that is not known here."""
    codec = _CODECS.get(base)
    if codec is None:
        return {}
    found = {code: bytes([code]).decode(codec, "ignore") for code in range(32, 256)}
    return {code: letter for code, letter in found.items() if letter and unicodedata.category(letter) != "Cc"}


def says(cmap: bytes) -> dict[int, str]:
    """What a ToUnicode CMap says of each code (ISO 32000-2, 9.10.3)."""
    found: dict[int, str] = {}
    for block in _BLOCK.finditer(cmap):
        rows = _rows(block[3])
        for code, text in _characters(rows) if block[2] == b"char" else _ranges(rows):
            if len(found) >= _MOST_CODES:
                return found
            found[code] = text
    return found


Row = bytes | list[bytes]


def _rows(body: bytes) -> list[Row]:
    found: list[Row] = []
    inside: list[bytes] | None = None
    for part in _PART.finditer(body):
        if part[2]:
            inside = []
        elif part[3]:
            found.append(inside or [])
            inside = None
        else:
            digits = b"".join(part[1].split())
            value = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
            (found if inside is None else inside).append(value)
    return found


def _characters(rows: list[Row]) -> Iterator[tuple[int, str]]:
    for code, text in zip(rows[::2], rows[1::2], strict=False):
        if isinstance(code, bytes) and isinstance(text, bytes):
            yield int.from_bytes(code, "big"), text.decode("utf-16-be", "replace")


def _ranges(rows: list[Row]) -> Iterator[tuple[int, str]]:
    for first, last, texts in zip(rows[::3], rows[1::3], rows[2::3], strict=False):
        if not isinstance(first, bytes) or not isinstance(last, bytes):
            continue
        low, high = int.from_bytes(first, "big"), int.from_bytes(last, "big")
        if isinstance(texts, list):
            for step, text in enumerate(texts[: max(0, high - low + 1)]):
                yield low + step, text.decode("utf-16-be", "replace")
        elif texts:
            head, end = texts[:-1], texts[-1]
            for step in range(min(high - low + 1, 256 - end)):  # only the last byte counts up
                yield low + step, (head + bytes([end + step])).decode("utf-16-be", "replace")


def agree(said: str, shown: str) -> bool:
    """Whether two texts are the same to a reader: composed or not, as ligature or letters, one kind of hyphen or another.

    Brackets agree with their mirror images, which text from right to left is shown with.
    """
    return _plain(said) == _plain(shown) or said.translate(_MIRRORED) == shown


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text.translate(_SAME)).translate(_SAME)


def useless(said: str) -> bool:
    """Whether what is said of a code is no text: nothing, a private-use character, a replacement character, a control."""
    return not said or any(unicodedata.category(sign) in ("Co", "Cn", "Cs", "Cc") or sign == "\ufffd" for sign in said)


def glyph_letters(program: bytes) -> dict[int, frozenset[str]]:
    """The letters of each glyph by the ``cmap`` table of a TrueType program; empty where it has none that can be read."""
    tables = _tables(program)
    found: dict[int, set[str]] = {}
    at, size = tables.get(b"cmap", (0, 0))
    table = program[at : at + size]
    if len(table) < 4:
        return {}
    for number in range(min(struct.unpack_from(">H", table, 2)[0], 32)):
        if 4 + 8 * number + 8 > len(table):
            break
        platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * number)
        if (platform, encoding) in ((3, 1), (3, 10)) or platform == 0:
            for code, glyph in _mapped(table[offset:]):
                if glyph and len(found) < _MOST_CODES and _character(code):
                    found.setdefault(glyph, set()).add(chr(code))
    return {glyph: frozenset(letters) for glyph, letters in found.items()}


def _tables(program: bytes) -> Mapping[bytes, tuple[int, int]]:
    if len(program) < 12 or program[:4] not in (b"\0\1\0\0", b"true", b"OTTO"):
        return {}
    found = {}
    for number in range(min(struct.unpack_from(">H", program, 4)[0], 64)):
        if 12 + 16 * number + 16 > len(program):
            break
        tag, _, offset, size = struct.unpack_from(">4sIII", program, 12 + 16 * number)
        found[tag] = (offset, size)
    return found


def _mapped(table: bytes) -> Iterator[tuple[int, int]]:
    """Codes and glyphs of a subtable of format 4 or 12 (ISO/IEC 14496-22, 5.2.1)."""
    try:
        kind = struct.unpack_from(">H", table)[0]
        if kind == 4:
            yield from _segments(table)
        elif kind == 12:
            count = struct.unpack_from(">I", table, 12)[0]
            for number in range(min(count, 10_000)):
                first, last, glyph = struct.unpack_from(">III", table, 16 + 12 * number)
                for step in range(min(last - first + 1, _MOST_CODES)):
                    yield first + step, glyph + step
    except struct.error:
        return  # a table that is cut off says no more


def _segments(table: bytes) -> Iterator[tuple[int, int]]:
    count = struct.unpack_from(">H", table, 6)[0] // 2
    for number in range(count):
        last = struct.unpack_from(">H", table, 14 + 2 * number)[0]
        first = struct.unpack_from(">H", table, 16 + 2 * (count + number))[0]
        delta = struct.unpack_from(">H", table, 16 + 2 * (2 * count + number))[0]
        place = 16 + 2 * (3 * count + number)
        offset = struct.unpack_from(">H", table, place)[0]
        for code in range(first, last + 1):
            if not offset:
                yield code, (code + delta) & 0xFFFF
                continue
            glyph = struct.unpack_from(">H", table, place + offset + 2 * (code - first))[0]
            yield code, (glyph + delta) & 0xFFFF if glyph else 0
