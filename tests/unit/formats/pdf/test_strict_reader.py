"""The strict reader reads what is regular, leaves everything else to pyHanko, and never reads anything otherwise than that."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest

from tests.hostile import pdf_attacks, pdf_bombs
from vnsign.model.facts import CoverageScope
from vnsign.model.limits import Limits

from .both_readers import accepted, doubt, strictly
from .reading_support import only, plain_pdf, signed, sound, updated

HOSTILE = {
    name: attack
    for group in vars(pdf_attacks).values()
    if isinstance(group, dict)
    for name, attack in group.items()
    if isinstance(attack, pdf_attacks.Attack)
} | dict(pdf_bombs.BOMBS)


@cache
def one() -> bytes:
    return signed(plain_pdf())


@cache
def with_object_streams() -> bytes:
    """Signed over a revision that keeps the page tree in an object stream."""
    tree = re.search(rb"\n2 0 obj\s+(<<.*?>>)\s+endobj", plain_pdf(), re.DOTALL)
    assert tree is not None
    header = b"2 0 "
    packed = zlib.compress(header + tree[1])
    body = b"<</Type/ObjStm/N 1/First %d/Filter/FlateDecode/Length %d>>stream\n" % (len(header), len(packed))
    objects = {40: body + packed + b"\nendstream"}
    return signed(pdf_bombs.with_cross_reference_stream(plain_pdf(), objects, {2: (2, 40, 0)}), box=(10, 10, 90, 50))


def test_a_signed_document_is_read_whole() -> None:
    facts = strictly(one())
    assert facts is not None
    assert sound(only(facts))
    assert only(facts).coverage is CoverageScope.WHOLE_DOCUMENT
    assert accepted(one())


def test_object_streams_and_cross_reference_streams_are_read() -> None:
    assert b"/ObjStm" in with_object_streams()
    assert b"/XRef" in with_object_streams()
    assert accepted(with_object_streams())


def test_later_signatures_and_validation_material_are_recognised() -> None:
    two = signed(one(), "Signature2")
    assert accepted(two)
    catalog = re.findall(rb"\n1 0 obj\s+(<<.*?>>)\s+endobj", two, re.DOTALL)[-1].rstrip()[:-2] + b"/DSS 40 0 R>>"
    store = {1: catalog, 40: b"<</CRLs[41 0 R]>>", 41: b"<</Length 5>>stream\nfirst\nendstream"}
    assert accepted(updated(two, store))


def test_what_has_to_be_compared_is_left_to_pyhanko() -> None:
    assert doubt(updated(one(), {3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"})) != ""


def test_unsigned_documents_are_read() -> None:
    assert accepted(plain_pdf())


def test_predicted_cross_reference_streams_are_read() -> None:
    assert accepted(predicted(plain_pdf()))


def predicted(pdf: bytes) -> bytes:
    """The PDF with its table written anew as a cross-reference stream with rows predicted from the ones above."""
    at = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])
    body = pdf[:at]
    places = {int(found[1]): found.start() for found in re.finditer(rb"^(\d+) 0 obj", body, re.MULTILINE)}
    size = max(places) + 2
    places[size - 1] = at
    rows = [bytes((number in places,)) + places.get(number, 0).to_bytes(4, "big") + b"\0" for number in range(size)]
    above = [bytes(6), *rows]
    data = b"".join(
        b"\x02" + bytes((new - old) & 255 for new, old in zip(row, before, strict=True))
        for row, before in zip(rows, above, strict=False)
    )
    packed = zlib.compress(data)
    head = b"<</Type/XRef/Size %d/W[1 4 1]/Root 1 0 R/Filter/FlateDecode" % size
    head += b"/DecodeParms<</Predictor 12/Columns 6>>/Length %d>>stream\n" % len(packed)
    return body + b"%d 0 obj\n" % (size - 1) + head + packed + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % at


def twice() -> bytes:
    """A table whose second subsection speaks of the same object as the first."""
    pdf = updated(plain_pdf(), {10: b"<<>>", 11: b"<<>>"})
    head, mark, tail = pdf.rpartition(b"\n11 1\n")
    assert mark
    return head + b"\n10 1\n" + tail


ODD: dict[str, Callable[[], bytes]] = {
    "bytes before the header": lambda: b"\n" + one(),
    "bytes after the end": lambda: one() + b"more",
    "spaces after the end": lambda: one() + b" " * 8,
    "encrypted": lambda: updated(plain_pdf(), {40: b"<<>>"}, trailer=b"/Encrypt 40 0 R"),
    "no startxref": lambda: one().replace(b"startxref", b"startxrif"),
    "startxref off by one": lambda: re.sub(rb"(\d+)(\s+%%EOF\s*)\Z", lambda hit: b"%d%s" % (int(hit[1]) - 1, hit[2]), one()),
    "a comment in an object": lambda: updated(plain_pdf(), {1: b"<</Type/Catalog %c\n/Pages 2 0 R>>"}),
    "a key twice": lambda: updated(plain_pdf(), {1: b"<</Type/Catalog/Type/Catalog/Pages 2 0 R>>"}),
    "a reference with two spaces": lambda: updated(plain_pdf(), {1: b"<</Type/Catalog/Pages 2  0 R>>"}),
    "a reference to a reference": lambda: updated(plain_pdf(), {1: b"<</Type/Catalog/AcroForm 30 0 R>>", 30: b"31 0 R"}),
    "an object that is another": lambda: one().replace(b"\n1 0 obj", b"\n9 0 obj"),
    "an object without end": lambda: updated(plain_pdf(), {1: b"<</Type/Catalog/Pages 2 0 R>> extra"}),
    "a loop of lengths": lambda: updated(
        plain_pdf(), {1: b"<</Type/Catalog/AcroForm 30 0 R>>", 30: b"<</Length 30 0 R>>stream\nabc\nendstream"}
    ),
    "a length that is wrong": lambda: updated(
        plain_pdf(), {1: b"<</Type/Catalog/AcroForm 30 0 R>>", 30: b"<</Length 2>>stream\nabc\nendstream"}
    ),
    "a deep object": lambda: updated(plain_pdf(), {1: b"<</Type/Catalog/A " + b"[" * 99 + b"]" * 99 + b">>"}),
    "a version that is none": lambda: updated(plain_pdf(), {1: b"<</Type/Catalog/Version/x>>"}),
    "a catalog that is none": lambda: updated(plain_pdf(), {1: b"[]"}),
    "text that is not ASCII": lambda: signed(plain_pdf(), "Ké"),
    "an object twice in a table": twice,
    "a previous section at 0": lambda: re.sub(rb"/Prev \d+", lambda hit: b"/Prev 0".ljust(len(hit[0])), one()),
    "a previous section that is itself": lambda: updated(one(), {40: b"<<>>"}).replace(
        b"/Prev %d" % pdf_attacks.last_startxref(one()), b"/Prev %d" % pdf_attacks.last_startxref(updated(one(), {40: b"<<>>"}))
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_whatever_is_odd_is_left_to_pyhanko(name: str) -> None:
    assert strictly(ODD[name]()) is None


def test_bounds_send_a_file_to_pyhanko_and_never_refuse_it() -> None:
    two = signed(one(), "Signature2")
    assert strictly(two, replace(Limits(), pdf_revisions=2)) is None
    assert strictly(with_object_streams(), replace(Limits(), pdf_decoded_bytes=8)) is None
    assert strictly(with_object_streams(), replace(Limits(), pdf_stream_bytes=8)) is None


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_read_alike_or_left_to_pyhanko(name: str) -> None:
    data = HOSTILE[name].make()
    if len(data) < 1_000_000:  # pyHanko alone takes long over larger ones
        accepted(data)
    else:
        strictly(data)


@pytest.mark.corpus
def test_every_document_of_the_corpora_is_read_alike(shared_data: Path) -> None:
    """And most of the signed ones that are not encrypted or changed later need no other reader."""
    files = [path for path in sorted(shared_data.rglob("*")) if path.is_file() and path.stat().st_size < 4_000_000]
    documents = [data for data in (path.read_bytes() for path in files) if data.startswith(b"%PDF-")]
    assert sum(map(accepted, documents)) > 150


SPOT = re.compile(rb"obj|<<|>>|/[A-Z]|xref|\d{10} \d{5}")
SHAPE = b"()<>[]{}/%#\\ \t\r\n\0+-.0123456789RabfnNrt\xff\x80"
TOKEN = re.compile(rb"/[A-Za-z0-9]+|\d+ \d+ R|\d+|\([^()]{0,30}\)")


def changed(data: bytes, random: Random) -> bytes:
    """Some bytes or tokens replaced by others of the same length, so that every offset stays right."""
    out = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        if random.random() < 0.5:
            start = random.choice([found.start() for found in SPOT.finditer(data)]) + random.randrange(24)
            out[min(start, len(out) - 1)] = random.choice(SHAPE)
        else:
            tokens = list(TOKEN.finditer(bytes(out)))
            token = random.choice(tokens)
            out[token.start() : token.end()] = random.choice([item[0] for item in tokens if len(item[0]) == len(token[0])])
    return bytes(out)


@pytest.mark.parametrize("seed", range(3))
def test_documents_with_a_few_bytes_changed_are_read_alike(seed: int) -> None:
    random = Random(seed)
    documents = [one(), with_object_streams(), signed(one(), "Signature2"), predicted(plain_pdf()), pdf_attacks.good()]
    assert sum(accepted(changed(random.choice(documents), random)) for _ in range(100)) > 20


def test_objects_and_tables_without_end_are_left_to_pyhanko() -> None:
    many = updated(plain_pdf(), {1: b"<</Type/Catalog/AcroForm<</Fields[" + b"0 " * 200_001 + b"]>>>>"})
    assert doubt(many) == "an object of too many parts"
    data = zlib.compress(bytes(600_000))
    head = b"<</Type/XRef/Size 600000/W[1 0 0]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n" % len(data)
    pdf = plain_pdf()
    table = pdf + b"9 0 obj\n" + head + data + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(pdf)
    assert doubt(table) == "a cross-reference stream of another length"
