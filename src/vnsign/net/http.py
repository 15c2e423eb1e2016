"""The one guarded door: a synchronous fetch with bounds on address, size, time and redirects.

It also works inside a running event loop, since each fetch has a thread and a loop of its own.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vnsign.errors import ConfigurationError, NetworkError
from vnsign.net.guard import AllowList

if TYPE_CHECKING:
    from collections.abc import Callable

_GRACE = 1.0


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """Bounds of a fetch.

    Attributes:
        allow: host names, addresses and CIDR ranges that may be reached although they are not global; empty by default.
        max_bytes: of the body as it comes over the wire; nothing is ever decompressed.
        seconds: for everything together: names, connections, redirects, body.
        max_redirects: followed for GET; a POST is never redirected. Each target passes the gate anew.
        user_agent: as sent.
        answers: statuses from 400 that are handed back with their body rather than raised, for services that say in it what
            is wrong.

    Raises:
        ConfigurationError: a bound that is not positive, an item of ``allow`` that is no host and no range.
    """

    allow: tuple[str, ...] = ()
    max_bytes: int = 16 * 1024 * 1024
    seconds: float = 30.0
    max_redirects: int = 3
    user_agent: str = "vnsign"
    answers: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        AllowList.of(*self.allow)
        if self.max_bytes <= 0 or not 0 < self.seconds < threading.TIMEOUT_MAX or self.max_redirects < 0:
            raise ConfigurationError("bounds of a fetch must be positive", code="BAD_BOUND")


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What is asked for. With a body it is a POST, without one a GET.

    Attributes:
        url: ``http`` or ``https``, without user name or password.
        body: to be posted; ``None`` for a GET.
        headers: further header fields.
    """

    url: str
    body: bytes | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @classmethod
    def post(cls, url: str, body: bytes, media_type: str, *, accept: str = "*/*") -> FetchRequest:
        """A POST of a body of a media type."""
        return cls(url, body, (("Content-Type", media_type), ("Accept", accept)))


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What came back, with a status of 200 to 299, or one of ``FetchPolicy.answers``.

    Attributes:
        url: the address that answered, after redirects.
        status: HTTP status.
        media_type: of ``Content-Type``, lower case, without parameters; ``""`` where absent.
        body: as it came over the wire: packed when the server packed it.
    """

    url: str
    status: int
    media_type: str
    body: bytes = field(repr=False)


def fetch(request: FetchRequest | str, policy: FetchPolicy | None = None) -> FetchResult:
    """Fetch over the guarded door. Blocks, also when an event loop is running in this thread.

    Proxies, cookies, ``.netrc`` and decompression are off. Certificates of servers are checked.

    Args:
        request: what is asked for, or an address.
        policy: bounds; the defaults where omitted.

    Returns:
        The answer.

    Raises:
        NetworkError: the address may not be reached, the server failed, or a bound was passed; address and cause are in the
            message, the code says which (``NETWORK_BLOCKED``, ``NETWORK_TIMEOUT``, ``NETWORK_TOO_LARGE``, ``NETWORK_REFUSED``
            for 4xx, ``NETWORK_STATUS``, ``NETWORK_REDIRECT``, ``NETWORK_ADDRESS``, ``NETWORK_FAILED``).

    Not checked: anything about the body.
    """
    from vnsign.net import session  # noqa: F401 - loaded here, so that the loading does not count against the deadline

    wanted = FetchRequest(request) if isinstance(request, str) else request
    bounds = policy or FetchPolicy()
    outcome: list[FetchResult | BaseException] = []
    thread = threading.Thread(target=_in_thread, args=(wanted, bounds, outcome.append), name="vnsign-fetch", daemon=True)
    thread.start()
    thread.join(bounds.seconds + _GRACE)
    if not outcome:
        raise NetworkError(f"{wanted.url}: no answer within {bounds.seconds:g} s", code="NETWORK_TIMEOUT", hint=_LATER)
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


_LATER = "try again later; without the answer the matter stays undetermined"


def _in_thread(request: FetchRequest, policy: FetchPolicy, put: Callable[[FetchResult | BaseException], None]) -> None:
    import asyncio

    from vnsign.net.session import run

    try:
        put(asyncio.run(run(request, policy)))
    except NetworkError as error:
        put(error)
    # The door: whatever the client library lets out becomes the documented error, in the caller's thread.
    except Exception as error:  # noqa: BLE001
        cause = NetworkError(f"{request.url}: {type(error).__name__}: {error}", code="NETWORK_FAILED", hint=_LATER)
        cause.__cause__ = error
        put(cause)
