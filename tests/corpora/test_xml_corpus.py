"""Other people's signed and attacked XML: our answer beside the expectation; divergences are listed with reasons.

The list ``xml_divergences.toml`` must be exact: an unlisted divergence, a listed one that is gone, and a listed answer that
is no longer ours all fail. Trust and time are no part of this: digests, values and named faults are.
"""

from __future__ import annotations

import json
import time
import tomllib
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vnsign.crypto.values import verify_value
from vnsign.errors import VnsignError
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.read import read_xml
from vnsign.model.facts import CoverageScope, DigestRole, SignatureFacts, SignatureKind
from vnsign.model.limits import Limits
from vnsign.model.verdict import CheckStatus

pytestmark = pytest.mark.corpus

LONGEST_SECONDS = 10.0
NOT_COMPARABLE = ("no certificate", "no external data", "no support for the algorithm", "an authentication code")
"""Answers that say nothing against an expectation: what it takes was not given, or is no signature with a certificate."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What we made of a file."""

    signatures: tuple[SignatureFacts, ...] | None
    error: str
    seconds: float

    @property
    def word(self) -> str:
        """One word for the whole file: the worst of its signatures."""
        if self.signatures is None:
            return self.error
        if not self.signatures:
            return "no signature"
        words = [judge(item) for item in self.signatures]
        order = ("digest differs", "value differs", "fault: ", "data not processed", *NOT_COMPARABLE, "sound")
        return min(words, key=lambda word: next(index for index, start in enumerate(order) if word.startswith(start)))


def judge(facts: SignatureFacts) -> str:
    """Digests, value and failing faults of one signature in one word."""
    core = [item for item in facts.digests if item.role is not DigestRole.MANIFEST_ENTRY]
    if any(item.computed is not None and not item.matches for item in core):
        return "digest differs"
    value = None
    if facts.signing_certificate is not None and facts.signed_value is not None:
        value = verify_value(facts.signing_certificate, facts.signed_value).status
    if value is CheckStatus.FAILED:
        return "value differs"
    rules = [item.rule for item in facts.problems if item.rule in FAILING]
    for rule, word in (("xml.hmac", "an authentication code"), ("xml.algorithm-unsupported", "no support for the algorithm")):
        if rule in rules:
            return word
    if rules:
        return f"fault: {rules[0]}"
    if any(item.computed is None for item in core):
        external = all(item.computed is not None or item.covers.startswith("external") or not item.covers for item in core)
        return "no external data" if external else "data not processed"
    if value is None:
        return "no certificate"
    return "sound" if value is CheckStatus.PASSED else "no support for the algorithm"


FAILING = frozenset(
    "xml." + name
    for name in [
        "structure",
        "limit",
        "comment-in-signature",
        "duplicate-id",
        "reference-unsupported",
        "transform-unsupported",
        "transform-failed",
        "canonicalisation-failed",
        "algorithm-unsupported",
        "hmac",
        "covers-no-data",
        "wrapping-suspected",
        "signed-properties-unreferenced",
        "signed-properties-misplaced",
        "qualifying-properties",
    ]
)
"""Faults after which the signature says nothing, or not what it seems to say. The others are for people to read."""
POSITIONAL = frozenset({"xml.unsigned-twin", "xml.signature-position", "xml.comment-in-text"})


class External(Mapping[str, bytes]):
    """Detached data beside a file of the corpus: its companions by name, and the files of its source by relative path."""

    def __init__(self, corpus: Path, row: Row) -> None:
        self._companions = [corpus / item for item in row.get("companions") or []]
        path = Path(row["path"])
        self._folders = [corpus / path.parent, corpus / "companion-interop" / Path(*path.parts[1:-1])]

    def __getitem__(self, uri: str) -> bytes:
        if not uri and len(self._companions) == 1:
            return self._companions[0].read_bytes()
        if uri and "://" not in uri and len(uri) < 200:
            named = [item for item in self._companions if item.name == Path(uri).name]
            for path in (*named, *(folder / uri for folder in self._folders)):
                if path.is_file():
                    return path.read_bytes()
        raise KeyError(uri)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def answer(corpus: Path, row: Row) -> Answer:
    """Read one file."""
    started = time.perf_counter()
    signatures, error = None, ""
    try:
        with warnings.catch_warnings():
            # cryptography warns of odd certificates in old files.
            warnings.simplefilter("ignore")
            source = DocumentSource.of(corpus / row["path"])
            listed = read_xml(source, limits=Limits(), external=External(corpus, row)).signatures
            # Evidence records are listed beside the signatures; the expectations count none of them.
            signatures = tuple(facts for facts in listed if facts.kind is not SignatureKind.EVIDENCE_RECORD)
    except VnsignError as caught:
        error = caught.code
    except Exception as caught:  # noqa: BLE001 # what must never happen is recorded and fails below
        error = f"foreign {type(caught).__name__}: {caught}"
    return Answer(signatures, error, time.perf_counter() - started)


@pytest.fixture(scope="module")
def answers(shared_data: Path) -> list[tuple[Row, Answer]]:
    """Every XML file of the manifest once, with our answer."""
    corpus = shared_data / "corpora"
    rows = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    return [(row, answer(corpus, row)) for row in rows if row["kind"] == "xml"]


def test_nothing_crashes_or_takes_long(answers: list[tuple[Row, Answer]]) -> None:
    foreign = [(row["path"], item.error) for row, item in answers if item.error.startswith("foreign")]
    slow = [(row["path"], item.seconds) for row, item in answers if item.seconds > LONGEST_SECONDS]
    assert not foreign
    assert not slow
    assert len(answers) > 600


def test_every_signature_is_listed(answers: list[tuple[Row, Answer]]) -> None:
    """As many as an independent count of ``ds:Signature`` elements."""
    different = []
    for row, item in answers:
        counted = (row.get("oracle") or {}).get("n_ds_signatures")
        if counted is not None and item.signatures is not None and len(item.signatures) != counted:
            different.append((row["path"], counted, len(item.signatures)))
    assert not different


def expectation(row: Row) -> str:
    """``sound``, ``broken``, ``named`` for attacks, or nothing to compare."""
    if row["reliability"] == "X" or row["reliability"] == "D":
        return ""
    if row["class"] == "attack":
        return "named"
    return {True: "sound", False: "broken"}.get(row.get("crypto_expected"), "")


def diverges(row: Row, item: Answer) -> bool:
    expected, word = expectation(row), item.word
    if not expected or expected == "named":
        return expected == "named" and not named(item)
    if expected == "sound":
        return word != "sound" and word not in NOT_COMPARABLE
    return word in ("sound", "no signature", "data not processed", *NOT_COMPARABLE)


def named(item: Answer) -> bool:
    """Whether the manipulation is named: refused, a failing digest or value, a failing fault, or a positional finding."""
    if item.signatures is None:
        return True
    rules = {problem.rule for facts in item.signatures for problem in facts.problems}
    return item.word.startswith(("digest", "value", "fault", "an authentication code")) or bool(rules & POSITIONAL)


def test_divergences_are_listed_exactly(answers: list[tuple[Row, Answer]]) -> None:
    found = {row["path"]: (expectation(row), item.word) for row, item in answers if diverges(row, item)}
    text = Path(__file__).with_name("xml_divergences.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)["divergence"]
    listed = {entry["path"]: (entry["expected"], entry["ours"]) for entry in entries}
    assert len(listed) == len(entries)
    assert all(entry["reason"].strip() for entry in entries)
    assert {path: pair for path, pair in found.items() if path not in listed} == {}, "not listed"
    assert [path for path in listed if path not in found] == [], "no longer a divergence"
    assert {path: pair for path, pair in found.items() if listed.get(path) != pair} == {}, "another answer than listed"


def test_enough_is_compared(answers: list[tuple[Row, Answer]]) -> None:
    """What cannot be compared must not grow unseen."""
    counts = Counter((expectation(row), item.word) for row, item in answers if expectation(row))
    assert counts["sound", "sound"] >= 238, counts
    assert sum(number for (expected, word), number in counts.items() if expected == "sound" and word in NOT_COMPARABLE) <= 106
    refused = ("digest differs", "value differs", "fault", "XML_DOCTYPE")
    assert sum(number for (expected, word), number in counts.items() if expected == "broken" and word.startswith(refused)) >= 68


def test_attacks_that_are_not_refused_say_what_is_covered(answers: list[tuple[Row, Answer]]) -> None:
    for row, item in answers:
        if row["class"] != "attack" or item.signatures is None:
            continue
        for facts in item.signatures:
            assert facts.covered or facts.coverage in (CoverageScope.NOTHING, CoverageScope.UNKNOWN), row["path"]


def test_sound_files_raise_no_failing_fault_and_few_positional_ones(answers: list[tuple[Row, Answer]]) -> None:
    """Genuine files must not be suspected: the positional findings on sound signature rows are these and no more."""
    suspected = sorted(
        row["path"].rpartition("/")[2]
        for row, item in answers
        if expectation(row) == "sound" and item.word == "sound" and row["class"] == "signature"
        for facts in item.signatures or ()
        if {problem.rule for problem in facts.problems} & POSITIONAL
    )
    assert suspected == ["DIGIDOC-XML1.1.ddoc", "Signature-X-EE-3.ddoc"]
