"""A key at a remote service as a :class:`~vnsign.signing.signer.Signer`: one request for all, then patience."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from vnsign.crypto import digests
from vnsign.errors import ConfigurationError, SignerUnavailableError, SigningError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.signing.remote.protocol import (
    UNREACHABLE,
    Done,
    HashOrder,
    Pending,
    RemoteCredential,
    RemoteHashSigner,
    Transaction,
    finish,
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the holder has, and how often the service is asked meanwhile.

    Attributes:
        seconds: for everything; services give a holder about five minutes.
        first: seconds before the first question.
        longest: seconds between two questions at most.
        growth: each pause is so many times the one before.

    Raises:
        ConfigurationError: ``BAD_BOUND``.
    """

    seconds: float = 300.0
    first: float = 2.0
    longest: float = 10.0
    growth: float = 1.5

    def __post_init__(self) -> None:
        if not (self.seconds > 0 and 0 < self.first <= self.longest and self.growth >= 1):
            raise ConfigurationError("patience: positive seconds, pauses that do not shrink", code="BAD_BOUND")


def _nobody(_: Transaction) -> None:
    return None


@dataclass(frozen=True, slots=True)
class RemoteSigner:
    """Signs through a remote service: all data of a call with one authorisation.

    Attributes:
        service: what speaks to the service.
        credential: the key there.
        description: shown to the holder when asked to confirm, where the service can.
        patience: how long to wait.
        started: told the transaction once the service has it, so that it can be stored: should this process end, the
            transaction can be polled by another (:meth:`wait`).
        clock: seconds that only grow.
        sleep: waits for so many seconds.
    """

    service: RemoteHashSigner
    credential: RemoteCredential
    description: str = ""
    patience: Patience = Patience()
    started: Callable[[Transaction], None] = _nobody
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    @classmethod
    def of(cls, service: RemoteHashSigner, credential: str = "") -> RemoteSigner:
        """The signer for a credential, or for the only one there is.

        Args:
            service: what speaks to the service.
            credential: the service's name for the key; empty: there must be one that can sign.

        Raises:
            SignerUnavailableError: ``KEY_NOT_FOUND``, ``KEY_AMBIGUOUS``, or as the service.
        """
        if credential:
            return cls(service, _named(service, credential))
        found = service.certificates()
        fitting = [item for item in found if item.usable]
        if len(fitting) == 1:
            return cls(service, fitting[0])
        there = ", ".join(f"{item.id!r} ({item.status})" for item in found) or "none"
        if not fitting:
            raise SignerUnavailableError(f"no credential that can sign at the service (there: {there})", code="KEY_NOT_FOUND")
        raise SignerUnavailableError(
            f"{len(fitting)} credentials at the service: {there}", code="KEY_AMBIGUOUS", hint="name one of them"
        )

    @property
    def certificate(self) -> Certificate:
        """The signing certificate, as the service gave it when the signer was made."""
        return self.credential.certificate

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """The issuers that the service gave."""
        return self.credential.chain

    def sign(self, data: Sequence[bytes], algorithm: SignatureAlgorithm) -> tuple[bytes, ...]:
        """Digest the data, ask once for all signatures, wait, and check each value. See :meth:`Signer.sign`.

        Raises:
            AuthorizationRefusedError: refused by holder or service. Never tried twice.
            SignerUnavailableError: ``ANSWER_LOST``: no answer to a request that may have been carried out; it is not sent
                again. ``REMOTE_TIMEOUT``: the holder did not confirm in time.
            SigningError: ``SIGNATURE_VALUE_WRONG``, ``SIGNATURE_ORDER``, ``SIGNATURE_COUNT``; ``ALGORITHM_UNFIT``.
        """
        if not data:
            return ()
        if algorithm.digest not in digests.FIT_FOR_SIGNING:
            raise SigningError(f"a remote service makes no {algorithm.key} signatures of digests", code="ALGORITHM_UNFIT")
        hashes = tuple(digests.digest(algorithm.digest, item) for item in data)
        transaction = self.service.start(HashOrder(self.credential, hashes, algorithm, self.description))
        self.started(transaction)
        return finish(self.wait(transaction), data)

    def wait(self, transaction: Transaction) -> Done:
        """Poll until the service has answered. Questions that got no answer are asked again; nothing else is.

        Args:
            transaction: what :attr:`started` was told, perhaps in another process.

        Raises:
            SignerUnavailableError: ``REMOTE_TIMEOUT``: patience is at its end; the transaction may still be polled.
            AuthorizationRefusedError, SigningError: as the service.
        """
        if transaction.done:
            return Done(transaction)
        deadline = self.clock() + self.patience.seconds
        pause = self.patience.first
        while True:
            left = deadline - self.clock()
            if left <= 0:
                raise SignerUnavailableError(
                    f"{transaction.service}: not confirmed within {self.patience.seconds:g} s",
                    code="REMOTE_TIMEOUT",
                    hint="confirm sooner in the service's app; what was confirmed later is not used",
                )
            self.sleep(min(pause, left))
            found = self._polled(transaction)
            if isinstance(found, Done):
                return found
            transaction = found.transaction
            pause = min(max(pause * self.patience.growth, found.wait), self.patience.longest)

    def _polled(self, transaction: Transaction) -> Pending | Done:
        try:
            return self.service.poll(transaction)
        except SignerUnavailableError as error:
            if error.code != UNREACHABLE:
                raise
            return Pending(transaction)


def _named(service: RemoteHashSigner, name: str) -> RemoteCredential:
    try:
        return service.credential(name)
    except SigningError as error:
        if error.code != "REMOTE_REFUSED":
            raise
        raise SignerUnavailableError(
            f"no credential {name!r} at the service: {error.message}", code="KEY_NOT_FOUND", hint="check its name"
        ) from error
