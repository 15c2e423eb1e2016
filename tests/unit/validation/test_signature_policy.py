"""Signature policies: which document counts as that of a policy, and when it is the right one."""

from __future__ import annotations

import hashlib

import pytest

from vnsign.crypto import ber
from vnsign.errors import ConfigurationError
from vnsign.model.signature_policy import PolicyDocument, PolicyReference
from vnsign.validation.signature_policy import PolicyStatus, look_up

TEXT = b"Every clerk signs with a token."
ID = "1.2.3.4"
NAMED = PolicyReference(ID, algorithm="sha256", digest=hashlib.sha256(TEXT).digest())


def status(reference: PolicyReference | None, *documents: PolicyDocument) -> PolicyStatus:
    return look_up(reference, documents).status


def changed(**fields: object) -> PolicyReference:
    from dataclasses import replace

    return replace(NAMED, **fields)


def test_no_policy_and_an_implied_one_need_no_document():
    assert status(None) is PolicyStatus.NONE
    assert status(PolicyReference(implied=True)) is PolicyStatus.NONE


def test_without_a_document_the_policy_is_missing():
    assert status(NAMED) is PolicyStatus.MISSING
    assert status(NAMED, PolicyDocument(TEXT, "1.2.3.5")) is PolicyStatus.MISSING
    assert status(NAMED, PolicyDocument(b"another text")) is PolicyStatus.MISSING


@pytest.mark.parametrize("identifier", ["", ID, f"urn:oid:{ID}", f" URN:OID:{ID}\n"])
def test_a_document_with_the_digest_is_the_one(identifier):
    assert status(NAMED, PolicyDocument(b"another text"), PolicyDocument(TEXT, identifier)) is PolicyStatus.HELD
    assert status(changed(identifier=f"urn:oid:{ID}"), PolicyDocument(TEXT, identifier)) is PolicyStatus.HELD


def test_a_document_said_to_be_that_of_the_policy_must_have_the_digest():
    assert status(NAMED, PolicyDocument(TEXT + b" ", ID)) is PolicyStatus.WRONG
    assert status(changed(stored=TEXT + b" ")) is PolicyStatus.WRONG
    assert status(changed(stored=TEXT)) is PolicyStatus.HELD


def test_the_right_document_counts_whatever_stands_beside_it():
    assert status(changed(stored=b"another text"), PolicyDocument(TEXT)) is PolicyStatus.HELD
    assert status(changed(stored=b"another text"), PolicyDocument(TEXT, "1.9")) is PolicyStatus.WRONG


def test_a_malformed_reference_is_never_mended_by_a_document():
    assert status(changed(fault="two of them", stored=TEXT), PolicyDocument(TEXT)) is PolicyStatus.WRONG


def test_what_cannot_be_compared_is_undecided():
    assert status(changed(digest=b"", stored=TEXT)) is PolicyStatus.UNDECIDED
    assert status(changed(algorithm="1.2.3", stored=TEXT)) is PolicyStatus.UNDECIDED
    transformed = changed(transforms=("http://www.w3.org/TR/2001/REC-xml-c14n-20010315",))
    assert status(transformed, PolicyDocument(TEXT + b" ", ID)) is PolicyStatus.UNDECIDED
    assert status(transformed, PolicyDocument(TEXT, ID)) is PolicyStatus.HELD


def test_a_policy_in_asn1_is_digested_without_header_and_without_the_digest_that_it_holds():
    algorithm, information = ber.wrap(0x30, ber.wrap(0x06, b"\x2a\x03")), ber.wrap(0x30, ber.wrap(0x04, TEXT))
    digest = hashlib.sha256(algorithm + information).digest()
    document = ber.wrap(0x30, algorithm + information + ber.wrap(0x04, digest))
    assert status(changed(digest=digest, stored=document)) is PolicyStatus.HELD
    assert status(changed(digest=digest, stored=document + b"\x00")) is PolicyStatus.WRONG
    four = ber.wrap(0x30, algorithm + information + ber.wrap(0x04, digest) + b"\x05\x00")
    assert status(changed(digest=digest, stored=four)) is PolicyStatus.WRONG


def test_an_empty_document_is_refused():
    with pytest.raises(ConfigurationError):
        PolicyDocument(b"", ID)
