"""Expectations of the manifest beside our answers, for CMS files, containers and evidence records."""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vnsign._verify import read
from vnsign.crypto.values import verify_value
from vnsign.errors import VnsignError
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import DocumentFacts, SignatureFacts, SignatureKind, TimestampFacts
from vnsign.model.limits import Limits
from vnsign.model.verdict import CheckStatus, SubIndication
from vnsign.validation.registry import rules

Row = dict[str, Any]
Said = dict[tuple[str, str], tuple[str, str]]
_SIGNED = (SignatureKind.SIGNATURE, SignatureKind.COUNTER_SIGNATURE)
LONGEST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What we made of a file: facts, or the code of our error, or a foreign exception; and how long it took."""

    facts: DocumentFacts | None
    error: str
    seconds: float

    @property
    def signatures(self) -> tuple[SignatureFacts, ...]:
        """Everything listed; nothing where the file is unreadable."""
        return self.facts.signatures if self.facts else ()


def answers(folder: Path, *kinds: str) -> list[tuple[Row, Answer]]:
    """Every file of these kinds once, with our answer; companions are the detached data."""
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    distinct = {row["path"]: row for row in rows if row["kind"] in kinds}
    return [(row, _answer(folder, row)) for row in distinct.values()]


def _answer(folder: Path, row: Row) -> Answer:
    external = {Path(item).name: (folder / item).read_bytes() for item in row.get("companions") or ()}
    started = time.perf_counter()
    facts, error = None, ""
    try:
        facts = read(DocumentSource.of(folder / row["path"]), limits=Limits(), external=external)
    except VnsignError as caught:
        error = caught.code
    except Exception as caught:  # noqa: BLE001 # what must never happen is recorded and fails in the tests
        error = f"foreign {type(caught).__name__}: {caught}"
    return Answer(facts, error, time.perf_counter() - started)


def status(signature: SignatureFacts) -> CheckStatus:
    """The mathematics of one signature: every digest and the value, trust and coverage aside."""
    if not signature.supported:
        return CheckStatus.INDETERMINATE
    if any(item.computed is not None and not item.matches for item in signature.digests):
        return CheckStatus.FAILED
    if signature.signed_value is None or not signature.digests:
        return CheckStatus.FAILED
    if signature.signing_certificate is None or any(item.computed is None for item in signature.digests):
        return CheckStatus.INDETERMINATE
    return verify_value(signature.signing_certificate, signature.signed_value).status


def integrity(found: Answer) -> str:
    """``holds``, ``fails``, ``undecided``, ``no signature`` or ``unreadable CODE``, over signatures and not time-stamps."""
    if found.facts is None:
        return f"unreadable {found.error}"
    said = {status(item) for item in found.signatures if item.kind in _SIGNED}
    if CheckStatus.FAILED in said:
        return "fails"
    if not said:
        return "no signature"
    if CheckStatus.INDETERMINATE in said and _format(found) == "FORMAT_FAILURE":
        return "fails"
    return "undecided" if CheckStatus.INDETERMINATE in said else "holds"


def stamps(found: Answer) -> list[TimestampFacts]:
    """All time-stamps, on signatures and on their own."""
    alone = [item.document_timestamp for item in found.signatures if item.document_timestamp is not None]
    return [*(stamp for item in found.signatures for stamp in item.timestamps), *alone]


def _holds(stamp: TimestampFacts) -> bool:
    entries = stamp.token.digests if stamp.kind.value == "document" else ()
    return stamp.imprint.matches and all(item.matches for item in entries)


def compared(row: Row, found: Answer) -> dict[str, tuple[str, str]]:
    """Expectation and answer by subject, for each subject that the manifest speaks of."""
    if row["class"] != "signature" or row["reliability"] in ("X", "-", "D"):
        return {}
    expected, said = row.get("expected") or {}, {}
    if row.get("crypto_expected") is not None:
        said["integrity"] = (_expected_integrity(row), integrity(found))
    count = sum(item.kind in _SIGNED for item in found.signatures)
    if isinstance(expected.get("n_signatures"), int):
        said["signatures"] = (str(expected["n_signatures"]), str(count))
    elif expected.get("n_signatures") == ">=1":
        said["signatures"] = (">=1", ">=1" if count else "none")
    form, _, level = str(expected.get("level") or "").partition("_BASELINE_")
    if level and form:
        levels = [item.level for item in found.signatures if item.kind is SignatureKind.SIGNATURE]
        said["level"] = (f"B-{level}", levels[0] if levels else "none")
    if expected.get("subindication") == "FORMAT_FAILURE":
        said["format"] = ("FORMAT_FAILURE", _format(found))
    if row["kind"] != "er" and not any(item.kind is SignatureKind.EVIDENCE_RECORD for item in found.signatures):
        # Where there is an evidence record the source counts its time-stamps as well; we judge none of them.
        said |= _compared_stamps(expected, found)
    return said


def _expected_integrity(row: Row) -> str:
    """What the source asserts of the whole signature goes before what the manifest concludes from its value."""
    expected = row.get("expected") or {}
    asserted = " ".join(expected.get("other_indications") or ())
    if "HASH_FAILURE | detailedReport.getBasicValidationSubIndication" in asserted:
        return "fails"
    if row["crypto_expected"]:
        return "holds"
    return "undecided" if expected.get("indication") == "INDETERMINATE" else "fails"


def _compared_stamps(expected: Row, found: Answer) -> dict[str, tuple[str, str]]:
    said = {}
    all_ = stamps(found)
    if isinstance(expected.get("n_timestamps"), int):
        said["timestamps"] = (str(expected["n_timestamps"]), str(len(all_)))
    if isinstance(expected.get("tst_imprint_intact"), bool) and all_:
        ours = "hold" if all(_holds(item) for item in all_) else "do not hold"
        said["imprints"] = ("hold" if expected["tst_imprint_intact"] else "do not hold", ours)
    return said


def _format(found: Answer) -> str:
    names = [item.rule for signature in found.signatures for item in signature.problems]
    broken = [name for name in names if rules()[name].on_fail is SubIndication.FORMAT_FAILURE]
    return "FORMAT_FAILURE" if broken else "none"


def divergences(corpus: Iterable[tuple[Row, Answer]]) -> Said:
    """Every difference between expectation and answer, by path and subject."""
    return {
        (row["path"], subject): pair
        for row, found in corpus
        for subject, pair in compared(row, found).items()
        if pair[0] != pair[1]
    }


def agreement(corpus: Iterable[tuple[Row, Answer]], not_scored: Iterable[str]) -> float:
    """The share of files of reliability A or B on which integrity and number of signatures are as expected.

    Args:
        corpus: rows and answers.
        not_scored: files of which the expectation speaks of something else than the file.
    """
    scored = agreed = 0
    aside = set(not_scored)
    for row, found in corpus:
        if row["path"] in aside:
            continue
        said = {name: pair for name, pair in compared(row, found).items() if name in ("integrity", "signatures")}
        if row["reliability"] in ("A", "B") and said:
            scored += 1
            agreed += all(one == other for one, other in said.values())
    return agreed / scored if scored else 0.0


def not_scored(name: str) -> set[str]:
    """Files whose expectation speaks of something else, each listed with the reason."""
    rows = _rows(name)
    return {row["path"] for row in rows if row.get("not_scored")}


def _rows(name: str) -> list[Row]:
    found: list[Row] = tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))["divergence"]
    return found


def listed(name: str) -> Said:
    """The divergences that are known, each with its reason."""
    rows = _rows(name)
    assert all(len(row["reason"]) > 20 for row in rows)
    found = {(row["path"], row["subject"]): (row["expected"], row["ours"]) for row in rows}
    assert len(found) == len(rows), "an entry is listed twice"
    return found
