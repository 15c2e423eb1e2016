"""The paper: the same bytes each time, hostile names as text, several documents in one file, what is missing named."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.screens import cases, papers
from tests.screens.test_screens import need
from tests.unit.signing.appearance.support import program, rendered, said, serif
from vnsign.errors import ConfigurationError
from vnsign.report.pdf import parts, render
from vnsign.report.pdf import typeset as letters
from vnsign.report.pdf.model import Style
from vnsign.report.pdf.paper import qr_text
from vnsign.report.pdf.typeset import Fonts
from vnsign.report.view import DocumentView, Line, Row, Tone
from vnsign.report.viewing import Wish, view
from vnsign.signing.appearance import fonts

HOSTILE = "<b>a</b> &amp; (b) \\( ) Tj ET /JavaScript << >> <para> % \x41"


@pytest.fixture(scope="module", autouse=True)
def _font() -> None:
    serif()


def shown(name: str = "valid-person", language: str = "vi") -> DocumentView:
    return view(cases.report(name), Wish(language, cases.TRUST[language]))


def raw_text(data: bytes) -> str:
    program("pdftotext")
    return papers.text(data)


def contents(data: bytes) -> bytes:
    """All streams, unpacked."""
    return b"".join(zlib.decompress(part) for part in re.findall(rb"stream\r?\n(x.*?)\r?\nendstream", data, re.DOTALL))


def test_the_same_view_gives_the_same_bytes_whatever_the_clock(monkeypatch: pytest.MonkeyPatch):
    first = render([shown()])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1234567890")
    assert render([shown()]) == first
    assert render([shown(language="en")]) != first


def test_its_date_is_the_validation_time():
    data = render([shown()])
    assert b"(D:20261124093000+07'00')" in data
    later = replace(shown("altered"), checked=datetime(2026, 12, 1, tzinfo=UTC))
    assert b"(D:20261201070000+07'00')" in render([shown(), later])


def test_title_and_language_are_those_of_the_view():
    root = PdfFileReader(io.BytesIO(render([shown(language="en")]))).root
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712 - a PDF boolean
    info = PdfFileReader(io.BytesIO(render([shown()]))).trailer["/Info"]
    assert info["/Title"] == "Biên bản kiểm tra chữ ký số – to-khai.pdf"


def test_all_text_is_in_the_structure_in_the_order_of_reading(tmp_path: Path):
    """Read aloud, the paper says verdict, people, what to do, what it rests on; page numbers are left out."""
    spoken = said("pdfinfo", "-struct-text", data=render([shown("two-in-order")]), folder=tmp_path)
    order = ["BIÊN BẢN", "HỢP LỆ", "1. TEST Lê Thị Hồng Ánh", "2. TEST ỦY BAN", "Cần làm gì?", "Bảy thông tin", "Căn cứ"]
    places = [spoken.index(word) for word in order]
    assert places == sorted(places)
    assert "Trang 1/" not in spoken
    for kind in ("Document", "H1", "H2", "Table", "TR", "TH", "TD", "Figure"):
        assert re.search(rf"^\s*{kind}\b", spoken, re.MULTILINE), kind


def test_hostile_names_are_text():
    plain = shown()
    signature = plain.signatures[0]
    hostile = replace(
        plain,
        name=HOSTILE,
        signatures=(replace(signature, title=HOSTILE, reasons=(Line(HOSTILE, Tone.BAD, "X"),)),),
        rows=(Row(HOSTILE, HOSTILE),),
    )
    data = render([hostile])
    text = "".join(raw_text(data).split())
    assert text.count("".join(HOSTILE.split())) >= 5
    root = PdfFileReader(io.BytesIO(data)).root
    assert not {"/OpenAction", "/AA", "/AcroForm", "/Names"} & set(root)
    assert b"JavaScript" not in contents(data)


@pytest.mark.parametrize("name", ["a" * 3000, "/".join(["thu-muc-rat-dai"] * 60), "x" * 200 + " " + "y" * 200])
def test_long_names_are_broken_and_stay_on_the_page(name: str):
    long = replace(shown(), name=name)
    data = render([long])
    assert "".join(name.split()) in "".join(raw_text(data).split())
    found = papers.text(data, "-bbox")
    rights = [float(value) for value in re.findall(r'xMax="([\d.]+)"', found)]
    assert rights
    assert max(rights) < 595.28 - 40


def test_letters_that_the_font_lacks_are_said_by_number():
    strange = replace(shown(), name="中文 😀.pdf")
    text = raw_text(render([strange]))
    assert "[U+4E2D][U+6587] [U+1F600].pdf" in text


def test_much_text_goes_on_over_pages():
    """A row of a thousand lines is broken; none of them is lost, and every page has its number."""
    long = Row("Phạm vi", "x", more=tuple(Line(f"dòng số {number}.") for number in range(1000)))
    first = shown()
    many = replace(first, signatures=(replace(first.signatures[0], main=(long,)),))
    text = raw_text(render([many]))
    assert all(f"dòng số {number}." in text for number in range(1000))
    count = len(re.findall(r"Trang \d+/(\d+)", text))
    assert count > 10
    assert f"Trang {count}/{count}" in text


def test_several_documents_follow_a_table_of_them():
    names = ("valid-person", "altered", "seal-picture")
    data = render([shown(name) for name in names])
    pages = raw_text(data).split("\f")
    assert "Tóm tắt (3)" in pages[0]
    assert all(f"{shown(name).name}" in pages[0] for name in names)
    heads = [page for page in pages if "CỘNG HÒA XÃ HỘI" in page]
    assert len(heads) == 1 + len(names)
    outline = PdfFileReader(io.BytesIO(data)).root["/Outlines"]
    assert outline["/First"]["/Title"] == "Tóm tắt"
    assert outline["/Last"]["/Title"] == shown("seal-picture").name


def test_the_agency_takes_the_place_of_the_program():
    text = raw_text(render([shown()], agency="ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM"))
    assert "ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM" in " ".join(text.split())
    assert shown().word("issuer-of-paper") not in text


def test_nothing_makes_no_paper():
    with pytest.raises(ConfigurationError) as caught:
        render([])
    assert caught.value.code == "NOTHING_TO_SHOW"


def test_without_a_font_the_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    fonts._found.cache_clear()
    monkeypatch.setattr(fonts, "system_folders", lambda: (tmp_path,))
    with pytest.raises(ConfigurationError) as caught:
        render([shown()])
    assert caught.value.code == "FONT_MISSING"
    assert "fonts-liberation2" in caught.value.hint


def test_without_a_bold_font_the_regular_one_serves(tmp_path: Path):
    alone = tmp_path / serif().path.name
    alone.write_bytes(serif().path.read_bytes())
    found = fonts.SerifFont(alone, serif().family)
    assert fonts.companion(found, "bold") is found
    assert fonts.companion(found, "italic") is found
    (tmp_path / "LiberationSerif-Bold.ttf").write_bytes(b"no font")
    fonts.companion.cache_clear()
    assert fonts.companion(found, "bold") is found


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["valid-person", "unreadable"])
def test_the_qr_code_is_read_from_the_page(name: str, tmp_path: Path):
    """By a scanner: the name of the report and the hash of the document."""
    need("" if shutil.which("zbarimg") else "zbarimg is not installed (Debian package zbar-tools)", always=False)
    page = tmp_path / "page.png"
    rendered(render([shown(name)]), tmp_path, 150).save(page)
    command = [program("zbarimg"), "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(page)]
    read = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()
    assert read.strip() == qr_text(shown(name))
    assert cases.report(name).sha256 in read


@pytest.mark.parametrize("tone", list(Tone))
def test_colours_can_be_told_from_what_they_stand_on(tone: Tone):
    """WCAG 1.4.3: at least 4.5 to 1, on white and on the ground of any verdict."""
    for ground in ((1.0, 1.0, 1.0), *parts.PAPER.values()):
        assert contrast(parts.INK[tone], ground) >= 4.5
        assert contrast(parts.GREY, ground) >= 4.5


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    def luminance(colour: tuple[float, ...]) -> float:
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class TestLines:
    """Lines are broken at spaces, and within a word only where it does not fit a line."""

    def lines(self, text: str, width: float) -> tuple[str, ...]:
        return Fonts.found().wrap(text, width, 10, Style.REGULAR)

    def test_words_stay_whole_where_they_fit(self):
        assert self.lines("một hai ba bốn năm", 40) == ("một hai", "ba bốn", "năm")

    @pytest.mark.parametrize("text", ["", " ", "a", "a" * 500, "a/b/" * 200, "Ă" * 77 + " " + "ỹ" * 99])
    def test_nothing_is_lost_and_nothing_is_too_wide(self, text: str):
        lines = self.lines(text, 100)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert max(Fonts.found().width(line, 10, Style.REGULAR) for line in lines) <= 100.001

    @given(st.text(max_size=200), st.floats(20, 300))
    @settings(max_examples=60, deadline=None)
    def test_whatever_the_text_nothing_is_lost(self, text: str, width: float):
        found = Fonts.found()
        lines = self.lines(text, width)
        wanted = "".join(found.shown(text, Style.REGULAR).split())
        assert "".join("".join(lines).split()) == wanted

    def test_paths_are_broken_after_their_parts(self):
        assert all(line.endswith(("/", "-")) for line in self.lines("thu-muc/" * 10, 100))

    def test_a_mark_that_combines_is_not_parted_from_its_letter(self):
        assert not any(line.startswith("\u0301") for line in self.lines("x\u0301" * 200, 50))

    def test_marks_have_a_width_of_their_own(self):
        assert Fonts.found().width("✔", 10, Style.BOLD) == pytest.approx(letters.MARK_WIDTH * 10)
