"""A made-up administrative document on one A4 page, laid out as the rules say, and pictures to sign it with.

Drawn with the font of appearances (Times New Roman or Liberation Serif), so it needs the extra ``report`` and one of them.
"""

from __future__ import annotations

from pathlib import Path

from vnsign.signing.appearance.draw import draw_sheet
from vnsign.signing.appearance.fonts import SerifFont, find_serif
from vnsign.signing.appearance.model import Line, Sheet, points

_WIDTH, _HEIGHT = points(210), points(297)
_LEFT, _RIGHT, _TOP = points(30), points(195), _HEIGHT - points(20)
_SIZE = 13.0
_STEP = 18.0
TITLE, NAME = "CHỦ TỊCH", "Nguyễn Thị Hồng Ánh"
"""What stands above and below the place of the person's signature."""

_HEADING = (
    ("ỦY BAN NHÂN DÂN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    ("XÃ THỬ NGHIỆM", "Độc lập - Tự do - Hạnh phúc"),
    ("Số: 15/QĐ-UBND", "Thử Nghiệm, ngày 24 tháng 11 năm 2026"),
)
_BODY = (
    "QUYẾT ĐỊNH (MẪU THỬ)",
    "Về việc công nhận kết quả giải quyết thủ tục hành chính",
    "",
    "Điều 1. Công nhận kết quả giải quyết hồ sơ mã số H00.01-261124-0001.",
    "Điều 2. Quyết định này có hiệu lực kể từ ngày ký.",
    "Điều 3. Các đơn vị có liên quan chịu trách nhiệm thi hành Quyết định này./.",
)
_COLUMNS = points(65), points(148)


def sample_signature() -> bytes:
    """A made-up signature: PNG, blue, transparent."""
    return _picture("chu-ky-mau.png")


def sample_seal() -> bytes:
    """A made-up round seal, marked as a sample: PNG, red, transparent, for 36 mm."""
    return _picture("con-dau-mau.png")


def _picture(name: str) -> bytes:
    return (Path(__file__).parent / "pictures" / name).read_bytes()


def decision_pdf(font: SerifFont | None = None) -> bytes:
    """A decision of one page, unsigned, with room between ``CHỦ TỊCH`` and the full name below it.

    Args:
        font: to draw it with; ``None``: the one that this machine has.

    Raises:
        ConfigurationError: no such font, or ReportLab is not installed.
    """
    used = find_serif() if font is None else font

    def centred(text: str, middle: float, down: int) -> Line:
        return Line(text, middle - used.measure(text, _SIZE) / 2, _TOP - _SIZE - down * _STEP, _SIZE)

    lines = [
        centred(text, middle, row) for row, pair in enumerate(_HEADING) for text, middle in zip(pair, _COLUMNS, strict=True)
    ]
    middle = (_LEFT + _RIGHT) / 2
    lines += [centred(text, middle, 5 + row) for row, text in enumerate(_BODY[:2])]
    lines += [Line(text, _LEFT, _TOP - _SIZE - (5 + row) * _STEP, _SIZE) for row, text in enumerate(_BODY) if row > 2]
    lines += [centred(TITLE, _COLUMNS[1], 13), centred(NAME, _COLUMNS[1], 18)]
    return draw_sheet(Sheet(_WIDTH, _HEIGHT, tuple(lines), ""), font=used).page
