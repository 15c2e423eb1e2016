"""The ZIP: what is sound is read, every trick is refused by name, every limit holds at N and breaks at N+1."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import replace

import pytest

from tests.unit.formats.asic.builder import ASIC_E, Entry, write_zip
from vnsign.errors import LimitExceededError, UnreadableDocumentError
from vnsign.formats.asic.container import read_container
from vnsign.model.limits import Limits

MIME = Entry("mimetype", ASIC_E)
FILE = Entry("a.txt", b"content of the file", deflate=True)


def refused(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(UnreadableDocumentError) as caught:
        read_container(data, limits or Limits())
    return caught.value.code


def test_entries_are_read_in_order_stored_and_deflated() -> None:
    found = read_container(write_zip([MIME, FILE, Entry("b/", attributes=0x10), Entry("b/c", b"x")]), Limits())
    assert list(found.entries.items()) == [("mimetype", ASIC_E), ("a.txt", FILE.content), ("b/c", b"x")]
    assert found.mimetype_first
    assert found.mimetype == ASIC_E.decode()


def test_the_standard_library_reads_the_same() -> None:
    data = write_zip([MIME, FILE, Entry("hồ sơ.txt", b"1" * 5000, deflate=True)], comment=b"note")
    with zipfile.ZipFile(io.BytesIO(data)) as other:
        assert {name: other.read(name) for name in other.namelist()} == read_container(data, Limits()).entries


@pytest.mark.parametrize("deflate", [False, True])
def test_what_the_standard_library_writes_is_read(deflate: bool) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED) as archive:
        archive.writestr("mimetype", ASIC_E, zipfile.ZIP_STORED)
        archive.writestr("hồ sơ.txt", b"content " * 100)
        with archive.open("stream.txt", "w", force_zip64=True) as stream:
            stream.write(b"with ZIP64 sizes")
    assert read_container(out.getvalue(), Limits()).entries["stream.txt"] == b"with ZIP64 sizes"


@pytest.mark.parametrize("signature", [b"PK\7\x08", b""])
def test_data_descriptors_are_read_and_compared(signature: bytes) -> None:
    body = struct.pack("<3I", zlib.crc32(FILE.content), len(FILE.packed), len(FILE.content))
    good = replace(FILE, flags=0x0808, descriptor=signature + body)
    assert read_container(write_zip([MIME, good]), Limits()).entries["a.txt"] == FILE.content
    assert refused(write_zip([MIME, replace(good, descriptor=signature + body[:-1] + b"\1")])) == "ZIP_MISMATCH"


def test_the_media_type_may_stand_in_the_comment_and_need_not_come_first() -> None:
    assert read_container(write_zip([FILE], comment=b"mimetype=" + ASIC_E), Limits()).mimetype == ASIC_E.decode()
    assert not read_container(write_zip([FILE, MIME]), Limits()).mimetype_first
    assert not read_container(write_zip([replace(MIME, deflate=True)]), Limits()).mimetype_first


NAMES = ["../a", "a/../b", "/etc/passwd", "C:/a", "a\\b", "..\\a", "a//b", "./a", "a\x00b", "a\nb", "", b"\xff\xfe"]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_climb_or_deceive_are_refused(name: str | bytes) -> None:
    assert refused(write_zip([MIME, Entry(name, b"x")])) == "ZIP_NAME"


def test_old_code_pages_are_read_where_the_flag_says_so() -> None:
    assert "é.txt" in read_container(write_zip([Entry(b"\x82.txt", b"x", flags=0)]), Limits()).entries


PAIRS = [("a.txt", "a.txt"), ("a.txt", "A.TXT"), ("hồ.txt", "ho\u0302\u0300.txt"), ("a", "a/b"), ("ﬁ", "fi"), ("ß", "ss")]


@pytest.mark.parametrize("names", PAIRS)
def test_names_that_are_the_same_to_somebody_are_refused(names: tuple[str, str]) -> None:
    assert refused(write_zip([MIME, *(Entry(name, b"x") for name in names)])) == "ZIP_DUPLICATE_NAME"


def overlapping() -> bytes:
    """Two names in the directory for one local entry."""
    data = bytearray(write_zip([replace(MIME, name="a"), replace(MIME, name="b")]))
    second = data.rindex(b"PK\1\2")
    data[second + 42 : second + 46] = bytes(4)
    return bytes(data)


def nested() -> bytes:
    """An entry that lies within another: the trick of quoted local headers."""
    inner = write_zip([Entry("inner", b"x")])
    data = bytearray(write_zip([Entry("outer", inner[: inner.index(b"PK\1\2")]), Entry("inner", b"x")]))
    second = data.rindex(b"PK\1\2")
    data[second + 42 : second + 46] = struct.pack("<I", 30 + len("outer"))
    return bytes(data)


TRICKS = {
    "symbolic link": (write_zip([Entry("a", b"/etc/passwd", attributes=0o120777 << 16)]), "ZIP_SYMLINK"),
    "encrypted": (write_zip([replace(FILE, flags=0x0801)]), "ZIP_ENCRYPTED"),
    "strongly encrypted": (write_zip([replace(FILE, flags=0x0840)]), "ZIP_ENCRYPTED"),
    "method": (write_zip([replace(FILE, method=12)]), "ZIP_METHOD"),
    "directory with content": (write_zip([Entry("a/", b"x")]), "ZIP_NAME"),
    "local name": (write_zip([replace(FILE, local={"name": "b.txt"})]), "ZIP_MISMATCH"),
    "local method": (write_zip([replace(FILE, local={"method": 0})]), "ZIP_MISMATCH"),
    "local size": (write_zip([replace(FILE, local={"size": 5})]), "ZIP_MISMATCH"),
    "local checksum": (write_zip([replace(FILE, local={"crc": 5})]), "ZIP_MISMATCH"),
    "local flags": (write_zip([replace(FILE, local={"flags": 0})]), "ZIP_MISMATCH"),
    "one entry under two names": (overlapping(), "ZIP_OVERLAP"),
    "an entry within another": (nested(), "ZIP_OVERLAP"),
    "data before": (write_zip([FILE], before=b"%PDF-1.7"), "ZIP_HIDDEN_DATA"),
    "data after": (write_zip([FILE], after=b"more"), "ZIP_DAMAGED"),
    "two ends": (write_zip([FILE], comment=struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0, 0, 0, 0, 0)), "ZIP_HIDDEN_DATA"),
    "wrong checksum": (write_zip([replace(FILE, crc=5)]), "ZIP_DAMAGED"),
    "size too small": (write_zip([replace(FILE, size=5)]), "ZIP_DAMAGED"),
    "size too large": (write_zip([replace(FILE, size=5000)]), "ZIP_DAMAGED"),
    "not deflated": (write_zip([Entry("a", b"\xff\xff\xff", method=8)]), "ZIP_DAMAGED"),
    "several volumes": (write_zip([FILE])[:-18] + b"\1\0" + write_zip([FILE])[-16:], "ZIP_METHOD"),
    "cut off": (write_zip([FILE])[:-30], "ZIP_DAMAGED"),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_every_trick_is_refused_by_its_name(trick: str) -> None:
    data, code = TRICKS[trick]
    assert refused(data) == code


def test_an_entry_that_the_directory_leaves_out_is_hidden_data() -> None:
    data = bytearray(write_zip([MIME, FILE]))
    first, second, end = data.index(b"PK\1\2"), data.rindex(b"PK\1\2"), data.rindex(b"PK\5\6")
    tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, second - first, first, 0)
    assert end > second
    assert refused(bytes(data[:second]) + tail) == "ZIP_HIDDEN_DATA"


def exceeded(data: bytes, limits: Limits) -> bool:
    try:
        read_container(data, limits)
    except LimitExceededError:
        return True
    return False


def test_the_number_of_entries_is_limited() -> None:
    entries = [Entry(f"{number}", b"x") for number in range(6)]
    limits = replace(Limits(), asic_entries=5)
    assert not exceeded(write_zip(entries[:5]), limits)
    assert exceeded(write_zip(entries), limits)


def test_the_unpacked_size_is_limited() -> None:
    limits = replace(Limits(), asic_bytes=100)
    assert not exceeded(write_zip([Entry("a", bytes(60)), Entry("b", bytes(40))]), limits)
    assert exceeded(write_zip([Entry("a", bytes(60)), Entry("b", bytes(41))]), limits)


def test_how_tightly_it_is_packed_is_limited() -> None:
    data = write_zip([Entry("a", bytes(50_000), deflate=True)])
    ratio = -(-50_000 // len(data))
    assert not exceeded(data, replace(Limits(), asic_ratio=ratio))
    assert exceeded(data, replace(Limits(), asic_ratio=ratio - 1))


def test_the_length_of_a_name_is_limited() -> None:
    assert not exceeded(write_zip([Entry("a" * 255, b"x")]), Limits())
    assert exceeded(write_zip([Entry("a" * 256, b"x")]), Limits())


def test_a_lie_about_the_size_costs_no_memory() -> None:
    """A gigabyte of zeros that claims to be small stops at its claim."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(64)) + packer.flush()
    entry = Entry("a", packed, method=8, size=1000, crc=0)
    assert refused(write_zip([entry])) == "ZIP_DAMAGED"
