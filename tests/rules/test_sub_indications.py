"""Every sub-indication of EN 319 102-1 is reached by name, from a case that differs from the good one in one fact."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.rules.conftest import SIGNED, good_path, timestamp_report
from tests.rules.test_rules import SPOILED, Spoil, content_stamped, facts, path, revoked_facts
from vnsign import Claims, Evidence, PdfPlacement, sign, verify
from vnsign.model.claims import SignaturePolicy
from vnsign.model.facts import Problem
from vnsign.model.finding import Severity
from vnsign.model.signature_policy import PolicyDocument
from vnsign.model.verdict import Indication, SubIndication, Verdict
from vnsign.pki.path import PathStatus
from vnsign.testing.documents import application_pdf
from vnsign.testing.pki import TestPki
from vnsign.validation.case import Case
from vnsign.validation.engine import apply, conclude

NOT_REACHED = {
    SubIndication.CUSTOM: "no rule of ours is outside the standard's reasons",
}


def strictly(rule: str, spoil: Spoil) -> Spoil:
    """Spoil a case under a policy that lets the rule decide."""

    def spoiled(case: Case) -> Case:
        levels = tuple((name, Severity.FAIL if name == rule else level) for name, level in case.policy.levels)
        return spoil(replace(case, policy=replace(case.policy, levels=levels)))

    return spoiled


def all_of(*spoils: Spoil) -> Spoil:
    def spoiled(case: Case) -> Case:
        for spoil in spoils:
            case = spoil(case)
        return case

    return spoiled


def stamped(*reports) -> Spoil:
    return lambda case: replace(case, timestamps=tuple(reports))


def expired_but_good(case: Case) -> Case:
    return path(PathStatus.EXPIRED, revocation=good_path().revocation)(case)


NO_STAMP = Verdict.of(SubIndication.HASH_FAILURE)
CASES: dict[SubIndication, Callable[[Case], Case]] = {
    SubIndication.FORMAT_FAILURE: facts(problems=(Problem("cms.malformed"),)),
    SubIndication.HASH_FAILURE: SPOILED["crypto.digests-match"][0],
    SubIndication.SIG_CRYPTO_FAILURE: SPOILED["crypto.value-verifies"][0],
    SubIndication.REVOKED: all_of(
        path(PathStatus.REVOKED, revoked_at=SIGNED - timedelta(days=2)), stamped(content_stamped(SIGNED - timedelta(days=1)))
    ),
    SubIndication.EXPIRED: stamped(content_stamped(datetime(2050, 1, 1, tzinfo=UTC))),
    SubIndication.NOT_YET_VALID: lambda case: replace(case, proved_time=datetime(2020, 1, 1, tzinfo=UTC)),
    SubIndication.SIG_CONSTRAINTS_FAILURE: strictly("time.claimed", SPOILED["time.claimed"][0]),
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: strictly(
        "chain.key-usage", all_of(SPOILED["chain.key-usage"][0], facts(certificate_references=()))
    ),
    SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE: SPOILED["chain.rfc5280"][0],
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: SPOILED["crypto.algorithm-supported"][0],
    SubIndication.SIGNATURE_POLICY_NOT_AVAILABLE: strictly("context.signature-policy", SPOILED["context.signature-policy"][0]),
    SubIndication.POLICY_PROCESSING_ERROR: SPOILED["context.signature-policy-digest"][0],
    SubIndication.TIMESTAMP_ORDER_FAILURE: SPOILED["time.timestamp-order"][0],
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND: SPOILED["identity.signing-certificate"][0],
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: SPOILED["chain.trust-anchor"][0],
    SubIndication.REVOKED_NO_POE: SPOILED["chain.not-revoked"][0],
    SubIndication.REVOKED_CA_NO_POE: path(PathStatus.CA_REVOKED, failing=1, revoked_at=SIGNED),
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED: expired_but_good,
    SubIndication.OUT_OF_BOUNDS_NO_POE: path(PathStatus.EXPIRED, revocation=()),
    SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE: path(PathStatus.EXPIRED, failing=1),
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: SPOILED["algorithms.digest"][0],
    SubIndication.NO_POE: strictly("time.timestamp", stamped(timestamp_report(NO_STAMP))),
    SubIndication.TRY_LATER: SPOILED["chain.revocation-known"][0],
    SubIndication.SIGNED_DATA_NOT_FOUND: SPOILED["crypto.data-found"][0],
}


def test_every_sub_indication_is_reached_or_said_not_to_be():
    assert {*CASES, *NOT_REACHED} == set(SubIndication)


def test_the_good_case_passes(case):
    assert conclude(case, apply(case)).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("sub", list(CASES), ids=str)
def test_a_sub_indication_is_reached(sub, case):
    spoiled = CASES[sub](case)
    assert conclude(spoiled, apply(spoiled)) == Verdict.of(sub)


def test_a_later_revocation_alone_changes_no_verdict(case):
    later = replace(case, path=replace(good_path(), revocation=revoked_facts(SIGNED + timedelta(days=1))))
    assert conclude(later, apply(later)).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize(
    ("document", "expected"),
    [(b"policy", Verdict.passed()), (b"another", Verdict.of(SubIndication.POLICY_PROCESSING_ERROR))],
    ids=["right", "wrong"],
)
def test_the_document_of_a_signature_policy_decides_on_a_real_signature(document, expected):
    pki = TestPki.load()
    policy = SignaturePolicy(identifier="1.2.3.4", digest="sha256", value=hashlib.sha256(b"policy").digest())
    placement = PdfPlacement(claims=Claims(policy=policy))
    data = sign(application_pdf(), pki.signer("citizen"), at=SIGNED, placement=placement).data
    report = verify(
        data,
        trust=pki.trust_store(),
        evidence=Evidence(crls=pki.crls()),
        at=SIGNED + timedelta(days=1),
        signature_policies=(PolicyDocument(document, "1.2.3.4"),),
    )
    assert [item.verdict for item in report.signatures] == [expected]
