"""Who holds the key: a protocol for tokens, phones and remote services, and a signer with the key in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Protocol, runtime_checkable

from vnsign.crypto.values import public_key
from vnsign.errors import CertificateNotFitError, ConfigurationError, SigningError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


@runtime_checkable
class Signer(Protocol):
    """Makes signature values. It is given the data to be signed, never digests, so that it can show or log what it signs."""

    @property
    def certificate(self) -> Certificate:
        """The signing certificate."""
        ...

    @property
    def chain(self) -> Sequence[Certificate]:
        """Certificates of the issuers to be embedded, the issuing CA first; may be empty."""
        ...

    def sign(self, data: Sequence[bytes], algorithm: SignatureAlgorithm) -> tuple[bytes, ...]:
        """Signature values over each of the data, in their order. One call is one authorisation by the holder.

        Args:
            data: the octets to be signed, not yet digested.
            algorithm: how; ECDSA values are DER unless ``algorithm.plain_ecdsa``.

        Raises:
            SigningError: nothing was signed.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class KeySigner:
    """A signer with a private key of ``cryptography``, loaded once. The key is never shown, compared or pickled.

    The key may also be an object of one's own that has the interface of such a key (``RSAPrivateKey`` and the like), for
    example over the key management service of a cloud.

    Attributes:
        certificate: the signing certificate.
        chain: issuers to be embedded.

    Raises:
        CertificateNotFitError: the key is not the certificate's (``KEY_MISMATCH``).
    """

    certificate: Certificate
    chain: tuple[Certificate, ...]
    private_key: PrivateKeyTypes = field(repr=False)

    def __post_init__(self) -> None:
        if not matches(self.certificate, self.private_key):
            raise CertificateNotFitError(
                "the private key is not the certificate's",
                code="KEY_MISMATCH",
                hint="give the key and the certificate of one pair",
            )

    def __reduce__(self) -> NoReturn:
        raise ConfigurationError(
            "a signer that holds a key is not pickled",
            code="KEY_NOT_PICKLED",
            hint="open the key file in the process that signs",
        )

    def sign(self, data: Sequence[bytes], algorithm: SignatureAlgorithm) -> tuple[bytes, ...]:
        """Sign each of the data. See :meth:`Signer.sign`.

        Raises:
            SigningError: the algorithm does not fit the key (``ALGORITHM_UNFIT``).
        """
        return tuple(sign_with(self.private_key, item, algorithm) for item in data)


def matches(certificate: Certificate, private_key: PrivateKeyTypes) -> bool:
    """Whether a private key belongs to a certificate."""
    mine = private_key.public_key()
    theirs = public_key(certificate)
    return theirs is not None and type(mine) is type(theirs) and bool(mine == theirs)


def sign_with(private_key: PrivateKeyTypes, data: bytes, algorithm: SignatureAlgorithm) -> bytes:
    """One signature value.

    Raises:
        SigningError: the algorithm does not fit the key.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    if algorithm.key == "rsa" and isinstance(private_key, rsa.RSAPrivateKey):
        return _rsa(private_key, data, algorithm)
    if algorithm.key == "ecdsa" and isinstance(private_key, ec.EllipticCurvePrivateKey):
        return _ecdsa(private_key, data, algorithm)
    if algorithm.key == "ed25519" and isinstance(private_key, ed25519.Ed25519PrivateKey):
        return private_key.sign(data)
    if algorithm.key == "ed448" and isinstance(private_key, ed448.Ed448PrivateKey):
        return private_key.sign(data)
    raise SigningError(
        f"a key of kind {type(private_key).__name__} makes no {algorithm.key} signatures", code="ALGORITHM_UNFIT"
    )


def _rsa(private_key: rsa.RSAPrivateKey, data: bytes, algorithm: SignatureAlgorithm) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import padding

    digest = _hash(algorithm.digest)
    if algorithm.padding == "pkcs1v15":
        return private_key.sign(data, padding.PKCS1v15(), digest)
    if algorithm.padding != "pss":
        raise SigningError(f"no RSA padding {algorithm.padding!r}", code="ALGORITHM_UNFIT")
    salt = digest.digest_size if algorithm.salt_length is None else algorithm.salt_length
    mask = _hash(algorithm.mgf_digest or algorithm.digest)
    return private_key.sign(data, padding.PSS(padding.MGF1(mask), salt), digest)


def _ecdsa(private_key: ec.EllipticCurvePrivateKey, data: bytes, algorithm: SignatureAlgorithm) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    value = private_key.sign(data, ec.ECDSA(_hash(algorithm.digest)))
    if not algorithm.plain_ecdsa:
        return value
    width = (private_key.curve.group_order.bit_length() + 7) // 8
    return b"".join(number.to_bytes(width, "big") for number in decode_dss_signature(value))


def _hash(name: str | None) -> hashes.HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    if name == "sha256":
        return hashes.SHA256()
    if name == "sha384":
        return hashes.SHA384()
    if name == "sha512":
        return hashes.SHA512()
    raise SigningError(f"digest {name!r} is not used for new signatures", code="WEAK_ALGORITHM")
