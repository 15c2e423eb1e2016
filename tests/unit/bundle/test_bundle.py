"""Bundles: the same verdict years later, offline, from one file; every change is noticed; a seal covers everything."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vnsign
from vnsign.bundle import make_bundle, read_bundle, recheck, seal
from vnsign.errors import UnreadableDocumentError, VnsignError
from vnsign.evidence.bundle import Evidence
from vnsign.evidence.sources import Question
from vnsign.formats.source import DocumentSource
from vnsign.model.expectation import Expectation, ExpectedSigner
from vnsign.model.report import SignatureClass
from vnsign.testing.documents import declaration_xml, result_pdf
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa
from vnsign.trust.store import TrustFamily, TrustStore

PKI = TestPki.load()
AT = datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)
VERIFIER = vnsign.Verifier(PKI.trust_store(), evidence=PKI.evidence(AT))


@lru_cache
def signed(format_: str = "pdf") -> bytes:
    document = result_pdf() if format_ == "pdf" else declaration_xml()
    return vnsign.sign(
        document, PKI.signer("citizen"), level="T", timestamps=SimulatedTsa.of(PKI, clock=lambda: AT), at=AT
    ).data


@lru_cache
def bundle(format_: str = "pdf") -> bytes:
    return make_bundle(DocumentSource(f"tờ khai.{format_}", signed(format_)), VERIFIER, at=AT + timedelta(hours=1))


@pytest.mark.parametrize("format_", ["pdf", "xml"])
def test_years_later_the_verdict_is_the_same_with_nothing_else_at_hand(format_: str):
    found = read_bundle(bundle(format_))
    assert found.name == f"tờ khai.{format_}"
    assert found.document == signed(format_)
    again = recheck(found, PKI.trust_store())
    assert again.same
    assert again.now.indication == "TOTAL-PASSED"
    assert not again.other_rules
    assert not again.other_trust


def test_the_same_document_and_moment_give_the_same_bundle():
    assert bundle() == make_bundle(DocumentSource("tờ khai.pdf", signed()), VERIFIER, at=AT + timedelta(hours=1))


def test_what_a_source_brought_is_inside():
    class Bringing:
        def gather(self, question: Question) -> Evidence:
            return PKI.evidence(AT)

    verifier = vnsign.Verifier(PKI.trust_store(), source=Bringing())
    again = recheck(read_bundle(make_bundle(signed(), verifier, at=AT + timedelta(hours=1))), PKI.trust_store())
    assert again.same
    assert again.now.indication == "TOTAL-PASSED"


def test_whom_the_reader_does_not_trust_the_bundle_cannot_make_trusted():
    stranger = TrustStore.of(PKI.certificate("stranger-root"), family=TrustFamily.OWN)
    again = recheck(read_bundle(bundle()), stranger)
    assert again.now.indication == "INDETERMINATE"
    assert not again.same
    assert again.other_trust


def test_detached_data_and_expectations_come_along():
    text = b"content"
    made = vnsign.sign(
        DocumentSource("don.txt", text), PKI.signer("citizen"), placement=vnsign.CmsPlacement(packaging="detached"), at=AT
    )
    expected = Expectation((ExpectedSigner.parse("CCCD:000000000009"),), (SignatureClass.PUBLIC,))
    verifier = replace(VERIFIER, external={"don.txt": text}, expected=expected)
    again = recheck(read_bundle(make_bundle(made.data, verifier, at=AT)), PKI.trust_store())
    assert again.same
    assert again.now.indication != "TOTAL-PASSED"
    assert again.now.signatures[0].integrity == "PASSED"


def test_a_document_that_cannot_be_read_is_packed_with_its_error():
    again = recheck(read_bundle(make_bundle(b"no document", VERIFIER, at=AT)), PKI.trust_store())
    assert again.same
    assert again.now.error is not None


@pytest.mark.parametrize("name", ["../../x.pdf", "a/b/c.pdf", "", "con.pdf", "x" * 400])
def test_names_are_made_safe(name: str):
    data = make_bundle(DocumentSource(name, signed()), VERIFIER, at=AT)
    for entry in zipfile.ZipFile(io.BytesIO(data)).namelist():
        assert ".." not in entry
    assert recheck(read_bundle(data), PKI.trust_store()).same


def test_a_seal_covers_everything_and_the_bundle_reads_as_before():
    sealed = seal(bundle(), PKI.signer("agency"), at=AT + timedelta(hours=2)).data
    report = vnsign.verify(sealed, trust=PKI.trust_store(), evidence=PKI.evidence(AT), at=AT + timedelta(days=1))
    assert report.indication == "TOTAL-PASSED"
    covered = {item.name.split("/")[-1] for item in report.signatures[0].covered}
    assert {"report.json", "evidence.json", "bundle.json"} <= covered
    assert recheck(read_bundle(sealed), PKI.trust_store()).same


def test_a_changed_part_is_noticed():
    source = zipfile.ZipFile(io.BytesIO(bundle()))
    for changed in source.namelist():
        if changed in ("mimetype", "bundle.json"):
            continue
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as target:
            for entry in source.namelist():
                data = source.read(entry)
                target.writestr(entry, data + b" " if entry == changed else data)
        with pytest.raises(UnreadableDocumentError) as refusal:
            read_bundle(out.getvalue())
        assert refusal.value.code == "BUNDLE_CHANGED", changed


def test_other_containers_are_no_bundles():
    made = vnsign.sign(b"text", PKI.signer("citizen"), placement=vnsign.AsicPlacement(name="a.txt"), at=AT)
    with pytest.raises(UnreadableDocumentError) as refusal:
        read_bundle(made.data)
    assert refusal.value.code == "NO_BUNDLE"


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_flipped_bytes_never_give_another_verdict(place: int, flip: int):
    data = bytearray(bundle())
    data[place % len(data)] ^= flip
    try:
        found = read_bundle(bytes(data))
        again = recheck(found, PKI.trust_store())
    except VnsignError:
        return
    assert again.then == read_bundle(bundle()).report or not again.same


def test_the_list_says_what_it_was_judged_with():
    listed = json.loads(zipfile.ZipFile(io.BytesIO(bundle())).read("bundle.json"))
    assert listed["rules"].startswith("0.")
    assert len(listed["trust"]) >= 16
