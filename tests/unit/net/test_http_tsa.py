"""Time-stamp tokens over HTTP, from the simulated authority and from servers that misbehave."""

from __future__ import annotations

import hashlib
import pickle
import time

import pytest

from tests.unit.net.raw_answers import ok, status
from vnsign.errors import ConfigurationError, TimestampUnavailableError
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


def test_an_authority_is_a_value():
    tsa = authority("http://tsa.example.vn/")
    assert pickle.loads(pickle.dumps(tsa)) == tsa
    assert HttpTimestampAuthority("http://tsa.example.vn/").timeout == 180


@pytest.mark.parametrize("options", [{"tries": 0}, {"wait": -1.0}, {"timeout": 0.0}, {"allow": ("http://x",)}])
def test_options_that_mean_nothing_are_refused(options: dict):
    with pytest.raises(ConfigurationError):
        authority("http://tsa.example.vn/", **options)
