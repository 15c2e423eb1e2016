"""The inside of the door, on aiohttp: one session, one gate a hop, one deadline. Imported only when something is fetched."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from vnsign.errors import NetworkError
from vnsign.net.guard import AllowList, Gate, parse_address
from vnsign.net.http import FetchPolicy, FetchRequest, FetchResult

_CHUNK = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = (408, 425, 429)
_LATER = "try again later; without the answer the matter stays undetermined"


class ThreadResolver(AbstractResolver):
    """Resolves names in a thread of its own, so that a name server that hangs cannot outlive the deadline."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """The addresses of a host, as the operating system knows them."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Any]] = loop.create_future()

        def settle(found: list[Any] | None, error: OSError | None) -> None:
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(found or [])

        def look_up() -> None:
            found, problem = None, None
            try:
                found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
            except (OSError, UnicodeError) as error:
                problem = error if isinstance(error, OSError) else OSError(str(error))
            with contextlib.suppress(RuntimeError):  # the loop is closed: the deadline has passed and nobody waits
                loop.call_soon_threadsafe(settle, found, problem)

        threading.Thread(target=look_up, name="vnsign-resolve", daemon=True).start()
        return [
            ResolveResult(
                hostname=host, host=target[0], port=target[1], family=kind, proto=protocol, flags=socket.AI_NUMERICHOST
            )
            for kind, _, protocol, _, target in await answer
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def run(request: FetchRequest, policy: FetchPolicy) -> FetchResult:
    """See :func:`vnsign.net.http.fetch`."""
    url = _checked(request.url, request.url)
    try:
        async with asyncio.timeout(policy.seconds):
            for _ in range(policy.max_redirects + 1):
                found = await _hop(url, request, policy)
                if isinstance(found, FetchResult):
                    return found
                url = found
    except TimeoutError:
        raise NetworkError(f"{url}: no answer within {policy.seconds:g} s", code="NETWORK_TIMEOUT", hint=_LATER) from None
    raise NetworkError(f"{request.url}: more than {policy.max_redirects} redirects", code="NETWORK_REDIRECT")


async def _hop(url: URL, request: FetchRequest, policy: FetchPolicy) -> FetchResult | URL:
    """One request: its result, or where it is redirected to."""
    gate = Gate(url.host or "", AllowList.of(*policy.allow))
    _check_literal(url, gate)
    connector = aiohttp.TCPConnector(
        resolver=ThreadResolver(), use_dns_cache=False, force_close=True, limit=1, family=socket.AF_UNSPEC, socket_factory=gate
    )
    headers = {"User-Agent": policy.user_agent, "Accept-Encoding": "identity", **dict(request.headers)}
    method = "GET" if request.body is None else "POST"
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=policy.seconds),
                read_bufsize=_CHUNK,
            ) as session,
            session.request(method, url, data=request.body, headers=headers, allow_redirects=False) as response,
        ):
            if response.status in _REDIRECTS:
                return _target(url, request, response)
            if not 200 <= response.status < 300 and response.status not in policy.answers:
                raise _failed_status(url, response.status)
            body = await _body(url, response, policy.max_bytes)
            return FetchResult(str(url), response.status, response.content_type.lower(), body)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if isinstance(error, TimeoutError):
            raise
        raise _failed(url, gate, error) from error


async def _body(url: URL, response: aiohttp.ClientResponse, most: int) -> bytes:
    declared = response.content_length
    parts, size = [], 0
    if declared is None or declared <= most:
        async for chunk in response.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > most:
                break
            parts.append(chunk)
        else:
            return b"".join(parts)
    raise NetworkError(f"{url}: the answer has more than {most} bytes", code="NETWORK_TOO_LARGE")


def _checked(text: str, origin: str) -> URL:
    try:
        url = URL(text)
        host, _ = url.host, url.port
    except ValueError as error:
        raise NetworkError(f"{origin}: not an address ({error})", code="NETWORK_ADDRESS") from error
    if url.scheme not in ("http", "https") or not host:
        raise NetworkError(f"{origin}: only http and https addresses with a host are fetched", code="NETWORK_ADDRESS")
    if url.user is not None or url.password is not None:
        raise NetworkError(
            f"{url.scheme}://{host}: an address with a user name or password is not fetched", code="NETWORK_ADDRESS"
        )
    return url.with_fragment(None)


def _check_literal(url: URL, gate: Gate) -> None:
    """Refuse a literal before anything is done. The gate would refuse it too; this only names it sooner."""
    address = parse_address(url.host or "")
    if address is not None and not gate.opens(address):
        gate.refused.append(str(address))
        raise _blocked(url, gate)


def _target(url: URL, request: FetchRequest, response: aiohttp.ClientResponse) -> URL:
    location = response.headers.get("Location", "")
    if request.body is not None:
        raise NetworkError(f"{url}: a POST is not redirected ({response.status})", code="NETWORK_REDIRECT")
    try:
        target = _checked(str(url.join(URL(location))), f"{url}: redirect")
    except ValueError as error:
        raise NetworkError(f"{url}: redirect to what is no address", code="NETWORK_REDIRECT") from error
    if url.scheme == "https" and target.scheme != "https":
        raise NetworkError(f"{url}: a redirect from https to http is not followed", code="NETWORK_REDIRECT")
    return target


def _failed_status(url: URL, status: int) -> NetworkError:
    if 400 <= status < 500 and status not in _BUSY:
        return NetworkError(f"{url}: the server answered {status}", code="NETWORK_REFUSED", hint="check the address")
    return NetworkError(f"{url}: the server answered {status}", code="NETWORK_STATUS", hint=_LATER)


def _blocked(url: URL, gate: Gate) -> NetworkError:
    return NetworkError(
        f"{url}: {', '.join(dict.fromkeys(gate.refused))} is not an address of the public internet",
        code="NETWORK_BLOCKED",
        hint=f"allow the host ({gate.host}) or its range of addresses, if it is meant to be reached",
    )


def _failed(url: URL, gate: Gate, error: Exception) -> NetworkError:
    if gate.refused:
        return _blocked(url, gate)
    return NetworkError(f"{url}: {_detail(error)}", code="NETWORK_FAILED", hint=_LATER)


def _detail(error: Exception) -> str:
    """The cause without the client library's own words around it."""
    inner = getattr(error, "os_error", None)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host name is not known"
    if isinstance(inner, OSError) and not isinstance(error, aiohttp.ClientSSLError):
        return f"cannot connect ({inner.strerror or inner})"
    return str(error) or type(error).__name__
