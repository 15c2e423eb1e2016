"""Certificates made to measure: subject, validity, policies, key, algorithm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from vnsign.model.certificate import Certificate

_OIDS = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "T": NameOID.TITLE,
    "UID": NameOID.USER_ID,
}
_PERIOD = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
_POLICIES = x509.ObjectIdentifier("2.5.29.32")
_NOBODY = {"CN": "Nguyễn Văn A"}


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def leaf(
    *,
    subject: Mapping[str, str] = _NOBODY,
    period: tuple[datetime, datetime] = _PERIOD,
    policies: tuple[tuple[str, str, str], ...] | bytes = (),
    key: object = None,
    issuer_key: object = None,
    digest: hashes.HashAlgorithm | None = None,
    pss: padding.PSS | None = None,
) -> Certificate:
    """A certificate of nobody's trust: policies as (OID, practice statement, notice), or the bytes of the extension."""
    name = x509.Name([x509.NameAttribute(_OIDS[type_], value) for type_, value in subject.items()])
    signer = issuer_key or key or _key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TEST CA")]))
        .public_key((key or _key()).public_key())
        .serial_number(7)
        .not_valid_before(period[0])
        .not_valid_after(period[1])
    )
    if isinstance(policies, bytes):
        builder = builder.add_extension(x509.UnrecognizedExtension(_POLICIES, policies), critical=False)
    elif policies:
        builder = builder.add_extension(x509.CertificatePolicies([_policy(*item) for item in policies]), critical=False)
    more = {"rsa_padding": pss} if pss is not None and isinstance(signer, RSAPrivateKey) else {}
    wanted = hashes.SHA256() if digest is None else digest
    named = None if "25519" in type(signer).__name__ else wanted
    return Certificate(builder.sign(signer, named, **more).public_bytes(Encoding.DER))


def _policy(oid: str, statement: str, notice: str) -> x509.PolicyInformation:
    return x509.PolicyInformation(x509.ObjectIdentifier(oid), [statement, x509.UserNotice(None, notice)])
