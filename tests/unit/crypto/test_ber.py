"""ASN.1 elements: spans within their parents, or EvidenceError."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnsign.crypto import ber
from vnsign.crypto.ber import OCTET_STRING, SEQUENCE, SET, wrap
from vnsign.errors import EvidenceError


def test_an_element_knows_its_places() -> None:
    data = b"xx" + wrap(SEQUENCE, b"\x02\x01\x05") + b"rest"
    found = ber.element(data, 2)
    assert (found.tag, found.encoding, found.content) == (SEQUENCE, data[2:7], b"\x02\x01\x05")
    assert [ber.integer(item) for item in ber.children(found)] == [5]


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_lengths_are_written_as_they_are_read(size: int) -> None:
    found = ber.element(wrap(OCTET_STRING, bytes(size)))
    assert (len(found.content), found.stop) == (size, found.end)


def test_an_indefinite_length_ends_at_its_own_end() -> None:
    inner = b"\x30\x80\x02\x01\x01\0\0"
    found = ber.element(b"\x30\x80" + inner + wrap(OCTET_STRING, b"\0\0") + b"\0\0" + b"\0\0after")
    assert [item.encoding for item in ber.children(found)] == [inner, b"\x04\x02\0\0"]
    assert found.data[found.stop :] == b"\0\0after"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x05\x02\x01",
        b"\x04\x80\0\0",
        b"\x30\x80\x02\x01\x01",
        b"\x30\x85\x01\0\0\0\0",
        b"\x30\x82\x01",
        b"\x1f\x22\x00",
        b"\x30\x80" * 100 + b"\0\0" * 100,
    ],
)
def test_what_is_no_whole_element_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        ber.element(data)


def test_a_child_may_not_reach_out_of_its_parent() -> None:
    with pytest.raises(EvidenceError):
        ber.children(ber.element(b"\x30\x03\x04\x05\x00" + bytes(10)))


@pytest.mark.parametrize(
    "number", ["1.2.840.113549.1.7.2", "2.16.840.1.101.3.4.2.1", "0.4.0.127.0.7", "2.999.3", "1.3.101.112"]
)
def test_object_identifiers_go_both_ways(number: str) -> None:
    assert ber.dotted(ber.oid_content(number)) == number


@pytest.mark.parametrize("content", [b"", b"\x80", b"\x2a\x86"])
def test_broken_object_identifiers_are_refused(content: bytes) -> None:
    with pytest.raises(EvidenceError):
        ber.dotted(content)


def test_strings_in_pieces_are_put_together_and_foreign_pieces_refused() -> None:
    nested = b"\x24\x80" + wrap(OCTET_STRING, b"ab") + b"\x24\x80" + wrap(OCTET_STRING, b"c") + b"\0\0" + b"\0\0"
    assert ber.octets(ber.element(nested)) == b"abc"
    with pytest.raises(EvidenceError):
        ber.octets(ber.element(b"\x24\x80\x02\x01\x01\0\0"))


def test_der_has_sorted_sets_definite_lengths_and_whole_strings() -> None:
    bers = b"\x31\x80" + b"\x24\x80\x04\x01b\0\0" + b"\x04\x81\x01a" + b"\0\0"
    assert ber.to_der(ber.element(bers)) == wrap(SET, wrap(OCTET_STRING, b"a") + wrap(OCTET_STRING, b"b"))
    assert ber.to_der(ber.element(b"\xa0\x80\x04\x01b\x04\x01a\0\0"), tag=SET) == wrap(SET, b"\x04\x01a\x04\x01b")


@pytest.mark.parametrize(
    "data",
    [
        wrap(SEQUENCE, b"\x05\x00" * 200_000),
        b"\x30\x80" + b"\x05\x00" * 200_000 + b"\0\0",
        wrap(SEQUENCE, (b"\x30\x80" + b"\x05\x00" * 2_000 + b"\0\0") * 100),
    ],
)
def test_more_elements_than_any_signature_has_are_refused_early(data: bytes) -> None:
    with pytest.raises(EvidenceError, match="too many elements"):
        ber.children(ber.element(data))


@given(st.binary(max_size=200))
def test_any_bytes_give_an_element_or_an_evidence_error(data: bytes) -> None:
    try:
        found = ber.element(data)
        assert 0 <= found.body <= found.end <= found.stop <= len(data)
        ber.to_der(found)
    except EvidenceError:
        return


@given(st.recursive(st.binary(max_size=20), lambda inner: st.lists(inner, max_size=4), max_leaves=12))
def test_der_of_der_is_itself(tree: object) -> None:
    def encode(node: object) -> bytes:
        return wrap(OCTET_STRING, node) if isinstance(node, bytes) else wrap(SEQUENCE, b"".join(map(encode, node)))  # type: ignore[call-overload]

    data = encode(tree)
    assert ber.to_der(ber.element(data)) == data
