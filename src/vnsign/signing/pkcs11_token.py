"""Tokens and HSMs as PKCS #11 shows them: modules, slots, the session, its faults. No signature is made here."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from vnsign.errors import AuthorizationRefusedError, ConfigurationError, SignerUnavailableError, SigningError

Pin = Callable[[], str]
"""Gives the PIN when it is needed, at most once for each time a signer is opened."""

LOST = (
    "DeviceRemoved",
    "TokenNotPresent",
    "SessionHandleInvalid",
    "SessionClosed",
    "UserNotLoggedIn",
    "KeyHandleInvalid",
    "ObjectHandleInvalid",
    "SlotIDInvalid",
)
"""What a module says when the token was pulled out since, or its session ended."""

_REFUSED = {
    "PinIncorrect": ("PIN_WRONG", "the PIN is wrong (CKR_PIN_INCORRECT)"),
    "PinInvalid": ("PIN_WRONG", "the PIN is wrong (CKR_PIN_INVALID)"),
    "PinLenRange": ("PIN_WRONG", "the PIN is too short or too long (CKR_PIN_LEN_RANGE)"),
    "PinLocked": ("PIN_LOCKED", "the PIN is locked (CKR_PIN_LOCKED)"),
    "PinExpired": ("PIN_EXPIRED", "the PIN has expired (CKR_PIN_EXPIRED)"),
    "FunctionCanceled": ("CANCELLED", "the holder cancelled (CKR_FUNCTION_CANCELED)"),
    "FunctionCancelled": ("CANCELLED", "the holder cancelled (CKR_FUNCTION_CANCELED)"),
    "FunctionRejected": ("CANCELLED", "the holder refused (CKR_FUNCTION_REJECTED)"),
}
_UNLOCK = "unlock it with the token's own program and its PUK, or ask the certification authority"
_FEW = "nothing was signed and the PIN was tried once; a token locks after a few wrong PINs: check it before you try again"


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token that is there now.

    Attributes:
        module: the file of the PKCS #11 module.
        slot: number of its slot.
        label: of the token.
        serial: of the token, as text.
        manufacturer: who made it.
        model: which.
        pin_locked: too many wrong PINs were given.
        pin_tries_low: a wrong PIN was given since the last right one.
        pin_final_try: one more wrong PIN locks it.
        pinpad: the PIN is entered at the reader.
    """

    module: str
    slot: int
    label: str
    serial: str
    manufacturer: str
    model: str
    pin_locked: bool
    pin_tries_low: bool
    pin_final_try: bool
    pinpad: bool


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Which token.

    Attributes:
        module: file of the PKCS #11 module, as its maker installs it.
        label: of the token; empty: any.
        slot: number of the slot; ``None``: any.
        serial: of the token; empty: any.
    """

    module: str
    label: str = ""
    slot: int | None = None
    serial: str = ""

    def __str__(self) -> str:
        named = [f"token {self.label!r}"] if self.label else []
        named += [] if self.slot is None else [f"slot {self.slot}"]
        return f"{Path(self.module).name}: {', '.join(named) or 'token'}"


def list_tokens(module: Path | str) -> tuple[TokenInfo, ...]:
    """The tokens that a module sees now. Nobody logs in; a slot that fails is left out.

    Args:
        module: file of the PKCS #11 module.

    Raises:
        ConfigurationError: ``python-pkcs11`` is not installed (``EXTRA_NEEDED``).
        SignerUnavailableError: the module cannot be loaded or does not answer.
    """
    return tuple(info for info, _ in _tokens(str(module)))


def load_library(module: str) -> Any:
    """Load a module, or give the one that is loaded.

    Raises:
        ConfigurationError, SignerUnavailableError: see :func:`list_tokens`.
    """
    try:
        import pkcs11
    except ImportError as error:
        raise ConfigurationError(
            "tokens need python-pkcs11, which is not installed",
            code="EXTRA_NEEDED",
            hint="pip install 'vnsign[pkcs11]'",
        ) from error
    if not Path(module).is_file():
        raise SignerUnavailableError(
            f"{module}: no such PKCS #11 module", code="TOKEN_MODULE", hint="name the module that the token's maker installs"
        )
    try:
        return pkcs11.lib(module)
    except Exception as error:  # the door: the module is foreign code
        raise SignerUnavailableError(
            f"{module}: cannot be loaded as a PKCS #11 module: {_said(error)}",
            code="TOKEN_MODULE",
            hint="is it the module of this token, and for this machine's architecture?",
        ) from error


def find_token(place: TokenPlace) -> tuple[TokenInfo, Any]:
    """The one token that is meant, with the library's own object for it.

    Raises:
        ConfigurationError, SignerUnavailableError: see :func:`list_tokens`; ``TOKEN_ABSENT``: no such token is there;
            ``TOKEN_AMBIGUOUS``: more than one.
    """
    seen = _tokens(place.module)
    found = [(info, token) for info, token in seen if _meant(info, place)]
    if len(found) == 1:
        return found[0]
    if not found:
        there = ", ".join(repr(info.label) for info, _ in seen) or "none"
        raise SignerUnavailableError(
            f"{place}: not there (tokens there: {there})", code="TOKEN_ABSENT", hint="plug the token in, or check its label"
        )
    raise SignerUnavailableError(
        f"{place}: {len(found)} tokens fit: {', '.join(f'{info.label!r} in slot {info.slot}' for info, _ in found)}",
        code="TOKEN_AMBIGUOUS",
        hint="name the token's label or its slot",
    )


def open_session(place: TokenPlace, info: TokenInfo, token: Any, pin: Callable[[], str | None]) -> tuple[Any, str | None]:
    """Open a session and log in, once.

    Args:
        place: for messages.
        info: the token.
        token: the library's object for it.
        pin: gives the PIN, or ``None`` where none was given and the reader must ask.

    Returns:
        The session, and the PIN that opened it.

    Raises:
        AuthorizationRefusedError: ``PIN_WRONG``, ``PIN_LOCKED``, ``PIN_EXPIRED``, ``CANCELLED``. Never tried twice.
        SignerUnavailableError: anything else.
    """
    if info.pin_locked:
        raise AuthorizationRefusedError(f"{place}: the PIN is locked (CKR_PIN_LOCKED)", code="PIN_LOCKED", hint=_UNLOCK)
    if not _flag(token, "LOGIN_REQUIRED"):
        return _opened(place, token, {}), None
    secret = pin()
    if secret is None:
        if not info.pinpad:
            raise SignerUnavailableError(f"{place}: asks for a PIN and none was given", code="SECRET_NEEDED")
        from pkcs11.types import PROTECTED_AUTH

        return _opened(place, token, {"user_pin": PROTECTED_AUTH}), None
    return _opened(place, token, {"user_pin": secret}), secret


def _opened(place: TokenPlace, token: Any, login: dict[str, Any]) -> Any:
    try:
        return token.open(attribute_mapper=_mapper(), **login)
    except Exception as error:  # noqa: BLE001 - the door: what the module says is mapped
        if type(error).__name__ == "UserAlreadyLoggedIn":
            # This process is logged in to the token already, through another signer: PKCS #11 has one login a process.
            with speaking(place):
                return token.open(attribute_mapper=_mapper())
        refused(place, error, _tries_left(token))


@contextmanager
def speaking(place: TokenPlace) -> Iterator[None]:
    """Turn what a module throws within the block into the errors of signing."""
    try:
        yield
    except SigningError:
        raise
    except Exception as error:  # noqa: BLE001 - the door: the module is foreign code
        refused(place, error)


def is_lost(error: BaseException) -> bool:
    """Whether the module says that the token or the session is gone."""
    return type(error).__name__ in LOST


def _tries_left(token: Any) -> str:
    """What the token says of further attempts, read again after one that failed."""
    try:
        now = token.slot.get_token()
        if _flag(now, "USER_PIN_LOCKED"):
            return "; the PIN is locked now"
        return "; one more wrong PIN locks it" if _flag(now, "USER_PIN_FINAL_TRY") else ""
    except Exception:  # noqa: BLE001 - this only says more
        return ""


def refused(place: TokenPlace, error: BaseException, more: str = "") -> NoReturn:
    """Raise what a module threw as an error of signing, without any words that could quote a PIN."""
    name = type(error).__name__
    if name in _REFUSED:
        code, what = _REFUSED[name]
        hint = _UNLOCK if code == "PIN_LOCKED" else _FEW
        raise AuthorizationRefusedError(f"{place}: {what}{more}", code=code, hint=hint) from None
    if is_lost(error):
        raise SignerUnavailableError(
            f"{place}: the token was pulled out ({name})", code="TOKEN_LOST", hint="plug the token in and sign again"
        ) from None
    raise SignerUnavailableError(f"{place}: the token failed ({name})", code="TOKEN_FAILED") from None


def same_text(one: str, other: str) -> bool:
    """Whether two labels are the same: composed in the same way, without the padding of fixed fields."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip(" \0")


def _meant(info: TokenInfo, place: TokenPlace) -> bool:
    return (
        (not place.label or same_text(info.label, place.label))
        and (place.slot is None or info.slot == place.slot)
        and (not place.serial or same_text(info.serial, place.serial))
    )


def _tokens(module: str) -> list[tuple[TokenInfo, Any]]:
    library = load_library(module)
    with speaking(TokenPlace(module)):
        slots = list(library.get_slots(token_present=True))
    found = []
    for slot in slots:
        try:
            token = slot.get_token()
            info = _info(module, slot, token)
        except Exception:  # noqa: BLE001, S112 - a reader whose card cannot be read must not hide the others
            continue
        if _flag(token, "TOKEN_INITIALIZED"):
            found.append((info, token))
    return found


def _info(module: str, slot: Any, token: Any) -> TokenInfo:
    serial = token.serial
    return TokenInfo(
        module=module,
        slot=int(slot.slot_id),
        label=_plain(str(token.label)),
        serial=_plain(serial.decode("ascii", "replace") if isinstance(serial, bytes) else str(serial)),
        manufacturer=_plain(str(token.manufacturer_id)),
        model=_plain(str(token.model)),
        pin_locked=_flag(token, "USER_PIN_LOCKED"),
        pin_tries_low=_flag(token, "USER_PIN_COUNT_LOW"),
        pin_final_try=_flag(token, "USER_PIN_FINAL_TRY"),
        pinpad=_flag(token, "PROTECTED_AUTHENTICATION_PATH"),
    )


def _flag(token: Any, name: str) -> bool:
    from pkcs11.constants import TokenFlag

    return bool(int(token.flags) & int(TokenFlag[name]))


def _mapper() -> Any:
    """Labels as some makers write them are not UTF-8: they must not stop the reading of all other objects."""
    from pkcs11.attributes import AttributeMapper
    from pkcs11.constants import Attribute

    mapper = AttributeMapper()
    mapper.register_handler(Attribute.LABEL, str.encode, lambda octets: octets.decode("utf-8", "replace"))
    return mapper


def _said(error: Exception) -> str:
    return str(error).strip() or type(error).__name__
