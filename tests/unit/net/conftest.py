"""Local servers that answer raw bytes, so that every misbehaviour of a server can be played."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

Answer = Callable[[socket.socket, bytes], None]


@dataclass
class RawServer:
    """A listener on 127.0.0.1 that hands each connection to ``answer``."""

    answer: Answer
    requests: list[bytes] = field(default_factory=list)
    listener: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def hits(self) -> int:
        return len(self.requests)

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(10)
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(65536)
            self.requests.append(request)
            self.answer(connection, request)


@pytest.fixture
def serve() -> Iterator[Callable[[Answer | bytes], RawServer]]:
    """Start a server: with the bytes of its answer, or with a function that plays it."""
    running: list[RawServer] = []

    def start(answer: Answer | bytes) -> RawServer:
        play: Answer = (lambda connection, _: connection.sendall(answer)) if isinstance(answer, bytes) else answer
        running.append(RawServer(play))
        return running[-1]

    yield start
    for server in running:
        server.listener.close()
