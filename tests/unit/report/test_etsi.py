"""The report of ETSI TS 119 102-2: valid against the schema, and read back as it was meant."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from interop.long_term import long_term
from interop.own import Case
from lxml import etree

from tests.screens.cases import reports
from tests.unit.report.etsi_schema import schema
from vnsign import TrustStore, sign, verify
from vnsign.errors import ConfigurationError, VnsignError
from vnsign.model.facts import SignatureKind, TimestampKind
from vnsign.model.finding import Finding, Outcome, Severity
from vnsign.model.report import CoveredData, DocumentReport
from vnsign.model.verdict import Indication
from vnsign.report.etsi import names
from vnsign.report.etsi.read import read
from vnsign.report.etsi.said import said
from vnsign.report.etsi.write import render
from vnsign.testing.pki import TestPki

ALL = reports()
VR = {"vr": names.VR}
ARCHIVED = ("pades/LTA/soon-fresh", "xades/LTA/soon-fresh", "cades/LTA/expired-offline", "asic/LTA/soon-fresh")
CORPUS_EVERY = 24


def valid(report: DocumentReport) -> etree._Element:
    """The report's XML, after the schema has had its say."""
    root = etree.fromstring(render(report))
    schema().assertValid(root)
    return root


@pytest.mark.parametrize("name", ALL)
def test_every_report_is_valid_against_the_schema_and_read_back_equal(name: str):
    valid(ALL[name])
    assert read(render(ALL[name])) == said(ALL[name])


@pytest.mark.parametrize("name", ALL)
def test_what_is_read_is_what_the_report_holds(name: str):
    """Said is no mirror of the writer's faults: verdicts, times and ids are compared with the report itself."""
    found, report = read(render(ALL[name])), ALL[name]
    assert found.sha256 == report.sha256
    assert [item.id for item in found.signatures] == [item.id for item in report.signatures]
    for item, other in zip(found.signatures, report.signatures, strict=True):
        assert item.status.indication == other.indication
        assert list(item.status.sub_indications) == ([] if other.sub_indication is None else [other.sub_indication])
        assert (item.validation_time, item.best_signature_time) == (report.validation_time, other.best_signature_time)
        assert (item.claimed_time, item.policy) == (other.claimed_time, other.policy)
        assert [rule.uri.removeprefix(names.RULE) for rule in item.constraints] == [rule.rule for rule in other.findings]
        assert item.chain[: len(other.chain)] == tuple(link.sha256 for link in other.chain)
    stamps = [stamp for item in report.signatures for stamp in item.timestamps]
    assert [(stamp.id, stamp.time) for stamp in found.timestamps] == [(stamp.id, stamp.gen_time) for stamp in stamps]


def test_the_same_report_gives_the_same_bytes():
    assert render(ALL["two-in-order"]) == render(ALL["two-in-order"])


def test_a_time_that_a_time_stamp_proves_names_the_time_stamp():
    stamped, plain = read(render(ALL["expired-time-stamped"])), read(render(ALL["expired"]))
    assert stamped.signatures[0].proved_by == "signature-timestamp-1"
    assert plain.signatures[0].proved_by == ""
    assert plain.signatures[0].best_signature_time == plain.signatures[0].validation_time


def test_a_document_without_signatures_says_so_and_passes_for_nothing():
    for name, word in (("seal-picture", names.NO_SIGNATURE), ("unreadable", names.UNREADABLE)):
        found = read(render(ALL[name]))
        assert found.signatures == ()
        assert found.nothing is not None
        assert found.nothing.indication == "INDETERMINATE"
        assert found.nothing.sub_indications == ("CUSTOM", word)


@cache
def archived() -> dict[str, Case]:
    return {case.name: case for case in long_term() if case.name in ARCHIVED}


@pytest.mark.parametrize("name", ARCHIVED)
def test_archived_documents_are_valid_and_read_back_equal(name: str):
    """Document time-stamps are validation objects with a report of their own."""
    case = archived()[name]
    report = verify(case.document, trust=case.trust, evidence=case.evidence, at=case.at, external=case.external)
    root = valid(report)
    found = read(render(report))
    assert found == said(report)
    own = [item for item in report.signatures if item.kind is SignatureKind.SIGNATURE]
    assert len(root.findall("vr:SignatureValidationReport", VR)) == len(own) == len(found.signatures)
    others = [item for item in report.signatures if item.kind is SignatureKind.DOCUMENT_TIMESTAMP]
    assert {item.id for item in others} <= {stamp.id for stamp in found.timestamps}
    assert {stamp.status.indication for stamp in found.timestamps} <= {"PASSED", "INDETERMINATE"}


@pytest.mark.corpus
@pytest.mark.filterwarnings("ignore")
def test_reports_on_other_peoples_documents_are_valid_and_read_back_equal(shared_data: Path):
    corpus = shared_data / "corpora"
    rows = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = [
        row for row in rows if row["kind"] in ("pdf", "xml", "cms", "asic") and int(row["sha256"][:8], 16) % CORPUS_EVERY == 0
    ]
    kinds, checked = set(), 0
    for row in rows:
        try:
            report = verify(
                (corpus / row["path"]).read_bytes(), trust=TrustStore(anchors=()), at=datetime(2026, 6, 1, tzinfo=UTC)
            )
        except VnsignError:
            continue
        valid(report)
        assert read(render(report)) == said(report), row["path"]
        kinds |= {report.format}
        checked += bool(report.signatures)
    assert {"pdf", "xml", "cms"} <= kinds
    assert checked > 20


HOSTILE = st.text(max_size=40)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_hostile_text_stays_text(name: str, id_: str, algorithm: str, value: str):
    report = ALL["valid-person"]
    covered = CoveredData(name, value, "data", algorithm, "", matches=False)
    finding = Finding("chain.validity", Outcome.FAILED, Severity.WARN, (("found", value),), None, id_)
    item = replace(report.signatures[0], id=id_, policy=value, location=name, findings=(finding,), covered=(covered, covered))
    hostile = replace(report, name=name, signatures=(item, item))
    valid(hostile)
    assert read(render(hostile)) == said(hostile)


@pytest.mark.parametrize("kind", list(TimestampKind))
def test_every_kind_of_time_stamp_is_written(kind: TimestampKind):
    report = ALL["valid-person"]
    item = report.signatures[0]
    stamp = replace(item.timestamps[0], kind=kind, gen_time=item.best_signature_time - timedelta(microseconds=1))
    other = replace(report, signatures=(replace(item, timestamps=(*item.timestamps, stamp)),))
    root = valid(other)
    held = [
        attribute.findtext("vr:TimeStampValue", "", VR)
        for attribute in root.iterfind("vr:SignatureValidationReport/vr:SignatureAttributes/*", VR)
        if attribute.tag != names.vr("SigningTime")
    ]
    assert len(held) == (1 if kind is TimestampKind.OTHER else 2)
    assert read(render(other)) == said(other)


def test_rules_that_were_not_applied_have_no_status():
    report = ALL["valid-person"]
    findings = tuple(Finding("chain.validity", outcome, Severity.WARN) for outcome in Outcome)
    other = replace(report, signatures=(replace(report.signatures[0], findings=findings),))
    root = valid(other)
    found = [item.findtext("vr:ConstraintStatus/vr:Status", "", VR) for item in root.iter(names.vr("ValidationConstraint"))]
    assert found[: len(Outcome)] == [names.APPLIED] * 3 + [names.DISABLED] * 3
    assert [item.status is None for item in read(render(other)).signatures[0].constraints] == [False] * 3 + [True] * 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"<a/>",
        b"<ValidationReport xmlns='http://uri.etsi.org/19102/v1.2.1#'/>",
        b"<!DOCTYPE a []><ValidationReport xmlns='http://uri.etsi.org/19102/v1.4.1#'/>",
        render(ALL["valid-person"]).replace(b"<vr:ValidationTime>2026", b"<vr:ValidationTime>x"),
        render(ALL["valid-person"])[:-100],
    ],
)
def test_what_is_no_report_is_refused(data: bytes):
    with pytest.raises(ConfigurationError) as caught:
        read(data)
    assert caught.value.code == "REPORT_INVALID"


def test_the_schema_would_see_a_fault():
    """The schema that the other tests trust does refuse."""
    text = render(ALL["valid-person"])
    for change in ((b"<vr:HashOnly>false", b"<vr:HashOnly>maybe"), (b"vr:DAIdentifier", b"vr:Identifier")):
        assert not schema().validate(etree.fromstring(text.replace(*change)))


def test_a_signed_report_is_still_one_and_its_signature_holds():
    """The schema has a place for ds:Signature: the last child, where an enveloped signature goes."""
    pki, at = TestPki.load(), datetime(2026, 6, 1, tzinfo=UTC)
    report = ALL["two-in-order"]
    signed = sign(render(report), pki.signer("agency"), at=at).data
    schema().assertValid(etree.fromstring(signed))
    assert read(signed) == said(report)
    assert verify(signed, trust=pki.trust_store(), evidence=pki.evidence(at), at=at).indication == Indication.TOTAL_PASSED


@pytest.mark.parametrize("kind", [SignatureKind.DOCUMENT_TIMESTAMP, SignatureKind.EVIDENCE_RECORD])
def test_what_is_no_signature_is_an_object_and_passes_for_none(kind: SignatureKind):
    report = ALL["valid-person"]
    other = replace(report, signatures=(replace(report.signatures[0], kind=kind, timestamps=()),))
    root, found = valid(other), read(render(other))
    assert found == said(other)
    assert found.signatures == ()
    assert found.nothing is not None
    assert found.timestamps[0].status.indication == "PASSED"
    assert (found.timestamps[0].time is None) == (kind is SignatureKind.EVIDENCE_RECORD)
    listed = [item.text for item in root.iter(names.vr("ObjectType"))]
    assert (names.TIMESTAMP if kind is SignatureKind.DOCUMENT_TIMESTAMP else names.EVIDENCE_RECORD) in listed


def test_counter_signatures_are_signatures():
    report = ALL["two-in-order"]
    first, second = report.signatures
    other = replace(report, signatures=(first, replace(second, kind=SignatureKind.COUNTER_SIGNATURE)))
    valid(other)
    assert [item.id for item in read(render(other)).signatures] == [first.id, second.id]


WHOLE = render(ALL["expired"])


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=6), st.integers(0, 400))
def test_a_damaged_report_is_read_or_refused(place: int, put: bytes, lost: int):
    try:
        read(WHOLE[:place] + put + WHOLE[place + lost :])
    except ConfigurationError as error:
        assert error.code == "REPORT_INVALID"
