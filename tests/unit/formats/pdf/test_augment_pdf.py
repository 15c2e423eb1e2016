"""Security stores and document time-stamps: appended to any PDF, whoever signed it, and nothing else is touched."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.end_to_end.pades_levels import pades
from tests.oracles.pyhanko_long_term import judged
from vnsign import sign
from vnsign.errors import SigningError, UnreadableDocumentError, VnsignError
from vnsign.formats.material import Material
from vnsign.formats.pdf.augment import (
    PendingPdfTimestamp,
    add_material,
    begin_archive_timestamp,
    begin_document_timestamp,
)
from vnsign.formats.pdf.placement import Certification, PdfPlacement
from vnsign.model.facts import ChangeKind, DocumentFacts
from vnsign.signing.selfcheck import read_facts
from vnsign.testing.documents import application_pdf, result_pdf
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

from .signing_support import AT, KINDS, PASSWORD, pdfsig, rewritten, signed, taken_out, with_empty_field


def material(*names: str) -> Material:
    pki = TestPki.load()
    chosen = names or ("citizen", "public-ca", "public-root", "public-tsa")
    return Material(tuple(item.der for item in pki.certificates(*chosen)), pki.crls()[:2])


def stamped(document: bytes, password: str | None = None, field: str = "") -> bytes:
    pending = begin_document_timestamp(document, password=password, field_name=field)
    return pending.embed(SimulatedTsa.of(TestPki.load(), clock=lambda: AT).token(pending.digest, pending.imprint))


def raised(document: bytes, password: str | None = None, id_: str = "Signature1") -> bytes:
    return stamped(add_material(stamped(document, password), id_, material(), password=password), password)


def facts_of(document: bytes, password: str | None = None) -> DocumentFacts:
    return read_facts(document, "pdf", password=password)


def secret_for(kind: str) -> str | None:
    return PASSWORD if kind.startswith("encrypted") else None


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_document_is_raised_and_what_was_there_stays(kind: str):
    secret = secret_for(kind)
    before = signed(KINDS[kind], password=secret)
    after = raised(before, secret)
    assert after.startswith(before)
    facts = facts_of(after, secret)
    first, *stamps = facts.signatures
    assert first.level == "B-LTA"
    assert first.problems == ()
    assert {change.kind for change in first.changes} == {ChangeKind.VALIDATION_MATERIAL}
    assert all(change.allowed for change in first.changes)
    assert [item.id for item in stamps] == ["Timestamp1", "Timestamp2"]
    assert all(digest.matches for item in facts.signatures for digest in item.digests)
    found = material()
    assert {item.der for item in facts.certificates} == set(found.certificates)
    assert facts.crls == found.crls


@pytest.mark.parametrize("kind", KINDS)
def test_pyhanko_sees_nothing_in_it_but_long_term_updates(kind: str):
    from vnsign.formats.pdf.write_adapter import second_reading

    second_reading(
        raised(signed(KINDS[kind], password=secret_for(kind)), secret_for(kind)), "Signature1", password=secret_for(kind)
    )


@pytest.mark.oracle
def test_pdfsig_still_finds_the_signature_valid(tmp_path: Path):
    said = pdfsig(raised(signed(result_pdf())), tmp_path)
    assert "Signature is Valid" in said.split("Signature #2")[0]


def test_pyhanko_validates_the_result_up_to_the_root_with_what_is_embedded():
    """The whole long-term validation of an independent program, offline, from the document alone.

    It asks for a time-stamp in the signature itself; one over the document does not count as one to it.
    """
    pki = TestPki.load()
    roots = pki.certificates("public-root")
    tsa = SimulatedTsa.of(pki, clock=lambda: AT)
    before = sign(result_pdf(), pki.signer("citizen"), level="T", timestamps=tsa, at=AT).data
    after = stamped(add_material(before, "Signature1", material()))
    assert judged(after, roots, AT) == "OK"
    assert judged(before, roots, AT) != "OK"


@pytest.mark.parametrize("permission", list(Certification))
def test_a_certified_document_takes_both_whatever_it_forbids(permission: Certification):
    """ISO 32000-2, table 257: even P = 1 allows security stores and document time-stamps."""
    before = signed(result_pdf(), placement=PdfPlacement(certification=permission))
    first = facts_of(raised(before)).signatures[0]
    assert first.level == "B-LTA"
    assert first.problems == ()
    assert all(change.allowed for change in first.changes)


def test_a_signature_that_locks_all_fields_takes_both():
    before = signed(with_empty_field(result_pdf(), "LanhDao", lock=True), placement=PdfPlacement(field="LanhDao"))
    first = facts_of(raised(before, id_="LanhDao")).signatures[0]
    assert first.level == "B-LTA"
    assert first.problems == () and all(change.allowed for change in first.changes)


def test_only_what_is_missing_is_added_and_nothing_is_taken_out():
    once = add_material(signed(result_pdf()), "Signature1", material())
    assert add_material(once, "Signature1", material()) == once
    assert add_material(once, "Signature1", material("citizen")) == once
    more = Material(material("official").certificates, material().crls, (TestPki.load().ocsp("citizen"),))
    twice = add_material(once, "Signature1", more)
    assert twice.startswith(once)
    facts = facts_of(twice)
    assert len(facts.certificates) == 5
    assert facts.crls == material().crls
    assert facts.ocsps == more.ocsps


def test_the_entry_of_a_signature_is_named_by_the_digest_of_its_contents_and_never_changed():
    before = signed(result_pdf())
    digits = re.findall(rb"/Contents <([0-9A-Fa-f]+)>", before)[-1]
    key = hashlib.sha1(bytes.fromhex(digits.decode())).hexdigest().upper().encode()
    once = add_material(before, "Signature1", material())
    assert once[len(before) :].count(b"/" + key) == 1
    more = Material(material("official").certificates)
    update = add_material(once, "Signature1", more)[len(once) :]
    assert update.count(b"/" + key) == 1
    assert re.findall(rb"/%s ?\d+ 0 R" % key, update) == re.findall(rb"/%s ?\d+ 0 R" % key, once[len(before) :])


def test_each_signature_gets_its_own_entry():
    before = signed(signed(result_pdf()), "official")
    both = add_material(add_material(before, "Signature1", material()), "Signature2", material("official", "government-ca"))
    facts = facts_of(both)
    assert len(facts.certificates) == 6
    assert [item.level for item in facts.signatures] == ["B-B", "B-B"]
    assert len(re.findall(rb"/[0-9A-F]{40}\b", both[both.rindex(b"/VRI") - 1200 :])) >= 2
    assert all(item.problems == () for item in facts.signatures)


def test_the_same_input_gives_the_same_bytes():
    before = signed(result_pdf())
    assert add_material(before, "Signature1", material()) == add_material(before, "Signature1", material())
    assert begin_document_timestamp(before) == begin_document_timestamp(before)


def test_an_unsigned_document_is_time_stamped():
    for document in (application_pdf(), result_pdf()):
        after = stamped(document)
        assert after.startswith(document)
        (found,) = facts_of(after).signatures
        assert found.document_timestamp is not None and found.document_timestamp.imprint.matches
        assert found.document_timestamp.gen_time == AT


def test_the_time_stamp_is_what_pades_asks_for():
    """EN 319 142-1, 5.4.3: type, sub-filter, no times and texts of its own; an invisible field."""
    update = stamped(result_pdf())[len(result_pdf()) :]
    assert b"/Type /DocTimeStamp" in update and b"/SubFilter /ETSI.RFC3161" in update
    assert not re.search(rb"/(M|Name|Reason|Location|Cert)\b", update)
    assert re.search(rb"/Rect \[ ?0 0 0 0 ?\]", update)


def test_the_token_covers_everything_but_its_own_place():
    after = stamped(signed(result_pdf()))
    found = taken_out(after)
    assert hashlib.sha256(found.content).digest() == facts_of(after).signatures[-1].digests[0].expected


def test_a_time_stamp_may_go_into_a_field_that_is_there():
    document = with_empty_field(result_pdf(), "VanThu")
    (found,) = facts_of(stamped(document, field="VanThu")).signatures
    assert found.id == "VanThu"


@pytest.mark.parametrize(
    ("document", "field", "code"),
    [
        (signed(result_pdf()), "Signature1", "FIELD_TAKEN"),
        (application_pdf(), "HoTen", "FIELD_TAKEN"),
        (result_pdf(), "a.b", "FIELD_NAME"),
    ],
)
def test_a_field_that_cannot_be_had_is_refused(document: bytes, field: str, code: str):
    with pytest.raises(SigningError) as refusal:
        begin_document_timestamp(document, field_name=field)
    assert refusal.value.code == code


def test_a_signature_that_is_not_there_is_refused():
    for attempt in (add_material, begin_archive_timestamp):
        more = (material(),) if attempt is add_material else ()
        with pytest.raises(SigningError) as refusal:
            attempt(signed(result_pdf()), "Signature9", *more)
        assert refusal.value.code == "NO_SUCH_SIGNATURE"


def test_a_token_larger_than_its_room_is_refused():
    pending = begin_document_timestamp(result_pdf(), size=100)
    with pytest.raises(SigningError) as refusal:
        pending.embed(bytes(101))
    assert refusal.value.code == "PLACEHOLDER_TOO_SMALL"


def test_encrypted_documents_need_the_right_password():
    document = signed(KINDS["encrypted"], password=PASSWORD)
    for password in (None, "sai"):
        with pytest.raises(UnreadableDocumentError) as refusal:
            add_material(document, "Signature1", material(), password=password)
        assert refusal.value.code == "PDF_ENCRYPTED"


def test_the_material_of_an_encrypted_document_is_encrypted():
    document = signed(KINDS["encrypted"], password=PASSWORD)
    update = add_material(document, "Signature1", material(), password=PASSWORD)[len(document) :]
    assert material().crls[0] not in update


def test_a_document_sealed_by_its_password_is_refused():
    document = rewritten(result_pdf(), compressed=True, password=PASSWORD, sealed=True)
    with pytest.raises(SigningError) as refusal:
        begin_document_timestamp(document, password=PASSWORD)
    assert refusal.value.code == "PDF_SEALED"


def test_stores_of_pyhanko_are_extended_and_stay_readable_to_it():
    """Someone else's B-LTA: a further store and a further time-stamp, the renewal."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    at = datetime(2024, 12, 20, tzinfo=UTC)
    before = pades("citizen", archive=True, crls=TestPki.load().crls(at)[:2], at=at)
    after = stamped(add_material(before, "Signature1", material()))
    assert after.startswith(before)
    first, *_ = facts_of(after).signatures
    assert first.level == "B-LTA" and first.problems == ()
    assert all(change.allowed for change in first.changes)
    store = DocumentSecurityStore.read_dss(PdfFileReader(BytesIO(after)))
    assert len(store.crls) == 4


def test_a_store_written_in_the_catalog_itself_is_extended():
    document = signed(result_pdf())
    update = add_material(document, "Signature1", material("citizen"))
    direct = _with_direct_store(update)
    after = add_material(direct, "Signature1", material())
    assert len(facts_of(after).certificates) == 4


def _with_direct_store(document: bytes) -> bytes:
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(document))
    store = writer.root["/DSS"]
    writer.root["/DSS"] = generic.DictionaryObject({generic.pdf_name(key): store.raw_get(key) for key in store})
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_damaged_entry_of_a_store_hides_nothing():
    """An entry that leads nowhere stays as it is; what is asked for is added beside it."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(add_material(signed(result_pdf()), "Signature1", material("citizen"))))
    writer.root["/DSS"]["/Certs"].append(generic.IndirectObject(9999, 0, writer))
    writer.update_container(writer.root["/DSS"])
    out = BytesIO()
    writer.write(out)
    after = add_material(out.getvalue(), "Signature1", material())
    assert len(facts_of(after).certificates) == 4


def test_numbers_that_a_signed_revision_refers_to_are_not_given_to_new_objects():
    """A reference that leads nowhere is null in the signed pages; an object of that number would change them."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(result_pdf()))
    size = int(writer.trailer["/Size"])
    nowhere = [generic.IndirectObject(number, 0, writer) for number in (size + 8, size + 10, size + 11, size + 300)]
    writer.root["/PieceInfo"] = generic.ArrayObject(nowhere)
    writer.update_root()
    out = BytesIO()
    writer.write(out)
    first, *_ = facts_of(raised(signed(out.getvalue()))).signatures
    assert first.problems == () and first.level == "B-LTA"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_hostile_documents_end_in_known_errors(data: st.DataObject):
    document = bytearray(signed(result_pdf()))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(document) - 1))
        document[place] = data.draw(st.integers(0, 255))
    for attempt in (
        lambda: add_material(bytes(document), "Signature1", material()),
        lambda: begin_document_timestamp(bytes(document)),
    ):
        try:
            made = attempt()
        except VnsignError:
            continue
        result = made.embed(b"") if isinstance(made, PendingPdfTimestamp) else made
        assert result.startswith(bytes(document))


@pytest.mark.parametrize("document", [b"", b"%PDF-1.7", b"%PDF-1.7\nstartxref\n0\n%%EOF", result_pdf()[:-300]])
def test_what_is_no_document_is_refused(document: bytes):
    with pytest.raises(VnsignError):
        begin_document_timestamp(document)


def test_a_last_revision_that_cannot_be_read_takes_no_further_one():
    document = signed(result_pdf())
    with pytest.raises(UnreadableDocumentError) as refusal:
        begin_document_timestamp(document + b"\nstartxref\n99999999\n%%EOF\n")
    assert refusal.value.code == "PDF_STRUCTURE"


def test_repr_shows_no_document():
    assert len(repr(begin_document_timestamp(result_pdf()))) < 400
