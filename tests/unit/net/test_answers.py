"""Statuses that a caller wants to read itself, and requests that show nothing secret."""

from __future__ import annotations

import pytest

from tests.unit.net.raw_answers import status
from vnsign.errors import NetworkError
from vnsign.net.http import FetchPolicy, FetchRequest, fetch

LOCAL = FetchPolicy(allow=("127.0.0.1",), seconds=5, answers=frozenset({400, 503, 302}))


@pytest.mark.parametrize("code", [400, 503])
def test_a_named_status_comes_back_with_its_body(serve, code: int):
    body = b'{"error": "invalid_pin"}'
    server = serve(status(code).replace(b"Content-Length: 0", b"Content-Length: %d" % len(body)) + body)
    found = fetch(FetchRequest(server.url, b"{}"), LOCAL)
    assert (found.status, found.body) == (code, body)


def test_other_statuses_and_redirects_of_a_post_stay_errors(serve):
    for code in (404, 500, 302):
        with pytest.raises(NetworkError):
            fetch(FetchRequest(serve(status(code, "Location: /x")).url, b"{}"), LOCAL)


def test_the_body_of_a_named_status_is_bounded_too(serve):
    server = serve(status(400).replace(b"Content-Length: 0", b"Content-Length: 99") + b"x" * 99)
    with pytest.raises(NetworkError) as refusal:
        fetch(FetchRequest(server.url, b"{}"), FetchPolicy(("127.0.0.1",), 98, 5, answers=frozenset({400})))
    assert refusal.value.code == "NETWORK_TOO_LARGE"


def test_a_request_shows_neither_body_nor_headers():
    assert "secret" not in repr(FetchRequest("https://x/", b"secret", (("Authorization", "secret"),)))
