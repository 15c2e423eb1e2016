"""Tokens that are pulled out, locked, exchanged, or odd: one PIN attempt, one new login, an error that says what."""

from __future__ import annotations

import builtins
import importlib.util
import os
from collections.abc import Callable
from dataclasses import replace

import pytest

if importlib.util.find_spec("pkcs11") is None:
    if os.environ.get("CI") == "true":
        pytest.fail("python-pkcs11 is not installed")
    pytest.skip("python-pkcs11 is not installed", allow_module_level=True)

from pkcs11 import exceptions
from pkcs11.constants import TokenFlag

from tests.unit.signing.fake_pkcs11 import PIN, FakeCertificate, FakeKey, FakeLibrary, FakeToken
from tests.unit.signing.support import PKI
from vnsign.errors import AuthorizationRefusedError, ConfigurationError, SignerUnavailableError, SigningError
from vnsign.model.facts import SignatureAlgorithm, SignedValue
from vnsign.signing import pkcs11_token
from vnsign.signing.pkcs11 import Pkcs11Signer, list_tokens
from vnsign.signing.value_check import checked_value

RSA = SignatureAlgorithm("rsa", "sha256", "pkcs1v15")
ECDSA = SignatureAlgorithm("ecdsa", "sha256")
Plug = Callable[..., FakeLibrary]


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Plug:
    """Plug tokens into a fake module."""

    def start(*tokens: FakeToken | None) -> FakeLibrary:
        library = FakeLibrary.of(*tokens)
        monkeypatch.setattr(pkcs11_token, "load_library", lambda module: library)
        return library

    return start


def opened(pin: str | None = PIN, **options: object) -> Pkcs11Signer:
    return Pkcs11Signer.open("module.so", pin=None if pin is None else lambda: pin, **options)


def test_a_token_pulled_out_and_put_back_is_logged_in_to_once_more(plug: Plug):
    token = FakeToken.with_key()
    plug(token)
    with opened() as signer:
        token.broken = True
        assert len(signer.sign([b"a", b"b"], RSA)) == 2
        assert token.pins == [PIN, PIN]


def test_a_token_that_stays_out_is_named_and_the_signer_is_closed(plug: Plug):
    token = FakeToken.with_key()
    plug(token)
    with opened() as signer:
        token.there = False
        with pytest.raises(SignerUnavailableError) as refusal:
            signer.sign([b"a"], RSA)
        assert refusal.value.code == "TOKEN_ABSENT"
        token.there = True
        with pytest.raises(SignerUnavailableError) as refusal:
            signer.sign([b"a"], RSA)
        assert refusal.value.code == "SIGNER_CLOSED"
        assert token.pins == [PIN]
        assert signer._pin is None


def test_a_second_loss_in_one_call_ends_it(plug: Plug):
    token = FakeToken.with_key()
    plug(token)
    with opened() as signer:
        token.failures = [exceptions.DeviceRemoved(), exceptions.DeviceRemoved()]
        with pytest.raises(SignerUnavailableError) as refusal:
            signer.sign([b"a", b"b"], RSA)
        assert refusal.value.code == "TOKEN_LOST"
        assert token.pins == [PIN, PIN]


def test_another_token_with_the_same_label_never_gets_the_pin(plug: Plug):
    token, other = FakeToken.with_key(), FakeToken.with_key(serial=b"0002")
    library = plug(token)
    with opened() as signer:
        token.there = False
        library.slots[0].token = other
        with pytest.raises(SignerUnavailableError):
            signer.sign([b"a"], RSA)
        assert other.pins == []


def test_a_pin_that_the_token_refuses_after_it_came_back_is_never_tried_again(plug: Plug):
    token = FakeToken.with_key()
    plug(token)
    with opened() as signer:
        token.broken, token.right_pin = True, "changed"
        for expected in ("PIN_WRONG", "SIGNER_CLOSED"):
            with pytest.raises(SigningError) as refusal:
                signer.sign([b"a"], RSA)
            assert refusal.value.code == expected
        assert token.pins == [PIN, PIN]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (exceptions.PinIncorrect, "PIN_WRONG"),
        (exceptions.PinLenRange, "PIN_WRONG"),
        (exceptions.PinLocked, "PIN_LOCKED"),
        (exceptions.PinExpired, "PIN_EXPIRED"),
        (exceptions.FunctionCancelled, "CANCELLED"),
    ],
)
def test_what_the_token_says_of_the_pin_is_named_and_tried_once(
    plug: Plug, monkeypatch: pytest.MonkeyPatch, error: type[Exception], code: str
):
    token = FakeToken.with_key()
    plug(token)
    tried: list[object] = []

    def refuse(self: FakeToken, **login: object) -> object:
        tried.append(login["user_pin"])
        raise error(f"the PIN was {login['user_pin']}")

    monkeypatch.setattr(FakeToken, "open", refuse)
    with pytest.raises(AuthorizationRefusedError) as refusal:
        opened()
    assert refusal.value.code == code
    assert "CKR_" in refusal.value.message
    assert PIN not in refusal.value.message + refusal.value.hint
    assert tried == [PIN]


@pytest.mark.parametrize(
    ("flag", "words"), [(TokenFlag.USER_PIN_FINAL_TRY, "one more"), (TokenFlag.USER_PIN_LOCKED, "locked now")]
)
def test_how_many_attempts_are_left_is_said(plug: Plug, monkeypatch: pytest.MonkeyPatch, flag: TokenFlag, words: str):
    token = FakeToken.with_key()
    plug(token)
    real = FakeToken.open

    def counting(self: FakeToken, **login: object) -> object:
        self.flags |= flag
        return real(self, **login)

    monkeypatch.setattr(FakeToken, "open", counting)
    with pytest.raises(AuthorizationRefusedError) as refusal:
        opened(pin="0000")
    assert words in refusal.value.message


def test_a_token_known_to_be_locked_is_not_given_a_pin(plug: Plug):
    token = FakeToken.with_key()
    token.flags |= TokenFlag.USER_PIN_LOCKED
    plug(token)
    asked: list[int] = []
    with pytest.raises(AuthorizationRefusedError) as refusal:
        Pkcs11Signer.open("module.so", pin=lambda: asked.append(1) or PIN)
    assert refusal.value.code == "PIN_LOCKED"
    assert (asked, token.pins) == ([], [])


def test_without_a_pin_the_reader_asks_where_it_can(plug: Plug):
    token = FakeToken.with_key()
    plug(token)
    with pytest.raises(SignerUnavailableError) as refusal:
        opened(pin=None)
    assert refusal.value.code == "SECRET_NEEDED"
    token.flags |= TokenFlag.PROTECTED_AUTHENTICATION_PATH
    opened(pin=None).close()
    assert token.pins == ["pinpad"]


@pytest.mark.parametrize("error", [EOFError, OSError])
def test_a_pin_that_nobody_enters_is_not_sent(plug: Plug, error: type[Exception]):
    token = FakeToken.with_key()
    plug(token)

    def nobody() -> str:
        raise error

    with pytest.raises(SignerUnavailableError) as refusal:
        Pkcs11Signer.open("module.so", pin=nobody)
    assert refusal.value.code == "SECRET_NEEDED"
    assert token.pins == []


def test_a_key_that_wants_the_pin_each_time_is_given_it(plug: Plug):
    token = FakeToken.with_key()
    token.keys[0].asks_each_time = True
    plug(token)
    with opened() as signer:
        assert len(signer.sign([b"a", b"b"], RSA)) == 2
        assert token.pins == [PIN, PIN, PIN]


def test_a_token_that_lacks_a_mechanism_is_asked_in_another_way_and_that_is_kept(plug: Plug):
    token = FakeToken.with_key(mechanisms=("RSA_PKCS",))
    plug(token)
    with opened() as signer:
        values = signer.sign([b"a", b"b"], RSA)
        assert token.asked == ["SHA256_RSA_PKCS", "RSA_PKCS", "RSA_PKCS"]
        checked_value(signer.certificate, SignedValue(b"b", RSA, values[1]))


@pytest.mark.parametrize("gives_der", [True, False])
@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("mechanisms", [("ECDSA",), ("ECDSA_SHA256",)])
def test_ecdsa_comes_in_the_form_of_the_algorithm(plug: Plug, gives_der: bool, plain: bool, mechanisms: tuple[str, ...]):
    token = FakeToken.with_key("citizen-p256", gives_der=gives_der, mechanisms=mechanisms)
    plug(token)
    algorithm = replace(ECDSA, plain_ecdsa=plain)
    with opened() as signer:
        value = signer.sign([b"a"], algorithm)[0]
    assert checked_value(PKI.certificate("citizen-p256"), SignedValue(b"a", algorithm, value)) == value


def test_no_mechanism_at_all_is_an_unfit_algorithm(plug: Plug):
    plug(FakeToken.with_key(mechanisms=()))
    with opened() as signer, pytest.raises(SigningError) as refusal:
        signer.sign([b"a"], RSA)
    assert refusal.value.code == "ALGORITHM_UNFIT"


def test_any_other_failure_is_named_and_not_tried_again(plug: Plug):
    token = FakeToken.with_key()
    plug(token)
    with opened() as signer:
        token.failures = [exceptions.GeneralError(PIN)]
        with pytest.raises(SignerUnavailableError) as refusal:
            signer.sign([b"a"], RSA)
        assert refusal.value.code == "TOKEN_FAILED"
        assert PIN not in str(refusal.value)
        assert len(token.asked) == 1


def test_a_key_whose_identifier_is_another_certificates_is_found_by_its_modulus(plug: Plug):
    token = FakeToken.with_key()
    token.certificates = [FakeCertificate("agency", b"\x01", "key"), FakeCertificate("citizen", b"\x02")]
    plug(token)
    with opened() as signer:
        assert signer.certificate == PKI.certificate("citizen")


def test_a_key_that_shows_nothing_is_found_by_its_identifier_or_label(plug: Plug):
    token = FakeToken.with_key()
    token.keys = [FakeKey(token, "citizen", b"", "nhãn", shown=False)]
    token.certificates = [FakeCertificate("agency", b"\x02"), FakeCertificate("citizen", b"\x03", "nhãn")]
    plug(token)
    with opened() as signer:
        assert signer.certificate == PKI.certificate("citizen")


def test_a_key_without_certificate_is_not_used(plug: Plug):
    token = FakeToken.with_key()
    token.certificates = [FakeCertificate("agency")]
    plug(token)
    with pytest.raises(SignerUnavailableError) as refusal:
        opened()
    assert refusal.value.code == "KEY_NOT_FOUND"


def test_two_tokens_and_no_name_asks_for_one_before_the_pin(plug: Plug):
    tokens = FakeToken.with_key(label="A"), FakeToken.with_key(label="B", serial=b"0002")
    plug(*tokens)
    with pytest.raises(SignerUnavailableError) as refusal:
        opened()
    assert refusal.value.code == "TOKEN_AMBIGUOUS"
    opened(token="B").close()
    opened(slot=0).close()
    assert [len(token.pins) for token in tokens] == [1, 1]


def test_readers_without_a_readable_token_are_left_out(plug: Plug):
    plug(None, FakeToken.with_key(), FakeToken(label="not initialised", flags=0))
    assert [item.label for item in list_tokens("module.so")] == ["Token"]


def test_a_final_try_is_told(plug: Plug):
    token = FakeToken.with_key()
    token.flags |= TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_COUNT_LOW
    plug(token)
    assert list_tokens("module.so")[0].pin_final_try


def test_without_the_library_the_hint_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def absent(name: str, *rest: object, **more: object) -> object:
        if name == "pkcs11":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(ConfigurationError) as refusal:
        list_tokens("module.so")
    assert refusal.value.code == "EXTRA_NEEDED"
    assert "vnsign[pkcs11]" in refusal.value.hint
