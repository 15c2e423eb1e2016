"""What a signer says beyond signing, and signatures on signatures, in XAdES."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from lxml import etree

from tests.unit.formats.xml.raising_support import facts_of, put_in, raised, schema
from tests.unit.formats.xml.signing_support import DS, NAMESPACES, XADES, find_signature, holds, reads_back, sign, xmlsec_verify
from vnsign.errors import ConfigurationError, SigningError
from vnsign.formats.xml.augment import archive_targets
from vnsign.formats.xml.names import C14N_EXCLUSIVE, TYPE_COUNTER_SIGNATURE
from vnsign.formats.xml.placement import XmlForm, XmlPackaging, XmlPlacement
from vnsign.formats.xml.second_reading import second_reading
from vnsign.model.certificate import Certificate
from vnsign.model.claims import Claims, Commitment, SignaturePolicy
from vnsign.model.facts import SignatureKind

DOCUMENT = '<HoSo><Don Id="data">Nguyễn Thị Ánh</Don><Ky/></HoSo>'.encode()
POLICY = SignaturePolicy(identifier="1.2.704.1", digest="sha512", value=b"\7" * 64, uri="https://vd.vn/cs.pdf?a=1&b=2")
CLAIMS = Claims(
    commitments=(Commitment.APPROVAL, Commitment.ORIGIN, Commitment.APPROVAL),
    policy=POLICY,
    city="Hà Nội",
    province='Ba "Đình"',
    postal_code="10000",
    country="VN",
    roles=("Giám đốc", "<Kế toán> & thủ quỹ"),
)
WHOLE = XmlPlacement.xades_enveloped(signature_id="S")


def texts(document: bytes, path: str) -> list[str]:
    found = find_signature(document, "S").findall(f".//{path}", NAMESPACES)
    return [item.text for item in found]


@pytest.mark.parametrize(
    ("placement", "prefix"),
    [
        (WHOLE, "ds"),
        (WHOLE, ""),
        (XmlPlacement.xades_enveloping(signature_id="S"), "ds"),
        (XmlPlacement.xades_detached("#data", parent="//Ky"), ""),
    ],
)
def test_claims_are_signed_and_valid_by_the_schema(placement, prefix):
    document, prepared = sign(DOCUMENT, replace(placement, claims=CLAIMS, prefix=prefix, signature_id="S"))
    assert holds(document, prepared)
    assert reads_back(document, prepared)
    assert second_reading(document, "S", Certificate(prepared.certificate)).status == "agreed"
    schema().assertValid(etree.fromstring(etree.tostring(find_signature(document, "S"), with_tail=False)))
    signed = "xades:SignedProperties//xades:"
    uri = "http://uri.etsi.org/01903/v1.2.2#"
    assert texts(document, "xades:CommitmentTypeId/xades:Identifier") == [f"{uri}ProofOfApproval", f"{uri}ProofOfOrigin"]
    assert texts(document, "xades:SigPolicyId/xades:Identifier") == ["urn:oid:1.2.704.1"]
    assert texts(document, f"{signed}SigPolicyHash/ds:DigestValue") == [base64.b64encode(POLICY.value).decode()]
    assert texts(document, f"{signed}SPURI") == [POLICY.uri]
    place = find_signature(document, "S").find(".//xades:SignatureProductionPlaceV2", NAMESPACES)
    assert [(etree.QName(item).localname, item.text) for item in place] == [
        ("City", "Hà Nội"),
        ("StateOrProvince", 'Ba "Đình"'),
        ("PostalCode", "10000"),
        ("CountryName", "VN"),
    ]
    assert texts(document, "xades:SignerRoleV2/xades:ClaimedRoles/xades:ClaimedRole") == list(CLAIMS.roles)
    assert "urn:oid:1.2.704.1" in str(facts_of(document, "S").signature_policy)


def test_changing_a_claim_breaks_the_signature():
    document, prepared = sign(DOCUMENT, replace(WHOLE, claims=CLAIMS))
    for old, new in (
        ("ProofOfApproval", "ProofOfReceipt"),
        ("Hà Nội", "Huế"),
        ("Giám đốc", "Thư ký"),
        ("1.2.704.1<", "1.2.3<"),
    ):
        changed = document.replace(old.encode(), new.encode())
        assert changed != document
        assert not reads_back(changed, prepared)


def test_a_policy_may_be_implied():
    document, prepared = sign(DOCUMENT, replace(WHOLE, implied_policy=True))
    assert reads_back(document, prepared)
    assert (
        find_signature(document, "S").find(".//xades:SignaturePolicyIdentifier/xades:SignaturePolicyImplied", NAMESPACES)
        is not None
    )
    with pytest.raises(ConfigurationError):
        replace(WHOLE, implied_policy=True, claims=CLAIMS)


def test_without_claims_nothing_is_said():
    document, _ = sign(DOCUMENT, WHOLE)
    for name in ("CommitmentTypeIndication", "SignaturePolicyIdentifier", "SignatureProductionPlaceV2", "SignerRoleV2"):
        assert name.encode() not in document


@pytest.mark.parametrize(
    "claims",
    [
        Claims(city="a\nb"),
        Claims(roles=("\ud800",)),
        Claims(country="\x1b[0m"),
        Claims(policy=replace(POLICY, uri="not a uri")),
        Claims(policy=replace(POLICY, uri='x"y')),
        Claims(policy=replace(POLICY, digest="whirlpool")),
    ],
)
def test_claims_that_xml_cannot_say_are_refused_when_the_placement_is_built(claims):
    with pytest.raises(ConfigurationError):
        replace(WHOLE, claims=claims)


def test_plain_signatures_have_no_claims():
    for more in ({"claims": CLAIMS}, {"implied_policy": True}, {"counter_signs": "S"}):
        with pytest.raises(ConfigurationError):
            XmlPlacement(form=XmlForm.XMLDSIG, **more)


@pytest.mark.parametrize("method", ["http://www.w3.org/TR/2001/REC-xml-c14n-20010315", C14N_EXCLUSIVE])
@pytest.mark.parametrize("before", [lambda document: document, lambda document: raised(document, "S")])
def test_a_counter_signature_signs_the_value_and_stands_in_the_unsigned_properties(before, method):
    first, one = sign(DOCUMENT, WHOLE)
    first = before(first)
    placement = XmlPlacement.counter_signature("S", signature_id="C", canonicalization=method, claims=CLAIMS)
    document, two = sign(first, placement, kind="p256", number=1)
    assert b"<xades:CounterSignature" in b"<" + put_in(first, document)
    for prepared in (one, two):
        assert holds(document, prepared)
        assert reads_back(document, prepared)
    assert second_reading(document, "C", Certificate(two.certificate)).status == "agreed"
    counter = find_signature(document, "C")
    assert counter.getparent().tag == f"{{{XADES}}}CounterSignature"
    reference = counter.find("ds:SignedInfo/ds:Reference", NAMESPACES)
    assert (reference.get("URI"), reference.get("Type")) == ("#S-value", TYPE_COUNTER_SIGNATURE)
    assert counter.find(f".//{{{XADES}}}DataObjectFormat") is None
    found = facts_of(document, "C")
    assert found.kind is SignatureKind.COUNTER_SIGNATURE
    assert not found.problems
    assert all(item.imprint.matches for item in facts_of(document, "S").timestamps)
    schema().assertValid(etree.fromstring(etree.tostring(find_signature(document, "S"), with_tail=False)))


@pytest.mark.oracle
def test_xmlsec_verifies_both(tmp_path):
    first, one = sign(DOCUMENT, WHOLE)
    document, two = sign(first, XmlPlacement.counter_signature("S", signature_id="C"), number=1)
    for prepared in (one, two):
        said = xmlsec_verify(tmp_path, document, prepared, f"Id:{DS}:SignatureValue")
        assert said.returncode == 0, said.stderr


def test_counter_signatures_are_counter_signed_and_raised_in_turn():
    document, one = sign(DOCUMENT, WHOLE)
    document, two = sign(document, XmlPlacement.counter_signature("S", signature_id="C"), number=1)
    document, three = sign(document, XmlPlacement.counter_signature("S", signature_id="D"), number=2)
    document, four = sign(document, XmlPlacement.counter_signature("C", signature_id="CC"), number=3)
    order = archive_targets(document, ["S", "C", "D", "CC"])
    assert order == ("CC", "C", "D", "S"), "from the inside out: an archive time-stamp covers what is in the properties"
    for name in order:
        document = raised(document, name)
    for prepared in (one, two, three, four):
        assert reads_back(document, prepared)
        found = facts_of(document, prepared.signature_id)
        assert found.level == "B-LTA"
        assert all(item.imprint.matches for item in found.timestamps)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (XmlPlacement(form=XmlForm.XMLDSIG, signature_id="S"), "XML_TIMESTAMP_FORM"),
        (XmlPlacement.xades_enveloped(signature_id="T"), "NO_SUCH_SIGNATURE"),
    ],
)
def test_only_xades_signatures_of_the_document_are_counter_signed(other, code):
    document, _ = sign(DOCUMENT, other)
    with pytest.raises((SigningError, ConfigurationError)) as error:
        sign(document, XmlPlacement.counter_signature("S", signature_id="C"), number=1)
    assert error.value.code == code


def test_a_value_without_identifier_or_with_one_that_is_taken_is_not_counter_signed():
    document, _ = sign(DOCUMENT, WHOLE)
    for changed, code in (
        (document.replace(b' Id="S-value"', b""), "XML_NO_VALUE_ID"),
        (document.replace(b"<ds:KeyInfo>", b'<ds:KeyInfo Id="S-value">'), "XML_DUPLICATE_ID"),
        (document.replace("Ánh".encode(), b"Anh"), "XML_SIGNATURE_BROKEN"),
    ):
        with pytest.raises(SigningError) as error:
            sign(changed, XmlPlacement.counter_signature("S", signature_id="C"), number=1)
        assert error.value.code == code


@pytest.mark.parametrize(
    "more",
    [
        {"parent": "/HoSo"},
        {"reference": "#data"},
        {"packaging": XmlPackaging.DETACHED},
        {"transforms": (DS + "enveloped-signature",)},
    ],
)
def test_nothing_else_says_where_a_counter_signature_goes(more):
    with pytest.raises(ConfigurationError):
        XmlPlacement(counter_signs="S", **more)
