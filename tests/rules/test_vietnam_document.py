"""The rules over all signatures of a document: order, expected signers, required class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vnsign.errors import ConfigurationError
from vnsign.evidence.bundle import Evidence
from vnsign.model.expectation import Expectation, ExpectedSigner
from vnsign.model.facts import CoverageScope, SignatureFormat, SignatureKind
from vnsign.model.finding import Finding, Outcome, Severity
from vnsign.model.report import BestTimeSource, Identifier, SignatureClass, SignatureReport, SignerKind
from vnsign.model.verdict import CheckStatus, Indication, SubIndication, Verdict
from vnsign.pki.identity import read_signer
from vnsign.testing.pki import TestPki
from vnsign.validation import policies
from vnsign.validation.document_rules import apply_document_rules
from vnsign.validation.engine import Context
from vnsign.validation.poe import ProofsOfExistence
from vnsign.validation.registry import rules
from vnsign.validation.rules.vietnam_document import is_agency

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
PKI = TestPki.load()
ORDER, EXPECTED, BY_NUMBER, CLASS = (
    f"vietnam.{name}" for name in ("signing-order", "expected-signer", "expected-signer-by-number", "required-class")
)


def context(*, policy: str = "circular-15-2025", expected: Expectation | None = None) -> Context:
    return Context(
        PKI.trust_store(),
        policies.load(policy),
        Evidence(),
        AT,
        ProofsOfExistence(AT),
        succession=policies.succession() if policy == "circular-15-2025" else None,
        expected=expected or Expectation(),
    )


def report(who: str, class_: SignatureClass = SignatureClass.PUBLIC, **changes: object) -> SignatureReport:
    plain = SignatureReport(
        id=who,
        kind=SignatureKind.SIGNATURE,
        format=SignatureFormat.PADES,
        level="B-B",
        location="",
        verdict=Verdict.passed(),
        integrity=CheckStatus.PASSED,
        signature_value=CheckStatus.PASSED,
        signature_class=class_,
        signer=read_signer(PKI.certificate(who)),
        chain=(),
        claimed_time=AT,
        claimed_time_source=None,
        best_signature_time=AT,
        best_signature_time_source=BestTimeSource.VALIDATION_TIME,
        coverage=CoverageScope.WHOLE_DOCUMENT,
        covered=(),
        changes_after=(),
        findings=(),
        timestamps=(),
        policy="circular-15-2025 1",
    )
    return replace(plain, **changes)


OFFICIAL = report("official", SignatureClass.CIVIL_SERVICE)
AGENCY = report("agency", SignatureClass.CIVIL_SERVICE)
CITIZEN = report("citizen")
ORGANISATION = report("organisation")


def said(reports: Sequence[SignatureReport], rule: str) -> list[Finding | None]:
    return [next((item for item in found.findings if item.rule == rule), None) for found in reports]


def outcomes(reports: Sequence[SignatureReport], rule: str) -> list[Outcome | None]:
    return [None if item is None else item.outcome for item in said(reports, rule)]


def expecting(*texts: str) -> Expectation:
    return Expectation(tuple(ExpectedSigner.parse(text) for text in texts))


def asked(reports: Sequence[SignatureReport], expected: Expectation, **more: str) -> tuple[SignatureReport, ...]:
    return apply_document_rules(reports, context(expected=expected, **more))


# rule -> reports and expectation on which it passes, and on which it fails, with the sub-indication
CASES = {
    ORDER: (((OFFICIAL, AGENCY), Expectation()), ((AGENCY, OFFICIAL), Expectation()), SubIndication.SIG_CONSTRAINTS_FAILURE),
    EXPECTED: (
        ((CITIZEN,), expecting("CCCD:000000000001")),
        ((CITIZEN,), expecting("CCCD:000000000002")),
        SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    BY_NUMBER: (
        ((CITIZEN,), expecting("CCCD:000000000001")),
        ((CITIZEN,), expecting("TEST Nguyễn Văn An")),
        SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    CLASS: (
        ((CITIZEN,), Expectation(classes=(SignatureClass.PUBLIC,))),
        ((CITIZEN,), Expectation(classes=(SignatureClass.CIVIL_SERVICE,))),
        SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    ),
}


def test_every_document_rule_has_a_case_here():
    assert sorted(CASES) == sorted(item.id for item in rules().values() if item.document_check is not None)


@pytest.mark.parametrize("rule", sorted(CASES))
def test_a_document_rule_passes_on_the_good_document_and_speaks_on_the_bad_one(rule):
    good, bad, sub_indication = CASES[rule]
    assert [item.outcome for item in said(asked(*good), rule) if item is not None] == [Outcome.PASSED]
    broken = [item for item in said(asked(*bad), rule) if item is not None]
    assert [(item.outcome, item.sub_indication) for item in broken] == [(Outcome.FAILED, sub_indication)]


# --- Order: the person, then the agency --------------------------------------------------------------------------------


def test_the_agency_before_its_person_is_a_warning_on_the_agency():
    found = asked((AGENCY, OFFICIAL), Expectation())
    assert outcomes(found, ORDER) == [Outcome.FAILED, None]
    assert said(found, ORDER)[0].severity is Severity.WARN
    assert all(item.indication is Indication.TOTAL_PASSED for item in found)


def test_the_person_then_the_agency_is_clean():
    assert outcomes(asked((OFFICIAL, AGENCY), Expectation()), ORDER) == [None, Outcome.PASSED]


@pytest.mark.parametrize("reports", [(AGENCY,), (CITIZEN, AGENCY), (ORGANISATION, CITIZEN), (OFFICIAL,)])
def test_where_no_civil_servant_and_agency_sign_together_no_order_is_asked(reports):
    assert set(outcomes(asked(reports, Expectation()), ORDER)) == {None}


def test_in_xml_the_best_time_known_gives_the_order():
    earlier = {"format": SignatureFormat.XADES, "claimed_time": AT - timedelta(hours=1)}
    later = {"format": SignatureFormat.XADES, "claimed_time": AT}
    # The agency stands first in the file and signed last.
    found = asked((replace(AGENCY, **later), replace(OFFICIAL, **earlier)), Expectation())
    assert outcomes(found, ORDER) == [Outcome.PASSED, None]
    stamped = {"best_signature_time": AT - timedelta(days=1), "best_signature_time_source": BestTimeSource.TIMESTAMP}
    proved = asked((replace(AGENCY, **(later | stamped)), replace(OFFICIAL, **earlier)), Expectation())
    assert outcomes(proved, ORDER) == [Outcome.FAILED, None], "a proved time goes before a claim"


@pytest.mark.parametrize(
    ("name", "organisation", "title", "agency"),
    [
        ("TỔNG CỤC THUẾ", "TỔNG CỤC THUẾ", "", True),
        ("Ủy ban nhân dân xã A", "Ủy ban nhân dân tỉnh B", "", True),
        ("Sở Tư pháp", "Ủy ban nhân dân tỉnh B", "", True),
        ("Cổng Thông tin điện tử Chính phủ", "Văn phòng Chính phủ", "", True),
        ("Lê Thị Hồng Ánh", "Ủy ban nhân dân tỉnh B", "", False),
        ("Trần Văn Bộ", "Bộ Tài chính", "", False),
        ("Trần Văn Ban", "", "Chủ tịch", False),
        ("Nguyễn Văn A", "", "", None),
    ],
)
def test_agencies_are_told_from_people_where_the_certificate_has_no_number(name, organisation, title, agency):
    assert OFFICIAL.signer is not None
    holder = replace(OFFICIAL.signer, name=name, organisation=organisation, title=title, unit="", kind=SignerKind.UNKNOWN)
    assert is_agency(holder) is agency


# --- Expected signers --------------------------------------------------------------------------------------------------


def test_the_same_name_with_another_number_is_another_signer():
    found = asked((ORGANISATION,), expecting("MST:0100000001"))
    assert outcomes(found, EXPECTED) == [Outcome.FAILED]
    assert (found[0].indication, found[0].sub_indication) == (Indication.INDETERMINATE, SubIndication.SIG_CONSTRAINTS_FAILURE)


@pytest.mark.parametrize("number", ["MST:0100000000", "mst: 0100 000 000", "MST:0100.000.000"])
def test_a_number_identifies_however_it_is_spaced(number):
    found = asked((ORGANISATION,), expecting(number))
    assert outcomes(found, EXPECTED) == [Outcome.PASSED]
    assert found[0].indication is Indication.TOTAL_PASSED


def test_a_branch_is_not_its_head_office():
    assert ORGANISATION.signer is not None
    branch = replace(ORGANISATION.signer, identifiers=(Identifier("MST", "0100000000-029"),))
    assert outcomes(asked((replace(ORGANISATION, signer=branch),), expecting("MST:0100000000")), EXPECTED) == [Outcome.FAILED]
    found = asked((replace(ORGANISATION, signer=branch),), expecting("MST:0100000000029"))
    assert outcomes(found, EXPECTED) == [Outcome.PASSED]


def test_one_of_several_numbers_of_the_subject_is_enough():
    staff = report("staff")
    assert outcomes(asked((staff,), expecting("CMND:000000002")), EXPECTED) == [Outcome.PASSED]
    assert outcomes(asked((staff,), expecting("MST:0100000000")), EXPECTED) == [Outcome.PASSED]


def test_a_certificate_without_numbers_neither_confirms_nor_denies():
    found = asked((OFFICIAL,), expecting("CCCD:000000000001"))
    assert outcomes(found, EXPECTED) == [Outcome.INDETERMINATE]
    assert found[0].indication is Indication.INDETERMINATE


def test_a_name_alone_is_a_weak_match_and_says_so():
    found = asked((CITIZEN,), expecting("test  nguyễn văn AN"))
    assert outcomes(found, EXPECTED) == [Outcome.PASSED]
    assert outcomes(found, BY_NUMBER) == [Outcome.FAILED]
    assert said(found, BY_NUMBER)[0].severity is Severity.WARN
    assert found[0].indication is Indication.TOTAL_PASSED


def test_one_signature_of_the_expected_signer_is_enough_for_the_document():
    found = asked((CITIZEN, OFFICIAL), expecting("CCCD:000000000001"))
    assert outcomes(found, EXPECTED) == [Outcome.PASSED, None]
    assert [item.indication for item in found] == [Indication.TOTAL_PASSED] * 2


def test_everyone_who_is_expected_must_have_signed():
    found = asked((CITIZEN, ORGANISATION), expecting("CCCD:000000000001", "MST:0100000009"))
    assert Outcome.FAILED in outcomes(found, EXPECTED)
    assert all(item.indication is Indication.INDETERMINATE for item in found)


def test_a_mismatch_is_a_warning_where_the_policy_says_so():
    found = asked((replace(ORGANISATION, policy="historical 1"),), expecting("MST:0100000001"), policy="historical")
    assert said(found, EXPECTED)[0].severity is Severity.WARN
    assert found[0].indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("text", ["", "  ", "MST:", "CCCD: "])
def test_an_expected_signer_that_says_nothing_is_refused(text):
    with pytest.raises(ConfigurationError):
        ExpectedSigner.parse(text)


def test_nothing_is_said_where_nothing_is_expected():
    found = asked((CITIZEN,), Expectation())
    assert [said(found, rule) for rule in (EXPECTED, BY_NUMBER, CLASS)] == [[None]] * 3


# --- Class -------------------------------------------------------------------------------------------------------------


def test_every_signature_must_be_of_a_required_class():
    wanted = Expectation(classes=(SignatureClass.PUBLIC, SignatureClass.CIVIL_SERVICE))
    unknown = report("stranger", SignatureClass.UNKNOWN, verdict=Verdict.of(SubIndication.NO_CERTIFICATE_CHAIN_FOUND))
    found = asked((CITIZEN, OFFICIAL, unknown), wanted)
    assert outcomes(found, CLASS) == [Outcome.PASSED, Outcome.PASSED, Outcome.INDETERMINATE]
    assert found[2].sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND, "its own reason stands"


# --- How findings enter reports ------------------------------------------------------------------------------------------


def test_document_time_stamps_are_not_asked():
    stamp = replace(AGENCY, kind=SignatureKind.DOCUMENT_TIMESTAMP)
    found = asked((stamp, CITIZEN), expecting("CCCD:000000000001"))
    assert found[0] == stamp
    assert outcomes(found, EXPECTED)[1] is Outcome.PASSED


def test_a_verdict_that_did_not_pass_keeps_its_own_reason():
    failed = replace(ORGANISATION, verdict=Verdict.of(SubIndication.HASH_FAILURE))
    found = asked((failed,), expecting("MST:0100000001"))
    assert outcomes(found, EXPECTED) == [Outcome.FAILED]
    assert found[0].verdict == failed.verdict


def test_no_signature_no_finding():
    assert asked((), expecting("MST:0100000001")) == ()


def test_each_report_is_levelled_by_its_own_policy():
    old = replace(ORGANISATION, policy="circular-22-2020 1", best_signature_time=datetime(2024, 1, 1, tzinfo=UTC))
    (found,) = said(asked((old,), expecting("MST:0100000001")), EXPECTED)
    assert found is not None
    assert found.severity is policies.load("circular-22-2020").severity(EXPECTED)
