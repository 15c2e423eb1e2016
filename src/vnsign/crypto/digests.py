"""Digest algorithms by one name: ``sha256``, ``sha3_256``, ``sha512_256``, ... Weak ones are read; policy judges them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Protocol

from vnsign.errors import ConfigurationError

_NAMES = (
    "md5",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "sha512_224",
    "sha512_256",
    "sha3_224",
    "sha3_256",
    "sha3_384",
    "sha3_512",
    "ripemd160",
)
_SHAKE256_BYTES = 64  # id-shake256 with 512 bits of output: RFC 8419, 2.3, and RFC 8702, 2


class Digest(Protocol):
    """A running digest, as :mod:`hashlib` gives it."""

    @property
    def digest_size(self) -> int:
        """Bytes of the digest."""

    @property
    def name(self) -> str:
        """Name of the algorithm."""

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Take more bytes."""

    def digest(self) -> bytes:
        """The digest of the bytes taken so far."""

    def copy(self) -> Digest:
        """A digest that goes on from here on its own."""


class _Shake256:
    """SHAKE256 with the 64 bytes of output that CMS uses with Ed448."""

    digest_size = _SHAKE256_BYTES
    name = "shake256"

    def __init__(self) -> None:
        self._running = hashlib.shake_256()

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        self._running.update(data)

    def digest(self) -> bytes:
        return self._running.digest(_SHAKE256_BYTES)

    def copy(self) -> _Shake256:
        other = _Shake256()
        other._running = self._running.copy()
        return other


def _constructor(name: str) -> Callable[[], Digest] | None:
    direct: Callable[[], Digest] | None = getattr(hashlib, name, None)
    if direct is not None:
        return direct
    try:
        hashlib.new(name)
    except ValueError:  # the OpenSSL underneath was built without it
        return None
    return lambda: hashlib.new(name)


_CONSTRUCTORS: dict[str, Callable[[], Digest]] = {
    name: found for name in _NAMES if (found := _constructor(name)) is not None
} | {"shake256": _Shake256}

SUPPORTED: frozenset[str] = frozenset(_CONSTRUCTORS)
"""Names that :func:`new` takes. ``ripemd160`` only where the machine's OpenSSL has it."""

_BROKEN = frozenset({"md5", "sha1", "ripemd160"})

FIT_FOR_SIGNING: frozenset[str] = SUPPORTED - _BROKEN
"""Names that may be used in a new signature."""


def new(name: str) -> Digest:
    """Start a digest.

    Args:
        name: one of :data:`SUPPORTED`.

    Returns:
        An object with ``update``, ``digest``, ``copy`` and ``digest_size``.

    Raises:
        ConfigurationError: no such digest here.
    """
    constructor = _CONSTRUCTORS.get(name)
    if constructor is None:
        raise ConfigurationError(f"no digest algorithm {name!r}", code="UNKNOWN_DIGEST", hint=f"one of {sorted(SUPPORTED)}")
    return constructor()


def digest(name: str, data: bytes | bytearray | memoryview) -> bytes:
    """The digest of some bytes. Same error as :func:`new`."""
    running = new(name)
    running.update(data)
    return running.digest()
