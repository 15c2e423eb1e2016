"""Where evidence comes from, beyond document and caller: the protocol, and the default, which is nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from vnsign.evidence.bundle import Evidence
from vnsign.model.facts import DocumentFacts
from vnsign.model.limits import Limits
from vnsign.trust.store import TrustStore


@dataclass(frozen=True, slots=True)
class Question:
    """What a source is told: a document as read, and what is known already.

    Attributes:
        facts: the document's facts.
        known: certificates and revocation data of the document and of the caller.
        trust: the anchors and intermediates.
        at: the validation time, UTC.
        limits: bounds on what is brought.
    """

    facts: DocumentFacts
    known: Evidence
    trust: TrustStore
    at: datetime
    limits: Limits


@runtime_checkable
class EvidenceSource(Protocol):
    """Brings evidence for a document after it has been read and before it is judged."""

    def gather(self, question: Question) -> Evidence:
        """What is to be had for the document. Never raises for what others answer: failures are ``Evidence.attempts``."""
        ...


@dataclass(frozen=True, slots=True)
class Offline:
    """The default: nothing is sought anywhere."""

    def gather(self, question: Question) -> Evidence:  # noqa: ARG002 - whatever is asked
        """Nothing."""
        return Evidence()
