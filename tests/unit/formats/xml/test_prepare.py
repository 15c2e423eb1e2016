"""Signing XML in two steps: what comes out verifies, by this library and by others, and nothing else is touched."""

from __future__ import annotations

import itertools
import pickle
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.unit.formats.xml.signing_support import (
    AT,
    DS,
    NAMESPACES,
    XADES,
    algorithm,
    find_signature,
    holder,
    holds,
    prepare,
    reads_back,
    sign,
    sign_value,
    xmlsec_verify,
)
from vnsign.errors import SelfCheckError
from vnsign.formats.xml.names import C14N_10, C14N_11, C14N_EXCLUSIVE
from vnsign.formats.xml.placement import XmlForm, XmlPackaging, XmlPlacement
from vnsign.formats.xml.prepare import PreparedXml, embed_xml
from vnsign.formats.xml.second_reading import second_reading
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm

INVOICE = """<?xml version="1.0" encoding="UTF-8"?>
<!-- hóa đơn -->
<HDon xmlns:inv="http://example.vn/inv"><DLHDon Id="data"><Ten>Nguyễn Thị Ánh</Ten><!-- ghi chú --><Tien
 inv:don-vi = 'đồng'>1 &amp; 2</Tien></DLHDon><DSCKS><NBan/><NMua></NMua></DSCKS></HDon>
<!-- hết -->
""".encode()
RETURN = """<?xml version="1.0" encoding="utf-8"?>
<HSoThueDTu xmlns="http://kekhaithue.gdt.gov.vn/TKhaiThue" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <HSoKhaiThue id="_NODE_TO_SIGN"><TTinChung><tenNNT>Hộ kinh doanh Đào</tenNNT><!-- x --></TTinChung>
    <CTieuTKhaiChinh xmlns=""><ct21>0</ct21></CTieuTKhaiChinh></HSoKhaiThue>
  <CKyDTu></CKyDTu>
</HSoThueDTu>""".encode()
EXTERNAL = b"%PDF-1.7 any bytes \x00\xff"

PLACEMENTS = {
    "invoice": (INVOICE, XmlPlacement.invoice_seller("#data"), ["Id:DLHDon"]),
    "tax-return": (RETURN, XmlPlacement.tax_return(), ["id:http://kekhaithue.gdt.gov.vn/TKhaiThue:HSoKhaiThue"]),
    "xades-enveloped": (INVOICE, XmlPlacement.xades_enveloped(), []),
    "xades-enveloped-element": (
        INVOICE,
        XmlPlacement.xades_enveloped(reference="#data", parent="/HDon/DSCKS/NMua"),
        ["Id:DLHDon"],
    ),
    "xades-enveloping": (INVOICE, XmlPlacement.xades_enveloping(), []),
    "xades-detached": (INVOICE, XmlPlacement.xades_detached("#data", parent="//DSCKS"), ["Id:DLHDon"]),
    "xmldsig-enveloped": (INVOICE, XmlPlacement(form=XmlForm.XMLDSIG), []),
    "xmldsig-enveloping": (INVOICE, XmlPlacement(form=XmlForm.XMLDSIG, packaging=XmlPackaging.ENVELOPING), []),
    "xmldsig-detached": (
        INVOICE,
        XmlPlacement(form=XmlForm.XMLDSIG, packaging=XmlPackaging.DETACHED, reference="#data"),
        ["Id:DLHDon"],
    ),
    "xades-exclusive": (INVOICE, XmlPlacement.xades_enveloped(canonicalization=C14N_EXCLUSIVE), []),
    "xades-enveloping-exclusive": (INVOICE, XmlPlacement.xades_enveloping(canonicalization=C14N_EXCLUSIVE), []),
    "xades-1.1": (INVOICE, XmlPlacement.xades_enveloped(canonicalization=C14N_11), []),
}
ALGORITHMS: dict[str, tuple[str, SignatureAlgorithm, str]] = {
    "rsa-sha256": ("rsa", algorithm(), "sha256"),
    "rsa-sha384": ("rsa", algorithm(digest="sha384"), "sha384"),
    "rsa-sha512": ("rsa", algorithm(digest="sha512"), "sha512"),
    "pss-sha256": ("rsa", algorithm(padding_="pss"), "sha256"),
    "pss-sha512": ("rsa", algorithm(digest="sha512", padding_="pss"), "sha512"),
    "pss-sha3-256": ("rsa", algorithm(digest="sha3_256", padding_="pss"), "sha3_256"),
    "p256": ("p256", algorithm("p256"), "sha256"),
    "p384": ("p384", algorithm("p384", "sha384"), "sha384"),
    "p521": ("p521", algorithm("p521", "sha512"), "sha512"),
    "p256-sha3": ("p256", algorithm("p256", "sha3_256"), "sha3_256"),
    "ed25519": ("ed25519", algorithm("ed25519"), "sha256"),
}
XMLSEC_KNOWS = {"rsa-sha256", "rsa-sha384", "rsa-sha512", "p256", "p384", "p521"}


@pytest.mark.parametrize("how", ALGORITHMS)
@pytest.mark.parametrize("where", PLACEMENTS)
def test_every_form_and_packaging_signs_with_every_algorithm(where: str, how: str) -> None:
    document, placement, _ = PLACEMENTS[where]
    kind, chosen, digest = ALGORITHMS[how]
    signed, prepared = sign(document, placement, kind=kind, how=chosen, digest=digest)
    assert holds(signed, prepared)
    assert reads_back(signed, prepared)
    said = second_reading(signed, prepared.signature_id, Certificate(prepared.certificate))
    if how == "ed25519":
        assert said.status == "not-applicable"
    else:
        assert said.status == "agreed", said.reason


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("where", "how"),
    [(w, "rsa-sha256") for w in PLACEMENTS] + [("xades-enveloped", h) for h in sorted(XMLSEC_KNOWS - {"rsa-sha256"})],
)
def test_xmlsec_agrees(tmp_path: Path, where: str, how: str) -> None:
    document, placement, ids = PLACEMENTS[where]
    kind, chosen, digest = ALGORITHMS[how]
    signed, prepared = sign(document, placement, kind=kind, how=chosen, digest=digest)
    said = xmlsec_verify(tmp_path, signed, prepared, *ids)
    assert said.returncode == 0, said.stderr
    broken = xmlsec_verify(tmp_path, signed.replace("Ánh".encode(), b"Anh").replace("Đào".encode(), b"Dao"), prepared, *ids)
    assert broken.returncode != 0


@pytest.mark.parametrize("where", PLACEMENTS)
def test_the_bytes_of_the_document_are_kept_around_the_signature(where: str) -> None:
    document, placement, _ = PLACEMENTS[where]
    signed, prepared = sign(document, placement)
    if placement.packaging is XmlPackaging.ENVELOPING:
        root = document[document.index(b"<HDon") : document.index(b"</HDon>") + 7]
        assert signed.startswith(document[: document.index(root)])
        assert signed.endswith(document[document.index(root) + len(root) :])
        assert signed.count(root) == 1
        return
    start = signed.index(b"<Signature" if not placement.prefix else b"<ds:Signature")
    end = signed.index(b"</Signature>" if not placement.prefix else b"</ds:Signature>")
    end = signed.index(b">", end) + 1
    rest = signed[:start] + signed[end:]
    assert rest in (document, document.replace(b"<NBan/>", b"<NBan></NBan>"))
    assert prepared.before + prepared.middle + prepared.after != document


def _variants() -> dict[str, bytes]:
    text = "<r><a t='>'>Nguyễn<!-- </a><b/> --><![CDATA[</a><b>]]><?p </a> ?></a>\r\n<b x=\"/>\"></b><b/></r>"
    nfd = "<r><a>Nguye\u0302\u0303n Th\u1ecb \u00c1nh A\u0301nh</a><b/></r>"
    return {
        "tricky": text.encode(),
        "nfc-and-nfd": nfd.encode(),
        "utf-8-bom": b"\xef\xbb\xbf" + text.encode(),
        "utf-16-le": b"\xff\xfe" + f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16-le"),
        "utf-16-be": b"\xfe\xff" + f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16-be"),
        "utf-16-undeclared": b"\xff\xfe" + text.encode("utf-16-le"),
        "windows-1258": b'<?xml version="1.0" encoding="windows-1258"?><r><a>\xd0\xe0</a><b/><b/></r>',
        "latin-1": b"<?xml version='1.0' encoding='ISO-8859-1' standalone='yes'?>\n<r><a>\xe9</a><b/><b/></r>\n\n",
        "crlf": b'<?xml version="1.0"?>\r\n<r>\r\n<a>x\r\ny</a>\r\n<b>\r\n</b>\r\n<b/></r>\r\n',
    }


@pytest.mark.parametrize("parent", ["", "/r/a", "/r/b[1]"])
@pytest.mark.parametrize("variant", _variants())
def test_encodings_and_odd_markup_are_kept_and_verify(tmp_path: Path, variant: str, parent: str) -> None:
    document = _variants()[variant]
    signed, prepared = sign(document, XmlPlacement.xades_enveloped(parent=parent))
    assert holds(signed, prepared)
    assert reads_back(signed, prepared)
    assert signed.startswith(prepared.before)
    signature = find_signature(signed, prepared.signature_id)
    assert signature.getnext() is None, "the last child of its parent"
    assert signature.getparent().tag == (parent.removesuffix("[1]").rpartition("/")[2] or "r")
    before, after = etree.fromstring(document).getroottree(), signature.getroottree()
    signature.getparent().remove(signature)
    assert etree.tostring(after, method="c14n") == etree.tostring(before, method="c14n")
    assert before.docinfo.encoding == after.docinfo.encoding
    assert xmlsec_verify(tmp_path, signed, prepared).returncode == 0


def test_what_the_encoding_lacks_is_written_as_character_references() -> None:
    document = _variants()["latin-1"].replace(b"<a>", b"<a Id='x'>")
    placement = XmlPlacement.invoice_seller("#x", parent="/r/b[2]")
    signed, prepared = sign(document, placement)
    assert holds(signed, prepared)
    assert reads_back(signed, prepared)
    subject = find_signature(signed, "seller").findtext(".//ds:X509SubjectName", "", NAMESPACES)
    assert "Nguye\u0302\u0303n Thị Thử 0" in subject, "the certificate's letters as they are, not normalised"


def test_an_e_invoice_is_signed_as_the_authority_asks() -> None:
    signed, _ = sign(INVOICE, XmlPlacement.invoice_seller("#data"))
    signature = find_signature(signed, "seller")
    assert signature.getroottree().getpath(signature.getparent()) == "/HDon/DSCKS/NBan"
    data, time = signature.findall("ds:SignedInfo/ds:Reference", NAMESPACES)
    assert data.get("URI") == "#data"
    assert [t.get("Algorithm") for t in data.iter(f"{{{DS}}}Transform")] == [f"{DS}enveloped-signature"]
    assert time.get("URI") == "#SigningTime-seller"
    assert time.find("ds:Transforms", NAMESPACES) is None
    path = "ds:Object[@Id='SigningTime-seller']/ds:SignatureProperties/ds:SignatureProperty[@Target='#seller']/ds:SigningTime"
    assert signature.findtext(path, "", NAMESPACES) == "2026-03-02T09:14:07", "Vietnam's time, without zone"
    assert len(signature.findall("ds:KeyInfo/ds:X509Data/ds:X509Certificate", NAMESPACES)) == 1
    assert signature.find("ds:SignedInfo/ds:CanonicalizationMethod", NAMESPACES).get("Algorithm") == C14N_10
    assert signature.find(f".//{{{XADES}}}QualifyingProperties") is None


def test_a_xades_signature_has_what_the_baseline_asks() -> None:
    chain = (holder(number=1).certificate, holder(number=2).certificate)
    from vnsign.formats.xml.prepare import prepare_xml

    who = holder()
    prepared = prepare_xml(
        INVOICE,
        certificate=who.certificate,
        chain=(who.certificate, *chain),
        algorithm=algorithm(),
        placement=XmlPlacement(more_references=("#data",)),
        at=AT,
        digest="sha512",
    )
    signed = embed_xml(prepared, sign_value(who, algorithm(), prepared.to_be_signed))
    assert holds(signed, prepared)
    assert reads_back(signed, prepared)
    signature = find_signature(signed, prepared.signature_id)
    properties = signature.find("ds:Object/xades:QualifyingProperties/xades:SignedProperties", NAMESPACES)
    assert properties.findtext(".//xades:SigningTime", "", NAMESPACES) == "2026-03-02T02:14:07Z"
    assert len(properties.findall(".//xades:SigningCertificateV2/xades:Cert", NAMESPACES)) == 1
    assert properties.findtext(".//xades:IssuerSerialV2", "", NAMESPACES)
    whole, element, own = signature.findall("ds:SignedInfo/ds:Reference", NAMESPACES)
    formats = properties.findall(".//xades:DataObjectFormat", NAMESPACES)
    assert [f.get("ObjectReference") for f in formats] == [f"#{whole.get('Id')}", f"#{element.get('Id')}"]
    assert {f.findtext("xades:MimeType", "", NAMESPACES) for f in formats} == {"text/xml"}
    assert own.get("Type") == "http://uri.etsi.org/01903#SignedProperties"
    assert len(signature.findall(".//ds:X509Certificate", NAMESPACES)) == 3, "the leaf once, then the chain"


def test_external_data_are_signed_as_they_are(tmp_path: Path) -> None:
    placement = XmlPlacement.xades_detached("to-khai.pdf")
    signed, prepared = sign(EXTERNAL, placement)
    assert holds(signed, prepared, EXTERNAL)
    assert reads_back(signed, prepared, {"to-khai.pdf": EXTERNAL})
    assert not reads_back(signed, prepared)
    assert not holds(signed, prepared, EXTERNAL + b" ")
    (tmp_path / "to-khai.pdf").write_bytes(EXTERNAL)
    assert xmlsec_verify(tmp_path, signed, prepared).returncode == 0
    (tmp_path / "to-khai.pdf").write_bytes(EXTERNAL + b" ")
    assert xmlsec_verify(tmp_path, signed, prepared).returncode != 0
    said = second_reading(signed, prepared.signature_id, Certificate(prepared.certificate), external={"to-khai.pdf": EXTERNAL})
    assert said.status == "agreed"


@pytest.mark.parametrize("canonicalization", [C14N_10, C14N_11, C14N_EXCLUSIVE])
def test_inherited_namespaces_and_xml_attributes_are_canonicalised_as_xmlsec_does(
    tmp_path: Path, canonicalization: str
) -> None:
    document = (
        b'<p:r xmlns:p="urn:p" xmlns="urn:d" xml:lang="vi"><a xml:space="preserve"><b Id="x"><c/> <p:d xmlns=""/></b></a>'
        b"<e/></p:r>"
    )
    placement = XmlPlacement.xades_enveloped(reference="#x", parent="/p:r/e", canonicalization=canonicalization)
    signed, prepared = sign(document, placement)
    assert xmlsec_verify(tmp_path, signed, prepared, "Id:urn:d:b").returncode == 0


def test_the_same_arguments_prepare_the_same_value_and_identifiers_come_from_content() -> None:
    placement = XmlPlacement.xades_enveloped()
    one, two = prepare(INVOICE, placement), prepare(INVOICE, placement)
    assert one == two
    assert one.signature_id.startswith("sig-")
    assert prepare(INVOICE + b" ", placement).signature_id != one.signature_id


def test_another_process_finishes_what_was_pickled(tmp_path: Path) -> None:
    prepared = prepare(INVOICE, XmlPlacement.invoice_seller("#data"))
    assert all(isinstance(getattr(prepared, name), bytes | str) for name in PreparedXml.__slots__)
    value = sign_value(holder(), algorithm(), prepared.to_be_signed)
    (tmp_path / "prepared").write_bytes(pickle.dumps(prepared))
    (tmp_path / "value").write_bytes(value)
    program = (
        "import pickle, pathlib, sys; from vnsign.formats.xml.prepare import embed_xml\n"
        "f = pathlib.Path(sys.argv[1]); p = pickle.loads((f / 'prepared').read_bytes())\n"
        "(f / 'signed').write_bytes(embed_xml(p, (f / 'value').read_bytes()))"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)
    assert (tmp_path / "signed").read_bytes() == embed_xml(prepared, value)


@pytest.mark.parametrize("kind", ["p256", "p384", "p521"])
def test_ecdsa_values_are_taken_as_der_and_as_two_numbers(kind: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    prepared = prepare(INVOICE, XmlPlacement.xades_enveloped(), kind=kind, how=algorithm(kind))
    der = sign_value(holder(kind), algorithm(kind), prepared.to_be_signed)
    size = {"p256": 32, "p384": 48, "p521": 66}[kind]
    plain = b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(der))
    assert embed_xml(prepared, der) == embed_xml(prepared, plain)


@pytest.mark.parametrize("kind", ["rsa", "p256", "ed25519"])
def test_a_value_that_does_not_verify_is_thrown_away(kind: str) -> None:
    prepared = prepare(INVOICE, XmlPlacement.xades_enveloped(), kind=kind, how=algorithm(kind))
    other = sign_value(holder(kind, 7), algorithm(kind), prepared.to_be_signed)
    wrong_octets = sign_value(holder(kind), algorithm(kind), prepared.to_be_signed + b" ")
    for value in (other, wrong_octets, b"", b"\x00" * 64, b"\x30\x06\x02\x01\x01\x02\x01\x01"):
        with pytest.raises(SelfCheckError) as caught:
            embed_xml(prepared, value)
        assert caught.value.code == "SIGNATURE_VALUE_WRONG"


@cache
def _signed(name: str) -> tuple[bytes, PreparedXml]:
    return sign(*PLACEMENTS[name][:2])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["invoice", "xades-enveloped", "xades-enveloping", "tax-return"]), st.data())
def test_any_changed_byte_in_what_is_signed_breaks_the_signature(name: str, data: st.DataObject) -> None:
    signed, prepared = _signed(name)
    tag = prepared.tag.encode()
    covered = [(signed.index(b"<%sSignedInfo" % tag), signed.index(b"</%sSignedInfo>" % tag))]
    if name == "tax-return":
        covered.append((signed.index(b"<HSoKhaiThue"), signed.index(b"</HSoKhaiThue>")))
    else:
        covered.append((signed.index(b"<DLHDon"), signed.index(b"</DLHDon>")))
    start, end = data.draw(st.sampled_from(covered))
    position = data.draw(st.integers(start, end - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != signed[position]))
    changed = signed[:position] + bytes([byte]) + signed[position + 1 :]
    assert _same_meaning(signed, changed) or not (holds(changed, prepared) or reads_back(changed, prepared))


def _same_meaning(one: bytes, other: bytes) -> bool:
    """Other quotes, other blanks inside a tag, another letter in a comment: canonically nothing changed."""
    try:
        return etree.tostring(etree.fromstring(one), method="c14n", with_comments=False) == etree.tostring(
            etree.fromstring(other), method="c14n", with_comments=False
        )
    except etree.LxmlError:
        return False


def test_every_pair_of_placements_leaves_the_first_signature_valid() -> None:
    """Two signatures, one after the other, wherever the second may stand without being covered by the first."""
    first = XmlPlacement.invoice_seller("#data")
    others = [
        XmlPlacement.invoice_buyer("#data"),
        XmlPlacement.xades_enveloped(reference="#data", parent="//DSCKS/NMua"),
        XmlPlacement.xades_detached("#data", parent="//DSCKS"),
        XmlPlacement.xades_enveloped(),
    ]
    for one, other in itertools.product([first, *others[:3]], others):
        if one == other:
            continue
        signed, prepared = sign(INVOICE, one)
        twice, second = sign(signed, other, kind="p256", how=algorithm("p256"))
        assert holds(twice, prepared)
        assert reads_back(twice, prepared)
        assert holds(twice, second)
        assert reads_back(twice, second)
        for each in (prepared, second):
            assert second_reading(twice, each.signature_id, Certificate(each.certificate)).status == "agreed"
