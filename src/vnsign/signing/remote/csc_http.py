"""How a CSC service is spoken to: JSON over the guarded door, and its errors as errors of signing.

Whatever comes back is hostile until it was read: sizes, types and words. What was sent in secret (token, PIN, one-time code,
authorisation) is in no message, also where the service repeats it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from vnsign.errors import AuthorizationRefusedError, ConfigurationError, NetworkError, SignerUnavailableError, SigningError
from vnsign.net.http import FetchPolicy, FetchRequest, FetchResult, fetch
from vnsign.signing.remote.protocol import LOST, UNREACHABLE

_SAYS_WHY = frozenset({400, 401, 402, 403, 404, 405, 409, 410, 415, 422, 429, 500, 501, 502, 503, 504})
_LOCAL = ("127.0.0.1", "localhost", "::1")
_PIN_WORDS = {"invalid_pin": "PIN_WRONG", "pin_locked": "PIN_LOCKED", "locked_pin": "PIN_LOCKED"}
_OTP_WORDS = {"invalid_otp": "OTP_WRONG", "expired_otp": "OTP_WRONG", "invalid_auth_data": "AUTHORIZATION_REFUSED"}
_REFUSED_WORDS = {
    **_PIN_WORDS,
    **_OTP_WORDS,
    "access_denied": "AUTHORIZATION_REFUSED",
    "authorization_declined": "AUTHORIZATION_REFUSED",
    "user_cancelled": "AUTHORIZATION_REFUSED",
    "invalid_sad": "AUTHORIZATION_EXPIRED",
    "expired_sad": "AUTHORIZATION_EXPIRED",
    "invalid_token": "TOKEN_REFUSED",
    "expired_token": "TOKEN_REFUSED",
    "unauthorized_client": "TOKEN_REFUSED",
}
_ASK_LATER = ("temporarily_unavailable", "slow_down")
_HINTS = {
    "PIN_WRONG": "nothing was signed and the PIN was sent once; check it before you try again",
    "PIN_LOCKED": "ask the service to unlock it",
    "OTP_WRONG": "nothing was signed; get a new one-time code and try again",
    "TOKEN_REFUSED": "log in to the service again: the access token is refused or has expired",
    "AUTHORIZATION_EXPIRED": "sign again and confirm in time, or sign fewer documents at once",
}
_LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class CscEndpoint:
    """Where the service is, and the bounds of each request.

    Attributes:
        url: base address, up to and with ``/csc/v1`` or ``/csc/v2``; ``https``, or ``http`` of this machine only.
        token: gives the OAuth access token, each time one is sent; ``None``: none is sent.
        allow: hosts and ranges that may be reached although their addresses are not global.
        seconds: for a question.
        seconds_to_act: for a request that is carried out before it is answered; the holder may have to confirm in between.

    Raises:
        ConfigurationError: ``TLS_REQUIRED``, ``BAD_BOUND``.
    """

    url: str
    token: Callable[[], str] | None = field(default=None, repr=False)
    allow: tuple[str, ...] = ()
    seconds: float = 30.0
    seconds_to_act: float = 300.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
            raise ConfigurationError(
                f"{self.url}: secrets are sent over https only", code="TLS_REQUIRED", hint="name the service's https address"
            )
        FetchPolicy(self.allow, 1, self.seconds)
        FetchPolicy(self.allow, 1, self.seconds_to_act)

    def ask(self, method: str, body: Mapping[str, Any], *, most: int = 256 * 1024) -> Answer:
        """Ask what may be asked again.

        Args:
            method: ``credentials/list`` and the like.
            body: to be sent as JSON.
            most: bytes of the answer.

        Raises:
            SignerUnavailableError: ``REMOTE_UNREACHABLE`` (may be asked again) or ``REMOTE_ANSWER`` (nonsense).
            AuthorizationRefusedError, SigningError: what the service says.
        """
        try:
            return self._asked(method, body, self._bounds(most, self.seconds), UNREACHABLE)
        except NetworkError as error:
            raise SignerUnavailableError(error.message, code=UNREACHABLE, hint=error.hint) from error

    def ask_once(self, method: str, body: Mapping[str, Any], *, most: int = 256 * 1024) -> Answer:
        """Ask what is done by being asked. Never sent again, whatever becomes of the answer.

        Raises:
            SignerUnavailableError: ``ANSWER_LOST``: it was sent and no answer came, so that it may have been carried out.
        """
        try:
            return self._asked(method, body, self._bounds(most, self.seconds_to_act), LOST)
        except NetworkError as error:
            raise SignerUnavailableError(
                f"{error.message}: it is not known whether {method} was carried out",
                code=LOST,
                hint="nothing was used, and it is not sent again by itself; look at the service what became of it",
            ) from error

    def _bounds(self, most: int, seconds: float) -> FetchPolicy:
        return FetchPolicy(self.allow, most, seconds, 0, answers=_SAYS_WHY)

    def _asked(self, method: str, body: Mapping[str, Any], bounds: FetchPolicy, lost: str) -> Answer:
        url = f"{self.url.rstrip('/')}/{method}"
        token = "" if self.token is None else self.token()
        if not all(" " < char <= "~" for char in token):
            raise ConfigurationError("the access token is no token", code="BAD_TOKEN", hint="give the text of the token alone")
        headers = [("Content-Type", "application/json"), ("Accept", "application/json")]
        if token:
            headers.append(("Authorization", f"Bearer {token}"))
        request = FetchRequest(url, json.dumps(body).encode(), tuple(headers))
        result = fetch(request, bounds)
        said = Answer.of(url, result)
        if result.status >= 400:
            raise _refusal(said, lost, (token, *_secrets(body)))
        return said


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered, read by asking for each field with its type.

    Attributes:
        url: who answered.
        status: HTTP status.
        fields: of the JSON object; not shown, since an authorisation may be in it.
    """

    url: str
    status: int
    fields: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, url: str, result: FetchResult) -> Answer:
        """Read a body. One that is no JSON object is an error where it should have been one, and empty where it says why not.

        Raises:
            SignerUnavailableError: ``REMOTE_ANSWER``.
        """
        if result.status == 204 or (result.status < 300 and not result.body.strip()):
            return cls(url, result.status, {})
        try:
            found = json.loads(result.body)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return cls(url, result.status, found)
        if result.status >= 400:
            return cls(url, result.status, {})
        raise nonsense(url, "no JSON object")

    def text(self, name: str, *, most: int = 64 * 1024) -> str:
        """A text, ``""`` where absent."""
        value = self.fields.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > most:
            raise nonsense(self.url, f"{name} is no text, or too long")
        return value

    def words(self, name: str) -> str:
        """Words for people: in one line, short, nothing unprintable; ``""`` where absent."""
        return _plain(self.text(name), ())

    def texts(self, name: str, *, most: int) -> tuple[str, ...]:
        """A list of texts, empty where absent."""
        value = self.fields.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > most or not all(isinstance(item, str) for item in value):
            raise nonsense(self.url, f"{name} is no list of at most {most} texts")
        return tuple(value)

    def number(self, name: str) -> int:
        """A whole number, not negative; 0 where absent. Digits in a text are taken, since services write them."""
        value = self.fields.get(name)
        if value is None:
            return 0
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
            raise nonsense(self.url, f"{name} is no number")
        return value

    def part(self, name: str) -> Answer:
        """An object within, empty where absent."""
        value = self.fields.get(name)
        if value is None:
            return Answer(self.url, self.status, {})
        if not isinstance(value, dict):
            raise nonsense(self.url, f"{name} is no object")
        return Answer(self.url, self.status, value)

    def parts(self, name: str, *, most: int = 16) -> tuple[Answer, ...]:
        """A list of objects, empty where absent."""
        value = self.fields.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > most or not all(isinstance(item, dict) for item in value):
            raise nonsense(self.url, f"{name} is no list of at most {most} objects")
        return tuple(Answer(self.url, self.status, item) for item in value)


def nonsense(url: str, what: str) -> SignerUnavailableError:
    """The error for an answer that cannot be right."""
    return SignerUnavailableError(
        f"{url}: the answer cannot be used: {what}", code="REMOTE_ANSWER", hint="is it the address of a CSC service?"
    )


def _refusal(said: Answer, lost: str, secrets: Iterable[str]) -> SigningError:
    """What the service says it is, as an error of signing."""
    word = _plain(said.fields.get("error"), secrets)
    words = _plain(said.fields.get("error_description"), secrets)
    what = f"{said.url}: {said.status} {word}{': ' + words if words else ''}".rstrip()
    code = _REFUSED_WORDS.get(word.lower(), "")
    if word.lower() == "invalid_request" and "sad" in words.lower().replace("`", "").split():
        code = "AUTHORIZATION_EXPIRED"
    if not code and said.status == 401:
        code = "TOKEN_REFUSED"
    if code:
        return AuthorizationRefusedError(what, code=code, hint=_HINTS.get(code, "nothing was signed"))
    if word.lower() in _ASK_LATER or said.status == 429:
        return SignerUnavailableError(what, code=UNREACHABLE, hint="try again later")
    if said.status >= 500 and said.status != 501:
        return SignerUnavailableError(what, code=lost, hint="nothing was used, and it is not sent again by itself")
    return SigningError(what, code="REMOTE_REFUSED", hint="the service refuses the request; nothing was signed")


def _plain(value: Any, secrets: Iterable[str]) -> str:
    """Words of the service in one line, short, without what was sent in secret."""
    if not isinstance(value, str):
        return ""
    for secret in secrets:
        if secret:
            value = value.replace(secret, "…")
    text = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    return text[:_LONGEST_WORDS]


def _secrets(body: Mapping[str, Any]) -> tuple[str, ...]:
    named = tuple(str(body[name]) for name in ("PIN", "OTP", "SAD") if name in body)
    return named + tuple(str(item.get("value", "")) for item in body.get("authData", ()))
