"""What is drawn: fonts embedded and subset, text that can be taken out again, the same bytes each time.

Relied on in ReportLab: ``Canvas._preamble``, ``Canvas._doc.fontMapping`` and ``Canvas._doc.idToObject['BasicFonts'].dict`` keep
Helvetica out of the page; ``TTFont.splitString`` and ``getSubsetInternalName`` work without ``pdfmetrics.registerFont``.
"""

from __future__ import annotations

import concurrent.futures
import unicodedata

import pytest

from tests.unit.signing.appearance.support import drawing, rendered, said, serif, text_of
from vnsign.errors import ConfigurationError
from vnsign.signing.appearance import templates
from vnsign.signing.appearance.draw import draw_appearance
from vnsign.testing.appearances import AGENCY, AT, qr_data

LETTERS = "AÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬĐEÈÉẺẼẸÊỀẾỂỄỆIÌÍỈĨỊOÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢUÙÚỦŨỤƯỪỨỬỮỰYỲÝỶỸỴ"


def copy_mark(agency: str = AGENCY) -> templates.CopyMark:
    return templates.CopyMark(kind=templates.CopyKind.SAO_Y, agency=agency, at=AT)


def test_fonts_are_embedded_subset_and_have_unicode(tmp_path):
    rows = said("pdffonts", data=draw_appearance(copy_mark(), font=serif()).page, folder=tmp_path).splitlines()[2:]
    assert len(rows) == 1
    assert rows[0].split()[0].split("+")[1] in ("LiberationSerif", "TimesNewRomanPSMT")
    assert rows[0].split()[-5:-2] == ["yes", "yes", "yes"]


def test_pictures_come_without_any_font(tmp_path):
    page = draw_appearance(templates.PersonalSignature(image=drawing())).page
    assert said("pdffonts", data=page, folder=tmp_path).splitlines()[2:] == []


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_text_taken_out_is_the_text_put_in(tmp_path, form):
    """Every Vietnamese letter, in NFC, whatever form it came in; more of them than one subset of a font holds."""
    text = " ".join((LETTERS, LETTERS.lower(), AGENCY, "«đồng ₫» “ngoặc” – §"))
    mark = templates.TextMark(lines=(unicodedata.normalize(form, text),), width_mm=180)
    appearance = draw_appearance(mark, font=serif())
    taken = text_of(appearance.page, tmp_path)
    assert "".join(taken.split()) == "".join(text.split())
    assert unicodedata.is_normalized("NFC", taken)
    assert appearance.text == text


def test_marks_are_taken_out_word_for_word(tmp_path):
    assert text_of(draw_appearance(copy_mark(), font=serif()).page, tmp_path) == f"SAO Y; {AGENCY}; 24/11/2026; 10:39:00 +07:00"


def test_size_and_colour_are_those_of_the_rules():
    from io import BytesIO

    from pyhanko.pdf_utils.reader import PdfFileReader

    reader = PdfFileReader(BytesIO(draw_appearance(copy_mark(), font=serif()).page))
    page = reader.find_page_for_modification(0)[0].get_object()
    content = page["/Contents"].data
    assert content.count(b" 10 Tf ") == content.count(b"BT ") > 0
    assert b" 0 g " in content
    assert "/XObject" not in page["/Resources"]


def test_a_letter_that_the_font_lacks_is_named():
    with pytest.raises(ConfigurationError) as caught:
        draw_appearance(copy_mark("Cơ quan 印"), font=serif())
    assert caught.value.code == "FONT_GLYPH"
    assert "印" in caught.value.message


def test_drawing_is_repeatable_and_subsets_of_other_texts_have_other_names():
    first, again, other = (draw_appearance(copy_mark(name), font=serif()).page for name in (AGENCY, AGENCY, "Bộ Tư pháp"))
    assert first == again
    tags = [page[page.index(b"/BaseFont") : page.index(b"+", page.index(b"/BaseFont"))] for page in (first, other)]
    assert tags[0] != tags[1]


def test_drawing_in_threads_gives_the_same():
    names = [f"Cơ quan số {number} ỡữẵ" for number in range(24)]
    alone = [draw_appearance(copy_mark(name), font=serif()).page for name in names]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda name: draw_appearance(copy_mark(name), font=serif()).page, names)) == alone


def test_the_page_holds_nothing_that_acts():
    for template in (copy_mark(), templates.AgencySeal(seal=drawing(), size_mm=36), templates.QrMark(data=qr_data())):
        page = draw_appearance(template, font=serif() if template.name == "sao-y" else None).page
        assert not any(word in page for word in (b"/JS", b"/JavaScript", b"/AA", b"/OpenAction", b"/Annots", b"/OC"))


def test_what_is_seen_of_an_image_is_in_its_colour_and_the_rest_is_clear(tmp_path):
    page = draw_appearance(templates.PersonalSignature(image=drawing(size=(400, 200), margin=40), width_mm=40)).page
    image = rendered(page, tmp_path, 100)
    assert image.getpixel((image.width // 2, image.height // 2)) == pytest.approx((28, 63, 170), abs=3)
    assert image.getpixel((1, 1)) == (255, 255, 255)
