"""Remote signing services of the Cloud Signature Consortium API, v1.0.4 and v2.

Both versions do the same: list the credentials, describe one, authorise it for a number of signatures, sign hashes. What they
call things differs; :class:`Dialect` knows. One authorisation serves all hashes of an order, in as many calls as the service's
size of a call asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vnsign.errors import ConfigurationError, SignerUnavailableError, SigningError
from vnsign.model.certificate import Certificate
from vnsign.signing.key_files import ask, ordered_chain
from vnsign.signing.remote.csc_http import Answer, CscEndpoint, nonsense
from vnsign.signing.remote.csc_words import Dialect, check_offered, sign_algorithm, values_of
from vnsign.signing.remote.protocol import Done, HashOrder, Part, Pending, RemoteCredential, Transaction, decoded, pieces

Secret = Callable[[], str]

_OID = re.compile(r"[0-9]{1,3}(\.[0-9]{1,16}){1,24}")
_MOST_CREDENTIALS = 64
_MOST_NAMES = 1000
_MOST_PAGES = 8
_MOST_CERTIFICATES = 8
_LARGEST_INFO = 1024 * 1024
_LARGEST_SAD = 64 * 1024
_BYTES_A_VALUE = 8 * 1024


@dataclass(frozen=True, slots=True)
class CscAuthorization:
    """How the holder authorises: nothing here where it is done elsewhere (an app on the phone, the access token itself).

    Attributes:
        pin: gives the PIN of the credential, when the service asks for one.
        otp: gives the one-time code, when the service asks for one; called after the service was told to send it.
        sad: gives the authorisation that was had over OAuth, for credentials of mode ``oauth2code``; where the access token
            itself is the authorisation (v2, scope ``credential``), none.
    """

    pin: Secret | None = field(default=None, repr=False)
    otp: Secret | None = field(default=None, repr=False)
    sad: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CscService:
    """A CSC service, for one user.

    Attributes:
        endpoint: where it is.
        dialect: the version of the API; by the address where omitted.
        authorization: how the holder authorises.
        user: ``userID`` for services that know the user by it rather than by the access token.
        hashes_a_call: at most so many hashes in one ``signHash``; more go in further calls, under the same authorisation.
        waits: v2: let the service answer later (``operationMode`` A) and poll, rather than keep the request open.

    Raises:
        ConfigurationError: ``BAD_BOUND``.
    """

    endpoint: CscEndpoint
    dialect: Dialect | None = None
    authorization: CscAuthorization = CscAuthorization()
    user: str = ""
    hashes_a_call: int = 100
    waits: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.hashes_a_call <= 10_000:
            raise ConfigurationError("hashes of a call: 1 to 10,000", code="BAD_BOUND")

    @property
    def version(self) -> Dialect:
        """The version that is spoken."""
        return self.dialect or Dialect.of(self.endpoint.url)

    def certificates(self) -> tuple[RemoteCredential, ...]:
        """All credentials with a certificate. See :meth:`RemoteHashSigner.certificates`.

        At most 64 are described. One whose description cannot be used does not hide the others.
        """
        found: dict[str, None] = {}
        page = ""
        for _ in range(_MOST_PAGES):
            body = {"userID": self.user} if self.user else {}
            answer = self.endpoint.ask("credentials/list", body | ({"pageToken": page} if page else {}))
            found |= dict.fromkeys(answer.texts("credentialIDs", most=_MOST_NAMES))
            page = answer.text("nextPageToken", most=1024)
            if not page:
                break
        credentials, last = [], None
        for name in list(found)[:_MOST_CREDENTIALS]:
            try:
                credentials.append(self.credential(name))
            except SigningError as error:
                if error.code not in ("REMOTE_ANSWER", "REMOTE_REFUSED"):
                    raise
                last = error
        if last is not None and not credentials:
            raise last
        return tuple(credentials)

    def credential(self, name: str) -> RemoteCredential:
        """One credential by the service's own name for it. See :meth:`RemoteHashSigner.credential`."""
        return _credential(name, self._described(name))

    def start(self, order: HashOrder) -> Transaction:
        """Authorise once and ask for all signatures. See :meth:`RemoteHashSigner.start`.

        The credential is described anew before: a key that may not sign now, another certificate than the one that was
        prepared for, an algorithm or a number that the service does not do, are refused before the holder is asked.
        """
        answer = self._described(order.credential.id)
        check_offered(order, _credential(order.credential.id, answer), self.endpoint.url)
        parts = tuple(Part(len(piece)) for piece in pieces(order.hashes, self.hashes_a_call))
        transaction = Transaction(
            self.endpoint.url, order.credential.id, order.credential.certificate, order.algorithm, order.hashes, parts
        )
        sad, handle = self._authorise(order, answer)
        if not sad and handle:
            return replace(transaction, waits_for=handle)
        return self._ask_for_all(transaction, sad, order.credential.algorithms)

    def poll(self, transaction: Transaction) -> Pending | Done:
        """See :meth:`RemoteHashSigner.poll`.

        A transaction whose authorisation the holder has yet to give asks for the signatures here, once the authorisation is
        there. After ``ANSWER_LOST`` it must not be polled again, for that would ask for them again.

        Raises:
            ConfigurationError: the transaction is another service's, or damaged.
        """
        if transaction.service != self.endpoint.url:
            raise ConfigurationError(f"the transaction is of {transaction.service}", code="BAD_TRANSACTION")
        if not transaction.waits_for and any(not part.done and not part.reference for part in transaction.parts):
            raise ConfigurationError("a transaction that waits for nothing", code="BAD_TRANSACTION")
        if transaction.waits_for:
            answer = self.endpoint.ask("credentials/authorizeCheck", {"handle": transaction.waits_for})
            sad = answer.text("SAD", most=_LARGEST_SAD)
            if not sad:
                return Pending(transaction)
            algorithms = self.credential(transaction.credential).algorithms
            transaction = self._ask_for_all(replace(transaction, waits_for=""), sad, algorithms)
        parts = list(transaction.parts)
        for position, part in enumerate(parts):
            if part.done:
                continue
            answer = self._looked(part)
            values = values_of(answer, part.count) if answer.fields.get("signatures") else ()
            if not values:
                return Pending(replace(transaction, parts=tuple(parts)))
            parts[position] = Part(part.count, values=values)
        return Done(replace(transaction, parts=tuple(parts)))

    def _looked(self, part: Part) -> Answer:
        most = _BYTES_A_VALUE * (part.count + 32)
        try:
            return self.endpoint.ask("signatures/signPolling", {"responseID": part.reference}, most=most)
        except SigningError as error:
            # Some services say "not yet" as an error about the request that is still being carried out.
            if error.code == "REMOTE_REFUSED" and "asynchronous" in error.message:
                return Answer(self.endpoint.url, 202, {})
            raise

    def _described(self, name: str) -> Answer:
        body = {"credentialID": name, "certificates": "chain", "authInfo": True}
        try:
            return self.endpoint.ask("credentials/info", body | {"certInfo": True}, most=_LARGEST_INFO)
        except SigningError as error:
            if error.code != "REMOTE_REFUSED":
                raise
            # Some services do not write the certificate's fields as text, which are not needed here: only its status is missed.
            return self.endpoint.ask("credentials/info", body, most=_LARGEST_INFO)

    def _authorise(self, order: HashOrder, described: Answer) -> tuple[str, str]:
        """Authorise all hashes at once: the authorisation, or the service's name for one that the holder has yet to give.

        The service is told the hashes, so that the authorisation is for these alone (SCAL 2).
        """
        asked = self.version.asked_for(described)
        if asked.mode.startswith("oauth2"):
            return self._from_oauth(), ""
        body: dict[str, Any] = {"credentialID": order.credential.id, "numSignatures": len(order.hashes)}
        body |= self.version.hashes(order.hashes, order.algorithm)
        if order.description:
            body["description"] = order.description[:500]
        body |= self._secrets(order, asked.secrets, asked.sends_code)
        answer = self.endpoint.ask_once("credentials/authorize", body)
        sad, handle = answer.text("SAD", most=_LARGEST_SAD), answer.text("handle", most=4096)
        if not sad and not handle:
            raise nonsense(answer.url, "neither SAD nor handle")
        return sad, handle

    def _from_oauth(self) -> str:
        if self.authorization.sad is not None:
            return ask(self.authorization.sad, self.endpoint.url)
        if self.version is Dialect.V1:
            raise SignerUnavailableError(
                f"{self.endpoint.url}: wants an authorisation over OAuth (SAD) and none was given", code="SECRET_NEEDED"
            )
        return ""

    def _secrets(self, order: HashOrder, asked: Mapping[str, str], sends_code: bool) -> dict[str, Any]:
        given: dict[str, str] = {}
        ways = {"PIN": self.authorization.pin, "OTP": self.authorization.otp}
        for kind in asked:
            if ways.get(kind) is None:
                raise SignerUnavailableError(f"{self.endpoint.url}: asks for a {kind} and none was given", code="SECRET_NEEDED")
        if sends_code and "OTP" in asked:
            self.endpoint.ask_once("credentials/sendOTP", {"credentialID": order.credential.id})
        for kind in asked:
            way = ways[kind]
            given[kind] = "" if way is None else ask(way, self.endpoint.url)
        return self.version.secrets(given, asked)

    def _ask_for_all(self, transaction: Transaction, sad: str, algorithms: tuple[str, ...]) -> Transaction:
        extends = len(transaction.parts) > 1 and bool(sad) and self._extends()
        parts: list[Part] = []
        groups = pieces(transaction.hashes, self.hashes_a_call)
        for position, group in enumerate(groups):
            parts.append(self._ask_for(transaction, group, sad, algorithms))
            if extends and position + 1 < len(groups):
                sad = self._extended(transaction, groups[position + 1], sad)
        return replace(transaction, parts=tuple(parts))

    def _ask_for(self, transaction: Transaction, group: tuple[bytes, ...], sad: str, algorithms: tuple[str, ...]) -> Part:
        body: dict[str, Any] = {"credentialID": transaction.credential} | ({"SAD": sad} if sad else {})
        body |= self.version.hashes(group, transaction.algorithm)
        body |= sign_algorithm(transaction.algorithm, algorithms)
        if self.version is Dialect.V2:
            body["operationMode"] = "A" if self.waits else "S"
        answer = self.endpoint.ask_once("signatures/signHash", body, most=_BYTES_A_VALUE * (len(group) + 32))
        reference = answer.text("responseID", most=4096)
        if reference and not answer.fields.get("signatures"):
            return Part(len(group), reference)
        return Part(len(group), values=values_of(answer, len(group)))

    def _extends(self) -> bool:
        """Whether the service renews an authorisation between calls (v1.0.4, ``credentials/extendTransaction``)."""
        try:
            return "credentials/extendTransaction" in self.endpoint.ask("info", {}).texts("methods", most=64)
        except SigningError:
            return False

    def _extended(self, transaction: Transaction, group: tuple[bytes, ...], sad: str) -> str:
        body = {"credentialID": transaction.credential, "SAD": sad}
        hashes = self.version.hashes(group, transaction.algorithm)
        return self.endpoint.ask_once("credentials/extendTransaction", body | hashes).text("SAD", most=_LARGEST_SAD) or sad


def _credential(name: str, answer: Answer) -> RemoteCredential:
    from vnsign.crypto.values import public_key

    certificate, key = answer.part("cert"), answer.part("key")
    try:
        found = [
            Certificate(decoded(text, "a certificate")) for text in certificate.texts("certificates", most=_MOST_CERTIFICATES)
        ]
    except ValueError as error:
        raise nonsense(answer.url, str(error)) from error
    if not found or public_key(found[0]) is None:
        raise nonsense(answer.url, f"credential {name!r} has no certificate that can be read")
    said = (certificate.words("status"), key.words("status"))
    return RemoteCredential(
        id=name,
        certificate=found[0],
        chain=ordered_chain(found[0], found[1:]),
        usable=said[0] in ("", "valid") and said[1] in ("", "enabled"),
        status=", ".join(word for word in said if word),
        most_at_once=answer.number("multisign"),
        algorithms=tuple(number for number in key.texts("algo", most=64) if _OID.fullmatch(number)),
        description=answer.words("description"),
    )
