"""Validation policies: what is asked of a signature. A policy gives a level to every registered rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from vnsign.model.finding import Severity
from vnsign.model.limits import Limits
from vnsign.model.moment import VIETNAM


class RevocationRequirement(StrEnum):
    """What is asked of revocation data. There is no ``soft-fail``: what is had is always used."""

    REQUIRED = "required"
    USED_WHERE_PRESENT = "used-where-present"


class RevocationFreshness(StrEnum):
    """What is asked of the age of revocation data when a chain is judged at a proved time in the past (EN 319 102-1, 5.2.5).

    ``covers-proved-time``: issued after the proved time, or still current then (the newest list in force at signing).
    ``issued-after``: issued after the proved time, or still current at the validation time.
    """

    COVERS_PROVED_TIME = "covers-proved-time"
    ISSUED_AFTER = "issued-after"


Dated = tuple[tuple[str, date | None], ...]
"""Names, each with the last day on which it is accepted (``None``: no end known)."""

Sizes = tuple[tuple[date, int], ...]
"""Days, each with the least size in bits that was accepted until that day."""


@dataclass(frozen=True, slots=True)
class AlgorithmPolicy:
    """Which algorithms are accepted, until when.

    Attributes:
        digests: digest names with their last day.
        schemes: schemes with their last day: ``rsa-pkcs1v15``, ``rsa-pss``, ``ecdsa``, ``dsa``, ``ed25519``, ``ed448``.
        rsa_bits, ec_bits, dsa_bits: least sizes of keys.
        rsa_bits_before, ec_bits_before, dsa_bits_before: least sizes until a day, for what is proved to be older.
    """

    digests: Dated
    schemes: Dated = (("rsa-pkcs1v15", None), ("rsa-pss", None), ("ecdsa", None))
    rsa_bits: int = 2048
    ec_bits: int = 256
    dsa_bits: int = 2048
    rsa_bits_before: Sizes = ()
    ec_bits_before: Sizes = ()
    dsa_bits_before: Sizes = ()

    def digest_accepted(self, name: str, on: date) -> bool:
        """Whether the digest is accepted on that day. A digest that is not listed is not."""
        return _accepted(self.digests, name, on)

    def scheme_accepted(self, name: str, on: date) -> bool:
        """Whether the signature scheme is accepted on that day. A scheme that is not listed is not."""
        return _accepted(self.schemes, name, on)

    def least_bits(self, kind: str, on: date) -> int:
        """The least size of a key (``rsa``, ``ec`` or ``dsa``) on that day."""
        least, before = {
            "rsa": (self.rsa_bits, self.rsa_bits_before),
            "ec": (self.ec_bits, self.ec_bits_before),
            "dsa": (self.dsa_bits, self.dsa_bits_before),
        }[kind]
        return min([least, *(bits for day, bits in before if on <= day)])


def _accepted(listed: Dated, name: str, on: date) -> bool:
    return any(known == name and (last is None or on <= last) for known, last in listed)


@dataclass(frozen=True, slots=True)
class ValidationPolicy:
    """A validation policy (EN 319 102-1, clause 4.2: the constraints a validation is driven by).

    Built by :func:`vnsign.validation.policies.load`, which refuses a policy that forgets a registered rule.

    Attributes:
        id: for example ``circular-15-2025``.
        version: of the policy's text.
        title_vi, title_en: for people.
        levels: pairs of rule id and severity, sorted by id; every registered rule.
        algorithms: which algorithms are accepted.
        revocation: what is asked of revocation data.
        freshness: what is asked of the age of revocation data for the past.
        claimed_time_skew_seconds: how much later than the time-stamp the claimed time may be.
        limits: bounds on hostile input.
        source: where the policy was read, for people.
    """

    id: str
    version: str
    title_vi: str
    title_en: str
    levels: tuple[tuple[str, Severity], ...]
    algorithms: AlgorithmPolicy
    revocation: RevocationRequirement = RevocationRequirement.REQUIRED
    freshness: RevocationFreshness = RevocationFreshness.ISSUED_AFTER
    claimed_time_skew_seconds: int = 60
    limits: Limits = field(default_factory=Limits)
    source: str = "built in"

    @property
    def label(self) -> str:
        """``id version``, as written in reports."""
        return f"{self.id} {self.version}"

    def severity(self, rule: str) -> Severity:
        """The level given to a rule.

        Raises:
            KeyError: for a rule that is not registered.
        """
        return dict(self.levels)[rule]


@dataclass(frozen=True, slots=True)
class PolicySuccession:
    """Policies that followed one another, so that a signature is judged by the rules of its time.

    Attributes:
        entries: pairs of first day (in Vietnam) and policy, the newest first; the last is for all that is older.
    """

    entries: tuple[tuple[date, ValidationPolicy], ...]

    def at(self, moment: datetime) -> ValidationPolicy:
        """The policy in force at a moment."""
        day = moment.astimezone(VIETNAM).date()
        return next((policy for since, policy in self.entries if since <= day), self.entries[-1][1])
