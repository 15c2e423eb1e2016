"""A value from elsewhere: taken when it verifies, mended when only its encoding differs, else told what is wrong."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.signing.support import PKI
from vnsign.errors import SigningError
from vnsign.model.facts import SignatureAlgorithm, SignedValue
from vnsign.signing.signer import sign_with
from vnsign.signing.value_check import LARGEST_VALUE, checked_value

DATA = b"the signed attributes"
DIGEST = hashlib.sha256(DATA).digest()
RSA = SignatureAlgorithm("rsa", "sha256", "pkcs1v15")
PSS = SignatureAlgorithm("rsa", "sha256", "pss", "sha256", 32)
ECDSA = SignatureAlgorithm("ecdsa", "sha256")
PLAIN = SignatureAlgorithm("ecdsa", "sha256", plain_ecdsa=True)
ED = SignatureAlgorithm("ed25519")
OF = {"rsa": "citizen", "ecdsa": "citizen-p256", "ed25519": "citizen-ed25519"}
SHA256 = hashes.SHA256()
V15 = padding.PKCS1v15()


def key(algorithm: SignatureAlgorithm):
    return PKI.credential(OF[algorithm.key]).private_key


def good(algorithm: SignatureAlgorithm, data: bytes = DATA) -> bytes:
    return sign_with(key(algorithm), data, algorithm)


def checked(algorithm: SignatureAlgorithm, value: bytes, **also: bytes) -> bytes:
    return checked_value(PKI.certificate(OF[algorithm.key]), SignedValue(DATA, algorithm, value), also=also)


def why(algorithm: SignatureAlgorithm, value: bytes, *, only_hash: bool = False, **also: bytes) -> str:
    signed = SignedValue(DATA, algorithm, value)
    if only_hash:
        signed = SignedValue(b"", algorithm, value, prehashed=DIGEST)
    with pytest.raises(SigningError) as refusal:
        checked_value(PKI.certificate(OF[algorithm.key]), signed, also=also)
    assert refusal.value.code == "SIGNATURE_VALUE_WRONG"
    assert refusal.value.hint
    return refusal.value.message


ALL = [RSA, PSS, ECDSA, PLAIN, ED]


@pytest.mark.parametrize("algorithm", ALL, ids=str)
def test_a_right_value_is_given_back(algorithm: SignatureAlgorithm):
    value = good(algorithm)
    assert checked(algorithm, value) == value


def test_an_ecdsa_value_in_its_other_encoding_is_turned():
    der, plain = good(ECDSA), good(PLAIN)
    assert len(checked(PLAIN, der)) == 64
    assert checked(ECDSA, plain)[:1] == b"\x30"


@pytest.mark.parametrize("algorithm", ALL, ids=str)
@pytest.mark.parametrize("upper", [True, False])
def test_hexadecimal_is_named(algorithm: SignatureAlgorithm, upper: bool):
    text = good(algorithm).hex()
    assert "hexadecimal" in why(algorithm, (text.upper() if upper else text).encode())


@pytest.mark.parametrize("algorithm", ALL, ids=str)
@pytest.mark.parametrize("encode", [base64.b64encode, base64.encodebytes, base64.urlsafe_b64encode])
def test_base64_is_named_with_line_ends_and_for_addresses_too(algorithm: SignatureAlgorithm, encode):
    assert "base64" in why(algorithm, encode(good(algorithm)))
    assert "base64" in why(algorithm, encode(good(algorithm)).replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("digest", ["sha384", "sha512"])
@pytest.mark.parametrize("algorithm", [RSA, PSS, ECDSA], ids=str)
def test_another_digest_is_named(algorithm: SignatureAlgorithm, digest: str):
    import dataclasses

    size = hashlib.new(digest).digest_size
    other = dataclasses.replace(
        algorithm,
        digest=digest,
        mgf_digest=digest if algorithm is PSS else None,
        salt_length=size if algorithm is PSS else None,
    )
    assert digest in why(algorithm, good(other))


def test_sha1_is_named():
    assert "sha1" in why(RSA, key(RSA).sign(DATA, V15, hashes.SHA1()))


def test_another_padding_is_named():
    assert "PSS" in why(RSA, good(PSS))
    assert "PKCS#1 v1.5" in why(PSS, good(RSA))


@pytest.mark.parametrize("salt", [0, 20, padding.PSS.MAX_LENGTH])
def test_another_salt_is_named(salt):
    assert "salt" in why(PSS, key(PSS).sign(DATA, padding.PSS(padding.MGF1(SHA256), salt), SHA256))


def test_another_mask_digest_is_found():
    assert "PSS" in why(PSS, key(PSS).sign(DATA, padding.PSS(padding.MGF1(hashes.SHA1()), 32), SHA256))


@pytest.mark.parametrize("only_hash", [True, False])
@pytest.mark.parametrize("algorithm", [RSA, PSS, ECDSA, PLAIN], ids=str)
def test_a_digest_that_was_digested_again_is_named(algorithm: SignatureAlgorithm, only_hash: bool):
    assert "digested again" in why(algorithm, good(algorithm, DIGEST), only_hash=only_hash)


@pytest.mark.parametrize("only_hash", [True, False])
@pytest.mark.parametrize("algorithm", [RSA, ECDSA], ids=str)
def test_a_digest_that_was_signed_as_text_is_named(algorithm: SignatureAlgorithm, only_hash: bool):
    assert "hexadecimal text" in why(algorithm, good(algorithm, DIGEST.hex().encode()), only_hash=only_hash)
    assert "base64 text" in why(algorithm, good(algorithm, base64.b64encode(DIGEST)), only_hash=only_hash)


def raw_rsa(block: bytes) -> bytes:
    """PKCS#1 v1.5 over bytes as they are, as a token does that is given no DigestInfo."""
    numbers = key(RSA).private_numbers()
    modulus, size = numbers.public_numbers.n, key(RSA).key_size // 8
    padded = b"\x00\x01" + b"\xff" * (size - len(block) - 3) + b"\x00" + block
    return pow(int.from_bytes(padded, "big"), numbers.d, modulus).to_bytes(size, "big")


@pytest.mark.parametrize("only_hash", [True, False])
def test_what_is_wrong_inside_an_rsa_value_is_named(only_hash: bool):
    sha512_info = bytes.fromhex("3051300d060960864801650304020305000440") + DIGEST
    assert "without DigestInfo" in why(RSA, raw_rsa(DIGEST), only_hash=only_hash)
    assert "as text, without DigestInfo" in why(RSA, raw_rsa(DIGEST.hex().encode()), only_hash=only_hash)
    assert "not of sha256" in why(RSA, raw_rsa(sha512_info), only_hash=only_hash)
    assert "the key is the certificate's" in why(RSA, good(RSA, b"other"), only_hash=only_hash)


@pytest.mark.parametrize("algorithm", [RSA, PSS, ECDSA], ids=str)
def test_a_digest_that_is_easily_mistaken_is_named(algorithm: SignatureAlgorithm):
    document = hashlib.sha256(b"document").digest()
    assert "document's digest" in why(algorithm, good(algorithm, b"document"), **{"the document's digest": document})
    assert "document's digest" in why(algorithm, good(algorithm, document), **{"the document's digest": document})


def test_an_edwards_signature_over_a_digest_is_named():
    assert "SHA-256" in why(ED, key(ED).sign(DIGEST))
    assert "SHA-512" in why(ED, key(ED).sign(hashlib.sha512(DATA).digest()))


@pytest.mark.parametrize("algorithm", ALL, ids=str)
def test_another_key_is_named(algorithm: SignatureAlgorithm):
    other = {"rsa": "agency", "ecdsa": "citizen-p384", "ed25519": "citizen-ed25519"}[algorithm.key]
    data = b"other data" if algorithm is ED else DATA
    value = sign_with(PKI.credential(other).private_key, data, algorithm)
    assert "another key made it" in why(algorithm, value)


def test_what_is_no_value_at_all_is_named():
    cms = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" + bytes(100)
    assert "empty" in why(RSA, b"")
    assert "CMS" in why(RSA, cms)
    assert str(LARGEST_VALUE + 1) in why(RSA, bytes(LARGEST_VALUE + 1))


def test_only_the_hash_at_hand_is_enough():
    value = key(ECDSA).sign(DIGEST, ec.ECDSA(Prehashed(SHA256)))
    signed = SignedValue(b"", ECDSA, value, prehashed=DIGEST)
    assert checked_value(PKI.certificate("citizen-p256"), signed) == value


@given(st.binary(max_size=600), st.sampled_from(ALL))
def test_no_bytes_are_taken_for_a_value_or_crash(value: bytes, algorithm: SignatureAlgorithm):
    why(algorithm, value)
