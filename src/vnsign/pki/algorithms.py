"""With which algorithm a certificate is signed, and how large its key is."""

from __future__ import annotations

from functools import lru_cache

from vnsign.crypto.algorithms import from_cms_der
from vnsign.crypto.values import public_key
from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.pki import der

_UNKNOWN = SignatureAlgorithm("unknown", identifier="unknown")
_NO_DIGEST = bytes.fromhex("300406022a03")
"""An AlgorithmIdentifier that names no digest: a certificate's signature algorithm says its digest itself, or none is known."""


@lru_cache(maxsize=1024)
def certificate_algorithm(certificate: Certificate) -> SignatureAlgorithm:
    """The algorithm by which the issuer signed a certificate, with the parameters of RSASSA-PSS.

    What is NOT checked: the signature.

    Returns:
        The algorithm; ``key="unknown"`` where it is not known or the certificate cannot be read.
    """
    try:
        parts = der.children(certificate.der)
        return from_cms_der(parts[1][2], _NO_DIGEST)
    except (EvidenceError, IndexError):
        return _UNKNOWN


@lru_cache(maxsize=1024)
def public_key_size(certificate: Certificate) -> tuple[str, int] | None:
    """Kind (``rsa``, ``ec``, ``dsa``) and size in bits of a certificate's key; ``None`` for others and what cannot be read."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    key = public_key(certificate)
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ec", key.key_size
    return ("dsa", key.key_size) if isinstance(key, dsa.DSAPublicKey) else None
