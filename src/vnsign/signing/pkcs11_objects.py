"""Which private key and which certificate of a token belong together, however its maker labelled them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vnsign.crypto.values import public_key
from vnsign.errors import SignerUnavailableError
from vnsign.model.certificate import Certificate
from vnsign.signing.pkcs11_token import TokenPlace, is_lost, same_text, speaking

ObjectName = str | bytes
"""Text: the label (CKA_LABEL). Bytes: the identifier (CKA_ID). Empty: whichever fits."""

_MOST_OBJECTS = 256


@dataclass(frozen=True, slots=True)
class Wanted:
    """The objects that are meant.

    Attributes:
        key: the private key.
        certificate: its certificate.
    """

    key: ObjectName = ""
    certificate: ObjectName = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key with its certificate.

    Attributes:
        key: the library's object.
        certificate: the key's certificate.
        others: all other certificates of the token.
        asks_each_time: the token wants the PIN for each signature (CKA_ALWAYS_AUTHENTICATE).
    """

    key: Any = field(repr=False)
    certificate: Certificate
    others: tuple[Certificate, ...] = ()
    asks_each_time: bool = False


@dataclass(frozen=True, slots=True)
class _Object:
    handle: Any
    label: str
    id: bytes
    certificate: Certificate | None = None

    def named(self, name: ObjectName) -> bool:
        if isinstance(name, str):
            return not name or same_text(self.label, name)
        return not name or self.id == name


def find_pair(session: Any, wanted: Wanted, place: TokenPlace) -> Pair:
    """Find the private key and the certificate that are meant, after the login.

    A certificate is the key's when it has its modulus (RSA), else when it has its identifier, else its label: makers give
    the same label, or the same identifier, or neither. Names are compared here and not by the module, since labels come
    composed and decomposed.

    Raises:
        SignerUnavailableError: ``KEY_NOT_FOUND`` or ``KEY_AMBIGUOUS``, naming what is there.
    """
    with speaking(place):
        keys = _objects(session, "PRIVATE_KEY")
        certificates = [item for item in _objects(session, "CERTIFICATE") if item.certificate is not None]
    pairs = [
        (key, certificate)
        for key in keys
        if key.named(wanted.key)
        for certificate in _of_key(key, certificates)
        if certificate.named(wanted.certificate)
    ]
    leaves = [pair for pair in pairs if not _is_authority(pair[1].certificate)] or pairs
    if not leaves:
        raise SignerUnavailableError(
            f"{place}: no private key with its certificate fits (keys: {_names(keys)}; certificates: {_names(certificates)})",
            code="KEY_NOT_FOUND",
            hint="check labels and identifiers; a key without certificate on the token cannot be used",
        )
    if len({id(key.handle) for key, _ in leaves}) > 1 or len({item.certificate for _, item in leaves}) > 1:
        raise SignerUnavailableError(
            f"{place}: {len(leaves)} keys fit: {_names([key for key, _ in leaves])}",
            code="KEY_AMBIGUOUS",
            hint="name the key's label or identifier, or the certificate's",
        )
    key, leaf = leaves[0]
    others = tuple(item.certificate for item in certificates if item.certificate not in (None, leaf.certificate))
    asks = _read(key.handle, "ALWAYS_AUTHENTICATE") is True
    return Pair(key.handle, _not_none(leaf.certificate), tuple(_not_none(item) for item in others), asks)


def _not_none(certificate: Certificate | None) -> Certificate:
    if certificate is None:
        raise AssertionError("only objects with a certificate are looked at")
    return certificate


def _objects(session: Any, kind: str) -> list[_Object]:
    from pkcs11.constants import Attribute, ObjectClass

    found = []
    for number, handle in enumerate(session.get_objects({Attribute.CLASS: ObjectClass[kind]})):
        if number >= _MOST_OBJECTS:
            break
        label, identifier = _read(handle, "LABEL"), _read(handle, "ID")
        value = _read(handle, "VALUE") if kind == "CERTIFICATE" else None
        found.append(
            _Object(
                handle,
                label if isinstance(label, str) else "",
                bytes(identifier) if isinstance(identifier, bytes) else b"",
                _certificate(value),
            )
        )
    return found


def _certificate(value: object) -> Certificate | None:
    if not isinstance(value, bytes):
        return None
    found = Certificate(value)
    return found if public_key(found) is not None else None


def _of_key(key: _Object, certificates: list[_Object]) -> list[_Object]:
    modulus = _read(key.handle, "MODULUS")
    if isinstance(modulus, bytes) and modulus:
        number = int.from_bytes(modulus, "big")
        return [item for item in certificates if _modulus(item.certificate) == number]
    same = [item for item in certificates if key.id and item.id == key.id]
    return same or [item for item in certificates if key.label and same_text(item.label, key.label)]


def _modulus(certificate: Certificate | None) -> int | None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    found = None if certificate is None else public_key(certificate)
    return found.public_numbers().n if isinstance(found, rsa.RSAPublicKey) else None


def _is_authority(certificate: Certificate | None) -> bool:
    from cryptography import x509

    try:
        constraints = (
            None if certificate is None else certificate.x509.extensions.get_extension_for_class(x509.BasicConstraints)
        )
    except (x509.ExtensionNotFound, ValueError):
        return False
    return constraints is not None and constraints.value.ca


def _read(handle: Any, name: str) -> object:
    """An attribute, ``None`` where the token has none or does not show it."""
    from pkcs11.constants import Attribute

    try:
        found: object = handle[Attribute[name]]
    except Exception as error:
        # The door: tokens answer with every error there is to a question for an attribute they lack. A loss is told apart.
        if is_lost(error):
            raise
        return None
    return found


def _names(objects: list[_Object]) -> str:
    return ", ".join(f"{item.label!r} id {item.id.hex() or '-'}" for item in objects) or "none"
