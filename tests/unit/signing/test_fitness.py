"""A certificate that may not sign is told so, by the day and to the second."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from vnsign.errors import CertificateNotFitError, ConfigurationError, SigningError
from vnsign.model.certificate import Certificate
from vnsign.signing.fitness import check_fitness
from vnsign.signing.profile import Padding, SignatureLevel, choose_algorithm, level_of

from .support import AT, PKI

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "TEST")])


def made(key: object, *extensions: x509.ExtensionType) -> Certificate:
    """A certificate of a key, issued by the test CA's key."""
    builder = x509.CertificateBuilder(NAME, NAME, key.public_key(), 1, AT - timedelta(days=1), AT + timedelta(days=1))  # type: ignore[attr-defined]
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return Certificate(builder.sign(PKI.credential("public-ca").private_key, hashes.SHA256()).public_bytes(Encoding.DER))


def usage(*names: str) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in names for name in every})


def test_validity_is_inclusive_at_both_ends():
    certificate = made(ec.generate_private_key(ec.SECP256R1()))
    first, last = AT - timedelta(days=1), AT + timedelta(days=1)
    for moment in (first, last):
        check_fitness(certificate, at=moment)
    for moment, code in ((first - timedelta(seconds=1), "CERT_NOT_YET_VALID"), (last + timedelta(seconds=1), "CERT_EXPIRED")):
        with pytest.raises(CertificateNotFitError) as refusal:
            check_fitness(certificate, at=moment)
        assert refusal.value.code == code


@pytest.mark.parametrize(
    ("names", "fit"),
    [
        (("digital_signature",), True),
        (("content_commitment",), True),
        (("key_encipherment",), False),
        (("key_cert_sign", "crl_sign"), False),
    ],
)
def test_key_usage_decides(names: tuple[str, ...], fit: bool):
    certificate = made(ec.generate_private_key(ec.SECP256R1()), usage(*names))
    if fit:
        check_fitness(certificate, at=AT)
        return
    with pytest.raises(CertificateNotFitError) as refusal:
        check_fitness(certificate, at=AT)
    assert refusal.value.code == "CERT_KEY_USAGE"


def test_without_key_usage_nothing_is_restricted():
    check_fitness(made(ec.generate_private_key(ec.SECP256R1())), at=AT)


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"\x00" * 100])
def test_bytes_that_are_no_certificate_are_refused(der: bytes):
    with pytest.raises(CertificateNotFitError):
        check_fitness(Certificate(der), at=AT)
    with pytest.raises(CertificateNotFitError):
        choose_algorithm(Certificate(der), digest="sha256", padding=Padding.PSS, plain_ecdsa=False)


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ConfigurationError):
        check_fitness(PKI.certificate("citizen"), at=datetime(2026, 3, 2))  # noqa: DTZ001


def test_revocation_that_is_not_known_does_not_stop_but_revocation_that_is_does():
    check_fitness(PKI.certificate("citizen-revoked"), at=AT, trust=PKI.trust_store())
    with pytest.raises(CertificateNotFitError):
        check_fitness(PKI.certificate("citizen-revoked"), at=AT, trust=PKI.trust_store(), evidence=PKI.evidence())


def test_a_chain_given_by_the_signer_helps_the_path():
    from dataclasses import replace

    store = replace(PKI.trust_store(), intermediates=())
    with pytest.raises(CertificateNotFitError) as refusal:
        check_fitness(PKI.certificate("citizen"), at=AT, trust=store)
    assert refusal.value.code == "CERT_NOT_TRUSTED"
    check_fitness(PKI.certificate("citizen"), at=AT, chain=PKI.chain("citizen"), trust=store)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (rsa.generate_private_key(65537, 1024), "WEAK_KEY"),
        (ec.generate_private_key(ec.SECP224R1()), "WEAK_KEY"),
        (dsa.generate_private_key(2048), "KEY_KIND"),
        (ed448.Ed448PrivateKey.generate(), "KEY_KIND"),
    ],
    ids=["RSA-1024", "P-224", "DSA", "Ed448"],
)
def test_weak_and_unusable_keys_are_refused(key: object, code: str):
    with pytest.raises(CertificateNotFitError) as refusal:
        choose_algorithm(made(key), digest="sha256", padding=Padding.PKCS1V15, plain_ecdsa=False)
    assert refusal.value.code == code


@pytest.mark.parametrize("digest", ["sha1", "md5", "sha224", "", "SHA256"])
def test_weak_and_unknown_digests_are_refused(digest: str):
    with pytest.raises(SigningError) as refusal:
        choose_algorithm(PKI.certificate("citizen"), digest=digest, padding=Padding.PKCS1V15, plain_ecdsa=False)
    assert refusal.value.code == "WEAK_ALGORITHM"


def test_levels_by_name():
    assert level_of("b") is level_of("B-B") is SignatureLevel.B
    assert level_of("T") is level_of("B-T") is SignatureLevel.T
    assert level_of("lt") is level_of("B-LT") is SignatureLevel.LT
    assert level_of("B-LTA") is SignatureLevel.LTA
    assert SignatureLevel.LTA.includes(SignatureLevel.T)
    assert not SignatureLevel.B.includes(SignatureLevel.T)
    for name in ("LTAA", "B-", "", "X"):
        with pytest.raises(ConfigurationError) as refusal:
            level_of(name)
        assert refusal.value.hint
