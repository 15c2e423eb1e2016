"""Validation policies: what is asked of a signature. A policy gives a level to every registered rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from vnsign.model.finding import Severity
from vnsign.model.limits import Limits


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


@dataclass(frozen=True, slots=True)
class AlgorithmPolicy:
    """Which algorithms are accepted, until when.

    Attributes:
        digests: pairs of digest name and the last day on which it is accepted (``None``: no end known).
        rsa_bits, ec_bits: least sizes of keys.
        rsa_bits_before: pairs ``(day, bits)``: until that day, keys of at least ``bits`` were accepted.
    """

    digests: tuple[tuple[str, date | None], ...]
    rsa_bits: int = 2048
    ec_bits: int = 256
    rsa_bits_before: tuple[tuple[date, int], ...] = ()

    def digest_accepted(self, name: str, on: date) -> bool:
        """Whether the digest is accepted on that day. A digest that is not listed is not."""
        for known, last in self.digests:
            if known == name:
                return last is None or on <= last
        return False

    def least_rsa_bits(self, on: date) -> int:
        """The least size of an RSA key on that day."""
        return min([self.rsa_bits, *(bits for day, bits in self.rsa_bits_before if on <= day)])


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
