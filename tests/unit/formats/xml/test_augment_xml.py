"""Raising XAdES signatures: what is added is right, and nothing else is touched."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from tests.unit.formats.xml.raising_support import (
    STAMPED_AT,
    XADES_141,
    archive_imprint,
    archived,
    facts_of,
    imprint_in,
    material,
    put_in,
    raised,
    schema,
    stamped,
    token,
    unsigned,
)
from tests.unit.formats.xml.signing_support import (
    XADES,
    algorithm,
    canonical,
    find_signature,
    holds,
    reads_back,
    sign,
    xmlsec_verify,
)
from vnsign.errors import TimestampUnavailableError
from vnsign.formats.material import Material
from vnsign.formats.xml.augment import add_material, begin_archive_timestamp, begin_signature_timestamp
from vnsign.formats.xml.names import C14N_10, C14N_11, C14N_EXCLUSIVE
from vnsign.formats.xml.placement import XmlPlacement
from vnsign.testing.pki import TestPki

DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<!-- trước --><HoSo xmlns="urn:hs" xmlns:x="urn:x" x:a="1"><Don Id="data">Nguyễn Thị Ánh<!-- ghi chú --></Don><Ky/></HoSo>
<!-- sau -->
""".encode()
EXTERNAL = b"%PDF-1.7 \x00\xff"
PLACEMENTS = {
    "enveloped": XmlPlacement.xades_enveloped(signature_id="S"),
    "enveloped-element": XmlPlacement.xades_enveloped(reference="#data", parent="//Ky", signature_id="S"),
    "enveloping": XmlPlacement.xades_enveloping(signature_id="S"),
    "detached": XmlPlacement.xades_detached("#data", parent="//Ky", signature_id="S"),
    "exclusive": XmlPlacement.xades_enveloped(canonicalization=C14N_EXCLUSIVE, signature_id="S"),
    "enveloping-exclusive": XmlPlacement.xades_enveloping(canonicalization=C14N_EXCLUSIVE, signature_id="S"),
    "c14n-1.1": XmlPlacement.xades_enveloped(canonicalization=C14N_11, signature_id="S"),
}
ALGORITHMS = {
    "rsa": ("rsa", algorithm(), "sha256"),
    "pss": ("rsa", algorithm(digest="sha384", padding_="pss"), "sha384"),
    "p256": ("p256", algorithm("p256"), "sha256"),
    "p384": ("p384", algorithm("p384", "sha384"), "sha384"),
    "p521": ("p521", algorithm("p521", "sha512"), "sha512"),
    "ed25519": ("ed25519", algorithm("ed25519"), "sha256"),
}


def signed(where: str = "enveloped", how: str = "rsa"):
    kind, chosen, digest = ALGORITHMS[how]
    return sign(DOCUMENT, PLACEMENTS[where], kind=kind, how=chosen, digest=digest)


@pytest.mark.parametrize(("where", "how"), [*((w, "rsa") for w in PLACEMENTS), *(("enveloped", h) for h in ALGORITHMS)])
def test_every_packaging_and_algorithm_is_raised_to_every_level(where, how):
    document, prepared = signed(where, how)
    levels = []
    for step in (
        lambda d: d,
        lambda d: stamped(d, "S"),
        lambda d: add_material(d, "S", material()),
        lambda d: archived(d, "S"),
    ):
        document = step(document)
        assert holds(document, prepared)
        assert reads_back(document, prepared)
        found = facts_of(document, "S")
        assert all(item.imprint.matches for item in found.timestamps)
        levels.append(found.level)
    assert levels == ["B-B", "B-T", "B-LT", "B-LTA"]


@pytest.mark.oracle
@pytest.mark.parametrize("where", ["enveloped", "detached", "enveloping"])
def test_xmlsec_still_verifies_a_raised_signature(tmp_path: Path, where):
    document, prepared = signed(where)
    said = xmlsec_verify(tmp_path, raised(document, "S"), prepared, "Id:urn:hs:Don")
    assert said.returncode == 0, said.stderr


def _data_octets(where, document):
    root = etree.fromstring(DOCUMENT)
    if where == "enveloping":
        data = canonical(find_signature(document, "S")[-1], C14N_10)
    elif where in ("detached", "enveloped-element"):
        data = canonical(root.find("{urn:hs}Don"), C14N_10)
    else:
        data = canonical(root.getroottree(), C14N_EXCLUSIVE if where == "exclusive" else C14N_10)
    properties = find_signature(document, "S").find(f".//{{{XADES}}}SignedProperties")
    return [data, canonical(properties, C14N_EXCLUSIVE if where == "exclusive" else C14N_10)]


@pytest.mark.parametrize("where", ["enveloped", "detached", "enveloping", "exclusive"])
def test_the_archive_imprint_is_over_data_signature_key_properties_and_objects_in_this_order(where):
    """EN 319 132-1, 5.5.2.2, computed here without the library."""
    document = raised(signed(where)[0], "S")
    properties = unsigned(document, "S")
    assert properties[-1].tag == f"{{{XADES_141}}}ArchiveTimeStamp"
    expected = archive_imprint(document, "S", len(properties) - 1, _data_octets(where, document))
    assert imprint_in(properties[-1]) == expected


@pytest.mark.parametrize("where", PLACEMENTS)
def test_each_step_puts_in_text_at_one_place_or_beside_its_time_stamp_and_changes_no_other_byte(where):
    document = signed(where)[0]
    with_stamp = stamped(document, "S")
    assert b"SignatureTimeStamp" in put_in(document, with_stamp)
    with_material = add_material(with_stamp, "S", material())
    new = rb"<xades141:TimeStampValidationData.*?</xades141:TimeStampValidationData>"
    new += rb"|<xades:CertificateValues>.*?</xades:CertificateValues>|<xades:RevocationValues>.*?</xades:RevocationValues>"
    assert re.sub(new, b"", with_material, flags=re.DOTALL) == with_stamp
    assert put_in(with_material, archived(with_material, "S")).count(b"xades141:ArchiveTimeStamp xmlns") == 1


def test_what_is_written_is_valid_by_the_schema_of_xades():
    document = archived(raised(signed()[0], "S"), "S", at=STAMPED_AT + timedelta(days=1))
    schema().assertValid(etree.fromstring(etree.tostring(find_signature(document, "S"), with_tail=False)))


def test_material_goes_where_the_standard_has_it():
    """The signer's in the values of the signature, that of the time-stamp behind it, each item once."""
    document = add_material(stamped(signed()[0], "S"), "S", material())
    tags = [etree.QName(item).localname for item in unsigned(document, "S")]
    # the signer is self-signed, so everything but the authority's chain is nobody's and stays with the signer
    assert tags == ["SignatureTimeStamp", "TimeStampValidationData", "RevocationValues"]
    found = facts_of(document, "S")
    held = {item.der for item in found.certificates} | {c.der for t in found.timestamps for c in t.token.certificates}
    assert held >= set(material().certificates)
    assert set(found.crls) == set(material().crls)
    assert set(found.ocsps) == set(material().ocsps)
    texts = [item.text for item in find_signature(document, "S").iter() if str(item.tag).endswith("EncapsulatedCRLValue")]
    assert len(texts) == len(set(texts)) == 2


def test_material_that_is_there_is_not_added_again():
    document = add_material(stamped(signed()[0], "S"), "S", material())
    assert add_material(document, "S", material()) == document
    assert add_material(document, "S", Material()) == document
    own = facts_of(document, "S").signing_certificate
    assert add_material(document, "S", Material((own.der,))) == document


def _with_unsigned(inside: str) -> bytes:
    """A signature that somebody else left with these unsigned properties."""
    document = signed()[0]
    end = b"</xades:QualifyingProperties>"
    assert document.count(end) == 1
    return document.replace(end, inside.encode() + end)


SHAPES = {
    "no unsigned properties": "",
    "empty tag": "<xades:UnsignedProperties/>",
    "empty tag with a blank": "<xades:UnsignedProperties Id = 'u' />",
    "empty element": "<xades:UnsignedProperties></xades:UnsignedProperties>",
    "empty signature properties": "<xades:UnsignedProperties><xades:UnsignedSignatureProperties/></xades:UnsignedProperties>",
    "white space and comments": "\n <xades:UnsignedProperties>\n  <!-- </xades:UnsignedProperties> -->"
    "<xades:UnsignedSignatureProperties>\n <!-- x -->\n</xades:UnsignedSignatureProperties>\n</xades:UnsignedProperties>\n",
    "data object properties alone": "<xades:UnsignedProperties><xades:UnsignedDataObjectProperties>"
    "<xades:UnsignedDataObjectProperty>x</xades:UnsignedDataObjectProperty></xades:UnsignedDataObjectProperties>"
    "</xades:UnsignedProperties>",
    "default namespace": f'<UnsignedProperties xmlns="{XADES}"><UnsignedSignatureProperties/></UnsignedProperties>',
    "other prefix": f'<q:UnsignedProperties xmlns:q="{XADES}" xmlns:xades="urn:other" xmlns:ds="urn:more" '
    'xmlns:xades141="urn:third"><q:UnsignedSignatureProperties/></q:UnsignedProperties>',
    "prefixes changed over": f'<ds:UnsignedProperties xmlns:ds="{XADES}" xmlns:xades="http://www.w3.org/2000/09/xmldsig#">'
    "<ds:UnsignedSignatureProperties></ds:UnsignedSignatureProperties></ds:UnsignedProperties>",
    "cdata and instruction": "<xades:UnsignedProperties><?pi </xades:UnsignedSignatureProperties> ?>"
    "<xades:UnsignedSignatureProperties><![CDATA[</xades:UnsignedSignatureProperties>]]></xades:UnsignedSignatureProperties>"
    "</xades:UnsignedProperties>",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_shape_others_left_the_unsigned_properties_in_they_are_filled(shape):
    document = _with_unsigned(SHAPES[shape])
    with_stamp = stamped(document, "S")
    if "/>" not in SHAPES[shape]:  # an empty-element tag is opened, and closed behind
        assert b"SignatureTimeStamp" in put_in(document, with_stamp)
    for made in (with_stamp, raised(document, "S")):
        found = facts_of(made, "S")
        assert found.timestamps
        assert all(item.imprint.matches for item in found.timestamps)
        assert not [item for item in found.problems if item.rule != "xml.comment-in-text"]
        holder = find_signature(made, "S").find(f".//{{{XADES}}}UnsignedProperties")
        assert next(holder.iterchildren(etree.Element)).tag == f"{{{XADES}}}UnsignedSignatureProperties"
    assert facts_of(raised(document, "S"), "S").level == "B-LTA"


_LISTS = {
    "none": "",
    "empty tag": "<xades:RevocationValues/>",
    "lists alone": "<xades:RevocationValues> <xades:CRLValues/> </xades:RevocationValues>",
    "answers alone": "<xades:RevocationValues><xades:OCSPValues></xades:OCSPValues></xades:RevocationValues>",
    "other alone": "<xades:RevocationValues><xades:OtherValues/></xades:RevocationValues>",
    "all": "<xades:RevocationValues><xades:CRLValues/><xades:OCSPValues/><xades:OtherValues/></xades:RevocationValues>",
}


@pytest.mark.parametrize("lists", _LISTS)
@pytest.mark.parametrize(
    "certificates", ["", "<xades:CertificateValues/>", "<xades:CertificateValues> </xades:CertificateValues>"]
)
def test_values_that_are_there_are_filled_up_in_the_order_of_the_schema(certificates, lists):
    inside = "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>{}</xades:UnsignedSignatureProperties>"
    document = _with_unsigned(inside.format(certificates + _LISTS[lists]) + "</xades:UnsignedProperties>")
    made = add_material(document, "S", material())
    found = facts_of(made, "S")
    assert {item.der for item in found.certificates} >= set(material().certificates)
    assert set(found.crls) == set(material().crls)
    assert set(found.ocsps) == set(material().ocsps)
    names = [etree.QName(item).localname for item in unsigned(made, "S")]
    assert sorted(names) == ["CertificateValues", "RevocationValues"]
    values = next(item for item in unsigned(made, "S") if item.tag.endswith("RevocationValues"))
    order = [etree.QName(item).localname for item in values]
    assert order == sorted(order, key=("CRLValues", "OCSPValues", "OtherValues").index)
    assert add_material(made, "S", material()) == made


def test_a_renewal_covers_the_time_stamps_before_it_and_the_material_for_them():
    first = raised(signed()[0], "S")
    later = TestPki.load().crl("public-ca", this_update=STAMPED_AT + timedelta(days=364))
    second = archived(add_material(first, "S", Material(crls=(later,))), "S", at=STAMPED_AT + timedelta(days=365))
    names = [etree.QName(item).localname for item in unsigned(second, "S")]
    assert names[-3:] == ["ArchiveTimeStamp", "TimeStampValidationData", "ArchiveTimeStamp"]
    found = facts_of(second, "S")
    assert [item.imprint.matches for item in found.timestamps] == [True, True, True]
    octets = second.index(b"TimeStampValidationData", second.index(b"ArchiveTimeStamp>"))
    digit = second.index(b"EncapsulatedCRLValue>", octets) + 60
    changed = second[:digit] + (b"B" if second[digit : digit + 1] != b"B" else b"C") + second[digit + 1 :]
    assert [item.imprint.matches for item in facts_of(changed, "S").timestamps] == [True, True, False]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Ánh", "Anh"),
        ("<ds:X509Certificate>", "<ds:X509Certificate> "),
        ("<xades:EncapsulatedCRLValue>", "<xades:EncapsulatedCRLValue> "),
        ("<xades:EncapsulatedTimeStamp>", "<xades:EncapsulatedTimeStamp> "),
    ],
)
def test_any_change_of_what_is_archived_breaks_the_archive_time_stamp(old, new):
    document = raised(signed()[0], "S")
    changed = document.replace(old.encode(), new.encode(), 1)
    assert changed != document
    assert facts_of(document, "S").timestamps[-1].imprint.matches
    assert not facts_of(changed, "S").timestamps[-1].imprint.matches


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_the_digest_asked_for_is_that_of_the_imprint(digest):
    document = archived(stamped(signed()[0], "S", digest=digest), "S", digest=digest)
    assert {item.imprint.algorithm for item in facts_of(document, "S").timestamps} == {digest}


def test_detached_data_are_in_the_archive_imprint():
    placement = XmlPlacement.xades_detached("a%20b.pdf", signature_id="S")
    document, prepared = sign(EXTERNAL, placement)
    external = {"a%20b.pdf": EXTERNAL}
    made = raised(document, "S", external=external)
    assert reads_back(made, prepared, external)
    stamps = facts_of(made, "S", external).timestamps
    assert [item.imprint.matches for item in stamps] == [True, True]
    without = [item.imprint.matches for item in facts_of(made, "S").timestamps]
    assert without == [True, False]
    properties = unsigned(made, "S")
    own = canonical(find_signature(made, "S").find(f".//{{{XADES}}}SignedProperties"), C14N_10)
    assert imprint_in(properties[-1]) == archive_imprint(made, "S", len(properties) - 1, [EXTERNAL, own])


def test_several_signatures_are_raised_in_any_order_and_stay_as_they_were():
    first, one = sign(DOCUMENT, XmlPlacement.xades_detached("#data", parent="//Ky", signature_id="S1"))
    both, two = sign(first, XmlPlacement.xades_detached("#data", parent="//Ky", signature_id="S2"), number=1)
    for order in itertools.permutations(("S1", "S2")):
        document = both
        for name in order:
            document = raised(document, name)
        for name, prepared in (("S1", one), ("S2", two)):
            assert reads_back(document, prepared)
            found = facts_of(document, name)
            assert found.level == "B-LTA"
            assert all(item.imprint.matches for item in found.timestamps)


@pytest.mark.parametrize("begin", [begin_signature_timestamp, begin_archive_timestamp])
def test_only_a_token_over_the_imprint_is_embedded(begin):
    pending = begin(signed()[0], "S")
    with pytest.raises(TimestampUnavailableError) as other:
        pending.embed(token(b"\1" * 32))
    assert other.value.code == "TIMESTAMP_IMPRINT"
    for octets in (b"", b"0\x00", b"\xff" * 40):
        with pytest.raises(TimestampUnavailableError) as none:
            pending.embed(octets)
        assert none.value.code == "TIMESTAMP_MALFORMED"
