"""Saved evidence: one file, the same bytes each time, read back equal, nothing in it believed."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnsign.errors import EvidenceError
from vnsign.evidence.bundle import Attempt, Evidence, SavedEvidence, dumps, loads
from vnsign.evidence.directory import load_evidence_file
from vnsign.evidence.replay import Recording, Replayed
from vnsign.evidence.saved import looks_saved
from vnsign.evidence.sources import EvidenceSource, Offline, Question
from vnsign.model.certificate import Certificate
from vnsign.model.facts import DocumentFacts
from vnsign.model.limits import Limits
from vnsign.testing.pki import TestPki

PKI = TestPki.load()
AT = datetime(2026, 6, 1, 8, 30, 0, 123456, tzinfo=UTC)
TRIED = Attempt("ab" * 32, "ocsp", "http://ocsp.example.vn/", "failed", "NETWORK_TIMEOUT", "no answer within 8 s")
HAD = Attempt("ab" * 32, "crl", "http://crl.example.vn/a.crl", "had")
GIVEN = Evidence(PKI.intermediates, PKI.crls())
FETCHED = Evidence((), (PKI.crls()[0],), (PKI.ocsp("citizen"),), (TRIED, HAD))
SAVED = SavedEvidence(AT, "circular-15-2025", "1", "rules", "trust", GIVEN, (("0" * 64, FETCHED), ("f" * 64, Evidence())))


def test_what_is_read_back_equals_what_was_written():
    assert loads(dumps(SAVED)) == SAVED
    assert dumps(loads(dumps(SAVED))) == dumps(SAVED)
    assert looks_saved(dumps(SAVED))
    assert not looks_saved(PKI.crls()[0])


def test_every_object_is_in_the_file_once():
    value = json.loads(dumps(SAVED))
    assert len(value["objects"]) == len({*PKI.crls(), PKI.ocsp("citizen"), *(item.der for item in PKI.intermediates)})
    assert value["validation_time"] == "2026-06-01T08:30:00.123456+00:00"


def test_the_order_of_documents_does_not_matter():
    other = SavedEvidence(AT, "", "", "rules", "trust", GIVEN, tuple(reversed(SAVED.gathered)))
    same = SavedEvidence(AT, "", "", "rules", "trust", GIVEN, SAVED.gathered)
    assert dumps(other) == dumps(same)


def spoiled(**changes) -> bytes:
    return json.dumps({**json.loads(dumps(SAVED)), **changes}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[1]",
        b"{" * 100_000,
        spoiled(schema="vnsign.evidence/2"),
        spoiled(validation_time="yesterday"),
        spoiled(validation_time=7),
        spoiled(policy=None),
        spoiled(rules=["a"]),
        spoiled(objects={"00": "AAAA"}),
        spoiled(objects={"0" * 64: base64.b64encode(b"other").decode()}),
        spoiled(objects={"0" * 64: "?"}),
        spoiled(given={"certificates": ["1" * 64], "crls": [], "ocsps": [], "attempts": []}),
        spoiled(given={"certificates": [], "crls": [], "ocsps": [], "attempts": [{"wanted": "money"}]}),
        spoiled(documents=[{"sha256": "00"}]),
        spoiled(documents=7),
    ],
)
def test_anything_else_is_refused(data: bytes):
    with pytest.raises(EvidenceError):
        loads(data)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_arbitrary_bytes_are_refused(data: bytes):
    with pytest.raises(EvidenceError):
        loads(data)


def test_a_moment_without_zone_is_taken_as_nothing_else_than_an_error_or_utc():
    read = loads(spoiled(validation_time="2026-06-01T08:30:00.123456Z"))
    assert read.at == AT


@pytest.mark.parametrize("limits", [Limits(crl_bytes=100), Limits(certificate_bytes=100), Limits(ocsp_bytes=100)])
def test_objects_over_a_limit_are_refused(limits: Limits):
    with pytest.raises(EvidenceError) as caught:
        loads(dumps(SAVED), limits)
    assert caught.value.code == "LIMIT_EXCEEDED"


def test_one_file_may_be_named_as_evidence(tmp_path: Path):
    file = tmp_path / "a.crl"
    file.write_bytes(PKI.crls()[0])
    assert load_evidence_file(file) == Evidence(crls=(PKI.crls()[0],))
    file.write_text("hello")
    with pytest.raises(EvidenceError, match="holds no certificate"):
        load_evidence_file(file)


class Once:
    """A source that must be asked once for each document."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def gather(self, question: Question) -> Evidence:
        assert question.facts.sha256 not in self.asked
        self.asked.append(question.facts.sha256)
        return FETCHED


def question(sha256: str) -> Question:
    return Question(DocumentFacts("pdf", sha256), Evidence(), PKI.trust_store(), AT, Limits())


def test_a_recording_keeps_what_was_brought_and_gives_it_again(tmp_path: Path):
    recording = Recording(Once(), tmp_path)
    assert isinstance(recording, EvidenceSource)
    assert recording.gather(question("b" * 64)) == FETCHED
    assert recording.gather(question("a" * 64)) == FETCHED
    assert recording.gather(question("b" * 64)) == FETCHED
    assert recording.gathered() == (("a" * 64, FETCHED), ("b" * 64, FETCHED))
    assert Recording(Offline(), tmp_path / "absent").source.gather(question("c" * 64)) == Evidence()
    with pytest.raises(EvidenceError):
        Recording(Offline(), tmp_path / "absent").gather(question("c" * 64))


def test_a_replay_gives_each_document_its_own():
    replay = Replayed(SAVED)
    assert replay.gather(question("0" * 64)) == FETCHED
    assert replay.gather(question("a" * 64)) == Evidence()


def test_attempts_say_where_and_why():
    assert str(TRIED) == "asked http://ocsp.example.vn/: no answer within 8 s"
    assert str(HAD) == "asked http://crl.example.vn/a.crl"
    assert (Evidence(attempts=(TRIED,)) | Evidence(attempts=(TRIED, HAD))).attempts == (TRIED, HAD)
    assert repr(FETCHED) == "Evidence(0 certificates, 1 CRLs, 1 OCSP answers, 2 attempts)"
    assert Certificate(b"1") not in FETCHED.certificates
