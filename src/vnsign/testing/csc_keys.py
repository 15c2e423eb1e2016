"""What the test service of :mod:`vnsign.testing.csc` says about its keys, and the signatures that it makes of hashes."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from vnsign.testing.pki import TestPki

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import hashes

    from vnsign.testing.csc import CscBehaviour

_PSS = "1.2.840.113549.1.1.10"
_RSA = ("1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", _PSS)
_EC = ("1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4")
_DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


def described(pki: TestPki, how: CscBehaviour, name: str, version: str) -> dict[str, Any]:
    """The answer to ``credentials/info``."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    item = pki.credential(name)
    chain = [item.certificate, *item.chain]
    own = _RSA if isinstance(item.private_key, rsa.RSAPrivateKey) else _EC
    found: dict[str, Any] = {
        "description": f"test credential {name}",
        "key": {"status": "enabled", "algo": list(how.algorithms or own), "len": 2048},
        "cert": {"status": how.status, "certificates": [base64.encodebytes(one.der).decode() for one in chain]},
        "multisign": how.multisign,
        "lang": "vi-VN",
        "SCAL": "2",
    }
    mode = "explicit" if how.pin or how.otp else "implicit"
    if version == "v1":
        found["authMode"] = mode
        found["PIN"] = {"presence": "true" if how.pin else "false", "format": "N"}
        found["OTP"] = {"presence": "true" if how.otp else "false", "type": "online"}
        return found
    objects = [{"type": "Password", "id": "PIN"}] if how.pin else []
    objects += [{"type": "OTP", "id": "OTP"}] if how.otp else []
    found["auth"] = {"mode": mode, "expression": " AND ".join(item["id"] for item in objects), "objects": objects}
    return found


def signature(pki: TestPki, name: str, hashed: bytes, algorithm: tuple[str, str, str], *, again: bool = False) -> bytes:
    """A signature value over a hash.

    Args:
        pki: the test PKI.
        name: whose key.
        hashed: the hash.
        algorithm: OIDs of digest and signature, and the parameters of PSS in base64.
        again: digest the hash once more, which is wrong.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    digest = _hash(_DIGESTS[algorithm[0]])
    if again:
        hashed = hashlib.new(digest.name, hashed).digest()
    key = pki.credential(name).private_key
    if isinstance(key, rsa.RSAPrivateKey):
        if algorithm[1] != _PSS:
            return key.sign(hashed, padding.PKCS1v15(), Prehashed(digest))
        return key.sign(hashed, padding.PSS(padding.MGF1(digest), _salt(algorithm[2])), Prehashed(digest))
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the test service has RSA and EC keys")
    return key.sign(hashed, ec.ECDSA(Prehashed(digest)))


def _salt(parameters: str) -> int:
    from asn1crypto.algos import RSASSAPSSParams

    return int(RSASSAPSSParams.load(base64.b64decode(parameters))["salt_length"].native)


def _hash(name: str) -> hashes.HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    return {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[name]
