"""The signature policy of a CMS signature: implied, explicit, stored, malformed."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from vnsign.crypto import ber
from vnsign.crypto.algorithms import digest_identifier_der
from vnsign.model.limits import Limits
from vnsign.model.signature_policy import PolicyReference
from vnsign.pki.cms_attributes import SIGNATURE_POLICY, SIGNATURE_POLICY_STORE
from vnsign.pki.cms_policy import signature_policy
from vnsign.pki.cms_structure import Attribute

from .cms_factory import oid

LIMITS = Limits()
DIGEST = hashlib.sha256(b"text").digest()
SPECIFICATION = ber.wrap(0x30, oid("1.2.3.9"))


def hashed(value: bytes = DIGEST) -> bytes:
    return ber.wrap(0x30, digest_identifier_der("sha256") + ber.wrap(0x04, value))


def explicit(*fields: bytes) -> bytes:
    return ber.wrap(0x30, b"".join((oid("1.2.3.4"), *fields)))


def attribute(number: str, *values: bytes) -> Attribute:
    return Attribute(number, tuple(ber.element(item) for item in values))


def read(*values: bytes, store: bytes | None = None, limits: Limits = LIMITS) -> PolicyReference | None:
    unsigned = () if store is None else (attribute(SIGNATURE_POLICY_STORE, store),)
    return signature_policy((attribute(SIGNATURE_POLICY, *values),), unsigned, limits)


def store(document: bytes) -> bytes:
    return ber.wrap(0x30, SPECIFICATION + document)


def test_no_attribute_is_no_policy_even_with_a_store():
    assert signature_policy((), (attribute(SIGNATURE_POLICY_STORE, store(ber.wrap(0x04, b"text"))),), LIMITS) is None


def test_an_implied_policy():
    assert read(b"\x05\x00") == PolicyReference(implied=True)


def test_an_explicit_policy_with_its_digest_and_qualifiers():
    found = read(explicit(hashed(), ber.wrap(0x30, b"")))
    assert found == PolicyReference("1.2.3.4", algorithm="sha256", digest=DIGEST)


@pytest.mark.parametrize("value", [b"", b"\x00", b"\x00" * 32])
def test_a_digest_of_zero_says_that_it_is_not_known(value):
    found = read(explicit(hashed(value)))
    assert found is not None
    assert (found.digest, found.fault) == (b"", "")


def test_a_digest_may_be_left_out():
    assert read(explicit()) == PolicyReference("1.2.3.4")


def test_a_stored_document_is_handed_over_and_an_address_is_not_followed():
    assert read(explicit(hashed()), store=store(ber.wrap(0x04, b"text"))).stored == b"text"
    elsewhere = read(explicit(hashed()), store=store(ber.wrap(0x0C, b"http://localhost/policy")))
    assert (elsewhere.stored, elsewhere.fault) == (None, "")


@pytest.mark.parametrize(
    "values",
    [
        (),
        (explicit(hashed()), explicit(hashed())),
        (ber.wrap(0x30, b""),),
        (ber.wrap(0x31, oid("1.2.3.4")),),
        (ber.wrap(0x30, ber.wrap(0x04, b"1.2.3.4") + hashed()),),
        (explicit(ber.wrap(0x30, ber.wrap(0x04, DIGEST))),),
        (explicit(ber.wrap(0x30, digest_identifier_der("sha256") + ber.wrap(0x02, DIGEST))),),
    ],
    ids=["none", "two", "empty", "no sequence", "no identifier", "no algorithm", "no octets"],
)
def test_what_is_malformed_is_named(values):
    found = read(*values)
    assert found is not None
    assert found.fault


def test_a_malformed_or_overlong_store_is_named():
    assert read(explicit(hashed()), store=ber.wrap(0x30, SPECIFICATION)).fault
    document = store(ber.wrap(0x04, b"x" * 11))
    assert not read(explicit(hashed()), store=document, limits=replace(LIMITS, signature_bytes=11)).fault
    over = read(explicit(hashed()), store=document, limits=replace(LIMITS, signature_bytes=10))
    assert (bool(over.fault), over.stored) == (True, None)
