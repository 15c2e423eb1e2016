"""PDF signatures made here hold for independent readers, and leave every earlier byte alone."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding

from vnsign.errors import ConfigurationError, SigningError, UnreadableDocumentError
from vnsign.formats.pdf.placement import PdfPlacement
from vnsign.formats.pdf.prepare import embed_pdf, prepare_pdf
from vnsign.formats.pdf.write_adapter import second_reading
from vnsign.model.claims import Claims, Commitment, SignaturePolicy
from vnsign.pki.cms_write import signed_attributes
from vnsign.signing.selfcheck import read_facts
from vnsign.testing.documents import application_pdf, result_pdf
from vnsign.testing.pki import TestPki

from .signing_support import (
    AT,
    KINDS,
    PARAMETERS,
    PASSWORD,
    algorithm_of,
    openssl_accepts,
    pdfsig,
    prepared,
    program,
    signed,
    taken_out,
    with_empty_field,
)


def secret_for(kind: str) -> str | None:
    return PASSWORD if kind.startswith("encrypted") else None


@pytest.mark.parametrize("parameters", PARAMETERS.values(), ids=PARAMETERS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_algorithm_in_each_kind_of_document_holds_for_both_readings(kind: str, parameters: tuple[str, str | None, str]):
    name, padding, digest = parameters
    document = KINDS[kind]
    result = signed(document, name, algorithm=algorithm_of(name, padding, digest), password=secret_for(kind))
    assert result.startswith(document)
    second_reading(result, "Signature1", password=secret_for(kind))
    (facts,) = read_facts(result, "pdf", password=secret_for(kind)).signatures
    assert facts.digests and all(item.matches for item in facts.digests)
    assert facts.problems == ()
    assert facts.level == "B-B"


@pytest.mark.oracle
@pytest.mark.parametrize("parameters", [item for key, item in PARAMETERS.items() if key != "Ed25519"])
def test_openssl_accepts_each_algorithm_that_it_knows_in_cms(parameters: tuple[str, str | None, str], tmp_path: Path):
    name, padding, digest = parameters
    result = signed(application_pdf(), name, algorithm=algorithm_of(name, padding, digest))
    assert openssl_accepts(result, tmp_path)
    broken = result.replace(b"cap 02 ban sao", b"cap 92 ban sao")
    assert broken != result
    assert not openssl_accepts(broken, tmp_path)


@pytest.mark.oracle
def test_openssl_accepts_an_ed25519_value_over_the_attributes(tmp_path: Path):
    """OpenSSL 3.0 knows no EdDSA in CMS: it is given the octets and the value."""
    credential = TestPki.load().credential("citizen-ed25519")
    info = cms.ContentInfo.load(taken_out(signed(application_pdf(), "citizen-ed25519")).cms)["content"]["signer_infos"][0]
    (tmp_path / "octets").write_bytes(info["signed_attrs"].untag().dump())
    (tmp_path / "value").write_bytes(info["signature"].native)
    (tmp_path / "certificate").write_bytes(credential.certificate.x509.public_bytes(Encoding.PEM))
    command = "pkeyutl -verify -rawin -certin -inkey certificate -in octets -sigfile value"
    subprocess.run([program("openssl"), *command.split()], cwd=tmp_path, check=True, capture_output=True, timeout=60)


@pytest.mark.oracle
@pytest.mark.parametrize("kind", KINDS)
def test_pdfsig_accepts_each_kind_of_document(kind: str, tmp_path: Path):
    text = pdfsig(signed(KINDS[kind], password=secret_for(kind)), tmp_path, secret_for(kind))
    assert "Signature is Valid" in text
    assert "Total document signed" in text
    assert "ETSI.CAdES.detached" in text


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["citizen", "citizen-rsa3072", "citizen-p256", "citizen-p384"])
def test_pdfsig_accepts_the_keys_that_it_knows(name: str, tmp_path: Path):
    assert "Signature is Valid" in pdfsig(signed(application_pdf(), name), tmp_path)


@pytest.mark.oracle
def test_several_signatures_in_a_row_all_hold(tmp_path: Path):
    document = result_pdf()
    for number, name in enumerate(("citizen", "official", "agency"), 1):
        before = document
        document = signed(document, name)
        assert document.startswith(before)
        second_reading(document, f"Signature{number}")
    text = pdfsig(document, tmp_path)
    assert text.count("Signature is Valid") == 3
    facts = read_facts(document, "pdf")
    assert [item.id for item in facts.signatures] == ["Signature1", "Signature2", "Signature3"]
    assert all(change.allowed for item in facts.signatures for change in item.changes)


@pytest.mark.oracle
def test_a_visible_signature_shows_frame_and_name(tmp_path: Path):
    placement = PdfPlacement(page=2, box=(60, 100, 260, 150), reason="Đồng ý", location="Hà Nội", contact="0900000000")
    result = signed(application_pdf(), placement=placement)
    assert "Signature is Valid" in pdfsig(result, tmp_path)
    added = result[len(application_pdf()) :]
    assert b"(TEST NGUYEN VAN AN) Tj" in added
    assert "TEST NGUYỄN VĂN AN".encode("utf-16-be").hex().upper().encode() in added
    (facts,) = read_facts(result, "pdf").signatures
    assert "page 2" in facts.location


def test_a_name_that_could_end_its_string_is_escaped():
    placement = PdfPlacement(box=(60, 100, 260, 150), name="A) Tj ET Q (\\ 漢")
    added = signed(result_pdf(), placement=placement)[len(result_pdf()) :]
    assert b"(A\\) Tj ET Q \\(\\\\ ?) Tj" in added


def test_an_existing_empty_field_is_filled_and_its_rectangle_drawn():
    document = with_empty_field(application_pdf(), "NguoiKy")
    result = signed(document, placement=PdfPlacement(field="NguoiKy"))
    assert result.startswith(document)
    second_reading(result, "NguoiKy")
    assert b"(TEST NGUYEN VAN AN) Tj" in result[len(document) :]


def test_a_new_field_may_be_named():
    second_reading(signed(result_pdf(), placement=PdfPlacement(field="ChuKyNguoiDan")), "ChuKyNguoiDan")


def test_the_signed_attributes_are_those_of_pades_baseline():
    work = prepared(application_pdf())
    attributes = cms.CMSAttributes.load(work.to_be_signed)
    assert {item["type"].native for item in attributes} == {
        "content_type",
        "message_digest",
        "signing_certificate_v2",
        "cms_algorithm_protection",
    }
    assert attributes.dump(force=True) == work.to_be_signed, "DER: attributes in ascending order"


def test_the_cms_carries_leaf_and_issuer_and_is_der():
    result = signed(application_pdf())
    content = taken_out(result).cms
    info = cms.ContentInfo.load(content, strict=True)
    assert info.copy().dump(force=True) == content
    found = {item.chosen.dump() for item in info["content"]["certificates"]}
    pki = TestPki.load()
    assert found == {item.der for item in pki.certificates("citizen", "public-ca")}


def test_the_claimed_time_is_written_in_vietnams_time():
    added = signed(result_pdf())[len(result_pdf()) :]
    written = re.search(rb"/M \((.*?)\)\n", added, re.DOTALL)
    assert written is not None
    text = re.sub(rb"\\(\d{3})", lambda match: bytes((int(match[1], 8),)), written[1])
    assert text == b"D:20260302091407+07'00'"


def test_the_same_input_gives_the_same_bytes():
    assert signed(application_pdf()) == signed(application_pdf())


def test_metadata_and_version_of_the_document_are_left_alone():
    document = KINDS["PDF 1.4"]
    added = signed(document)[len(document) :]
    assert b"/Producer" not in added
    assert b"/ModDate" not in added
    assert b"/Version" not in added


def test_a_prepared_document_is_finished_by_another_process(tmp_path: Path):
    work = prepared(application_pdf())
    (value,) = TestPki.load().signer("citizen").sign([work.to_be_signed], work.algorithm)
    (tmp_path / "work").write_bytes(pickle.dumps(work))
    (tmp_path / "value").write_bytes(value)
    script = (
        "import pickle, sys, pathlib\n"
        "from vnsign.formats.pdf.prepare import embed_pdf\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "work = pickle.loads((folder / 'work').read_bytes())\n"
        "(folder / 'out').write_bytes(embed_pdf(work, (folder / 'value').read_bytes()))\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=60)
    assert (tmp_path / "out").read_bytes() == signed(application_pdf())


def test_flipping_any_part_of_the_signed_document_is_seen():
    result = signed(result_pdf())
    for position in (20, len(result_pdf()) // 2, len(result) - 40):
        changed = bytearray(result)
        changed[position] ^= 1
        try:
            (facts,) = read_facts(bytes(changed), "pdf").signatures
        except UnreadableDocumentError:
            continue
        else:
            assert not facts.digests or not all(item.matches for item in facts.digests)
            assert facts.digests or facts.problems


def test_a_cms_that_does_not_fit_is_refused_with_a_hint():
    work = prepared(application_pdf())
    with pytest.raises(SigningError) as refusal:
        embed_pdf(work, b"\0" * work.room)
    assert refusal.value.code == "PLACEHOLDER_TOO_SMALL"
    assert refusal.value.hint


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ConfigurationError):
        prepare_pdf(
            result_pdf(),
            certificate=TestPki.load().certificate("citizen"),
            algorithm=algorithm_of("citizen"),
            placement=PdfPlacement(),
            at=datetime(2026, 3, 2),  # noqa: DTZ001
        )


def test_the_digest_of_ed25519_is_sha512():
    work = prepared(result_pdf(), "citizen-ed25519")
    assert work.digest == "sha512"
    assert len(work.message_digest) == 64


def test_repr_shows_neither_document_nor_certificates():
    work = prepared(result_pdf())
    assert len(repr(work)) < 2500
    assert json.dumps(work.field_name) == '"Signature1"'


def test_attributes_depend_on_certificate_and_digest_only():
    certificate = TestPki.load().certificate("citizen")
    first = signed_attributes(certificate, algorithm_of("citizen"), bytes(32))
    assert first == signed_attributes(certificate, algorithm_of("citizen"), bytes(32))
    assert first != signed_attributes(certificate, algorithm_of("citizen"), bytes(31) + b"\1")
    assert AT.tzinfo is UTC


def test_claims_are_signed_attributes_and_the_place_is_the_dictionarys():
    """EN 319 142-1, 6.3: no signer-location attribute; the place is the entry ``Location``."""
    claims = Claims(
        commitments=(Commitment.APPROVAL,),
        policy=SignaturePolicy(identifier="1.3.6.1.4.1.32473.2", digest="sha256", value=b"\x07" * 32),
        city="Hà Nội",
        country="VN",
        roles=("Giám đốc",),
    )
    document = signed(result_pdf(), placement=PdfPlacement(claims=claims))
    signer = cms.ContentInfo.load(taken_out(document).cms)["content"]["signer_infos"][0]
    kinds = {item["type"].dotted for item in signer["signed_attrs"]}
    assert {"1.2.840.113549.1.9.16.2.16", "1.2.840.113549.1.9.16.2.15", "0.4.0.19122.1.1"} <= kinds
    assert "1.2.840.113549.1.9.16.2.17" not in kinds
    facts = read_facts(document, "pdf")
    assert "1.3.6.1.4.1.32473.2" in str(facts.signatures[0].signature_policy)
    assert dict(facts.details)["Signature1.location"] == "Hà Nội, VN"
    second_reading(document, "Signature1")


def test_a_reason_and_commitment_types_exclude_one_another():
    with pytest.raises(ConfigurationError):
        PdfPlacement(reason="Phê duyệt", claims=Claims(commitments=(Commitment.APPROVAL,)))
    assert PdfPlacement(location="Huế", claims=Claims(city="Hà Nội")).place == "Huế"
