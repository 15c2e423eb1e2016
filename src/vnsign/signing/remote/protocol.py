"""What a remote service that signs digests must be able to do, as values that can be stored between two requests.

``certificates`` says which keys there are. ``start`` asks for signatures, once, and gives a transaction; it is never sent
again, for the holder would be asked twice and the answer that was lost may have been a signature. ``poll`` asks what became of
a transaction, as often as one likes. ``finish`` checks every value before it is used.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from vnsign.crypto import digests
from vnsign.crypto.values import verify_value
from vnsign.errors import ConfigurationError, SigningError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm, SignedValue
from vnsign.model.verdict import CheckStatus
from vnsign.signing.value_check import checked_value

SCHEMA = "vnsign-remote-transaction/1"
UNREACHABLE = "REMOTE_UNREACHABLE"
"""Code of a failure after which the same question may be asked again."""
LOST = "ANSWER_LOST"
"""Code of a failure after which nobody knows whether the request was carried out."""

_MOST_HASHES = 100_000


@dataclass(frozen=True, slots=True)
class RemoteCredential:
    """A key at a service, with its certificate.

    Attributes:
        id: the service's own name for it.
        certificate: the signing certificate.
        chain: issuers that the service gave, issuing CA first, without the root.
        usable: the service says that it can sign now.
        status: in the service's own words.
        most_at_once: signatures for one authorisation; 0: the service sets no bound.
        algorithms: OIDs that the service names; empty: it names none.
        description: for people.
    """

    id: str
    certificate: Certificate
    chain: tuple[Certificate, ...] = ()
    usable: bool = True
    status: str = ""
    most_at_once: int = 0
    algorithms: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class HashOrder:
    """What is to be signed.

    Attributes:
        credential: whose key.
        hashes: the digests, in their order.
        algorithm: how; its digest is that of the hashes.
        description: shown to the holder when asked to confirm, where the service can.

    Raises:
        SigningError: ``ALGORITHM_UNFIT``: no digest, or hashes of another length.
        ConfigurationError: no hash, or too many.
    """

    credential: RemoteCredential
    hashes: tuple[bytes, ...] = field(repr=False)
    algorithm: SignatureAlgorithm
    description: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.hashes) <= _MOST_HASHES:
            raise ConfigurationError(f"{len(self.hashes)} hashes to be signed", code="BAD_BOUND")
        if self.algorithm.digest not in digests.FIT_FOR_SIGNING:
            raise SigningError(
                f"a remote service signs digests; {self.algorithm.key} with {self.algorithm.digest} has none that is fit",
                code="ALGORITHM_UNFIT",
            )
        size = digests.new(self.algorithm.digest).digest_size
        if any(len(item) != size for item in self.hashes):
            raise SigningError(f"a hash that is no {self.algorithm.digest}", code="ALGORITHM_UNFIT")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a transaction: the service was asked for so many signatures together.

    Attributes:
        count: how many.
        reference: the service's own name for what it is doing; empty where it has answered or was not asked yet.
        values: the raw values; empty while it has not answered.
    """

    count: int
    reference: str = ""
    values: tuple[bytes, ...] = field(default=(), repr=False)

    @property
    def done(self) -> bool:
        """Whether the values are there."""
        return len(self.values) == self.count


@dataclass(frozen=True, slots=True)
class Transaction:
    """Signatures that were asked for. Holds no secret; may be stored, and polled in another process.

    Attributes:
        service: which service was asked, its address.
        credential: the service's name for the key.
        certificate: the signing certificate.
        algorithm: of the signatures.
        hashes: what is signed, in order.
        parts: what became of it.
        waits_for: the service's own name for an authorisation that the holder has yet to give; nothing is asked for until then.
    """

    service: str
    credential: str
    certificate: Certificate
    algorithm: SignatureAlgorithm
    hashes: tuple[bytes, ...] = field(repr=False)
    parts: tuple[Part, ...]
    waits_for: str = ""

    @property
    def done(self) -> bool:
        """Whether all values are there."""
        return all(part.done for part in self.parts)

    @property
    def values(self) -> tuple[bytes, ...]:
        """The values that are there, in the order of the hashes."""
        return tuple(value for part in self.parts for value in part.values)

    def to_json(self) -> str:
        """As text."""
        from vnsign.signing.codec import encode

        return json.dumps({"schema": SCHEMA, "transaction": encode(self)})

    @classmethod
    def from_json(cls, text: str) -> Transaction:
        """Read what :meth:`to_json` wrote. The values in it are checked by :func:`finish` before they are used.

        Raises:
            ConfigurationError: ``BAD_TRANSACTION``: it is no transaction.
        """
        try:
            return _decoded(text)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ConfigurationError(f"not a transaction: {error}", code="BAD_TRANSACTION") from error


def _decoded(text: str) -> Transaction:
    from vnsign.signing.codec import decode

    found = json.loads(text)
    if set(found) != {"schema", "transaction"} or found["schema"] != SCHEMA:
        raise ValueError("another schema")
    transaction: Transaction = decode(Transaction, found["transaction"])
    if sum(part.count for part in transaction.parts) != len(transaction.hashes):
        raise ValueError("parts and hashes differ in number")
    return transaction


@dataclass(frozen=True, slots=True)
class Pending:
    """The service has not answered yet.

    Attributes:
        transaction: with what has come so far: poll this one next.
        wait: seconds that the service asks to wait; 0: it does not say.
    """

    transaction: Transaction
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """All values are there, not yet checked: give it to :func:`finish`."""

    transaction: Transaction


@runtime_checkable
class RemoteHashSigner(Protocol):
    """A service that signs digests."""

    def certificates(self) -> tuple[RemoteCredential, ...]:
        """The keys that the service has for this user.

        Raises:
            SignerUnavailableError, AuthorizationRefusedError: the service is not there, refuses, or answers nonsense.
        """
        ...

    def credential(self, name: str) -> RemoteCredential:
        """One key by the service's own name for it.

        Raises:
            SigningError: ``REMOTE_REFUSED``: the service does not know it; others as :meth:`certificates`.
        """
        ...

    def start(self, order: HashOrder) -> Transaction:
        """Ask for the signatures, once: one authorisation by the holder, whatever their number.

        Raises:
            AuthorizationRefusedError: wrong PIN or code, or refused. Never tried twice.
            SignerUnavailableError: ``ANSWER_LOST``: the request was sent and no answer came; it is not sent again.
            SigningError: the service cannot do it.
        """
        ...

    def poll(self, transaction: Transaction) -> Pending | Done:
        """Ask what became of it. May be repeated.

        Raises:
            AuthorizationRefusedError: the holder refused, or did not confirm in time.
            SignerUnavailableError: ``REMOTE_UNREACHABLE``: poll again later; other codes are final.
        """
        ...


def pieces(items: Sequence[bytes], size: int) -> tuple[tuple[bytes, ...], ...]:
    """Cut a sequence into pieces of at most a size, in order."""
    return tuple(tuple(items[start : start + size]) for start in range(0, len(items), size))


def finish(done: Done, data: Sequence[bytes] | None = None) -> tuple[bytes, ...]:
    """The values of a transaction, each verified under the certificate and over its own hash.

    Args:
        done: what :meth:`RemoteHashSigner.poll` gave.
        data: the octets behind the hashes, where they are at hand: messages then say more.

    Raises:
        SigningError: ``SIGNATURE_VALUE_WRONG``: a value that does not verify, with the reason; ``SIGNATURE_ORDER``: they came
            in another order; ``SIGNATURE_COUNT``: not one for each hash.
    """
    transaction = done.transaction
    values = transaction.values
    if len(values) != len(transaction.hashes):
        raise SigningError(
            f"{transaction.service}: gave {len(values)} values for {len(transaction.hashes)} hashes", code="SIGNATURE_COUNT"
        )
    found = []
    for position, (hashed, value) in enumerate(zip(transaction.hashes, values, strict=True)):
        signed = SignedValue(b"" if data is None else data[position], transaction.algorithm, value, prehashed=hashed)
        try:
            found.append(checked_value(transaction.certificate, signed))
        except SigningError:
            _say_order(transaction, signed, position)
            raise
    return tuple(found)


def _say_order(transaction: Transaction, signed: SignedValue, position: int) -> None:
    """Say so when a value that does not verify is another hash's: looked for among the first, as diagnosis only."""
    for other, hashed in enumerate(transaction.hashes[:256]):
        found = verify_value(transaction.certificate, replace(signed, prehashed=hashed))
        if other != position and found.status is CheckStatus.PASSED:
            raise SigningError(
                f"{transaction.service}: value {position + 1} is that of hash {other + 1}: they came in another order",
                code="SIGNATURE_ORDER",
                hint="tell the service; nothing was used",
            ) from None


def decoded(text: Any, what: str) -> bytes:
    """Octets from base64, with line ends in it where a service writes them.

    Raises:
        ValueError: it is no text or no base64.
    """
    if not isinstance(text, str):
        raise ValueError(f"{what}: {type(text).__name__} instead of text")  # noqa: TRY004 - one kind for what a service writes
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{what}: no base64") from None
