"""No attack on a signed PDF passes, although its signer is trusted, and each is named by a rule that is meant for it."""

from __future__ import annotations

import resource
import time
from datetime import timedelta

import pytest

from tests.hostile import pdf_attacks, pdf_bombs
from tests.hostile.pdf_attacks import Attack
from vnsign import Verifier
from vnsign.model.report import DocumentReport
from vnsign.model.verdict import Indication
from vnsign.testing.pki import TestPki

JUDGED_AT = pdf_attacks.SIGNED_AT + timedelta(days=1)
LONGEST = 30.0
MOST_MEMORY_KIB = 900 * 1024


def judge(data: bytes) -> DocumentReport:
    pki = TestPki.load()
    return Verifier(pki.trust_store(), evidence=pki.evidence()).report(data, at=JUDGED_AT)


def named(report: DocumentReport) -> set[str]:
    return {item.rule for signature in report.signatures for item in signature.findings if item.decisive}


def check(attack: Attack) -> DocumentReport:
    report = judge(attack.make())
    assert not report.signatures or report.indication is not Indication.TOTAL_PASSED
    with pytest.raises(Exception, match=r"could not be read|no signature found|not every signature passed"):
        report.require_total_passed()
    if report.error is None and attack.named_by:
        assert named(report) & attack.named_by
    return report


def test_the_document_passes_before_it_is_attacked() -> None:
    assert judge(pdf_attacks.good()).indication is Indication.TOTAL_PASSED
    for permission in pdf_attacks.Certification:
        assert judge(pdf_attacks.certified(permission)).indication is Indication.TOTAL_PASSED
    assert judge(pdf_attacks.prepared()).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("name", pdf_attacks.FORGERIES)
def test_universal_signature_forgery(name: str) -> None:
    assert check(pdf_attacks.FORGERIES[name]).indication is Indication.TOTAL_FAILED


@pytest.mark.parametrize("name", pdf_attacks.SAVINGS)
def test_incremental_saving(name: str) -> None:
    assert check(pdf_attacks.SAVINGS[name]).indication is Indication.TOTAL_FAILED


@pytest.mark.parametrize("name", pdf_attacks.WRAPPINGS)
def test_signature_wrapping(name: str) -> None:
    check(pdf_attacks.WRAPPINGS[name])


@pytest.mark.parametrize("name", pdf_attacks.SHADOWS)
def test_shadow_attacks(name: str) -> None:
    assert check(pdf_attacks.SHADOWS[name]).indication is Indication.TOTAL_FAILED


@pytest.mark.parametrize("name", pdf_attacks.CERTIFICATIONS)
def test_certification_attacks(name: str) -> None:
    check(pdf_attacks.CERTIFICATIONS[name])


@pytest.mark.parametrize("name", pdf_attacks.REUSES)
def test_reuse_and_removal(name: str) -> None:
    check(pdf_attacks.REUSES[name])


@pytest.mark.parametrize("name", pdf_bombs.BOMBS)
def test_bombs_end_and_stay_small(name: str) -> None:
    """The bound is generous, for slow machines; what it excludes is growth without end."""
    document = pdf_bombs.BOMBS[name]
    made = document.make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    check(Attack(lambda: made, document.named_by))
    assert time.process_time() - start < LONGEST
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MEMORY_KIB
