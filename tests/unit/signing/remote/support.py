"""Help for the tests of remote signing: a client of the test service, a clock that jumps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.unit.signing.support import PKI
from vnsign.model.facts import SignatureAlgorithm
from vnsign.signing.remote.csc import CscAuthorization, CscService
from vnsign.signing.remote.csc_http import CscEndpoint
from vnsign.signing.remote.protocol import HashOrder
from vnsign.signing.remote.signer import RemoteSigner
from vnsign.testing.csc import OTP, PIN, TOKEN, CscServer

RSA = SignatureAlgorithm("rsa", "sha256", "pkcs1v15")
PSS = SignatureAlgorithm("rsa", "sha256", "pss", "sha256", 32)
ECDSA = SignatureAlgorithm("ecdsa", "sha256")


@dataclass
class Asked:
    """A secret that counts how often it is asked for."""

    answer: str
    times: int = 0

    def __call__(self) -> str:
        self.times += 1
        return self.answer


@dataclass
class JumpingClock:
    """A clock that moves when somebody sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def client(
    server: CscServer, version: str = "v1", *, pin: Callable[[], str] | None = None, otp: Any = None, **options: Any
) -> CscService:
    """A client of the test service with the right secrets."""
    endpoint = CscEndpoint(
        server.v1 if version == "v1" else server.v2,
        token=options.pop("token", lambda: TOKEN),
        allow=("127.0.0.1",),
        seconds=options.pop("seconds", 10.0),
        seconds_to_act=options.pop("seconds_to_act", 10.0),
    )
    authorization = CscAuthorization(pin=pin or (lambda: PIN), otp=otp or (lambda: OTP), sad=options.pop("sad", None))
    return CscService(endpoint, authorization=authorization, **options)


def signer(service: CscService, **options: Any) -> RemoteSigner:
    """A signer of the only credential that never really sleeps."""
    clock = JumpingClock()
    found = RemoteSigner.of(service)
    return RemoteSigner(service, found.credential, clock=clock, sleep=clock.sleep, **options)


def order(service: CscService, count: int = 2, algorithm: SignatureAlgorithm = RSA) -> HashOrder:
    """An order of some hashes."""
    hashes = tuple(hashlib.sha256(str(number).encode()).digest() for number in range(count))
    return HashOrder(service.certificates()[0], hashes, algorithm)


__all__ = ["ECDSA", "OTP", "PIN", "PKI", "PSS", "RSA", "TOKEN", "Asked", "JumpingClock", "client", "order", "signer"]
