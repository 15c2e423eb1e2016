"""Time-stamp tokens over HTTP, from the simulated authority and from servers that misbehave."""

from __future__ import annotations

import hashlib
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.unit.net.raw_answers import ok, status
from vnsign.errors import ConfigurationError, NetworkError, TimestampUnavailableError
from vnsign.net.http import FetchPolicy, FetchRequest, FetchResult
from vnsign.net.tsa import HttpTimestampAuthority
from vnsign.testing.pki import TestPki
from vnsign.testing.servers import Reply
from vnsign.testing.servers import serve as serve_pki
from vnsign.testing.tsa import Lie, SimulatedTsa

IMPRINT = hashlib.sha256(b"data").digest()
LOOPBACK = ("127.0.0.1",)
REPLY = "Content-Type: application/timestamp-reply"


def authority(url: str, **options) -> HttpTimestampAuthority:
    return HttpTimestampAuthority(url, **{"allow": LOOPBACK, "timeout": 5.0, "wait": 0.0, **options})


def refused(tsa: HttpTimestampAuthority) -> TimestampUnavailableError:
    with pytest.raises(TimestampUnavailableError) as caught:
        tsa.token("sha256", IMPRINT)
    assert tsa.url in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("family", ["public", "government"])
def test_a_token_over_the_imprint_comes_back(family: str):
    with serve_pki(TestPki.load()) as services:
        token = authority(services.tsa(family)).token("sha256", IMPRINT)
        assert IMPRINT in token
        assert [method for method, _ in services.requests] == ["POST"]


def test_loopback_is_refused_without_an_allow_list_and_not_tried_again():
    with serve_pki(TestPki.load()) as services:
        error = refused(authority(services.tsa(), allow=()))
        assert "public internet" in error.message
        assert services.requests == []


def test_a_server_that_is_down_for_a_moment_is_asked_again(serve):
    answers = [status(503), status(503), ok(b"not a token", REPLY)]
    server = serve(lambda connection, _: connection.sendall(answers.pop(0)))
    refused(authority(server.url))
    assert server.hits == 3


def test_the_attempts_end(serve):
    server = serve(status(503))
    error = refused(authority(server.url, tries=2))
    assert server.hits == 2
    assert "attempt 2" in error.message


@pytest.mark.parametrize(
    "answer", [status(403), status(302, "Location: /"), ok(b"<html>", "Content-Type: text/html"), ok(b"x" * 70_000, REPLY)]
)
def test_an_answer_that_would_be_no_better_again_is_not_asked_for_again(serve, answer: bytes):
    server = serve(answer)
    refused(authority(server.url))
    assert server.hits == 1


@pytest.mark.parametrize("lie", [Lie.WRONG_IMPRINT, Lie.WRONG_NONCE])
def test_a_token_that_is_not_the_one_asked_for_is_refused_and_not_tried_again(lie: Lie):
    pki = TestPki.load()
    with serve_pki(pki, tsas={"public": SimulatedTsa.of(pki, lie=lie)}) as services:
        refused(authority(services.tsa()))
        assert len(services.requests) == 1


def test_an_attempt_ends_at_its_timeout():
    with serve_pki(TestPki.load()) as services:
        path = services.tsa().removeprefix(services.base)
    with serve_pki(TestPki.load(), faults={path: Reply(b"", delay=1.5)}) as services:
        began = time.monotonic()
        assert "0.3 s" in refused(authority(services.tsa(), timeout=0.3, tries=2)).message
        assert time.monotonic() - began < 3


class SlowWorld:
    """Authorities on a clock that stands still: each attempt takes as long as it is told to, or its timeout."""

    def __init__(self, *seconds: float) -> None:
        self.now = 0.0
        self.pauses: list[float] = []
        self.attempts = 0
        self._seconds = list(seconds)

    def fetch(self, request: FetchRequest, bounds: FetchPolicy) -> FetchResult:
        self.attempts += 1
        taken = self._seconds.pop(0)
        self.now += min(taken, bounds.seconds)
        if taken > bounds.seconds:
            raise NetworkError(f"{request.url}: no answer in {bounds.seconds} s", code="NETWORK_TIMEOUT")
        pki = TestPki.load()
        answer = SimulatedTsa.of(pki).respond(request.body or b"")
        return FetchResult(request.url, 200, "application/timestamp-reply", answer)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def world(monkeypatch: pytest.MonkeyPatch, *seconds: float) -> SlowWorld:
    made = SlowWorld(*seconds)
    monkeypatch.setattr("vnsign.net.tsa.fetch", made.fetch)
    monkeypatch.setattr("vnsign.net.tsa.time", made)
    return made


@pytest.mark.parametrize("seconds", [2.0, 100.0, 131.0, 180.0])
def test_a_slow_authority_is_waited_for(seconds: float, monkeypatch: pytest.MonkeyPatch):
    slow = world(monkeypatch, seconds)
    assert IMPRINT in HttpTimestampAuthority("http://tsa.example.vn/").token("sha256", IMPRINT)
    assert (slow.attempts, slow.now, slow.pauses) == (1, seconds, [])


def test_three_attempts_are_made_with_growing_pauses(monkeypatch: pytest.MonkeyPatch):
    slow = world(monkeypatch, 200.0, 200.0, 100.0)
    assert IMPRINT in HttpTimestampAuthority("http://tsa.example.vn/").token("sha256", IMPRINT)
    assert (slow.attempts, slow.pauses) == (3, [1.0, 2.0])
    dead = world(monkeypatch, 200.0, 200.0, 200.0, 1.0)
    error = refused(HttpTimestampAuthority("http://tsa.example.vn/"))
    assert "attempt 3" in error.message
    assert (dead.attempts, dead.pauses, dead.now) == (3, [1.0, 2.0], 3 * 180.0 + 3.0)


def test_at_most_four_ask_at_one_time_and_the_fifth_waits(monkeypatch: pytest.MonkeyPatch):
    inside, lock = [0, 0], threading.Lock()
    entered, leave = threading.Semaphore(0), threading.Event()
    slow = SlowWorld(*[1.0] * 6)

    def fetch(request: FetchRequest, bounds: FetchPolicy) -> FetchResult:
        with lock:
            inside[0] += 1
            inside[1] = max(inside)
        entered.release()
        assert leave.wait(30)
        with lock:
            inside[0] -= 1
        return slow.fetch(request, bounds)

    monkeypatch.setattr("vnsign.net.tsa.fetch", fetch)
    tsa = HttpTimestampAuthority("http://four.example.vn/")
    with ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(tsa.token, "sha256", IMPRINT) for _ in range(6)]
        for _ in range(4):
            assert entered.acquire(timeout=30)
        assert not entered.acquire(timeout=0.2)
        leave.set()
        assert all(IMPRINT in item.result(30) for item in waiting)
    assert inside == [0, 4]
    assert slow.attempts == 6


def test_an_authority_is_a_value():
    tsa = authority("http://tsa.example.vn/")
    assert pickle.loads(pickle.dumps(tsa)) == tsa
    assert HttpTimestampAuthority("http://tsa.example.vn/").timeout == 180


@pytest.mark.parametrize("options", [{"tries": 0}, {"parallel": 0}, {"wait": -1.0}, {"timeout": 0.0}, {"allow": ("http://x",)}])
def test_options_that_mean_nothing_are_refused(options: dict):
    with pytest.raises(ConfigurationError):
        authority("http://tsa.example.vn/", **options)
