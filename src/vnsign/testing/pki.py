"""The test PKI: two national roots as in Vietnam, and everything below them that tests and integrators need.

::

    public-root ── public-ca ──┬─ citizen, staff, organisation          sign, CCCD / MST-CMND / MST in the subject
                               ├─ citizen-rsa3072 -p256 -p384 -ed25519  sign, other kinds of key
                               ├─ citizen-expired                       until 2025-01-01
                               ├─ citizen-revoked, citizen-on-hold      from 2025-06-01
                               ├─ citizen-not-yet-valid                 from 2040-01-01
                               ├─ citizen-no-signing                    key usage without digitalSignature
                               ├─ public-tsa (-expired, -wrong-eku)
                               └─ public-ocsp
    government-root ── government-ca ──┬─ official, agency              sign, no number in the subject
                                       ├─ government-tsa
                                       └─ government-ocsp
    stranger-root ── stranger                                           trusted by nobody

All else is valid from 2024 to 2044. The CRLs that come with it were issued on 2026-01-01 (:data:`EPOCH`) and stand until 2044.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, ClassVar, cast

from vnsign.errors import ConfigurationError
from vnsign.model.certificate import Certificate

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Name

    from vnsign.evidence.bundle import Evidence
    from vnsign.signing.signer import KeySigner
    from vnsign.testing.revocation import Revoked
    from vnsign.trust.store import TrustAnchor, TrustFamily, TrustStore

    PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""The moment at which the committed CRLs were issued."""

PUBLIC_ROOT = "public-root"
GOVERNMENT_ROOT = "government-root"
CRL_ISSUERS = ("public-root", "public-ca", "government-root", "government-ca")
TSA_POLICY = "1.3.6.1.4.1.32473.1.1"
"""Policy of the test time-stamps, under the number that RFC 5612 keeps for examples."""

_RESPONDERS = {"public-ca": "public-ocsp", "government-ca": "government-ocsp"}


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate of the test PKI with the way to its private key.

    Attributes:
        name: as in the drawing above.
        certificate: the end-entity or CA certificate.
        chain: the issuers, from the issuing CA up to the root, the root included.
    """

    name: str
    certificate: Certificate
    chain: tuple[Certificate, ...] = field(repr=False)

    @property
    def private_key(self) -> PrivateKey:
        """The private key (``cryptography``), read at first use."""
        return _private_key(self.name)

    @property
    def private_key_pem(self) -> bytes:
        """The private key, PKCS #8 in PEM, not encrypted."""
        return _data("keys", f"{self.name}.pem")

    def pkcs12(self, password: bytes) -> bytes:
        """A PKCS #12 file of key, certificate and chain (not the same bytes each time: salts are random)."""
        from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

        return pkcs12.serialize_key_and_certificates(
            self.name.encode(),
            self.private_key,
            self.certificate.x509,
            [item.x509 for item in self.chain],
            BestAvailableEncryption(password),
        )


@dataclass(frozen=True, slots=True)
class TestPki:
    """The test PKI. Get it with :meth:`load`; it is a value and costs a few milliseconds once."""

    __test__: ClassVar[bool] = False  # the name is no test case for pytest

    credentials: tuple[Credential, ...]

    @classmethod
    def load(cls) -> TestPki:
        """The PKI that comes with the package. Keys are read when they are first used."""
        return _load()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all certificates."""
        return tuple(item.name for item in self.credentials)

    def credential(self, name: str) -> Credential:
        """Certificate, chain and key by name.

        Raises:
            ConfigurationError: no such name.
        """
        for item in self.credentials:
            if item.name == name:
                return item
        raise ConfigurationError(f"the test PKI has no {name!r}", hint=f"it has {', '.join(self.names)}")

    def certificate(self, name: str) -> Certificate:
        """A certificate by name. Same error as :meth:`credential`."""
        return self.credential(name).certificate

    def certificates(self, *names: str) -> tuple[Certificate, ...]:
        """Certificates by name, in that order."""
        return tuple(self.certificate(name) for name in names)

    def chain(self, name: str) -> tuple[Certificate, ...]:
        """The issuers of a certificate, up to the root, the root included, the certificate itself left out."""
        return self.credential(name).chain

    @property
    def intermediates(self) -> tuple[Certificate, ...]:
        """The two issuing CAs."""
        return self.certificates("public-ca", "government-ca")

    def signer(self, name: str) -> KeySigner:
        """A signer that holds the key in memory."""
        from vnsign.signing.signer import KeySigner

        item = self.credential(name)
        return KeySigner(item.certificate, item.chain[:-1], item.private_key)

    def anchors(self) -> tuple[TrustAnchor, ...]:
        """The two national test roots with their families."""
        from vnsign.trust.store import TrustFamily

        public = self._anchor(PUBLIC_ROOT, TrustFamily.PUBLIC)
        return (public, self._anchor(GOVERNMENT_ROOT, TrustFamily.CIVIL_SERVICE))

    def _anchor(self, name: str, family: TrustFamily) -> TrustAnchor:
        from vnsign.trust.store import Purpose, TrustAnchor

        certificate = self.certificate(name)
        return TrustAnchor(
            certificate=certificate,
            family=family,
            purposes=frozenset((Purpose.SIGNATURE, Purpose.TIMESTAMP)),
            trusted_from=certificate.x509.not_valid_before_utc,
            trusted_until=None,
            source="vnsign test PKI",
        )

    def trust_store(self) -> TrustStore:
        """A trust store of the two test roots, each in its family, and their issuing CAs. ``stranger-root`` is not in it."""
        from vnsign.trust.store import TrustStore

        return TrustStore(anchors=self.anchors(), intermediates=self.intermediates)

    def crls(self, at: datetime | None = None) -> tuple[bytes, ...]:
        """CRLs of all four CAs.

        Args:
            at: the moment at which they are issued, for a week; the committed ones of :data:`EPOCH`, which stand until 2044,
                where omitted. An entry revoked after ``at`` is not in them.
        """
        if at is None:
            return tuple(_data("crls", f"{name}.crl") for name in CRL_ISSUERS)
        return tuple(self.crl(name, this_update=at) for name in CRL_ISSUERS)

    def crl(
        self,
        issuer: str,
        *,
        this_update: datetime,
        next_update: datetime | None = None,
        revoked: Iterable[str] = (),
        revoked_at: datetime | None = None,
    ) -> bytes:
        """A CRL made to measure.

        Args:
            issuer: one of :data:`CRL_ISSUERS`.
            this_update: when it is issued.
            next_update: a week later where omitted.
            revoked: names of certificates to be revoked besides those that always are.
            revoked_at: when those were revoked; ``this_update`` where omitted.

        Returns:
            DER of the CRL.
        """
        from cryptography.x509 import ReasonFlags

        from vnsign.testing.revocation import Revoked, build_crl

        ca = self.credential(issuer)
        moment = revoked_at or this_update
        extra = [
            Revoked(self.certificate(name).x509.serial_number, moment, ReasonFlags.cessation_of_operation) for name in revoked
        ]
        return build_crl(
            ca.certificate.x509,
            ca.private_key,
            [*_revoked(issuer), *extra],
            this_update=this_update,
            next_update=next_update or this_update + timedelta(days=7),
            number=int(this_update.timestamp()),
        )

    def ocsp(
        self, name: str, *, at: datetime = EPOCH, valid_for: timedelta = timedelta(days=7), nonce: bytes | None = None
    ) -> bytes:
        """The OCSP answer for a certificate issued by one of the two issuing CAs, signed by its delegated responder.

        Args:
            name: the certificate asked about.
            at: moment of the answer (producedAt and thisUpdate).
            valid_for: until nextUpdate.
            nonce: to be echoed.

        Raises:
            ConfigurationError: its issuer has no responder.
        """
        from vnsign.testing.revocation import OcspResponder

        item = self.credential(name)
        issuer = next((ca for ca in _RESPONDERS if item.chain[:1] == self.certificates(ca)), None)
        if issuer is None:
            raise ConfigurationError(f"the issuer of {name!r} has no OCSP responder", hint="use the CRLs")
        serial = item.certificate.x509.serial_number
        status = next((entry for entry in _revoked(issuer) if entry.serial_number == serial and entry.at <= at), None)
        delegate = self.credential(_RESPONDERS[issuer])
        responder = OcspResponder(delegate.certificate.x509, delegate.private_key, self.certificate(issuer).x509)
        return responder.answer(item.certificate.x509, status=status, this_update=at, next_update=at + valid_for, nonce=nonce)

    def evidence(self, at: datetime | None = None) -> Evidence:
        """Issuing CAs and CRLs (see :meth:`crls`) as evidence for validation."""
        from vnsign.evidence.bundle import Evidence

        return Evidence(certificates=self.intermediates, crls=self.crls(at), ocsps=())


@cache
def _load() -> TestPki:
    folder = resources.files("vnsign.testing") / "data" / "certificates"
    names = sorted(item.name.removesuffix(".crt") for item in folder.iterdir() if item.name.endswith(".crt"))
    by_name = {name: Certificate(_data("certificates", f"{name}.crt")) for name in names}
    by_subject = {item.x509.subject: item for item in by_name.values()}
    return TestPki(tuple(Credential(name, item, _chain(item, by_subject)) for name, item in by_name.items()))


def _chain(certificate: Certificate, by_subject: dict[Name, Certificate]) -> tuple[Certificate, ...]:
    found: list[Certificate] = []
    current = certificate
    while current.x509.issuer != current.x509.subject:
        current = by_subject[current.x509.issuer]
        found.append(current)
    return tuple(found)


def _data(folder: str, name: str) -> bytes:
    return (resources.files("vnsign.testing") / "data" / folder / name).read_bytes()


@lru_cache(maxsize=64)
def _private_key(name: str) -> PrivateKey:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    # The package's own keys: the check of an RSA key costs 40 ms each and would find nothing.
    key = load_pem_private_key(_data("keys", f"{name}.pem"), None, unsafe_skip_rsa_key_validation=True)
    return cast("PrivateKey", key)


@lru_cache(maxsize=8)
def _revoked(issuer: str) -> tuple[Revoked, ...]:
    from vnsign.testing.revocation import read_crl

    return read_crl(_data("crls", f"{issuer}.crl"))
