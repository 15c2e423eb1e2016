"""Small PKIs for tests, made with ``cryptography`` alone so that nothing of the project takes part in making them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from vnsign.model.certificate import Certificate

START = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2022, 6, 1, tzinfo=UTC)
END = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def name(common_name: str, *more: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    items = [(NameOID.COUNTRY_NAME, "VN"), *more, (NameOID.COMMON_NAME, common_name)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in items])


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def usage(**given: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    rest = ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{item: given.get(item, False) for item in (*names, *rest)})


@dataclass
class Entity:
    """A holder of a key with a certificate; signs certificates, CRLs and OCSP answers, whether it may or not."""

    subject: x509.Name
    key: Key
    certificate: Certificate

    @property
    def serial(self) -> int:
        return self.certificate.x509.serial_number


@dataclass
class Template:
    """What a certificate is to hold; the defaults give a leaf."""

    not_before: datetime = START
    not_after: datetime = END
    ca: bool | None = False
    path_length: int | None = None
    key_usage: x509.KeyUsage | None = field(default_factory=lambda: usage(digital_signature=True, content_commitment=True))
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = ()
    serial: int | None = None
    identifiers: bool = True
    digest: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)


def ca_template(**given: object) -> Template:
    given.setdefault("key_usage", usage(key_cert_sign=True, crl_sign=True))
    return Template(ca=True, **given)  # type: ignore[arg-type]


def issue(
    subject: x509.Name | str, issuer: Entity | None = None, template: Template | None = None, key: Key | None = None
) -> Entity:
    """A certificate for ``subject`` signed by ``issuer``; self-signed without one."""
    template = template or Template()
    subject = name(subject) if isinstance(subject, str) else subject
    key = key or new_key()
    issuer_key = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(template.serial or x509.random_serial_number())
        .not_valid_before(template.not_before)
        .not_valid_after(template.not_after)
    )
    if template.ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(template.ca, template.path_length), True)
    if template.key_usage:
        builder = builder.add_extension(template.key_usage, True)
    if template.identifiers:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        builder = builder.add_extension(authority, False)
    for value, critical in template.extensions:
        builder = builder.add_extension(value, critical)
    made = builder.sign(issuer_key, template.digest)
    return Entity(subject, key, Certificate(made.public_bytes(Encoding.DER)))


def root(common_name: str = "Root", **given: object) -> Entity:
    return issue(common_name, None, ca_template(**given))


def sub_ca(common_name: str, issuer: Entity, **given: object) -> Entity:
    return issue(common_name, issuer, ca_template(**given))


@dataclass(frozen=True)
class Revoked:
    serial: int
    at: datetime
    reason: x509.ReasonFlags | None = None


def crl(
    issuer: Entity,
    *revoked: Revoked,
    this_update: datetime = NOW - DAY,
    next_update: datetime | None = NOW + 6 * DAY,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    issuer_name: x509.Name | None = None,
    key: Key | None = None,
) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer_name or issuer.subject).last_update(this_update)
    builder = builder.next_update(next_update or this_update + DAY)
    for item in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(item.serial).revocation_date(item.at)
        if item.reason:
            entry = entry.add_extension(x509.CRLReason(item.reason), False)
        builder = builder.add_revoked_certificate(entry.build())
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    return builder.sign(key or issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def responder_template(**given: object) -> Template:
    extensions = [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False), (x509.OCSPNoCheck(), False)]
    given.setdefault("extensions", extensions)
    return Template(**given)  # type: ignore[arg-type]


def ocsp_answer(
    certificate: Entity,
    issuer: Entity,
    responder: Entity | None = None,
    *,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    revoked_at: datetime | None = None,
    reason: x509.ReasonFlags | None = None,
    this_update: datetime = NOW - DAY,
    next_update: datetime | None = NOW + DAY,
    asked_issuer: Entity | None = None,
    certificate_hash: hashes.HashAlgorithm | None = None,
    naming: ocsp.OCSPResponderEncoding = ocsp.OCSPResponderEncoding.HASH,
) -> bytes:
    signer = responder or issuer
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=certificate.certificate.x509,
        issuer=(asked_issuer or issuer).certificate.x509,
        algorithm=certificate_hash or hashes.SHA1(),
        cert_status=status,
        this_update=this_update,
        next_update=next_update,
        revocation_time=revoked_at,
        revocation_reason=reason,
    )
    builder = builder.responder_id(naming, signer.certificate.x509)
    if responder:
        builder = builder.certificates([responder.certificate.x509])
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)
