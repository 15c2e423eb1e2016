"""Positions: corners, coordinates, texts, fields, and the signature beside; in points, on pages of every shape."""

from __future__ import annotations

import pytest

from tests.unit.formats.pdf.appearance_support import one_page, picture, view
from tests.unit.formats.pdf.signing_support import rewritten, signed, with_empty_field
from tests.unit.signing.appearance.support import drawing, serif
from vnsign.errors import ConfigurationError, SigningError, UnreadableDocumentError
from vnsign.formats.pdf import position as at
from vnsign.formats.pdf.placement import PdfPlacement
from vnsign.formats.pdf.position import placed
from vnsign.formats.pdf.text_locator import find_text
from vnsign.signing.appearance.draw import draw_appearance
from vnsign.signing.appearance.templates import AgencySeal, PersonalSignature
from vnsign.testing.letters import NAME, TITLE, decision_pdf

MM = 72 / 25.4
SHAPES = [f"/MediaBox [7 9 607 809] /Rotate {turn} {more}" for turn in (0, 90, 180, 270) for more in ("", "/UserUnit 1.5")]
SHAPES += ["/MediaBox [0 0 900 900] /CropBox [50 60 650 860]"]


def seen(document: bytes, position: at.Position, size: tuple[float, float] = (60, 30)) -> tuple[float, float, float, float]:
    """The rectangle as seen, in points."""
    found = placed(PdfPlacement(), document, picture(*size), position)
    assert found.box is not None
    return view(document, found.page).seen(found.box)


@pytest.mark.parametrize("entries", SHAPES)
def test_the_top_right_corner_is_that_of_the_page_as_seen(entries):
    """T58: whatever turn, cut and scale; 15 mm and 6 mm from the edges."""
    document = one_page(entries)
    page = view(document)
    left, bottom, right, top = seen(document, at.AtCorner())
    assert (right - left, top - bottom) == pytest.approx((60, 30))
    assert (page.width - right, page.height - top) == pytest.approx((15 * MM, 6 * MM))


def test_every_corner_and_page():
    document = one_page(pages=3)
    found = {corner: seen(document, at.AtCorner(corner, -1, 10, 20)) for corner in at.Corner}
    assert found[at.Corner.TOP_LEFT][0] == found[at.Corner.BOTTOM_LEFT][0] == pytest.approx(10 * MM)
    assert found[at.Corner.BOTTOM_RIGHT][1] == found[at.Corner.BOTTOM_LEFT][1] == pytest.approx(20 * MM)
    assert placed(PdfPlacement(), document, picture(), at.AtCorner(page=-1)).page == 3


def test_coordinates_in_millimetres_and_points():
    document = one_page()
    assert seen(document, at.AtPoint(10, 20)) == pytest.approx((10 * MM, 20 * MM, 10 * MM + 60, 20 * MM + 30))
    assert seen(document, at.AtPoint(10, 20, unit=at.Unit.POINT)) == pytest.approx((10, 20, 70, 50))


def test_a_picture_stands_in_the_middle_of_a_rectangle():
    """T55: centre within a point of the centre of the box."""
    left, bottom, right, top = seen(one_page(), at.InBox((100, 100, 300, 200), unit=at.Unit.POINT))
    assert ((left + right) / 2, (bottom + top) / 2) == pytest.approx((200, 150), abs=1)


def test_what_reaches_beyond_the_page_is_refused():
    with pytest.raises(SigningError) as caught:
        seen(one_page(), at.AtPoint(200, 20))
    assert caught.value.code == "BOX_OUTSIDE_PAGE"
    assert "210 x 297 mm" in caught.value.hint


TEXT = b"BT /F1 12 Tf 1 0 0 1 100 700 Tm (CHU TICH) Tj 1 0 0 1 100 600 Tm (Le  Van Tam) Tj ET"


@pytest.mark.parametrize(
    "entries", [f"/MediaBox [0 0 700 800] /Rotate {turn} /CropBox [20 30 690 780]" for turn in (0, 90, 180, 270)]
)
def test_a_text_is_found_whatever_the_page(entries):
    """Where a text stands, its letters are; on a turned page, beside it is beside it as seen."""
    document = one_page(entries, TEXT, font=True)
    (found,) = find_text(document, "CHU TICH")
    assert found.page == 1
    assert found.box[0] == pytest.approx(100, abs=2)
    assert found.box[1] == pytest.approx(700, abs=2)
    assert found.box[3] - found.box[1] == pytest.approx(8.6, abs=1.5)
    text = view(document).seen(found.box)
    left, bottom, _, _ = seen(document, at.AtText("CHU TICH", at.Side.RIGHT, gap=2), (10, 10))
    assert left == pytest.approx(text[2] + 2 * MM)
    assert bottom + 5 == pytest.approx((text[1] + text[3]) / 2)


def test_sides_of_a_text():
    document = one_page(content=TEXT, font=True)
    left, bottom, right, top = view(document).seen(find_text(document, "CHU TICH")[0].box)
    middle = (left + right) / 2, (bottom + top) / 2
    found = {side: seen(document, at.AtText("CHU TICH", side, gap=0), (20, 10)) for side in at.Side}
    assert found[at.Side.ABOVE] == pytest.approx((middle[0] - 10, top, middle[0] + 10, top + 10))
    assert found[at.Side.BELOW] == pytest.approx((middle[0] - 10, bottom - 10, middle[0] + 10, bottom))
    assert found[at.Side.LEFT] == pytest.approx((left - 20, middle[1] - 5, left, middle[1] + 5))
    assert found[at.Side.OVER] == pytest.approx((middle[0] - 10, middle[1] - 5, middle[0] + 10, middle[1] + 5))


def test_spaces_count_once_and_letters_as_they_are_composed():
    assert len(find_text(one_page(content=TEXT, font=True), "Le Van\n Tam")) == 1
    document = decision_pdf(serif())
    assert len(find_text(document, "Nguye\u0302\u0303n Thi\u0323 Ho\u0302\u0300ng A\u0301nh")) == 1


def test_a_text_in_several_places_must_be_told_apart():
    document = one_page(content=TEXT, font=True, pages=2)
    with pytest.raises(SigningError) as caught:
        seen(document, at.AtText("CHU TICH"))
    assert caught.value.code == "AMBIGUOUS_TEXT"
    pages = [
        placed(PdfPlacement(), document, picture(), position).page
        for position in (
            at.AtText("CHU TICH", occurrence=1),
            at.AtText("CHU TICH", occurrence=-1),
            at.AtText("CHU TICH", page=2),
            at.AtText("CHU TICH", page=-2),
        )
    ]
    assert pages == [1, 2, 2, 1]


NOWHERE = (
    at.AtText("không có"),
    at.AtText("CHU TICH", occurrence=3),
    at.AtText("CHU TICH", page=9),
    at.BetweenTexts("x", "Tam"),
)


@pytest.mark.parametrize("position", NOWHERE)
def test_a_text_that_is_not_there_is_an_error(position):
    with pytest.raises(SigningError) as caught:
        seen(one_page(content=TEXT, font=True), position)
    assert caught.value.code == "NO_SUCH_TEXT"


def test_no_text_at_all_is_a_mistake():
    with pytest.raises(ConfigurationError):
        seen(one_page(), at.AtText(" \n"))


def test_between_title_and_name():
    """T55: the middle of the picture is the middle between both, within a point."""
    document = decision_pdf(serif())
    above, below = (find_text(document, text)[0].box for text in (TITLE, NAME))
    left, bottom, right, top = seen(document, at.BetweenTexts(TITLE, NAME))
    assert (left + right) / 2 == pytest.approx((above[0] + above[2]) / 2, abs=1)
    assert (left + right) / 2 == pytest.approx((below[0] + below[2]) / 2, abs=1)
    assert above[1] - top == pytest.approx(bottom - below[3])


def test_a_text_is_found_in_an_encrypted_document():
    document = rewritten(one_page(content=TEXT, font=True), compressed=True, password="bí mật")
    found = placed(PdfPlacement(), document, picture(), at.AtText("CHU TICH"), password="bí mật")
    assert found.page == 1
    with pytest.raises(UnreadableDocumentError):
        placed(PdfPlacement(), document, picture(), at.AtText("CHU TICH"))


def test_a_field_keeps_its_rectangle():
    found = placed(PdfPlacement(reason="Duyệt"), one_page(), picture(), at.InField("ChuKy"))
    assert (found.field, found.box, found.reason) == ("ChuKy", None, "Duyệt")


def person_signed(document: bytes) -> bytes:
    image = draw_appearance(PersonalSignature(image=drawing(size=(300, 100), margin=5)))
    return signed(
        document,
        "official",
        placement=placed(PdfPlacement(), document, image, at.InBox((300, 400, 500, 500), 1, at.Unit.POINT)),
    )


@pytest.mark.parametrize("entries", SHAPES)
def test_a_seal_overlaps_a_third_of_the_signature_on_its_left(entries):
    """T57: 36 mm wide, between 30 and 37 per cent of the image's width, above it in the order of drawing."""
    document = person_signed(one_page(entries))
    seal = draw_appearance(AgencySeal(seal=drawing((206, 24, 30), (300, 300)), size_mm=36))
    found = placed(PdfPlacement(), document, seal, at.BesideSignature())
    page = view(document)
    assert found.box is not None
    left, bottom, right, top = page.seen(found.box)
    image = (400 - 22.5 * MM, 400 + 22.5 * MM)
    assert right - left == pytest.approx(102.05, abs=0.5)
    assert 0.30 <= (right - image[0]) / (image[1] - image[0]) <= 0.37
    assert left < image[0]
    assert (bottom + top) / 2 == pytest.approx(450, abs=0.01)
    both = signed(document, "agency", placement=found)
    names = [both.rindex(f"/T ({name})".encode()) for name in ("Signature1", "Signature2")]
    assert names[0] < names[1]


def test_a_seal_stands_beside_what_is_drawn_not_beside_the_empty_part_of_a_field():
    document = with_empty_field(one_page(), "ChuKy")
    image = draw_appearance(PersonalSignature(image=drawing(size=(100, 300), margin=5)))
    document = signed(document, "official", placement=PdfPlacement(field="ChuKy", appearance=image))
    found = placed(PdfPlacement(), document, picture(30, 30), at.BesideSignature(share=0))
    from io import BytesIO

    from vnsign.formats.pdf.fields import signature_fields
    from vnsign.formats.pdf.pyhanko_adapter import open_pdf
    from vnsign.model.limits import Limits

    (field,) = signature_fields(open_pdf(BytesIO(document), Limits(), None), Limits()).filled
    rect = [float(side) for side in field.widgets[0][1]["/Rect"]]
    assert found.box is not None
    assert rect[0] + 5 < found.box[2] < (rect[0] + rect[2]) / 2


def test_there_must_be_one_visible_signature():
    for document in (one_page(), signed(one_page())):
        with pytest.raises(SigningError) as caught:
            placed(PdfPlacement(), document, picture(), at.BesideSignature())
        assert caught.value.code == "NO_SUCH_SIGNATURE"
    first = signed(one_page(), placement=PdfPlacement(box=(200, 100, 260, 130), field="A"))
    two = signed(first, "official", placement=PdfPlacement(box=(200, 200, 260, 230), field="B"))
    with pytest.raises(SigningError) as caught:
        placed(PdfPlacement(), two, picture(), at.BesideSignature())
    assert "A, B" in caught.value.message
    found = placed(PdfPlacement(), two, picture(), at.BesideSignature("B"))
    assert found.box is not None
    assert found.box[1] == pytest.approx(200)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_a_share(share):
    with pytest.raises(ConfigurationError):
        at.BesideSignature(share=share)


@pytest.mark.parametrize("junk", [b"", b"%PDF-1.7\n", b"\0" * 400])
def test_what_is_no_pdf_is_an_error_of_this_library(junk):
    for position in (at.AtCorner(), at.AtText("x"), at.BesideSignature()):
        with pytest.raises(UnreadableDocumentError):
            placed(PdfPlacement(), junk, picture(), position)
