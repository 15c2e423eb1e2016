"""Sample documents of a dossier, made in code and the same bytes each time: two PDFs and an XML declaration.

The pages show the text without diacritics, for the fonts every reader has know no Vietnamese, and carry the Vietnamese as
``ActualText`` (ISO 32000-2, 14.9.4), which is what copying and reading aloud give. Names and numbers are made up.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

NAMESPACE = "urn:vnsign:test:to-khai"
"""Namespace of the XML declaration."""

_APPLICATION = (
    (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "TỜ KHAI CẤP BẢN SAO TRÍCH LỤC HỘ TỊCH (MẪU THỬ)",
        "Kính gửi: Ủy ban nhân dân xã Thử Nghiệm",
        "Họ và tên người yêu cầu: TEST NGUYỄN VĂN AN",
        "Số định danh cá nhân: 000000000001",
    ),
    (
        "Nội dung đề nghị: cấp 02 bản sao trích lục khai sinh",
        "Tôi cam đoan những nội dung khai trên đây là đúng sự thật.",
        "Người yêu cầu (ký số)",
    ),
)
_RESULT = (
    (
        "ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM",
        "Số: 01/TEST-TLHT",
        "TRÍCH LỤC KHAI SINH (BẢN SAO, MẪU THỬ)",
        "Họ, chữ đệm, tên: TEST NGUYỄN VĂN AN",
        "Ngày, tháng, năm sinh: 01/01/1990",
        "Người ký trích lục: TEST Lê Thị Hồng Ánh",
    ),
)


def application_pdf() -> bytes:
    """An application of two pages with two form fields (``HoTen``, ``SoDienThoai``), PDF 1.7, unsigned."""
    return pdf(_APPLICATION, title="Tờ khai cấp bản sao trích lục hộ tịch", fields=(("HoTen", "AN"), ("SoDienThoai", "")))


def result_pdf() -> bytes:
    """A result of one page without form fields, PDF 1.7, unsigned."""
    return pdf(_RESULT, title="Trích lục khai sinh (bản sao)")


def declaration_xml() -> bytes:
    """An XML declaration in UTF-8 whose content has ``Id="data"``; an empty ``ChuKySo`` waits for the signature."""
    return _DECLARATION.encode()


_DECLARATION = f"""<?xml version="1.0" encoding="UTF-8"?>
<ToKhai xmlns="{NAMESPACE}" phienBan="1.0">
  <NoiDung Id="data">
    <ThuTuc ma="TEST-2.000635">Cấp bản sao trích lục hộ tịch</ThuTuc>
    <KinhGui>Ủy ban nhân dân xã Thử Nghiệm</KinhGui>
    <NguoiYeuCau>
      <HoTen>TEST NGUYỄN VĂN AN</HoTen>
      <SoDinhDanh>000000000001</SoDinhDanh>
      <NoiCuTru>Thôn Đông, xã Thử Nghiệm, tỉnh Quảng Ngãi</NoiCuTru>
    </NguoiYeuCau>
    <SoLuong>2</SoLuong>
    <GhiChu>Gửi kết quả &amp; biên lai qua thư điện tử &lt;an@vnsign.test&gt;</GhiChu>
  </NoiDung>
  <ChuKySo/>
</ToKhai>
"""


def without_diacritics(text: str) -> str:
    """Vietnamese in ASCII: ``Đất Việt`` becomes ``Dat Viet``; other letters that ASCII lacks become ``?``."""
    plain = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return bare.encode("ascii", "replace").decode()


def pdf(pages: Sequence[Sequence[str]], *, title: str, fields: Sequence[tuple[str, str]] = ()) -> bytes:
    """A small PDF 1.7 with a cross-reference table.

    Args:
        pages: lines of text by page.
        title: for the document information.
        fields: name and value of text fields on the first page.

    Returns:
        The file's bytes.
    """
    draft = _Draft()
    catalog, tree, font = draft.reserve(), draft.reserve(), draft.reserve()
    draft.put(font, b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    numbers = [draft.reserve() for _ in pages]
    widgets = [_text_field(draft, numbers[0], font, place, *item) for place, item in enumerate(fields)]
    for number, lines in zip(numbers, pages, strict=True):
        content = draft.stream(b"<< >>", _content(lines))
        notes = b" /Annots [%s]" % _references(widgets) if widgets and number == numbers[0] else b""
        draft.put(
            number,
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R" % (tree, content)
            + b" /Resources << /Font << /F1 %d 0 R >> >>%s >>" % (font, notes),
        )
    draft.put(tree, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (_references(numbers), len(numbers)))
    form = b""
    if widgets:
        form = b" /AcroForm << /Fields [%s] /DA (/F1 11 Tf 0 g)" % _references(widgets)
        form += b" /DR << /Font << /F1 %d 0 R >> >> >>" % font
    draft.put(catalog, b"<< /Type /Catalog /Pages %d 0 R /Lang (vi-VN)%s >>" % (tree, form))
    information = draft.reserve()
    draft.put(information, b"<< /Title %s /Producer (vnsign test documents) >>" % _unicode(title))
    return draft.finish(catalog, information)


def _text_field(draft: _Draft, page: int, font: int, place: int, name: str, value: str) -> int:
    top = 600 - 30 * place
    header = b"<< /Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 %d 0 R >> >> >>" % font
    look = draft.stream(header, b"/Tx BMC q BT /F1 11 Tf 0 g 2 6 Td (%s) Tj ET Q EMC" % _escaped(value))
    number = draft.reserve()
    draft.put(
        number,
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /F 4 /T (%s) /V %s /P %d 0 R" % (name.encode(), _unicode(value), page)
        + b" /Rect [60 %d 260 %d] /DA (/F1 11 Tf 0 g) /AP << /N %d 0 R >> >>" % (top, top + 20, look),
    )
    return number


def _content(lines: Sequence[str]) -> bytes:
    shown = []
    for row, line in enumerate(lines):
        shown.append(
            b"/Span << /ActualText %s >> BDC BT /F1 12 Tf 60 %d Td (%s) Tj ET EMC"
            % (_unicode(line), 780 - 24 * row, _escaped(line))
        )
    return b"\n".join(shown)


def _escaped(text: str) -> bytes:
    plain = without_diacritics(text).encode()
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _unicode(text: str) -> bytes:
    return b"<FEFF" + unicodedata.normalize("NFC", text).encode("utf-16-be").hex().upper().encode() + b">"


def _references(numbers: Sequence[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


@dataclass(slots=True)
class _Draft:
    """Objects by number, from 1."""

    bodies: list[bytes] = field(default_factory=list)

    def reserve(self) -> int:
        self.bodies.append(b"null")
        return len(self.bodies)

    def put(self, number: int, body: bytes) -> None:
        self.bodies[number - 1] = body

    def stream(self, dictionary: bytes, data: bytes) -> int:
        number = self.reserve()
        header = dictionary.removesuffix(b">>") + b"/Length %d >>" % len(data)
        self.put(number, header + b"\nstream\n" + data + b"\nendstream")
        return number

    def finish(self, catalog: int, information: int) -> bytes:
        out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        offsets = []
        for number, body in enumerate(self.bodies, 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
        out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        identity = hashlib.sha256(out).hexdigest()[:32].encode()
        out += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R" % (len(offsets) + 1, catalog, information)
        out += b" /ID [<%s> <%s>] >>\n" % (identity, identity)
        out += b"startxref\n%d\n%%%%EOF\n" % start
        return bytes(out)
