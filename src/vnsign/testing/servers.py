"""TSA, OCSP, CRL and certificate services of the test PKI on 127.0.0.1, for tests of what goes over HTTP."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, ClassVar
from unittest import mock
from urllib.parse import unquote, urlsplit

from vnsign.testing.pki import CRL_ISSUERS, TestPki
from vnsign.testing.tsa import Clock, SimulatedTsa, system_clock

PREFIX = "/vnsign"
"""First part of the paths, as in the addresses that the test certificates name."""

HOST = "pki.vnsign.test"
"""The host that the test certificates name; it exists nowhere."""

_MAX_BODY = 1 << 20


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; also a fault to be answered instead of the truth.

    Attributes:
        body: the bytes.
        media_type: value of ``Content-Type``.
        status: HTTP status.
        location: value of ``Location``, for a redirect.
        delay: seconds to wait before answering.
        repeat: how often the body is sent; above 1 no length is given, so that a small value makes an endless answer.
        pause: seconds between two bodies.
    """

    body: bytes
    media_type: str = "application/octet-stream"
    status: int = 200
    location: str = ""
    delay: float = 0.0
    repeat: int = 1
    pause: float = 0.0


_NOT_FOUND = Reply(b"no such thing", "text/plain", 404)


@dataclass(frozen=True, slots=True)
class Services:
    """Running services. Read-only but for ``requests``.

    Attributes:
        base: ``http://127.0.0.1:PORT``, no slash at the end.
        requests: method and path of every request so far, in order.
    """

    base: str
    requests: list[tuple[str, str]] = field(default_factory=list)

    def tsa(self, family: str = "public") -> str:
        """Address of the time-stamping authority of a family, ``public`` or ``government``."""
        return f"{self.base}{PREFIX}/tsa/{family}"

    def crl(self, issuer: str) -> str:
        """Address of a CRL."""
        return f"{self.base}{PREFIX}/crls/{issuer}/latest.crl"

    def ocsp(self, issuer: str) -> str:
        """Address of an OCSP responder."""
        return f"{self.base}{PREFIX}/ocsp/{issuer}"

    def local(self, url: str) -> str:
        """The local address for an address named in a test certificate (``http://pki.vnsign.test/...``)."""
        return self.base + urlsplit(url).path


@contextmanager
def serve(
    pki: TestPki,
    *,
    clock: Clock = system_clock,
    tsas: Mapping[str, SimulatedTsa] | None = None,
    faults: Mapping[str, Reply] | None = None,
) -> Iterator[Services]:
    """Serve on an ephemeral port of 127.0.0.1 until the block ends.

    Args:
        pki: the test PKI.
        clock: what time CRLs, OCSP answers and time-stamps are made at.
        tsas: authorities by family, to make one lie; honest ones of both families where omitted.
        faults: replies by path (``/vnsign/tsa/public``), given instead of the truth.

    Yields:
        The running services.
    """
    honest = {family: SimulatedTsa.of(pki, family=family, clock=clock) for family in ("public", "government")}
    router = _Router(pki, clock, {**honest, **(tsas or {})}, dict(faults or {}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(router))
    server.daemon_threads = True
    services = Services(f"http://127.0.0.1:{server.server_address[1]}", router.requests)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield services
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@contextmanager
def resolved(services: Services, host: str = HOST) -> Iterator[None]:
    """Let a host name lead to running services, whatever its port, in this process until the block ends.

    Args:
        services: the running services.
        host: the host that the test certificates name, where omitted. It must still be allowed at the network's door.
    """
    port = urlsplit(services.base).port
    real = socket.getaddrinfo

    def look_up(name: object, *rest: Any, **more: Any) -> list[Any]:
        if name != host:
            return real(name, *rest, **more)  # type: ignore[arg-type] # passed on as it came
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", port))]

    with mock.patch("socket.getaddrinfo", look_up):
        yield


@dataclass(frozen=True, slots=True)
class _Router:
    pki: TestPki
    clock: Clock
    tsas: Mapping[str, SimulatedTsa]
    faults: Mapping[str, Reply]
    requests: list[tuple[str, str]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def route(self, method: str, path: str, body: bytes) -> Reply:
        with self.lock:
            self.requests.append((method, path))
        if path in self.faults:
            return self.faults[path]
        parts = path.removeprefix(PREFIX + "/").split("/")
        match method, *parts:
            case "POST", "tsa", family if family in self.tsas:
                return Reply(self.tsas[family].respond(body), "application/timestamp-reply")
            case "GET", "crls", issuer, "latest.crl" if issuer in CRL_ISSUERS:
                return Reply(self.pki.crl(issuer, this_update=self._now()), "application/pkix-crl")
            case "GET", "certs", issuer, "ca.crt" if issuer in CRL_ISSUERS:
                return Reply(self.pki.certificate(issuer).der, "application/pkix-cert")
            case "POST", "ocsp", _:
                return Reply(self._ocsp(body), "application/ocsp-response")
            case "GET", "ocsp", _, *encoded if encoded:
                return Reply(self._ocsp(_decoded("/".join(encoded))), "application/ocsp-response")
            case _:
                return _NOT_FOUND

    def _now(self) -> datetime:
        return self.clock().replace(microsecond=0)

    def _ocsp(self, request: bytes) -> bytes:
        from cryptography.x509 import OCSPNonce, ocsp

        try:
            asked = ocsp.load_der_ocsp_request(request)
            serial = asked.serial_number
            nonces = [item.value.nonce for item in asked.extensions if isinstance(item.value, OCSPNonce)]
        except ValueError:
            return _ocsp_error(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        for name in self.pki.names:
            chain = self.pki.chain(name)
            if chain and chain[0] in self.pki.intermediates and self.pki.certificate(name).x509.serial_number == serial:
                return self.pki.ocsp(name, at=self._now(), nonce=nonces[0] if nonces else None)
        return _ocsp_error(ocsp.OCSPResponseStatus.UNAUTHORIZED)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(unquote(text), validate=True)
    except ValueError:
        return b""


def _ocsp_error(status: object) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp

    return ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus(status)).public_bytes(Encoding.DER)


def _handler(router: _Router) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        pass

    Handler.router = router
    return Handler


class _Handler(BaseHTTPRequestHandler):
    router: ClassVar[_Router]
    timeout: ClassVar[float | None] = 10.0  # seconds; a client that says nothing does not keep its thread

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length", "0")
        self._answer(self.rfile.read(min(int(size), _MAX_BODY)) if size.isdecimal() else b"")

    def _answer(self, body: bytes) -> None:
        reply = self.router.route(self.command, urlsplit(self.path).path, body)
        time.sleep(reply.delay)
        try:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.media_type)
            if reply.repeat == 1:
                self.send_header("Content-Length", str(len(reply.body)))
            if reply.location:
                self.send_header("Location", reply.location)
            self.end_headers()
            for turn in range(reply.repeat):
                if turn:
                    time.sleep(reply.pause)
                self.wfile.write(reply.body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client gave up, which is what a delay is there to provoke

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: requests are kept in ``Services.requests``."""
