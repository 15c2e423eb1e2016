"""Signing real kinds of documents: e-invoices, messages, several signers, time-stamps; what was signed before stays valid."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.unit.formats.xml.signing_support import (
    AT,
    NAMESPACES,
    algorithm,
    canonical,
    find_signature,
    holder,
    holds,
    reads_back,
    sign,
    sign_value,
    xmlsec_verify,
)
from vnsign.crypto import digests
from vnsign.errors import SigningError, TimestampUnavailableError, UnreadableDocumentError
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.names import C14N_EXCLUSIVE
from vnsign.formats.xml.placement import XmlPackaging, XmlPlacement
from vnsign.formats.xml.prepare import embed_timestamp_xml, embed_xml, prepare_xml, timestamp_data
from vnsign.formats.xml.read import read_xml
from vnsign.formats.xml.second_reading import second_reading
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import Lie, SimulatedTsa

INVOICES = b"""<?xml version="1.0" encoding="UTF-8"?><TDiep><DLieu>
<HDon><DLHDon Id="a">1</DLHDon><DSCKS><NBan/><NMua/></DSCKS></HDon>
<HDon><DLHDon Id="b">2</DLHDon><DSCKS><NBan/><NMua/></DSCKS></HDon></DLieu></TDiep>"""
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"


def _facts(signed: bytes, signature_id: str) -> Any:
    found = read_xml(DocumentSource("signed", data=signed), limits=Limits()).signatures
    (one,) = [signature for signature in found if signature.id == signature_id]
    return one


def test_a_message_with_two_invoices_takes_each_sellers_signature_in_its_place() -> None:
    with pytest.raises(SigningError) as caught:
        sign(INVOICES, XmlPlacement.invoice_seller("#a"))
    assert caught.value.code == "XML_PARENT_AMBIGUOUS"
    one = XmlPlacement.invoice_seller("#a", parent="/TDiep/DLieu/HDon[1]/DSCKS/NBan")
    two = XmlPlacement.invoice_seller("#b", parent="/TDiep/DLieu/HDon[2]/DSCKS/NBan", signature_id="seller-2")
    first, prepared = sign(INVOICES, one)
    both, again = sign(first, two, number=1)
    whole, message = sign(both, XmlPlacement.xades_enveloped(), kind="p384", how=algorithm("p384", "sha384"), digest="sha384")
    for each in (prepared, again, message):
        assert holds(whole, each)
        assert reads_back(whole, each)
    facts = _facts(whole, "seller-2")
    assert facts.location.startswith("/TDiep[1]/DLieu[1]/HDon[2]/DSCKS[1]/NBan[1]")
    assert facts.format == "XML-DSig"
    assert facts.claimed_time == AT
    assert facts.claimed_time_zone_assumed


@pytest.mark.parametrize(
    "second",
    [
        XmlPlacement.xades_enveloped(),
        XmlPlacement.xades_enveloped(reference="#a", parent="/TDiep"),
        XmlPlacement.xades_enveloping(),
    ],
)
def test_a_signature_that_would_break_an_earlier_one_is_refused(second: XmlPlacement) -> None:
    first, _ = sign(INVOICES, XmlPlacement.xades_enveloped())
    with pytest.raises(SigningError) as caught:
        sign(first, second, number=1)
    assert caught.value.code == "XML_BREAKS_SIGNATURE"
    assert caught.value.hint


def test_an_earlier_signature_of_an_enclosing_element_is_kept_too() -> None:
    document = b'<r><a Id="a"><b Id="b"/><s/></a><t/></r>'
    first, _ = sign(document, XmlPlacement(reference="#a", parent="/r/t"))
    with pytest.raises(SigningError) as caught:
        sign(first, XmlPlacement(reference="#b", parent="/r/a/s"), number=1)
    assert caught.value.code == "XML_BREAKS_SIGNATURE"
    both, prepared = sign(first, XmlPlacement(reference="#b", parent="/r/t"), number=1)
    assert reads_back(both, prepared)


def test_enveloping_keeps_an_earlier_signature_whose_context_does_not_change_it() -> None:
    """Inclusive canonical forms take in the namespaces declared around them; exclusive ones do not."""
    document = b'<r><a Id="a">1</a><b/></r>'
    inclusive, _ = sign(document, XmlPlacement(reference="#a", parent="/r/b"))
    with pytest.raises(SigningError) as caught:
        sign(inclusive, XmlPlacement.xades_enveloping(), number=1)
    assert caught.value.code == "XML_BREAKS_SIGNATURE"
    exclusive, first = sign(document, XmlPlacement(reference="#a", parent="/r/b", canonicalization=C14N_EXCLUSIVE))
    both, prepared = sign(exclusive, XmlPlacement.xades_enveloping(), number=1)
    for each in (first, prepared):
        assert reads_back(both, each)


def test_a_document_full_of_references_is_signed_in_bounded_time() -> None:
    reference = '<Reference URI="#a"/>'
    many = f'<r><a Id="a"/><Signature xmlns="http://www.w3.org/2000/09/xmldsig#">{reference * 5000}</Signature></r>'
    signed, prepared = sign(many.encode(), XmlPlacement(reference="#a"))
    assert holds(signed, prepared)


def test_a_broken_or_empty_earlier_signature_hinders_nobody() -> None:
    first, _ = sign(INVOICES, XmlPlacement.xades_enveloped())
    broken = first.replace(b">1</DLHDon>", b">9</DLHDon>")
    signed, prepared = sign(broken, XmlPlacement.xades_enveloped(), number=1)
    assert reads_back(signed, prepared)
    dummy = INVOICES.replace(b"<NBan/>", b'<NBan><Signature xmlns="http://www.w3.org/2000/09/xmldsig#">Sign</Signature></NBan>')
    signed, prepared = sign(dummy, XmlPlacement.xades_enveloped())
    assert reads_back(signed, prepared)


@pytest.fixture(scope="module")
def authority() -> SimulatedTsa:
    return SimulatedTsa.of(TestPki.load(), clock=lambda: AT + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("placement", "kind"),
    [
        (XmlPlacement.xades_enveloped(), "rsa"),
        (XmlPlacement.xades_enveloped(canonicalization=C14N_EXCLUSIVE), "p256"),
        (XmlPlacement.xades_enveloping(), "ed25519"),
        (XmlPlacement.xades_detached("#a", parent="//HDon[1]/DSCKS/NMua"), "rsa"),
        (XmlPlacement(prefix=""), "rsa"),
    ],
)
def test_a_signature_time_stamp_makes_level_t(authority: SimulatedTsa, placement: XmlPlacement, kind: str) -> None:
    signed, prepared = sign(INVOICES, placement, kind=kind, how=algorithm(kind))
    data = timestamp_data(signed, prepared)
    assert data.startswith(f"<{prepared.tag}SignatureValue".encode())
    value = find_signature(signed, prepared.signature_id).find("ds:SignatureValue", NAMESPACES)
    assert data == canonical(value, placement.canonicalization)
    token = authority.token("sha256", digests.digest("sha256", data))
    stamped = embed_timestamp_xml(signed, prepared, token)
    assert holds(stamped, prepared)
    assert reads_back(stamped, prepared)
    facts = _facts(stamped, prepared.signature_id)
    assert facts.level == "B-T"
    (stamp,) = facts.timestamps
    assert stamp.imprint.matches
    assert stamp.gen_time == AT + timedelta(minutes=1)
    if kind != "ed25519":
        said = second_reading(stamped, prepared.signature_id, Certificate(prepared.certificate))
        assert said.status == "agreed", said.reason
    with pytest.raises(SigningError) as caught:
        embed_timestamp_xml(stamped, prepared, token)
    assert caught.value.code == "XML_NOT_PREPARED", "a second one is not put in over the first"


def test_a_token_over_other_octets_or_none_at_all_is_refused(authority: SimulatedTsa) -> None:
    signed, prepared = sign(INVOICES, XmlPlacement.xades_enveloped())
    other = authority.token("sha256", digests.digest("sha256", b"other"))
    liar = SimulatedTsa.of(TestPki.load(), clock=authority.clock, lie=Lie.WRONG_IMPRINT)
    lie = liar.token("sha256", digests.digest("sha256", timestamp_data(signed, prepared)))
    wrong = {other: "TIMESTAMP_IMPRINT", lie: "TIMESTAMP_IMPRINT", b"": "TIMESTAMP_MALFORMED", b"0\x00": "TIMESTAMP_MALFORMED"}
    for token, code in wrong.items():
        with pytest.raises(TimestampUnavailableError) as caught:
            embed_timestamp_xml(signed, prepared, token)
        assert caught.value.code == code


def test_a_utf16_document_is_stamped_in_its_own_encoding(authority: SimulatedTsa) -> None:
    document = '\ufeff<?xml version="1.0" encoding="UTF-16"?><r>Nguyễn</r>'.encode("utf-16-le")
    signed, prepared = sign(document, XmlPlacement.xades_enveloped())
    token = authority.token("sha512", digests.digest("sha512", timestamp_data(signed, prepared)))
    stamped = embed_timestamp_xml(signed, prepared, token)
    assert stamped.decode("utf-16").startswith('<?xml version="1.0" encoding="UTF-16"?><r>Nguyễn<ds:Signature')
    assert reads_back(stamped, prepared)
    assert _facts(stamped, prepared.signature_id).level == "B-T"


@pytest.mark.corpus
def test_invoice_forms_of_the_tax_authority_are_signed_by_seller_and_buyer(shared_data: Path, tmp_path: Path) -> None:
    forms = sorted((shared_data / "vn-samples" / "xml-unsigned-mocks").glob("II_2_*.xml"))
    assert len(forms) == 8
    for form in forms:
        document = form.read_bytes().replace(b"<DLHDon>", b'<DLHDon Id="HD-1">')
        signed, seller = sign(document, XmlPlacement.invoice_seller("#HD-1"))
        assert reads_back(signed, seller), form.name
        assert xmlsec_verify(tmp_path, signed, seller, "Id:DLHDon").returncode == 0, form.name
        parent = "//HDon/DSCKS/NMua"
        if etree.fromstring(document).find(".//DSCKS/NMua") is None:
            parent = "//HDon/DSCKS"
        both, buyer = sign(signed, XmlPlacement.invoice_buyer("#HD-1", parent=parent), number=1)
        assert reads_back(both, seller), form.name
        assert reads_back(both, buyer), form.name


@pytest.mark.corpus
def test_a_signed_message_of_the_authority_takes_another_signature(shared_data: Path) -> None:
    document = (shared_data / "vn-samples" / "xml" / "einvoice-tct-test-202-ts24-safeca2020.xml").read_bytes()
    before = read_xml(DocumentSource("before", data=document), limits=Limits()).signatures
    signed, prepared = sign(document, XmlPlacement.invoice_buyer("#TS24_2111051448445960106322455"))
    after = read_xml(DocumentSource("after", data=signed), limits=Limits()).signatures
    assert reads_back(signed, prepared)
    assert len(after) == len(before) + 1
    kept = [signature for signature in after if signature.id != prepared.signature_id]
    assert [s.digests for s in kept] == [s.digests for s in before]
    assert [s.signed_value for s in kept] == [s.signed_value for s in before]


@pytest.mark.corpus
def test_unsigned_forms_and_exchange_messages_take_a_whole_signature(shared_data: Path) -> None:
    folder = shared_data / "vn-samples"
    files = [*sorted((folder / "xml-unsigned-mocks").glob("*.xml")), *sorted((folder / "edxml").glob("*.edxml"))]
    unreadable = 0
    for file in files:
        document = file.read_bytes()
        try:
            etree.fromstring(document)
        except etree.XMLSyntaxError:
            unreadable += 1
            with pytest.raises(UnreadableDocumentError):
                sign(document, XmlPlacement.xades_enveloped())
            continue
        signed, prepared = sign(document, XmlPlacement.xades_enveloped())
        assert holds(signed, prepared), file.name
        assert reads_back(signed, prepared), file.name
        start = prepared.before.rindex(b"<ds:Signature xmlns")
        end = signed.rindex(b"</ds:Signature>") + len(b"</ds:Signature>")
        assert signed[:start] + signed[end:] == document, file.name
    assert len(files) - unreadable >= 20


def test_a_large_document_is_signed_in_place() -> None:
    rows = "".join(f"<row><NBan>{number}</NBan><!-- <NBan> --></row>" for number in range(20_000))
    document = f"<list>{rows}<DSCKS><NBan/></DSCKS><tail>{rows}</tail></list>".encode()
    signed, prepared = sign(document, XmlPlacement(parent="/list/DSCKS/NBan", packaging=XmlPackaging.ENVELOPED))
    assert reads_back(signed, prepared)
    assert find_signature(signed, prepared.signature_id).getparent().tag == "NBan"


def test_data_may_be_several_elements_of_one_document() -> None:
    who = holder("p256")
    prepared = prepare_xml(
        INVOICES,
        certificate=who.certificate,
        algorithm=algorithm("p256"),
        placement=XmlPlacement(packaging=XmlPackaging.DETACHED, reference="#a", more_references=("#b",)),
        at=AT,
    )
    signed = embed_xml(prepared, sign_value(who, algorithm("p256"), prepared.to_be_signed))
    assert reads_back(signed, prepared)
    assert len(find_signature(signed, prepared.signature_id).findall("ds:SignedInfo/ds:Reference", NAMESPACES)) == 3


def test_an_element_that_says_its_identifier_twice_is_still_one() -> None:
    signed, prepared = sign(b'<r><a Id="x" id="x"/></r>', XmlPlacement(reference="#x"))
    assert reads_back(signed, prepared)
