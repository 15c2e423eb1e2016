"""The validation reports of ETSI TS 119 102-2 that both programs write of the same files, read by one reader."""

from __future__ import annotations

import tomllib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from interop.comparison import own_jobs
from interop.dss_program import ETSI, judge
from interop.listing import LEAST_REASON
from interop.own import Case
from vnsign import verify
from vnsign.model.moment import utc
from vnsign.report.etsi.read import read
from vnsign.report.etsi.said import Said, SaidSignature
from vnsign.report.etsi.write import render

LIST = Path(__file__).parent / "etsi_differences.toml"
Differences = dict[tuple[str, str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Both:
    """One file: the reports as XML, and what they say."""

    name: str
    ours: Said
    theirs: Said
    our_xml: bytes
    their_xml: bytes

    def differences(self) -> Differences:
        """What they differ in: (file, subject) to (ours, theirs)."""
        own, other = _subjects(self.ours), _subjects(self.theirs)
        return {(self.name, subject): (own[subject], other[subject]) for subject in own if own[subject] != other[subject]}


def both(cases: Sequence[Case], folder: Path) -> list[Both]:
    """The reports on our cases.

    Args:
        cases: documents with trust and evidence.
        folder: an empty folder for the files that the other program reads.

    Raises:
        UnavailableError: EU DSS cannot be had.
    """
    found = []
    for case, said in zip(cases, judge(own_jobs(cases, folder), ETSI), strict=True):
        own, other = _written(case), said["etsi"].encode()
        found.append(Both(case.name, read(own), read(other), own, other))
    return found


def _written(case: Case) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns of odd certificates
        report = verify(case.document, trust=case.trust, evidence=case.evidence, at=case.at, external=case.external)
    return render(report)


def _subjects(report: Said) -> dict[str, str]:
    signatures = report.signatures
    return {
        "indication": _joined([item.status.indication for item in signatures]),
        "sub_indication": _joined(["/".join(item.status.sub_indications) for item in signatures]),
        "validation time": _joined([_moment(item.validation_time) for item in signatures]),
        "best-signature-time": _joined([_moment(item.best_signature_time) for item in signatures]),
        "signing time": _joined([_moment(item.claimed_time) for item in signatures]),
        "certificate": _joined([item.certificate_sha256[:8] for item in signatures]),
        "chain": _joined([_chain(item) for item in signatures]),
        "time-stamps": _joined(sorted(_moment(item.time) + " " + item.status.indication for item in report.timestamps)),
    }


def _chain(item: SaidSignature) -> str:
    return " ".join(link[:8] for link in item.chain)


def _moment(value: datetime | None) -> str:
    return "" if value is None else utc(value).strftime("%Y-%m-%dT%H:%M:%SZ")


def _joined(words: Sequence[str]) -> str:
    return " + ".join(word or "-" for word in words) or "-"


def listed() -> Differences:
    """The known differences, each with a reason in the list.

    Raises:
        ValueError: a difference has no reason, or is listed twice.
    """
    found: Differences = {}
    for row in tomllib.loads(LIST.read_text(encoding="utf-8"))["difference"]:
        if len(row["reason"]) < LEAST_REASON:
            raise ValueError(f"no reason is given for {row['file']}")
        for subject, own, other in row["said"]:
            if (row["file"], subject) in found:
                raise ValueError(f"listed twice: {row['file']}, {subject}")
            found[row["file"], subject] = (own, other)
    return found
