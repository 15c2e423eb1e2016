"""What either program says of a file, in one shape, so that they can be compared."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from vnsign import Evidence, TrustStore, verify
from vnsign.errors import VnsignError
from vnsign.model.facts import SignatureKind
from vnsign.model.report import SignatureReport
from vnsign.model.verdict import CheckStatus

SIGNATURES = (SignatureKind.SIGNATURE, SignatureKind.COUNTER_SIGNATURE)
"""What DSS, too, lists as signatures: no time-stamps of documents, no evidence records."""


class Soundness(StrEnum):
    """The mathematics of a signature, trust aside: its value and every digest of what it covers."""

    HOLDS = "holds"
    FAILS = "fails"
    UNDECIDED = "undecided"


SAME_MEANING = {"CERTIFICATE_CHAIN_GENERAL_FAILURE": "TRY_LATER"}
"""Sub-indications of DSS in our words. For a chain without acceptable revocation data EN 319 102-1 (5.2.6.4) lets the path
validation end with either, by the reason that is found first: DSS says what is not had, we say what to do."""


@dataclass(frozen=True, slots=True)
class Said:
    """One signature: ``level`` and ``indication`` in the words of EN 319 102-1, ``best`` as ISO 8601 to the second."""

    level: str
    indication: str
    sub_indication: str
    soundness: Soundness
    best: str
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """All signatures of a file, time-stamps of documents aside; or the reason why it could not be read."""

    signatures: tuple[Said, ...]
    error: str = ""

    def all_passed(self) -> bool:
        """Every signature is TOTAL-PASSED, and there is one."""
        return {item.indication for item in self.signatures} == {"TOTAL-PASSED"}

    def counted(self, soundness: Soundness) -> int:
        """How many signatures are of a soundness."""
        return Counter(item.soundness for item in self.signatures)[soundness]

    def summary(self) -> str:
        """The soundness of all signatures in a few letters: ``2 holds, 1 fails``, ``none``, ``unreadable``."""
        if self.error:
            return "unreadable"
        counts = Counter(item.soundness for item in self.signatures)
        return ", ".join(f"{counts[kind]} {kind}" for kind in Soundness if counts[kind]) or "none"


def ours(
    document: bytes, *, trust: TrustStore, evidence: Evidence, at: datetime, policy: str | None, external: Mapping[str, bytes]
) -> Answer:
    """Our own verdicts."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cryptography warns of odd certificates in old files
            report = verify(document, trust=trust, evidence=evidence, at=at, policy=policy, external=external)
    except VnsignError as error:
        return Answer((), error.code)
    return Answer(tuple(_ours(item) for item in report.signatures if item.kind in SIGNATURES))


def _ours(report: SignatureReport) -> Said:
    return Said(
        report.level,
        report.indication.value,
        report.sub_indication.value if report.sub_indication else "",
        _soundness(report),
        report.best_signature_time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        tuple(item.rule for item in report.findings if item.outcome.value != "PASSED" and item.severity.value == "fail"),
    )


def _soundness(report: SignatureReport) -> Soundness:
    said = (report.integrity, report.signature_value)
    if CheckStatus.FAILED in said:
        return Soundness.FAILS
    return Soundness.HOLDS if said == (CheckStatus.PASSED, CheckStatus.PASSED) else Soundness.UNDECIDED


def theirs(said: Mapping[str, Any]) -> Answer:
    """The answer of EU DSS."""
    return Answer(tuple(_theirs(item) for item in said["signatures"]), said["error"] or "")


def _theirs(item: Mapping[str, Any]) -> Said:
    # Levels that are no baseline level ("XML-NOT-ETSI", "PKCS7-B", "XAdES-BES") have no word of ours.
    level = item["level"].rpartition("BASELINE-")[2] if "BASELINE-" in item["level"] else ""
    return Said(
        f"B-{level}" if level else "",
        item["indication"].replace("_", "-"),
        SAME_MEANING.get(item["sub_indication"], item["sub_indication"] or ""),
        _their_soundness(item),
        (item["best_signature_time"] or "")[:19] + "Z",
        tuple(item["errors"]),
    )


def _their_soundness(item: Mapping[str, Any]) -> Soundness:
    if item["sig_intact"] and item["sig_valid"] and item["data_found"] and item["data_intact"]:
        return Soundness.HOLDS
    # Without the certificate or the detached data nothing was computed, so nothing is wrong either.
    nothing_computed = (
        item["sub_indication"] in ("NO_SIGNING_CERTIFICATE_FOUND", "SIGNED_DATA_NOT_FOUND") or not item["data_found"]
    )
    return Soundness.UNDECIDED if nothing_computed and item["data_intact"] else Soundness.FAILS
