"""The national rules over one signature: what passes, what does not, and what is only told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.rules.certificates import leaf
from tests.rules.conftest import good_path
from vnsign.model.facts import DigestFacts, SignatureAlgorithm
from vnsign.model.finding import Finding, Outcome, Severity
from vnsign.model.report import SignatureClass
from vnsign.model.verdict import SubIndication
from vnsign.pki.path import PathResult, PathStatus
from vnsign.report.catalogue import sentence
from vnsign.testing.pki import TestPki
from vnsign.validation import policies
from vnsign.validation.case import Case
from vnsign.validation.engine import apply
from vnsign.validation.registry import rules
from vnsign.validation.rules.law import cite, texts
from vnsign.validation.rules.vietnam_display import FIELDS

Spoil = Callable[[Case], Case]

FIVE_YEARS = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
POLICIES = (("2.16.704.1.1.1.1.1", "https://ca.example.vn/cps", "Phạm vi: ký hồ sơ"),)


@pytest.fixture
def national(case: Case) -> Case:
    """An official of an agency, civil service, with a certificate that states its policies: every rule here holds."""
    certificate = leaf(
        subject={"CN": "Lê Thị Hồng Ánh", "OU": "Sở Tư pháp", "UID": "CCCD:001099000001"}, period=FIVE_YEARS, policies=POLICIES
    )
    return replace(
        case, facts=replace(case.facts, signing_certificate=certificate), signature_class=SignatureClass.CIVIL_SERVICE
    )


@pytest.fixture
def national_token(token_case: Case) -> Case:
    return replace(token_case, signature_class=SignatureClass.PUBLIC)


def by(**changes: object) -> Spoil:
    """Signed with another certificate."""
    return lambda case: replace(case, facts=replace(case.facts, signing_certificate=leaf(**changes)))


def without_certificate(case: Case) -> Case:
    return replace(case, path=None, facts=replace(case.facts, signing_certificate=None))


def facts(**changes: object) -> Spoil:
    return lambda case: replace(case, facts=replace(case.facts, **changes))


def without_any_time(case: Case) -> Case:
    return replace(case, proved_time=case.at, timestamps=(), facts=replace(case.facts, claimed_time=None))


def without_data(case: Case) -> Case:
    return replace(case, facts=replace(case.facts, digests=(DigestFacts("a", "sha256", b"\x01" * 32, None, "bytes 0-1"),)))


def with_ed25519(case: Case) -> Case:
    value = replace(case.facts.signed_value, algorithm=SignatureAlgorithm("ed25519"))
    return replace(case, facts=replace(case.facts, signed_value=value))


def of_class(class_: SignatureClass) -> Spoil:
    return lambda case: replace(case, signature_class=class_)


SPOILED: dict[str, tuple[Spoil, SubIndication]] = {
    "vietnam.class-known": (of_class(SignatureClass.OWN), SubIndication.CHAIN_CONSTRAINTS_FAILURE),
    "vietnam.scheme-listed": (with_ed25519, SubIndication.CRYPTO_CONSTRAINTS_FAILURE),
    "vietnam.identifier-shape": (by(subject={"CN": "A", "UID": "MST:12345"}), SubIndication.SIG_CONSTRAINTS_FAILURE),
    "vietnam.certificate-policies": (by(policies=b"\x30\x03\x02\x01\x01"), SubIndication.CHAIN_CONSTRAINTS_FAILURE),
    "vietnam.usual-lifetime": (
        by(period=(datetime(2017, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))),
        SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    ),
    "vietnam.display-issuer": (without_certificate, SubIndication.SIG_CONSTRAINTS_FAILURE),
    "vietnam.display-signer": (without_certificate, SubIndication.SIG_CONSTRAINTS_FAILURE),
    "vietnam.display-managing-unit": (by(subject={"CN": "A"}), SubIndication.SIG_CONSTRAINTS_FAILURE),
    "vietnam.display-signing-time": (without_any_time, SubIndication.SIG_CONSTRAINTS_FAILURE),
    "vietnam.display-integrity": (without_data, SubIndication.SIG_CONSTRAINTS_FAILURE),
    "vietnam.display-validity-at-signing": (without_certificate, SubIndication.SIG_CONSTRAINTS_FAILURE),
    "vietnam.display-certificate-period": (without_certificate, SubIndication.SIG_CONSTRAINTS_FAILURE),
}
SPOILED_TOKEN: dict[str, tuple[Spoil, SubIndication]] = {
    "vietnam.timestamp-authority": (of_class(SignatureClass.OWN), SubIndication.CHAIN_CONSTRAINTS_FAILURE),
}
CHECKED = sorted(item.id for item in rules().values() if item.id.startswith("vietnam.") and item.check is not None)


def finding(case: Case, rule: str) -> Finding | None:
    return next((item for item in apply(case) if item.rule == rule), None)


def outcome(case: Case, rule: str) -> tuple[Outcome, SubIndication | None]:
    found = finding(case, rule)
    return (Outcome.NOT_APPLICABLE, None) if found is None else (found.outcome, found.sub_indication)


def test_every_national_rule_over_one_signature_has_a_case_here():
    assert sorted({**SPOILED, **SPOILED_TOKEN}) == CHECKED


@pytest.mark.parametrize("rule", sorted(SPOILED))
def test_a_national_rule_passes_on_the_good_case_and_speaks_on_the_spoiled_one(rule, national):
    assert outcome(national, rule)[0] is Outcome.PASSED
    spoil, sub_indication = SPOILED[rule]
    assert outcome(spoil(national), rule) == (Outcome.FAILED, sub_indication)


@pytest.mark.parametrize("rule", sorted(SPOILED_TOKEN))
def test_a_national_rule_of_time_stamps_passes_on_the_good_token_and_speaks_on_the_spoiled_one(rule, national_token):
    assert outcome(national_token, rule)[0] is Outcome.PASSED
    spoil, sub_indication = SPOILED_TOKEN[rule]
    assert outcome(spoil(national_token), rule) == (Outcome.FAILED, sub_indication)


@pytest.mark.parametrize("class_", [SignatureClass.PUBLIC, SignatureClass.CIVIL_SERVICE, SignatureClass.FOREIGN])
def test_the_three_national_classes_are_known(class_, national):
    assert outcome(replace(national, signature_class=class_), "vietnam.class-known")[0] is Outcome.PASSED


def test_a_signature_without_a_class_is_said_to_be_of_none(national):
    unknown = replace(national, signature_class=SignatureClass.UNKNOWN)
    assert outcome(unknown, "vietnam.class-known")[0] is Outcome.INDETERMINATE


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("MST:0102005769", True),
        ("MST:0301519977-029", True),
        ("MST:038093015572", True),
        ("CCCD:038093015572", True),
        ("CMND:079073009568", True),
        ("CMND:012345678", True),
        ("MNS:1047665", None),
        ("HC:B1234567", None),
        ("MST:010200576", False),
        ("MST:0301519977-29", False),
        ("CCCD:12345678", False),
        ("CMND:12345", False),
    ],
)
def test_the_shape_of_numbers_is_judged_softly(number, right, national):
    found = finding(by(subject={"CN": "A", "UID": number})(national), "vietnam.identifier-shape")
    if right is None:
        assert found is None
        return
    assert found is not None
    assert found.outcome is (Outcome.PASSED if right else Outcome.FAILED)
    assert not found.decisive, "an odd number is a warning, never a rejection"


def test_the_certificate_policies_and_the_practice_statement_are_shown(national):
    found = finding(national, "vietnam.certificate-policies")
    assert found is not None
    assert dict(found.parameters) == {
        "policies": "2.16.704.1.1.1.1.1",
        "statements": "https://ca.example.vn/cps",
        "notices": "Phạm vi: ký hồ sơ",
    }
    assert found.severity is Severity.INFORM


def test_a_certificate_without_policies_says_nothing_of_them(national):
    assert finding(by()(national), "vietnam.certificate-policies") is None


@pytest.mark.parametrize("policy", policies.BUILT_IN)
def test_a_long_life_of_a_certificate_is_never_decisive(policy, national):
    long = SPOILED["vietnam.usual-lifetime"][0](replace(national, policy=policies.load(policy)))
    found = finding(long, "vietnam.usual-lifetime")
    assert found is not None
    assert not found.decisive


def test_five_years_with_leap_days_are_usual(national):
    five = by(period=(datetime(2024, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)))(national)
    assert outcome(five, "vietnam.usual-lifetime")[0] is Outcome.PASSED


@pytest.mark.parametrize("language", ["vi", "en"])
def test_all_seven_fields_are_given_or_their_absence_has_a_reason(language, national):
    """Of a good signature all, of one without certificate, time and data none: each with its sentence."""
    poor = without_certificate(without_any_time(without_data(national)))
    for case, whole in ((national, True), (poor, False)):
        for name in FIELDS:
            found = finding(case, f"vietnam.display-{name}")
            assert found is not None, name
            assert found.outcome is (Outcome.PASSED if whole else Outcome.FAILED)
            text = sentence(found, language)
            assert text
            assert "–." not in text
            if not whole:
                assert dict(found.parameters)["reason"]
            if language == "vi" and not whole:
                assert dict(found.parameters)["reason"] not in text, "the reason is said in Vietnamese"


@pytest.mark.parametrize(
    ("status", "known"),
    [
        (PathStatus.VALID, True),
        (PathStatus.EXPIRED, True),
        (PathStatus.REVOKED, True),
        (PathStatus.ON_HOLD, True),
        (PathStatus.NO_PATH, False),
        (PathStatus.REVOCATION_UNKNOWN, False),
        (PathStatus.REVOCATION_STALE, False),
    ],
)
def test_validity_at_signing_is_said_where_it_is_known(status, known, national):
    judged = replace(national, path=PathResult(status, chain=good_path().chain, failing=0))
    found = finding(judged, "vietnam.display-validity-at-signing")
    assert found is not None
    assert found.outcome is (Outcome.PASSED if known else Outcome.FAILED)
    if status is not PathStatus.VALID:
        assert "có hiệu lực" not in sentence(found, "vi").removeprefix("Hiệu lực")


def test_time_stamps_are_not_asked_for_the_seven_fields(national_token):
    assert not [item for item in apply(national_token) if item.rule.startswith("vietnam.display-")]


def test_the_test_pki_shows_everything_but_the_unit_of_a_citizen(case):
    shown = replace(case, signature_class=SignatureClass.PUBLIC)
    missing = [name for name in FIELDS if outcome(shown, f"vietnam.display-{name}")[0] is Outcome.FAILED]
    assert missing == ["managing-unit"]
    assert TestPki.load().certificate("citizen") == case.certificate


# --- Citations as data -------------------------------------------------------------------------------------------------

REPEALED = {
    "Decree 42/2022": date(2026, 7, 1),
    "Decree 130/2018": date(2025, 4, 10),
    "Circular 41/2017": date(2026, 11, 15),
    "Circular 22/2020": date(2025, 8, 15),
}


def test_texts_that_were_repealed_end_on_the_day_before():
    for name, repealed in REPEALED.items():
        (found,) = [item for item in texts().values() if item["text"].startswith(name)]
        assert found["until"].toordinal() == repealed.toordinal() - 1


def test_no_rule_cites_a_repealed_text_beyond_its_end():
    for rule in rules().values():
        for citation in rule.cites:
            for name, repealed in REPEALED.items():
                if citation.text.startswith(name):
                    assert citation.until is not None
                    assert citation.until < repealed
                    assert rule.until is not None, f"{rule.id} outlives what it cites"


def test_every_citation_of_a_national_text_carries_its_dates():
    known = {item["text"]: item for item in texts().values()}
    for rule in rules().values():
        for citation in rule.cites:
            if citation.text.startswith(("Circular", "Decree", "Law")):
                text, _, place = citation.text.partition(", ")
                assert place, f"{rule.id} cites a whole text"
                assert (citation.since, citation.until) == (known[text]["since"], known[text].get("until")), rule.id


def test_a_text_that_is_not_known_cannot_be_cited():
    with pytest.raises(KeyError):
        cite("decree-1-1900", "Article 1")
