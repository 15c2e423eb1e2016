"""Signature values: does this value verify under the key of that certificate? The mathematics alone, no trust, no time."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from vnsign.crypto import digests
from vnsign.crypto.odd_keys import odd_rsa_key
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm, SignedValue
from vnsign.model.verdict import CheckStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


@dataclass(frozen=True, slots=True)
class ValueResult:
    """What the check of a signature value gave.

    Attributes:
        status: PASSED, FAILED (the value is wrong), INDETERMINATE (key or algorithm not supported, or they do not fit).
        reason: why, for people; empty when it passed.
        remark: what is not encoded as its standard asks although it could be read, in technical English; empty when nothing.
    """

    status: CheckStatus
    reason: str = ""
    remark: str = ""


_PASSED = ValueResult(CheckStatus.PASSED)
_WRONG = ValueResult(CheckStatus.FAILED, "the value does not verify under the certificate's key")


def _unsupported(reason: str) -> ValueResult:
    return ValueResult(CheckStatus.INDETERMINATE, reason)


def verify_value(certificate: Certificate, signed: SignedValue) -> ValueResult:
    """Check a signature value under a certificate's public key (EN 319 102-1, 5.2.7).

    Args:
        certificate: whose key is used. Its validity, usage and chain are NOT checked here.
        signed: the bytes, the algorithm, the value.

    Returns:
        The result. Never raises: bytes of any kind give FAILED or INDETERMINATE.
    """
    try:
        return _verify(certificate, signed)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the door: hostile keys and values must not stop the validation of a document
        return _unsupported(f"the check of the value failed: {type(error).__name__}")


def _verify(certificate: Certificate, signed: SignedValue) -> ValueResult:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    algorithm = signed.algorithm
    if algorithm.key == "hmac":
        return _unsupported("HMAC: a shared secret proves no signer")
    check = _CHECKS.get(algorithm.key)
    if check is None:
        return _unsupported(f"signature algorithm {algorithm.identifier or algorithm.key}")
    key = public_key(certificate)
    if key is None:
        return _unsupported("the certificate's key cannot be read")
    try:
        result = check(key, signed)
    except InvalidSignature:
        result = _WRONG
    except UnsupportedAlgorithm:
        return _unsupported(f"signature algorithm {algorithm.identifier or algorithm.key}")
    return replace(result, remark=_ODD_KEY) if _public_key(certificate.der)[1] else result


_ODD_KEY = "the modulus of the RSA key is not a DER INTEGER (X.690, 8.3)"


@lru_cache(maxsize=1024)
def _public_key(der: bytes) -> tuple[PublicKeyTypes | None, bool]:
    """The key, and whether a strict reader refuses what it was read from."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        certificate = Certificate(der).x509
    except ValueError:
        return None, False
    try:
        return certificate.public_key(), False
    except UnsupportedAlgorithm:
        return None, False
    except (ValueError, TypeError):
        odd = odd_rsa_key(der)
        return odd, odd is not None


def public_key(certificate: Certificate) -> PublicKeyTypes | None:
    """The public key of a certificate, cached by its bytes; ``None`` when it cannot be read or is of an unsupported kind."""
    return _public_key(certificate.der)[0]


def _does_not_fit(algorithm: SignatureAlgorithm) -> ValueResult:
    return _unsupported(f"the certificate's key is not for {algorithm.key}")


def _rsa(key: PublicKeyTypes, signed: SignedValue) -> ValueResult:
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    algorithm = signed.algorithm
    if not isinstance(key, rsa.RSAPublicKey):
        return _does_not_fit(algorithm)
    if algorithm.digest not in digests.SUPPORTED:
        return _unsupported(f"digest {algorithm.digest}")
    hashed = _hash(algorithm.digest)
    if algorithm.padding == "pkcs1v15":
        return _pkcs1v15(key, signed, algorithm.digest, hashed)
    if algorithm.padding != "pss" or hashed is None:
        return _unsupported(f"RSA with {algorithm.padding or 'no padding'} and {algorithm.digest}")
    mask = _hash(algorithm.mgf_digest or algorithm.digest)
    if mask is None:
        return _unsupported(f"MGF1 with {algorithm.mgf_digest}")
    salt = hashed.digest_size if algorithm.salt_length is None else algorithm.salt_length
    pss = padding.PSS(mgf=padding.MGF1(mask), salt_length=salt)
    key.verify(signed.value, _data(signed), pss, _or_prehashed(hashed, signed))
    return _PASSED


def _pkcs1v15(key: rsa.RSAPublicKey, signed: SignedValue, digest: str, hashed: hashes.HashAlgorithm | None) -> ValueResult:
    from cryptography.hazmat.primitives.asymmetric import padding

    if digest == "shake256":  # RFC 8702 defines no PKCS#1 v1.5 with it
        return _unsupported("RSA with pkcs1v15 and shake256")
    if hashed is None:
        return _pkcs1v15_by_hand(key, signed, digest)
    key.verify(signed.value, _data(signed), padding.PKCS1v15(), _or_prehashed(hashed, signed))
    return _PASSED


def _pkcs1v15_by_hand(key: rsa.RSAPublicKey, signed: SignedValue, digest: str) -> ValueResult:
    """For digests that the library lacks: the DigestInfo is recovered and compared whole (RFC 8017, 8.2.2)."""
    from vnsign.crypto import algorithms, ber

    found = recover_digest_info(key, signed.value)
    identifier = ber.wrap(ber.SEQUENCE, algorithms.digest_identifier_der(digest)[2:] + b"\x05\x00")
    expected = ber.wrap(ber.SEQUENCE, identifier + ber.wrap(ber.OCTET_STRING, _digested(signed, digest)))
    return _PASSED if found is not None and hmac.compare_digest(found, expected) else _WRONG


def recover_digest_info(key: PublicKeyTypes, value: bytes) -> bytes | None:
    """The DigestInfo within an RSA PKCS#1 v1.5 value, ``None`` when the padding is wrong or the key is no RSA key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    if not isinstance(key, rsa.RSAPublicKey):
        return None
    try:
        return key.recover_data_from_signature(value, padding.PKCS1v15(), None)
    except (InvalidSignature, ValueError):
        return None


def _ecdsa(key: PublicKeyTypes, signed: SignedValue) -> ValueResult:
    from cryptography.hazmat.primitives.asymmetric import ec

    if not isinstance(key, ec.EllipticCurvePublicKey):
        return _does_not_fit(signed.algorithm)
    return _with_two_numbers(key, signed, (key.curve.group_order.bit_length() + 7) // 8)


def _dsa(key: PublicKeyTypes, signed: SignedValue) -> ValueResult:
    from cryptography.hazmat.primitives.asymmetric import dsa

    if not isinstance(key, dsa.DSAPublicKey):
        return _does_not_fit(signed.algorithm)
    return _with_two_numbers(key, signed, (key.parameters().parameter_numbers().q.bit_length() + 7) // 8)


_EXCESS = 8
"""Octets by which r and s may each be longer than the order asks: some programs write leading zeros, others leave them out."""


def _with_two_numbers(key: ec.EllipticCurvePublicKey | dsa.DSAPublicKey, signed: SignedValue, width: int) -> ValueResult:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

    digest = signed.algorithm.digest
    if digest not in digests.SUPPORTED:
        return _unsupported(f"digest {digest}")
    value, remark = signed.value, ""
    if signed.algorithm.plain_ecdsa:
        half, odd = divmod(len(value), 2)
        if odd or not 0 < half <= width + _EXCESS:
            return ValueResult(CheckStatus.FAILED, f"a value of {len(value)} bytes where r and s take {width} each")
        if half != width:
            remark = f"a value of {len(value)} bytes where r and s take {width} each"
        value = encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
    hashed = _digested(signed, digest)
    carrier = _hash_of_size(len(hashed))
    if carrier is None:
        return _unsupported(f"digest {digest}")
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(value, hashed, ec.ECDSA(Prehashed(carrier)))
    else:
        key.verify(value, hashed, Prehashed(carrier))
    return ValueResult(CheckStatus.PASSED, remark=remark)


def _edwards(key: PublicKeyTypes, signed: SignedValue) -> ValueResult:
    from cryptography.hazmat.primitives.asymmetric import ed448, ed25519

    fits = {"ed25519": ed25519.Ed25519PublicKey, "ed448": ed448.Ed448PublicKey}[signed.algorithm.key]
    if not isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) or not isinstance(key, fits):
        return _does_not_fit(signed.algorithm)
    if signed.prehashed is not None:
        return _unsupported("an Edwards signature over content that is not at hand")
    key.verify(signed.value, signed.signed_bytes)
    return _PASSED


_CHECKS = {"rsa": _rsa, "ecdsa": _ecdsa, "dsa": _dsa, "ed25519": _edwards, "ed448": _edwards}


def _data(signed: SignedValue) -> bytes:
    return signed.signed_bytes if signed.prehashed is None else signed.prehashed


def _digested(signed: SignedValue, digest: str) -> bytes:
    return digests.digest(digest, signed.signed_bytes) if signed.prehashed is None else signed.prehashed


def _or_prehashed(hashed: hashes.HashAlgorithm, signed: SignedValue) -> hashes.HashAlgorithm:
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    return hashed if signed.prehashed is None else Prehashed(hashed)  # type: ignore[return-value]  # accepted in its place


@lru_cache(maxsize=32)
def _hash(name: str) -> hashes.HashAlgorithm | None:
    from cryptography.hazmat.primitives import hashes

    kinds: dict[str, Callable[[], hashes.HashAlgorithm]] = {
        "md5": hashes.MD5,
        "sha1": hashes.SHA1,
        "sha224": hashes.SHA224,
        "sha256": hashes.SHA256,
        "sha384": hashes.SHA384,
        "sha512": hashes.SHA512,
        "sha512_224": hashes.SHA512_224,
        "sha512_256": hashes.SHA512_256,
        "sha3_224": hashes.SHA3_224,
        "sha3_256": hashes.SHA3_256,
        "sha3_384": hashes.SHA3_384,
        "sha3_512": hashes.SHA3_512,
    }
    kind = kinds.get(name)
    return None if kind is None else kind()


@lru_cache(maxsize=16)
def _hash_of_size(size: int) -> hashes.HashAlgorithm | None:
    """ECDSA and DSA see only the bytes of a digest, so that any algorithm of that size may stand for it."""
    names = {16: "md5", 20: "sha1", 28: "sha224", 32: "sha256", 48: "sha384", 64: "sha512"}
    return _hash(names[size]) if size in names else None
