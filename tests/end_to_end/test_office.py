"""What a clerk may do: issue after the person, copy, register scans, take in and return (T59, T60, T62, T63, T64)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.unit.signing.appearance.support import serif
from tests.unit.signing.support import counting
from vnsign._sign import sign
from vnsign._verify import Verifier
from vnsign.errors import ConfigurationError, SigningError
from vnsign.evidence.bundle import Evidence
from vnsign.formats.pdf.placement import PdfPlacement
from vnsign.formats.pdf.position import AtCorner, Corner
from vnsign.model.verdict import Indication
from vnsign.office import Attachment, Decision, Issuing, intake, issue, issue_copy, register_scan, require_person_first
from vnsign.signing.appearance.templates import AgencySeal, CopyKind, CopyMark, DigitisedIncoming
from vnsign.testing.appearances import AGENCY, AT
from vnsign.testing.documents import declaration_xml, result_pdf
from vnsign.testing.letters import sample_seal
from vnsign.testing.pki import TestPki

PKI = TestPki.load()
VERIFIER = Verifier(PKI.trust_store(), evidence=PKI.evidence(AT))
ISSUING = Issuing(verifier=VERIFIER, at=AT)
SEAL = AgencySeal(seal=sample_seal(), size_mm=36, agency=AGENCY)
SCAN = DigitisedIncoming(seal=sample_seal(), size_mm=36, agency=AGENCY, at=AT)
COPY = CopyMark(kind=CopyKind.SAO_Y, agency=AGENCY, at=AT)


def by(name: str, document: bytes | None = None) -> bytes:
    placement = PdfPlacement(box=(350, 500, 450, 540))
    return sign(document or result_pdf(), PKI.signer(name), placement=placement, at=AT).data


def refused(action, code: str) -> SigningError:
    with pytest.raises(SigningError) as caught:
        action()
    assert caught.value.code == code
    return caught.value


# --- issuing (T62, T59) ---------------------------------------------------------------------------------------------------


def test_the_agency_signs_what_its_person_has_signed():
    (signed,) = issue(by("official"), PKI.signer("agency"), SEAL, ISSUING)
    report = VERIFIER.verify(signed.data, at=AT)
    assert [item.indication for item in report.signatures] == [Indication.TOTAL_PASSED] * 2
    assert [item.chain[0].sha256 for item in report.signatures] == [
        PKI.certificate(name).sha256 for name in ("official", "agency")
    ]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (result_pdf(), "no signature of a person"),
        (by("agency"), "no signature of a person"),
        (by("citizen"), "no signature of a person"),
        (by("stranger"), "no signature of a person"),
    ],
)
def test_unsigned_documents_are_refused_with_the_article_and_the_key_is_not_touched(document, found):
    signer = counting("agency")
    error = refused(lambda: issue(document, signer, SEAL, ISSUING, position=AtCorner()), "PERSON_FIRST")
    assert "Article 32(2)(d)" in error.message
    assert found in error.message
    assert signer.calls == 0


def test_a_persons_signature_that_is_broken_or_cannot_be_judged_does_not_count():
    tampered = by("official").replace(b"/MediaBox [0 0 595", b"/MediaBox [0 0 594", 1)
    assert "TOTAL-FAILED" in refused(lambda: require_person_first(tampered, VERIFIER, at=AT), "PERSON_FIRST").message
    unjudged = Verifier(PKI.trust_store(), evidence=Evidence())
    assert "INDETERMINATE" in refused(lambda: require_person_first(by("official"), unjudged, at=AT), "PERSON_FIRST").message


def test_one_broken_signature_spoils_the_document():
    good = by("official")
    broken = by("staff", good.replace(b"/MediaBox [0 0 595", b"/MediaBox [0 0 594", 1))
    refused(lambda: require_person_first(broken, VERIFIER, at=AT), "PERSON_FIRST")


def test_the_person_can_be_named_where_the_certificate_does_not_say():
    """Or where it is of a public CA; the caller answers for it."""
    require_person_first(by("citizen"), VERIFIER, person="Signature1", at=AT)
    refused(lambda: require_person_first(by("stranger"), VERIFIER, person="Signature1", at=AT), "PERSON_FIRST")
    refused(lambda: require_person_first(by("official"), VERIFIER, person="Signature2", at=AT), "PERSON_FIRST")


def test_an_appendix_inside_the_main_file_gets_no_signature_of_its_own():
    """T59: one agency signature."""
    made = issue(by("official"), PKI.signer("agency"), SEAL, ISSUING, attachments=[Attachment("Phụ lục I")])
    assert len(made) == 1
    assert len(VERIFIER.verify(made[0].data, at=AT).signatures) == 2


def test_an_appendix_in_a_file_of_its_own_is_signed_with_the_number():
    serif()
    attachments = [Attachment("Phụ lục I"), Attachment("Phụ lục II", result_pdf())]
    with pytest.raises(ConfigurationError):
        issue(by("official"), PKI.signer("agency"), SEAL, ISSUING, attachments=attachments)
    made = issue(by("official"), PKI.signer("agency"), SEAL, ISSUING, attachments=attachments, number="15/QĐ-UBND")
    assert len(made) == 2
    said = "Số: 15/QĐ-UBND; 24/11/2026; 10:39:00 +07:00"
    assert said.encode("utf-16-be").hex().upper().encode() in made[1].data
    assert [item.indication for item in VERIFIER.verify(made[1].data, at=AT).signatures] == [Indication.TOTAL_PASSED]


# --- copies and scans (T60, T64) ------------------------------------------------------------------------------------------


def test_a_copy_needs_no_signature_of_a_person():
    serif()
    signed = issue_copy(result_pdf(), PKI.signer("agency"), COPY, ISSUING)
    (report,) = VERIFIER.verify(signed.data, at=AT).signatures
    assert report.indication is Indication.TOTAL_PASSED
    assert report.claimed_time == AT
    assert f"SAO Y; {AGENCY}; 24/11/2026".encode("utf-16-be").hex().upper().encode() in signed.data


def test_a_scanned_paper_carries_the_seal_of_the_agency_that_received_it():
    serif()
    signed = register_scan(result_pdf(), PKI.signer("agency"), SCAN, ISSUING)
    assert [item.indication for item in VERIFIER.verify(signed.data, at=AT).signatures] == [Indication.TOTAL_PASSED]
    assert b"/SMask" in signed.data


@pytest.mark.parametrize("who", ["agency", "official", "stranger"])
def test_a_signed_document_is_no_scanned_paper(who):
    signer = counting("agency")
    refused(lambda: register_scan(by(who), signer, SCAN, ISSUING), "ALREADY_SIGNED")
    assert signer.calls == 0


def test_where_it_goes_can_be_chosen_and_the_rest_is_kept():
    serif()
    issuing = Issuing(verifier=VERIFIER, placement=PdfPlacement(reason="Sao y bản chính", field="không dùng"))
    signed = issue_copy(result_pdf(), PKI.signer("agency"), COPY, issuing, position=AtCorner(Corner.BOTTOM_LEFT))
    assert signed.signature_id == "Signature1"


# --- taking in (T63) ------------------------------------------------------------------------------------------------------


def test_a_good_document_is_accepted_with_the_time_in_vietnam():
    receipt = intake(by("official"), VERIFIER, at=AT, name="đến-01.pdf")
    assert receipt.decision is Decision.ACCEPT
    assert receipt.reasons == ()
    assert receipt.received_at == datetime.fromisoformat("2026-11-24T10:39:00+07:00")
    assert receipt.received_at.utcoffset() == timedelta(hours=7)
    assert receipt.acknowledge_by.isoformat() == "2026-11-24T23:59:59+07:00"
    assert (receipt.name, len(receipt.sha256)) == ("đến-01.pdf", 64)


def test_the_day_of_receipt_is_vietnams():
    late = datetime.fromisoformat("2026-11-24T17:30:00+00:00")
    assert intake(result_pdf(), VERIFIER, at=late).acknowledge_by.date().isoformat() == "2026-11-25"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (by("official").replace(b"/MediaBox [0 0 595", b"/MediaBox [0 0 594", 1), "TOTAL-FAILED HASH_FAILURE"),
        (by("stranger"), "INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND"),
        (result_pdf(), "NO_SIGNATURE"),
        (declaration_xml(), "NO_SIGNATURE"),
        (b"junk", "FORMAT_UNKNOWN"),
    ],
)
def test_what_does_not_hold_is_returned_with_the_reason(document, reason):
    receipt = intake(document, VERIFIER, at=AT)
    assert receipt.decision is Decision.RETURN
    assert len(receipt.reasons) == 1
    assert reason in receipt.reasons[0]


def test_what_may_clear_up_later_is_held_not_returned():
    unjudged = Verifier(PKI.trust_store(), evidence=Evidence(certificates=PKI.intermediates))
    receipt = intake(by("official"), unjudged, at=AT)
    assert receipt.decision is Decision.HOLD
    assert "TRY_LATER" in receipt.reasons[0]
