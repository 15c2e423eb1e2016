"""Help for the tests of positions and placed pictures: pages of every shape, pictures made in code."""

from __future__ import annotations

from io import BytesIO

from vnsign.formats.pdf.appearance import Appearance
from vnsign.formats.pdf.page_view import PageView, page_view
from vnsign.formats.pdf.pyhanko_adapter import open_pdf
from vnsign.model.limits import Limits

A4 = (595.0, 842.0)


def one_page(
    entries: str = "/MediaBox [0 0 595 842]",
    content: bytes = b"0.9 g 0 0 10000 10000 re f",
    *,
    above: str = "",
    font: bool = False,
    pages: int = 1,
) -> bytes:
    """A PDF whose pages have these entries (``above``: the node above them), and a content each."""
    kids = " ".join(f"{4 + number} 0 R" for number in range(pages))
    resources = "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>" if font else ""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} {above} >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        *[f"<< /Type /Page /Parent 2 0 R {entries} {resources} /Contents 3 0 R >>".encode()] * pages,
    ]
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)
    return bytes(out)


def picture(
    width: float = 60, height: float = 30, *, text: str = "Ảnh", scalable: bool = False, entries: str = "", content: bytes = b""
) -> Appearance:
    """A picture whose left third is red, its right two thirds blue."""
    drawn = content or b"1 0 0 rg 0 0 %g %g re f 0 0 1 rg %g 0 %g %g re f" % (
        width / 3,
        height,
        width / 3,
        width * 2 / 3,
        height,
    )
    return Appearance(one_page(f"/MediaBox [0 0 {width:g} {height:g}] {entries}", drawn), width, height, text, scalable)


def view(document: bytes, number: int = 1) -> PageView:
    return page_view(open_pdf(BytesIO(document), Limits(), None), number)
