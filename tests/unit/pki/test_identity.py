"""Who a certificate belongs to: every form of subject seen in Vietnamese certificates."""

from __future__ import annotations

import contextlib
import unicodedata
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.model.report import Identifier, SignerKind
from vnsign.pki.identity import display_name, read_signer, split_identifiers
from vnsign.pki.names import attributes, clean, decode_string, name_key, same_name

from .builders import Template, issue

UID = NameOID.USER_ID


def signer_of(*items: tuple[x509.ObjectIdentifier, str], template: Template | None = None):
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in items])
    return read_signer(issue(subject, None, template).certificate)


def pairs(identifiers):
    return [(item.type, item.value) for item in identifiers]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("MST:0301519977-029", [("MST", "0301519977-029")]),
        ("MST:0100686209-999", [("MST", "0100686209-999")]),
        ("MST=0102005769", [("MST", "0102005769")]),
        ("MST: 0102005769", [("MST", "0102005769")]),
        ("mst:0102005769", [("MST", "0102005769")]),
        ("CCCD:038093000000", [("CCCD", "038093000000")]),
        ("CMND:079073000", [("CMND", "079073000")]),
        ("MNS:1047665", [("MNS", "1047665")]),
        ("HC:B1234567", [("HC", "B1234567")]),
        ("BHXH:7909000000", [("BHXH", "7909000000")]),
        ("PID:1", [("PID", "1")]),
        ("PPID:2", [("PPID", "2")]),
        ("QD:12/QĐ-UBND", [("QD", "12/QĐ-UBND")]),
        ("QĐ:12", [("QD", "12")]),
        ("MST:0800000000-CMND:030000000", [("MST", "0800000000"), ("CMND", "030000000")]),
        ("CMND:030000000, MST:0800000000-001", [("CMND", "030000000"), ("MST", "0800000000-001")]),
        ("0100109106", [("UID", "0100109106")]),
        ("MST0100109106", [("MST", "0100109106")]),
        ("XYZ:55", [("XYZ", "55")]),
        ("", []),
    ],
)
def test_a_uid_value_gives_its_typed_numbers(value: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(split_identifiers(value)) == expected


@pytest.mark.parametrize(
    ("items", "kind"),
    [
        ([(UID, "MST:0102005769"), (NameOID.COMMON_NAME, "CÔNG TY A")], SignerKind.ORGANISATION),
        ([(UID, "MNS:1047665"), (NameOID.COMMON_NAME, "SỞ B")], SignerKind.ORGANISATION),
        ([(UID, "CCCD:038093000000"), (NameOID.COMMON_NAME, "NGUYỄN VĂN C")], SignerKind.PERSON),
        ([(UID, "CMND:030000000"), (UID, "MST:0800000000")], SignerKind.PERSON_IN_ORGANISATION),
        ([(UID, "MST:0800000000-CMND:030000000"), (NameOID.ORGANIZATION_NAME, "D")], SignerKind.PERSON_IN_ORGANISATION),
        ([(UID, "MST:0800000000"), (NameOID.TITLE, "Giám đốc")], SignerKind.PERSON_IN_ORGANISATION),
        ([(NameOID.COMMON_NAME, "TỔNG CỤC THUẾ")], SignerKind.UNKNOWN),
        ([(UID, "0100109106"), (NameOID.COMMON_NAME, "CA")], SignerKind.UNKNOWN),
        ([(UID, "MST:038093000000")], SignerKind.UNKNOWN),
    ],
)
def test_the_kind_follows_from_the_prefixes(items, kind: SignerKind) -> None:
    assert signer_of(*items).kind is kind


def test_several_uid_attributes_and_one_rdn_of_several_attributes_give_the_same_numbers() -> None:
    first, second = x509.NameAttribute(UID, "CMND:030000000"), x509.NameAttribute(UID, "MST:0800000000")
    apart = x509.Name([first, second])
    together = x509.Name([x509.RelativeDistinguishedName([first, second])])
    for subject in (apart, together):
        found = read_signer(issue(subject).certificate)
        assert set(pairs(found.identifiers)) == {("CMND", "030000000"), ("MST", "0800000000")}
        assert found.tax_code == "0800000000"


def test_names_come_out_in_nfc_whatever_went_in() -> None:
    decomposed = unicodedata.normalize("NFD", "Nguyễn Thị Lấp Lánh")
    found = signer_of((NameOID.COMMON_NAME, decomposed), (NameOID.ORGANIZATION_NAME, decomposed))
    assert found.name == found.organisation == "Nguyễn Thị Lấp Lánh"


def test_title_units_and_organisation_are_read() -> None:
    found = signer_of(
        (NameOID.COUNTRY_NAME, "VN"),
        (NameOID.ORGANIZATION_NAME, "UBND TỈNH"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Sở Nội vụ"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Văn phòng"),
        (NameOID.TITLE, "Chánh Văn phòng"),
        (NameOID.COMMON_NAME, "Trần B"),
    )
    assert (found.organisation, found.unit, found.title) == ("UBND TỈNH", "Sở Nội vụ, Văn phòng", "Chánh Văn phòng")
    assert found.subject == "CN=Trần B, T=Chánh Văn phòng, OU=Văn phòng, OU=Sở Nội vụ, O=UBND TỈNH, C=VN"


def test_email_is_read_from_the_subject_or_else_from_the_alternative_name() -> None:
    alternative = Template(extensions=[(x509.SubjectAlternativeName([x509.RFC822Name("b@x.gov.vn")]), False)])
    both = signer_of((NameOID.EMAIL_ADDRESS, "a@x.gov.vn"), template=alternative)
    only = signer_of((NameOID.COMMON_NAME, "x"), template=alternative)
    assert (both.email, only.email) == ("a@x.gov.vn", "b@x.gov.vn")


def test_an_email_written_as_hexadecimal_is_decoded() -> None:
    der = b"\x16\x0aa@x.gov.vn"
    assert signer_of((NameOID.EMAIL_ADDRESS, "#" + der.hex())).email == "a@x.gov.vn"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (_ASN1Type.BMPString, "Nguyễn Văn A"),
        (_ASN1Type.UniversalString, "Nguyễn Văn A"),
        (_ASN1Type.PrintableString, "Nguyen Van A"),
        (_ASN1Type.T61String, "Nguyen Van A"),
        (_ASN1Type.IA5String, "Nguyen Van A"),
    ],
)
def test_every_string_type_is_read(kind: _ASN1Type, text: str) -> None:
    raw = {_ASN1Type.BMPString: text.encode("utf-16-be"), _ASN1Type.UniversalString: text.encode("utf-32-be")}
    content = raw.get(kind, text.encode())
    assert decode_string(bytes((kind.value, len(content))) + content) == text


def test_utf8_inside_a_t61_string_and_broken_utf8_are_read_without_loss() -> None:
    assert decode_string(bytes((0x14, 3)) + "ễ".encode()) == "ễ"
    assert decode_string(bytes((0x0C, 2)) + b"\xe9a") == "éa"


def test_an_over_long_common_name_is_kept_whole() -> None:
    plain = issue("X" * 40).certificate.der
    assert read_signer(Certificate(plain)).name == "X" * 40
    with pytest.warns(UserWarning, match="length"):
        long = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ủ" * 300, _validate=False)])
    # Warnings are errors in these tests: reading must not make one.
    assert read_signer(issue(long).certificate).name == "Ủ" * 300


def test_control_and_bidirectional_characters_cannot_disguise_a_name() -> None:
    assert clean("Công ty\u202e gnoc\x00\nA") == "Công ty\ufffd gnoc\ufffd\ufffdA"


def test_what_is_no_certificate_is_refused_with_our_own_error() -> None:
    with pytest.raises(EvidenceError):
        read_signer(Certificate(b"\x30\x03\x02\x01\x01"))


def test_two_encodings_of_one_name_are_the_same_and_different_names_are_not() -> None:
    def encoded(kind: _ASN1Type, text: str) -> bytes:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, kind)]).public_bytes()

    utf8, printable = encoded(_ASN1Type.UTF8String, "Root  ca"), encoded(_ASN1Type.PrintableString, "ROOT CA")
    assert utf8 != printable
    assert same_name(utf8, printable)
    assert not same_name(utf8, encoded(_ASN1Type.UTF8String, "Root–ca"))


@pytest.mark.corpus
def test_the_civil_service_leaf_of_a_tax_office_names_its_branch_number(shared_data: Path) -> None:
    found = read_signer(Certificate((shared_data / "vn-samples" / "leaf-civil-service-g1-with-mst.der").read_bytes()))
    assert found.identifiers == (Identifier("MST", "0301519977-029"),)
    assert found.tax_code == "0301519977-029"
    assert found.kind is SignerKind.ORGANISATION
    assert found.name == "Chi cục thuế Khu vực Quận 12 - Huyện Hóc Môn"
    assert (found.organisation, found.email) == ("Bộ Tài chính", "hc_q12_hmo.hcm@gdt.gov.vn")
    assert found.unit == "Tổng Cục thuế, Cục thuế Thành phố Hồ Chí Minh"
    assert found.serial_number == "6b6c55"


@pytest.mark.corpus
def test_the_civil_service_leaf_of_the_second_generation_carries_no_number(shared_data: Path) -> None:
    found = read_signer(Certificate((shared_data / "vn-samples" / "leaf-civil-service-g2-organisation.der").read_bytes()))
    assert found.identifiers == ()
    assert found.kind is SignerKind.UNKNOWN
    assert (found.name, found.organisation, found.email) == ("TỔNG CỤC THUẾ", "BỘ TÀI CHÍNH", "cntt@gdt.gov.vn")


@given(st.binary(max_size=200))
def test_arbitrary_bytes_as_a_certificate_raise_only_our_error(data: bytes) -> None:
    with contextlib.suppress(EvidenceError):
        read_signer(Certificate(data))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_as_a_name_raise_only_our_error(data: bytes) -> None:
    assert isinstance(display_name(data), str)
    assert isinstance(name_key(data), tuple)
    with contextlib.suppress(EvidenceError):
        attributes(data)


@given(st.text(max_size=300))
def test_any_text_as_a_uid_value_is_split_without_losing_the_certificate(value: str) -> None:
    for item in split_identifiers(value):
        assert item.type
