"""Patience: pauses that grow, an end, questions asked again, requests never."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.signing.remote.support import PKI, RSA, JumpingClock
from vnsign.errors import AuthorizationRefusedError, ConfigurationError, SignerUnavailableError, SigningError
from vnsign.model.facts import SignatureAlgorithm
from vnsign.signing.remote.protocol import (
    UNREACHABLE,
    Done,
    HashOrder,
    Part,
    Pending,
    RemoteCredential,
    Transaction,
    finish,
    pieces,
)
from vnsign.signing.remote.signer import Patience, RemoteSigner
from vnsign.signing.signer import sign_with

CREDENTIAL = RemoteCredential("one", PKI.certificate("citizen"))


@dataclass
class Service:
    """A service that plays a list: errors are raised, ``None`` is "not yet", numbers are "not yet, wait so long"."""

    plays: list[object] = field(default_factory=list)
    starts: int = 0
    polls: int = 0
    start_error: Exception | None = None

    def certificates(self) -> tuple[RemoteCredential, ...]:
        return (CREDENTIAL,)

    def credential(self, name: str) -> RemoteCredential:
        return CREDENTIAL

    def start(self, order: HashOrder) -> Transaction:
        self.starts += 1
        if self.start_error is not None:
            raise self.start_error
        part = Part(len(order.hashes), "r")
        return Transaction("https://x", "one", order.credential.certificate, order.algorithm, order.hashes, (part,))

    def poll(self, transaction: Transaction) -> Pending | Done:
        self.polls += 1
        play = self.plays.pop(0) if self.plays else "done"
        if isinstance(play, Exception):
            raise play
        if play == "done":
            values = tuple(sign_with(PKI.credential("citizen").private_key, item, RSA) for item in DATA)
            return Done(replace(transaction, parts=(Part(len(DATA), values=values),)))
        return Pending(transaction, float(play or 0))


DATA = (b"a", b"b")


def signed(service: Service, **patience: float) -> tuple[tuple[bytes, ...], JumpingClock]:
    clock = JumpingClock()
    remote = RemoteSigner(service, CREDENTIAL, patience=Patience(**patience), clock=clock, sleep=clock.sleep)
    return remote.sign(DATA, RSA), clock


def test_pauses_grow_to_a_bound_and_the_services_wish_is_heard():
    service = Service([None, None, None, 7.0, None])
    _, clock = signed(service, first=2.0, longest=8.0, growth=2.0)
    assert clock.slept == [2.0, 4.0, 8.0, 8.0, 8.0, 8.0]
    _, clock = signed(Service([6.0, None]), first=1.0, longest=8.0, growth=2.0)
    assert clock.slept == [1.0, 6.0, 8.0]


def test_patience_ends_and_the_transaction_was_told():
    service = Service([None] * 1_000)
    clock = JumpingClock()
    told: list[Transaction] = []
    remote = RemoteSigner(service, CREDENTIAL, started=told.append, clock=clock, sleep=clock.sleep)
    with pytest.raises(SignerUnavailableError) as refusal:
        remote.sign(DATA, RSA)
    assert refusal.value.code == "REMOTE_TIMEOUT"
    assert clock.now == pytest.approx(300)
    assert service.starts == 1
    service.plays = []
    assert len(finish(remote.wait(told[0]), DATA)) == 2, "confirmed later, and polled later"


def test_a_question_without_an_answer_is_asked_again_and_the_request_is_not():
    lost = SignerUnavailableError("down", code=UNREACHABLE)
    service = Service([lost, lost, None])
    assert len(signed(service)[0]) == 2
    assert (service.starts, service.polls) == (1, 4)


@pytest.mark.parametrize(
    "error", [AuthorizationRefusedError("no"), SignerUnavailableError("x", code="ANSWER_LOST"), SigningError("no")]
)
def test_any_other_answer_is_final(error: Exception):
    service = Service([error])
    with pytest.raises(type(error)):
        signed(service)
    assert (service.starts, service.polls) == (1, 1)


def test_a_start_that_failed_is_not_repeated():
    service = Service(start_error=SignerUnavailableError("lost", code="ANSWER_LOST"))
    with pytest.raises(SignerUnavailableError):
        signed(service)
    assert (service.starts, service.polls) == (1, 0)


def test_nothing_to_sign_starts_nothing():
    service = Service()
    assert RemoteSigner(service, CREDENTIAL).sign([], RSA) == ()
    assert service.starts == 0


@pytest.mark.parametrize("options", [{"seconds": 0}, {"first": 0}, {"first": 9, "longest": 8}, {"growth": 0.5}])
def test_patience_that_means_nothing_is_refused(options: dict):
    with pytest.raises(ConfigurationError):
        Patience(**options)


def hashed(*data: bytes) -> tuple[bytes, ...]:
    return tuple(hashlib.sha256(item).digest() for item in data)


def test_an_order_takes_hashes_of_its_digest_only():
    for hashes in ((), (b"short",), (*hashed(b"a"), b"x" * 20)):
        with pytest.raises((ConfigurationError, SigningError)):
            HashOrder(CREDENTIAL, hashes, RSA)
    with pytest.raises(SigningError):
        HashOrder(CREDENTIAL, (b"",), SignatureAlgorithm("ed25519"))


def transaction(*values: bytes) -> Transaction:
    part = Part(len(values), values=values)
    return Transaction("https://x", "one", PKI.certificate("citizen"), RSA, hashed(b"a", b"b"), (part,))


def test_each_value_is_verified_over_its_own_hash():
    values = tuple(sign_with(PKI.credential("citizen").private_key, item, RSA) for item in DATA)
    assert finish(Done(transaction(*values))) == values
    for wrong, code in (
        (values[::-1], "SIGNATURE_ORDER"),
        (values[:1], "SIGNATURE_COUNT"),
        ((values[0], values[0]), "SIGNATURE_ORDER"),
        ((values[0], b"x" * 256), "SIGNATURE_VALUE_WRONG"),
    ):
        for data in (None, DATA):
            with pytest.raises(SigningError) as refusal:
                finish(Done(transaction(*wrong)), data)
            assert refusal.value.code == code


def test_a_transaction_survives_json():
    whole = replace(transaction(b"x" * 256, b"y" * 256), waits_for="h")
    assert Transaction.from_json(whole.to_json()) == whole


@given(st.text(max_size=200) | st.sampled_from(["{}", '{"schema": 1, "transaction": 2}', "[" * 100_000, "null", '"x"']))
def test_no_text_is_taken_for_a_transaction(text: str):
    with pytest.raises(ConfigurationError):
        Transaction.from_json(text)


def test_a_transaction_whose_numbers_do_not_fit_is_refused():
    with pytest.raises(ConfigurationError):
        Transaction.from_json(transaction(b"x").to_json())


@given(st.lists(st.binary(max_size=2), max_size=30), st.integers(1, 9))
def test_pieces_are_the_whole_in_order(items: list[bytes], size: int):
    found = pieces(items, size)
    assert [item for piece in found for item in piece] == items
    assert all(0 < len(piece) <= size for piece in found)
