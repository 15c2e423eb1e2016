"""Byte ranges: each deviation from the standard form is named; digests are those of the bytes covered."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic

from vnsign.formats.pdf.byterange import ByteRange, RangeDigests, check_gap, read_byte_range

SIZE = 1000


def array(*numbers: Any) -> generic.ArrayObject:
    """A PDF array of numbers; other objects are taken as they are."""
    return generic.ArrayObject([generic.NumberObject(n) if isinstance(n, int) else n for n in numbers])


def test_the_standard_form_has_no_problem() -> None:
    """Two pieces, the first from the start of the file."""
    found = read_byte_range(array(0, 100, 200, 800), SIZE)
    assert found.problems == ()
    assert found.pieces == ((0, 100), (200, 1000))
    assert (found.gap, found.size, found.end) == ((100, 200), 900, 1000)
    assert found.words() == "bytes 0-99, 200-999"


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (None, "pdf.byte-range-missing"),
        (generic.NullObject(), "pdf.byte-range-missing"),
        (array(), "pdf.byte-range-malformed"),
        (array(0, 100, 200), "pdf.byte-range-malformed"),
        (array(0, 100), "pdf.byte-range-malformed"),
        (array(0, 100, 200, 300, 500, 600), "pdf.byte-range-malformed"),
        (array(0, 100, 200, generic.FloatObject("10.5")), "pdf.byte-range-malformed"),
        (generic.NameObject("/x"), "pdf.byte-range-malformed"),
        (array(1, 100, 200, 800), "pdf.byte-range-start"),
        (array(0, -1, 200, 800), "pdf.byte-range-order"),
        (array(0, 300, 200, 800), "pdf.byte-range-order"),
        (array(0, 100, 200, 801), "pdf.byte-range-outside-file"),
        (array(0, 10**18, 10**19, 5), "pdf.byte-range-outside-file"),
    ],
)
def test_each_deviation_is_its_own_problem(value: Any, rule: str) -> None:
    """ISO 32000-2, table 255."""
    assert rule in {problem.rule for problem in read_byte_range(value, SIZE).problems}


def test_a_range_that_cannot_be_digested_covers_nothing() -> None:
    """Overlaps and places outside the file give no digest at all."""
    for numbers in ((0, 300, 200, 800), (0, 100, 200, 801), (0, -5, 10, 20)):
        assert read_byte_range(array(*numbers), SIZE).pieces == ()


STREAM = io.BytesIO(b"a" * 100 + b"<" + b"0f" * 49 + b">" + b"b" * 800)


def test_the_gap_must_be_exactly_this_contents_string() -> None:
    """Nothing else may hide in what is not signed."""
    found = read_byte_range(array(0, 100, 200, 800), SIZE)
    assert check_gap(found, (100, 200), STREAM) == ()
    for token in (None, (100, 190), (90, 200), (300, 400)):
        assert [item.rule for item in check_gap(found, token, STREAM)] == ["pdf.contents-outside-gap"]
    inner = read_byte_range(array(0, 101, 199, 801), SIZE)
    assert [item.rule for item in check_gap(inner, (100, 200), STREAM)] == ["pdf.contents-delimiters-signed"]
    bad = io.BytesIO(b"a" * 100 + b"<" + b"0f" * 20 + b"obj" + b"0f" * 27 + b"0>" + b"b" * 800)
    assert [item.rule for item in check_gap(found, (100, 200), bad)] == ["pdf.contents-not-hexadecimal"]


@given(
    st.binary(min_size=40, max_size=4000),
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), min_size=1, max_size=5),
    st.sampled_from(["sha256", "sha1", "sha512"]),
)
@settings(max_examples=150, deadline=None)
def test_shared_prefixes_give_the_same_digests_as_each_range_alone(data: bytes, cuts: list[tuple[int, int]], name: str) -> None:
    """One pass over the file serves all signatures."""
    ranges = [ByteRange((0, min(c), max(c), len(data) - max(c)), ((0, min(c)), (max(c), len(data)))) for c in cuts]
    digests = RangeDigests(io.BytesIO(data), len(data), ranges)
    assert digests.whole() == hashlib.sha256(data).hexdigest()
    for found, (start, end) in zip(ranges, [(min(c), max(c)) for c in cuts], strict=True):
        assert digests.digest(found, name) == hashlib.new(name, data[:start] + data[end:]).digest()


def test_an_unknown_algorithm_and_an_empty_range_have_no_digest() -> None:
    """No digest is not an empty digest."""
    digests = RangeDigests(io.BytesIO(b"abc"), 3, [ByteRange((0, 3), ((0, 3),))])
    assert digests.digest(ByteRange((0, 3), ((0, 3),)), "1.2.3") is None
    assert digests.digest(ByteRange(), "sha256") is None
