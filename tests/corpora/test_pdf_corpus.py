"""Other people's signed, attacked and malformed PDFs: our answer beside the expectation; divergences are listed with reasons.

The list ``pdf_divergences.toml`` must be exact: an unlisted divergence, a listed one that is gone, and a listed answer that
is no longer ours all fail. Trust and policy are no part of this: integrity, counts, changes and named manipulations are.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vnsign.crypto.values import verify_value
from vnsign.errors import VnsignError
from vnsign.formats.pdf.read import read_pdf
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import DocumentFacts, SignatureFacts, SignatureKind
from vnsign.model.limits import Limits
from vnsign.model.verdict import CheckStatus

pytestmark = pytest.mark.corpus

LONGEST_SECONDS = 10.0
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What we made of a file: facts, or the code of our error, or a foreign exception; and how long it took."""

    facts: DocumentFacts | None
    error: str
    seconds: float


def answer(path: Path) -> Answer:
    """Read one file."""
    started = time.perf_counter()
    facts, error = None, ""
    try:
        facts = read_pdf(DocumentSource.of(path), limits=Limits())
    except VnsignError as caught:
        error = caught.code
    except Exception as caught:  # noqa: BLE001 # what must never happen is recorded and fails below
        error = f"foreign {type(caught).__name__}: {caught}"
    return Answer(facts, error, time.perf_counter() - started)


@pytest.fixture(scope="module")
def corpus(shared_data: Path) -> list[tuple[Row, Answer]]:
    """Every PDF of the manifest once, with our answer."""
    folder = shared_data / "corpora"
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    distinct = {row["sha256"]: row for row in rows if row["kind"] == "pdf"}
    return [(row, answer(folder / row["path"])) for row in distinct.values()]


def status(signature: SignatureFacts) -> CheckStatus:
    """The mathematics of one signature: every digest and the value, trust and coverage aside."""
    if not signature.supported:
        return CheckStatus.INDETERMINATE
    if any(item.computed is not None and not item.matches for item in signature.digests):
        return CheckStatus.FAILED
    if signature.signed_value is None or not signature.digests:
        return CheckStatus.FAILED
    if signature.signing_certificate is None:
        return CheckStatus.INDETERMINATE
    return verify_value(signature.signing_certificate, signature.signed_value).status


def integrity(found: Answer) -> str:
    """``holds``, ``fails``, ``undecided``, ``no signature`` or ``unreadable CODE``."""
    if found.facts is None:
        return f"unreadable {found.error}"
    said = {status(signature) for signature in found.facts.signatures}
    if CheckStatus.FAILED in said:
        return "fails"
    if not said:
        return "no signature"
    return "undecided" if CheckStatus.INDETERMINATE in said else "holds"


def counted(found: Answer, kind: SignatureKind) -> int:
    """How many signatures or document time-stamps are listed."""
    return sum(signature.kind is kind for signature in found.facts.signatures) if found.facts else -1


def stamps(found: Answer) -> int:
    """How many time-stamp tokens of any kind."""
    signatures = found.facts.signatures if found.facts else ()
    return sum(len(signature.timestamps) + (signature.document_timestamp is not None) for signature in signatures)


def changed(found: Answer) -> str:
    """``changed`` when any signature has a change that it does not allow."""
    signatures = found.facts.signatures if found.facts else ()
    return "changed" if any(not item.allowed for s in signatures for item in s.changes) else "unchanged"


def compared(row: Row, found: Answer) -> dict[str, tuple[str, str]]:
    """Expectation and answer by subject, for each subject that the manifest speaks of."""
    if row["class"] not in ("signature", "unsigned") or row["reliability"] in ("X", "-"):
        return {}
    expected, said = row.get("expected") or {}, {}
    if row.get("crypto_expected") is not None:
        said["integrity"] = ("holds" if row["crypto_expected"] else "fails", integrity(found))
    number = expected.get("n_signatures")
    if isinstance(number, int):
        said["signatures"] = (str(number), str(counted(found, SignatureKind.SIGNATURE)))
    elif number == ">=1":
        said["signatures"] = (">=1", ">=1" if counted(found, SignatureKind.SIGNATURE) >= 1 else "none")
    if isinstance(expected.get("n_timestamps"), int):
        said["timestamps"] = (str(expected["n_timestamps"]), str(stamps(found)))
    if expected.get("pdf_undefined_changes_empty") is True and expected.get("pdf_modifications_detected") is False:
        said["changes"] = ("unchanged", changed(found))
    level = expected.get("modification_level")
    if isinstance(level, str):
        said["changes"] = ("changed" if level == "OTHER" else "unchanged", changed(found))
    return said


def divergences(corpus: list[tuple[Row, Answer]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Every difference between expectation and answer, by path and subject."""
    return {
        (row["path"], subject): (expected, ours)
        for row, found in corpus
        for subject, (expected, ours) in compared(row, found).items()
        if expected != ours
    }


def listed() -> dict[tuple[str, str], tuple[str, str]]:
    """The divergences that are known, each with its reason."""
    text = (Path(__file__).parent / "pdf_divergences.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)["divergence"]
    assert all(len(row["reason"]) > 20 for row in rows)
    found = {(row["path"], row["subject"]): (row["expected"], row["ours"]) for row in rows}
    assert len(found) == len(rows), "an entry is listed twice"
    return found


def test_no_file_makes_a_foreign_exception_leave_or_takes_too_long(corpus: list[tuple[Row, Answer]]) -> None:
    """Robustness rows and all others: facts, or an error of our own, in time."""
    assert len(corpus) > 300
    assert [(row["path"], found.error) for row, found in corpus if found.error.startswith("foreign")] == []
    assert [(row["path"], found.seconds) for row, found in corpus if found.seconds > LONGEST_SECONDS] == []


def test_every_divergence_is_listed_and_every_listed_one_is_still_there(corpus: list[tuple[Row, Answer]]) -> None:
    """The list is exact, in both directions."""
    assert divergences(corpus) == listed()


def test_broken_signatures_are_scored_apart_and_none_holds(corpus: list[tuple[Row, Answer]]) -> None:
    """Few rows are broken, so a pooled percentage would say nothing; none of these may hold."""
    broken = [(row, found) for row, found in corpus if row.get("crypto_expected") is False and row["reliability"] != "X"]
    assert len(broken) >= 3
    sound = [row["path"] for row, found in broken if integrity(found) == "holds" and not named(found)]
    assert sound == []


def named(found: Answer) -> bool:
    """The manipulation is named: unreadable, a failed digest or value, a problem, or a change that is not allowed."""
    if found.facts is None:
        return bool(found.error) and not found.error.startswith("foreign")
    signatures = found.facts.signatures
    return any(status(s) is CheckStatus.FAILED or s.problems or any(not item.allowed for item in s.changes) for s in signatures)


def test_every_attack_is_named(corpus: list[tuple[Row, Answer]]) -> None:
    """No anchor of theirs is trusted, so INDETERMINATE alone would prove nothing."""
    attacks = [(row, found) for row, found in corpus if row["class"] == "attack"]
    assert len(attacks) >= 12
    assert [row["path"] for row, found in attacks if not named(found)] == []


def test_unsigned_documents_have_no_sound_signature(corpus: list[tuple[Row, Answer]]) -> None:
    """Form fields, pictures and placeholders are no signatures."""
    unsigned = [(row, found) for row, found in corpus if row["class"] == "unsigned"]
    assert [row["path"] for row, found in unsigned if integrity(found) == "holds"] == []


@pytest.mark.oracle
@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="pdfsig (poppler-utils) is not installed")
def test_pdfsig_agrees_on_the_integrity_of_sound_files(corpus: list[tuple[Row, Answer]], shared_data: Path) -> None:
    """An independent program counts as many sound signatures as we do, where it knows the kinds of signature."""
    apart = set(tomllib.loads((Path(__file__).parent / "pdf_divergences.toml").read_text(encoding="utf-8"))["pdfsig"]["apart"])
    different, compared_files = {}, 0
    for row, found in corpus:
        if row["class"] != "signature" or not row.get("crypto_expected") or integrity(found) != "holds":
            continue
        path = shared_data / "corpora" / row["path"]
        done = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, check=False, timeout=60)
        theirs = done.stdout.count(b"Signature Validation: Signature is Valid")
        ours = counted(found, SignatureKind.SIGNATURE)
        compared_files += 1
        if theirs != ours:
            different[row["path"]] = (theirs, ours)
    assert compared_files > 50
    assert set(different) == apart, different
