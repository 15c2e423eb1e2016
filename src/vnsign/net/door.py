"""The door as one document's evidence goes through it: one deadline, a number of fetches, a cache, hosts that moved."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from vnsign.errors import NetworkError
from vnsign.evidence.cache import Cache, Found
from vnsign.net.http import FetchPolicy, FetchRequest, fetch
from vnsign.net.renames import Rename, renamed

_LEAST = 0.05
_SILENCES = 2


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of an address.

    Attributes:
        address: the one that was asked.
        body: what came; ``None`` when nothing did.
        code, cause: of the failure.
        cached: it was in the cache.
    """

    address: str
    body: bytes | None
    code: str = ""
    cause: str = ""
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one document may cost.

    Attributes:
        allow: hosts and ranges that may be reached although not global.
        seconds: for the whole document.
        attempt_seconds: for one address, so that a silent one leaves time for the next.
        fetches: requests that go out; what is in the cache does not count.
    """

    allow: tuple[str, ...]
    seconds: float
    attempt_seconds: float
    fetches: int


@dataclass(slots=True)
class Door:
    """Goes out for one document. Not shared between documents.

    Attributes:
        bounds: what it may cost.
        cache: where answers are kept; ``None`` for nowhere.
        renames: hosts that moved.
        deadline: on the monotonic clock.
        left: requests that may still go out.
        silent: how often an address or host did not answer in time: an address is then not asked again for this document,
            a host not after two.
        seen: what came of each request so far.
        kept: requests whose answer served something.
    """

    bounds: Bounds
    cache: Cache | None
    renames: Mapping[str, Rename]
    deadline: float
    left: int
    silent: Counter[str] = field(default_factory=Counter)
    seen: dict[str, Reply] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, bounds: Bounds, cache: Cache | None, renames: Mapping[str, Rename]) -> Door:
        """Start the clock."""
        return cls(bounds, cache, renames, time.monotonic() + bounds.seconds, bounds.fetches)

    def ask(self, request: FetchRequest, max_bytes: int) -> Iterator[Reply]:
        """Ask an address and, while the caller goes on asking, the one that its host has moved to.

        The caller stops at the first reply that serves.

        Args:
            request: what is asked.
            max_bytes: of the answer.
        """
        yield self._once(request, max_bytes)
        moved = renamed(request.url, self.renames)
        if moved is not None:
            yield self._once(FetchRequest(moved, request.body, request.headers), max_bytes)

    def keep(self, request: FetchRequest, reply: Reply, until: float | None) -> None:
        """Keep what served.

        Args:
            request: what was asked.
            reply: what came, from the address in it.
            until: when a newer one will be there, seconds since the epoch; ``None`` where it does not say.
        """
        key = _key(FetchRequest(reply.address, request.body))
        self.kept.add(key)
        if self.cache is not None:
            self.cache.extend(key, until)

    def spoil(self, request: FetchRequest, reply: Reply, code: str, cause: str) -> None:
        """Remember for a moment that what came did not serve."""
        key = _key(FetchRequest(reply.address, request.body))
        if self.cache is not None and not reply.cached and key not in self.kept:
            self.cache.put_failure(key, code, cause, now=time.time())

    def _once(self, request: FetchRequest, max_bytes: int) -> Reply:
        key = _key(request)
        if key not in self.seen:
            self.seen[key] = self._sought(key, request, max_bytes)
        return self.seen[key]

    def _sought(self, key: str, request: FetchRequest, max_bytes: int) -> Reply:
        if self.cache is None:
            return self._fetched(key, request, max_bytes)
        found = self.cache.get(key, now=time.time())
        if found is None:
            # Another process may be fetching the same: one goes, the others wait and look again.
            with self.cache.flight(key, min(self._remaining(), self.bounds.attempt_seconds)):
                found = self.cache.get(key, now=time.time())
                return self._fetched(key, request, max_bytes) if found is None else _from_cache(request.url, found)
        return _from_cache(request.url, found)

    def _fetched(self, key: str, request: FetchRequest, max_bytes: int) -> Reply:
        refusal = self._refusal(request.url)
        if refusal is not None:
            return refusal
        self.left -= 1
        seconds = min(self._remaining(), self.bounds.attempt_seconds)
        try:
            result = fetch(request, FetchPolicy(self.bounds.allow, max_bytes, max(seconds, _LEAST)))
        except NetworkError as error:
            return self._failed(key, request.url, error)
        if self.cache is not None:
            # At once, so that those who wait find it; it is judged by whoever reads it, and short-lived until it served.
            self.cache.put(key, result.body, now=time.time())
        return Reply(request.url, result.body)

    def _refusal(self, url: str) -> Reply | None:
        if self.left <= 0:
            return Reply(url, None, "NETWORK_BUDGET", f"not asked: {self.bounds.fetches} requests were made for this document")
        if self._remaining() < _LEAST:
            return Reply(url, None, "NETWORK_BUDGET", f"not asked: the {self.bounds.seconds:g} s for this document are over")
        if self.silent[url] or self.silent[_host(url)] >= _SILENCES:
            return Reply(url, None, "NETWORK_TIMEOUT", "not asked: it did not answer a moment ago")
        return None

    def _failed(self, key: str, url: str, error: NetworkError) -> Reply:
        cause = error.message.removeprefix(f"{url}: ")
        if error.code == "NETWORK_TIMEOUT":
            self.silent.update((url, _host(url)))
        if self.cache is not None and error.code not in ("NETWORK_BLOCKED", "NETWORK_ADDRESS"):
            self.cache.put_failure(key, error.code, cause, now=time.time())
        return Reply(url, None, error.code, cause)

    def _remaining(self) -> float:
        return max(0.0, self.deadline - time.monotonic())


def _from_cache(url: str, found: Found) -> Reply:
    return Reply(url, found.body, found.code, found.cause, cached=True)


def _key(request: FetchRequest) -> str:
    if request.body is None:
        return request.url
    # An OCSP request without a nonce is its certID: issuer and serial number.
    return f"{request.url} {hashlib.sha256(request.body).hexdigest()}"


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return url
