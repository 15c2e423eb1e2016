"""The door, against local servers that misbehave."""

from __future__ import annotations

import asyncio
import gzip
import time

import pytest

from tests.unit.net.raw_answers import endless, ok, status, trickle
from vnsign.errors import ConfigurationError, NetworkError
from vnsign.net.http import FetchPolicy, FetchRequest, fetch

LOCAL = FetchPolicy(allow=("127.0.0.0/8",), seconds=5)


def refused(request: FetchRequest | str, policy: FetchPolicy = LOCAL) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        fetch(request, policy)
    return caught.value


def test_a_body_comes_back_with_status_media_type_and_address(serve):
    server = serve(ok(b"hello", "Content-Type: Application/PKIX-CRL; x=y"))
    found = fetch(server.url, LOCAL)
    assert (found.url, found.status, found.media_type, found.body) == (server.url, 200, "application/pkix-crl", b"hello")


def test_a_post_sends_body_and_media_type_and_neither_cookies_nor_credentials(serve):
    server = serve(ok(b"x"))
    fetch(FetchRequest.post(server.url, b"asked", "application/timestamp-query"), LOCAL)
    head = server.requests[0]
    assert head.startswith(b"POST / HTTP/1.1\r\n")
    assert b"Content-Type: application/timestamp-query\r\n" in head
    assert b"Accept-Encoding: identity\r\n" in head
    assert b"Cookie" not in head
    assert b"Authorization" not in head


def test_loopback_is_refused_without_an_allow_list_and_the_server_sees_nothing(serve):
    server = serve(ok(b"secret"))
    port = server.port
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "0x7f000001", "2130706433", "127.1"):
        error = refused(f"http://{host}:{port}", FetchPolicy(seconds=5))
        assert error.code in ("NETWORK_BLOCKED", "NETWORK_FAILED", "NETWORK_ADDRESS"), (host, error.code, error.message)
    assert refused(server.url, FetchPolicy(seconds=5)).code == "NETWORK_BLOCKED"
    assert refused(f"http://localhost:{port}", FetchPolicy(seconds=5)).code == "NETWORK_BLOCKED"
    assert server.hits == 0


def test_a_host_is_allowed_by_name(serve):
    server = serve(ok(b"here"))
    url = server.url.replace("127.0.0.1", "localhost")
    assert fetch(url, FetchPolicy(allow=("localhost",), seconds=5)).body == b"here"


@pytest.mark.parametrize("form", ["http://127.0.0.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://0x7f000001:{port}/"])
def test_a_redirect_to_a_blocked_address_is_not_followed_and_its_server_sees_nothing(serve, form: str):
    hidden = serve(ok(b"secret"))
    server = serve(status(302, f"Location: {form.format(port=hidden.port)}"))
    error = refused(f"http://localhost:{server.port}/", FetchPolicy(allow=("localhost",), seconds=5))
    assert error.code in ("NETWORK_BLOCKED", "NETWORK_FAILED"), error.message
    assert server.hits == 1
    assert hidden.hits == 0


def test_a_redirect_to_the_metadata_service_is_blocked(serve):
    server = serve(status(302, "Location: http://169.254.169.254/latest/meta-data/"))
    assert refused(server.url).code == "NETWORK_BLOCKED"


def test_a_redirect_is_followed_and_a_loop_of_them_ends(serve):
    goal = serve(ok(b"goal"))
    assert fetch(serve(status(301, f"Location: {goal.url}")).url, LOCAL).url == goal.url
    loop = serve(status(302, "Location: /again"))
    assert refused(loop.url).code == "NETWORK_REDIRECT"
    assert loop.hits == LOCAL.max_redirects + 1


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://example.vn/", "gopher://x/", "http://user:pass@example.vn/", "http://["]
)
def test_a_redirect_to_another_kind_of_address_is_refused(serve, target: str):
    assert refused(serve(status(302, f"Location: {target}")).url).code in ("NETWORK_ADDRESS", "NETWORK_REDIRECT")


def test_a_post_is_never_redirected(serve):
    goal = serve(ok(b"goal"))
    server = serve(status(307, f"Location: {goal.url}"))
    assert refused(FetchRequest.post(server.url, b"x", "text/plain")).code == "NETWORK_REDIRECT"
    assert goal.hits == 0


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.vn/x",
        "//example.vn",
        "example.vn",
        "",
        "http://",
        "http://[::1",
        "data:,x",
        "http://u:p@8.8.8.8/",
    ],
)
def test_only_http_addresses_with_a_host_are_fetched(url: str):
    assert refused(url).code == "NETWORK_ADDRESS"


def test_an_endless_body_is_cut_at_the_limit(serve):
    began = time.monotonic()
    error = refused(serve(endless).url, FetchPolicy(allow=("127.0.0.1",), max_bytes=1 << 20, seconds=20))
    assert error.code == "NETWORK_TOO_LARGE"
    assert time.monotonic() - began < 10


def test_a_declared_length_over_the_limit_is_refused_before_reading(serve):
    error = refused(serve(ok(b"x" * 1001)).url, FetchPolicy(allow=("127.0.0.1",), max_bytes=1000))
    assert error.code == "NETWORK_TOO_LARGE"
    assert fetch(serve(ok(b"x" * 1000)).url, FetchPolicy(allow=("127.0.0.1",), max_bytes=1000)).body == b"x" * 1000


def test_a_packed_body_stays_packed(serve):
    bomb = gzip.compress(b"\0" * 50_000_000)
    found = fetch(serve(ok(bomb, "Content-Encoding: gzip")).url, LOCAL)
    assert found.body == bomb


@pytest.mark.parametrize("play", [trickle, lambda *_: time.sleep(5)])
def test_a_slow_server_meets_one_deadline(serve, play):
    began = time.monotonic()
    error = refused(serve(play).url, FetchPolicy(allow=("127.0.0.1",), seconds=0.5))
    assert error.code == "NETWORK_TIMEOUT"
    assert "0.5 s" in error.message
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (404, "NETWORK_REFUSED"),
        (403, "NETWORK_REFUSED"),
        (503, "NETWORK_STATUS"),
        (429, "NETWORK_STATUS"),
        (304, "NETWORK_STATUS"),
    ],
)
def test_another_status_than_success_is_an_error_that_names_it(serve, code: int, expected: str):
    server = serve(status(code))
    error = refused(server.url)
    assert (error.code, server.url in error.message, str(code) in error.message) == (expected, True, True)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_broken_answer_is_an_error(serve, raw: bytes):
    assert refused(serve(raw).url).code == "NETWORK_FAILED"


def test_a_closed_port_is_an_error_with_address_and_cause(serve):
    server = serve(b"")
    url = server.url
    server.listener.close()
    error = refused(url)
    assert error.code == "NETWORK_FAILED"
    assert url in error.message
    assert error.hint


def test_a_header_with_a_line_end_is_refused(serve):
    server = serve(ok(b"x"))
    assert refused(FetchRequest(server.url, None, (("X", "a\r\nY: b"),))).code == "NETWORK_FAILED"
    assert server.hits == 0


def test_it_works_inside_a_running_event_loop(serve):
    server = serve(ok(b"inside"))

    async def inside() -> bytes:
        return fetch(server.url, LOCAL).body

    assert asyncio.run(inside()) == b"inside"


def test_proxies_of_the_environment_are_not_used(serve, monkeypatch):
    proxy, server = serve(ok(b"proxy")), serve(ok(b"direct"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    assert fetch(server.url, LOCAL).body == b"direct"
    assert proxy.hits == 0


@pytest.mark.parametrize(
    "bounds", [{"max_bytes": 0}, {"seconds": float("inf")}, {"seconds": float("nan")}, {"max_redirects": -1}]
)
def test_bounds_that_mean_nothing_are_refused(bounds: dict):
    with pytest.raises(ConfigurationError):
        FetchPolicy(**bounds)
