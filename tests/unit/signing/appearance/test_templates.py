"""Templates: geometry in points, texts word for word, what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest

from tests.unit.signing.appearance.support import drawing, serif
from vnsign.errors import ConfigurationError
from vnsign.signing.appearance import templates
from vnsign.signing.appearance.model import Line, Picture, points
from vnsign.signing.appearance.qr import pattern
from vnsign.signing.appearance.text import TimeForm
from vnsign.testing.appearances import AGENCY, AT, qr_data

WHEN = r"\d{2}/\d{2}/\d{4}; \d{2}:\d{2}:\d{2} \+07:00"


def lines_of(template) -> list[Line]:
    return [item for item in template.sheet(serif().measure).items if isinstance(item, Line)]


def test_a_seal_of_36_mm_is_102_points_wide():
    """T57."""
    sheet = templates.AgencySeal(seal=drawing(size=(300, 300), margin=30), size_mm=36).sheet(lambda _text, _size: 0.0)
    assert sheet.width == pytest.approx(102.05, abs=0.01)
    assert sheet.height == pytest.approx(102.05, abs=0.01)
    assert not sheet.scalable
    (picture,) = sheet.items
    assert isinstance(picture, Picture)
    assert (picture.width, picture.height) == (sheet.width, sheet.height)


def test_a_personal_signature_keeps_its_proportions():
    wide = templates.PersonalSignature(image=drawing(size=(1000, 100), margin=0)).sheet(lambda _text, _size: 0.0)
    assert (wide.width, wide.height) == pytest.approx((points(45), points(4.5)))
    tall = templates.PersonalSignature(image=drawing(size=(100, 400), margin=0)).sheet(lambda _text, _size: 0.0)
    assert (tall.width, tall.height) == pytest.approx((points(5), points(20)))
    fixed = templates.PersonalSignature(image=drawing(), width_mm=30, person="Lê Văn Tám").sheet(lambda _text, _size: 0.0)
    assert fixed.width == pytest.approx(points(30))
    assert fixed.text == "Chữ ký của Lê Văn Tám"


@pytest.mark.parametrize("number", ["15/QĐ-UBND", "Số: 15/QĐ-UBND"])
def test_an_attachment_shows_number_and_time_and_no_image(number):
    """T58."""
    mark = templates.AttachmentMark(number=number, at=AT)
    sheet = mark.sheet(serif().measure)
    assert re.fullmatch(rf"Số: 15/QĐ-UBND; {WHEN}", sheet.text)
    assert sheet.text == "Số: 15/QĐ-UBND; 24/11/2026; 10:39:00 +07:00"
    assert all(isinstance(item, Line) and item.size == 10 for item in sheet.items)


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        (templates.CopyKind.SAO_Y, "sao-y", "SAO Y"),
        (templates.CopyKind.SAO_LUC, "sao-luc", "SAO LỤC"),
        (templates.CopyKind.TRICH_SAO, "trich-sao", "TRÍCH SAO"),
    ],
)
def test_a_copy_shows_kind_agency_and_time_and_no_image(kind, name, words):
    """T60."""
    mark = templates.CopyMark(kind=kind, agency=AGENCY, at=AT)
    sheet = mark.sheet(serif().measure)
    assert mark.name == name
    assert re.fullmatch(rf"{words}; {AGENCY}; {WHEN}", sheet.text)
    assert " ".join(line.text for line in lines_of(mark)) == sheet.text
    assert all(isinstance(item, Line) and item.size == 10 for item in sheet.items)


def test_lines_end_at_the_right_edge():
    mark = templates.CopyMark(kind=templates.CopyKind.SAO_Y, agency="Văn phòng " * 12, at=AT)
    sheet = mark.sheet(serif().measure)
    assert len(lines_of(mark)) > 2
    for line in lines_of(mark):
        assert line.x + serif().measure(line.text, 10) == pytest.approx(sheet.width)
        assert line.x >= 0
        assert 0 < line.y < sheet.height
    assert sheet.width <= points(100)


def test_a_scanned_paper_shows_the_seal_the_agency_and_the_time():
    """T64: the seal is allowed here."""
    mark = templates.DigitisedIncoming(seal=drawing(size=(300, 300)), size_mm=36, agency=AGENCY, at=AT)
    sheet = mark.sheet(serif().measure)
    pictures = [item for item in sheet.items if isinstance(item, Picture)]
    assert [round(picture.width, 2) for picture in pictures] == [102.05]
    assert pictures[0].x + pictures[0].width == pytest.approx(sheet.width)
    assert sheet.text == f"{AGENCY}; 24/11/2026; 10:39:00 +07:00"
    assert all(line.x + serif().measure(line.text, 10) < pictures[0].x for line in lines_of(mark))


def test_the_time_can_be_written_by_iso_8601():
    mark = templates.AttachmentMark(number="1", at=AT, time_form=TimeForm.ISO_8601)
    assert mark.sheet(serif().measure).text == "Số: 1; 2026-11-24T10:39:00+07:00"


def test_plain_text_is_broken_inside_its_frame():
    mark = templates.TextMark(lines=("Một dòng dài hơn khung chữ nên phải xuống dòng", "Hai"), width_mm=40)
    sheet = mark.sheet(serif().measure)
    assert sheet.width == pytest.approx(points(40))
    assert len(lines_of(mark)) > 2
    assert all(line.x > 0 and line.x + serif().measure(line.text, 10) < sheet.width for line in lines_of(mark))


def test_a_qr_code_is_25_mm_wide_or_as_wide_as_it_must_be():
    long, short = qr_data(), replace(qr_data(), title="A", system="B")
    sides = [templates.QrMark(data=data).sheet(lambda _text, _size: 0.0).width for data in (long, short)]
    assert sides[0] == pytest.approx(points(len(pattern(long.content())) * 0.3))
    assert sides[1] == pytest.approx(points(25))


@pytest.mark.parametrize(
    "build",
    [
        lambda: templates.AgencySeal(seal=drawing(), size_mm=0),
        lambda: templates.AgencySeal(seal=drawing(), size_mm=float("nan")),
        lambda: templates.PersonalSignature(image=drawing(), width_mm=1000),
        lambda: templates.AttachmentMark(number="", at=AT),
        lambda: templates.AttachmentMark(number="Số:", at=AT),
        lambda: templates.AttachmentMark(number="1", at=datetime(2026, 1, 1)),  # noqa: DTZ001 - this is what is tested
        lambda: templates.CopyMark(kind=templates.CopyKind.SAO_Y, agency=" ", at=AT),
        lambda: templates.TextMark(lines=()),
        lambda: templates.QrMark(data=qr_data(), size_mm=10),
    ],
)
def test_data_that_make_no_sense_are_refused_when_the_template_is_built(build):
    with pytest.raises(ConfigurationError):
        build()


def test_warnings_are_those_of_the_image():
    assert [item.code for item in templates.AgencySeal(seal=drawing(), size_mm=36).warnings()] == ["IMG_COLOUR_SEAL"]
    assert templates.PersonalSignature(image=drawing()).warnings() == ()
