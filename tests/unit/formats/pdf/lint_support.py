"""PDFs for the tests of the lint: one clean page of A4, to which one thing is added at a time."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from vnsign.formats.pdf.lint import LintFinding, LintProfile, lint_pdf

CATALOG, TREE, PAGE, CONTENT, FONT, DESCRIPTOR, PROGRAM, FREE = range(1, 9)
A4 = b"[0 0 595.28 841.89]"


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def truetype(mapped: Mapping[int, int], *, format_: int = 4) -> bytes:
    """A font program that holds one thing: which glyph shows which letter."""
    pairs = sorted(mapped.items())
    if format_ == 12:
        rows = b"".join(struct.pack(">III", code, code, glyph) for code, glyph in pairs)
        table = struct.pack(">HHIII", 12, 0, 16 + len(rows), 0, len(pairs)) + rows
    else:
        pairs.append((0xFFFF, 0))
        count = len(pairs)
        ends = b"".join(struct.pack(">H", code) for code, _ in pairs)
        deltas = b"".join(struct.pack(">H", (glyph - code) & 0xFFFF) for code, glyph in pairs)
        body = ends + b"\0\0" + ends + deltas + bytes(2 * count)
        table = struct.pack(">HHHHHHH", 4, 14 + len(body), 0, 2 * count, 0, 0, 0) + body
    cmap = struct.pack(">HHHHI", 0, 1, 3, 10 if format_ == 12 else 1, 12) + table
    return struct.pack(">4sHHHH", b"\0\1\0\0", 1, 0, 0, 0) + struct.pack(">4sIII", b"cmap", 0, 28, len(cmap)) + cmap


def to_unicode(said: Mapping[int, str], width: int = 2) -> bytes:
    rows = b"".join(b"<%0*X> <%s>\n" % (width, code, text.encode("utf-16-be").hex().encode()) for code, text in said.items())
    return stream(b"%d beginbfchar\n%sendbfchar" % (len(said), rows))


def pdf(
    changes: Mapping[int, bytes] | None = None,
    *,
    catalog: bytes = b"",
    page: bytes = b"",
    box: bytes = A4,
    version: bytes = b"1.7",
    content: bytes = b"BT /F1 12 Tf 60 700 Td (To khai) Tj ET",
) -> bytes:
    """A PDF whose objects can be added and replaced; ``catalog`` and ``page`` are further entries."""
    objects = {
        CATALOG: b"<< /Type /Catalog /Pages %d 0 R %s >>" % (TREE, catalog),
        TREE: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % PAGE,
        PAGE: b"<< /Type /Page /Parent %d 0 R /MediaBox %s /Contents %d 0 R %s >>" % (TREE, box, CONTENT, page),
        CONTENT: stream(content),
        FONT: b"<< /Type /Font /Subtype /TrueType /BaseFont /AAAAAA+Sans /Encoding /WinAnsiEncoding /FontDescriptor %d 0 R >>"
        % DESCRIPTOR,
        DESCRIPTOR: b"<< /Type /FontDescriptor /FontName /AAAAAA+Sans /Flags 32 /FontFile2 %d 0 R >>" % PROGRAM,
        PROGRAM: stream(truetype({65: 1})),
    } | dict(changes or {})
    if b"/Resources" not in page:
        objects[PAGE] = objects[PAGE].removesuffix(b">>") + b"/Resources << /Font << /F1 %d 0 R >> >> >>" % FONT
    out = bytearray(b"%PDF-" + version + b"\n")
    offsets = {}
    for number, body in sorted(objects.items()):
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 00000 f \n"
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, CATALOG, start)
    return bytes(out)


def scan(
    width: int = 1654,
    height: int = 2339,
    *,
    space: bytes = b"/DeviceRGB",
    box: bytes = A4,
    draw: bytes = b"q 595.28 0 0 841.89 0 0 cm /Im0 Do Q",
    more: bytes = b"",
) -> bytes:
    """A page that is one picture; 1654 x 2339 pixels on A4 are 200 dpi. Its pixels are not there: nobody looks at them."""
    entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 %s" % (width, height, more)
    entries += b"/ColorSpace " + space if space else b""
    page = b"/Resources << /XObject << /Im0 %d 0 R >> >>" % FREE
    return pdf({FREE: stream(b"", entries)}, page=page, box=box, content=draw)


def found(data: bytes, profile: LintProfile = LintProfile.STRICT) -> list[LintFinding]:
    return list(lint_pdf(data, profile=profile))


def codes(data: bytes, profile: LintProfile = LintProfile.STRICT) -> set[str]:
    return {item.code for item in found(data, profile)}


def annotations(*bodies: bytes) -> tuple[dict[int, bytes], bytes]:
    """Objects for annotations, and the page entry that lists them."""
    numbers = [FREE + place for place in range(len(bodies))]
    return dict(zip(numbers, bodies, strict=True)), b"/Annots [%s]" % b" ".join(b"%d 0 R" % item for item in numbers)


def widget(name: str, rect: Sequence[float], kind: bytes = b"/Tx", more: bytes = b"") -> bytes:
    sides = " ".join(map(str, rect)).encode()
    return b"<< /Type /Annot /Subtype /Widget /FT %s /T (%s) /Rect [%s] %s >>" % (kind, name.encode(), sides, more)


def with_widgets(*bodies: bytes, form: bytes = b"") -> bytes:
    objects, entry = annotations(*bodies)
    listed = b" ".join(b"%d 0 R" % number for number in objects)
    return pdf(objects, page=entry, catalog=b"/AcroForm << /Fields [%s] %s >>" % (listed, form))


def with_action(action: bytes, where: str = "annotation") -> bytes:
    """A document with an action on a link, on opening, or among the additional actions of the page."""
    if where == "open":
        return pdf(catalog=b"/OpenAction " + action)
    if where == "page":
        return pdf(page=b"/AA << /O %s >>" % action)
    objects, entry = annotations(b"<< /Type /Annot /Subtype /Link /Rect [60 690 200 710] /A %s >>" % action)
    return pdf(objects, page=entry)


def composite(said: Mapping[int, str] | None, glyphs: Mapping[int, int], mapping: bytes = b"/Identity", **more: int) -> bytes:
    """A document with a composite TrueType font: what it says of its codes, and what its program shows."""
    says = b"/ToUnicode %d 0 R" % FREE if said is not None else b""
    objects = {
        FONT: b"<< /Type /Font /Subtype /Type0 /BaseFont /AAAAAA+Sans /Encoding /Identity-H /DescendantFonts [%d 0 R] %s >>"
        % (FREE + 1, says),
        FREE + 1: b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /AAAAAA+Sans /CIDToGIDMap %s /FontDescriptor %d 0 R "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>" % (mapping, DESCRIPTOR),
        PROGRAM: stream(truetype(glyphs, **{f"{name}_": value for name, value in more.items()})),
    }
    if said is not None:
        objects[FREE] = to_unicode(said, 4)
    return pdf(objects)
