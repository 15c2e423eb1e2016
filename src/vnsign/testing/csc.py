"""A remote signing service on 127.0.0.1 that speaks the CSC API, v1.0.4 and v2, with keys of the test PKI.

It keeps the rules that real services keep: an authorisation is for a number of signatures and for certain hashes, a one-time
code serves once, three wrong PINs lock. What it does wrong can be asked for.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, ClassVar
from urllib.parse import urlsplit

from vnsign.testing.csc_keys import described, signature
from vnsign.testing.pki import TestPki
from vnsign.testing.servers import Reply

TOKEN = "test-access-token"  # noqa: S105 - of the test service
PIN = "12345678"
OTP = "314159"

_MAX_BODY = 4 << 20
_PIN_TRIES = 3


class CscLie(StrEnum):
    """What the service does wrong when it signs."""

    NONE = "none"
    HEXADECIMAL = "hexadecimal"
    """Values as hexadecimal text."""
    WRONG_ORDER = "wrong-order"
    """The values of a call in reverse order."""
    ONE_TOO_FEW = "one-too-few"
    ONE_TOO_MANY = "one-too-many"
    NOT_TEXT = "not-text"
    """Numbers where texts should be."""
    OTHER_KEY = "other-key"
    DIGESTED_AGAIN = "digested-again"
    """The hash was digested once more."""
    EXPIRED_SAD = "expired-sad"
    """The authorisation has expired when it is used."""
    LOST_ANSWER = "lost-answer"
    """It signs, and the connection ends without an answer."""


@dataclass(frozen=True, slots=True)
class CscBehaviour:
    """How the service is set up.

    Attributes:
        credentials: names of the test PKI's certificates that it holds keys of.
        multisign: signatures for one authorisation.
        hashes_a_call: more in one ``signHash`` are refused.
        pin: it asks for a PIN.
        otp: it asks for a one-time code, which it sends when told to.
        polls: v2 with ``operationMode`` A: answers "not yet" so often.
        confirms_after: v2: the holder confirms on the phone after so many ``authorizeCheck``; 0: no phone.
        extends: v1: an authorisation serves one call, and is renewed for the next.
        algorithms: OIDs that it names for RSA and EC keys; the key's own where empty.
        status: of the certificates, in the service's words.
        cert_info: it writes the fields of certificates as text when asked to, rather than refuse.
        lie: what it does wrong.
        faults: replies by method (``signatures/signHash``), given instead of the truth.
    """

    credentials: tuple[str, ...] = ("citizen",)
    multisign: int = 10_000
    hashes_a_call: int = 100
    pin: bool = True
    otp: bool = False
    polls: int = 0
    confirms_after: int = 0
    extends: bool = False
    algorithms: tuple[str, ...] = ()
    status: str = "valid"
    cert_info: bool = True
    lie: CscLie = CscLie.NONE
    faults: Mapping[str, Reply] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CscServer:
    """A running service.

    Attributes:
        base: ``http://127.0.0.1:PORT``.
        requests: method and JSON body of every request so far, in order.
        signed: how many signatures it made.
    """

    base: str
    requests: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    signed: list[bytes] = field(default_factory=list)

    @property
    def v1(self) -> str:
        """Base address of v1."""
        return f"{self.base}/csc/v1"

    @property
    def v2(self) -> str:
        """Base address of v2."""
        return f"{self.base}/csc/v2"

    def count(self, method: str) -> int:
        """How often a method was called."""
        return Counter(name for name, _ in self.requests)[method]


@contextmanager
def serve_csc(pki: TestPki, behaviour: CscBehaviour | None = None) -> Iterator[CscServer]:
    """Serve on an ephemeral port of 127.0.0.1 until the block ends.

    Args:
        pki: the test PKI.
        behaviour: how it is set up; honest, with a PIN, where omitted.

    Yields:
        The running service. Access token, PIN and one-time code are :data:`TOKEN`, :data:`PIN`, :data:`OTP`.
    """

    class Handler(_Handler):
        pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running = CscServer(f"http://127.0.0.1:{server.server_address[1]}")
    Handler.service = _Service(pki, behaviour or CscBehaviour(), running)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class _RefusedError(Exception):
    """The service says no: status, word, words."""

    def __init__(self, word: str, words: str, status: int = 400) -> None:
        super().__init__(word)
        self.reply = status, {"error": word, "error_description": words}


@dataclass(slots=True)
class _Authorisation:
    credential: str
    left: int
    hashes: set[str]
    waits: int = 0


@dataclass(slots=True)
class _Service:
    pki: TestPki
    how: CscBehaviour
    running: CscServer
    lock: Lock = field(default_factory=Lock)
    authorisations: dict[str, _Authorisation] = field(default_factory=dict)
    later: dict[str, tuple[int, list[Any]]] = field(default_factory=dict)
    wrong_pins: int = 0
    codes: set[str] = field(default_factory=set)

    def answer(self, version: str, method: str, body: Mapping[str, Any], token: str) -> tuple[int, dict[str, Any]]:
        with self.lock:
            self.running.requests.append((method, body))
            try:
                return self._routed(version, method, body, token)
            except _RefusedError as refusal:
                return refusal.reply

    def _routed(self, version: str, method: str, body: Mapping[str, Any], token: str) -> tuple[int, dict[str, Any]]:
        if method == "info":
            return 200, self._info(version)
        if token != f"Bearer {TOKEN}":
            raise _RefusedError("invalid_token", "The access token is not valid", 401)
        work = self._methods(version).get(method)
        if work is None:
            raise _RefusedError("invalid_request", "no such method", 404)
        return work(body)

    def _methods(self, version: str) -> dict[str, Callable[[Mapping[str, Any]], tuple[int, dict[str, Any]]]]:
        names = ("hash", "hashAlgo") if version == "v1" else ("hashes", "hashAlgorithmOID")
        found: dict[str, Callable[[Mapping[str, Any]], tuple[int, dict[str, Any]]]] = {
            "credentials/list": lambda _: (200, {"credentialIDs": list(self.how.credentials)}),
            "credentials/info": lambda body: self._describe(version, body),
            "credentials/authorize": lambda body: self._authorize(version, body, names),
            "signatures/signHash": lambda body: self._sign(body, names),
        }
        if version == "v1":
            found["credentials/sendOTP"] = self._send_code
            found["credentials/extendTransaction"] = lambda body: self._extend(body, names)
        else:
            found["credentials/authorizeCheck"] = self._check
            found["signatures/signPolling"] = self._poll
        return found

    def _info(self, version: str) -> dict[str, Any]:
        methods = ["credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash"]
        methods += ["credentials/extendTransaction"] if self.how.extends else []
        return {"specs": "1.0.4.0" if version == "v1" else "2.0.0.2", "name": "vnsign test service", "methods": methods}

    def _describe(self, version: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        if body.get("certInfo") and not self.how.cert_info:
            raise _RefusedError("", "", 501)
        return 200, described(self.pki, self.how, self._name(body), version)

    def _name(self, body: Mapping[str, Any]) -> str:
        name = body.get("credentialID")
        if name not in self.how.credentials:
            raise _RefusedError("invalid_request", "Invalid parameter credentialID")
        return str(name)

    def _send_code(self, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        self._name(body)
        self.codes.add(OTP)
        return 200, {}

    def _authorize(self, version: str, body: Mapping[str, Any], names: tuple[str, str]) -> tuple[int, dict[str, Any]]:
        credential, hashes = self._name(body), _texts(body, names[0])
        if not 0 < body.get("numSignatures", 0) <= self.how.multisign:
            raise _RefusedError("invalid_request", "Numbers of signatures is too high")
        self._check_secrets(version, body)
        handle = secrets.token_urlsafe(16)
        self.authorisations[handle] = _Authorisation(
            credential, int(body["numSignatures"]), set(hashes), self.how.confirms_after
        )
        if version == "v2" and self.how.confirms_after:
            return 202, {"handle": handle}
        return 200, {"SAD": handle, "expiresIn": 300}

    def _check_secrets(self, version: str, body: Mapping[str, Any]) -> None:
        given = {item["id"]: item["value"] for item in body.get("authData", ())} if version == "v2" else body
        if self.how.pin:
            if self.wrong_pins >= _PIN_TRIES:
                raise _RefusedError("pin_locked", "The PIN is locked")
            if given.get("PIN") != PIN:
                self.wrong_pins += 1
                raise _RefusedError("invalid_pin", f"The PIN {given.get('PIN')} is invalid")
        if self.how.otp:
            if given.get("OTP") != OTP or (version == "v1" and OTP not in self.codes):
                raise _RefusedError("invalid_otp", f"The OTP {given.get('OTP')} is invalid")
            self.codes.discard(OTP)

    def _check(self, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        found = self.authorisations.get(str(body.get("handle")))
        if found is None:
            raise _RefusedError("invalid_request", "Invalid parameter handle")
        found.waits -= 1
        return (202, {}) if found.waits > 0 else (200, {"SAD": body["handle"], "expiresIn": 300})

    def _extend(self, body: Mapping[str, Any], names: tuple[str, str]) -> tuple[int, dict[str, Any]]:
        found = self._taken(body, _texts(body, names[0]))
        handle = secrets.token_urlsafe(16)
        self.authorisations[handle] = found
        return 200, {"SAD": handle, "expiresIn": 300}

    def _taken(self, body: Mapping[str, Any], hashes: list[str]) -> _Authorisation:
        """The authorisation of a request: it must cover the hashes, and is used up where each call needs a new one."""
        sad = str(body.get("SAD"))
        found = self.authorisations.get(sad)
        if found is None or found.waits > 0 or self.how.lie is CscLie.EXPIRED_SAD:
            raise _RefusedError("invalid_request", "Invalid parameter SAD")
        if found.credential != self._name(body) or not set(hashes) <= found.hashes:
            raise _RefusedError("invalid_request", "Hash is not authorized by the SAD")
        if found.left < 0:
            raise _RefusedError("invalid_request", "Invalid parameter SAD")
        if self.how.extends and "signAlgo" not in body:
            del self.authorisations[sad]
        return found

    def _sign(self, body: Mapping[str, Any], names: tuple[str, str]) -> tuple[int, dict[str, Any]]:
        texts = _texts(body, names[0])
        if len(texts) > self.how.hashes_a_call:
            raise _RefusedError("invalid_request", f"at most {self.how.hashes_a_call} hashes")
        found = self._taken(body, texts)
        if found.left < len(texts):
            raise _RefusedError("invalid_request", "Numbers of signatures is too high")
        found.left -= len(texts)
        hashes = [base64.b64decode(item, validate=True) for item in texts]
        algorithm = (str(body.get(names[1])), str(body.get("signAlgo")), str(body.get("signAlgoParams", "")))
        values = self._lied(found.credential, hashes, algorithm)
        self.running.signed.extend(hashes)
        if body.get("operationMode") == "A":
            reference = secrets.token_urlsafe(12)
            self.later[reference] = (self.how.polls, values)
            return 202, {"responseID": reference}
        return 200, {"signatures": values}

    def _lied(self, credential: str, hashes: list[bytes], algorithm: tuple[str, str, str]) -> list[Any]:
        lie = self.how.lie
        name = "agency" if lie is CscLie.OTHER_KEY else credential
        again = lie is CscLie.DIGESTED_AGAIN
        values = [signature(self.pki, name, item, algorithm, again=again) for item in hashes]
        if lie is CscLie.WRONG_ORDER:
            values.reverse()
        texts: list[Any] = [base64.b64encode(value).decode() for value in values]
        if lie is CscLie.HEXADECIMAL:
            texts = [value.hex() for value in values]
        if lie is CscLie.NOT_TEXT:
            texts = [len(value) for value in values]
        return {CscLie.ONE_TOO_FEW: texts[:-1], CscLie.ONE_TOO_MANY: texts + texts[:1]}.get(lie, texts)

    def _poll(self, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        reference = str(body.get("responseID"))
        if reference not in self.later:
            raise _RefusedError("invalid_request", "Invalid parameter responseID")
        left, values = self.later[reference]
        self.later[reference] = (left - 1, values)
        return (202, {}) if left > 0 else (200, {"signatures": values})


def _texts(body: Mapping[str, Any], name: str) -> list[str]:
    found = body.get(name)
    if not isinstance(found, list) or not found:
        raise _RefusedError("invalid_request", f"Missing (or invalid type) array parameter {name}")
    return [str(item) for item in found]


class _Handler(BaseHTTPRequestHandler):
    service: ClassVar[_Service]
    timeout: ClassVar[float | None] = 10.0  # seconds; a client that says nothing does not keep its thread

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length", "0")
        data = self.rfile.read(min(int(size), _MAX_BODY)) if size.isdecimal() else b""
        version, _, method = urlsplit(self.path).path.removeprefix("/csc/").partition("/")
        try:
            body = json.loads(data)
        except ValueError:
            body = {}
        status, found = self.service.answer(version, method, body, self.headers.get("Authorization", ""))
        if method == "signatures/signHash" and self.service.how.lie is CscLie.LOST_ANSWER:
            self.close_connection = True
            return
        fault = self.service.how.faults.get(method)
        reply = fault or Reply(json.dumps(found).encode(), "application/json", status)
        time.sleep(reply.delay)
        try:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.media_type)
            if reply.repeat == 1:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            for _ in range(reply.repeat):
                self.wfile.write(reply.body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client gave up, which is what a delay is there to provoke

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: requests are kept in ``CscServer.requests``."""
