"""Revocation status of a certificate at a moment, from CRLs and OCSP answers at hand.

RFC 5280, 6.3; RFC 6960; EN 319 102-1, 5.2.5.

The certificate's own validity does not matter here: what was revoked and then expired stays revoked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.pki.crl import CertificateList, crl_statement, read_crl
from vnsign.pki.profile import Profile, profile
from vnsign.pki.recent import distinct
from vnsign.pki.statement import Statement

if TYPE_CHECKING:
    from vnsign.pki.ocsp import OcspAnswer

MAX_ITEMS = 256
"""At most so many CRLs, and so many OCSP answers, are looked at."""

OPEN_ENDED = timedelta(hours=24)
"""How long data without nextUpdate answer for the time after thisUpdate: newer data were to be had at once."""

Status = Literal["good", "revoked", "on-hold", "unknown", "stale", "not-had"]


@dataclass(frozen=True, slots=True)
class RevocationFacts:
    """What is known of the revocation of one certificate at the moment asked for.

    Attributes:
        certificate_sha256: the certificate.
        source: ``crl``, ``ocsp``, ``none``, or ``anchor`` (an anchor is trusted, not looked up).
        status: ``good``, ``revoked``, ``on-hold``, ``unknown`` (the data do not tell), ``stale``, or ``not-had``.
        this_update, next_update: of the data that decided.
        revoked_at: when it was revoked; with ``good``, a moment after the one asked for.
        reason: reason of RFC 5280, 5.3.1, or ``""``.
        detail: for people who know the standard.
    """

    certificate_sha256: str
    source: Literal["crl", "ocsp", "none", "anchor"]
    status: Status
    this_update: datetime | None = None
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RevocationData:
    """CRLs and OCSP answers that could be read."""

    crls: tuple[CertificateList, ...] = ()
    answers: tuple[OcspAnswer, ...] = ()

    @classmethod
    def of(cls, crls: Sequence[bytes], ocsps: Sequence[bytes], limits: Limits) -> RevocationData:
        """Read the data; what cannot be read or is over a limit is left out, so that it clears nobody."""
        lists = (read_crl(der) for der in distinct(tuple(crls))[:MAX_ITEMS] if len(der) <= limits.crl_bytes)
        return cls(tuple(item for item in lists if item), _answers(distinct(tuple(ocsps))[:MAX_ITEMS], limits))


def _answers(ocsps: Sequence[bytes], limits: Limits) -> tuple[OcspAnswer, ...]:
    if not ocsps:
        return ()
    from vnsign.pki.ocsp import read_ocsp

    answers = (read_ocsp(der) for der in ocsps if len(der) <= limits.ocsp_bytes)
    return tuple(item for item in answers if item)


def revocation_status(
    certificate: Certificate,
    issuer: Certificate,
    at: datetime,
    data: RevocationData,
    *,
    list_signers: Sequence[Certificate] = (),
) -> RevocationFacts:
    """The revocation status of a certificate at a moment.

    Order: revoked at or before the moment (whatever the age of the data); on hold by the newest data; good by data that are
    fresh at the moment or newer; stale; unknown. Data that were issued after the certificate expired clear it only where
    they say that they keep expired certificates.

    Args:
        certificate: the certificate asked about.
        issuer: its issuer in the chain, whose signature on the certificate was verified.
        at: the moment, UTC.
        data: the data at hand.
        list_signers: certificates of other keys of the same CA that may sign its CRLs (RFC 5280, 6.3.3 (f)), verified under
            the same anchor by the caller.

    Returns:
        The facts; ``not-had`` when no authentic statement about the certificate is at hand.
    """
    facts = profile(certificate)
    statements = _statements(certificate, issuer, data)
    for signer in list_signers:
        statements.extend(_by_other_key(certificate, signer, data))
    if facts is None or not statements:
        return RevocationFacts(certificate.sha256, "none", "not-had", detail="no revocation data of its issuer at hand")
    statements.sort(key=lambda item: item.this_update, reverse=True)
    decided = _revocation(statements, at) or _clearance(statements, facts, at)
    if decided is not None:
        return _facts(certificate, *decided)
    return _facts(certificate, *_doubt(statements, facts))


_Decided = tuple[Statement, Status, str]


def _statements(certificate: Certificate, issuer: Certificate, data: RevocationData) -> list[Statement]:
    from_crls = (crl_statement(crl, certificate, issuer) for crl in data.crls)
    found = [item for item in from_crls if item]
    if data.answers:
        from vnsign.pki.ocsp import ocsp_statement

        from_answers = (ocsp_statement(answer, certificate, issuer) for answer in data.answers)
        found.extend(item for item in from_answers if item and not _responder_revoked(item, issuer, data))
    return found


def _by_other_key(certificate: Certificate, signer: Certificate, data: RevocationData) -> list[Statement]:
    facts = profile(signer)
    said = (crl_statement(crl, certificate, signer) for crl in data.crls)
    return [item for item in said if item and facts and facts.valid_at(item.this_update)]


def _responder_revoked(statement: Statement, issuer: Certificate, data: RevocationData) -> bool:
    """Whether a CRL of the issuer names the delegated responder.

    The issuer signed the responder's certificate itself, so a list that does not name it, or no list at all, leaves it
    authorised (RFC 6960, 4.2.2.2.1, third choice).
    """
    if statement.responder is None:
        return False
    said = (crl_statement(crl, statement.responder, issuer) for crl in data.crls)
    return any(item is not None and item.said != "good" for item in said)


def _revocation(newest_first: Sequence[Statement], at: datetime) -> _Decided | None:
    revoked = [item for item in newest_first if item.said == "revoked" and _before(item.revoked_at, at)]
    if revoked:
        earliest = min(revoked, key=lambda item: item.revoked_at or at)
        return earliest, "revoked", earliest.detail
    # A hold can be lifted, hence the newest word counts, among those that may clear.
    newest = next((item for item in newest_first if item.said == "on-hold" or _clears(item)), None)
    if newest is not None and newest.said == "on-hold" and _before(newest.revoked_at, at):
        return newest, "on-hold", newest.detail
    return None


def _before(moment: datetime | None, at: datetime) -> bool:
    return moment is None or moment <= at


def _clears(statement: Statement) -> bool:
    return statement.said == "good" and statement.conclusive


def _clearance(newest_first: Sequence[Statement], facts: Profile, at: datetime) -> _Decided | None:
    later = next((item for item in newest_first if item.said in ("revoked", "on-hold")), None)
    if later is not None and later.conclusive and not _before(later.revoked_at, at):
        return later, "good", f"revoked only after the moment asked for; {later.detail}"
    for item in newest_first:
        if _clears(item) and _fresh(item, at) and _still_covered(item, facts):
            return item, "good", item.detail
    return None


def _fresh(item: Statement, at: datetime) -> bool:
    """Whether the data tell of the moment: issued later, or still current then."""
    if item.this_update > at:
        return True
    return at <= (item.next_update if item.next_update is not None else item.this_update + OPEN_ENDED)


def _still_covered(item: Statement, facts: Profile) -> bool:
    """Whether the data still tell of the certificate: entries may be dropped once it has expired (RFC 5280, 3.3)."""
    if item.this_update <= facts.not_after:
        return True
    return item.keeps_expired_since is not None and item.keeps_expired_since <= facts.not_after


def _doubt(newest_first: Sequence[Statement], facts: Profile) -> _Decided:
    clearing = [item for item in newest_first if _clears(item)]
    unknown = next((item for item in newest_first if item.said == "unknown"), None)
    if unknown is not None:
        return unknown, "unknown", f"the responder does not know the certificate; {unknown.detail}"
    covered = next((item for item in clearing if _still_covered(item, facts)), None)
    if covered is not None:
        return covered, "stale", f"newer data were due before the moment asked for; {covered.detail}"
    if clearing:
        return clearing[0], "unknown", f"issued after the certificate expired, and may have dropped it; {clearing[0].detail}"
    return newest_first[0], "unknown", f"partial data, which cannot clear the certificate; {newest_first[0].detail}"


def _facts(certificate: Certificate, item: Statement, status: Status, detail: str) -> RevocationFacts:
    return RevocationFacts(
        certificate_sha256=certificate.sha256,
        source=item.source,
        status=status,
        this_update=item.this_update,
        next_update=item.next_update,
        revoked_at=item.revoked_at,
        reason=item.reason,
        detail=detail,
    )
