"""Ids are unique in a document, whatever it calls its fields and elements: proofs of existence are kept by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.end_to_end.conftest import NOW, SIGNED_AT, signed
from vnsign import Evidence
from vnsign._verify import read
from vnsign.formats.ids import unique
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits
from vnsign.model.report import BestTimeSource
from vnsign.testing.pki import TestPki
from vnsign.validation import policies
from vnsign.validation.document import validate_signatures
from vnsign.validation.engine import Context
from vnsign.validation.poe import ProofsOfExistence


@pytest.mark.parametrize(
    "names",
    [
        ["Signature1", "Signature1", "Signature1#2"],
        ["Signature1#2", "Signature1", "Signature1"],
        ["a", "a", "a", "a#2", "a#2", "a#2#2", "a#3"],
        ["", "", "#2"],
    ],
)
def test_names_that_imitate_our_suffixes_do_not_collide(names):
    ids = unique(names)
    assert len(set(ids)) == len(names)
    assert ids == unique(names)


def test_names_that_are_unique_stay_as_they_are():
    assert unique(["Signature1", "Signature2"]) == ["Signature1", "Signature2"]


def test_an_xml_id_that_imitates_a_position_is_not_used_as_an_id():
    document = signed("xmldsig").replace(b'Id="seller"', b'Id="/ToKhai[1]/ChuKySo[1]/Signature[2]"')
    (facts,) = read(DocumentSource.of(document), limits=Limits()).signatures
    assert facts.id == facts.location


def test_a_proof_of_existence_for_an_id_that_two_signatures_share_proves_nothing():
    """However a reader came to give the same id twice: the younger must not inherit the older one's age."""
    pki = TestPki.load()
    data = signed("pdf")
    (facts,) = read(DocumentSource.of(data), limits=Limits()).signatures
    archived = read(DocumentSource.of(_archived()), limits=Limits()).signatures
    stamp = next(item for item in archived if item.document_timestamp is not None)
    assert stamp.document_timestamp is not None
    protecting = replace(stamp, document_timestamp=replace(stamp.document_timestamp, protects=(f"signature:{facts.id}",)))
    context = Context(
        pki.trust_store(), policies.load("circular-15-2025"), Evidence(crls=pki.crls()), NOW, ProofsOfExistence(NOW)
    )
    alone = validate_signatures((facts, protecting), context)
    assert alone[0].best_signature_time_source is BestTimeSource.TIMESTAMP
    twice = validate_signatures((facts, facts, protecting), context)
    assert [item.best_signature_time_source for item in twice[:2]] == [BestTimeSource.VALIDATION_TIME] * 2


def _archived() -> bytes:
    from tests.end_to_end.pades_levels import pades

    return pades("citizen", archive=True, crls=TestPki.load().crls(), at=SIGNED_AT + timedelta(days=1))
