"""Help for the tests of signing: the test PKI, a signer that counts, moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.signing.signer import KeySigner
from vnsign.testing.pki import TestPki

PKI = TestPki.load()
AT = datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)


@dataclass
class CountingSigner:
    """A signer that counts how often it is asked."""

    inner: KeySigner
    calls: int = 0
    seen: list[bytes] = field(default_factory=list)

    @property
    def certificate(self) -> Certificate:
        return self.inner.certificate

    @property
    def chain(self) -> Sequence[Certificate]:
        return self.inner.chain

    def sign(self, data: Sequence[bytes], algorithm: SignatureAlgorithm) -> tuple[bytes, ...]:
        self.calls += 1
        self.seen.extend(data)
        return self.inner.sign(data, algorithm)


def counting(name: str = "citizen") -> CountingSigner:
    return CountingSigner(PKI.signer(name))
