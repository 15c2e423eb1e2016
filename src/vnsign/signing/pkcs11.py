"""Keys in tokens, smart cards and HSMs, through the PKCS #11 module of their maker."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from vnsign.errors import AuthorizationRefusedError, ConfigurationError, SignerUnavailableError, SigningError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.signing.key_files import ask, ordered_chain
from vnsign.signing.pkcs11_mechanisms import UNSUPPORTED, Way, in_form, ways
from vnsign.signing.pkcs11_objects import ObjectName, Wanted, find_pair
from vnsign.signing.pkcs11_token import (
    Pin,
    TokenInfo,
    TokenPlace,
    find_token,
    is_lost,
    list_tokens,
    open_session,
    refused,
    same_text,
)

if TYPE_CHECKING:
    from types import TracebackType

    from vnsign.signing.pkcs11_objects import Pair

__all__ = ["ObjectName", "Pin", "Pkcs11Signer", "TokenInfo", "list_tokens"]

_PULLED = "the token was pulled out; nothing was signed"


class Pkcs11Signer:
    """A signer whose key stays in a token. Make it with :meth:`open`; close it, or use it as a context manager.

    One session serves all signatures, one after the other; threads wait for one another. The PIN is asked for once and kept
    only while the signer is open, to log in again at most once in a call when the token was pulled out and put back. A PIN
    that the token refused is forgotten and never tried again.
    """

    __slots__ = ("_certificate", "_chain", "_info", "_lock", "_pair", "_pin", "_place", "_session", "_wanted", "_way")
    _certificate: Certificate
    _chain: tuple[Certificate, ...]
    _info: TokenInfo

    def __init__(self, place: TokenPlace, wanted: Wanted) -> None:
        self._place = place
        self._wanted = wanted
        self._lock = threading.Lock()
        self._pin: str | None = None
        self._session: Any = None
        self._pair: Pair | None = None
        self._way: dict[SignatureAlgorithm, Way] = {}

    @classmethod
    def open(
        cls,
        module: Path | str,
        *,
        token: str = "",
        slot: int | None = None,
        key: ObjectName = "",
        certificate: ObjectName = "",
        pin: Pin | None = None,
        chain: Sequence[Certificate] = (),
    ) -> Self:
        """Find the token, log in, find the key and its certificate.

        Args:
            module: file of the PKCS #11 module that the token's maker installs.
            token: label of the token; empty where there is one token only.
            slot: number of its slot, instead of a label or besides it.
            key: label (text) or CKA_ID (bytes) of the private key; empty where there is one with a certificate.
            certificate: label or CKA_ID of the certificate.
            pin: called once; ``None`` where the PIN is entered at the reader.
            chain: certificates of issuers, besides those on the token.

        Raises:
            ConfigurationError: ``python-pkcs11`` is not installed (``EXTRA_NEEDED``).
            SignerUnavailableError: no module, no such token, no such key, or the token fails.
            AuthorizationRefusedError: ``PIN_WRONG``, ``PIN_LOCKED``, ``PIN_EXPIRED``: tried once, never again.

        Not checked: the certificate's validity and usage, which are checked when signing. When the same process is logged in
        to the token already, the token does not check the PIN again.
        """
        signer = cls(TokenPlace(str(module), token, slot), Wanted(key, certificate))
        info, found = find_token(signer._place)
        signer._log_in(info, found, pin)
        pair = signer._pair
        if pair is None:
            raise AssertionError("a login ends with a pair or an error")
        signer._info = info
        signer._certificate = pair.certificate
        signer._chain = ordered_chain(pair.certificate, (*chain, *pair.others))
        return signer

    @property
    def certificate(self) -> Certificate:
        """The signing certificate, as it is on the token."""
        return self._certificate

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """The issuers found on the token and among those given, issuing CA first, without the root."""
        return self._chain

    @property
    def token(self) -> TokenInfo:
        """The token, as it was when the signer was opened."""
        return self._info

    def sign(self, data: Sequence[bytes], algorithm: SignatureAlgorithm) -> tuple[bytes, ...]:
        """Sign each of the data, one after the other, in one session. See :meth:`Signer.sign`.

        Raises:
            SignerUnavailableError: ``TOKEN_LOST``: pulled out and not put back, or a second time; ``SIGNER_CLOSED``.
            AuthorizationRefusedError: the token refused the PIN.
            SigningError: ``ALGORITHM_UNFIT``: neither token nor key can do it.
        """
        possible = ways(algorithm, self._certificate)
        with self._lock:
            if self._session is None and self._pair is None:
                raise SignerUnavailableError(f"{self._place}: closed", code="SIGNER_CLOSED", hint="open the signer again")
            values: list[bytes] = []
            again = True
            while len(values) < len(data):
                try:
                    values.append(self._value(data[len(values)], algorithm, possible))
                except Exception as error:  # the door: what the module says is mapped, a loss is mended once
                    if isinstance(error, SigningError):
                        raise
                    if not is_lost(error) or not again:
                        self._refused(error)
                    again = False
                    self._log_in_again()
            return tuple(values)

    def close(self) -> None:
        """End the session and forget the PIN. May be called again."""
        with self._lock:
            self._forget()
            self._pin = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._place)!r}, open={self._session is not None})"

    def __reduce__(self) -> NoReturn:
        raise ConfigurationError(
            "a signer with a session in a token is not pickled",
            code="KEY_NOT_PICKLED",
            hint="open the token in the process that signs",
        )

    def _log_in(self, info: TokenInfo, token: Any, pin: Pin | None) -> None:
        self._session, self._pin = open_session(
            self._place, info, token, lambda: None if pin is None else ask(pin, self._place)
        )
        try:
            self._pair = find_pair(self._session, self._wanted, self._place)
        except BaseException:
            self._forget()
            self._pin = None
            raise

    def _log_in_again(self) -> None:
        """Log in to the same token once more: another token never gets the PIN."""
        pin, self._pin = self._pin, None  # forgotten, should the token refuse it now
        self._forget()
        info, token = find_token(replace(self._place, label=self._info.label, slot=None, serial=self._info.serial))
        if not same_text(info.serial, self._info.serial):
            raise SignerUnavailableError(f"{self._place}: another token is there now", code="TOKEN_LOST", hint=_PULLED)
        self._log_in(info, token, None if pin is None else lambda: pin)
        if self._pair is None or self._pair.certificate != self._certificate:
            self._forget()
            raise SignerUnavailableError(f"{self._place}: the certificate is not there any more", code="TOKEN_LOST")

    def _forget(self) -> None:
        session, self._session, self._pair = self._session, None, None
        try:
            if session is not None:
                session.close()
        except Exception:  # noqa: BLE001, S110 - a session that is gone needs no closing
            pass

    def _value(self, data: bytes, algorithm: SignatureAlgorithm, possible: tuple[Way, ...]) -> bytes:
        pair = self._pair
        if pair is None:
            raise AssertionError("signed only while a pair is open")
        pin = {"pin": self._pin} if pair.asks_each_time and self._pin is not None else {}
        known = self._way.get(algorithm)
        for way in possible if known is None else (known,):
            try:
                value = pair.key.sign(way.input(data), **way.arguments(), **pin)
            except Exception as error:
                if type(error).__name__ not in UNSUPPORTED:
                    raise
                continue
            self._way[algorithm] = way
            return in_form(bytes(value), algorithm, self._certificate)
        raise SigningError(
            f"{self._place}: the token makes no such signatures ({algorithm.key} {algorithm.padding or ''} {algorithm.digest})",
            code="ALGORITHM_UNFIT",
            hint="choose another digest or padding",
        )

    def _refused(self, error: Exception) -> NoReturn:
        try:
            refused(self._place, error)
        except AuthorizationRefusedError:
            self._pin = None
            self._forget()
            raise
