"""Which level a structure claims: its revocation data must speak of the signing certificate and of the time-stamp's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from vnsign.model.facts import DigestFacts, SignatureFacts, SignatureFormat, SignatureKind, TimestampFacts, TimestampKind
from vnsign.pki.held_status import earned_level, speaks_of
from vnsign.testing.pki import TestPki

AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.load()


def facts(pki: TestPki, signer: str, tsa: str | None = None) -> SignatureFacts:
    made = SignatureFacts("s", SignatureKind.SIGNATURE, SignatureFormat.CADES, signing_certificate=pki.certificate(signer))
    if tsa is None:
        return made
    token = replace(made, id="t", signing_certificate=pki.certificate(tsa))
    imprint = DigestFacts("imprint", "sha256", b"", b"", "")
    return replace(made, timestamps=(TimestampFacts("t", TimestampKind.SIGNATURE, AT, "1.2.3", 1, imprint, token),))


def test_a_crl_of_the_issuer_or_an_answer_with_the_serial_number_speaks_of_a_certificate(pki: TestPki) -> None:
    citizen, issuer = pki.certificate("citizen"), pki.chain("citizen")[:1]
    crl, other = (pki.crl(name, this_update=AT) for name in ("public-ca", "government-ca"))
    assert speaks_of(citizen, issuer, (other, crl), ())
    assert speaks_of(citizen, issuer, (), (pki.ocsp("citizen", at=AT),))
    assert not speaks_of(citizen, issuer, (other,), (pki.ocsp("organisation", at=AT),))
    assert not speaks_of(citizen, issuer, (b"no list",), (b"no answer", b""))
    assert not speaks_of(None, issuer, (crl,), ())


def test_without_the_issuer_at_hand_nothing_can_be_verified(pki: TestPki) -> None:
    crl = pki.crl("public-ca", this_update=AT)
    assert not speaks_of(pki.certificate("citizen"), pki.certificates("public-root"), (crl,), ())


def test_nobody_states_the_status_of_a_certificate_that_issued_itself(pki: TestPki) -> None:
    assert speaks_of(pki.certificate("public-root"), (), (), ())


@pytest.mark.parametrize("level", ["B-LT", "B-LTA"])
def test_data_about_the_signer_and_the_time_stamp_make_the_level_and_either_alone_does_not(pki: TestPki, level: str) -> None:
    signed = facts(pki, "citizen", "government-tsa")
    known = (*pki.chain("citizen"), *pki.chain("government-tsa"))
    of_signer = (pki.crl("public-ca", this_update=AT),)
    of_stamp = tuple(pki.crl(name, this_update=AT) for name in ("public-root", "government-ca"))
    assert earned_level(level, signed, known, (*of_signer, *of_stamp)) == level
    assert earned_level(level, signed, known, of_stamp) == "B-T"
    assert earned_level(level, facts(pki, "official", "government-tsa"), known, of_signer) == "B-T"
    assert earned_level(level, signed) == "B-T"


@pytest.mark.parametrize("level", ["", "B-B", "B-T"])
def test_lower_levels_stay_as_they_are(pki: TestPki, level: str) -> None:
    assert earned_level(level, facts(pki, "citizen")) == level
