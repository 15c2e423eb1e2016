"""Documents to measure with, made in code: pages of text, scans, and XML of many lines."""

from __future__ import annotations

import random

from vnsign.testing.documents import pdf

NAMESPACE = "http://example.vn/hoa-don"


def text_pdf(size: int) -> bytes:
    """A PDF of text pages of about ``size`` bytes: many objects."""
    page = tuple(f"Dong {number}: noi dung ho so thu nghiem, so {number * 7919}" for number in range(60))
    one = len(pdf((page,), title="bench"))
    return pdf((page,) * max(1, size // max(1, one)), title="bench")


def scanned_pdf(size: int) -> bytes:
    """A PDF of about ``size`` bytes that is one page and one large stream after it, as scans are: few objects."""
    base = pdf((("Trang quet",),), title="bench")
    noise = random.Random(7).randbytes(size)
    number = int(base.rsplit(b"/Size ", 1)[1].split()[0])
    start = len(base)
    previous = int(base.rsplit(b"startxref", 1)[1].split()[0])
    root = base.rsplit(b"/Root ", 1)[1].split(b"R", 1)[0].decode().strip()
    body = b"%d 0 obj\n<< /Length %d >>\nstream\n" % (number, len(noise)) + noise + b"\nendstream\nendobj\n"
    xref = start + len(body)
    trailer = f"trailer\n<< /Size {number + 1} /Root {root} R /Prev {previous} >>\n"
    tail = f"xref\n{number} 1\n{start:010d} 00000 n \n{trailer}startxref\n{xref}\n%%EOF\n"
    return base + body + tail.encode()


def invoice_xml(size: int) -> bytes:
    """An invoice-like XML of about ``size`` bytes with ``Id="data"`` and an empty place for the seller's signature."""
    line = "<HHDVu><STT>{0}</STT><THHDVu>Dịch vụ thử nghiệm số {0}</THHDVu><SLuong>1</SLuong><DGia>{1}</DGia></HHDVu>"
    lines = []
    total = 0
    while total < size - 300:
        lines.append(line.format(len(lines) + 1, 1000 + len(lines)))
        total += len(lines[-1].encode())
    body = f'<DLHDon Id="data"><TTChung><SHDon>1</SHDon></TTChung><NDHDon>{"".join(lines)}</NDHDon></DLHDon>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<HDon>{body}<DSCKS><NBan></NBan></DSCKS></HDon>'.encode()
