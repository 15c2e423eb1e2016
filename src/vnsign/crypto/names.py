"""Names of algorithms: object identifiers of CMS and URIs of XML signatures, in tables."""

from __future__ import annotations

from typing import NamedTuple


class Scheme(NamedTuple):
    """A signature algorithm behind an OID or URI. ``digest`` is ``None`` where the identifier does not fix it."""

    key: str
    digest: str | None = None
    padding: str | None = None
    plain: bool = False


DIGEST_OIDS = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "1.3.36.3.2.1": "ripemd160",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.5": "sha512_224",
    "2.16.840.1.101.3.4.2.6": "sha512_256",
    "2.16.840.1.101.3.4.2.7": "sha3_224",
    "2.16.840.1.101.3.4.2.8": "sha3_256",
    "2.16.840.1.101.3.4.2.9": "sha3_384",
    "2.16.840.1.101.3.4.2.10": "sha3_512",
    "2.16.840.1.101.3.4.2.12": "shake256",
}
"""RFC 5754, RFC 8702, RFC 3370, NIST CSOR."""

RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
RSASSA_PSS = "1.2.840.113549.1.1.10"
MGF1 = "1.2.840.113549.1.1.8"

_RSA = "1.2.840.113549.1.1."
_NIST = "2.16.840.1.101.3.4.3."
_ECDSA = "1.2.840.10045.4."
_PLAIN = "0.4.0.127.0.7.1.1.4.1."

SIGNATURE_OIDS = {
    RSA_ENCRYPTION: Scheme("rsa", None, "pkcs1v15"),
    _RSA + "4": Scheme("rsa", "md5", "pkcs1v15"),
    _RSA + "5": Scheme("rsa", "sha1", "pkcs1v15"),
    "1.3.14.3.2.29": Scheme("rsa", "sha1", "pkcs1v15"),
    "1.3.36.3.3.1.2": Scheme("rsa", "ripemd160", "pkcs1v15"),
    _RSA + "11": Scheme("rsa", "sha256", "pkcs1v15"),
    _RSA + "12": Scheme("rsa", "sha384", "pkcs1v15"),
    _RSA + "13": Scheme("rsa", "sha512", "pkcs1v15"),
    _RSA + "14": Scheme("rsa", "sha224", "pkcs1v15"),
    _RSA + "15": Scheme("rsa", "sha512_224", "pkcs1v15"),
    _RSA + "16": Scheme("rsa", "sha512_256", "pkcs1v15"),
    _NIST + "13": Scheme("rsa", "sha3_224", "pkcs1v15"),
    _NIST + "14": Scheme("rsa", "sha3_256", "pkcs1v15"),
    _NIST + "15": Scheme("rsa", "sha3_384", "pkcs1v15"),
    _NIST + "16": Scheme("rsa", "sha3_512", "pkcs1v15"),
    "1.2.840.10045.2.1": Scheme("ecdsa"),  # id-ecPublicKey, written by some signers in place of an algorithm
    _ECDSA + "1": Scheme("ecdsa", "sha1"),
    _ECDSA + "3.1": Scheme("ecdsa", "sha224"),
    _ECDSA + "3.2": Scheme("ecdsa", "sha256"),
    _ECDSA + "3.3": Scheme("ecdsa", "sha384"),
    _ECDSA + "3.4": Scheme("ecdsa", "sha512"),
    _NIST + "9": Scheme("ecdsa", "sha3_224"),
    _NIST + "10": Scheme("ecdsa", "sha3_256"),
    _NIST + "11": Scheme("ecdsa", "sha3_384"),
    _NIST + "12": Scheme("ecdsa", "sha3_512"),
    _PLAIN + "1": Scheme("ecdsa", "sha1", plain=True),
    _PLAIN + "2": Scheme("ecdsa", "sha224", plain=True),
    _PLAIN + "3": Scheme("ecdsa", "sha256", plain=True),
    _PLAIN + "4": Scheme("ecdsa", "sha384", plain=True),
    _PLAIN + "5": Scheme("ecdsa", "sha512", plain=True),
    _PLAIN + "6": Scheme("ecdsa", "ripemd160", plain=True),
    "1.3.101.112": Scheme("ed25519"),
    "1.3.101.113": Scheme("ed448"),
    "1.2.840.10040.4.1": Scheme("dsa"),
    "1.2.840.10040.4.3": Scheme("dsa", "sha1"),
    _NIST + "1": Scheme("dsa", "sha224"),
    _NIST + "2": Scheme("dsa", "sha256"),
    _NIST + "3": Scheme("dsa", "sha384"),
    _NIST + "4": Scheme("dsa", "sha512"),
}
"""RFC 3370, 4055, 5754, 5758, 8419, 8692; BSI TR-03111 for plain ECDSA. RSASSA-PSS has parameters and stands apart."""

DIGEST_ALIASES = {oid: scheme.digest for oid, scheme in SIGNATURE_OIDS.items() if scheme.key == "rsa" and scheme.digest}
"""RSA signature algorithms that old signers write where a digest algorithm belongs; what they mean is not in doubt."""

_DS = "http://www.w3.org/2000/09/xmldsig#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
_MORE_2021 = "http://www.w3.org/2021/04/xmldsig-more#"
_DSIG11 = "http://www.w3.org/2009/xmldsig11#"

XML_PSS = _MORE_2007 + "rsa-pss"

DIGEST_URIS = {
    _DS + "sha1": "sha1",
    _ENC + "sha256": "sha256",
    _ENC + "sha512": "sha512",
    _ENC + "ripemd160": "ripemd160",
    _MORE + "md5": "md5",
    _MORE + "sha224": "sha224",
    _MORE + "sha384": "sha384",
    _MORE_2007 + "sha3-224": "sha3_224",
    _MORE_2007 + "sha3-256": "sha3_256",
    _MORE_2007 + "sha3-384": "sha3_384",
    _MORE_2007 + "sha3-512": "sha3_512",
}
"""RFC 9231, 2.1."""

_RSA_URIS = {
    _MORE + "rsa-md5": "md5",
    _DS + "rsa-sha1": "sha1",
    _MORE + "rsa-sha224": "sha224",
    _MORE + "rsa-sha256": "sha256",
    _MORE + "rsa-sha384": "sha384",
    _MORE + "rsa-sha512": "sha512",
    _MORE + "rsa-ripemd160": "ripemd160",
}
_SHORT = {"sha1": "sha1", "sha224": "sha224", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}
_SHA3 = {"sha3-224": "sha3_224", "sha3-256": "sha3_256", "sha3-384": "sha3_384", "sha3-512": "sha3_512"}

SIGNATURE_URIS = {
    **{uri: Scheme("rsa", name, "pkcs1v15") for uri, name in _RSA_URIS.items()},
    **{f"{_MORE_2007}{text}-rsa-MGF1": Scheme("rsa", name, "pss") for text, name in (_SHORT | _SHA3).items()},
    **{f"{_MORE}ecdsa-{text}": Scheme("ecdsa", name, plain=True) for text, name in _SHORT.items()},
    **{f"{_MORE_2021}ecdsa-{text}": Scheme("ecdsa", name, plain=True) for text, name in _SHA3.items()},
    _MORE_2007 + "ecdsa-ripemd160": Scheme("ecdsa", "ripemd160", plain=True),
    _MORE_2021 + "eddsa-ed25519": Scheme("ed25519"),
    _MORE_2021 + "eddsa-ed448": Scheme("ed448"),
    _DS + "dsa-sha1": Scheme("dsa", "sha1", plain=True),
    _DSIG11 + "dsa-sha256": Scheme("dsa", "sha256", plain=True),
}
"""RFC 9231, 2.3; XML Signature 1.1, 6.4."""

HMAC_URIS = {
    _DS + "hmac-sha1": "sha1",
    _MORE + "hmac-md5": "md5",
    _MORE + "hmac-sha224": "sha224",
    _MORE + "hmac-sha256": "sha256",
    _MORE + "hmac-sha384": "sha384",
    _MORE + "hmac-sha512": "sha512",
    _MORE + "hmac-ripemd160": "ripemd160",
}
"""RFC 9231, 2.2. A shared secret proves no signer, so these are named and never checked."""
