"""Files judged by both programs, and what they differ in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from interop.answers import Answer, Said, Soundness, ours, theirs
from interop.dss_program import Job, judge
from interop.own import Case
from vnsign import Evidence, TrustStore
from vnsign.model.certificate import Certificate

CORPUS_AT = datetime(2026, 6, 1, tzinfo=UTC)
NOBODY = TrustStore(anchors=())
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A file with both answers. ``own``: made by us, so that verdicts are compared and not the mathematics alone."""

    name: str
    ours: Answer
    theirs: Answer
    own: bool

    def differences(self) -> dict[str, tuple[str, str]]:
        """What they differ in: subject to (ours, theirs)."""
        found = {"signatures": (self.ours.summary(), self.theirs.summary())}
        if self.own:
            for subject in ("level", "indication", "sub_indication"):
                found[subject] = (_joined(self.ours, subject), _joined(self.theirs, subject))
            if self.ours.all_passed() and self.theirs.all_passed():
                # Where a verdict is not TOTAL-PASSED, DSS gives the validation time whatever the time-stamps say.
                found["best"] = (_joined(self.ours, "best"), _joined(self.theirs, "best"))
        return {subject: both for subject, both in found.items() if both[0] != both[1]}

    def false_accept(self) -> bool:
        """We pass, or find nothing wrong with, what the other program calls wrong: the defect that stops everything."""
        accepted = sum(item.soundness is Soundness.HOLDS and item.indication != "TOTAL-FAILED" for item in self.ours.signatures)
        wrong = self.theirs.counted(Soundness.FAILS)
        if wrong and accepted > len(self.theirs.signatures) - wrong:
            return True
        said = zip(self.ours.signatures, self.theirs.signatures, strict=False)
        return any(own.indication == "TOTAL-PASSED" and other.indication == "TOTAL-FAILED" for own, other in said)


def _joined(answer: Answer, subject: str) -> str:
    return " + ".join(str(getattr(item, subject)) or "-" for item in answer.signatures) or "-"


def own_pairs(cases: Sequence[Case], folder: Path) -> list[Pair]:
    """Our cases judged by both.

    Args:
        cases: documents with trust and evidence.
        folder: an empty folder for the files that the other program reads.
    """
    jobs = own_jobs(cases, folder)
    answers = judge(jobs)
    return [Pair(f"own/{case.name}", _verdict(case), theirs(said), own=True) for case, said in zip(cases, answers, strict=True)]


def own_jobs(cases: Sequence[Case], folder: Path) -> list[Job]:
    """Our cases as files in a folder, as the other program reads them."""
    jobs = []
    for number, case in enumerate(cases):
        path = folder / f"{number:04}{_suffix(case.document)}"
        path.write_bytes(case.document)
        anchors = _store(folder, [anchor.certificate for anchor in case.trust.anchors], Evidence())
        evidence = _store(folder, case.trust.intermediates, case.evidence)
        jobs.append(Job(path, case.at, anchors, evidence, _beside(folder / f"{number:04}", case.external)))
    return jobs


def _suffix(document: bytes) -> str:
    known = ((b"%PDF", ".pdf"), (b"PK", ".asice"), (b"\x30", ".p7m"))
    return next((suffix for start, suffix in known if document.startswith(start)), ".xml")


def _beside(folder: Path, external: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Detached data as files of their names."""
    if external:
        folder.mkdir()
    for name, data in external.items():
        (folder / name).write_bytes(data)
    return tuple(folder / name for name in external)


def _verdict(case: Case) -> Answer:
    return ours(case.document, trust=case.trust, evidence=case.evidence, at=case.at, policy=None, external=case.external)


def _store(folder: Path, certificates: Iterable[Certificate], evidence: Evidence) -> Path:
    octets = [(item.der, ".crt") for item in (*certificates, *evidence.certificates)]
    octets += [(item, ".crl") for item in evidence.crls] + [(item, ".ocsp") for item in evidence.ocsps]
    name = hashlib.sha256(b"".join(item + suffix.encode() for item, suffix in octets)).hexdigest()[:16]
    target = folder / name
    if not target.is_dir():
        target.mkdir()
        for number, (item, suffix) in enumerate(octets):
            (target / f"{number:03}{suffix}").write_bytes(item)
    return target


def corpus_rows(corpus: Path, kinds: Sequence[str], *, every: int) -> list[Row]:
    """Signed and attacked files of the manifest, each content once.

    Args:
        corpus: folder of the manifest.
        kinds: the kinds of file.
        every: sound files one in so many, spread by their hash; attacked and broken ones all.
    """
    rows = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    distinct = {row["sha256"]: row for row in rows if row["kind"] in kinds and row["class"] in ("signature", "attack")}
    return [row for digest, row in sorted(distinct.items()) if int(digest[:8], 16) % every == 0 or _is_hostile(row)]


def _is_hostile(row: Row) -> bool:
    return row["class"] == "attack" or row.get("crypto_expected") is False


def corpus_pairs(corpus: Path, rows: Sequence[Row]) -> list[Pair]:
    """Files of the corpus judged by both, nobody trusted: the mathematics and the number of signatures."""
    jobs = [
        Job(corpus / row["path"], CORPUS_AT, detached=tuple(corpus / name for name in row.get("companions") or ()))
        for row in rows
    ]
    pairs = []
    for row, said in zip(rows, judge(jobs), strict=True):
        companions = [corpus / name for name in row.get("companions") or ()]
        external = {name: path.read_bytes() for path in companions for name in _names(path, len(companions))}
        found = ours(
            (corpus / row["path"]).read_bytes(),
            trust=NOBODY,
            evidence=Evidence(),
            at=CORPUS_AT,
            policy="historical",
            external=external,
        )
        pairs.append(Pair(f"corpus/{row['path']}", found, theirs(said), own=False))
    return pairs


def _names(path: Path, alone: int) -> tuple[str, ...]:
    return (path.name, "") if alone == 1 else (path.name,)


def table(pairs: Iterable[Pair]) -> list[str]:
    """Both verdicts side by side, one line a file."""
    return [
        f"{'=' if not pair.differences() else '≠'} {pair.name:<70} {_line(pair.ours)} | {_line(pair.theirs)}" for pair in pairs
    ]


def _line(answer: Answer) -> str:
    return f"{answer.summary():<12} {' + '.join(_verdict_line(item) for item in answer.signatures):<60}"


def _verdict_line(item: Said) -> str:
    return " ".join(word for word in (item.level, item.indication, item.sub_indication) if word)
