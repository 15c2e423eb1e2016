"""What a document, a field or a page does not allow is refused before anything is signed, with code and hint."""

from __future__ import annotations

import pytest

from vnsign.errors import ConfigurationError, SigningError, UnreadableDocumentError, VnsignError
from vnsign.formats.pdf.placement import Certification, PdfPlacement
from vnsign.testing.documents import application_pdf, result_pdf

from .signing_support import KINDS, PASSWORD, prepared, rewritten, signed, with_empty_field


def refused(document: bytes, placement: PdfPlacement | None = None, password: str | None = None) -> str:
    with pytest.raises(VnsignError) as refusal:
        prepared(document, placement=placement, password=password)
    assert refusal.value.hint or refusal.value.code == "NO_SUCH_PAGE"
    return refusal.value.code


@pytest.mark.parametrize("placement", [PdfPlacement(), PdfPlacement(box=(60, 60, 160, 90))])
def test_a_document_certified_as_final_takes_no_signature(placement: PdfPlacement):
    final = signed(result_pdf(), placement=PdfPlacement(certification=Certification.NO_CHANGES))
    assert refused(final, placement) == "DOCUMENT_LOCKED"


def test_a_document_certified_for_forms_takes_a_signature_but_no_new_visible_field():
    certified = signed(with_empty_field(result_pdf(), "CanBo"), placement=PdfPlacement(certification=Certification.FILL_FORMS))
    signed(certified, "official", placement=PdfPlacement(field="CanBo"))
    assert refused(certified, PdfPlacement(box=(60, 60, 160, 90))) == "DOCUMENT_LOCKED"


def test_a_certification_signature_must_be_the_first():
    placement = PdfPlacement(certification=Certification.FILL_FORMS)
    assert refused(signed(result_pdf()), placement) == "NOT_FIRST_SIGNATURE"


def test_a_field_that_locks_all_fields_locks_later_signatures_out():
    locking = signed(with_empty_field(result_pdf(), "LanhDao", lock=True), placement=PdfPlacement(field="LanhDao"))
    assert refused(locking) == "DOCUMENT_LOCKED"


def test_a_field_that_is_signed_or_no_signature_field_is_refused():
    assert refused(signed(result_pdf()), PdfPlacement(field="Signature1")) == "FIELD_TAKEN"
    assert refused(application_pdf(), PdfPlacement(field="HoTen")) == "FIELD_TAKEN"


def test_a_box_for_a_field_that_has_one_is_refused():
    document = with_empty_field(result_pdf(), "CanBo")
    assert refused(document, PdfPlacement(field="CanBo", box=(1, 1, 50, 50))) == "FIELD_TAKEN"


def test_a_page_that_is_not_there_is_refused():
    assert refused(result_pdf(), PdfPlacement(page=2, box=(60, 60, 160, 90))) == "NO_SUCH_PAGE"
    assert refused(result_pdf(), PdfPlacement(page=-5, box=(60, 60, 160, 90))) == "NO_SUCH_PAGE"


def test_a_box_outside_the_page_is_refused():
    assert refused(result_pdf(), PdfPlacement(box=(500, 60, 700, 90))) == "BOX_OUTSIDE_PAGE"


def test_a_new_name_with_a_full_stop_is_refused():
    assert refused(result_pdf(), PdfPlacement(field="a.b")) == "FIELD_NAME"


def test_encrypted_documents_need_the_right_password():
    assert refused(KINDS["encrypted"]) == "PDF_ENCRYPTED"
    assert refused(KINDS["encrypted"], password="sai") == "PDF_ENCRYPTED"
    prepared(KINDS["encrypted"], password=PASSWORD)


def test_a_document_sealed_by_its_password_is_refused():
    sealed = rewritten(result_pdf(), compressed=True, password=PASSWORD, sealed=True)
    assert refused(sealed, password=PASSWORD) == "PDF_SEALED"


@pytest.mark.parametrize(
    "document",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\nstartxref\n0\n%%EOF\n",
        application_pdf()[:2000],
        application_pdf().replace(b"/Root 1 0 R", b"/Root 9 9 R"),
        application_pdf().replace(b"/Type /Pages", b"/Type /Pigs "),
        application_pdf().replace(b"/Fields [", b"/Fields ("),
    ],
)
def test_damaged_documents_end_in_a_known_error_or_a_signature(document: bytes):
    try:
        prepared(document)
    except (UnreadableDocumentError, SigningError) as error:
        assert error.code


@pytest.mark.parametrize(
    "options",
    [
        {"page": 0},
        {"box": (0, 0, 0, 0)},
        {"box": (100, 100, 50, 150)},
        {"box": (float("nan"), 0, 10, 10)},
        {"box": (0, 0, 1e9, 10)},
        {"reason": "x" * 1001},
        {"location": "a\0b"},
    ],
)
def test_a_placement_that_cannot_mean_anything_cannot_be_built(options: dict[str, object]):
    with pytest.raises(ConfigurationError):
        PdfPlacement(**options)  # type: ignore[arg-type]
