"""CRLs (RFC 5280, 5 and 6.3): what a list says of one certificate, read with ``cryptography``.

A list of 200 000 entries is read in milliseconds that way. What is found holds at every moment and is kept by content.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509

from vnsign.model.certificate import Certificate
from vnsign.pki.admission import value_holds
from vnsign.pki.names import element, same_name
from vnsign.pki.profile import profile
from vnsign.pki.recent import Recent
from vnsign.pki.statement import Said, Statement

_EXPIRED_CERTS_ON_CRL = x509.ObjectIdentifier("2.5.29.60")
_UNDERSTOOD = frozenset(
    {
        x509.AuthorityKeyIdentifier.oid,
        x509.CRLNumber.oid,
        x509.DeltaCRLIndicator.oid,
        x509.FreshestCRL.oid,
        x509.IssuerAlternativeName.oid,
        x509.IssuingDistributionPoint.oid,
        _EXPIRED_CERTS_ON_CRL,
    }
)

_KEPT_BYTES = 128 * 1024 * 1024
_MAX_STATEMENTS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class CertificateList:
    """A CRL that can be used, read once. Compared by identity: the cache gives one for the same bytes.

    Attributes:
        parsed: the list.
        issuer: DER of the issuer name as written.
        this_update, next_update: UTC.
        scope: the issuing distribution point, ``None`` where absent.
        delta: a list of changes only.
        keeps_expired_since: of the extension expiredCertsOnCRL.
        said: statements made already, kept here so that they live no longer than the list.
    """

    parsed: x509.CertificateRevocationList
    issuer: bytes
    this_update: datetime
    next_update: datetime | None
    scope: x509.IssuingDistributionPoint | None
    delta: bool
    keeps_expired_since: datetime | None
    said: dict[tuple[Certificate, Certificate], Statement | None] = field(default_factory=dict, repr=False)
    signers: dict[Certificate, bool] = field(default_factory=dict, repr=False)


def read_crl(der: bytes) -> CertificateList | None:
    """Read a CRL.

    Args:
        der: DER of the CertificateList.

    Returns:
        The list; ``None`` when it cannot be read, is indirect, is for attribute certificates only, or has a critical
        extension that is not understood (RFC 5280, 5.2): such a list says nothing.
    """
    return _READ(der)


def crl_statement(crl: CertificateList, certificate: Certificate, issuer: Certificate) -> Statement | None:
    """What a CRL says of a certificate.

    What is NOT checked: whether the list is fresh at any moment.

    Args:
        crl: the list.
        certificate: the certificate asked about.
        issuer: its issuer in the chain; it must have signed the list (a list signed for it by others is not used).

    Returns:
        The statement, or ``None`` when the list has nothing to say of certificates of this issuer.
    """
    key = (certificate, issuer)
    if key in crl.said:
        return crl.said[key]
    try:
        statement = _statement(crl, certificate, issuer)
    # The door to foreign bytes: extensions are parsed when they are looked at.
    except Exception:  # noqa: BLE001
        statement = None
    if len(crl.said) >= _MAX_STATEMENTS:
        crl.said.clear()
    crl.said[key] = statement
    return statement


def _read_or_none(der: bytes) -> CertificateList | None:
    try:
        return _read(der)
    # The door to foreign bytes; whatever is raised, the list cannot be used.
    except Exception:  # noqa: BLE001
        return None


_READ: Recent[CertificateList | None] = Recent(_read_or_none, _KEPT_BYTES)


def _read(der: bytes) -> CertificateList | None:
    parsed = x509.load_der_x509_crl(der)
    scope: x509.IssuingDistributionPoint | None = None
    delta, keeps = False, None
    for extension in parsed.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            return None
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            scope = extension.value
        delta = delta or extension.oid == x509.DeltaCRLIndicator.oid
        if extension.oid == _EXPIRED_CERTS_ON_CRL and isinstance(extension.value, x509.UnrecognizedExtension):
            keeps = generalized_time(extension.value.value)
    if scope and (scope.indirect_crl or scope.only_contains_attribute_certs):
        return None
    issuer = _issuer_name(parsed.tbs_certlist_bytes)
    return CertificateList(parsed, issuer, parsed.last_update_utc, parsed.next_update_utc, scope, delta, keeps)


def _issuer_name(tbs: bytes) -> bytes:
    _, position, _ = element(tbs, 0)
    tag, _, end = element(tbs, position)
    if tag == 0x02:
        position = end
    _, _, position = element(tbs, position)
    _, _, end = element(tbs, position)
    return tbs[position:end]


def generalized_time(der: bytes) -> datetime | None:
    """The moment of a DER GeneralizedTime in UTC without fractions; ``None`` for anything else."""
    tag, content, end = element(der, 0)
    try:
        return datetime.strptime(der[content:end].decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC) if tag == 0x18 else None
    except ValueError:
        return None


def signed_by(crl: CertificateList, issuer: Certificate) -> bool:
    """Whether the issuer's key verifies the list's signature; computed once for each issuer, a long list takes its time."""
    known = crl.signers.get(issuer)
    if known is not None:
        return known
    if len(crl.signers) >= _MAX_STATEMENTS:
        crl.signers.clear()
    return crl.signers.setdefault(issuer, _verifies(crl, issuer))


def _verifies(crl: CertificateList, issuer: Certificate) -> bool:
    parsed = crl.parsed
    try:
        return value_holds(
            issuer.x509.public_key(),
            parsed.signature,
            parsed.tbs_certlist_bytes,
            parsed.signature_hash_algorithm,
            parsed.signature_algorithm_parameters,
        )
    # InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError: none of them is a signature that verifies.
    except Exception:  # noqa: BLE001
        return False


def _statement(crl: CertificateList, certificate: Certificate, issuer: Certificate) -> Statement | None:
    child, parent = profile(certificate), profile(issuer)
    if child is None or parent is None:
        return None
    points = _points(certificate)
    if not same_name(crl.issuer, parent.subject) and not _named_by(crl, points):
        return None
    if not signed_by(crl, issuer):
        return None
    entry = crl.parsed.get_revoked_certificate_by_serial_number(child.serial_number)
    said, reason, note = _entry(entry)
    # A list without cRLSign, or for another part of the certificates, can revoke but never clear.
    conclusive = parent.crl_sign and not crl.delta and _covers(crl, ca=child.ca, points=points)
    if said == "good" and not conclusive:
        return None
    return Statement(
        source="crl",
        said=said,
        this_update=crl.this_update,
        next_update=crl.next_update,
        revoked_at=entry.revocation_date_utc if entry is not None and said != "good" else None,
        reason=reason,
        conclusive=conclusive,
        keeps_expired_since=crl.keeps_expired_since,
        detail=note or f"CRL of {crl.this_update.isoformat()}",
    )


def _entry(entry: x509.RevokedCertificate | None) -> tuple[Said, str, str]:
    if entry is None:
        return "good", "", ""
    reason, note = "", ""
    try:
        for extension in entry.extensions:
            if isinstance(extension.value, x509.CRLReason):
                reason = extension.value.reason.value
            elif isinstance(extension.value, x509.InvalidityDate):
                note = f"invalid since {extension.value.invalidity_date_utc.isoformat()} according to the CRL"
    # An entry whose details cannot be read still revokes.
    except (ValueError, TypeError, x509.DuplicateExtension):
        reason = ""
    if reason == x509.ReasonFlags.remove_from_crl.value:
        return "good", "", ""
    return ("on-hold" if reason == x509.ReasonFlags.certificate_hold.value else "revoked"), reason, note


def _points(certificate: Certificate) -> tuple[x509.DistributionPoint, ...]:
    try:
        found = certificate.x509.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(found)


def _named_by(crl: CertificateList, points: tuple[x509.DistributionPoint, ...]) -> bool:
    """Whether the certificate names the list's issuer as cRLIssuer.

    Some national CAs spell their own name differently there; the signature by the issuer's own key is still asked for.
    """
    named = (name for point in points for name in point.crl_issuer or ())
    return any(isinstance(name, x509.DirectoryName) and name.value == crl.parsed.issuer for name in named)


def _covers(crl: CertificateList, *, ca: bool, points: tuple[x509.DistributionPoint, ...]) -> bool:
    """Whether the scope of the list takes in the certificate, for all reasons (RFC 5280, 6.3.3 (b))."""
    scope = crl.scope
    if scope is None:
        return True
    if scope.only_some_reasons or (ca and scope.only_contains_user_certs) or (not ca and scope.only_contains_ca_certs):
        return False
    if scope.full_name is None:
        return scope.relative_name is None
    names = {
        name for point in points if point.reasons is None for name in (*(point.full_name or ()), *(point.crl_issuer or ()))
    }
    return not names.isdisjoint(scope.full_name)
