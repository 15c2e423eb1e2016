"""Signature values: right ones pass, wrong ones fail, what cannot be judged is not judged, and nothing raises."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, utils
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vnsign.crypto import algorithms, ber, digests
from vnsign.crypto.values import recover_digest_info, verify_value
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm, SignedValue
from vnsign.model.verdict import CheckStatus
from vnsign.testing.pki import TestPki

DATA = b"what was signed"


@cache
def _authority() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate_of(public_key: object) -> Certificate:
    """A certificate that holds a key, signed by somebody."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "TEST")])
    builder = x509.CertificateBuilder(
        name, name, public_key, 5, datetime(2024, 1, 1, tzinfo=UTC), datetime(2044, 1, 1, tzinfo=UTC)
    )
    return Certificate(builder.sign(_authority(), hashes.SHA256()).public_bytes(serialization.Encoding.DER))


def check(certificate: Certificate, algorithm: SignatureAlgorithm, value: bytes, data: bytes = DATA) -> CheckStatus:
    return verify_value(certificate, SignedValue(data, algorithm, value)).status


RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())
P521 = ec.generate_private_key(ec.SECP521R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
ED448 = ed448.Ed448PrivateKey.generate()
DSA = dsa.generate_private_key(2048)


def plain(der: bytes, width: int) -> bytes:
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")


CASES: list[tuple[object, SignatureAlgorithm, bytes]] = [
    (RSA, SignatureAlgorithm("rsa", "sha256", "pkcs1v15"), RSA.sign(DATA, padding.PKCS1v15(), hashes.SHA256())),
    (RSA, SignatureAlgorithm("rsa", "sha1", "pkcs1v15"), RSA.sign(DATA, padding.PKCS1v15(), hashes.SHA1())),
    (RSA, SignatureAlgorithm("rsa", "sha3_384", "pkcs1v15"), RSA.sign(DATA, padding.PKCS1v15(), hashes.SHA3_384())),
    (
        RSA,
        SignatureAlgorithm("rsa", "sha512", "pss", "sha256", 17),
        RSA.sign(DATA, padding.PSS(padding.MGF1(hashes.SHA256()), 17), hashes.SHA512()),
    ),
    (P256, SignatureAlgorithm("ecdsa", "sha256"), P256.sign(DATA, ec.ECDSA(hashes.SHA256()))),
    (
        P256,
        SignatureAlgorithm("ecdsa", "sha512", plain_ecdsa=True),
        plain(P256.sign(DATA, ec.ECDSA(hashes.SHA512())), 32),
    ),
    (
        P521,
        SignatureAlgorithm("ecdsa", "sha3_256", plain_ecdsa=True),
        plain(P521.sign(DATA, ec.ECDSA(hashes.SHA3_256())), 66),
    ),
    (ED25519, SignatureAlgorithm("ed25519"), ED25519.sign(DATA)),
    (ED448, SignatureAlgorithm("ed448"), ED448.sign(DATA)),
    (DSA, SignatureAlgorithm("dsa", "sha256"), DSA.sign(DATA, hashes.SHA256())),
    (DSA, SignatureAlgorithm("dsa", "sha256", plain_ecdsa=True), plain(DSA.sign(DATA, hashes.SHA256()), 32)),
]
NAMES = [f"{algorithm.key}-{algorithm.digest}-{algorithm.padding}-{algorithm.plain_ecdsa}" for _, algorithm, _ in CASES]


@cache
def _certificate(position: int) -> Certificate:
    return certificate_of(CASES[position][0].public_key())  # type: ignore[attr-defined]


@pytest.mark.parametrize("position", range(len(CASES)), ids=NAMES)
def test_right_values_pass_and_wrong_ones_fail(position: int) -> None:
    _, algorithm, value = CASES[position]
    certificate = _certificate(position)
    assert check(certificate, algorithm, value) is CheckStatus.PASSED
    assert check(certificate, algorithm, value, DATA + b"!") is CheckStatus.FAILED
    assert check(certificate, algorithm, b"") is CheckStatus.FAILED
    assert check(certificate, algorithm, value + b"\0") is CheckStatus.FAILED
    assert check(certificate, algorithm, value[:-1]) is CheckStatus.FAILED


@pytest.mark.parametrize("position", range(len(CASES)), ids=NAMES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_never_passes(position: int, data: st.DataObject) -> None:
    _, algorithm, value = CASES[position]
    bit = data.draw(st.integers(0, 8 * len(value) - 1))
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    assert check(_certificate(position), algorithm, bytes(changed)) is not CheckStatus.PASSED


@pytest.mark.parametrize("position", range(len(CASES)), ids=NAMES)
def test_a_key_of_another_kind_is_not_judged(position: int) -> None:
    _, algorithm, value = CASES[position]
    for other, (_, foreign, _) in enumerate(CASES):
        if foreign.key != algorithm.key:
            assert check(_certificate(other), algorithm, value) is CheckStatus.INDETERMINATE


@pytest.mark.parametrize(
    "algorithm",
    [
        SignatureAlgorithm("hmac", "sha256"),
        SignatureAlgorithm("unknown", identifier="1.2.3"),
        SignatureAlgorithm("", identifier="x"),
        SignatureAlgorithm("rsa", "sha9000", "pkcs1v15"),
        SignatureAlgorithm("rsa", None, "pkcs1v15"),
        SignatureAlgorithm("rsa", "sha256", None),
        SignatureAlgorithm("rsa", "sha256", "oaep"),
        SignatureAlgorithm("rsa", "sha256", "pss", "sha9000", 32),
        SignatureAlgorithm("ecdsa", "sha9000"),
        SignatureAlgorithm("dsa", None),
    ],
)
def test_what_is_not_supported_is_not_judged(algorithm: SignatureAlgorithm) -> None:
    certificate = TestPki.load().certificate("citizen-p256" if algorithm.key == "ecdsa" else "citizen")
    result = verify_value(certificate, SignedValue(DATA, algorithm, b"value"))
    assert result.status is CheckStatus.INDETERMINATE
    assert result.reason


def test_a_certificate_that_is_none_is_not_judged() -> None:
    for der in (b"", b"0", b"\x30\x80" * 1000):
        assert check(Certificate(der), SignatureAlgorithm("rsa", "sha256", "pkcs1v15"), b"x") is CheckStatus.INDETERMINATE


def test_a_certificate_of_an_unknown_version_is_a_value_error_and_not_judged() -> None:
    der = TestPki.load().certificate("citizen").der
    fourth = Certificate(der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x03", 1))
    with pytest.raises(ValueError, match="version"):
        fourth.x509.public_key()
    assert check(fourth, SignatureAlgorithm("rsa", "sha256", "pkcs1v15"), b"x") is CheckStatus.INDETERMINATE


def with_modulus(written: bytes) -> Certificate:
    """The certificate of ``RSA`` with other octets for the INTEGER of its modulus; lengths are made to fit."""
    number = RSA.public_key().public_numbers().n.to_bytes(256, "big")
    body = ber.children(ber.element(certificate_of(RSA.public_key()).der))
    fields = [item.encoding for item in ber.children(body[0])]
    exponent = ber.wrap(ber.INTEGER, (65537).to_bytes(3, "big"))
    key = ber.wrap(ber.SEQUENCE, ber.wrap(ber.INTEGER, written or number) + exponent)
    identifier = ber.children(ber.element(fields[6]))[0].encoding
    fields[6] = ber.wrap(ber.SEQUENCE, identifier + ber.wrap(ber.BIT_STRING, b"\0" + key))
    return Certificate(ber.wrap(ber.SEQUENCE, ber.wrap(ber.SEQUENCE, b"".join(fields)) + body[1].encoding + body[2].encoding))


@pytest.mark.parametrize("prefix", [b"", b"\0\0"], ids=["negative", "longer than needed"])
def test_a_modulus_that_is_no_der_integer_is_read_as_the_number_it_means_and_remarked(prefix: bytes) -> None:
    number = RSA.public_key().public_numbers().n.to_bytes(256, "big")
    certificate = with_modulus(prefix + number)
    with pytest.raises(ValueError, match="key"):
        certificate.x509.public_key()
    algorithm = SignatureAlgorithm("rsa", "sha256", "pkcs1v15")
    value = RSA.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    found = verify_value(certificate, SignedValue(DATA, algorithm, value))
    assert (found.status, "modulus" in found.remark) == (CheckStatus.PASSED, True)
    assert check(certificate, algorithm, value, b"something else") is CheckStatus.FAILED
    assert check(certificate, algorithm, value[:-1] + bytes([value[-1] ^ 1])) is CheckStatus.FAILED
    assert verify_value(certificate_of(RSA.public_key()), SignedValue(DATA, algorithm, value)).remark == ""


@pytest.mark.parametrize(
    "modulus",
    [b"\x80" * 64, b"\xff" * 255 + b"\xfe", b"\xff" * 4096, b"\0" * 300],
    ids=["short", "even", "enormous", "zero"],
)
def test_numbers_that_are_no_rsa_key_are_none(modulus: bytes) -> None:
    value = RSA.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    assert check(with_modulus(modulus), SignatureAlgorithm("rsa", "sha256", "pkcs1v15"), value) is CheckStatus.INDETERMINATE


@pytest.mark.parametrize(("key", "width", "others"), [(P256, 32, (33, 40)), (P521, 66, (67,))])
def test_r_and_s_of_another_width_are_read_as_numbers_and_remarked(
    key: ec.EllipticCurvePrivateKey, width: int, others: tuple[int, ...]
) -> None:
    der = key.sign(DATA, ec.ECDSA(hashes.SHA256()))
    algorithm, certificate = SignatureAlgorithm("ecdsa", "sha256", plain_ecdsa=True), certificate_of(key.public_key())
    assert verify_value(certificate, SignedValue(DATA, algorithm, plain(der, width))).remark == ""
    for other in others:
        found = verify_value(certificate, SignedValue(DATA, algorithm, plain(der, other)))
        assert (found.status, str(2 * other) in found.remark) == (CheckStatus.PASSED, True)
        assert check(certificate, algorithm, plain(der, other), b"something else") is CheckStatus.FAILED
    for wrong in (b"", plain(der, width)[:-1], plain(der, width + 9), der):
        assert check(certificate, algorithm, wrong) is CheckStatus.FAILED


def test_a_digest_may_stand_for_the_bytes() -> None:
    for position, (_, algorithm, value) in enumerate(CASES):
        signed = SignedValue(b"", algorithm, value, prehashed=digests.digest(algorithm.digest or "sha512", DATA))
        expected = CheckStatus.INDETERMINATE if algorithm.digest is None else CheckStatus.PASSED
        assert verify_value(_certificate(position), signed).status is expected
        if algorithm.digest is not None:
            other = replace(signed, prehashed=digests.digest(algorithm.digest, b"other"))
            assert verify_value(_certificate(position), other).status is CheckStatus.FAILED


@pytest.mark.skipif("ripemd160" not in digests.SUPPORTED, reason="the OpenSSL underneath has no RIPEMD-160")
def test_ripemd160_is_checked_by_hand() -> None:
    algorithm = SignatureAlgorithm("rsa", "ripemd160", "pkcs1v15")
    info = _digest_info("ripemd160", hashlib.new("ripemd160", DATA).digest())
    value = _raw_pkcs1(info)
    certificate = certificate_of(RSA.public_key())
    assert check(certificate, algorithm, value) is CheckStatus.PASSED
    assert check(certificate, algorithm, value, b"other") is CheckStatus.FAILED
    assert check(certificate, algorithm, _raw_pkcs1(info + b"\0")) is CheckStatus.FAILED
    assert recover_digest_info(RSA.public_key(), value) == info
    ecdsa = P256.sign(hashlib.new("ripemd160", DATA).digest(), ec.ECDSA(utils.Prehashed(hashes.SHA1())))
    assert check(certificate_of(P256.public_key()), SignatureAlgorithm("ecdsa", "ripemd160"), ecdsa) is CheckStatus.PASSED


def _digest_info(digest: str, value: bytes) -> bytes:
    identifier = ber.wrap(ber.SEQUENCE, algorithms.digest_identifier_der(digest)[2:] + b"\x05\x00")
    return ber.wrap(ber.SEQUENCE, identifier + ber.wrap(ber.OCTET_STRING, value))


def _raw_pkcs1(info: bytes, *, head: bytes = b"\x00\x01", fill: bytes | None = None) -> bytes:
    """An RSA value over any block, as only the holder of the key can make it."""
    numbers = RSA.private_numbers()
    size = 256
    block = head + (b"\xff" * (size - 3 - len(info)) if fill is None else fill) + b"\0" + info
    return pow(int.from_bytes(block.ljust(size, b"\0"), "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")


def test_a_digest_info_without_null_fails() -> None:
    """RFC 8017, 9.2, note 1, leaves it open; what is compared must be what the digest's own encoding says, and no more."""
    for digest in ("sha256", *({"ripemd160"} & digests.SUPPORTED)):
        hashed = ber.wrap(ber.OCTET_STRING, digests.digest(digest, DATA))
        value = _raw_pkcs1(ber.wrap(ber.SEQUENCE, algorithms.digest_identifier_der(digest) + hashed))
        assert (
            check(certificate_of(RSA.public_key()), SignatureAlgorithm("rsa", digest, "pkcs1v15"), value) is CheckStatus.FAILED
        )


def test_blocks_that_are_not_pkcs1_fail() -> None:
    """The classic forgeries: garbage after the DigestInfo, short padding, wrong block type."""
    algorithm = SignatureAlgorithm("rsa", "sha256", "pkcs1v15")
    info = _digest_info("sha256", hashlib.sha256(DATA).digest())
    certificate = certificate_of(RSA.public_key())
    assert check(certificate, algorithm, _raw_pkcs1(info)) is CheckStatus.PASSED
    for bad in (
        _raw_pkcs1(info, fill=b"\xff" * 8),
        _raw_pkcs1(info, head=b"\x00\x02"),
        _raw_pkcs1(info[:-1]),
        _raw_pkcs1(info.replace(b"\x05\x00", b"\x05\x01\x00")),
    ):
        assert check(certificate, algorithm, bad) is CheckStatus.FAILED


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from(["rsa", "ecdsa", "dsa", "ed25519", "ed448", "hmac", "unknown"]),
    st.sampled_from([None, "sha256", "md5", "sha3_512", "nonsense"]),
    st.sampled_from([None, "pkcs1v15", "pss", "other"]),
    st.one_of(st.none(), st.integers(-5, 5000)),
    st.booleans(),
)
def test_no_value_and_no_parameter_raises(
    value: bytes, key: str, digest: str | None, pad: str | None, salt: int | None, bare: bool
) -> None:
    algorithm = SignatureAlgorithm(key, digest, pad, digest, salt, bare)
    for position in range(0, len(CASES), 2):
        assert check(_certificate(position), algorithm, value) is not CheckStatus.PASSED


@pytest.mark.corpus
def test_the_published_vectors_verify_or_not_as_they_say(shared_data: Path) -> None:
    """RSASSA-PSS: every "valid" passes, every "invalid" does not; "acceptable" may do either."""
    files = sorted((shared_data / "corpora" / "sigvec").rglob("*_test.json"))
    assert files
    wrong, count = [], 0
    for file in files:
        for group in json.loads(file.read_text())["testGroups"]:
            verify = _verifier(group)
            for case in group["tests"]:
                count += 1
                passed = verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])) is CheckStatus.PASSED
                if case["result"] != "acceptable" and passed is not (case["result"] == "valid"):
                    wrong.append((file.name, case["tcId"], case["comment"]))
    assert not wrong
    assert count >= 100


def _verifier(group: dict[str, object]) -> Callable[[bytes, bytes], CheckStatus]:
    def name(text: object) -> str:
        return str(text).replace("SHA-", "sha").replace("/", "_")

    key = serialization.load_der_public_key(bytes.fromhex(str(group["publicKeyAsn"])))
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    certificate = certificate_of(serialization.load_der_public_key(spki))
    algorithm = SignatureAlgorithm("rsa", name(group["sha"]), "pss", name(group["mgfSha"]), int(str(group["sLen"])))
    return lambda value, data: check(certificate, algorithm, value, data)
