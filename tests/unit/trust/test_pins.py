"""The pins that are shipped."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from vnsign.pki.names import one_line
from vnsign.pki.profile import profile
from vnsign.trust.folder import stored
from vnsign.trust.pins import pins, read_on
from vnsign.trust.store import Purpose, TrustFamily

SIGN, STAMP = Purpose.SIGNATURE, Purpose.TIMESTAMP
_HOSTS = ("rootca.gov.vn", "public.rootca.gov.vn", "ca.gov.vn", "ca.dcs.vn")
EXPECTED = {
    "national-g1": (TrustFamily.PUBLIC, {SIGN, STAMP}),
    "national-g2": (TrustFamily.PUBLIC, {SIGN, STAMP}),
    "national-g3": (TrustFamily.PUBLIC, {SIGN, STAMP}),
    "national-rs": (TrustFamily.PUBLIC, {SIGN}),
    "national-usbtoken": (TrustFamily.PUBLIC, {SIGN}),
    "national-mobilepki": (TrustFamily.PUBLIC, {SIGN}),
    "national-tsa": (TrustFamily.PUBLIC, {STAMP}),
    "national-ema": (TrustFamily.PUBLIC, {Purpose.OTHER}),
    "government-g1": (TrustFamily.CIVIL_SERVICE, {SIGN, STAMP}),
    "government-g2": (TrustFamily.CIVIL_SERVICE, {SIGN, STAMP}),
}


def test_the_ten_roots_are_pinned_with_family_and_purpose():
    assert {pin.name: (pin.family, set(pin.purposes)) for pin in pins().values()} == EXPECTED


def test_every_pin_says_when_and_where_it_was_read():
    assert read_on() == date(2026, 11, 23)
    for sha256, pin in pins().items():
        assert sha256 == pin.sha256
        assert len(sha256) == 64
        assert pin.place
        assert pin.read <= read_on()
        assert pin.subject.startswith("CN=")
        assert pin.not_before < pin.not_after
        assert all(
            address.split("/")[2].endswith((".gov.vn", ".dcs.vn")) or "ca.gov.vn" in address for address in pin.addresses
        )


@pytest.mark.corpus
def test_every_pin_is_the_hash_subject_and_validity_of_a_real_certificate(shared_data: Path):
    found = {item.certificate.sha256: item.certificate for item in stored(shared_data / "trust" / "root")}
    assert found.keys() == pins().keys()
    for sha256, certificate in found.items():
        facts, pin = profile(certificate), pins()[sha256]
        assert facts is not None
        assert (one_line(facts.subject), facts.not_before, facts.not_after) == (pin.subject, pin.not_before, pin.not_after)
