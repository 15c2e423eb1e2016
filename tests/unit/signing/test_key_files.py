"""Key files: what is opened, what is refused before the secret is asked for, and that a secret is asked for and tried once."""

from __future__ import annotations

import contextlib
import os
import pickle
from pathlib import Path

import pytest
from asn1crypto import pkcs12 as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from hypothesis import given
from hypothesis import strategies as st

from vnsign.errors import (
    AuthorizationRefusedError,
    CertificateNotFitError,
    ConfigurationError,
    SignerUnavailableError,
    SigningError,
)
from vnsign.model.facts import SignatureAlgorithm
from vnsign.signing.key_files import MOST_ITERATIONS, ordered_chain
from vnsign.signing.pem import PemSigner
from vnsign.signing.pkcs12 import Pkcs12Signer
from vnsign.signing.signer import KeySigner, Signer, sign_with

from .support import PKI

SECRET = "mật khẩu"


class Asked:
    """A secret that counts how often it is asked for."""

    def __init__(self, answer: str = SECRET) -> None:
        self.answer = answer
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return self.answer


@pytest.fixture
def p12(tmp_path: Path) -> Path:
    path = tmp_path / "ca-nhan.p12"
    path.write_bytes(PKI.credential("citizen").pkcs12(SECRET.encode()))
    return path


def test_a_pkcs12_file_gives_leaf_and_issuers_in_order(p12: Path):
    asked = Asked()
    signer = Pkcs12Signer.open(p12, asked)
    assert isinstance(signer, Signer)
    assert signer.certificate == PKI.certificate("citizen")
    assert signer.chain == (PKI.certificate("public-ca"),), "the root is left out"
    assert asked.times == 1


def test_the_leaf_is_found_by_its_key_wherever_it_stands(tmp_path: Path):
    """A file whose certificates stand in the wrong order, as some tools write them."""
    citizen, agency = PKI.credential("citizen"), PKI.credential("agency")
    data = pkcs12.serialize_key_and_certificates(
        b"x",
        citizen.private_key,
        None,
        [item.x509 for item in (*reversed(citizen.chain), agency.certificate, citizen.certificate)],
        BestAvailableEncryption(b"x"),
    )
    path = tmp_path / "k.p12"
    path.write_bytes(data)
    signer = Pkcs12Signer.open(path, lambda: b"x")
    assert signer.certificate == citizen.certificate
    assert signer.chain == citizen.chain[:-1]


@pytest.mark.parametrize("name", ["citizen-p256", "citizen-p384", "citizen-ed25519", "citizen-rsa3072"])
def test_keys_of_every_kind_are_opened(name: str, tmp_path: Path):
    path = tmp_path / "k.p12"
    path.write_bytes(PKI.credential(name).pkcs12(b"x"))
    assert Pkcs12Signer.open(path, lambda: "x").certificate == PKI.certificate(name)


def test_a_file_without_password_needs_no_secret(tmp_path: Path):
    citizen = PKI.credential("citizen")
    path = tmp_path / "k.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(b"x", citizen.private_key, citizen.certificate.x509, None, NoEncryption())
    )
    assert Pkcs12Signer.open(path).certificate == citizen.certificate


def test_a_wrong_secret_is_tried_once_and_never_shown(p12: Path, monkeypatch: pytest.MonkeyPatch):
    tried: list[bytes] = []
    load = pkcs12.load_pkcs12

    def counted(data: bytes, secret: bytes | None) -> object:
        tried.append(secret or b"")
        return load(data, secret)

    monkeypatch.setattr(pkcs12, "load_pkcs12", counted)
    asked = Asked("bí mật sai")
    with pytest.raises(AuthorizationRefusedError) as refusal:
        Pkcs12Signer.open(p12, asked)
    assert (asked.times, len(tried)) == (1, 1)
    assert "bí mật" not in str(refusal.value) + refusal.value.hint


def test_too_many_rounds_are_refused_before_the_secret_is_asked_for(tmp_path: Path):
    citizen = PKI.credential("citizen")
    encryption = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(3000).hmac_hash(hashes.SHA256()).build(b"x")
    data = pkcs12.serialize_key_and_certificates(b"x", citizen.private_key, citizen.certificate.x509, None, encryption)
    path = tmp_path / "k.p12"
    path.write_bytes(data)
    Pkcs12Signer.open(path, lambda: "x")
    file = asn1.Pfx.load(data)
    file["mac_data"]["iterations"] = MOST_ITERATIONS + 1
    path.write_bytes(file.dump())
    asked = Asked()
    with pytest.raises(SignerUnavailableError) as refusal:
        Pkcs12Signer.open(path, asked)
    assert refusal.value.code == "KEY_DERIVATION"
    assert asked.times == 0


def test_rounds_of_the_encrypted_parts_are_bounded_too(tmp_path: Path):
    data = PKI.credential("citizen").pkcs12(b"x")
    few = b"\x02\x02\x4e\x20"  # 20,000, as this library writes
    assert data.count(few) >= 2
    path = tmp_path / "k.p12"
    path.write_bytes(data.replace(few, b"\x02\x02\x7f\xff"))
    with pytest.raises(AuthorizationRefusedError):
        Pkcs12Signer.open(path, lambda: "x")
    from vnsign.signing import key_files

    before = key_files.MOST_ITERATIONS
    try:
        key_files.MOST_ITERATIONS = 32_766
        with pytest.raises(SignerUnavailableError):
            Pkcs12Signer.open(path, lambda: "x")
    finally:
        key_files.MOST_ITERATIONS = before


def test_a_file_that_is_too_large_missing_or_a_folder_is_refused(tmp_path: Path):
    large = tmp_path / "large.p12"
    large.write_bytes(bytes(1024 * 1024 + 1))
    for path in (large, tmp_path / "none.p12", tmp_path):
        asked = Asked()
        with pytest.raises(SignerUnavailableError):
            Pkcs12Signer.open(path, asked)
        assert asked.times == 0


def test_a_file_with_certificates_only_is_refused(tmp_path: Path):
    path = tmp_path / "k.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(b"x", None, PKI.certificate("citizen").x509, None, BestAvailableEncryption(b"x"))
    )
    with pytest.raises(SignerUnavailableError):
        Pkcs12Signer.open(path, lambda: "x")


@given(st.binary(max_size=400), st.integers(0, 400))
def test_no_bytes_crash_the_pkcs12_reader(noise: bytes, at: int):
    whole = _P12
    position = at * len(whole) // 401
    for data in (noise, whole[:position] + noise + whole[position + len(noise) :]):
        _PATH.write_bytes(data)
        with contextlib.suppress(SigningError):
            Pkcs12Signer.open(_PATH, lambda: "x")


_P12 = PKI.credential("citizen-p256").pkcs12(b"x")
_PATH = Path(os.environ.get("TMPDIR", "/tmp")) / f"vnsign-test-{os.getpid()}.p12"


@pytest.fixture(scope="module", autouse=True)
def _remove_scratch():
    yield
    _PATH.unlink(missing_ok=True)


# --- PEM ------------------------------------------------------------------------------------------------------------------


def pem_key(name: str, secret: bytes | None = None) -> bytes:
    encryption = NoEncryption() if secret is None else BestAvailableEncryption(secret)
    return PKI.credential(name).private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def pem(name: str) -> bytes:
    return PKI.certificate(name).x509.public_bytes(Encoding.PEM)


def test_key_and_certificates_in_one_pem_file(tmp_path: Path):
    path = tmp_path / "k.pem"
    path.write_bytes(pem("public-root") + pem("public-ca") + pem_key("citizen") + pem("citizen"))
    signer = PemSigner.open(path)
    assert signer.certificate == PKI.certificate("citizen")
    assert signer.chain == PKI.certificates("public-ca")


def test_key_certificate_and_chain_in_files_of_their_own(tmp_path: Path):
    for name, data in (
        ("k", pem_key("citizen-p256", b"x")),
        ("c", PKI.certificate("citizen-p256").der),
        ("h", pem("public-ca")),
    ):
        (tmp_path / name).write_bytes(data)
    asked = Asked("x")
    signer = PemSigner.open(tmp_path / "k", tmp_path / "c", chain=tmp_path / "h", secret=asked)
    assert signer.chain == PKI.certificates("public-ca")
    assert asked.times == 1


def test_the_traditional_encrypted_form_is_read(tmp_path: Path):
    key = PKI.credential("citizen").private_key
    data = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"x"))
    path = tmp_path / "k.pem"
    path.write_bytes(data + pem("citizen"))
    assert PemSigner.open(path, secret=lambda: "x").certificate == PKI.certificate("citizen")
    with pytest.raises(AuthorizationRefusedError):
        PemSigner.open(path, secret=lambda: "y")


def test_pem_faults_each_have_their_error(tmp_path: Path):
    def opened(data: bytes, secret: Asked | None = None) -> str:
        path = tmp_path / "k.pem"
        path.write_bytes(data)
        with pytest.raises(SigningError) as refusal:
            PemSigner.open(path, secret=secret)
        return refusal.value.code

    assert opened(b"") == "KEY_FILE"
    assert opened(pem("citizen")) == "KEY_FILE"
    assert opened(pem_key("citizen")) == "KEY_FILE"
    assert opened(pem_key("citizen") + pem("agency")) == "KEY_MISMATCH"
    assert opened(pem_key("citizen", b"x") + pem("citizen")) == "SECRET_NEEDED"
    assert opened(pem_key("citizen", b"x") + pem("citizen"), Asked("y")) == "AUTHORIZATION_REFUSED"
    assert opened(pem_key("citizen")[:300] + b"\n-----END PRIVATE KEY-----\n" + pem("citizen")) == "KEY_FILE"
    broken = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"
    asked = Asked()
    assert opened(broken + pem("citizen"), asked) == "KEY_FILE"
    assert asked.times == 0


# --- signers ----------------------------------------------------------------------------------------------------------------


def test_the_key_is_neither_shown_nor_pickled(p12: Path):
    for signer in (PKI.signer("citizen"), Pkcs12Signer.open(p12, Asked())):
        assert "private" not in repr(signer).lower()
        with pytest.raises(ConfigurationError):
            pickle.dumps(signer)


def test_a_key_of_another_certificate_is_refused():
    with pytest.raises(CertificateNotFitError) as refusal:
        KeySigner(PKI.certificate("citizen"), (), PKI.credential("agency").private_key)
    assert refusal.value.code == "KEY_MISMATCH"


@pytest.mark.parametrize(
    "algorithm",
    [
        SignatureAlgorithm("ecdsa", "sha256"),
        SignatureAlgorithm("rsa", "sha1", "pkcs1v15"),
        SignatureAlgorithm("rsa", "sha256", "none"),
        SignatureAlgorithm("unknown"),
    ],
)
def test_an_algorithm_that_does_not_fit_or_is_weak_is_refused(algorithm: SignatureAlgorithm):
    with pytest.raises(SigningError):
        sign_with(PKI.credential("citizen").private_key, b"x", algorithm)


def test_several_data_are_signed_in_their_order():
    signer = PKI.signer("citizen")
    algorithm = SignatureAlgorithm("rsa", "sha256", "pkcs1v15")
    both = signer.sign([b"a", b"b"], algorithm)
    assert both == (*signer.sign([b"a"], algorithm), *signer.sign([b"b"], algorithm))


def test_a_chain_that_runs_in_circles_ends():
    root = PKI.certificate("public-root")
    assert ordered_chain(root, [root, root]) == ()
    assert ordered_chain(PKI.certificate("citizen"), PKI.certificates("government-ca", "stranger-root")) == ()


# --- keys of any kind -------------------------------------------------------------------------------------------------------


def test_an_object_with_the_interface_of_a_key_signs_too():
    """As a wrapper over a key management service does: the private key itself is nowhere."""
    real = PKI.credential("citizen").private_key

    class Elsewhere(rsa.RSAPrivateKey):
        key_size = 2048
        __copy__ = __deepcopy__ = decrypt = private_bytes = private_numbers = None

        def public_key(self):
            return real.public_key()

        def sign(self, data, padding, algorithm):
            return real.sign(data, padding, algorithm)

    signer = KeySigner(PKI.certificate("citizen"), (), Elsewhere())
    algorithm = SignatureAlgorithm("rsa", "sha256", "pkcs1v15")
    assert signer.sign([b"a"], algorithm) == PKI.signer("citizen").sign([b"a"], algorithm)


def test_both_edwards_curves_are_signed_with():
    for kind, name in ((ed25519.Ed25519PrivateKey, "ed25519"), (ed448.Ed448PrivateKey, "ed448")):
        key = kind.generate()
        key.public_key().verify(sign_with(key, b"a", SignatureAlgorithm(name)), b"a")


def test_rounds_of_bags_within_bags_are_bounded_too(tmp_path: Path):
    """Keys may be nested in bags of bags, where what opens the file follows them."""
    data = PKI.credential("citizen").pkcs12(b"x")
    file = asn1.Pfx.load(data)
    safe = [item for item in file.authenticated_safe if item["content_type"].native == "data"]
    inner = asn1.SafeContents.load(safe[0]["content"].native)
    inner[0]["bag_value"]["encryption_algorithm"]["parameters"]["key_derivation_func"]["parameters"]["iteration_count"] = (
        MOST_ITERATIONS + 1
    )
    nested = asn1.SafeContents([asn1.SafeBag({"bag_id": "safe_contents", "bag_value": asn1.SafeContents(list(inner))})])
    content = asn1.AuthenticatedSafe([{"content_type": "data", "content": nested.dump()}]).dump()
    whole = asn1.Pfx({"version": "v3", "auth_safe": {"content_type": "data", "content": content}, "mac_data": file["mac_data"]})
    path = tmp_path / "k.p12"
    path.write_bytes(whole.dump())
    asked = Asked()
    with pytest.raises(SignerUnavailableError) as refusal:
        Pkcs12Signer.open(path, asked)
    assert refusal.value.code == "KEY_DERIVATION"
    assert asked.times == 0
