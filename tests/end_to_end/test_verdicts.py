"""The verdicts on our own signatures in situations whose answer EN 319 102-1 and RFC 5280 give."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.conftest import FORMS, NOW, SIGNED_AT, signed
from vnsign import Evidence, SignatureLevel, TrustStore, verify
from vnsign.model.report import BestTimeSource, NotTotalPassedError, SignatureClass
from vnsign.model.verdict import CheckStatus, Indication, SubIndication
from vnsign.report.json import dumps, loads
from vnsign.trust.store import TrustFamily

T, B = SignatureLevel.T, SignatureLevel.B
STAMPED = ("pdf", "xades")


def judge(data: bytes, trust: TrustStore, evidence: Evidence, at: datetime = NOW, **more):
    report = verify(data, trust=trust, evidence=evidence, at=at, **more)
    assert len(report.signatures) == 1
    return report.signatures[0]


@pytest.mark.parametrize("form", FORMS)
def test_a_good_signature_passes_and_says_who_and_what(form, pki, evidence):
    found = judge(signed(form), pki.trust_store(), evidence)
    assert (found.indication, found.sub_indication) == (Indication.TOTAL_PASSED, None)
    assert (found.integrity, found.signature_value) == (CheckStatus.PASSED, CheckStatus.PASSED)
    assert found.signature_class is SignatureClass.PUBLIC
    assert found.signer is not None
    assert found.signer.identifier("CCCD") == "000000000001"
    assert found.best_signature_time_source is BestTimeSource.VALIDATION_TIME
    assert found.claimed_time is not None
    assert abs(found.claimed_time - SIGNED_AT) < timedelta(minutes=1)


@pytest.mark.parametrize("who", ["official", "agency"])
def test_the_families_are_kept_apart(who, pki, evidence):
    found = judge(signed("pdf", who), pki.trust_store(), evidence)
    assert found.signature_class is SignatureClass.CIVIL_SERVICE
    assert found.signer is not None
    assert found.signer.identifiers == ()
    only_public = TrustStore(tuple(a for a in pki.anchors() if a.family is TrustFamily.PUBLIC), pki.intermediates)
    untrusted = judge(signed("pdf", who), only_public, evidence)
    assert (untrusted.sub_indication, untrusted.signature_class) == (
        SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
        SignatureClass.UNKNOWN,
    )
    assert (untrusted.integrity, untrusted.signature_value) == (CheckStatus.PASSED, CheckStatus.PASSED)


@pytest.mark.parametrize("form", STAMPED)
def test_a_time_stamp_gives_the_time(form, pki, evidence):
    found = judge(signed(form, level=T), pki.trust_store(), evidence)
    assert found.indication is Indication.TOTAL_PASSED
    assert (found.best_signature_time, found.best_signature_time_source) == (SIGNED_AT, BestTimeSource.TIMESTAMP)
    assert found.level == "B-T"


@pytest.mark.parametrize("form", FORMS)
def test_without_revocation_data_nothing_passes(form, pki):
    found = judge(signed(form), pki.trust_store(), Evidence())
    assert (found.indication, found.sub_indication) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)


def test_the_historical_policy_passes_without_revocation_data_and_says_so(pki):
    found = judge(signed("pdf"), pki.trust_store(), Evidence(), policy="historical")
    assert found.indication is Indication.TOTAL_PASSED
    assert "chain.revocation-known" in {item.rule for item in found.warnings}


@pytest.mark.parametrize("form", FORMS)
def test_nobody_is_trusted_by_default(form, pki, evidence):
    stranger = TrustStore.of(pki.certificate("stranger-root"), family=TrustFamily.OWN)
    found = judge(signed(form), stranger, evidence)
    assert found.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def crls(pki, **revoked) -> Evidence:
    at = revoked.pop("this_update", NOW - timedelta(days=1))
    others = [pki.crl(name, this_update=at) for name in ("public-root", "government-root", "government-ca")]
    return Evidence(crls=(*others, pki.crl("public-ca", this_update=at, **revoked)))


@pytest.mark.parametrize("form", STAMPED)
@pytest.mark.parametrize("level", [B, T])
def test_revoked_before_signing_never_passes(form, level, pki):
    evidence = crls(pki, revoked=("citizen",), revoked_at=SIGNED_AT - timedelta(days=5))
    found = judge(signed(form, level=level), pki.trust_store(), evidence)
    assert (found.indication, found.sub_indication) == (Indication.INDETERMINATE, SubIndication.REVOKED_NO_POE)


@pytest.mark.parametrize("form", STAMPED)
def test_revoked_after_signing_passes_with_a_time_stamp_only(form, pki):
    evidence = crls(pki, revoked=("citizen",), revoked_at=SIGNED_AT + timedelta(days=5))
    stamped = judge(signed(form, level=T), pki.trust_store(), evidence)
    assert stamped.indication is Indication.TOTAL_PASSED, stamped.findings
    plain = judge(signed(form), pki.trust_store(), evidence)
    assert plain.sub_indication is SubIndication.REVOKED_NO_POE


def test_an_old_crl_is_no_crl(pki):
    stale = Evidence(crls=tuple(pki.crl(name, this_update=SIGNED_AT) for name in ("public-root", "public-ca")))
    found = judge(signed("pdf"), pki.trust_store(), stale, at=SIGNED_AT + timedelta(days=60))
    assert found.sub_indication is SubIndication.TRY_LATER


# ``citizen-expired`` was valid until 2025-01-01.
EXPIRY_SIGNED = datetime(2024, 12, 31, tzinfo=UTC)
AFTER_EXPIRY = datetime(2026, 6, 1, tzinfo=UTC)


def past_crls(pki, moment: datetime) -> tuple[bytes, ...]:
    return tuple(pki.crl(name, this_update=moment) for name in ("public-root", "public-ca"))


@pytest.mark.parametrize("form", STAMPED)
def test_expired_without_a_time_stamp_is_out_of_bounds(form, pki, evidence):
    data = signed(form, "citizen-expired", at=EXPIRY_SIGNED)
    found = judge(data, pki.trust_store(), evidence, at=AFTER_EXPIRY)
    assert (found.indication, found.sub_indication) == (Indication.INDETERMINATE, SubIndication.OUT_OF_BOUNDS_NO_POE)


@pytest.mark.parametrize("form", STAMPED)
def test_expired_with_a_time_stamp_passes_on_revocation_data_of_then(form, pki, evidence):
    data = signed(form, "citizen-expired", level=T, at=EXPIRY_SIGNED)
    then = Evidence(crls=(*past_crls(pki, EXPIRY_SIGNED), *evidence.crls))
    found = judge(data, pki.trust_store(), then, at=AFTER_EXPIRY)
    assert found.indication is Indication.TOTAL_PASSED, found.findings
    without = judge(data, pki.trust_store(), evidence, at=AFTER_EXPIRY)
    assert without.indication is Indication.INDETERMINATE


@pytest.mark.parametrize("form", STAMPED)
@pytest.mark.parametrize("level", [B, T])
def test_revoked_then_expired_never_passes(form, level, pki, evidence):
    revoked_at = EXPIRY_SIGNED - timedelta(days=5)
    data = signed(form, "citizen-expired", level=level, at=EXPIRY_SIGNED)
    revoking = pki.crl("public-ca", this_update=EXPIRY_SIGNED, revoked=("citizen-expired",), revoked_at=revoked_at)
    then = Evidence(crls=(pki.crl("public-root", this_update=EXPIRY_SIGNED), revoking, *evidence.crls))
    found = judge(data, pki.trust_store(), then, at=AFTER_EXPIRY)
    assert found.indication is Indication.INDETERMINATE
    assert found.sub_indication in (SubIndication.REVOKED_NO_POE, SubIndication.OUT_OF_BOUNDS_NO_POE)


@pytest.mark.parametrize("form", FORMS)
def test_reports_pickle_compare_and_come_back_equal_from_json(form, pki, evidence):
    report = verify(signed(form), trust=pki.trust_store(), evidence=evidence, at=NOW)
    assert pickle.loads(pickle.dumps(report)) == report
    assert loads(dumps([report])) == (report,)


def test_require_total_passed_returns_or_raises_with_the_report(pki, evidence):
    good = verify(signed("pdf"), trust=pki.trust_store(), evidence=evidence, at=NOW)
    assert good.require_total_passed() is good
    bad = verify(signed("pdf"), trust=pki.trust_store(), evidence=Evidence(), at=NOW)
    with pytest.raises(NotTotalPassedError) as caught:
        bad.require_total_passed()
    assert caught.value.report is bad
    assert pickle.loads(pickle.dumps(caught.value)).report == bad
