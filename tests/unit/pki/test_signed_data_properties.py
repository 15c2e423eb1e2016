"""Whatever the bytes: nothing foreign is raised, and nothing that was changed passes."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.pki.cms_factory import CONTENT, SIGNATURE_TIMESTAMP, Cms, attribute, indefinite, read
from vnsign.crypto.values import verify_value
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureFacts
from vnsign.model.verdict import CheckStatus
from vnsign.pki.signed_data import SignedData
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa


@cache
def sample(form: str) -> bytes:
    if form == "bare":
        return Cms(attributes=[]).build()
    if form == "stamped":
        tsa = SimulatedTsa.of(TestPki.load(), clock=lambda: datetime(2026, 3, 2, 3, 0, tzinfo=UTC))
        return Cms(unsigned=[attribute(SIGNATURE_TIMESTAMP, tsa.token("sha256", bytes(32)))]).build()
    if form == "ecdsa":
        return _ecdsa()
    return indefinite(Cms().build()) if form == "ber" else Cms().build()


def _ecdsa() -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    from vnsign.crypto import algorithms
    from vnsign.model.facts import SignatureAlgorithm

    key = TestPki.load().credential("citizen-p256").private_key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    identifier = algorithms.cms_identifier_der(SignatureAlgorithm("ecdsa", "sha256"))
    cms = Cms(
        signer="citizen-p256", signature_algorithm=identifier, sign=lambda data: key.sign(data, ec.ECDSA(hashes.SHA256()))
    )
    return cms.build()


FORMS = ["der", "ber", "bare", "stamped", "ecdsa"]


def passes(facts: SignatureFacts) -> bool:
    """What the facts make good: no fault, digests match, the value verifies under a certificate that a CA really issued."""
    if facts.problems or not facts.digests or not all(item.matches for item in facts.digests):
        return False
    if facts.signing_certificate not in _issued() or facts.signing_certificate is None or facts.signed_value is None:
        return False
    return verify_value(facts.signing_certificate, facts.signed_value).status is CheckStatus.PASSED


@cache
def _issued() -> frozenset[Certificate]:
    """An altered certificate is the chain's matter: its own signature is broken."""
    return frozenset(TestPki.load().certificates("citizen", "citizen-p256"))


def meaning(found: SignedData) -> tuple[object, ...]:
    """What a person relies on: content, signed attributes, signer, time."""
    facts = found.facts
    return (
        found.encapsulated,
        found.content_type,
        None if facts.signed_value is None else facts.signed_value.signed_bytes,
        facts.signing_certificate,
        facts.claimed_time,
        facts.certificate_references,
    )


@pytest.mark.parametrize("form", FORMS)
def test_every_sample_passes_as_it_is(form: str) -> None:
    assert passes(read(sample(form)).facts)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_never_passes_with_another_meaning(form: str, data: st.DataObject) -> None:
    original = sample(form)
    bit = data.draw(st.integers(0, 8 * len(original) - 1))
    changed = bytearray(original)
    changed[bit // 8] ^= 1 << bit % 8
    found = read(bytes(changed))
    if passes(found.facts):
        assert meaning(found) == meaning(read(original))


@pytest.mark.parametrize("form", ["der", "ecdsa"])
def test_no_flipped_byte_of_attributes_or_value_passes(form: str) -> None:
    """Every byte, exhaustively: the signed attributes and the signature value at the end of the structure."""
    original = sample(form)
    facts = read(original).facts
    assert facts.signed_value is not None
    for part in (facts.signed_value.signed_bytes[1:], facts.signed_value.value):
        start = original.rindex(part)
        for place in range(start, start + len(part)):
            changed = bytearray(original)
            changed[place] ^= 0x55
            assert not passes(read(bytes(changed)).facts), place - start


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_read_or_named(data: bytes) -> None:
    found = read(data)
    assert not passes(found.facts)
    assert found.facts.problems


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damaged_structures_raise_nothing(form: str, data: st.DataObject) -> None:
    changed = bytearray(sample(form))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(changed) - 1))
        kind = data.draw(st.integers(0, 2))
        if kind == 0:
            changed[place] = data.draw(st.integers(0, 255))
        elif kind == 1:
            del changed[place : place + data.draw(st.integers(1, 40))]
        else:
            changed[place:place] = data.draw(st.binary(min_size=1, max_size=8))
        if not changed:
            break
    read(bytes(changed))
    read(bytes(changed), content=CONTENT)


@pytest.mark.corpus
def test_hostile_structures_raise_nothing(shared_data: Path) -> None:
    files = [item for item in sorted((shared_data / "corpora" / "asn1-fuzz").rglob("*")) if item.is_file()]
    assert len(files) > 500
    for file in files:
        data = file.read_bytes()
        if len(data) < 200_000:
            assert isinstance(read(data), SignedData), file.name
