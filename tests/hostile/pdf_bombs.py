"""Small PDFs that ask for much time or memory, made over a signed document."""

from __future__ import annotations

import re
import zlib

from tests.hostile.pdf_attacks import CATALOG, CONTENT, EVIL, PAGES, Attack, body_of, good, last_startxref, stream, update


def _flate(size: int, times: int = 1) -> bytes:
    data = bytes(size)
    for _ in range(times):
        data = zlib.compress(data, 9)
    filters = b"/Filter[" + b"/FlateDecode" * times + b"]"
    return b"<</Length %d%s>>stream\n" % (len(data), filters) + data + b"\nendstream"


def _object_stream_bomb() -> bytes:
    data = zlib.compress(b" " * (300 * 1024 * 1024), 9)
    body = b"<</Type/ObjStm/N 1/First 10/Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(data), data)
    return with_cross_reference_stream(good(), {40: body}, {10: (2, 40, 0)})


def with_cross_reference_stream(pdf: bytes, objects: dict[int, bytes], rows: dict[int, tuple[int, int, int]]) -> bytes:
    out = bytearray(pdf)
    rows = dict(rows)
    for number, body in objects.items():
        rows[number] = (1, len(out), 0)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows[62] = (1, len(out), 0)
    index = b" ".join(b"%d 1" % number for number in sorted(rows))
    table = b"".join(
        bytes([kind]) + place.to_bytes(4, "big") + bytes([last]) for _, (kind, place, last) in sorted(rows.items())
    )
    head = b"<</Type/XRef/Size 64/W[1 4 1]/Index[%s]/Root 1 0 R/Prev %d/Length %d>>stream\n" % (
        index,
        last_startxref(pdf),
        len(table),
    )
    at = len(out)
    return bytes(out) + b"62 0 obj\n" + head + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % at


def _prev_loop() -> bytes:
    pdf = good()
    return update(pdf, {CONTENT: stream(EVIL)}, prev=len(pdf) + 8 + len(stream(EVIL)) + 17)


def _deep(opening: bytes, closing: bytes, depth: int = 100_000) -> bytes:
    return update(good(), {CATALOG: body_of(good(), CATALOG)[:-2] + b"/X " + opening * depth + closing * depth + b">>"})


def _page_tree(kids: bytes) -> bytes:
    return update(good(), {PAGES: b"<</Type/Pages/Kids[%s]/Count 1000000>>" % kids})


def _many_pages() -> bytes:
    kids = b" ".join(b"%d 0 R" % (100 + number) for number in range(20_000))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    return update(good(), {PAGES: b"<</Type/Pages/Kids[%s]/Count 20000>>" % kids} | {100 + n: page for n in range(20_000)})


def _field_loop() -> bytes:
    catalog = re.sub(rb"/Fields \[", b"/Fields [ 40 0 R ", body_of(good(), CATALOG))
    return update(
        good(), {CATALOG: catalog, 40: b"<</T(a)/Kids[41 0 R 41 0 R]>>", 41: b"<</T(b)/Kids[40 0 R 40 0 R]/Parent 40 0 R>>"}
    )


def _field_fan() -> bytes:
    catalog = re.sub(rb"/Fields \[", b"/Fields [ 40 0 R ", body_of(good(), CATALOG))
    fan = {40 + level: b"<</T(a)/Kids[%d 0 R %d 0 R]>>" % (41 + level, 41 + level) for level in range(20)}
    return update(good(), {CATALOG: catalog} | fan | {60: b"<</T(z)/FT/Tx>>"})


def _reference_chain() -> bytes:
    chain = {100 + number: b"%d 0 R" % (101 + number) for number in range(5000)}
    return update(good(), {CONTENT: b"100 0 R"} | chain | {5100: stream(EVIL)})


def _cross_reference_of_a_billion_rows() -> bytes:
    at = len(good())
    rows = b"xref\n0 1000000000\n0000000000 65535 f \n"
    return (
        good()
        + rows
        + b"trailer\n<</Size 1000000000/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (last_startxref(good()), at)
    )


_ANY = frozenset({"pdf.changed-after-signing", "pdf.later-revisions-unreadable", "pdf.changes-not-compared"})

BOMBS = {
    "bomb-flate-content": Attack(lambda: update(good(), {CONTENT: _flate(300 * 1024 * 1024)}), _ANY),
    "bomb-nested-filters": Attack(lambda: update(good(), {CONTENT: _flate(100_000, 40)}), _ANY),
    "bomb-object-stream": Attack(_object_stream_bomb, _ANY),
    "bomb-cross-reference-loop": Attack(_prev_loop, _ANY),
    "bomb-cross-reference-rows": Attack(_cross_reference_of_a_billion_rows, _ANY),
    "bomb-deep-arrays": Attack(lambda: _deep(b"[", b"]"), _ANY),
    "bomb-deep-dictionaries": Attack(lambda: _deep(b"<</a ", b">>"), _ANY),
    "bomb-page-tree-loop": Attack(lambda: _page_tree(b"2 0 R 2 0 R"), _ANY),
    "bomb-page-tree-fan": Attack(lambda: _page_tree(b"4 0 R " * 50_000), _ANY),
    "bomb-many-pages": Attack(_many_pages, _ANY),
    "bomb-field-loop": Attack(_field_loop, _ANY),
    "bomb-field-fan": Attack(_field_fan, _ANY),
    "bomb-reference-chain": Attack(_reference_chain, _ANY),
}
