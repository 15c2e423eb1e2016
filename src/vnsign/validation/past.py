"""Past certificate validation (EN 319 102-1, 5.6.2.1 and 5.6.2.2): was the chain good at a time that is proved?

The standard slides a control time down the chain and asks whether the signature is proved to have existed before it. Here
the proved time is given, so the same is asked directly, certificate by certificate from the anchor down: each issuer's word
counts up to a *horizon* (its expiry, its own revocation, the horizon above), so what is relied on (the certificate, the
revocation data) must be proved to have existed by then. The proved time must lie before every horizon it needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.model.policy import RevocationFreshness
from vnsign.pki.constraints import check_constraints
from vnsign.pki.path import PathResult, PathStatus
from vnsign.pki.profile import profile
from vnsign.pki.revocation import RevocationData, RevocationFacts, revocation_status
from vnsign.validation.poe import ProofsOfExistence

MENDABLE = (
    PathStatus.EXPIRED,
    PathStatus.REVOKED,
    PathStatus.ON_HOLD,
    PathStatus.CA_REVOKED,
    PathStatus.REVOCATION_STALE,
    PathStatus.REVOCATION_UNKNOWN,
)
"""Statuses at the validation time that a proved time may mend (5.6.3.4, step 4)."""


@dataclass(frozen=True, slots=True)
class Material:
    """What past validation relies on.

    Attributes:
        crls, ocsps: revocation data (DER).
        poe: proofs of existence; an object without one exists at the validation time.
        required: whether revocation data must be had.
        freshness: what is asked of their age.
        limits: bounds.
    """

    crls: Sequence[bytes]
    ocsps: Sequence[bytes]
    poe: ProofsOfExistence
    required: bool
    freshness: RevocationFreshness
    limits: Limits


def validate_past(path: PathResult, proved: datetime, material: Material) -> PathResult:
    """Whether a chain that is not valid today was valid at the proved time.

    Args:
        path: the outcome at the validation time, with its chain.
        proved: when the signature is proved to have existed; before the validation time.
        material: revocation data and proofs of existence.

    Returns:
        VALID with the revocation facts that say so, or the reason why the past does not help.
    """
    chain = path.chain
    if len(chain) < 2 or not check_constraints(chain).holds:
        return replace(path, status=PathStatus.CONSTRAINTS, detail="the chain breaks RFC 5280")
    poe = {item: material.poe.of(hashlib.sha256(item).hexdigest()) for item in (*material.crls, *material.ocsps)}
    anchor = profile(chain[-1])
    if anchor is None or not anchor.valid_at(proved):
        return _not(path, PathStatus.EXPIRED, len(chain) - 1, "the anchor was not valid at the proved time")
    horizon = min(material.poe.at, anchor.not_after)
    found: list[RevocationFacts] = [RevocationFacts(chain[-1].sha256, "anchor", "good", detail="a trust anchor")]
    for index in range(len(chain) - 2, -1, -1):
        step = _Step(chain[index], chain[index + 1], index, proved, horizon)
        outcome = _step(step, poe, material)
        if isinstance(outcome, _Refusal):
            return _not(path, outcome.status, index, outcome.detail)
        horizon, facts = outcome
        found.insert(0, facts)
    return PathResult(PathStatus.VALID, chain=chain, anchor=chain[-1], revocation=tuple(found), revoked_at=found[0].revoked_at)


@dataclass(frozen=True, slots=True)
class _Step:
    certificate: Certificate
    issuer: Certificate
    index: int
    proved: datetime
    horizon: datetime


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: PathStatus
    detail: str


def _step(step: _Step, poe: Mapping[bytes, datetime], material: Material) -> tuple[datetime, RevocationFacts] | _Refusal:
    """One certificate: valid at the proved time, and its status said by data that existed while its issuer could say it."""
    own = profile(step.certificate)
    if own is None or not own.valid_at(step.proved):
        return _Refusal(PathStatus.EXPIRED, "not valid at the proved time")
    if material.poe.of(step.certificate.sha256) > step.horizon:
        return _Refusal(PathStatus.EXPIRED, "nothing proves that the certificate was issued while its issuer was in effect")
    crls = [item for item in material.crls if poe[item] <= step.horizon]
    ocsps = [item for item in material.ocsps if poe[item] <= step.horizon]
    data = RevocationData.of(crls, ocsps, material.limits)
    facts = revocation_status(step.certificate, step.issuer, step.proved, data)
    if facts.status == "revoked":
        return _Refusal(PathStatus.REVOKED if step.index == 0 else PathStatus.CA_REVOKED, facts.detail)
    if facts.status == "on-hold":
        return _Refusal(PathStatus.ON_HOLD, facts.detail)
    if facts.status != "good" or not _fresh_enough(facts, step.proved, material):
        if material.required or facts.source == "ocsp":
            return _Refusal(PathStatus.REVOCATION_UNKNOWN, facts.detail)
        return min(step.horizon, own.not_after), facts
    end = facts.revoked_at if facts.revoked_at is not None else own.not_after
    return min(step.horizon, own.not_after, end), facts


def _fresh_enough(facts: RevocationFacts, proved: datetime, material: Material) -> bool:
    if material.freshness is RevocationFreshness.COVERS_PROVED_TIME or facts.this_update is None:
        return True
    current = facts.next_update is not None and material.poe.at <= facts.next_update
    return current or facts.this_update >= proved


def _not(path: PathResult, status: PathStatus, failing: int, detail: str) -> PathResult:
    return replace(path, status=status, failing=failing, detail=detail)
