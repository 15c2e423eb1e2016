"""What kind of signature is made: level, padding, digest. Weak algorithms are refused here, before anything is signed."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from vnsign.crypto import algorithms
from vnsign.crypto.values import public_key
from vnsign.errors import CertificateNotFitError, ConfigurationError, SigningError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

DIGESTS = ("sha256", "sha384", "sha512")
"""Digests that signatures are made with (FIPS 180-4)."""

LEAST_RSA_BITS = 2048
LEAST_EC_BITS = 256


class SignatureLevel(StrEnum):
    """Baseline level of a signature (EN 319 142-1, EN 319 132-1, EN 319 122-1, EN 319 162-1)."""

    B = "B"
    """The signature with its certificate."""
    T = "T"
    """B, and a time-stamp token over the signature value."""
    LT = "LT"
    """T, and the material to judge it later: certificates, CRLs, OCSP answers."""
    LTA = "LTA"
    """LT, and a time-stamp over all of it."""

    def includes(self, other: SignatureLevel) -> bool:
        """Whether a signature of this level has what the other level asks for."""
        order = tuple(SignatureLevel)
        return order.index(self) >= order.index(other)


class Padding(StrEnum):
    """Padding of RSA signatures (RFC 8017)."""

    PKCS1V15 = "pkcs1v15"
    PSS = "pss"


def level_of(name: str) -> SignatureLevel:
    """A level by its name, ``B``, ``T``, ``LT`` or ``LTA``, also written ``B-B`` to ``B-LTA``.

    Raises:
        ConfigurationError: another name.
    """
    found = name.strip().upper().removeprefix("B-")
    try:
        return SignatureLevel(found)
    except ValueError:
        raise ConfigurationError(
            f"level {name!r} is not offered", code="LEVEL_NOT_OFFERED", hint="B, or with an authority T, LT or LTA"
        ) from None


def choose_algorithm(certificate: Certificate, *, digest: str, padding: Padding, plain_ecdsa: bool) -> SignatureAlgorithm:
    """The signature algorithm for a certificate's key.

    Args:
        certificate: of the signer.
        digest: one of :data:`DIGESTS`. The Edwards curves have their own: it is not used for them.
        padding: for RSA keys; not used for others.
        plain_ecdsa: the ECDSA value is ``r || s`` (XML) rather than a DER SEQUENCE (CMS).

    Raises:
        SigningError: the digest is weak or unknown (``WEAK_ALGORITHM``).
        CertificateNotFitError: the key is too short (``WEAK_KEY``) or of a kind that cannot sign (``KEY_KIND``).
    """
    from cryptography.hazmat.primitives.asymmetric import rsa

    if digest not in DIGESTS:
        raise SigningError(
            f"digest {digest!r} is not used for new signatures", code="WEAK_ALGORITHM", hint=f"one of {', '.join(DIGESTS)}"
        )
    key = _public_key(certificate)
    _check_strength(key)
    used = Padding(padding).value if isinstance(key, rsa.RSAPublicKey) else None
    return algorithms.for_key(key, digest, padding=used, plain_ecdsa=plain_ecdsa)


def _public_key(certificate: Certificate) -> PublicKeyTypes:
    key = public_key(certificate)
    if key is None:
        raise CertificateNotFitError(
            "the certificate or its key cannot be read", code="KEY_KIND", hint="give an X.509 certificate in DER or PEM"
        )
    return key


def _check_strength(key: PublicKeyTypes) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, rsa.RSAPublicKey):
        bits, least, kind = key.key_size, LEAST_RSA_BITS, "RSA"
    elif isinstance(key, ec.EllipticCurvePublicKey):
        bits, least, kind = key.key_size, LEAST_EC_BITS, "ECDSA"
    elif isinstance(key, ed25519.Ed25519PublicKey):
        return
    else:
        raise CertificateNotFitError(
            f"a key of kind {type(key).__name__} makes no signatures here",
            code="KEY_KIND",
            hint="use an RSA, ECDSA or Ed25519 key",
        )
    if bits < least:
        raise CertificateNotFitError(
            f"the {kind} key has {bits} bits, at least {least} are needed",
            code="WEAK_KEY",
            hint="ask the certification authority for a certificate with a longer key",
        )
