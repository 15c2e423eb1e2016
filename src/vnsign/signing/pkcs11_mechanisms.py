"""Ways in which a token can be asked for a signature, the most usual first (PKCS #11 v2.40, Current Mechanisms)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vnsign.crypto import ber, digests
from vnsign.crypto.algorithms import digest_identifier_der
from vnsign.crypto.values import public_key
from vnsign.errors import SigningError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm

UNSUPPORTED = (
    "MechanismInvalid",
    "MechanismParamInvalid",
    "FunctionNotSupported",
    "DataLenRange",
    "KeyTypeInconsistent",
)
"""What a module says to a mechanism that it lacks, so that the next is tried; nothing was signed then."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to ask.

    Attributes:
        mechanism: its name in ``pkcs11.Mechanism``.
        digest: of what is given to the token; ``None``: it is given the octets and digests them itself.
        wrapped: the digest is given as a DigestInfo (RFC 8017, 9.2).
        pss: digest, digest of MGF1 and length of the salt in bytes.
        cut: at most so many octets of the digest; 0: all.
    """

    mechanism: str
    digest: str | None = None
    wrapped: bool = False
    pss: tuple[str, str, int] | None = None
    cut: int = 0

    def input(self, data: bytes) -> bytes:
        """What is given to the token for the octets to be signed."""
        if self.digest is None:
            return data
        value = digests.digest(self.digest, data)
        if self.wrapped:
            identifier = ber.wrap(ber.SEQUENCE, digest_identifier_der(self.digest)[2:] + b"\x05\x00")
            return ber.wrap(ber.SEQUENCE, identifier + ber.wrap(ber.OCTET_STRING, value))
        return value[: self.cut] if self.cut else value

    def arguments(self) -> dict[str, Any]:
        """Mechanism and parameters for ``PrivateKey.sign``."""
        from pkcs11.mechanisms import MGF, Mechanism

        found: dict[str, Any] = {"mechanism": Mechanism[self.mechanism]}
        if self.pss is not None:
            digest, mask, salt = self.pss
            found["mechanism_param"] = (Mechanism[_upper(digest)], MGF[_upper(mask)], salt)
        return found


def ways(algorithm: SignatureAlgorithm, certificate: Certificate) -> tuple[Way, ...]:
    """All ways to make a signature of an algorithm.

    ECDSA is asked for over a digest first, since modules that digest are rare; RSA the other way round.

    Raises:
        SigningError: ``ALGORITHM_UNFIT``: no token makes such signatures.
    """
    found = tuple(_ways(algorithm, certificate))
    if not found:
        raise SigningError(
            f"no token makes signatures of {algorithm.key} with {algorithm.padding or 'no padding'} and {algorithm.digest}",
            code="ALGORITHM_UNFIT",
        )
    return found


def _ways(algorithm: SignatureAlgorithm, certificate: Certificate) -> Iterator[Way]:
    digest = algorithm.digest
    if algorithm.key in ("ed25519", "ed448"):
        yield Way("EDDSA")
    elif digest not in digests.FIT_FOR_SIGNING or digest not in ("sha256", "sha384", "sha512"):
        return
    elif algorithm.key == "ecdsa":
        yield Way("ECDSA", digest, cut=width(certificate))
        yield Way(f"ECDSA_{_upper(digest)}")
    elif algorithm.key == "rsa" and algorithm.padding == "pkcs1v15":
        yield Way(f"{_upper(digest)}_RSA_PKCS")
        yield Way("RSA_PKCS", digest, wrapped=True)
    elif algorithm.key == "rsa" and algorithm.padding == "pss":
        salt = digests.new(digest).digest_size if algorithm.salt_length is None else algorithm.salt_length
        pss = (digest, algorithm.mgf_digest or digest, salt)
        yield Way(f"{_upper(digest)}_RSA_PKCS_PSS", pss=pss)
        yield Way("RSA_PKCS_PSS", digest, pss=pss)


def _upper(digest: str) -> str:
    return digest.upper()


def width(certificate: Certificate) -> int:
    """Octets of each of the two numbers of an ECDSA signature; 0 for a key of another kind."""
    from cryptography.hazmat.primitives.asymmetric import ec

    key = public_key(certificate)
    return (key.curve.group_order.bit_length() + 7) // 8 if isinstance(key, ec.EllipticCurvePublicKey) else 0


def in_form(value: bytes, algorithm: SignatureAlgorithm, certificate: Certificate) -> bytes:
    """An ECDSA value in the form of the algorithm: tokens give ``r || s``, CMS wants DER. Others as they are."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

    if algorithm.key != "ecdsa":
        return value
    size = width(certificate)
    if len(value) == 2 * size:
        if algorithm.plain_ecdsa:
            return value
        return encode_dss_signature(int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big"))
    try:
        numbers = decode_dss_signature(value)  # some modules give DER already
        return b"".join(number.to_bytes(size, "big") for number in numbers) if algorithm.plain_ecdsa else value
    except (ValueError, OverflowError):
        raise SigningError(
            f"the token gave an ECDSA value of {len(value)} bytes, expected {2 * size}", code="SIGNATURE_VALUE_WRONG"
        ) from None
