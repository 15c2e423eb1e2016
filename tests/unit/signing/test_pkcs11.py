"""Keys in tokens: SoftHSM, through the real library, in every algorithm."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import vnsign
from tests.unit.signing import softhsm
from tests.unit.signing.support import AT, PKI
from vnsign.errors import AuthorizationRefusedError, ConfigurationError, SignerUnavailableError, SigningError
from vnsign.model.facts import SignatureAlgorithm, SignedValue
from vnsign.signing.pkcs11 import Pkcs11Signer, list_tokens
from vnsign.signing.signer import Signer
from vnsign.signing.value_check import checked_value
from vnsign.testing.documents import declaration_xml, result_pdf

KEYS = ("citizen", "citizen-p256", "citizen-p384", "citizen-rsa3072", "citizen-ed25519")
RSA = SignatureAlgorithm("rsa", "sha256", "pkcs1v15")


class Asked:
    """A PIN that counts how often it is asked for."""

    def __init__(self, answer: str = softhsm.PIN) -> None:
        self.answer = answer
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return self.answer


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[softhsm.Token]:
    softhsm.module()
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    try:
        yield softhsm.create(folder, "Thẻ của Ánh", KEYS)
    finally:
        os.environ.pop("SOFTHSM2_CONF") if before is None else os.environ.update(SOFTHSM2_CONF=before)


def opened(token: softhsm.Token, name: str = "citizen", pin: Asked | None = None) -> Pkcs11Signer:
    return Pkcs11Signer.open(token.module, token=token.label, key=f"khóa {name}", pin=pin or Asked())


ALGORITHMS = [
    *(("citizen", RSA), ("citizen-rsa3072", replace(RSA, digest="sha512")), ("citizen", replace(RSA, digest="sha384"))),
    *(("citizen", SignatureAlgorithm("rsa", name, "pss", name, size)) for name, size in (("sha256", 32), ("sha512", 64))),
    *(("citizen-p256", SignatureAlgorithm("ecdsa", digest)) for digest in ("sha256", "sha512")),
    ("citizen-p384", SignatureAlgorithm("ecdsa", "sha384", plain_ecdsa=True)),
    ("citizen-ed25519", SignatureAlgorithm("ed25519")),
]


@pytest.mark.parametrize(("name", "algorithm"), ALGORITHMS, ids=lambda value: str(getattr(value, "key", value)))
def test_values_of_a_token_verify_under_its_certificate_in_their_order(
    token: softhsm.Token, name: str, algorithm: SignatureAlgorithm
):
    pin = Asked()
    data = [b"mot", b"hai", b"ba" * 5000]
    with opened(token, name, pin) as signer:
        assert signer.certificate == PKI.certificate(name)
        values = [*signer.sign(data[:2], algorithm), *signer.sign(data[2:], algorithm)]
    for item, value in zip(data, values, strict=True):
        assert checked_value(PKI.certificate(name), SignedValue(item, algorithm, value)) == value, "as it is, not mended"
    assert pin.times == 1, "one PIN for all signatures"


DOCUMENTS = [*((result_pdf(), name) for name in ("citizen", "citizen-p256", "citizen-ed25519"))]
DOCUMENTS += [(declaration_xml(), name) for name in ("citizen", "citizen-p256", "citizen-ed25519")]


@pytest.mark.parametrize(
    ("document", "name"), DOCUMENTS, ids=lambda value: value if isinstance(value, str) else value[:4].decode()
)
def test_documents_signed_with_a_token_verify(token: softhsm.Token, document: bytes, name: str):
    with opened(token, name) as signer:
        signed = vnsign.sign(document, signer, at=AT, trust=PKI.trust_store(), evidence=PKI.evidence(AT))
    report = vnsign.verify(signed.data, trust=PKI.trust_store(), evidence=PKI.evidence(AT), at=AT)
    assert report.signatures[0].indication == "TOTAL-PASSED"


def test_the_token_gives_the_issuers_too(token: softhsm.Token):
    with opened(token) as signer:
        assert signer.chain == PKI.certificates("public-ca"), "the root on the token is left out"
        assert isinstance(signer, Signer)


def test_keys_are_found_by_identifier_and_certificates_too(token: softhsm.Token):
    with Pkcs11Signer.open(token.module, key=b"\x02", pin=Asked()) as signer:
        assert signer.certificate == PKI.certificate("citizen-p256")
    with Pkcs11Signer.open(token.module, certificate=b"\x03", pin=Asked()) as signer:
        assert signer.certificate == PKI.certificate("citizen-p384")


def test_labels_match_however_their_letters_are_composed(token: softhsm.Token):
    import unicodedata

    label = unicodedata.normalize("NFD", "khóa citizen")
    with Pkcs11Signer.open(token.module, token=unicodedata.normalize("NFD", token.label), key=label, pin=Asked()) as signer:
        assert signer.certificate == PKI.certificate("citizen")


def test_several_keys_and_no_name_is_refused_with_their_names(token: softhsm.Token):
    with pytest.raises(SignerUnavailableError) as refusal:
        Pkcs11Signer.open(token.module, pin=Asked())
    assert refusal.value.code == "KEY_AMBIGUOUS"
    assert "khóa citizen-p384" in refusal.value.message


@pytest.mark.parametrize(("option", "value"), [("key", "khoá không có"), ("key", b"\x63"), ("certificate", "x")])
def test_a_key_that_is_not_there_is_said_with_what_is(token: softhsm.Token, option: str, value: str | bytes):
    with pytest.raises(SignerUnavailableError) as refusal:
        Pkcs11Signer.open(token.module, **{option: value}, pin=Asked())
    assert refusal.value.code == "KEY_NOT_FOUND"
    assert "khóa citizen" in refusal.value.message


def test_a_token_that_is_not_there_asks_for_no_pin(token: softhsm.Token):
    for place in ({"token": "khác"}, {"slot": 4711}):
        pin = Asked()
        with pytest.raises(SignerUnavailableError) as refusal:
            Pkcs11Signer.open(token.module, **place, pin=pin)
        assert refusal.value.code == "TOKEN_ABSENT"
        assert "Thẻ của Ánh" in refusal.value.message
        assert pin.times == 0


def test_a_wrong_pin_is_tried_once_and_shown_nowhere(token: softhsm.Token):
    pin = Asked("13579246")
    with pytest.raises(AuthorizationRefusedError) as refusal:
        opened(token, pin=pin)
    assert refusal.value.code == "PIN_WRONG"
    assert pin.times == 1
    assert "13579246" not in refusal.value.message + refusal.value.hint + repr(refusal.value.__cause__)
    opened(token).close()


def test_a_session_that_ended_is_opened_again_with_the_same_pin(token: softhsm.Token):
    pin = Asked()
    with opened(token, pin=pin) as signer:
        before = signer.sign([b"a"], RSA)
        signer._session.close()  # as when the token was pulled out and put back
        assert signer.sign([b"a"], RSA) == before
    assert pin.times == 1


def test_a_closed_signer_signs_nothing_and_has_forgotten_its_pin(token: softhsm.Token):
    signer = opened(token)
    signer.close()
    signer.close()
    with pytest.raises(SignerUnavailableError) as refusal:
        signer.sign([b"a"], RSA)
    assert refusal.value.code == "SIGNER_CLOSED"
    assert signer._pin is None


def test_an_algorithm_that_the_key_cannot_do_is_refused(token: softhsm.Token):
    with opened(token, "citizen-p256") as signer:
        for algorithm in (RSA, SignatureAlgorithm("ecdsa", "sha1"), SignatureAlgorithm("dsa", "sha256")):
            with pytest.raises(SigningError):
                signer.sign([b"a"], algorithm)
        assert len(signer.sign([b"a"], SignatureAlgorithm("ecdsa", "sha256"))) == 1, "the session is still good"


def test_two_signers_of_one_process_share_the_login(token: softhsm.Token):
    with opened(token) as one, opened(token, "citizen-p256") as other:
        assert len(one.sign([b"a"], RSA)) == len(other.sign([b"a"], SignatureAlgorithm("ecdsa", "sha256"))) == 1


def test_neither_pin_nor_key_is_shown_or_pickled(token: softhsm.Token):
    with opened(token) as signer:
        assert softhsm.PIN not in repr(signer)
        with pytest.raises(ConfigurationError):
            pickle.dumps(signer)


def test_tokens_are_listed_without_a_login(token: softhsm.Token):
    found = list_tokens(token.module)
    assert [item.label for item in found] == [token.label]
    assert not found[0].pin_locked


def test_what_is_no_module_is_refused(tmp_path: Path, token: softhsm.Token):
    (tmp_path / "no.so").write_bytes(b"no module")
    for path in (tmp_path / "no.so", tmp_path / "absent.so", tmp_path):
        with pytest.raises(SignerUnavailableError) as refusal:
            list_tokens(path)
        assert refusal.value.code == "TOKEN_MODULE"


def test_threads_wait_for_one_another(token: softhsm.Token):
    from concurrent.futures import ThreadPoolExecutor

    with opened(token) as signer, ThreadPoolExecutor(4) as pool:
        values = list(pool.map(lambda number: signer.sign([bytes([number])], RSA)[0], range(24)))
    for number, value in enumerate(values):
        checked_value(signer.certificate, SignedValue(bytes([number]), RSA, value))
