"""The font: Times New Roman, else Liberation Serif with Vietnamese, else an error that names the package; never another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.signing.appearance.support import missing, serif
from vnsign.errors import ConfigurationError
from vnsign.signing.appearance import fonts


def other_font(name: str) -> Path:
    for folder in fonts.system_folders():
        for path in sorted(folder.rglob(name)):
            return path
    missing(f"{name} is not installed")
    raise AssertionError


def refused(action, code: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        action()
    assert caught.value.code == code
    return caught.value


def test_without_either_font_the_error_names_the_package(tmp_path):
    error = refused(lambda: fonts.find_serif((tmp_path,)), "FONT_MISSING")
    assert "fonts-liberation" in error.hint


def test_a_file_that_only_has_the_name_is_not_taken(tmp_path):
    shutil.copy(other_font("LiberationSans-Regular.ttf"), tmp_path / "times.ttf")
    (tmp_path / "LiberationSerif-Regular.ttf").write_bytes(b"\0\1\0\0 no font")
    refused(lambda: fonts.find_serif((tmp_path,)), "FONT_MISSING")


def test_the_font_of_the_system_is_found_below_folders(tmp_path):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    known = serif()
    name = "times.ttf" if known.family == fonts.FAMILIES[0] else "LiberationSerif-Regular.ttf"
    shutil.copy(known.path, deep / name)
    found = fonts.find_serif((tmp_path,))
    assert (found.path, found.family) == (deep / name, known.family)


def test_a_version_without_vietnamese_letters_is_passed_over(tmp_path):
    """Version 1 of Liberation Serif, which some distributions still carry beside version 2."""
    known = serif()
    if known.family != "Liberation Serif":
        pytest.skip("the font here is Times New Roman")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    old = tmp_path / "a" / "LiberationSerif-Regular.ttf"
    shutil.copy(known.path, old)
    del fonts.loaded(old).face.charToGlyph[0x1EA2]
    error = refused(lambda: fonts.find_serif((tmp_path / "a",)), "FONT_MISSING")
    assert "'Ả' (U+1EA2)" in error.message
    shutil.copy(known.path, tmp_path / "b" / "LiberationSerif-Regular.ttf")
    assert fonts.find_serif((tmp_path,)).path.parent.name == "b"


def test_a_licence_that_forbids_embedding_is_respected(tmp_path):
    data = bytearray(serif().path.read_bytes())
    entry = data.index(b"OS/2")
    table = int.from_bytes(data[entry + 8 : entry + 12], "big")
    for rights, allowed in ((0x0002, False), (0x0100, False), (0x0008, True)):
        data[table + 8 : table + 10] = rights.to_bytes(2, "big")
        path = tmp_path / f"{rights}.ttf"
        path.write_bytes(data)
        if allowed:
            assert fonts.open_serif(path).path == path
        else:
            refused(lambda path=path: fonts.open_serif(path), "FONT_UNUSABLE")


def test_a_named_font_must_be_as_wide_as_times():
    """Liberation Sans of version 1 lacks letters besides; either is a reason."""
    error = refused(lambda: fonts.open_serif(other_font("LiberationSans-Regular.ttf")), "FONT_UNUSABLE")
    assert "Liberation Sans" in error.message


@pytest.mark.parametrize("content", [b"", b"\0\1\0\0", b"OTTO" + bytes(200), b"%PDF-1.7"])
def test_what_is_no_font_is_refused(tmp_path, content):
    path = tmp_path / "x.ttf"
    path.write_bytes(content)
    refused(lambda: fonts.open_serif(path), "FONT_UNUSABLE")
    refused(lambda: fonts.open_serif(tmp_path / "absent.ttf"), "FONT_UNUSABLE")


def test_a_letter_that_the_font_lacks_is_named():
    error = refused(lambda: serif().measure("Ký ☃", 10), "FONT_GLYPH")
    assert "'☃' (U+2603)" in error.message


def test_fonts_are_not_registered_for_the_process():
    from reportlab.pdfbase import pdfmetrics

    before = set(pdfmetrics.getRegisteredFontNames())
    serif().measure("Ơ", 10)
    assert set(pdfmetrics.getRegisteredFontNames()) == before
