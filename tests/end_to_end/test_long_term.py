"""Long-term validation (EN 319 102-1, 5.6), PAdES by pyHanko, XAdES, CAdES, ASiC: good, revoked, expired, offline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.cades_levels import asic, cades
from tests.end_to_end.pades_levels import pades
from tests.end_to_end.xades_levels import xades
from vnsign import Evidence, verify
from vnsign.model.facts import SignatureKind
from vnsign.model.verdict import Indication, SubIndication
from vnsign.testing.pki import TestPki

SIGNED_AT = datetime(2024, 12, 20, tzinfo=UTC)  # ``citizen-expired`` ends on 2025-01-01
SOON = SIGNED_AT + timedelta(days=2)
LATER = datetime(2026, 6, 1, tzinfo=UTC)
PASSED, INDETERMINATE = Indication.TOTAL_PASSED, Indication.INDETERMINATE


def crls(at: datetime, revoked: tuple[str, ...] = (), revoked_at: datetime | None = None) -> tuple[bytes, ...]:
    """The CRLs of the public PKI of a day, good for a week."""
    pki = TestPki.load()
    return (
        pki.crl("public-root", this_update=at),
        pki.crl("public-ca", this_update=at, revoked=revoked, revoked_at=revoked_at),
    )


def fresh(at: datetime) -> Evidence:
    return Evidence(crls=crls(at - timedelta(days=1)))


def judged(data: bytes, at: datetime, evidence: Evidence | None = None, policy: str | None = None):
    report = verify(data, trust=TestPki.load().trust_store(), evidence=evidence or Evidence(), at=at, policy=policy)
    return next(item for item in report.signatures if item.kind is SignatureKind.SIGNATURE), report


FORMS = pytest.mark.parametrize("make", [pades, xades, cades, asic])


@FORMS
@pytest.mark.parametrize("archive", [False, True])
def test_offline_with_everything_embedded_it_passes_at_once(make, archive):
    data = make("citizen", archive=archive, crls=crls(SIGNED_AT), at=SIGNED_AT)
    found, report = judged(data, SOON)
    assert (found.indication, found.sub_indication) == (PASSED, None), found.findings
    assert found.level == ("B-LTA" if archive else "B-LT")
    assert report.indication is PASSED
    assert found.best_signature_time == SIGNED_AT


@FORMS
@pytest.mark.parametrize("archive", [False, True])
def test_years_later_it_passes_with_fresh_data_on_the_time_stamp_authority(make, archive):
    """The signer's certificate has expired; the data of then say that it was good, and the time-stamp that it was then."""
    data = make("citizen-expired", archive=archive, crls=crls(SIGNED_AT), at=SIGNED_AT)
    found, _ = judged(data, LATER, fresh(LATER))
    assert (found.indication, found.sub_indication) == (PASSED, None), found.findings
    assert found.best_signature_time == SIGNED_AT


@FORMS
def test_years_later_and_offline_the_status_of_the_authority_is_missing(make):
    data = make("citizen-expired", archive=False, crls=crls(SIGNED_AT), at=SIGNED_AT)
    found, _ = judged(data, LATER)
    assert found.indication is INDETERMINATE


@FORMS
@pytest.mark.parametrize("archive", [False, True])
def test_revoked_before_signing_and_expired_since_never_passes(make, archive):
    """What a known engine accepts: revoked five days before signing, time-stamped, then expired."""
    revoked = crls(SIGNED_AT, ("citizen-expired",), SIGNED_AT - timedelta(days=5))
    # The list embedded is that of the day before the revocation was published: the one at hand decides.
    data = make("citizen-expired", archive=archive, crls=crls(SIGNED_AT), at=SIGNED_AT)
    for at in (SOON, LATER):
        for evidence in (Evidence(crls=revoked), Evidence(crls=(*revoked, *fresh(at).crls))):
            found, _ = judged(data, at, evidence)
            assert found.indication is INDETERMINATE
            assert found.sub_indication is SubIndication.REVOKED_NO_POE


@FORMS
@pytest.mark.parametrize("archive", [False, True])
def test_revoked_after_signing_passes_and_says_so(make, archive):
    data = make("citizen", archive=archive, crls=crls(SIGNED_AT), at=SIGNED_AT)
    at = SIGNED_AT + timedelta(days=30)
    revoked = Evidence(crls=crls(at - timedelta(days=1), ("citizen",), SIGNED_AT + timedelta(days=20)))
    found, _ = judged(data, at, revoked)
    assert (found.indication, found.sub_indication) == (PASSED, None), found.findings
    assert any(item.rule == "chain.revoked-later" and item.outcome == "FAILED" for item in found.findings)


@FORMS
def test_the_etsi_policy_asks_for_data_issued_after_the_signature(make):
    before = make("citizen-expired", archive=False, crls=crls(SIGNED_AT - timedelta(days=1)), at=SIGNED_AT)
    found, _ = judged(before, LATER, fresh(LATER), policy="etsi-baseline")
    assert found.indication is INDETERMINATE
    found, _ = judged(before, LATER, fresh(LATER), policy="circular-15-2025")
    assert found.indication is PASSED, found.findings


def test_a_document_time_stamp_is_reported_beside_the_signature():
    data = pades("citizen", archive=True, crls=crls(SIGNED_AT), at=SIGNED_AT)
    _, report = judged(data, SOON)
    kinds = [item.kind for item in report.signatures]
    assert kinds == [SignatureKind.SIGNATURE, SignatureKind.DOCUMENT_TIMESTAMP]
    assert report.signatures[1].best_signature_time == SIGNED_AT


def test_a_changed_byte_under_the_archive_time_stamp_fails():
    data = bytearray(pades("citizen", archive=True, crls=crls(SIGNED_AT), at=SIGNED_AT))
    data[300] ^= 1
    report = verify(bytes(data), trust=TestPki.load().trust_store(), at=SOON)
    assert report.indication is Indication.TOTAL_FAILED
