"""Whatever the bytes: nothing foreign is raised, and covered content that was changed never passes."""

from __future__ import annotations

import contextlib
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.formats.cms.builder import (
    COUNTER_SIGNATURE,
    archived,
    counter_signature,
    read,
    sound,
    stamped,
    value_of,
    with_unsigned,
)
from tests.unit.pki.cms_factory import CONTENT, Cms, attribute, indefinite
from vnsign.errors import VnsignError


@cache
def sample() -> bytes:
    data = Cms().build()
    data = with_unsigned(data, attribute(COUNTER_SIGNATURE, counter_signature(value_of(data), "citizen")))
    return archived(stamped(data), CONTENT)


@given(st.binary(max_size=200), st.sampled_from([b"", b"0", b"\x30\x80", b"MIIB", b"-----BEGIN CMS-----\n"]))
def test_arbitrary_bytes_raise_nothing_foreign(data: bytes, head: bytes) -> None:
    with contextlib.suppress(VnsignError):
        read(head + data)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_changed_files_raise_nothing_foreign(data: st.DataObject) -> None:
    changed = bytearray(data.draw(st.sampled_from([sample(), indefinite(sample())])))
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 40))
    with contextlib.suppress(VnsignError):
        read(bytes(changed[: len(changed) - cut]))


def test_flipping_any_byte_of_the_content_is_noticed() -> None:
    base = Cms().build()
    start = base.index(CONTENT)
    for place in range(len(CONTENT)):
        changed = bytearray(base)
        changed[start + place] ^= 0x01
        assert not sound(read(bytes(changed)).signatures[0])


@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
def test_flipping_any_byte_of_detached_content_is_noticed(place: int, mask: int) -> None:
    changed = bytearray(CONTENT)
    changed[place] ^= mask
    (found,) = read(Cms(detached=True).build(), {"a": bytes(changed)}).signatures
    assert not sound(found)
