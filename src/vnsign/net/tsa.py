"""Time-stamping authorities on the network (RFC 3161, 3.4: time-stamp protocol over HTTP)."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from functools import lru_cache

from vnsign.errors import ConfigurationError, EvidenceError, NetworkError, TimestampUnavailableError
from vnsign.net.http import FetchPolicy, FetchRequest, FetchResult, fetch

_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"
# The same request would fare no better a moment later.
_FINAL = frozenset({"NETWORK_BLOCKED", "NETWORK_ADDRESS", "NETWORK_REDIRECT", "NETWORK_TOO_LARGE", "NETWORK_REFUSED"})

_ANSWERED = frozenset({"NETWORK_REFUSED", "NETWORK_STATUS", "NETWORK_REDIRECT", "NETWORK_TOO_LARGE"})
"""Codes of failures after which it is known that somebody is there."""
_KNOCK_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class HttpTimestampAuthority:
    """A time-stamping authority by its address. Frozen and picklable; holds no connection.

    Attributes:
        url: of the authority.
        timeout: seconds for one attempt, everything together. Long by default: attempts of over two minutes are seen.
        tries: attempts in all.
        wait: seconds before the second attempt, doubled for each further one.
        policy: OID of the time-stamp policy to ask for; ``None`` leaves it to the authority.
        allow: hosts and CIDR ranges that may be reached although they are not global (``FetchPolicy.allow``).
        max_bytes: of an answer.
        parallel: attempts under way at one time, from all threads of this process and to one address; more wait their turn,
            which ``timeout`` does not count. Authorities answer slower, not faster, when asked more at once.
    """

    url: str
    timeout: float = 180.0
    tries: int = 3
    wait: float = 1.0
    policy: str | None = None
    allow: tuple[str, ...] = ()
    max_bytes: int = 64 * 1024
    parallel: int = 4

    def __post_init__(self) -> None:
        if self.tries < 1 or self.wait < 0 or self.parallel < 1:
            raise ConfigurationError("a time-stamping authority needs at least one attempt", code="BAD_BOUND")
        self._bounds()

    def token(self, algorithm: str, imprint: bytes) -> bytes:
        """A time-stamp token over an imprint.

        Args:
            algorithm: digest of the imprint, ``sha256`` and the like.
            imprint: the digest of what is to be time-stamped.

        Returns:
            DER of the token (CMS ContentInfo). Nonce, imprint and policy are those asked for.

        Raises:
            TimestampUnavailableError: no usable answer in all attempts; the address and the last cause are in the message.
                A refusal by the authority, and a token that is not the one asked for, are not tried again.

        Not checked: the token's signature, the authority's certificate and its trust.
        """
        from vnsign.pki.tsp import build_request, read_response

        asked = build_request(algorithm, imprint, nonce=secrets.randbits(64), policy=self.policy)
        answer = self._answer(asked)
        try:
            return read_response(answer, asked)
        except EvidenceError as error:
            raise TimestampUnavailableError(f"{self.url}: {error.message}", hint=error.hint or _OTHER) from error

    def check(self) -> None:
        """Whether the authority's server answers at all: any answer will do, also one that refuses a request without a body.

        Raises:
            NetworkError: nobody answers, or the address may not be reached.
        """
        try:
            fetch(FetchRequest(self.url), FetchPolicy(self.allow, self.max_bytes, min(self.timeout, _KNOCK_SECONDS), 0))
        except NetworkError as error:
            if error.code not in _ANSWERED:
                raise

    def _answer(self, asked: bytes) -> bytes:
        request = FetchRequest.post(self.url, asked, _QUERY, accept=_REPLY)
        bounds, pause = self._bounds(), self.wait
        for attempt in range(1, self.tries + 1):
            try:
                with _gate(self.url, self.parallel):
                    return self._body(fetch(request, bounds))
            except NetworkError as error:
                if attempt == self.tries or error.code in _FINAL:
                    tried = "" if attempt == 1 else f" (attempt {attempt})"
                    raise TimestampUnavailableError(f"{error.message}{tried}", hint=error.hint or _OTHER) from error
            time.sleep(pause)
            pause *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _body(self, result: FetchResult) -> bytes:
        if result.media_type != _REPLY:
            raise NetworkError(
                f"{self.url}: answered with {result.media_type or 'no media type'}, expected {_REPLY}", code="NETWORK_REFUSED"
            )
        return result.body

    def _bounds(self) -> FetchPolicy:
        return FetchPolicy(self.allow, self.max_bytes, self.timeout, 0)


@lru_cache(maxsize=256)
def _gate(url: str, parallel: int) -> threading.BoundedSemaphore:  # noqa: ARG001 - the address is the key of the cache
    """What lets so many attempts at an address through at one time; an authority itself is a value and holds none."""
    return threading.BoundedSemaphore(parallel)


_OTHER = "try again later, or name another time-stamping authority"
