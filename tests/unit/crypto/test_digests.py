"""Digests by name."""

from __future__ import annotations

import hashlib

import pytest

from vnsign.crypto import digests
from vnsign.errors import ConfigurationError


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256", "sha384", "sha512", "sha512_256", "sha3_256"])
def test_the_digest_is_hashlibs(name: str) -> None:
    running = digests.new(name)
    running.update(b"a")
    branch = running.copy()
    running.update(b"bc")
    assert running.digest() == hashlib.new(name, b"abc").digest() == digests.digest(name, b"abc")
    assert branch.digest() == digests.digest(name, b"a")
    assert running.digest_size == len(running.digest())


def test_shake256_gives_the_64_bytes_of_cms() -> None:
    running = digests.new("shake256")
    running.update(b"a")
    branch = running.copy()
    running.update(b"b")
    assert running.digest() == hashlib.shake_256(b"ab").digest(64)
    assert branch.digest() == hashlib.shake_256(b"a").digest(64)


@pytest.mark.parametrize("name", ["", "SHA256", "sha256 ", "1.2.3", "blake2b"])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        digests.new(name)
    assert caught.value.code == "UNKNOWN_DIGEST"


def test_every_supported_digest_works_and_broken_ones_are_not_for_signing() -> None:
    for name in digests.SUPPORTED:
        assert len(digests.digest(name, b"")) == digests.new(name).digest_size
    assert {"sha256", "sha384", "sha512"} <= digests.FIT_FOR_SIGNING <= digests.SUPPORTED
    assert not {"md5", "sha1"} & digests.FIT_FOR_SIGNING
