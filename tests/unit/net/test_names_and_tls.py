"""Name resolution and TLS at the door."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.unit.net.raw_answers import ok
from vnsign.errors import NetworkError
from vnsign.net.http import FetchPolicy, fetch
from vnsign.testing.pki import TestPki


def refused(url: str, policy: FetchPolicy) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        fetch(url, policy)
    return caught.value


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        del host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr("vnsign.net.session.socket.getaddrinfo", look_up)


def test_a_public_name_that_resolves_to_a_local_address_is_blocked_and_the_server_sees_nothing(serve, monkeypatch):
    server = serve(ok(b"secret"))
    resolve_to(monkeypatch, "127.0.0.1", "10.0.0.1")
    error = refused(f"http://tsa.example.vn:{server.port}/", FetchPolicy(seconds=5))
    assert error.code == "NETWORK_BLOCKED"
    assert "127.0.0.1, 10.0.0.1" in error.message
    assert "tsa.example.vn" in error.hint
    assert server.hits == 0


def test_an_allowed_range_admits_a_name_that_resolves_into_it(serve, monkeypatch):
    server = serve(ok(b"inside"))
    resolve_to(monkeypatch, "127.0.0.1")
    found = fetch(f"http://tsa.example.vn:{server.port}/", FetchPolicy(allow=("127.0.0.0/8",), seconds=5))
    assert found.body == b"inside"
    assert f"Host: tsa.example.vn:{server.port}".encode() in server.requests[0]


def test_a_name_that_does_not_resolve_is_an_error_with_its_name(monkeypatch):
    def look_up(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("vnsign.net.session.socket.getaddrinfo", look_up)
    error = refused("http://absent.example.vn/", FetchPolicy(seconds=5))
    assert error.code == "NETWORK_FAILED"
    assert "absent.example.vn" in error.message


def test_a_name_server_that_hangs_cannot_outlive_the_deadline(monkeypatch):
    release = threading.Event()

    def look_up(*_: object, **__: object) -> list[object]:
        release.wait(5)
        return []

    monkeypatch.setattr("vnsign.net.session.socket.getaddrinfo", look_up)
    began = time.monotonic()
    assert refused("http://slow.example.vn/", FetchPolicy(seconds=0.3)).code == "NETWORK_TIMEOUT"
    assert time.monotonic() - began < 2
    release.set()


def test_a_server_whose_certificate_nobody_vouches_for_is_not_believed(tmp_path: Path, serve):
    credential = TestPki.load().credential("public-root")
    pem = credential.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "server.pem").write_bytes(credential.certificate.x509.public_bytes(Encoding.PEM) + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    listener = socket.create_server(("127.0.0.1", 0))

    def handshake() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    secure.sendall(ok(b"secret"))
            except OSError:
                return

    thread = threading.Thread(target=handshake, daemon=True)
    thread.start()
    url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
    error = refused(url, FetchPolicy(allow=("127.0.0.1",), seconds=5))
    thread.join(5)
    listener.close()
    assert error.code == "NETWORK_FAILED"
    assert "certificate" in error.message.lower()
