"""Whatever the bytes: nothing foreign is raised, and a container whose covered content was changed never passes."""

from __future__ import annotations

import contextlib
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.formats.asic.builder import ASIC_S, FILES, asic_e_cades, asic_e_xades, cms, container, read, sound, token
from vnsign.errors import VnsignError

FORMS = ["xades", "cades", "simple", "stamped"]


@cache
def entries(form: str) -> dict[str, bytes]:
    name, content = next(iter(FILES.items()))
    return {
        "xades": asic_e_xades(),
        "cades": asic_e_cades(),
        "simple": {name: content, "META-INF/signature.p7s": cms(content)},
        "stamped": {name: content, "META-INF/timestamp.tst": token(content)},
    }[form]


def packed(form: str, files: dict[str, bytes]) -> bytes:
    return container(files, *([ASIC_S] if form in ("simple", "stamped") else []))


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\3\4", b"PK\5\6"]))
def test_arbitrary_bytes_raise_nothing_foreign(data: bytes, head: bytes) -> None:
    with contextlib.suppress(VnsignError):
        read(head + data)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_changed_containers_raise_nothing_foreign(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMS))
    changed = bytearray(packed(form, entries(form)))
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(VnsignError):
        read(bytes(changed))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_changed_entries_raise_nothing_foreign(data: st.DataObject) -> None:
    """The ZIP around them is sound, so that the readers inside see the change."""
    form = data.draw(st.sampled_from(FORMS))
    files = dict(entries(form))
    name = data.draw(st.sampled_from(sorted(files)))
    changed = bytearray(files[name])
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    files[name] = bytes(changed)
    with contextlib.suppress(VnsignError):
        read(packed(form, files))


@pytest.mark.parametrize("form", FORMS)
def test_flipping_any_byte_of_covered_content_is_noticed(form: str) -> None:
    base = entries(form)
    assert sound(read(packed(form, base)).signatures[0])
    for name in base.keys() & FILES.keys():
        for place in range(len(base[name])):
            changed = bytearray(base[name])
            changed[place] ^= 0x20
            assert not sound(read(packed(form, {**base, name: bytes(changed)})).signatures[0])
