"""Where evidence comes from, beyond what a document holds and a caller gave: a protocol, and the sources without network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from vnsign.errors import EvidenceError
from vnsign.evidence.bundle import Evidence, SavedEvidence, dumps, loads
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


@dataclass(frozen=True, slots=True)
class Replayed:
    """Gives each document what was gathered for it when the evidence was saved; nothing for a document it does not know."""

    saved: SavedEvidence

    def gather(self, question: Question) -> Evidence:
        """What was gathered then."""
        return dict(self.saved.gathered).get(question.facts.sha256, Evidence())


@dataclass(frozen=True, slots=True)
class Recording:
    """Passes on what another source brings and writes it down, one file a document, so that worker processes can do so too.

    Attributes:
        source: the other source.
        folder: where the files are; it must exist, and be empty at the start.
    """

    source: EvidenceSource
    folder: Path

    def gather(self, question: Question) -> Evidence:
        """What the other source brings.

        Raises:
            EvidenceError: it cannot be written down.
        """
        sha256 = question.facts.sha256
        file = self.folder / f"{sha256}{_SUFFIX}"
        try:
            if file.is_file():
                # The same document twice in one run: both judgements must find what is saved.
                return loads(file.read_bytes(), question.limits).gathered[0][1]
            found = self.source.gather(question)
            file.write_bytes(dumps(SavedEvidence(question.at, "", "", "", "", gathered=((sha256, found),))))
        except OSError as error:
            raise EvidenceError(f"{self.folder}: {error.strerror or error}", code="CANNOT_WRITE") from error
        return found

    def gathered(self, limits: Limits | None = None) -> tuple[tuple[str, Evidence], ...]:
        """What has been brought, by the document's SHA-256, sorted: for ``SavedEvidence.gathered``.

        Raises:
            EvidenceError: a file cannot be read back.
        """
        return tuple(sorted(self._read(limits or Limits()), key=lambda item: item[0]))

    def _read(self, limits: Limits) -> list[tuple[str, Evidence]]:
        try:
            files = sorted(item for item in self.folder.iterdir() if item.name.endswith(_SUFFIX))
            return [entry for file in files for entry in loads(file.read_bytes(), limits).gathered]
        except OSError as error:
            raise EvidenceError(f"{self.folder}: {error.strerror or error}", code="CANNOT_OPEN") from error


_SUFFIX = ".gathered.json"
