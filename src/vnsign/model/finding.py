"""A finding: what one rule said of one object. It holds no sentence; sentences are looked up by rule and language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vnsign.model.verdict import SubIndication

Parameters = tuple[tuple[str, str], ...]


class Outcome(StrEnum):
    """What a rule said."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    INDETERMINATE = "INDETERMINATE"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    NOT_IN_FORCE = "NOT_IN_FORCE"
    NOT_CHECKED = "NOT_CHECKED"


class Severity(StrEnum):
    """What a policy makes of a rule that is not passed."""

    FAIL = "fail"
    WARN = "warn"
    INFORM = "inform"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule said.

    Attributes:
        rule: id of the registered rule, for example ``chain.trust-anchor``.
        outcome: what the rule said.
        severity: what the policy makes of it.
        parameters: names and values for the sentence, in order; display text, never parsed.
        sub_indication: the sub-indication that the rule leads to when it fails under severity ``fail``.
        subject: what was looked at: ``signature``, or the id of a time-stamp.
    """

    rule: str
    outcome: Outcome
    severity: Severity
    parameters: Parameters = ()
    sub_indication: SubIndication | None = None
    subject: str = "signature"

    @property
    def decisive(self) -> bool:
        """Whether this finding alone keeps the signature from TOTAL-PASSED."""
        return self.severity is Severity.FAIL and self.outcome in (Outcome.FAILED, Outcome.INDETERMINATE)
