"""A PKCS #11 module made of Python, to play tokens that are pulled out, locked, exchanged, or that know few mechanisms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from pkcs11 import exceptions
from pkcs11.constants import Attribute, ObjectClass, TokenFlag
from pkcs11.mechanisms import Mechanism
from pkcs11.types import PROTECTED_AUTH

from tests.unit.signing.support import PKI

PIN = "2468"
LOGIN = TokenFlag.TOKEN_INITIALIZED | TokenFlag.LOGIN_REQUIRED


@dataclass
class FakeKey:
    """A private key on the token."""

    token: FakeToken
    name: str
    id: bytes = b"\x01"
    label: str = "key"
    shown: bool = True
    asks_each_time: bool = False

    def __getitem__(self, attribute: Attribute) -> object:
        self.token.require_present()
        key = PKI.credential(self.name).private_key
        known: dict[Attribute, object] = {Attribute.LABEL: self.label, Attribute.ID: self.id}
        known[Attribute.ALWAYS_AUTHENTICATE] = self.asks_each_time
        if isinstance(key, rsa.RSAPrivateKey) and self.shown:
            number = key.public_key().public_numbers().n
            known[Attribute.MODULUS] = number.to_bytes((number.bit_length() + 7) // 8, "big")
        if attribute not in known:
            raise exceptions.AttributeTypeInvalid
        return known[attribute]

    def sign(self, data: bytes, *, mechanism: Mechanism, mechanism_param: object = None, pin: str | None = None) -> bytes:
        token = self.token
        token.asked.append(mechanism.name)
        token.require_present()
        if token.failures:
            raise token.failures.pop(0)
        if mechanism.name not in token.mechanisms:
            raise exceptions.MechanismInvalid
        if self.asks_each_time:
            token.pins.append(pin or "")
            if pin != PIN:
                raise exceptions.UserNotLoggedIn if pin is None else exceptions.PinIncorrect
        key = PKI.credential(self.name).private_key
        if isinstance(key, rsa.RSAPrivateKey):
            if mechanism is Mechanism.RSA_PKCS:
                assert data.startswith(bytes.fromhex("3031300d060960864801650304020105000420")), "a DigestInfo of SHA-256"
                return key.sign(data[-32:], padding.PKCS1v15(), Prehashed(hashes.SHA256()))
            return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        if mechanism is Mechanism.ECDSA:
            value = key.sign(data, ec.ECDSA(Prehashed(hashes.SHA256())))
        else:
            value = key.sign(data, ec.ECDSA(hashes.SHA256()))
        return value if token.gives_der else b"".join(item.to_bytes(32, "big") for item in decode_dss_signature(value))


@dataclass
class FakeCertificate:
    """A certificate on the token."""

    name: str
    id: bytes = b"\x01"
    label: str = "certificate"

    def __getitem__(self, attribute: Attribute) -> object:
        known = {Attribute.LABEL: self.label, Attribute.ID: self.id, Attribute.VALUE: PKI.certificate(self.name).der}
        if attribute not in known:
            raise exceptions.AttributeTypeInvalid
        return known[attribute]


@dataclass
class FakeSession:
    """A session that dies with the token."""

    token: FakeToken
    closed: bool = False

    def get_objects(self, wanted: dict[Attribute, Any]) -> Iterator[Any]:
        self.token.require_present()
        return iter(self.token.keys if wanted[Attribute.CLASS] is ObjectClass.PRIVATE_KEY else self.token.certificates)

    def close(self) -> None:
        self.closed = True
        if not self.token.there:
            raise exceptions.SessionHandleInvalid


@dataclass
class FakeToken:
    """A token. ``there`` says whether it is plugged in; ``pins`` are those that it was given."""

    label: str = "Token"
    serial: bytes = b"0001"
    flags: int = LOGIN
    there: bool = True
    broken: bool = False
    locked: bool = False
    gives_der: bool = False
    mechanisms: tuple[str, ...] = ("SHA256_RSA_PKCS", "ECDSA")
    keys: list[FakeKey] = field(default_factory=list)
    certificates: list[FakeCertificate] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    right_pin: str = PIN
    slot: FakeSlot | None = None
    manufacturer_id: str = "maker"
    model: str = "model"

    @classmethod
    def with_key(cls, name: str = "citizen", **options: Any) -> FakeToken:
        """A token with one key and its certificate."""
        token = cls(**options)
        token.keys.append(FakeKey(token, name))
        token.certificates += [FakeCertificate(name), FakeCertificate("public-ca", b"\x09")]
        return token

    def require_present(self) -> None:
        """As a module does after the token was pulled out: also when it was put back."""
        if not self.there or self.broken:
            raise exceptions.SessionHandleInvalid

    def open(self, *, user_pin: object = None, attribute_mapper: object = None) -> FakeSession:
        if not self.there:
            raise exceptions.TokenNotPresent
        if user_pin is not None:
            self.pins.append("pinpad" if user_pin is PROTECTED_AUTH else str(user_pin))
            if self.locked:
                raise exceptions.PinLocked
            if user_pin is not PROTECTED_AUTH and user_pin != self.right_pin:
                raise exceptions.PinIncorrect
        self.broken = False
        return FakeSession(self)


@dataclass
class FakeSlot:
    """A reader."""

    slot_id: int
    token: FakeToken | None

    def get_token(self) -> FakeToken:
        if self.token is None or not self.token.there:
            raise exceptions.TokenNotPresent
        return self.token


@dataclass
class FakeLibrary:
    """The module."""

    slots: list[FakeSlot]

    @classmethod
    def of(cls, *tokens: FakeToken | None) -> FakeLibrary:
        slots = [FakeSlot(number, token) for number, token in enumerate(tokens)]
        for slot in slots:
            if slot.token is not None:
                slot.token.slot = slot
        return cls(slots)

    def get_slots(self, token_present: bool = False) -> list[FakeSlot]:
        assert token_present
        return self.slots
