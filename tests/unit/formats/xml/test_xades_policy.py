"""The signature policy of a XAdES signature: implied, explicit, stored, malformed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from tests.unit.formats.xml.builder import C14N, DS, SHA256, XADES, b64
from vnsign.formats.xml.names import XADES_141
from vnsign.formats.xml.xades_policy import read_policy
from vnsign.model.limits import Limits
from vnsign.model.signature_policy import PolicyReference

LIMITS = Limits()
DIGEST = hashlib.sha256(b"text").digest()
NAME = "<x:SigPolicyId><x:Identifier>\n urn:oid:1.2.3.4 </x:Identifier></x:SigPolicyId>"
METHOD = f'<d:DigestMethod Algorithm="{SHA256}"/>'
HASH = f"<x:SigPolicyHash>{METHOD}<d:DigestValue>{b64(DIGEST)}</d:DigestValue></x:SigPolicyHash>"


def element(name: str, inside: str, namespace: str = XADES) -> Any:
    return etree.fromstring(f'<x:{name} xmlns:x="{namespace}" xmlns:d="{DS}">{inside}</x:{name}>')


def identifier(inside: str) -> Any:
    return element("SignaturePolicyIdentifier", inside)


def explicit(inside: str) -> Any:
    return identifier(f"<x:SignaturePolicyId>{inside}</x:SignaturePolicyId>")


def store(inside: str) -> Any:
    return element("SignaturePolicyStore", inside, XADES_141)


def read(*identifiers: Any, stores: tuple[Any, ...] = (), limits: Limits = LIMITS) -> PolicyReference | None:
    return read_policy(identifiers, stores, limits)


def test_no_element_is_no_policy_even_with_a_store():
    document = store(f"<x:SignaturePolicyDocument>{b64(b'text')}</x:SignaturePolicyDocument>")
    assert read(stores=(document,)) is None


def test_an_implied_policy():
    assert read(identifier("<x:SignaturePolicyImplied/>")) == PolicyReference(implied=True)


def test_an_explicit_policy_with_transforms_and_qualifiers():
    transforms = f'<d:Transforms><d:Transform Algorithm="{C14N}"/></d:Transforms>'
    found = read(explicit(NAME + transforms + HASH + "<x:SigPolicyQualifiers/>"))
    assert found == PolicyReference("urn:oid:1.2.3.4", algorithm="sha256", digest=DIGEST, transforms=(C14N,))


def test_a_digest_may_be_left_out():
    assert read(explicit(NAME)) == PolicyReference("urn:oid:1.2.3.4")


def test_a_stored_document_is_handed_over_and_an_address_is_not_followed():
    document = store(f"<x:SPDocSpecification/><x:SignaturePolicyDocument>{b64(b'text')}</x:SignaturePolicyDocument>")
    assert read(explicit(NAME + HASH), stores=(document,)).stored == b"text"
    elsewhere = store("<x:SigPolDocLocalURI>http://localhost/policy</x:SigPolDocLocalURI>")
    assert read(explicit(NAME + HASH), stores=(elsewhere,)).stored is None


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<x:SignaturePolicyImplied/><x:SignaturePolicyImplied/>",
        f"<x:SignaturePolicyImplied/><x:SignaturePolicyId>{NAME}</x:SignaturePolicyId>",
        f"<x:SignaturePolicyId>{HASH}</x:SignaturePolicyId>",
        f"<x:SignaturePolicyId>{NAME}<x:SigPolicyHash>{METHOD}</x:SigPolicyHash></x:SignaturePolicyId>",
        f"<x:SignaturePolicyId>{NAME}{HASH.replace(b64(DIGEST), '***')}</x:SignaturePolicyId>",
    ],
)
def test_what_is_malformed_is_named(inside):
    found = read(identifier(inside))
    assert found is not None
    assert found.fault


def test_two_identifiers_are_one_too_many():
    assert read(explicit(NAME + HASH), explicit(NAME + HASH)).fault


def test_a_malformed_or_overlong_store_is_named():
    broken = store("<x:SignaturePolicyDocument>***</x:SignaturePolicyDocument>")
    assert read(explicit(NAME + HASH), stores=(broken,)).fault
    document = store(f"<x:SignaturePolicyDocument>{b64(b'x' * 300)}</x:SignaturePolicyDocument>")
    assert not read(explicit(NAME + HASH), stores=(document,), limits=replace(LIMITS, signature_bytes=300)).fault
    assert read(explicit(NAME + HASH), stores=(document,), limits=replace(LIMITS, signature_bytes=200)).fault
