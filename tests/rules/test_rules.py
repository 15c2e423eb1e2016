"""Every registered rule: a case that passes, one that does not, sentences in both languages, a level in every policy."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.rules.conftest import AT, SIGNED, good_path, timestamp_report
from vnsign.crypto.values import ValueResult
from vnsign.model.facts import DigestRole, Problem, SignatureAlgorithm, SignedValue, TimestampKind
from vnsign.model.finding import Outcome, Severity
from vnsign.model.policy import ValidationPolicy
from vnsign.model.report import TimestampReport
from vnsign.model.signature_policy import PolicyReference
from vnsign.model.verdict import CheckStatus, SubIndication, Verdict
from vnsign.pki.path import PathResult, PathStatus
from vnsign.pki.revocation import RevocationFacts
from vnsign.report.catalogue import entry
from vnsign.testing.pki import TestPki
from vnsign.validation import policies
from vnsign.validation.case import Case
from vnsign.validation.engine import apply
from vnsign.validation.registry import rules

Spoil = Callable[[Case], Case]


def facts(**changes: object) -> Spoil:
    return lambda case: replace(case, facts=replace(case.facts, **changes))


def path(status: PathStatus, **changes: object) -> Spoil:
    def spoil(case: Case) -> Case:
        chain = good_path()
        return replace(case, path=replace(chain, status=status, **{"failing": 0, "detail": "detail", **changes}))

    return spoil


def digest(**changes: object) -> Spoil:
    return lambda case: replace(case, facts=replace(case.facts, digests=(replace(case.facts.digests[0], **changes),)))


def imprint(**changes: object) -> Spoil:
    def spoil(case: Case) -> Case:
        assert case.timestamp is not None
        return replace(case, timestamp=replace(case.timestamp, imprint=replace(case.timestamp.imprint, **changes)))

    return spoil


def signed_by(name: str) -> Spoil:
    certificate = TestPki.load().certificate(name)
    return lambda case: replace(case, facts=replace(case.facts, signing_certificate=certificate), path=good_path(name))


def algorithm(value: SignatureAlgorithm) -> Spoil:
    return facts(signed_value=SignedValue(b"attributes", value, b"value"))


def stamped(report_verdict: Verdict) -> Spoil:
    return lambda case: replace(case, timestamps=(timestamp_report(report_verdict),), proved_time=case.at)


def claimed_after(delta: timedelta) -> Spoil:
    return facts(claimed_time=SIGNED + delta)


def strict_rsa(case: Case) -> Case:
    strict = replace(case.policy.algorithms, rsa_bits=8192)
    return replace(case, policy=replace(case.policy, algorithms=strict))


def sha256_refused(case: Case) -> Case:
    last = datetime(2020, 1, 1, tzinfo=UTC).date()
    refused = replace(case.policy.algorithms, digests=(("sha256", last),))
    return replace(case, policy=replace(case.policy, algorithms=refused))


def accepting(policy: ValidationPolicy, **changes: object) -> ValidationPolicy:
    return replace(policy, algorithms=replace(policy.algorithms, **changes))


def revoked_facts(moment: datetime) -> tuple[RevocationFacts, ...]:
    first, *rest = good_path().revocation
    return (replace(first, revoked_at=moment), *rest)


REVOKED_BEFORE = {"revoked_at": SIGNED - timedelta(minutes=30), "revocation_reason": "keyCompromise"}

# rule -> what spoils the good case, and the sub-indication it then leads to
SPOILED: dict[str, tuple[Spoil, SubIndication]] = {
    "identity.signing-certificate": (facts(signing_certificate=None), SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    "identity.certificate-reference": (
        facts(signing_certificate=TestPki.load().certificate("agency")),
        SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    ),
    "identity.certificate-protected": (facts(certificate_references=()), SubIndication.SIG_CONSTRAINTS_FAILURE),
    "context.kind-supported": (facts(supported=False), SubIndication.SIG_CONSTRAINTS_FAILURE),
    "context.signature-policy": (
        facts(signature_policy=PolicyReference("1.2.3", algorithm="sha256", digest=b"1")),
        SubIndication.SIGNATURE_POLICY_NOT_AVAILABLE,
    ),
    "context.signature-policy-digest": (
        facts(signature_policy=PolicyReference("1.2.3", algorithm="sha256", digest=b"1", stored=b"another document")),
        SubIndication.POLICY_PROCESSING_ERROR,
    ),
    "chain.trust-anchor": (
        lambda case: replace(case, path=PathResult(PathStatus.NO_PATH, detail="none")),
        SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    ),
    "chain.rfc5280": (path(PathStatus.CONSTRAINTS), SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE),
    "chain.validity": (path(PathStatus.NOT_YET_VALID), SubIndication.OUT_OF_BOUNDS_NO_POE),
    "chain.not-revoked": (path(PathStatus.REVOKED, **REVOKED_BEFORE), SubIndication.REVOKED_NO_POE),
    "chain.revoked-later": (
        lambda case: replace(case, path=replace(good_path(), revocation=revoked_facts(SIGNED + timedelta(days=1)))),
        SubIndication.REVOKED_NO_POE,
    ),
    "chain.revocation-known": (path(PathStatus.REVOCATION_UNKNOWN), SubIndication.TRY_LATER),
    "chain.key-usage": (signed_by("citizen-no-signing"), SubIndication.CHAIN_CONSTRAINTS_FAILURE),
    "crypto.data-covered": (facts(digests=()), SubIndication.SIGNED_DATA_NOT_FOUND),
    "crypto.data-found": (digest(computed=None), SubIndication.SIGNED_DATA_NOT_FOUND),
    "crypto.digests-match": (digest(computed=b"\x00" * 32), SubIndication.HASH_FAILURE),
    "crypto.value-verifies": (
        lambda case: replace(case, value=ValueResult(CheckStatus.FAILED, "wrong")),
        SubIndication.SIG_CRYPTO_FAILURE,
    ),
    "crypto.algorithm-supported": (
        lambda case: replace(case, value=ValueResult(CheckStatus.INDETERMINATE, "unknown algorithm")),
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ),
    "crypto.encoding": (
        lambda case: replace(case, value=ValueResult(CheckStatus.PASSED, remark="a value of 66 bytes")),
        SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "algorithms.digest": (digest(algorithm="sha1"), SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
    "algorithms.key-size": (strict_rsa, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
    "algorithms.certificate-digest": (sha256_refused, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
    "algorithms.certificate-scheme": (
        lambda case: replace(case, policy=accepting(case.policy, schemes=(("rsa-pss", None),))),
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    ),
    "algorithms.scheme": (algorithm(SignatureAlgorithm("dsa", "sha256")), SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
    "algorithms.pss-parameters": (
        algorithm(SignatureAlgorithm("rsa", "sha256", "pss", "sha1", 32)),
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    ),
    "algorithms.rsa-pss": (
        algorithm(SignatureAlgorithm("rsa", "sha256", "pkcs1v15")),
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ),
    "time.claimed": (facts(claimed_time=None), SubIndication.SIG_CONSTRAINTS_FAILURE),
    "time.zone": (facts(claimed_time_zone_assumed=True), SubIndication.SIG_CONSTRAINTS_FAILURE),
    "time.timestamp": (stamped(Verdict.of(SubIndication.HASH_FAILURE)), SubIndication.NO_POE),
    "time.timestamp-status": (stamped(Verdict.of(SubIndication.TRY_LATER)), SubIndication.TRY_LATER),
    "time.timestamp-order": (
        lambda case: replace(case, timestamps=(*case.timestamps, content_stamped(SIGNED + timedelta(days=1)))),
        SubIndication.TIMESTAMP_ORDER_FAILURE,
    ),
    "time.local-as-utc": (claimed_after(timedelta(hours=7)), SubIndication.SIG_CONSTRAINTS_FAILURE),
    "time.order": (claimed_after(timedelta(hours=2)), SubIndication.TIMESTAMP_ORDER_FAILURE),
}
SPOILED_TOKEN: dict[str, tuple[Spoil, SubIndication]] = {
    "timestamp.imprint": (imprint(computed=b"\x00" * 32), SubIndication.HASH_FAILURE),
    "timestamp.extended-key-usage": (signed_by("public-tsa-wrong-eku"), SubIndication.CHAIN_CONSTRAINTS_FAILURE),
    "timestamp.not-in-future": (
        lambda case: replace(case, timestamp=replace(case.timestamp, gen_time=AT + timedelta(days=1))),
        SubIndication.TIMESTAMP_ORDER_FAILURE,
    ),
}
# Rules of the topic ``vietnam`` have their cases in test_vietnam.py and test_vietnam_document.py.
CHECKED = sorted(item.id for item in rules().values() if item.check is not None and not item.id.startswith("vietnam."))
STRUCTURAL = sorted(item.id for item in rules().values() if item.structural)


def outcome(case: Case, rule: str) -> tuple[Outcome, SubIndication | None]:
    found = [item for item in apply(case) if item.rule == rule]
    return (found[0].outcome, found[0].sub_indication) if found else (Outcome.NOT_APPLICABLE, None)


def test_every_checked_rule_has_a_case_here():
    assert sorted({**SPOILED, **SPOILED_TOKEN}) == CHECKED


@pytest.mark.parametrize("rule", sorted(SPOILED))
def test_a_rule_passes_on_the_good_case_and_speaks_on_the_spoiled_one(rule, case):
    assert outcome(case, rule)[0] is Outcome.PASSED
    spoil, sub_indication = SPOILED[rule]
    found, leads_to = outcome(spoil(case), rule)
    assert found in (Outcome.FAILED, Outcome.INDETERMINATE)
    assert leads_to is sub_indication


@pytest.mark.parametrize("rule", sorted(SPOILED_TOKEN))
def test_a_time_stamp_rule_passes_on_the_good_token_and_speaks_on_the_spoiled_one(rule, token_case):
    assert outcome(token_case, rule)[0] is Outcome.PASSED
    spoil, sub_indication = SPOILED_TOKEN[rule]
    found, leads_to = outcome(spoil(token_case), rule)
    assert found in (Outcome.FAILED, Outcome.INDETERMINATE)
    assert leads_to is sub_indication


@pytest.mark.parametrize("rule", STRUCTURAL)
def test_a_structural_rule_is_silent_without_its_problem_and_fails_with_it(rule, case):
    assert outcome(case, rule)[0] is Outcome.NOT_APPLICABLE
    broken = facts(problems=(Problem(rule, (("found", "x"),)),))(case)
    assert outcome(broken, rule) == (Outcome.FAILED, rules()[rule].on_fail)


@pytest.mark.parametrize("name", policies.BUILT_IN)
def test_every_policy_gives_every_rule_a_level(name):
    assert sorted(rule for rule, _ in policies.load(name).levels) == sorted(rules())


@pytest.mark.parametrize("rule", sorted(rules()))
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_rule_has_its_sentences_in_both_languages(rule, language):
    sentences = entry(language, rule)
    assert sentences.get("failed") or sentences.get("indeterminate"), f"{rule} says nothing when it does not hold"
    assert sentences.get("passed"), f"{rule} says nothing when it holds"
    for text in sentences.values():
        assert unicodedata.normalize("NFC", text) == text
        list(string.Formatter().parse(text))


@pytest.mark.parametrize("rule", sorted(rules()))
def test_both_languages_name_the_same_parameters(rule):
    vietnamese, english = entry("vi", rule), entry("en", rule)
    assert vietnamese.keys() == english.keys()
    for key in vietnamese:
        assert set(re.findall(r"\{(\w+)\}", vietnamese[key])) == set(re.findall(r"\{(\w+)\}", english[key]))


def test_a_revocation_after_the_proved_time_does_not_hurt(case):
    later = {"revoked_at": SIGNED + timedelta(days=1)}
    revoked = path(PathStatus.REVOKED, **later)(case)
    assert outcome(revoked, "chain.not-revoked") == (Outcome.INDETERMINATE, SubIndication.REVOKED_NO_POE)
    sound = replace(revoked, past=good_path())
    assert outcome(sound, "chain.not-revoked")[0] is Outcome.PASSED
    failed_past = replace(revoked, past=replace(good_path(), status=PathStatus.REVOCATION_UNKNOWN))
    assert outcome(failed_past, "chain.not-revoked")[0] is Outcome.INDETERMINATE


def content_stamped(moment: datetime) -> TimestampReport:
    return replace(timestamp_report(gen_time=moment), kind=TimestampKind.CONTENT)


def test_content_stamped_after_the_revocation_fails_for_good(case):
    revoked = path(PathStatus.REVOKED, revoked_at=SIGNED - timedelta(days=2))(case)
    younger = replace(revoked, timestamps=(content_stamped(SIGNED - timedelta(days=1)),))
    assert outcome(younger, "chain.not-revoked") == (Outcome.FAILED, SubIndication.REVOKED)


def test_content_stamped_after_the_end_of_the_certificate_fails_for_good(case):
    expired = replace(case, timestamps=(content_stamped(datetime(2050, 1, 1, tzinfo=UTC)),))
    assert outcome(expired, "chain.validity") == (Outcome.FAILED, SubIndication.EXPIRED)


def test_a_signature_older_than_its_certificate_fails_for_good(case):
    early = replace(case, proved_time=datetime(2020, 1, 1, tzinfo=UTC))
    assert outcome(early, "chain.validity") == (Outcome.FAILED, SubIndication.NOT_YET_VALID)


def test_manifest_entries_that_are_missing_do_not_count_but_wrong_ones_do(case):
    data = case.facts.digests[0]
    missing = replace(data, role=DigestRole.MANIFEST_ENTRY, computed=None)
    wrong = replace(data, role=DigestRole.MANIFEST_ENTRY, computed=b"\x00" * 32)
    assert outcome(facts(digests=(data, missing))(case), "crypto.data-found")[0] is Outcome.PASSED
    assert outcome(facts(digests=(data, wrong))(case), "crypto.digests-match")[0] is Outcome.FAILED


def test_severity_comes_from_the_policy(case):
    broken = SPOILED["algorithms.rsa-pss"][0](case)
    finding = next(item for item in apply(broken) if item.rule == "algorithms.rsa-pss")
    assert finding.severity is not Severity.FAIL
    assert not finding.decisive
