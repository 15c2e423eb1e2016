"""Signature algorithms in one form, from and to the identifiers of CMS and of XML signatures."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from vnsign.crypto import ber, digests
from vnsign.crypto.names import (
    DIGEST_ALIASES,
    DIGEST_OIDS,
    DIGEST_URIS,
    HMAC_URIS,
    MGF1,
    RSA_ENCRYPTION,
    RSASSA_PSS,
    SIGNATURE_OIDS,
    SIGNATURE_URIS,
    XML_PSS,
    Scheme,
)
from vnsign.errors import ConfigurationError, EvidenceError
from vnsign.model.facts import SignatureAlgorithm

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_PSS_TRAILER = 1
_LONGEST_SALT = 2048  # bytes: more than any RSA modulus that is read


class PssParameters(NamedTuple):
    """RSASSA-PSS parameters of an XML signature (RFC 9231, 2.3.9) by digest name, with the defaults of the schema.

    A salt length of ``None`` is the length of the digest. ``mgf_digest`` ``None`` is the digest itself. A name that is no
    digest this library knows makes the algorithm unknown.
    """

    digest: str = "sha256"
    mgf_digest: str | None = None
    salt_length: int | None = None
    trailer_field: int = _PSS_TRAILER


# --- CMS ---------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def from_cms_der(signature_algorithm: bytes, digest_algorithm: bytes) -> SignatureAlgorithm:
    """The algorithm of a CMS SignerInfo, from the DER of its two AlgorithmIdentifiers.

    Args:
        signature_algorithm: of the signature.
        digest_algorithm: used where the signature algorithm names no digest (``rsaEncryption``).

    Returns:
        The algorithm; ``key="unknown"`` with the OID in ``identifier`` where it, its parameters or its encoding are not known.
    """
    try:
        identifier, parameters = _algorithm_identifier(ber.element(signature_algorithm))
        fallback = digest_name(digest_algorithm)
    except EvidenceError:
        return SignatureAlgorithm(key="unknown", identifier="malformed")
    if identifier == RSASSA_PSS:
        return _pss_from_der(parameters)
    scheme = SIGNATURE_OIDS.get(identifier)
    if scheme is None:
        return SignatureAlgorithm(key="unknown", digest=fallback, identifier=identifier)
    return _of_scheme(scheme, fallback, identifier)


def is_digest_alias(digest_algorithm: bytes) -> bool:
    """Whether an encoded AlgorithmIdentifier names an RSA signature algorithm where a digest belongs (RFC 5652, 10.1.1).

    Raises:
        EvidenceError: it is no AlgorithmIdentifier.
    """
    return _algorithm_identifier(ber.element(digest_algorithm))[0] in DIGEST_ALIASES


def digest_name(digest_algorithm: bytes) -> str:
    """The digest of an encoded AlgorithmIdentifier: its name, or the dotted OID where it is not known.

    Old signers write an RSA signature algorithm here; the digest within it is meant (see :func:`is_digest_alias`).

    Raises:
        EvidenceError: it is no AlgorithmIdentifier.
    """
    identifier, _ = _algorithm_identifier(ber.element(digest_algorithm))
    return DIGEST_OIDS.get(identifier) or DIGEST_ALIASES.get(identifier, identifier)


def _of_scheme(scheme: Scheme, fallback: str, identifier: str) -> SignatureAlgorithm:
    edwards = scheme.key in ("ed25519", "ed448")
    return SignatureAlgorithm(
        key=scheme.key,
        digest=None if edwards else scheme.digest or fallback,
        padding=scheme.padding,
        plain_ecdsa=scheme.plain,
        identifier=identifier,
    )


def _algorithm_identifier(found: ber.Element) -> tuple[str, ber.Element | None]:
    parts = ber.children(ber.expect(found, ber.SEQUENCE, "AlgorithmIdentifier"))
    if not parts or len(parts) > 2:
        raise ber.malformed("a broken AlgorithmIdentifier", found.start)
    return ber.oid(parts[0]), parts[1] if len(parts) == 2 else None


def _pss_from_der(parameters: ber.Element | None) -> SignatureAlgorithm:
    """RFC 4055, 3.1: hashAlgorithm [0], maskGenAlgorithm [1], saltLength [2], trailerField [3], each with a default."""
    digest, mgf_digest, salt, trailer = "sha1", "sha1", 20, _PSS_TRAILER
    unknown = SignatureAlgorithm(key="unknown", identifier=RSASSA_PSS)
    try:
        fields = [] if parameters is None else ber.children(ber.expect(parameters, ber.SEQUENCE, "RSASSA-PSS-params"))
        for field in fields:
            (value,) = ber.children(field)
            if field.tag == 0xA0:
                digest = digest_name(value.encoding)
            elif field.tag == 0xA1:
                identifier, inner = _algorithm_identifier(value)
                if identifier != MGF1 or inner is None:
                    return unknown
                mgf_digest = digest_name(inner.encoding)
            elif field.tag == 0xA2:
                salt = ber.integer(value)
            elif field.tag == 0xA3:
                trailer = ber.integer(value)
            else:
                return unknown
    except (EvidenceError, ValueError):
        return unknown
    return _pss(digest, mgf_digest, salt, trailer, RSASSA_PSS)


def _pss(digest: str, mgf_digest: str, salt: int, trailer: int, identifier: str) -> SignatureAlgorithm:
    if trailer != _PSS_TRAILER or not 0 <= salt <= _LONGEST_SALT:
        return SignatureAlgorithm(key="unknown", digest=digest, identifier=identifier)
    return SignatureAlgorithm("rsa", digest, "pss", mgf_digest, salt, identifier=identifier)


# --- XML ---------------------------------------------------------------------------------------------------------------


def from_xml(uri: str, pss_params: PssParameters | None = None) -> SignatureAlgorithm:
    """The algorithm of a ``SignatureMethod``.

    Args:
        uri: its ``Algorithm``.
        pss_params: the ``RSAPSSParams`` of ``...xmldsig-more#rsa-pss``; the schema's defaults where omitted.

    Returns:
        The algorithm; ``key="hmac"`` for the HMACs, ``key="unknown"`` for an URI that is not registered (RFC 9231).
    """
    if uri == XML_PSS:
        return _pss_from_xml(pss_params or PssParameters())
    if uri in HMAC_URIS:
        return SignatureAlgorithm(key="hmac", digest=HMAC_URIS[uri], identifier=uri)
    scheme = SIGNATURE_URIS.get(uri)
    if scheme is None:
        return SignatureAlgorithm(key="unknown", identifier=uri)
    if scheme.padding == "pss" and scheme.digest is not None:
        # RFC 9231, 2.3.10: MGF1 with the same digest, a salt of the digest's length.
        return _pss(scheme.digest, scheme.digest, digests.new(scheme.digest).digest_size, _PSS_TRAILER, uri)
    return SignatureAlgorithm(scheme.key, scheme.digest, scheme.padding, plain_ecdsa=scheme.plain, identifier=uri)


def _pss_from_xml(given: PssParameters) -> SignatureAlgorithm:
    mgf_digest = given.mgf_digest or given.digest
    if given.digest not in digests.SUPPORTED or mgf_digest not in digests.SUPPORTED:
        return SignatureAlgorithm(key="unknown", digest=given.digest, identifier=XML_PSS)
    salt = digests.new(given.digest).digest_size if given.salt_length is None else given.salt_length
    return _pss(given.digest, mgf_digest, salt, given.trailer_field, XML_PSS)


def digest_from_xml(uri: str) -> str | None:
    """The digest of a ``DigestMethod``, ``None`` for an URI that is not known (RFC 9231, 2.1)."""
    return DIGEST_URIS.get(uri)


_DIGEST_TO_URI = {name: uri for uri, name in DIGEST_URIS.items()}
_SCHEME_TO_URI = {scheme: uri for uri, scheme in SIGNATURE_URIS.items()}


def digest_to_xml(name: str) -> str:
    """The URI of a digest.

    Raises:
        ConfigurationError: it has none.
    """
    uri = _DIGEST_TO_URI.get(name)
    if uri is None:
        raise ConfigurationError(f"digest {name!r} has no URI in XML signatures", code="NO_ALGORITHM_IDENTIFIER")
    return uri


def signature_to_xml(algorithm: SignatureAlgorithm) -> str:
    """The URI of a signature algorithm. PSS that is not the ordinary kind gets ``#rsa-pss``, which needs parameters beside it.

    Raises:
        ConfigurationError: it has none.
    """
    plain = algorithm.key in ("ecdsa", "dsa")
    uri = _SCHEME_TO_URI.get(Scheme(algorithm.key, algorithm.digest, algorithm.padding, plain))
    if algorithm.padding == "pss" and algorithm.digest in digests.SUPPORTED and not _ordinary_pss(algorithm):
        uri = XML_PSS
    if uri is None:
        raise ConfigurationError(
            f"{algorithm.key} with {algorithm.digest} has no URI in XML signatures",
            code="NO_ALGORITHM_IDENTIFIER",
            hint="choose another digest",
        )
    return uri


def _ordinary_pss(algorithm: SignatureAlgorithm) -> bool:
    digest = algorithm.digest or ""
    return algorithm.mgf_digest in (None, digest) and algorithm.salt_length in (None, digests.new(digest).digest_size)


# --- signing -----------------------------------------------------------------------------------------------------------


def for_key(
    public_key: PublicKeyTypes, digest: str, *, padding: str | None = None, plain_ecdsa: bool = False
) -> SignatureAlgorithm:
    """The algorithm to sign with under a key.

    Args:
        public_key: of the signing certificate (``cryptography``).
        digest: digest for RSA, ECDSA and DSA; the Edwards curves have their own and ignore it.
        padding: ``pkcs1v15`` or ``pss`` for RSA (``pkcs1v15`` where omitted); must be ``None`` for other keys.
        plain_ecdsa: ECDSA and DSA values as ``r || s`` (XML) rather than in DER (CMS).

    Returns:
        The algorithm, without identifier. PSS: MGF1 with the same digest, salt as long as the digest.

    Raises:
        ConfigurationError: a key of another kind, an unknown or broken digest, a padding that does not fit.
    """
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

    if isinstance(public_key, rsa.RSAPublicKey):
        return _for_rsa(digest, padding or "pkcs1v15")
    if padding is not None:
        raise ConfigurationError(f"padding {padding!r} is for RSA keys alone", code="PADDING_NOT_FOR_KEY")
    if isinstance(public_key, ed25519.Ed25519PublicKey):
        return SignatureAlgorithm("ed25519")
    if isinstance(public_key, ed448.Ed448PublicKey):
        return SignatureAlgorithm("ed448")
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return SignatureAlgorithm("ecdsa", _fit_digest(digest), plain_ecdsa=plain_ecdsa)
    if isinstance(public_key, dsa.DSAPublicKey):
        return SignatureAlgorithm("dsa", _fit_digest(digest), plain_ecdsa=plain_ecdsa)
    raise ConfigurationError(f"no signatures with keys of kind {type(public_key).__name__}", code="KEY_NOT_SUPPORTED")


def _for_rsa(digest: str, padding: str) -> SignatureAlgorithm:
    digest = _fit_digest(digest)
    if padding == "pkcs1v15":
        return SignatureAlgorithm("rsa", digest, "pkcs1v15")
    if padding == "pss":
        return SignatureAlgorithm("rsa", digest, "pss", digest, digests.new(digest).digest_size)
    raise ConfigurationError(f"no RSA padding {padding!r}", code="PADDING_NOT_FOR_KEY", hint="pkcs1v15 or pss")


def _fit_digest(digest: str) -> str:
    if digest not in digests.FIT_FOR_SIGNING:
        raise ConfigurationError(
            f"digest {digest!r} is not used in new signatures",
            code="DIGEST_NOT_FOR_SIGNING",
            hint=f"one of {sorted(digests.FIT_FOR_SIGNING)}",
        )
    return digest


_DIGEST_TO_OID = {name: number for number, name in DIGEST_OIDS.items()}
_SCHEME_TO_OID = {scheme: number for number, scheme in reversed(SIGNATURE_OIDS.items())}


def cms_identifier_der(algorithm: SignatureAlgorithm) -> bytes:
    """The AlgorithmIdentifier of a SignerInfo's ``signatureAlgorithm``, in DER.

    RSA has NULL parameters; ECDSA, DSA and EdDSA have none (RFC 4055, 5758, 8419).

    Raises:
        ConfigurationError: the algorithm has none.
    """
    if algorithm.key == "rsa" and algorithm.padding == "pss":
        return _pss_to_der(algorithm)
    number = _SCHEME_TO_OID.get(Scheme(algorithm.key, algorithm.digest, algorithm.padding, algorithm.plain_ecdsa))
    if number is None or number == RSA_ENCRYPTION:
        raise ConfigurationError(
            f"{algorithm.key} with {algorithm.digest} has no OID in CMS",
            code="NO_ALGORITHM_IDENTIFIER",
            hint="choose another digest",
        )
    return _identifier_der(number, b"\x05\x00" if algorithm.key == "rsa" else b"")


def digest_identifier_der(name: str) -> bytes:
    """The AlgorithmIdentifier of a digest, as DER, parameters absent (RFC 5754, 2).

    Raises:
        ConfigurationError: it has no OID.
    """
    number = _DIGEST_TO_OID.get(name)
    if number is None:
        raise ConfigurationError(f"digest {name!r} has no OID", code="NO_ALGORITHM_IDENTIFIER")
    return _identifier_der(number, b"")


def _pss_to_der(algorithm: SignatureAlgorithm) -> bytes:
    digest = algorithm.digest or ""
    salt = digests.new(digest).digest_size if algorithm.salt_length is None else algorithm.salt_length
    hashed = digest_identifier_der(digest)
    mgf = _identifier_der(MGF1, digest_identifier_der(algorithm.mgf_digest or digest))
    number = ber.wrap(ber.INTEGER, salt.to_bytes(salt.bit_length() // 8 + 1, "big"))
    # DER leaves defaults out: SHA-1, MGF1 with SHA-1, a salt of 20 bytes. A new signature has none of the first two.
    parameters = ber.wrap(0xA0, hashed) + ber.wrap(0xA1, mgf) + (b"" if salt == 20 else ber.wrap(0xA2, number))
    return _identifier_der(RSASSA_PSS, ber.wrap(ber.SEQUENCE, parameters))


def _identifier_der(number: str, parameters: bytes) -> bytes:
    return ber.wrap(ber.SEQUENCE, ber.wrap(ber.OID, ber.oid_content(number)) + parameters)
