"""Changes after signing: harmless ones are recognised and listed, all others are named with their pages."""

from __future__ import annotations

import io
import re

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PdfFileWriter
from pyhanko.pdf_utils.xref import ObjectStream
from pyhanko.sign import fields

from vnsign.model.facts import Change, ChangeKind, CoverageScope, SignatureFacts

from .reading_support import facts_of, only, plain_pdf, rules_of, signed, sound, updated


@pytest.fixture(scope="module")
def one() -> bytes:
    """A small PDF of two pages with one signature."""
    return signed(plain_pdf())


def first(pdf: bytes) -> SignatureFacts:
    """The first signature."""
    return facts_of(pdf).signatures[0]


def disallowed(signature: SignatureFacts) -> list[Change]:
    """The changes that the signature does not survive."""
    return [item for item in signature.changes if not item.allowed]


def catalog(pdf: bytes, extra: bytes) -> bytes:
    """The newest catalog with more entries."""
    return re.findall(rb"\n1 0 obj\n(<<.*?>>)\nendobj", pdf, re.DOTALL)[-1][:-2] + extra + b">>"


def test_replaced_page_contents_are_named_with_their_page(one: bytes) -> None:
    """The classic incremental saving attack."""
    signature = first(updated(one, {6: b"<</Length 21>>stream\nBT (Hello) Tj ET     \nendstream"}))
    assert sound(signature)
    assert signature.coverage is CoverageScope.WHOLE_REVISION
    (change,) = disallowed(signature)
    assert (change.kind, change.pages, change.revision) == (ChangeKind.CONTENT, (2,), 3)
    assert "page contents" in change.what
    assert rules_of(signature) == {"pdf.changed-after-signing"}


def test_a_page_added_later_is_named(one: bytes) -> None:
    """A new page at the end."""
    tree = b"<</Type/Pages/Count 3/Kids[3 0 R 4 0 R 40 0 R]>>"
    signature = first(updated(one, {2: tree, 40: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"}))
    (change,) = disallowed(signature)
    assert change.kind is ChangeKind.CONTENT
    assert change.pages == (3,)
    assert "number of pages changed from 2 to 3" in change.what


def test_a_comment_added_later_is_named(one: bytes) -> None:
    """Notes over the text change what is read."""
    page = re.findall(rb"\n3 0 obj\n(<<.*?>>)\nendobj", one, re.DOTALL)[-1]
    noted = re.sub(rb"/Annots \[ (.*?) \]", rb"/Annots [ \1 40 0 R ]", page)
    note = b"<</Type/Annot/Subtype/FreeText/Rect[0 0 99 99]/Contents(Khong dong y)>>"
    signature = first(updated(one, {3: noted, 40: note}))
    assert ChangeKind.ANNOTATION in {item.kind for item in disallowed(signature)}
    assert rules_of(signature) == {"pdf.changed-after-signing"}


def test_an_empty_update_changes_nothing(one: bytes) -> None:
    """Objects that nobody refers to are not seen."""
    signature = first(updated(one, {40: b"(nothing)"}))
    assert disallowed(signature) == []
    assert signature.problems == ()


def test_a_security_store_is_validation_material(one: bytes) -> None:
    """Only ``DSS`` was added: an allowed change, recognised without comparing the document."""
    store = {
        40: b"<</Certs[41 0 R]/VRI<</AA<</Cert[41 0 R]>>>>>>",
        41: b"<</Length 3>>stream\nabc\nendstream",
    }
    signature = first(updated(one, {1: catalog(one, b"/DSS 40 0 R"), **store}))
    assert signature.problems == ()
    assert [(item.kind, item.allowed) for item in signature.changes] == [(ChangeKind.VALIDATION_MATERIAL, True)]


def test_a_page_smuggled_in_with_a_security_store_is_seen(one: bytes) -> None:
    """The store must not cover for other objects of the same update."""
    store = {40: b"<</Certs[41 0 R]>>", 41: b"<</Length 3>>stream\nabc\nendstream"}
    text = {5: b"<</Length 14>>stream\nBT (x) Tj ET  \nendstream"}
    signature = first(updated(one, {1: catalog(one, b"/DSS 40 0 R"), **store, **text}))
    assert ChangeKind.CONTENT in {item.kind for item in disallowed(signature)}


RESOURCES = b"<</ProcSet[/PDF/Text]/Font<</F1 31 0 R>>>>"
HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


@pytest.mark.parametrize(
    ("written", "problems"),
    [
        (RESOURCES, set()),
        (RESOURCES.replace(b"31 0 R", b"41 0 R"), {"pdf.changed-after-signing"}),
        (RESOURCES.replace(b"/F1", b"/F2"), {"pdf.changed-after-signing"}),
    ],
    ids=["the same entries", "another font", "another name"],
)
def test_resources_written_again_are_no_change_when_nothing_in_them_differs(written: bytes, problems: set[str]) -> None:
    """Some programs copy the resources of the page on which they put a field."""
    one = signed(plain_pdf(page=b"/Resources 30 0 R", extra={30: RESOURCES, 31: HELVETICA}))
    page = re.findall(rb"\n3 0 obj\n(<<.*?>>)\nendobj", one, re.DOTALL)[-1].replace(b"/Resources 30 0 R", b"/Resources 40 0 R")
    assert b"40 0 R" in page
    times = {41: HELVETICA.replace(b"Helvetica", b"Times-Roman")}
    signature = first(updated(one, {3: page, 40: written, **(times if b"41 0 R" in written else {})}))
    assert rules_of(signature) == problems


def test_a_store_that_replaces_an_earlier_one_does_not_hide_what_that_held(one: bytes) -> None:
    """Each signed revision's own store is read, not the last one alone."""
    stores = [
        {40: b"<</CRLs[41 0 R]>>", 41: b"<</Length 5>>stream\nfirst\nendstream"},
        {90: b"<</CRLs[91 0 R]>>", 91: b"<</Length 6>>stream\nsecond\nendstream"},
    ]
    earlier = signed(updated(one, {1: catalog(one, b"/DSS 40 0 R"), **stores[0]}), "Signature2")
    later = catalog(earlier, b"").replace(b"/DSS 40 0 R", b"/DSS 90 0 R")
    assert b"90 0 R" in later
    found = facts_of(updated(earlier, {1: later, **stores[1]}))
    assert found.crls == (b"second", b"first")


@pytest.mark.parametrize(
    "reference",
    [b"90 0 R", b"90 % x\n0 R", b"90 0%" + b"y" * 3000 + b"\r R", b"90%" + b"y" * 300 + b"\n0 %z\n  R", b"00090\n0\nR"],
)
def test_an_object_referred_to_before_it_exists_may_not_be_defined_later(reference: bytes) -> None:
    """A signed page whose contents point beyond ``Size``: the attacker supplies them after signing."""
    prepared = plain_pdf(extra={4: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents[6 0 R " + reference + b"]>>"})
    one = signed(prepared)
    assert only(facts_of(one)).problems == ()
    signature = first(updated(one, {90: b"<</Length 14>>stream\nBT (x) Tj ET  \nendstream"}))
    assert "pdf.changed-after-signing" in rules_of(signature)
    assert any("defined only later: 90" in item.what for item in disallowed(signature))


@pytest.mark.parametrize(
    "contents", [b"11 0 R", b"[/Metadata 11 0 R]", b"11 %" + b"x" * 400 + b"\n0 R", b"[5 0 R\n11\r0\tR]", b"[0011 0 R]"]
)
def test_metadata_that_is_also_page_contents_is_no_harmless_metadata(contents: bytes) -> None:
    """An object with two uses must not change under the cover of the harmless one."""
    extra = {4: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents " + contents + b">>"}
    one = signed(plain_pdf(extra=extra))
    assert b"/Metadata 11 0 R" in one
    stream = b"<</Type/Metadata/Subtype/XML/Length 18>>stream\nBT (tra tien) Tj ET\nendstream"
    signature = first(updated(one, {11: stream}))
    assert disallowed(signature)
    assert "pdf.changed-after-signing" in rules_of(signature)


def test_a_catalog_action_added_later_is_seen(one: bytes) -> None:
    """Scripts and open actions are no validation material."""
    signature = first(updated(one, {1: catalog(one, b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>")}))
    assert disallowed(signature)
    assert any("/OpenAction" in item.what for item in disallowed(signature))


def test_a_certification_for_form_filling_survives_a_second_signature() -> None:
    """DocMDP 2."""
    signature = first(signed(signed(plain_pdf(), certify=fields.MDPPerm.FILL_FORMS), "Signature2"))
    assert signature.problems == ()
    assert disallowed(signature) == []


FORM = {
    1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[20 0 R]>>>>",
    20: b"<</FT/Tx/T(Ho ten)/V(A)/Subtype/Widget/Rect[0 0 9 9]/P 3 0 R>>",
}
FILLED = FORM[20].replace(b"/V(A)", b"/V(B)")


def test_filling_a_form_is_an_allowed_change_and_is_listed() -> None:
    """The official sees that a field was filled after the signature."""
    one = signed(plain_pdf(extra=FORM, page=b"/Annots[20 0 R]"))
    signature = first(updated(one, {20: FILLED}))
    assert signature.problems == ()
    (change,) = signature.changes
    assert (change.kind, change.allowed) == (ChangeKind.FORM_FILLED, True)
    assert "Ho ten" in change.what


def test_a_certification_that_allows_nothing_is_violated_by_filling_a_form() -> None:
    """DocMDP 1."""
    one = signed(plain_pdf(extra=FORM, page=b"/Annots[20 0 R]"), certify=fields.MDPPerm.NO_CHANGES)
    signature = first(updated(one, {20: FILLED}))
    assert sound(signature)
    assert rules_of(signature) == {"pdf.docmdp-violated"}
    assert disallowed(signature)


def test_filling_a_locked_field_violates_the_lock() -> None:
    """FieldMDP."""
    lock = fields.FieldMDPSpec(fields.FieldMDPAction.ALL)
    one = signed(plain_pdf(extra=FORM, page=b"/Annots[20 0 R]"), lock=lock)
    signature = first(updated(one, {20: FILLED}))
    assert "pdf.fieldmdp-violated" in rules_of(signature)
    assert disallowed(signature)


def test_bytes_appended_after_the_end_are_not_silent(one: bytes) -> None:
    """What no reader of ours can read, a viewer may still show."""
    signature = first(one + b"\n90 0 obj\n<</Type/Page>>\nendobj\ntrailer\n<<>>\nstartxref\n99999\n%%EOF\n")
    assert sound(signature)
    assert rules_of(signature) == {"pdf.later-revisions-unreadable"}
    assert [item.kind for item in disallowed(signature)] == [ChangeKind.OTHER]


def test_a_damaged_later_revision_is_a_change_that_is_not_allowed(one: bytes) -> None:
    """A page tree that is no page tree makes the comparison impossible."""
    signature = first(updated(one, {2: b"<</Type/Pages/Kids 7/Count(x)>>"}))
    assert disallowed(signature)
    assert signature.problems


def test_ten_signatures_stay_sound_and_none_accuses_another() -> None:
    """Each later signature is an allowed change of all earlier ones."""
    pdf = plain_pdf()
    for number in range(10):
        pdf = signed(pdf, f"Nguoi ky {number}")
    signatures = facts_of(pdf).signatures
    assert len(signatures) == 10
    for position, signature in enumerate(signatures):
        assert sound(signature)
        assert signature.problems == ()
        assert sum(item.kind is ChangeKind.SIGNATURE_ADDED for item in signature.changes) == 9 - position


def test_a_visible_later_signature_says_its_page(one: bytes) -> None:
    """A stamp may cover text: the page is named."""
    signature = first(signed(one, "Dau", box=(10, 10, 100, 100)))
    assert signature.problems == ()
    assert (1,) in [item.pages for item in signature.changes if item.kind is ChangeKind.SIGNATURE_ADDED]


def test_an_object_stream_written_again_is_seen() -> None:
    """Objects inside change although the new cross-reference does not name them."""
    writer = PdfFileWriter(stream_xrefs=True)
    content = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    other = writer.add_object(generic.StreamObject(stream_data=b"BT (x) Tj ET"))
    held = writer.prepare_object_stream()
    page = generic.DictionaryObject(
        {
            generic.NameObject("/Type"): generic.NameObject("/Page"),
            generic.NameObject("/MediaBox"): generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 9, 9)]),
            generic.NameObject("/Contents"): content,
            generic.NameObject("/Parent"): writer.root.raw_get("/Pages"),
        }
    )
    front = generic.DictionaryObject(page)
    reference = writer.add_object(page, obj_stream=held)
    tree = writer.root["/Pages"]
    tree["/Kids"].extend([writer.add_object(front), reference])
    tree[generic.NameObject("/Count")] = generic.NumberObject(2)
    writer.root[generic.NameObject("/Spare")] = other
    out = io.BytesIO()
    writer.write(out)
    one = signed(out.getvalue())
    assert sound(first(one))
    assert first(one).problems == ()
    update = IncrementalPdfFileWriter(io.BytesIO(one))
    stream_ref = update.prev.xrefs[generic.Reference(reference.idnum, 0, update.prev)].obj_stream_id
    page[generic.NameObject("/Contents")] = generic.IndirectObject(other.idnum, 0, update)
    again = ObjectStream()
    again.add_object(reference.idnum, page)
    update.objects[(0, stream_ref)] = again.as_pdf_object()
    changed = io.BytesIO()
    update.write(changed)
    signature = first(changed.getvalue())
    assert any("object streams" in item.what for item in disallowed(signature))
    assert "pdf.changed-after-signing" in rules_of(signature)
