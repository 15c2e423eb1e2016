"""Evidence records of XAdES signatures are listed where they stand, and never judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.formats.xml.builder import LIMITS, read
from vnsign import Evidence, XmlPlacement, sign, verify
from vnsign.errors import LimitExceededError
from vnsign.model.facts import SignatureFormat, SignatureKind
from vnsign.model.verdict import Indication
from vnsign.testing.documents import declaration_xml
from vnsign.testing.pki import TestPki

NAMESPACE = "http://uri.etsi.org/19132/v1.1.1#"
RECORD = '<e:EvidenceRecord xmlns:e="urn:ietf:params:xml:ns:ers" Version="1.0"/>'
BINARY = "<s:ASN1EvidenceRecord>MAA=</s:ASN1EvidenceRecord>"


def signed() -> bytes:
    placement = replace(XmlPlacement.xades_enveloped(), signature_id="S")
    return sign(declaration_xml(), TestPki.load().signer("citizen"), placement=placement).data


def sealed(*records: str, data: bytes | None = None) -> bytes:
    """A signed document with unsigned properties that hold the records."""
    holder = f'<s:SealingEvidenceRecords xmlns:s="{NAMESPACE}">{"".join(records)}</s:SealingEvidenceRecords>'
    unsigned = (
        f"<xades:UnsignedProperties><xades:UnsignedSignatureProperties>{holder}"
        "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
    )
    end = b"</xades:SignedProperties>"
    return (data or signed()).replace(end, end + unsigned.encode())


def test_records_in_xml_and_in_asn1_follow_their_signature_and_are_not_judged() -> None:
    signature, first, second = read(sealed(RECORD, BINARY)).signatures
    assert (signature.id, signature.supported) == ("S", True)
    assert [item.id for item in (first, second)] == ["S-evidence-record-1", "S-evidence-record-2"]
    for item in (first, second):
        assert (item.kind, item.format) == (SignatureKind.EVIDENCE_RECORD, SignatureFormat.EVIDENCE_RECORD)
        assert not item.supported
        assert "SealingEvidenceRecords" in item.location


def test_the_signature_is_judged_as_before_and_the_record_keeps_the_document_from_passing() -> None:
    pki = TestPki.load()
    report = verify(sealed(RECORD), trust=pki.trust_store(), evidence=Evidence(crls=pki.crls()))
    assert [item.indication for item in report.signatures] == [Indication.TOTAL_PASSED, Indication.INDETERMINATE]
    assert report.indication is Indication.INDETERMINATE


def test_nothing_but_records_is_listed_and_nothing_outside_the_unsigned_properties() -> None:
    assert len(read(sealed("<s:Other/>")).signatures) == 1
    assert len(read(signed().replace(b"</ToKhai>", RECORD.encode() + b"</ToKhai>")).signatures) == 1


def test_no_record_takes_the_id_of_a_signature() -> None:
    both = sealed(RECORD).replace(
        b"</ToKhai>", b'<Signature Id="S-evidence-record-1" xmlns="http://www.w3.org/2000/09/xmldsig#"/></ToKhai>'
    )
    ids = [item.id for item in read(both).signatures]
    assert len(set(ids)) == len(ids) == 3


def test_their_number_is_bounded() -> None:
    document, limits = sealed(*([RECORD] * 4)), replace(LIMITS, signatures=4)
    assert len(read(document, limits=limits).signatures) == 5
    with pytest.raises(LimitExceededError):
        read(document, limits=replace(LIMITS, signatures=3))
