"""Fonts that are not in the file, that do not say which letters they show, or that say others. Part of the lint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vnsign.formats.pdf import pyhanko_adapter as pdf
from vnsign.formats.pdf.lint import Note
from vnsign.formats.pdf.lint_unicode import agree, encoded, glyph_letters, letters_of, says, useless
from vnsign.formats.pdf.lint_walk import Font

_PROGRAMS = ("/FontFile", "/FontFile2", "/FontFile3")
_SYMBOLIC, _NONSYMBOLIC = 4, 32
_ORDERINGS = frozenset({"Japan1", "GB1", "CNS1", "Korea1", "KR"})
_STANDARD = frozenset(
    {
        *("Helvetica", "Helvetica-Bold", "Helvetica-Oblique", "Helvetica-BoldOblique"),
        *("Times-Roman", "Times-Bold", "Times-Italic", "Times-BoldItalic"),
        *("Courier", "Courier-Bold", "Courier-Oblique", "Courier-BoldOblique"),
    }
)  # those of the 14 standard fonts whose letters are Latin
_MOST_FONTS = 1_000
_MOST_EXAMPLES = 5
_SPACES = frozenset(" \u00a0\u200b\t\r\n\u00ad")


def font_notes(fonts: Sequence[Font]) -> Iterator[Note]:
    """What is wrong with the fonts that something is drawn with (ISO 32000-2, 9.6 to 9.10)."""
    if len(fonts) > _MOST_FONTS:
        yield Note("PDF_LINT_INCOMPLETE", None, f"{len(fonts)} fonts")
    for font in fonts[:_MOST_FONTS]:
        name = str(pdf.get(font.body, "/BaseFont") or pdf.get(font.body, "/Name") or "/(no name)")[1:]
        descendant = _descendant(font.body)
        descriptor = pdf.get(descendant, "/FontDescriptor")
        kind = pdf.get(font.body, "/Subtype")
        if kind != "/Type3" and not (pdf.is_dict(descriptor) and any(key in descriptor for key in _PROGRAMS)):
            yield Note("PDF_FONT_NOT_EMBEDDED", font.page, name)
        cmap = pdf.get(font.body, "/ToUnicode")
        data = pdf.stream_bytes(cmap, "GENERIC") if pdf.is_stream(cmap) else None
        if pdf.is_stream(cmap) and data is None:
            yield Note("PDF_LINT_INCOMPLETE", font.page, f"ToUnicode of {name}")
            continue
        said = says(data or b"")
        shown = _by_glyphs(descendant, descriptor, font.body) if kind == "/Type0" else _by_encoding(font.body, descriptor)
        yield from _unicode_notes(font, name, said, shown)


def _unicode_notes(font: Font, name: str, said: dict[int, str], shown: dict[int, frozenset[str]]) -> Iterator[Note]:
    if not said:
        if not _readable(font.body, shown):
            yield Note("PDF_FONT_NO_UNICODE", font.page, name)
        return
    mute = [code for code, text in said.items() if useless(text) and code > 0]
    if mute and len(mute) * 2 > len(said):
        yield Note("PDF_FONT_NO_UNICODE", font.page, f"{name}: {len(mute)} of {len(said)} codes")
    other = []
    for code, text in said.items():
        letters = shown.get(code)
        if letters and not useless(text) and not any(agree(text, letter) for letter in letters):
            other.append(f"shows {'/'.join(sorted(letters))} says {text}")
    if other:
        yield Note("PDF_FONT_REMAPPED", font.page, f"{name}: {'; '.join(other[:_MOST_EXAMPLES])}")


def _descendant(body: Any) -> Any:
    found = pdf.items(pdf.get(body, "/DescendantFonts"))
    return pdf.follow(found[0]) if found else body


def _flags(descriptor: Any) -> int:
    found = pdf.get(descriptor, "/Flags") if pdf.is_dict(descriptor) else None
    return int(found or 0) if pdf.is_integer(found) else 0


def _by_encoding(body: Any, descriptor: Any) -> dict[int, frozenset[str]]:
    """What a simple font shows for each code, by its encoding: known where the names of glyphs are those of the list.

    Of a TrueType font that is symbolic the encoding is not used (9.6.5.4), so that nothing is known by it.
    """
    flags = _flags(descriptor)
    if pdf.get(body, "/Subtype") == "/TrueType" and flags & _SYMBOLIC and not flags & _NONSYMBOLIC:
        return {}
    encoding = pdf.get(body, "/Encoding")
    if isinstance(encoding, str):
        return _sets(encoded(str(encoding)))
    if not pdf.is_dict(encoding):
        return {}
    found = encoded(str(pdf.get(encoding, "/BaseEncoding") or ""))
    code = 0
    for item in pdf.items(pdf.get(encoding, "/Differences")):
        part = pdf.follow(item)
        if pdf.is_integer(part):
            code = int(part)
        elif isinstance(part, str):
            found[code] = letters_of(str(part)[1:])
            code += 1
    return _sets(found)


def _sets(letters: dict[int, str]) -> dict[int, frozenset[str]]:
    return {code: frozenset({text}) for code, text in letters.items() if text and text not in _SPACES}


def _by_glyphs(descendant: Any, descriptor: Any, body: Any) -> dict[int, frozenset[str]]:
    """What a composite TrueType font shows for each code, by the tables of its program; identity encodings alone."""
    program = pdf.get(descriptor, "/FontFile2") if pdf.is_dict(descriptor) else None
    if pdf.get(body, "/Encoding") not in ("/Identity-H", "/Identity-V") or not pdf.is_stream(program):
        return {}
    glyphs = glyph_letters(pdf.stream_bytes(program, "GENERIC") or b"")
    mapping = pdf.get(descendant, "/CIDToGIDMap")
    if not pdf.is_stream(mapping):
        return {code: letters - _SPACES for code, letters in glyphs.items()}
    table = pdf.stream_bytes(mapping, "GENERIC") or b""
    pairs = ((code, int.from_bytes(table[2 * code : 2 * code + 2], "big")) for code in range(len(table) // 2))
    return {code: glyphs[glyph] - _SPACES for code, glyph in pairs if glyph in glyphs}


def _readable(body: Any, shown: dict[int, frozenset[str]]) -> bool:
    """Whether a font without ToUnicode still says its letters (9.10.2)."""
    if pdf.get(body, "/Subtype") == "/Type0":
        information = pdf.get(_descendant(body), "/CIDSystemInfo")
        predefined = pdf.get(body, "/Encoding") not in ("/Identity-H", "/Identity-V") and isinstance(
            pdf.get(body, "/Encoding"), str
        )
        return predefined and pdf.text(pdf.get(information, "/Ordering")) in _ORDERINGS
    if shown:
        return not _unknown(pdf.get(body, "/Encoding"))
    return str(pdf.get(body, "/BaseFont") or "")[1:] in _STANDARD


def _unknown(encoding: Any) -> bool:
    """Whether the differences of an encoding name glyphs that no list of letters has."""
    names = [str(part)[1:] for part in map(pdf.follow, pdf.items(pdf.get(encoding, "/Differences"))) if isinstance(part, str)]
    strange = [name for name in names if name != ".notdef" and not letters_of(name)]
    return len(strange) * 2 > len(names) > 0
