"""Other people's XAdES signatures raised to B-LTA with the test services, and what EU DSS says before and after.

Nobody is trusted: it is about the signatures, which must stay as they were, and about the imprints of the time-stamps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from interop.dss_program import Job, judge
from vnsign.errors import VnsignError
from vnsign.formats.material import Material
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.augment import add_material, begin_archive_timestamp, begin_signature_timestamp
from vnsign.formats.xml.read import read_xml
from vnsign.model.facts import SignatureFormat
from vnsign.model.limits import Limits
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

RAISED_AT = datetime(2026, 6, 1, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Raised:
    """One file of the corpora.

    Attributes:
        path: within the corpora.
        before, after: the answers of EU DSS to it and to its raised form.
    """

    path: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    def signatures_changed(self) -> bool:
        """Whether any signature is less sound than it was, or one came or went."""
        return _soundness(self.before) != _soundness(self.after)

    def old_stamps_changed(self) -> bool:
        """Whether a time-stamp that was there is other than it was."""
        return _stamps(self.before, new=False) != _stamps(self.after, new=False)

    def new_stamps(self) -> list[tuple[str, bool]]:
        """Kind of each time-stamp put in, and whether it is over what it must be over."""
        return _stamps(self.after, new=True)


def _soundness(answer: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(item[key] for key in ("sig_intact", "data_found", "data_intact")) for item in answer["signatures"]]


def _stamps(answer: Mapping[str, Any], *, new: bool) -> list[tuple[str, bool]]:
    at = RAISED_AT.strftime("%Y-%m-%dT%H:%M:%SZ")
    found = (stamp for item in answer["signatures"] for stamp in item["timestamps"])
    return [(stamp["type"], stamp["intact"]) for stamp in found if (stamp["time"] == at) is new]


def raised_corpus(corpus: Path, folder: Path, *, every: int = 1) -> list[Raised]:
    """Raise one in so many XML files with a XAdES signature and have them judged.

    Args:
        corpus: the corpora.
        folder: an empty folder for what is made.
        every: of the files that can be raised, one in so many is.
    """
    rows = (json.loads(line) for line in (corpus / "manifest.jsonl").read_text("utf-8").splitlines())
    paths = {row["path"]: row.get("companions") or () for row in rows if row["kind"] == "xml"}
    jobs: list[tuple[str, Job, Job]] = []
    for number, (path, companions) in enumerate(sorted(paths.items())):
        if number % every:
            continue
        detached = tuple(corpus / item for item in companions)
        made = _raised((corpus / path).read_bytes(), {item.name: item.read_bytes() for item in detached})
        if made is not None:
            target = folder / f"{number:04}.xml"
            target.write_bytes(made)
            jobs.append((path, Job(corpus / path, RAISED_AT, detached=detached), Job(target, RAISED_AT, detached=detached)))
    answers = judge([job for _, before, after in jobs for job in (before, after)])
    return [Raised(path, answers[2 * n], answers[2 * n + 1]) for n, (path, _, _) in enumerate(jobs)]


def _raised(data: bytes, external: Mapping[str, bytes]) -> bytes | None:
    """The file with its first XAdES signature raised; ``None`` where that is refused."""
    pki = TestPki.load()
    tsa = SimulatedTsa.of(pki, clock=lambda: RAISED_AT)
    material = Material(tuple(item.der for item in pki.certificates("public-ca", "public-root")), pki.crls(RAISED_AT))
    try:
        found = read_xml(DocumentSource.of(data), limits=Limits(), external=external).signatures
        id_ = next((item.id for item in found if item.format is SignatureFormat.XADES), None)
        if id_ is None:
            return None
        pending = begin_signature_timestamp(data, id_, external=external)
        data = pending.embed(tsa.token(pending.digest, pending.imprint))
        data = add_material(data, id_, material, external=external)
        pending = begin_archive_timestamp(data, id_, external=external)
        return pending.embed(tsa.token(pending.digest, pending.imprint))
    except VnsignError:
        return None
