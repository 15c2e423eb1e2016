"""Algorithms have last days: accepted on that day in Vietnam, not on the day after; judged at the time that is proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from tests.rules.certificates import leaf
from vnsign.errors import ConfigurationError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.model.finding import Outcome, Severity
from vnsign.model.moment import VIETNAM
from vnsign.pki.algorithms import certificate_algorithm, public_key_size
from vnsign.testing.pki import TestPki
from vnsign.validation import policies
from vnsign.validation.case import Case
from vnsign.validation.engine import apply

Change = Callable[[Case], Case]


def last_moment(day: date) -> datetime:
    """The last second of a day in Vietnam."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=VIETNAM).astimezone(UTC)


def under(policy: str, case: Case, proved: datetime) -> Case:
    return replace(case, policy=policies.load(policy), proved_time=proved)


def outcome(case: Case, rule: str) -> Outcome:
    return next((item.outcome for item in apply(case) if item.rule == rule), Outcome.NOT_APPLICABLE)


def digest(name: str) -> Change:
    return lambda case: replace(case, facts=replace(case.facts, digests=(replace(case.facts.digests[0], algorithm=name),)))


def scheme(value: SignatureAlgorithm) -> Change:
    def change(case: Case) -> Case:
        return replace(case, facts=replace(case.facts, signed_value=replace(case.facts.signed_value, algorithm=value)))

    return change


def held_by(certificate: Certificate) -> Change:
    return lambda case: replace(case, path=None, facts=replace(case.facts, signing_certificate=certificate))


def of_rsa(bits: int) -> Change:
    """The holder has an RSA key of that size; the key is only looked at, so it is cut from numbers and signs nothing."""
    numbers = rsa.RSAPublicNumbers(65537, (1 << (bits - 1)) | 1)
    return held_by(_certified(numbers.public_key()))


def of_ec(curve: ec.EllipticCurve) -> Change:
    return held_by(_certified(ec.generate_private_key(curve).public_key()))


def _certified(public: object) -> Certificate:
    class Holder:
        @staticmethod
        def public_key() -> object:
            return public

    return leaf(key=Holder(), issuer_key=TestPki.load().credential("public-ca").private_key)


DATED = [
    ("etsi-baseline", "algorithms.digest", digest("md5"), date(2004, 8, 1)),
    ("etsi-baseline", "algorithms.digest", digest("sha1"), date(2012, 8, 1)),
    ("etsi-baseline", "algorithms.digest", digest("ripemd160"), date(2014, 8, 1)),
    ("etsi-baseline", "algorithms.digest", digest("sha224"), date(2029, 1, 1)),
    ("etsi-baseline", "algorithms.key-size", of_rsa(1024), date(2019, 10, 1)),
    ("etsi-baseline", "algorithms.key-size", of_rsa(2048), date(2029, 1, 1)),
    ("etsi-baseline", "algorithms.key-size", of_ec(ec.SECP224R1()), date(2021, 10, 1)),
    ("etsi-baseline", "algorithms.scheme", scheme(SignatureAlgorithm("rsa", "sha256", "pkcs1v15")), date(2029, 1, 1)),
    ("historical", "algorithms.digest", digest("sha1"), date(2020, 12, 31)),
    ("historical", "algorithms.key-size", of_rsa(1024), date(2015, 12, 31)),
    ("historical", "algorithms.scheme", scheme(SignatureAlgorithm("dsa", "sha256")), date(2015, 12, 31)),
]


@pytest.mark.parametrize(("policy", "rule", "change", "last"), DATED)
def test_accepted_on_the_last_day_and_not_on_the_day_after(policy, rule, change, last, case):
    """Midnight is Vietnam's: 17:00 UTC of the last day is already the day after."""
    changed = change(case)
    assert outcome(under(policy, changed, last_moment(last)), rule) is Outcome.PASSED
    after = last_moment(last) + timedelta(seconds=1)
    assert after.date() == last, "still the same day in UTC"
    assert outcome(under(policy, changed, after), rule) is Outcome.INDETERMINATE


@pytest.mark.parametrize(("policy", "rule", "change", "last"), DATED)
def test_the_proved_time_decides_and_not_today_or_the_claim(policy, rule, change, last, case):
    old = under(policy, change(case), last_moment(last))
    for at in (last_moment(last), datetime(2040, 1, 1, tzinfo=UTC)):
        assert outcome(replace(old, at=at), rule) is Outcome.PASSED
    claimed = replace(old, proved_time=last_moment(last) + timedelta(days=400))
    claimed = replace(claimed, facts=replace(claimed.facts, claimed_time=last_moment(last)))
    assert outcome(claimed, rule) is Outcome.INDETERMINATE


ALWAYS_REFUSED = [
    ("algorithms.digest", digest("sha1")),
    ("algorithms.digest", digest("md5")),
    ("algorithms.digest", digest("sha224")),
    ("algorithms.key-size", of_rsa(1024)),
    ("algorithms.key-size", of_rsa(2047)),
    ("algorithms.key-size", of_ec(ec.SECP224R1())),
    ("algorithms.scheme", scheme(SignatureAlgorithm("dsa", "sha256"))),
]
ALWAYS_ACCEPTED = [
    *(("algorithms.digest", digest(name)) for name in ("sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512")),
    ("algorithms.key-size", of_rsa(2048)),
    ("algorithms.key-size", of_rsa(3072)),
    ("algorithms.key-size", of_ec(ec.SECP256R1())),
    ("algorithms.key-size", of_ec(ec.SECP384R1())),
    ("algorithms.scheme", scheme(SignatureAlgorithm("rsa", "sha256", "pkcs1v15"))),
    ("algorithms.scheme", scheme(SignatureAlgorithm("rsa", "sha256", "pss", "sha256", 32))),
    ("algorithms.scheme", scheme(SignatureAlgorithm("ecdsa", "sha256"))),
]


@pytest.mark.parametrize("policy", ["circular-15-2025", "circular-22-2020"])
@pytest.mark.parametrize("proved", [datetime(2021, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)])
def test_the_national_lists_know_no_old_algorithm(policy, proved, case):
    for rule, change in ALWAYS_REFUSED:
        found = under(policy, change(case), proved)
        assert outcome(found, rule) is Outcome.INDETERMINATE
        assert found.policy.severity(rule) is Severity.FAIL
    for rule, change in ALWAYS_ACCEPTED:
        assert outcome(under(policy, change(case), proved), rule) is Outcome.PASSED


def test_the_current_list_has_the_truncated_digests_too(case):
    for name in ("sha512_224", "sha512_256", "sha3_224", "shake256"):
        assert outcome(under("circular-15-2025", digest(name)(case), case.proved_time), "algorithms.digest") is Outcome.PASSED


# --- Certificates --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ca_key() -> rsa.RSAPrivateKey:
    key = TestPki.load().credential("public-ca").private_key
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def pss(digest_: hashes.HashAlgorithm, mask: hashes.HashAlgorithm) -> dict[str, object]:
    return {"digest": digest_, "pss": padding.PSS(padding.MGF1(mask), digest_.digest_size)}


def test_a_certificate_says_with_what_it_is_signed(ca_key):
    assert certificate_algorithm(leaf(issuer_key=ca_key)).padding == "pkcs1v15"
    with_pss = certificate_algorithm(leaf(issuer_key=ca_key, **pss(hashes.SHA384(), hashes.SHA256())))
    assert (with_pss.padding, with_pss.digest, with_pss.mgf_digest, with_pss.salt_length) == ("pss", "sha384", "sha256", 48)
    with_curve = certificate_algorithm(leaf(issuer_key=ec.generate_private_key(ec.SECP384R1()), digest=hashes.SHA384()))
    assert (with_curve.key, with_curve.digest) == ("ecdsa", "sha384")
    with_edwards = certificate_algorithm(leaf(issuer_key=ed25519.Ed25519PrivateKey.generate()))
    assert (with_edwards.key, with_edwards.digest) == ("ed25519", None)


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x00", b"\x30\x80\x00\x00", b"\x30\x04\x30\x00\x30\x00", b"hello"])
def test_bytes_that_are_no_certificate_have_an_unknown_algorithm(data):
    assert certificate_algorithm(Certificate(data)).key == "unknown"
    assert public_key_size(Certificate(data)) is None


def test_a_certificate_signed_with_an_unknown_algorithm_is_not_accepted(case):
    odd = held_by(Certificate(b"\x30\x04\x30\x00\x30\x00"))(case)
    assert outcome(odd, "algorithms.certificate-scheme") is Outcome.INDETERMINATE


def test_the_mask_of_pss_is_judged_in_certificates_too(case, ca_key):
    good = held_by(leaf(issuer_key=ca_key, **pss(hashes.SHA256(), hashes.SHA256())))(case)
    weak = held_by(leaf(issuer_key=ca_key, **pss(hashes.SHA256(), hashes.SHA224())))(case)
    assert outcome(good, "algorithms.pss-parameters") is Outcome.PASSED
    assert outcome(weak, "algorithms.pss-parameters") is Outcome.INDETERMINATE
    for found in (good, weak):
        assert outcome(found, "algorithms.certificate-digest") is Outcome.PASSED
        assert outcome(found, "algorithms.certificate-scheme") is Outcome.PASSED


def test_a_certificate_digest_is_judged_where_pss_names_it(case, ca_key):
    refusing = replace(case.policy, algorithms=replace(case.policy.algorithms, digests=(("sha256", None),)))
    found = held_by(leaf(issuer_key=ca_key, **pss(hashes.SHA384(), hashes.SHA256())))(replace(case, policy=refusing))
    assert outcome(found, "algorithms.certificate-digest") is Outcome.INDETERMINATE


# --- What a policy says of PSS, and of what it does not know --------------------------------------------------------------

PSS_LEVELS = {"require": Severity.FAIL, "prefer": Severity.INFORM, "accept": Severity.IGNORE}


def built_in(name: str) -> str:
    from importlib import resources

    return (resources.files("vnsign.validation.policies") / f"{name}.toml").read_text("utf-8")


@pytest.mark.parametrize(("word", "level"), PSS_LEVELS.items())
def test_a_policy_requires_prefers_or_accepts_pss(word, level, case):
    text = built_in("circular-15-2025").replace('rsa_pss = "prefer"', f'rsa_pss = "{word}"')
    policy = policies.parse(text, "test")
    assert policy.severity("algorithms.rsa-pss") is level
    plain = scheme(SignatureAlgorithm("rsa", "sha256", "pkcs1v15"))(replace(case, policy=policy))
    (finding,) = [item for item in apply(plain) if item.rule == "algorithms.rsa-pss"]
    assert finding.outcome is Outcome.INDETERMINATE
    assert finding.decisive is (word == "require")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('rsa_pss = "prefer"', 'rsa_pss = "maybe"'),
        ("[levels.algorithms]", '[levels.algorithms]\nrsa-pss = "fail"'),
        ("rsa_bits = 2048", "rsa_bits = 2048\nrsa_bit = 2048"),
        ("sha256 = true", "sha256 = false"),
        ("[algorithms.schemes]", "[algorithms.scheme]"),
    ],
)
def test_a_policy_that_contradicts_itself_or_says_something_unknown_cannot_be_built(old, new):
    text = built_in("circular-15-2025")
    assert old in text
    with pytest.raises(ConfigurationError):
        policies.parse(text.replace(old, new), "test")
