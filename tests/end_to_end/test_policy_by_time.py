"""The rules of the time of signing: each signature under the national policy of the time that a time-stamp shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.conftest import NOW, signed, tsa_at
from vnsign import Evidence, SignatureLevel, TrustStore, sign, verify
from vnsign.model.moment import VIETNAM
from vnsign.model.report import BestTimeSource, DocumentReport
from vnsign.model.verdict import Indication, SubIndication
from vnsign.report.text import render
from vnsign.testing.documents import declaration_xml, result_pdf
from vnsign.testing.pki import TestPki
from vnsign.trust.store import Purpose, TrustFamily

T = SignatureLevel.T
OLD, NEW = "circular-22-2020 1", "circular-15-2025 1"
JANUARY_2024 = datetime(2024, 1, 15, 3, tzinfo=UTC)
SEPTEMBER_2025 = datetime(2025, 9, 15, 3, tzinfo=UTC)
LAST_MOMENT = datetime(2025, 8, 14, 23, 59, 59, tzinfo=VIETNAM).astimezone(UTC)


def judged(data: bytes, evidence: Evidence, at: datetime = NOW, policy: str | None = None) -> DocumentReport:
    return verify(data, trust=TestPki.load().trust_store(), evidence=evidence, at=at, policy=policy)


@pytest.mark.parametrize("form", ["pdf", "xades"])
@pytest.mark.parametrize(
    ("at", "policy"),
    [(JANUARY_2024, OLD), (LAST_MOMENT, OLD), (LAST_MOMENT + timedelta(seconds=1), NEW), (SEPTEMBER_2025, NEW)],
)
def test_a_time_stamp_chooses_the_rules_of_its_time(form, at, policy, evidence):
    report = judged(signed(form, level=T, at=at), evidence)
    (found,) = report.signatures
    assert (found.policy, report.policy) == (policy, policy)
    assert found.indication is Indication.TOTAL_PASSED, found.findings


@pytest.mark.parametrize("form", ["pdf", "xades", "xmldsig"])
def test_a_claimed_time_chooses_nothing(form, evidence):
    (found,) = judged(signed(form, at=JANUARY_2024), evidence).signatures
    assert found.claimed_time is not None
    assert found.claimed_time < LAST_MOMENT
    assert found.policy == NEW
    (then,) = judged(signed(form, at=JANUARY_2024), evidence, at=JANUARY_2024 + timedelta(days=1)).signatures
    assert then.policy == OLD


def test_a_time_stamp_that_is_not_trusted_chooses_nothing(evidence):
    data = signed("pdf", level=T, at=JANUARY_2024)
    pki = TestPki.load()
    only = TrustStore.of(
        pki.certificate("public-root"),
        family=TrustFamily.PUBLIC,
        purposes=(Purpose.SIGNATURE,),
        intermediates=pki.intermediates,
    )
    (found,) = verify(data, trust=only, evidence=evidence, at=NOW).signatures
    assert found.timestamps[0].verdict.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert found.best_signature_time_source is BestTimeSource.VALIDATION_TIME
    assert found.policy == NEW


def test_a_time_stamp_that_waits_for_its_authority_s_status_shows_the_rules_and_keeps_the_verdict_open(evidence):
    pki = TestPki.load()
    only_signer = Evidence(certificates=pki.intermediates)
    (found,) = judged(signed("pdf", level=T, at=JANUARY_2024), only_signer).signatures
    assert found.timestamps[0].verdict.sub_indication is SubIndication.TRY_LATER
    assert (found.policy, found.indication) == (OLD, Indication.INDETERMINATE)


def test_a_named_policy_overrides(evidence):
    for policy in (NEW, OLD, "etsi-baseline 1", "historical 1"):
        report = judged(signed("pdf", level=T, at=JANUARY_2024), evidence, policy=policy.split()[0])
        assert (report.signatures[0].policy, report.policy) == (policy, policy)


def test_signatures_of_two_times_are_each_under_their_own_rules(evidence):
    pki = TestPki.load()
    first = sign(
        result_pdf(), pki.signer("official"), level=T, timestamps=tsa_at(JANUARY_2024, "government"), at=JANUARY_2024
    ).data
    second = sign(first, pki.signer("agency"), level=T, timestamps=tsa_at(SEPTEMBER_2025, "government"), at=SEPTEMBER_2025).data
    report = judged(second, evidence)
    assert [item.policy for item in report.signatures] == [OLD, NEW]
    assert report.policy == f"by signing time: {NEW}, {OLD}"
    assert report.indication is Indication.TOTAL_PASSED
    shown = " ".join(render([report], language="vi").split())
    assert "Chính sách : theo thời điểm ký: " in shown
    assert shown.count(f"[{OLD}]") == shown.count(f"[{NEW}]") == 2, "the document and each signature name their policies"


def test_a_document_without_signatures_names_the_rules_of_the_validation_time():
    report = judged(declaration_xml(), Evidence())
    assert (report.signatures, report.policy) == ((), NEW)
    assert judged(declaration_xml(), Evidence(), at=JANUARY_2024).policy == OLD
