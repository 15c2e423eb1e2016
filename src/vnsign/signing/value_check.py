"""Is this the signature that was asked for? A value from elsewhere is checked before it is embedded, and what is wrong is said.

Integrations with tokens and remote services fail in a few well-known ways: the value comes as hexadecimal or base64 text,
the digest of the document was signed instead of the attributes, the digest was digested again, another key was used.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from vnsign.crypto.values import public_key, recover_digest_info, verify_value
from vnsign.errors import SigningError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm, SignedValue
from vnsign.model.verdict import CheckStatus

LARGEST_VALUE = 16 * 1024
"""Bytes of a raw signature value; the largest RSA keys give 2,048."""

_DIGESTS = ("sha256", "sha1", "sha384", "sha512", "md5")


def checked_value(certificate: Certificate, signed: SignedValue, *, also: Mapping[str, bytes] | None = None) -> bytes:
    """The signature value as it is embedded.

    Args:
        certificate: of the signer.
        signed: the octets to be signed, the algorithm, the value as received. An ECDSA value may be DER or ``r || s``: it
            is turned into the form of the algorithm.
        also: digests that are easily signed by mistake, by what they are, for the message.

    Returns:
        The value, verified.

    Raises:
        SigningError: ``SIGNATURE_VALUE_WRONG``: it does not verify; message and hint say why, where that can be told.
    """
    if len(signed.value) > LARGEST_VALUE:
        raise _wrong(f"it has {len(signed.value)} bytes", "give the raw signature value, not a CMS or a document")
    for value in (signed.value, *_other_form(certificate, signed)):
        if _holds(certificate, replace(signed, value=value)):
            return value
    raise _diagnosis(certificate, signed, also or {})


def _holds(certificate: Certificate, signed: SignedValue) -> bool:
    return verify_value(certificate, signed).status is CheckStatus.PASSED


def _other_form(certificate: Certificate, signed: SignedValue) -> Iterator[bytes]:
    """The same ECDSA value in its other encoding: tokens give ``r || s``, CMS wants DER; XML the other way round."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

    key = public_key(certificate)
    if signed.algorithm.key != "ecdsa" or not isinstance(key, ec.EllipticCurvePublicKey):
        return
    width = (key.curve.group_order.bit_length() + 7) // 8
    if signed.algorithm.plain_ecdsa:
        try:
            yield b"".join(number.to_bytes(width, "big") for number in decode_dss_signature(signed.value))
        except (ValueError, OverflowError):
            return
    elif len(signed.value) == 2 * width:
        yield encode_dss_signature(int.from_bytes(signed.value[:width], "big"), int.from_bytes(signed.value[width:], "big"))


def _diagnosis(certificate: Certificate, signed: SignedValue, also: Mapping[str, bytes]) -> SigningError:
    text = _as_text(certificate, signed)
    if text:
        return _wrong(f"it is {text} text", f"decode the {text} text first")
    if not signed.value:
        return _wrong("it is empty", "give the raw signature value")
    if signed.value[:1] == b"\x30" and b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" in signed.value[:32]:
        return _wrong("it is a CMS structure", "give the raw signature value")
    other = _other_algorithm(certificate, signed)
    if other:
        return _wrong(f"it was made with {other}", f"ask the signer for {_named(signed.algorithm)}")
    what = _other_data(certificate, signed, also)
    if what:
        return _wrong(f"it is over {what}", "sign the octets of to_be_signed, digested once")
    return _wrong("another key made it, or it is over other data", "check which certificate the signer used")


def _as_text(certificate: Certificate, signed: SignedValue) -> str:
    compact = b"".join(signed.value.split())
    for name, decode in (("hexadecimal", binascii.unhexlify), ("base64", _base64)):
        try:
            decoded = decode(compact)
        except (binascii.Error, ValueError):
            continue
        for value in (decoded, *_other_form(certificate, replace(signed, value=decoded))):
            if _holds(certificate, replace(signed, value=value)):
                return name
    return ""


def _base64(text: bytes) -> bytes:
    return base64.b64decode(text, altchars=b"-_" if b"-" in text or b"_" in text else None, validate=True)


def _named(algorithm: SignatureAlgorithm) -> str:
    parts = (algorithm.key.upper(), {"pss": "PSS", "pkcs1v15": "PKCS#1 v1.5"}.get(algorithm.padding or ""), algorithm.digest)
    name = " ".join(part for part in parts if part)
    return name if algorithm.salt_length is None else f"{name} with a salt of {algorithm.salt_length} bytes"


def _other_algorithm(certificate: Certificate, signed: SignedValue) -> str:
    for algorithm in _neighbours(signed.algorithm, certificate):
        if _holds(certificate, replace(signed, algorithm=algorithm)):
            return _named(algorithm)
    return ""


def _neighbours(algorithm: SignatureAlgorithm, certificate: Certificate) -> Iterator[SignatureAlgorithm]:
    """The algorithms that are mistaken for this one: other digest, other padding, other salt."""
    for digest in _DIGESTS if algorithm.digest else ():
        if algorithm.key == "rsa":
            yield replace(algorithm, digest=digest, padding="pkcs1v15", mgf_digest=None, salt_length=None)
            for salt in _salts(hashlib.new(digest).digest_size, certificate):
                for mask in dict.fromkeys((digest, "sha1")):
                    yield replace(algorithm, digest=digest, padding="pss", mgf_digest=mask, salt_length=salt)
        elif digest != algorithm.digest:
            yield replace(algorithm, digest=digest)


def _salts(digest_size: int, certificate: Certificate) -> tuple[int, ...]:
    """As programs choose them: the digest's size, the default of RFC 8017, none, the most that fits."""
    bits = getattr(public_key(certificate), "key_size", 0)
    return tuple(dict.fromkeys((digest_size, 20, 0, max((bits + 6) // 8 - digest_size - 2, 0))))


def _other_data(certificate: Certificate, signed: SignedValue, also: Mapping[str, bytes]) -> str:
    """What else was signed: one of the digests named, the right digest digested again, or not wrapped as it should be."""
    bare = replace(signed, prehashed=None)
    name = signed.algorithm.digest
    if name is None:
        mistakes = {"their SHA-256": hashlib.sha256(signed.signed_bytes).digest(), **also}
        mistakes["their SHA-512"] = hashlib.sha512(signed.signed_bytes).digest()
        return next((what for what, data in mistakes.items() if _holds(certificate, replace(bare, signed_bytes=data))), "")
    digest = signed.prehashed or hashlib.new(name, signed.signed_bytes).digest()
    others = {"the digest of the octets, digested again": digest}
    others["the digest of the octets, as hexadecimal text"] = digest.hex().encode()
    others["the digest of the octets, as base64 text"] = base64.b64encode(digest)
    for what, data in {**others, **also}.items():
        if _holds(certificate, replace(bare, signed_bytes=data)):
            return what
    for what, data in also.items():
        if _holds(certificate, replace(bare, signed_bytes=b"", prehashed=data)):
            return what
    return _recovered(certificate, signed, digest, also)


def _recovered(certificate: Certificate, signed: SignedValue, digest: bytes, also: Mapping[str, bytes]) -> str:
    """What an RSA value of PKCS#1 v1.5 holds: it can be read from the value."""
    key = public_key(certificate)
    found = None if key is None else recover_digest_info(key, signed.value)
    if found is None:
        return ""
    if found == digest:
        return "the bare digest, without DigestInfo"
    if found in (digest.hex().encode(), digest.hex().upper().encode(), base64.b64encode(digest)):
        return "the digest as text, without DigestInfo"
    if found.endswith(digest):
        return f"the right digest in a DigestInfo that is not of {signed.algorithm.digest}"
    named = next((what for what, data in also.items() if found.endswith(data)), "")
    return named or "other data (the key is the certificate's)"


def _wrong(why: str, hint: str) -> SigningError:
    return SigningError(f"the signature value does not verify: {why}", code="SIGNATURE_VALUE_WRONG", hint=hint)
