"""What the versions of the CSC API call things, which algorithms they name, and what their answers must hold."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from vnsign.crypto import ber
from vnsign.crypto.algorithms import cms_identifier_der, digest_identifier_der
from vnsign.errors import SignerUnavailableError, SigningError
from vnsign.model.facts import SignatureAlgorithm
from vnsign.signing.remote.csc_http import Answer, nonsense
from vnsign.signing.remote.protocol import HashOrder, RemoteCredential, decoded
from vnsign.signing.value_check import LARGEST_VALUE

_RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
_EC_PUBLIC_KEY = "1.2.840.10045.2.1"
_KEY_OIDS = {"rsa": _RSA_ENCRYPTION, "ecdsa": _EC_PUBLIC_KEY}
_V2_KINDS = {"Password": "PIN", "PIN": "PIN", "OTP": "OTP"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the service wants of the holder.

    Attributes:
        mode: ``implicit``, ``explicit``, ``oauth2code``, ``oauth2token``.
        secrets: kind of each secret (``PIN``, ``OTP``) and the service's name for it.
        sends_code: the service sends the one-time code when it is told to.
    """

    mode: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    sends_code: bool = False


class Dialect(StrEnum):
    """Version of the API."""

    V1 = "v1"
    V2 = "v2"

    @classmethod
    def of(cls, url: str) -> Dialect:
        """By the address: ``/v2`` in it, or else v1, which most services speak."""
        return cls.V2 if "/v2" in url else cls.V1

    def hashes(self, hashes: Sequence[bytes], algorithm: SignatureAlgorithm) -> dict[str, Any]:
        """Fields for the hashes, in base64, and their digest."""
        encoded = [base64.b64encode(item).decode() for item in hashes]
        digest = digest_oid(algorithm.digest or "")
        if self is Dialect.V1:
            return {"hash": encoded, "hashAlgo": digest}
        return {"hashes": encoded, "hashAlgorithmOID": digest}

    def secrets(self, given: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
        """Fields for the secrets of the holder."""
        if self is Dialect.V1:
            return dict(given)
        return {"authData": [{"id": names[kind], "value": value} for kind, value in given.items()]} if given else {}

    def asked_for(self, described: Answer) -> Asked:
        """Which secrets a described credential wants.

        Raises:
            SigningError: ``AUTHORIZATION_UNSUPPORTED``: a kind of secret that is not known here.
        """
        if self is Dialect.V1:
            mode = described.text("authMode", most=64) or "implicit"
            wanted = {kind: kind for kind in ("PIN", "OTP") if described.part(kind).fields.get("presence") in ("true", True)}
            online = described.part("OTP").text("type", most=64) == "online"
            return Asked(mode, wanted if mode == "explicit" else {}, online)
        auth = described.part("auth")
        mode = auth.text("mode", most=64) or "implicit"
        if mode != "explicit":
            return Asked(mode)
        found: dict[str, str] = {}
        for item in auth.parts("objects"):
            kind = item.text("type", most=64)
            if kind not in _V2_KINDS:
                raise SigningError(
                    f"{described.url}: wants a {kind!r}, which cannot be given here", code="AUTHORIZATION_UNSUPPORTED"
                )
            found[_V2_KINDS[kind]] = item.text("id", most=256)
        return Asked(mode, found)


def digest_oid(name: str) -> str:
    """OID of a digest, dotted."""
    return _first_oid(digest_identifier_der(name))


def sign_algorithm(algorithm: SignatureAlgorithm, offered: tuple[str, ...]) -> dict[str, Any]:
    """Fields for the algorithm: the OID of the signature, or of the key alone where the service names only that."""
    identifier = _identifier(algorithm)
    number = _first_oid(identifier)
    if algorithm.padding == "pss":
        return {"signAlgo": number, "signAlgoParams": base64.b64encode(_parameters(identifier)).decode()}
    generic = _KEY_OIDS.get(algorithm.key, number)
    return {"signAlgo": generic if generic in offered and number not in offered else number}


def check_offered(order: HashOrder, now: RemoteCredential, url: str) -> None:
    """Refuse what the service will not do, before the holder is asked.

    Raises:
        SignerUnavailableError: ``CREDENTIAL_UNUSABLE``, ``CERTIFICATE_CHANGED``.
        SigningError: ``TOO_MANY_AT_ONCE``, ``ALGORITHM_UNFIT``.
    """
    if not now.usable:
        raise SignerUnavailableError(f"{url}: the credential cannot sign: {now.status}", code="CREDENTIAL_UNUSABLE")
    if now.certificate != order.credential.certificate:
        raise SignerUnavailableError(
            f"{url}: the credential has another certificate now",
            code="CERTIFICATE_CHANGED",
            hint="fetch the certificate again and prepare the documents anew",
        )
    count = len(order.hashes)
    if 0 < now.most_at_once < count:
        raise SigningError(
            f"{url}: {count} signatures, at most {now.most_at_once} for one authorisation",
            code="TOO_MANY_AT_ONCE",
            hint=f"sign at most {now.most_at_once} documents at once",
        )
    number = _first_oid(_identifier(order.algorithm))
    if now.algorithms and not {number, _KEY_OIDS.get(order.algorithm.key)} & set(now.algorithms):
        raise SigningError(
            f"{url}: the credential makes no {order.algorithm.key} {order.algorithm.padding or ''} {order.algorithm.digest}",
            code="ALGORITHM_UNFIT",
            hint=f"it offers {', '.join(now.algorithms)}",
        )


def values_of(answer: Answer, count: int) -> tuple[bytes, ...]:
    """The raw values of an answer: as many as asked for, each base64 of a size that a signature can have.

    A text that is no base64 but hexadecimal is kept as it is, so that the check of the value can say so.

    Raises:
        SignerUnavailableError: ``REMOTE_ANSWER``.
    """
    texts = answer.texts("signatures", most=count)
    if len(texts) != count:
        raise nonsense(answer.url, f"{len(texts)} signatures for {count} hashes")
    if any(not text or len(text) > 2 * LARGEST_VALUE for text in texts):
        raise nonsense(answer.url, "a signature that is empty or too long")
    return tuple(_value(text, answer.url) for text in texts)


def _value(text: str, url: str) -> bytes:
    compact = "".join(text.split())
    if compact.isascii() and all(char in "0123456789abcdefABCDEF" for char in compact):
        return compact.encode()
    try:
        return decoded(text, "a signature")
    except ValueError as error:
        raise nonsense(url, str(error)) from error


def _identifier(algorithm: SignatureAlgorithm) -> bytes:
    """As X.509 and CMS name it: services know ECDSA by this name alone, whichever way XML writes the value."""
    return cms_identifier_der(replace(algorithm, plain_ecdsa=False))


def _first_oid(identifier: bytes) -> str:
    return ber.oid(ber.children(ber.element(identifier))[0])


def _parameters(identifier: bytes) -> bytes:
    return ber.children(ber.element(identifier))[1].encoding
