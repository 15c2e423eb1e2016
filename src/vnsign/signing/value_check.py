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
    return " ".join(part for part in parts if part)


def _other_algorithm(certificate: Certificate, signed: SignedValue) -> str:
    for algorithm in _neighbours(signed.algorithm):
        if _holds(certificate, replace(signed, algorithm=algorithm)):
            return _named(algorithm)
    return ""


def _neighbours(algorithm: SignatureAlgorithm) -> Iterator[SignatureAlgorithm]:
    for digest in _DIGESTS if algorithm.digest else ():
        if algorithm.key == "rsa":
            yield replace(algorithm, digest=digest, padding="pkcs1v15", mgf_digest=None, salt_length=None)
            yield replace(
                algorithm, digest=digest, padding="pss", mgf_digest=digest, salt_length=hashlib.new(digest).digest_size
            )
        elif digest != algorithm.digest:
            yield replace(algorithm, digest=digest)


def _other_data(certificate: Certificate, signed: SignedValue, also: Mapping[str, bytes]) -> str:
    """What else was signed: one of the digests named, or the digest of the right octets digested again."""
    name = signed.algorithm.digest
    if name is None:
        return next((what for what, data in also.items() if _holds(certificate, replace(signed, signed_bytes=data))), "")
    twice = {"the digest of the octets, digested again": hashlib.new(name, signed.signed_bytes).digest()}
    hexadecimal = {"the digest of the octets, as hexadecimal text": hashlib.new(name, signed.signed_bytes).hexdigest().encode()}
    for what, data in {**twice, **hexadecimal, **also}.items():
        if _holds(certificate, replace(signed, signed_bytes=data)):
            return what
    key = public_key(certificate)
    recovered = None if key is None else recover_digest_info(key, signed.value)
    for what, data in also.items():
        if _holds(certificate, replace(signed, prehashed=data)) or (recovered is not None and recovered.endswith(data)):
            return what
    if recovered is not None and hashlib.new(name, signed.signed_bytes).digest() == recovered:
        return "the bare digest, without DigestInfo"
    return "other data (the key is the certificate's)" if recovered is not None else ""


def _wrong(why: str, hint: str) -> SigningError:
    return SigningError(f"the signature value does not verify: {why}", code="SIGNATURE_VALUE_WRONG", hint=hint)
