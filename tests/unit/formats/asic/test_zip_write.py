"""The ZIP writer: deterministic, read alike by every program, and nothing that is there is written anew."""

from __future__ import annotations

import contextlib
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.formats.asic.builder import Entry, container, write_zip
from tests.unit.formats.asic.writing import entries, packed
from vnsign.errors import ConfigurationError, LimitExceededError, UnreadableDocumentError
from vnsign.formats.asic.container import raw_entries, read_container
from vnsign.formats.asic.entry_names import check_file_name, folded, free_number, media_type, uri_of, written
from vnsign.formats.asic.names import Entries
from vnsign.formats.asic.zip_write import NewEntry, with_entries, write_container
from vnsign.model.limits import Limits

MIMETYPE = NewEntry("mimetype", b"application/vnd.etsi.asic-e+zip", stored=True)
FILES = {"đơn.txt": b"application " * 50, "meta.bin": bytes(range(256))}


def made(**more: bytes) -> bytes:
    return write_container([MIMETYPE, *(NewEntry(name, data) for name, data in (FILES | more).items())])


def test_the_same_entries_give_the_same_bytes_and_are_read_by_both_readers() -> None:
    data = made()
    assert data == made()
    found = read_container(data, Limits())
    assert found.mimetype_first
    assert found.entries == entries(data) == {"mimetype": MIMETYPE.content, **FILES}


def test_headers_say_what_they_should() -> None:
    with zipfile.ZipFile(io.BytesIO(made())) as found:
        for info in found.infolist():
            assert not info.flag_bits & ~0x0800, "no data descriptor, no encryption"
            assert bool(info.flag_bits & 0x0800) is not info.filename.isascii()
            assert (info.extra, info.comment, info.date_time) == (b"", b"", (1980, 1, 1, 0, 0, 0))
        first = found.infolist()[0]
        assert (first.filename, first.compress_type, first.header_offset) == ("mimetype", zipfile.ZIP_STORED, 0)
        assert found.getinfo("đơn.txt").compress_type == zipfile.ZIP_DEFLATED
        assert found.getinfo("meta.bin").compress_type == zipfile.ZIP_STORED, "packing would make it larger"
    assert made()[38 : 38 + len(MIMETYPE.content)] == MIMETYPE.content, "where programs look for the media type"


def test_what_packs_too_tightly_is_stored_so_that_it_can_be_read_back() -> None:
    zeros = bytes(3_000_000)
    data = write_container([MIMETYPE, NewEntry("zeros", zeros)])
    assert len(data) > len(zeros)
    assert read_container(data, Limits()).entries["zeros"] == zeros


def test_an_added_entry_leaves_every_byte_before_the_directory_as_it_was() -> None:
    before = made()
    after = with_entries(before, {"META-INF/signature001.p7s": b"value"})
    assert after.startswith(before[: before.index(b"PK\1\2")])
    assert list(entries(after)) == [*entries(before), "META-INF/signature001.p7s"]


def test_a_replaced_entry_stands_where_it_stood_and_others_keep_their_bytes() -> None:
    before = made(last=b"the last")
    after = with_entries(before, {"đơn.txt": b"another and longer text, that is not packed at all: 0123456789"})
    assert list(entries(after)) == list(entries(before))
    rest = ["mimetype", "meta.bin", "last"]
    assert packed(after, rest) == packed(before, rest)
    assert entries(after)["đơn.txt"].startswith(b"another")


def test_a_renamed_entry_keeps_its_content_and_its_name_is_free() -> None:
    after = with_entries(made(), {"meta.bin": b"new"}, renamed={"meta.bin": "old.bin"})
    assert list(entries(after)) == ["mimetype", "đơn.txt", "old.bin", "meta.bin"]
    assert (entries(after)["old.bin"], entries(after)["meta.bin"]) == (FILES["meta.bin"], b"new")


def test_entries_of_other_programs_are_kept_with_descriptors_extra_fields_and_comment() -> None:
    import struct
    import zlib

    content = b"kept as it is"
    descriptor = b"PK\7\x08" + struct.pack("<3I", zlib.crc32(content), len(content), len(content))
    odd = Entry("odd.txt", content, flags=0x0808, descriptor=descriptor, extra=b"\x55\x54\x01\x00\x00")
    folder = Entry("folder/", b"", attributes=0x10)
    before = write_zip([Entry("mimetype", MIMETYPE.content), folder, odd], comment=b"mimetype=text/plain")
    after = with_entries(before, {"new.txt": b"new"})
    assert packed(after, ["odd.txt", "folder/"]) == packed(before, ["odd.txt", "folder/"])
    assert read_container(after, Limits()).comment == b"mimetype=text/plain"


def test_entries_with_sizes_in_a_zip64_field_are_written_anew() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as found, found.open(zipfile.ZipInfo("big.txt"), "w", force_zip64=True) as entry:
        entry.write(b"not so big")
    after = with_entries(stream.getvalue(), {"new.txt": b"new"})
    assert entries(after) == {"big.txt": b"not so big", "new.txt": b"new"}


@pytest.mark.parametrize("limits", [Limits(asic_entries=3), Limits(asic_bytes=700), Limits(asic_name_bytes=12)])
def test_nothing_is_written_that_the_limits_do_not_let_be_read(limits: Limits) -> None:
    with pytest.raises(LimitExceededError):
        with_entries(made(), {"a-longer-name.txt": bytes(200)}, limits=limits)


def test_names_that_programs_take_for_the_same_are_refused() -> None:
    with pytest.raises(UnreadableDocumentError) as caught:
        with_entries(made(), {"META.BIN": b"shadow"})
    assert caught.value.code == "ZIP_DUPLICATE_NAME"


@pytest.mark.parametrize("data", [b"", b"PK\3\4", made()[:-1], made() + b"\0", b"\0" + made()])
def test_what_is_no_container_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableDocumentError):
        with_entries(data, {"new.txt": b"new"})


@given(cut=st.integers(0, 400), value=st.binary(min_size=1, max_size=4))
@settings(deadline=None)
def test_damaged_containers_give_our_errors_alone(cut: int, value: bytes) -> None:
    whole = made()
    at = cut % len(whole)
    damaged = whole[:at] + value + whole[at + len(value) :]
    with contextlib.suppress(UnreadableDocumentError):
        assert raw_entries(with_entries(damaged, {"new.txt": b"new"}), Limits()).entries


@given(st.dictionaries(st.text("abcđơ/ .", min_size=1, max_size=8), st.binary(max_size=300), max_size=5))
@settings(deadline=None)
def test_any_names_that_are_allowed_come_back(files: dict[str, bytes]) -> None:
    allowed: dict[str, bytes] = {}
    for name, data in files.items():
        try:
            check_file_name(name)
            made_ = write_container([MIMETYPE, *(NewEntry(written(n), d) for n, d in (allowed | {name: data}).items())])
        except (ConfigurationError, UnreadableDocumentError):
            continue
        allowed[name] = data
        assert Entries(read_container(made_, Limits()).entries)[uri_of(written(name))] == data


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "/a", "a/", "a//b", "../a", "a/../b", "a\\b", "C:a", "a:b", "a\0b", "a\nb", "dot.", "a ", "x" * 256),
        *("mimetype", "MIMETYPE", "META-INF/x", "meta-inf/x", "META-INF", "mimetype/x", "a\u202eb", 'a"b', "ﬁ/..", "a|b"),
    ],
)  # fmt: skip
def test_names_that_some_program_reads_otherwise_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_file_name(name)
    assert caught.value.code == "ENTRY_NAME"


def test_names_uris_types_and_numbers() -> None:
    assert uri_of("hồ sơ/a&b%20.pdf") == "h%E1%BB%93%20s%C6%A1/a%26b%2520.pdf"
    assert folded("Ｍimetype") == "mimetype"
    assert written("d\u031bo\u031b") == "d\u031b\u01a1"
    assert (media_type("A.PDF"), media_type("none")) == ("application/pdf", "application/octet-stream")
    patterns = ("META-INF/signature{}.p7s", "META-INF/ASiCManifest{}.xml")
    assert free_number(patterns, ()) == 1
    assert free_number(patterns, ("META-INF/signature007.p7s", "meta-inf/asicmanifest12.xml", "META-INF/signatureA.p7s")) == 13


def test_a_container_of_another_program_can_be_extended() -> None:
    before = container(FILES)
    assert entries(with_entries(before, {"x": b"y"}))["x"] == b"y"
    assert entries(with_entries(before, {})) == entries(before)
