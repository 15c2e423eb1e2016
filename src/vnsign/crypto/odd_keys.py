"""RSA keys whose numbers a certificate writes otherwise than DER asks: read as the numbers that they can only mean.

Certificates of cards were issued in numbers whose modulus lacks the zero octet before a leading one bit, so that it reads as
negative, or has an octet too many. The key is certified all the same, and a signature verifies under it or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnsign.crypto import ber
from vnsign.errors import EvidenceError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

_RSA = "1.2.840.113549.1.1.1"
_VERSION = 0xA0
_KEY_INFO = 5  # the place of subjectPublicKeyInfo after an optional version (RFC 5280, 4.1)
_SMALLEST, _LARGEST = 1024, 16384
_LARGEST_EXPONENT_BITS = 64


def odd_rsa_key(certificate: bytes) -> rsa.RSAPublicKey | None:
    """The RSA key of a certificate, its modulus and exponent read as unsigned numbers (RFC 8017, A.1.1).

    For certificates whose key a strict reader refuses; for any other the result is the same key.

    Args:
        certificate: DER of the certificate.

    Returns:
        The key; ``None`` for another kind of key, for numbers that are no RSA key (even, below 1024 or above 16384 bits, an
        exponent below 3 or above 64 bits), and for bytes that cannot be read.

    What is NOT checked: anything else of the certificate; whether the key is strong enough for a policy.
    """
    from cryptography.hazmat.primitives.asymmetric import rsa

    try:
        modulus, exponent = _numbers(certificate)
    except (EvidenceError, IndexError, ValueError):
        return None
    fits = _SMALLEST <= modulus.bit_length() <= _LARGEST and 1 < exponent.bit_length() <= _LARGEST_EXPONENT_BITS
    if not fits or modulus % 2 == 0 or exponent % 2 == 0:
        return None
    try:
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        return None


def _numbers(certificate: bytes) -> tuple[int, int]:
    body = ber.children(ber.children(ber.element(certificate))[0])
    fields = body[1:] if body[0].tag == _VERSION else body
    algorithm, key = ber.children(ber.expect(fields[_KEY_INFO], ber.SEQUENCE, "SubjectPublicKeyInfo"))
    if ber.oid(ber.children(algorithm)[0]) != _RSA:
        raise ber.malformed("no RSA key", algorithm.start)
    numbers = ber.children(
        ber.expect(ber.element(ber.expect(key, ber.BIT_STRING, "key").content[1:]), ber.SEQUENCE, "RSAPublicKey")
    )
    modulus, exponent = (ber.expect(item, ber.INTEGER, "number").content for item in numbers)
    return int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")
