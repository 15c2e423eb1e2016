"""A certificate that may not sign is told so, by the day and to the second."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from vnsign.errors import CertificateNotFitError, ConfigurationError, SigningError
from vnsign.evidence.bundle import Evidence
from vnsign.evidence.sources import Question
from vnsign.model.certificate import Certificate
from vnsign.net.online import Online
from vnsign.signing.fitness import check_fitness
from vnsign.signing.profile import Padding, SignatureLevel, choose_algorithm, level_of
from vnsign.testing.servers import HOST, resolved, serve

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


def issued() -> Certificate:
    """A certificate of the test CA over a fresh key, signed with SHA-256."""
    ca = PKI.certificate("public-ca").x509
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder(ca.subject, NAME, key.public_key(), 77, AT - timedelta(days=1), AT + timedelta(days=1))
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.public_key()), critical=False)  # type: ignore[arg-type]
    builder = builder.add_extension(usage("digital_signature"), critical=True)
    return Certificate(builder.sign(PKI.credential("public-ca").private_key, hashes.SHA256()).public_bytes(Encoding.DER))


def with_sha1(certificate: Certificate) -> Certificate:
    """The same signed with SHA-1, which libraries no longer do: the arithmetic of RFC 8017, 8.2.1, by hand."""
    sha256_rsa, sha1_rsa = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
    tbs = certificate.x509.tbs_certificate_bytes.replace(sha256_rsa, sha1_rsa)
    numbers = PKI.credential("public-ca").private_key.private_numbers()  # type: ignore[union-attr]
    size = (numbers.public_numbers.n.bit_length() + 7) // 8
    info = bytes.fromhex("3021300906052b0e03021a05000414") + hashlib.sha1(tbs).digest()
    padded = b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info
    value = pow(int.from_bytes(padded, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")
    algorithm = certificate.der[4 + len(tbs) :][:15].replace(sha256_rsa, sha1_rsa)
    return Certificate(certificate.der[:4] + tbs + algorithm + certificate.der[4 + len(tbs) + 15 :][:-size] + value)


def test_a_path_with_a_weak_digest_is_refused():
    strong = issued()
    check_fitness(strong, at=AT, trust=PKI.trust_store(), evidence=PKI.evidence(AT))
    with pytest.raises(CertificateNotFitError) as refusal:
        check_fitness(with_sha1(strong), at=AT, trust=PKI.trust_store(), evidence=PKI.evidence(AT))
    assert refusal.value.code == "WEAK_CERT_ALG"


def test_the_source_is_asked_for_the_signer_and_its_answer_decides():
    class Source:
        def __init__(self, evidence: Evidence) -> None:
            self.evidence, self.asked = evidence, []

        def gather(self, question: Question) -> Evidence:
            self.asked.append(question.facts.signatures[0].signing_certificate)
            return self.evidence

    good = Source(PKI.evidence(AT))
    assert check_fitness(PKI.certificate("citizen"), at=AT, trust=PKI.trust_store(), source=good).warnings == ()
    assert good.asked == [PKI.certificate("citizen")]
    with pytest.raises(CertificateNotFitError) as refusal:
        check_fitness(PKI.certificate("citizen-revoked"), at=AT, trust=PKI.trust_store(), source=Source(PKI.evidence(AT)))
    assert refusal.value.code == "CERT_REVOKED"
    silent = check_fitness(PKI.certificate("citizen"), at=AT, trust=PKI.trust_store(), source=Source(Evidence()))
    assert [item.code for item in silent.warnings] == ["STATUS_NOT_KNOWN"]


def test_online_the_certificate_is_checked_before_the_key_and_nothing_is_left_to_warn_of():
    with serve(PKI) as services, resolved(services):
        fitness = check_fitness(
            PKI.certificate("citizen"),
            at=datetime.now(UTC),
            chain=PKI.certificates("public-ca"),
            trust=PKI.trust_store(),
            source=Online(allow=("127.0.0.1", HOST)),
        )
    assert fitness.warnings == ()
    assert services.requests
    assert fitness.evidence.crls or fitness.evidence.ocsps
