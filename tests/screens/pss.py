"""A signer of the test PKI whose RSASSA-PSS values are the same each time (RFC 8017, 9.1.1, with a salt made of the message).

Screens show digests of files. With a random salt they would be others each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.testing.pki import Credential


@dataclass(frozen=True)
class SteadySigner:
    """Signs with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes."""

    credential: Credential = field(repr=False)

    @property
    def certificate(self) -> Certificate:
        return self.credential.certificate

    @property
    def chain(self) -> Sequence[Certificate]:
        return self.credential.chain[:-1]

    def sign(self, data: Sequence[bytes], algorithm: SignatureAlgorithm) -> tuple[bytes, ...]:
        assert (algorithm.key, algorithm.padding, algorithm.digest) == ("rsa", "pss", "sha256")
        return tuple(self._value(item) for item in data)

    def _value(self, data: bytes) -> bytes:
        key: Any = self.credential.private_key
        numbers = key.private_numbers()
        modulus = numbers.public_numbers.n
        encoded = _encoded(data, modulus.bit_length() - 1)
        value = pow(int.from_bytes(encoded, "big"), numbers.d, modulus)
        return value.to_bytes((modulus.bit_length() + 7) // 8, "big")


def _encoded(data: bytes, bits: int) -> bytes:
    digest = hashlib.sha256(data).digest()
    salt = hashlib.sha256(b"salt" + digest).digest()
    length = (bits + 7) // 8
    seal = hashlib.sha256(bytes(8) + digest + salt).digest()
    block = bytes(length - len(salt) - len(seal) - 2) + b"\x01" + salt
    masked = bytearray(one ^ other for one, other in zip(block, _mask(seal, len(block)), strict=True))
    masked[0] &= 0xFF >> (8 * length - bits)
    return bytes(masked) + seal + b"\xbc"


def _mask(seed: bytes, length: int) -> bytes:
    blocks = (hashlib.sha256(seed + counter.to_bytes(4, "big")).digest() for counter in range(-(-length // 32)))
    return b"".join(blocks)[:length]
