"""A case: everything that the rules look at when they judge one signature or one time-stamp token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vnsign.crypto.values import ValueResult
from vnsign.evidence.bundle import Attempt
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureFacts, TimestampFacts, TimestampKind
from vnsign.model.policy import ValidationPolicy
from vnsign.model.report import SignatureClass, TimestampReport
from vnsign.model.signature_policy import PolicyDocument
from vnsign.model.verdict import Indication
from vnsign.pki.path import PathResult


class Role(StrEnum):
    """What is judged: a signature, or the token of a time-stamp."""

    SIGNATURE = "signature"
    TIMESTAMP = "time-stamp"


@dataclass(frozen=True, slots=True)
class Case:
    """One signature or time-stamp token under judgement.

    Attributes:
        role: signature or time-stamp token.
        facts: as read by the format; for a time-stamp, the facts of its token.
        policy: the policy in force.
        at: the validation time, UTC.
        proved_time: the earliest time at which the object is proved to have existed (best-signature-time).
        value: the outcome of the cryptographic check of the value; ``None`` when there was nothing to check.
        path: the outcome of path validation at ``at``; ``None`` when there is no signing certificate.
        past: past certificate validation at the proved time, made only where the path is not valid today.
        timestamp: the time-stamp, where ``role`` is time-stamp.
        timestamps: verdicts on the time-stamps of the signature.
        attempts: what was asked for elsewhere, to explain what is missing.
        signature_class: the family of the anchor that the chain ends in.
        signature_policies: documents of signature policies that the caller has.
    """

    role: Role
    facts: SignatureFacts
    policy: ValidationPolicy
    at: datetime
    proved_time: datetime
    value: ValueResult | None
    path: PathResult | None
    past: PathResult | None = None
    timestamp: TimestampFacts | None = None
    timestamps: tuple[TimestampReport, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    signature_class: SignatureClass = SignatureClass.UNKNOWN
    signature_policies: tuple[PolicyDocument, ...] = ()

    @property
    def certificate(self) -> Certificate | None:
        """The signing certificate."""
        return self.facts.signing_certificate

    @property
    def subject(self) -> str:
        """What findings are about."""
        return self.timestamp.id if self.timestamp is not None else "signature"

    @property
    def not_earlier_than(self) -> datetime | None:
        """The latest valid time-stamp on the content: the signature was made after it (5.5.4, step 2)."""
        stamps = (item for item in self.timestamps if item.kind is TimestampKind.CONTENT)
        return max((item.gen_time for item in stamps if item.verdict.indication is Indication.TOTAL_PASSED), default=None)

    @property
    def time_is_proved(self) -> bool:
        """Whether a time-stamp proves a time earlier than the validation time."""
        return self.proved_time < self.at
