"""The parts of the lint: names of glyphs, maps of fonts, content streams."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.formats.pdf.lint_support import truetype
from vnsign.formats.pdf.lint_content import operations, times
from vnsign.formats.pdf.lint_unicode import agree, glyph_letters, letters_of, says


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        *(
            ("A", "A"),
            ("space", " "),
            ("one", "1"),
            ("Aacute", "Á"),
            ("ohorn", "ơ"),
            ("ecircumflexdotbelow", "ệ"),
            ("dcroat", "đ"),
        ),
        *(("uni1EA1", "ạ"), ("uni00410042", "AB"), ("u1F600", "😀"), ("A.sc", "A"), ("equal", "="), ("backslash", "\\")),
        *(("g12", ""), ("uniD800", ""), ("", ""), (".notdef", ""), ("Aacutex", ""), ("aa", "")),
    ],
)
def test_names_of_glyphs(name: str, letters: str) -> None:
    assert letters_of(name) == letters


def test_what_a_map_says() -> None:
    cmap = b"2 beginbfchar <01> <0041> <0002> <00410301> endbfchar"
    cmap += b"2 beginbfrange <10> <12> <0061> <20> <21> [<0078> <0079>] endbfrange"
    assert says(cmap) == {1: "A", 2: "A\u0301", 0x10: "a", 0x11: "b", 0x12: "c", 0x20: "x", 0x21: "y"}


def test_texts_that_are_the_same_to_a_reader() -> None:
    assert agree("a\u0323", "ạ")
    assert agree("fi", "ﬁ")
    assert agree("-", "\u00ad")
    assert agree(")", "(")
    assert not agree("1", "l")
    assert not agree("A", "a")


def test_operations_of_a_content_stream() -> None:
    data = b"q 1 0 0 -1.5 .5 +2 cm /A#20 Do (a\\)(b)) Tj <41> Tj [1 (x) 2]TJ % comment Q\n<< /K true >> DP Q"
    found_ = list(operations(data))
    assert [item for item, _ in found_] == [b"q", b"cm", b"Do", b"Tj", b"Tj", b"TJ", b"DP", b"Q"]
    assert found_[1][1] == [1, 0, 0, -1.5, 0.5, 2]
    assert found_[2][1] == ["/A#20"]
    assert times((2, 0, 0, 2, 1, 1), (1, 0, 0, 1, 10, 20)) == (2, 0, 0, 2, 11, 21)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_font_program_and_map_are_read_without_errors(data: bytes) -> None:
    assert isinstance(glyph_letters(data), dict)
    assert isinstance(glyph_letters(truetype({65: 1})[:28] + data), dict)
    assert isinstance(says(b"1 beginbfchar " + data + b" endbfchar 1 beginbfrange " + data + b" endbfrange"), dict)
