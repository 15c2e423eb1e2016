"""QR codes: the data that the circular asks for, their text and back, the pattern as drawn and as other programs read it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.signing.appearance.support import rendered
from vnsign.errors import ConfigurationError
from vnsign.signing.appearance.draw import draw_appearance
from vnsign.signing.appearance.qr import DocumentKind, QrData, parse_qr, pattern
from vnsign.signing.appearance.templates import QrMark
from vnsign.testing.appearances import qr_data

WORDS = st.text("aĐệ:;/-1. ", min_size=1, max_size=30).filter(str.strip)


def test_the_text_names_everything_that_is_asked_for():
    assert qr_data().content().split("\n") == [
        "Loại: giay-tiep-nhan",
        "Mã hồ sơ: H00.01-261124-0001",
        "Mã thủ tục: 2.000635",
        "Mã định danh: 000000000001",
        "Tên giấy tờ: Giấy tiếp nhận hồ sơ và hẹn trả kết quả",
        "Hệ thống: Hệ thống thông tin giải quyết thủ tục hành chính (mẫu thử)",
        "Thời điểm ban hành: 24/11/2026 10:39:00 +07:00",
        "Ngày hẹn trả: 01/12/2026",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"appointment": None},
        {"kind": DocumentKind.RESULT},
        {"kind": DocumentKind.OTHER},
        {"validity": "01 năm"},
        {"dossier": ""},
        {"applicant": "\n"},
        {"published": datetime(2026, 1, 1)},  # noqa: DTZ001 - this is what is tested
    ],
)
def test_missing_and_misplaced_data_are_refused(change):
    """A receipt lacks its appointment, another document has one, ..."""
    with pytest.raises(ConfigurationError):
        replace(qr_data(), **change)


def test_a_result_has_validity_and_scope_if_any():
    result = replace(qr_data(), kind=DocumentKind.RESULT, appointment=None, validity="đến 31/12/2027", scope="toàn quốc")
    assert "Thời hạn hiệu lực: đến 31/12/2027\nPhạm vi hiệu lực: toàn quốc" in result.content()
    assert parse_qr(result.content()) == result


@given(WORDS, WORDS, WORDS, st.integers(0, 4_000_000_000), st.dates(date(1990, 1, 1)))
def test_what_is_written_is_read_back(dossier, title, system, seconds, day):
    data = QrData(
        kind=DocumentKind.RECEIPT,
        dossier=dossier,
        procedure="1",
        applicant="2",
        title=title,
        system=system,
        published=datetime.fromtimestamp(seconds, UTC),
        appointment=day,
    )
    assert parse_qr(data.content()) == data


@given(st.text(max_size=200))
def test_other_texts_are_refused(text):
    with pytest.raises(ConfigurationError):
        parse_qr(text)


@pytest.mark.parametrize(
    "change", [("24/11/2026", "24/13/2026"), ("Loại: giay-tiep-nhan", "Loại: x"), ("01/12/2026", "1/12/26")]
)
def test_damaged_texts_are_refused(change):
    with pytest.raises(ConfigurationError):
        parse_qr(qr_data().content().replace(*change))


def test_a_content_that_paper_cannot_carry_is_refused():
    with pytest.raises(ConfigurationError):
        pattern("đ" * 501)


def test_the_pattern_is_drawn_module_by_module(tmp_path):
    rows = pattern(qr_data().content())
    scale = 8
    image = rendered(draw_appearance(QrMark(data=qr_data(), size_mm=50)).page, tmp_path, round(len(rows) * scale / 50 * 25.4))
    step = image.width / len(rows)
    dark = tuple(
        tuple(image.getpixel((int((x + 0.5) * step), int((y + 0.5) * step)))[0] < 128 for x in range(len(rows)))
        for y in range(len(rows))
    )
    assert dark == rows
    assert not any(any(row) for row in rows[:4]), "four modules of white around it"


@pytest.mark.oracle
def test_another_program_reads_the_code(tmp_path):
    reader = shutil.which("zbarimg")
    if reader is None:
        pytest.skip("zbarimg is not installed")
    rendered(draw_appearance(QrMark(data=qr_data())).page, tmp_path, 300).save(tmp_path / "code.png")
    done = subprocess.run([reader, "-q", "--raw", str(tmp_path / "code.png")], capture_output=True, check=True, timeout=60)
    assert done.stdout.decode().strip() == qr_data().content()
