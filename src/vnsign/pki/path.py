"""Certificate path validation at a stated moment (RFC 5280, 6; EN 319 102-1, 5.2.6), offline, with the data it is given.

A path is built by key identifier and signature, never by name alone, from certificates that verify from the anchors down.
Then each part is judged by itself: constraints (``certvalidator_adapter``), time (here), revocation (``revocation``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.model.moment import utc
from vnsign.pki.admission import admit, by_subject, issued_by, key_identifiers_match
from vnsign.pki.certvalidator_adapter import ConstraintResult
from vnsign.pki.constraints import check_constraints
from vnsign.pki.names import one_line
from vnsign.pki.profile import KEY_USAGE, Profile, profile
from vnsign.pki.revocation import RevocationData, RevocationFacts, revocation_status

_MAX_ALTERNATIVES = 16


class PathStatus(StrEnum):
    """The outcome of path validation."""

    VALID = "valid"
    NO_PATH = "no-path"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ON_HOLD = "on-hold"
    CA_REVOKED = "ca-revoked"
    REVOCATION_UNKNOWN = "revocation-unknown"
    REVOCATION_STALE = "revocation-stale"
    CONSTRAINTS = "constraints"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class PathResult:
    """The outcome of path validation, with what explains it.

    Attributes:
        status: the outcome. Where several things are wrong the order is: revoked, on hold, CA revoked, constraints, not yet
            valid, expired, revocation data stale, revocation status unknown.
        chain: leaf first, anchor last; ``()`` without a path.
        anchor: the trust anchor that the chain ends in.
        failing: index in the chain of the certificate that the status is about.
        detail: for people who know the standard.
        revoked_at: when the failing certificate was revoked or put on hold.
        revocation_reason: reason of RFC 5280, 5.3.1 (``keyCompromise``), or ``""``.
        revocation: one entry for each certificate of the chain, in its order.
    """

    status: PathStatus
    chain: tuple[Certificate, ...] = ()
    anchor: Certificate | None = None
    failing: int | None = None
    detail: str = ""
    revoked_at: datetime | None = None
    revocation_reason: str = ""
    revocation: tuple[RevocationFacts, ...] = ()


def validate_path(  # noqa: PLR0913 - one value each, all but the first by name
    leaf: Certificate,
    *,
    embedded: Sequence[Certificate],
    intermediates: Sequence[Certificate],
    anchors: Sequence[Certificate],
    at: datetime,
    crls: Sequence[bytes],
    ocsps: Sequence[bytes],
    revocation_required: bool,
    limits: Limits,
) -> PathResult:
    """Build and validate a path from a certificate to a trust anchor, without network.

    What is NOT checked: the strength of algorithms and keys, the purpose of the leaf (key usage, extended key usage), which
    family or purpose an anchor is trusted for and until when.

    Args:
        leaf: the certificate to validate.
        embedded: certificates from the document, untrusted; they pass the admission filter first.
        intermediates: certificates from the store; used only where they verify under an anchor.
        anchors: trust anchors, recognised by their exact bytes.
        at: the moment at which the path must be valid, aware.
        crls: CRLs (DER), from anywhere; used where the issuer of a certificate signed them.
        ocsps: OCSP answers (DER OCSPResponse or BasicOCSPResponse), from anywhere; used where the responder is authorised.
        revocation_required: without it the absence of revocation data is accepted. Data that are there are used either
            way, and a certificate that they revoke never passes.
        limits: bounds on the search and on the data.

    Returns:
        The first path that is valid; otherwise the most telling of those that are not.

    Raises:
        ConfigurationError: when ``at`` has no zone.
    """
    moment = utc(at)
    facts = profile(leaf) if len(leaf.der) <= limits.certificate_bytes else None
    if facts is None:
        return PathResult(PathStatus.MALFORMED, detail="the signing certificate cannot be read as an X.509 certificate")
    data = RevocationData.of(crls, ocsps, limits)
    found: list[PathResult] = []
    pool = _pool([item for item in embedded if item != leaf], tuple(intermediates), tuple(anchors), moment, limits)
    for chain in _chains(leaf, pool, limits):
        result = _judge(chain, pool, data, revocation_required=revocation_required)
        if result.status is PathStatus.VALID:
            return result
        found.append(result)
    if not found:
        issuer = one_line(facts.issuer)
        return PathResult(PathStatus.NO_PATH, detail=f"the certificate names as issuer {issuer}")
    return min(found, key=lambda result: _TELLING.index(result.status))


# Which of several failing paths explains best: what no other path can mend first, then what comes nearest to valid.
_TELLING = (
    PathStatus.REVOKED,
    PathStatus.ON_HOLD,
    PathStatus.REVOCATION_STALE,
    PathStatus.REVOCATION_UNKNOWN,
    PathStatus.CA_REVOKED,
    PathStatus.EXPIRED,
    PathStatus.NOT_YET_VALID,
    PathStatus.CONSTRAINTS,
    PathStatus.MALFORMED,
)


# --- building ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _verified(
    intermediates: tuple[Certificate, ...], anchors: tuple[Certificate, ...], limits: Limits
) -> tuple[tuple[Certificate, ...], Mapping[tuple[object, ...], tuple[Certificate, ...]]]:
    """The anchors with the store's intermediates that verify under them, and the same by subject; kept by content."""
    usable = (*anchors, *admit(intermediates, anchors, _for_store(limits, len(intermediates))))
    return usable, by_subject(usable)


def _for_store(limits: Limits, count: int) -> Limits:
    # A store is no hostile input: it is as large as its owner made it.
    checks = max(limits.signature_checks, count * count)
    return replace(limits, admitted_certificates=max(limits.admitted_certificates, count), signature_checks=checks)


def _pool(
    embedded: Sequence[Certificate],
    intermediates: tuple[Certificate, ...],
    anchors: tuple[Certificate, ...],
    at: datetime,
    limits: Limits,
) -> _Pool:
    usable, store = _verified(intermediates, anchors, limits)
    return _Pool(store, by_subject(admit(embedded, usable, limits)), frozenset(anchors), at)


def _chains(leaf: Certificate, pool: _Pool, limits: Limits) -> Iterator[tuple[Certificate, ...]]:
    checks = limits.signature_checks
    given = 0
    waiting: list[tuple[Certificate, ...]] = [(leaf,)]
    while waiting and given < _MAX_ALTERNATIVES:
        chain = waiting.pop()
        if chain[-1] in pool.anchors:
            given += 1
            yield chain
            continue
        if len(chain) == limits.chain_length:
            continue
        grown = []
        for issuer in pool.issuers(chain):
            if checks == 0:
                break
            checks -= 1
            if issued_by(chain[-1], issuer):
                grown.append((*chain, issuer))
        waiting.extend(reversed(grown))


class _Pool(NamedTuple):
    """Certificates that verify under the anchors, by subject: from the store and from the document."""

    store: Mapping[tuple[object, ...], tuple[Certificate, ...]]
    admitted: Mapping[tuple[object, ...], tuple[Certificate, ...]]
    anchors: frozenset[Certificate]
    at: datetime

    def issuers(self, chain: tuple[Certificate, ...]) -> list[Certificate]:
        """Candidates for the next certificate of a chain, the likeliest first."""
        child = profile(chain[-1])
        if child is None:
            return []
        found = {}
        for certificate in self.named(child.issuer_key):
            facts = profile(certificate)
            if facts is not None and not _repeats(facts, certificate, chain):
                found[certificate] = self._rank(child, facts, certificate)
        return sorted(found, key=lambda item: found[item])

    def named(self, subject: tuple[object, ...]) -> tuple[Certificate, ...]:
        """All certificates with a subject."""
        return (*self.store.get(subject, ()), *self.admitted.get(subject, ()))

    def _rank(self, child: Profile, parent: Profile, certificate: Certificate) -> tuple[bool, ...]:
        return (
            key_identifiers_match(child, parent) is False,
            not parent.ca,
            not parent.valid_at(self.at),
            certificate not in self.anchors,
        )


def _repeats(facts: Profile, certificate: Certificate, chain: tuple[Certificate, ...]) -> bool:
    """Whether the same certificate, or the same name with the same key, is in the chain already (a loop)."""
    for item in chain:
        known = profile(item)
        if item == certificate:
            return True
        if known and known.public_key_info == facts.public_key_info and known.subject_key == facts.subject_key:
            return True
    return False


# --- judging ----------------------------------------------------------------------------------------------------------


def _judge(chain: tuple[Certificate, ...], pool: _Pool, data: RevocationData, *, revocation_required: bool) -> PathResult:
    at = pool.at
    statuses = tuple(
        revocation_status(certificate, issuer, at, data, list_signers=_list_signers(chain[index + 1 :], pool, data))
        for index, (certificate, issuer) in enumerate(pairwise(chain))
    )
    anchor_facts = RevocationFacts(chain[-1].sha256, "anchor", "good", detail="a trust anchor")
    context = _Judged(chain, (*statuses, anchor_facts))
    return (
        _revoked(context)
        or _constraints(context, check_constraints(chain))
        or _out_of_validity(context, at)
        or _not_known(context, revocation_required=revocation_required)
        or context.result(PathStatus.VALID, None, "")
    )


def _list_signers(above: tuple[Certificate, ...], pool: _Pool, data: RevocationData) -> tuple[Certificate, ...]:
    """Certificates of other keys of a CA that may sign its CRLs (RFC 5280, 6.3.3 (f)), for the chain from that CA upwards.

    Such a certificate has the CA's name, says cRLSign itself, was signed by a certificate of the chain, hence has the same
    anchor, and is not revoked by the data at hand.
    """
    issuer = profile(above[0])
    if issuer is None or not data.crls:
        return ()
    found = []
    for certificate in pool.named(issuer.subject_key):
        facts = profile(certificate)
        if facts is None or facts.public_key_info == issuer.public_key_info:
            continue
        parent = next((item for item in above if issued_by(certificate, item)), None)
        if parent is None or KEY_USAGE not in facts.extensions or not facts.crl_sign:
            continue
        if revocation_status(certificate, parent, pool.at, data).status not in ("revoked", "on-hold"):
            found.append(certificate)
    return tuple(found)


class _Judged(NamedTuple):
    chain: tuple[Certificate, ...]
    revocation: tuple[RevocationFacts, ...]

    def result(self, status: PathStatus, failing: int | None, detail: str) -> PathResult:
        facts = self.revocation[failing] if failing is not None else None
        return PathResult(
            status=status,
            chain=self.chain,
            anchor=self.chain[-1],
            failing=failing,
            detail=detail,
            revoked_at=facts.revoked_at if facts else None,
            revocation_reason=facts.reason if facts else "",
            revocation=self.revocation,
        )


def _revoked(context: _Judged) -> PathResult | None:
    leaf = context.revocation[0]
    if leaf.status == "revoked":
        return context.result(PathStatus.REVOKED, 0, leaf.detail)
    if leaf.status == "on-hold":
        return context.result(PathStatus.ON_HOLD, 0, leaf.detail)
    for index, facts in enumerate(context.revocation[1:], start=1):
        if facts.status in ("revoked", "on-hold"):
            return context.result(PathStatus.CA_REVOKED, index, facts.detail)
    return None


def _constraints(context: _Judged, outcome: ConstraintResult) -> PathResult | None:
    return None if outcome.holds else context.result(PathStatus.CONSTRAINTS, outcome.failing, outcome.detail)


def _out_of_validity(context: _Judged, at: datetime) -> PathResult | None:
    for index, certificate in enumerate(context.chain):
        facts = profile(certificate)
        if facts is None:
            return context.result(PathStatus.MALFORMED, index, "a certificate of the chain cannot be read")
        if at < facts.not_before:
            return context.result(PathStatus.NOT_YET_VALID, index, f"valid from {facts.not_before.isoformat()}")
        if at > facts.not_after:
            return context.result(PathStatus.EXPIRED, index, f"valid until {facts.not_after.isoformat()}")
    return None


def _not_known(context: _Judged, *, revocation_required: bool) -> PathResult | None:
    for index, facts in enumerate(context.revocation):
        if facts.status == "unknown" and facts.source == "ocsp":
            # The CA's own responder says that it does not know the certificate: never accepted in silence.
            return context.result(PathStatus.REVOCATION_UNKNOWN, index, facts.detail)
        if not revocation_required or facts.status == "good":
            continue
        stale = facts.status == "stale"
        return context.result(PathStatus.REVOCATION_STALE if stale else PathStatus.REVOCATION_UNKNOWN, index, facts.detail)
    return None
