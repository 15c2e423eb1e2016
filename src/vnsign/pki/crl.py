"""CRLs (RFC 5280, 5 and 6.3): what a list says of one certificate, read with ``cryptography``.

A list of 200 000 entries is read in milliseconds that way. What is found holds at every moment and is kept by content.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, cast

from cryptography import x509

from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.pki import der
from vnsign.pki.admission import value_holds
from vnsign.pki.crl_scan import LONG, Scanned, scan
from vnsign.pki.names import same_name
from vnsign.pki.profile import AUTHORITY_KEY_IDENTIFIER, CRL_DISTRIBUTION_POINTS, profile
from vnsign.pki.recent import Recent
from vnsign.pki.statement import Said, Statement

_ISSUING_DISTRIBUTION_POINT = "2.5.29.28"
_DELTA_CRL_INDICATOR = "2.5.29.27"
_EXPIRED_CERTS_ON_CRL = "2.5.29.60"
_CRL_NUMBER, _FRESHEST_CRL, _ISSUER_ALTERNATIVE_NAME = "2.5.29.20", "2.5.29.46", "2.5.29.18"
_UNDERSTOOD = frozenset(
    {
        _ISSUING_DISTRIBUTION_POINT,
        _DELTA_CRL_INDICATOR,
        _EXPIRED_CERTS_ON_CRL,
        _CRL_NUMBER,
        _FRESHEST_CRL,
        _ISSUER_ALTERNATIVE_NAME,
        AUTHORITY_KEY_IDENTIFIER,
    }
)
_KEPT_BYTES = 128 * 1024 * 1024
_MAX_STATEMENTS = 4096


class Scope(NamedTuple):
    """The issuing distribution point (RFC 5280, 5.2.5).

    Attributes:
        names: DER of the GeneralNames of its full name; ``None`` without one.
        relative: its name is relative to the issuer's.
        users_only, authorities_only, some_reasons, indirect, attributes_only: its flags.
    """

    names: frozenset[bytes] | None = None
    relative: bool = False
    users_only: bool = False
    authorities_only: bool = False
    some_reasons: bool = False
    indirect: bool = False
    attributes_only: bool = False


class Point(NamedTuple):
    """One distribution point of a certificate (RFC 5280, 4.2.1.13): DER of its names and of its cRLIssuer names."""

    names: frozenset[bytes]
    issuers: frozenset[bytes]
    some_reasons: bool


@dataclass(frozen=True, slots=True, eq=False)
class CertificateList:
    """A CRL that can be used, read once. Compared by identity: the cache gives one for the same bytes.

    Attributes:
        parsed: the list; of a long one, the list without its entries.
        scanned: a long list, whose entries are looked up where they stand.
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
    scope: Scope | None
    delta: bool
    keeps_expired_since: datetime | None
    scanned: Scanned | None = field(default=None, repr=False)
    said: dict[tuple[Certificate, Certificate], Statement | None] = field(default_factory=dict, repr=False)
    signers: dict[Certificate, bool] = field(default_factory=dict, repr=False)


def read_crl(data: bytes) -> CertificateList | None:
    """Read a CRL.

    Args:
        data: DER of the CertificateList.

    Returns:
        The list; ``None`` when it cannot be read, is indirect, is for attribute certificates only, or has a critical
        extension that is not understood (RFC 5280, 5.2): such a list says nothing.
    """
    return _READ(data)


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
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        statement = None
    if len(crl.said) >= _MAX_STATEMENTS:
        crl.said.clear()
    crl.said[key] = statement
    return statement


def _read_or_none(data: bytes) -> CertificateList | None:
    try:
        return _read(data)
    # The door to foreign bytes; whatever is raised, the list cannot be used.
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        return None


_READ: Recent[CertificateList | None] = Recent(_read_or_none, _KEPT_BYTES)


def forget() -> None:
    """Forget the lists that were read, to measure what a first use costs."""
    _READ.clear()


def _read(data: bytes) -> CertificateList | None:
    scanned = scan(data) if len(data) >= LONG else None
    parsed = x509.load_der_x509_crl(data) if scanned is None else scanned.head
    issuer, extensions = _fields(parsed.tbs_certlist_bytes)
    if any(extension.critical and oid not in _UNDERSTOOD for oid, extension in extensions.items()):
        return None
    scope = _scope(extensions[_ISSUING_DISTRIBUTION_POINT].value) if _ISSUING_DISTRIBUTION_POINT in extensions else None
    if scope and (scope.indirect or scope.attributes_only):
        return None
    keeps = extensions.get(_EXPIRED_CERTS_ON_CRL)
    return CertificateList(
        parsed=parsed,
        issuer=issuer,
        this_update=parsed.last_update_utc,
        next_update=parsed.next_update_utc,
        scope=scope,
        delta=_DELTA_CRL_INDICATOR in extensions,
        keeps_expired_since=der.generalized_time(keeps.value) if keeps else None,
        scanned=scanned,
    )


def _fields(tbs: bytes) -> tuple[bytes, dict[str, der.Extension]]:
    """The issuer name and the extensions of a TBSCertList (RFC 5280, 5.1.2)."""
    _, content, end = der.element(tbs, 0)
    parts = list(der.elements(tbs, content, end))
    if parts and parts[0][0] == der.INTEGER:
        del parts[0]
    if len(parts) < 3:
        raise EvidenceError("TBSCertList is too short")
    issuer = tbs[parts[1][1] : parts[1][3]]
    tag, _, inner, stop = parts[-1]
    return issuer, der.read_extensions(tbs[inner:stop]) if tag == 0xA0 else {}


def _scope(value: bytes) -> Scope:
    parts = {tag: content for tag, content, _ in der.children(value)}
    name = parts.get(0xA0)
    flags = [parts.get(tag, b"\x00") != b"\x00" for tag in (0x81, 0x82, 0x84, 0x85)]
    return Scope(
        names=_full_name(name) if name is not None else None,
        relative=name is not None and name[:1] == b"\xa1",
        users_only=flags[0],
        authorities_only=flags[1],
        some_reasons=0x83 in parts,
        indirect=flags[2],
        attributes_only=flags[3],
    )


def _full_name(name: bytes) -> frozenset[bytes] | None:
    """The GeneralNames of a DistributionPointName, or ``None`` for one relative to the issuer."""
    return frozenset(whole for _, _, whole in der.children(name, 0xA0)) if name[:1] == b"\xa0" else None


def _points(extension: der.Extension | None) -> tuple[Point, ...]:
    found = []
    for _, _, whole in der.children(extension.value) if extension else ():
        parts = {tag: (content, inner) for tag, content, inner in der.children(whole)}
        name = _full_name(parts[0xA0][0]) if 0xA0 in parts else None
        issuers = frozenset(item for _, _, item in der.children(parts[0xA2][1], 0xA2)) if 0xA2 in parts else frozenset()
        found.append(Point(name or frozenset(), issuers, 0x81 in parts))
    return tuple(found)


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
            # A view of the list, not a copy: every buffer is taken, whatever the annotation says.
            parsed.tbs_certlist_bytes if crl.scanned is None else cast("bytes", crl.scanned.tbs),
            parsed.signature_hash_algorithm,
            parsed.signature_algorithm_parameters,
        )
    # InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError: none of them is a signature that verifies.
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        return False


def _statement(crl: CertificateList, certificate: Certificate, issuer: Certificate) -> Statement | None:
    child, parent = profile(certificate), profile(issuer)
    if child is None or parent is None:
        return None
    points = _points(child.extensions.get(CRL_DISTRIBUTION_POINTS))
    if not same_name(crl.issuer, parent.subject) and not _named_by(crl, points):
        return None
    if not signed_by(crl, issuer):
        return None
    entry = _look_up(crl, child.serial_number)
    said, reason, note = _entry(entry)
    # A list without cRLSign, or for another part of the certificates, can revoke but never clear.
    conclusive = parent.crl_sign and not crl.delta and _covers(crl.scope, ca=child.ca, points=points)
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


def _look_up(crl: CertificateList, serial: int) -> x509.RevokedCertificate | None:
    return crl.parsed.get_revoked_certificate_by_serial_number(serial) if crl.scanned is None else crl.scanned.entry(serial)


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


def _named_by(crl: CertificateList, points: tuple[Point, ...]) -> bool:
    """Whether the certificate names the list's issuer as cRLIssuer.

    Some national CAs spell their own name differently there; the signature by the issuer's own key is still asked for.
    """
    return any(
        name[:1] == b"\xa4" and same_name(crl.issuer, der.content_of(name, 0xA4)) for point in points for name in point.issuers
    )


def _covers(scope: Scope | None, *, ca: bool, points: tuple[Point, ...]) -> bool:
    """Whether the scope of the list takes in the certificate, for all reasons (RFC 5280, 6.3.3 (b))."""
    if scope is None:
        return True
    if scope.some_reasons or scope.relative or (ca and scope.users_only) or (not ca and scope.authorities_only):
        return False
    if scope.names is None:
        return True
    whole = [point for point in points if not point.some_reasons]
    return any(not scope.names.isdisjoint(point.names | point.issuers) for point in whole)
