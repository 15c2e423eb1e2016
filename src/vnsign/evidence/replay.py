"""Sources that write down what was gathered, and that give it again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vnsign.errors import EvidenceError
from vnsign.evidence.bundle import Evidence, SavedEvidence, dumps, loads
from vnsign.evidence.sources import EvidenceSource, Question
from vnsign.model.limits import Limits


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
