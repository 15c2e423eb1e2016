"""Reading signed PDFs: every signature is listed, its digests are computed, its place and claims are told."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import fields

from vnsign.errors import LimitExceededError, UnreadableDocumentError, VnsignError
from vnsign.formats.pdf.read import read_pdf
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import CoverageScope, SignatureFormat, SignatureKind, TimeSource
from vnsign.model.limits import Limits

from .reading_support import facts_of, only, plain_pdf, rules_of, signed, sound, updated


@pytest.fixture(scope="module")
def one() -> bytes:
    """A small PDF with one signature."""
    return signed(plain_pdf())


def test_a_sound_signature_covers_the_whole_document(one: bytes) -> None:
    """Digest, form, coverage, level and place of a plain PAdES signature."""
    facts = facts_of(one)
    signature = only(facts)
    assert sound(signature)
    assert signature.problems == ()
    assert signature.changes == ()
    assert (signature.id, signature.kind) == ("Signature1", SignatureKind.SIGNATURE)
    assert (signature.format, signature.level) == (SignatureFormat.PADES, "B-B")
    assert signature.coverage is CoverageScope.WHOLE_DOCUMENT
    assert signature.covered[0].endswith("; revision 2 of 2")
    assert signature.location == "field Signature1, page 1"
    assert signature.signed_value is not None
    assert signature.signing_certificate is not None


def test_the_sha256_of_the_document_is_that_of_its_bytes(one: bytes) -> None:
    """The digest is computed in the same pass as the signatures' digests, and is still that of the whole file."""
    import hashlib

    assert facts_of(one).sha256 == hashlib.sha256(one).hexdigest()
    assert facts_of(plain_pdf()).sha256 == hashlib.sha256(plain_pdf()).hexdigest()


def test_reason_and_location_are_in_the_details(one: bytes) -> None:
    """What the dictionary claims is shown for inspection."""
    details = dict(facts_of(one).details)
    assert details["Signature1.reason"] == "Kiểm thử"
    assert details["Signature1.location"] == "Hà Nội"
    assert details["Signature1.sub-filter"] == "ETSI.CAdES.detached"
    assert details["document.revisions"] == "2"


def test_an_unsigned_document_has_no_signatures_and_names_its_empty_fields() -> None:
    """An unfilled field is no signature."""
    form = {1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[20 0 R]>>>>", 20: b"<</FT/Sig/T(Nguoi ky)>>"}
    facts = facts_of(plain_pdf(extra=form))
    assert facts.signatures == ()
    assert ("document.unsigned-field", "Nguoi ky") in facts.details


def test_every_signature_of_several_is_sound_and_covers_its_revision(one: bytes) -> None:
    """A second signature leaves the first one whole, and is listed as a change after it."""
    first, second = facts_of(signed(one, "Signature2")).signatures
    assert sound(first)
    assert sound(second)
    assert first.coverage is CoverageScope.WHOLE_REVISION
    assert second.coverage is CoverageScope.WHOLE_DOCUMENT
    assert [(item.kind.value, item.allowed, item.revision) for item in first.changes] == [
        ("signature-added", True, 3),
        ("metadata", True, 3),
    ]


def test_white_space_after_the_end_changes_nothing(one: bytes) -> None:
    """Mail gateways and editors append line ends; they are not content."""
    signature = only(facts_of(one + b"\r\n\n"))
    assert sound(signature)
    assert signature.coverage is CoverageScope.WHOLE_DOCUMENT
    assert signature.changes == ()


def test_an_unsupported_sub_filter_is_listed_by_name(one: bytes) -> None:
    """A signature that cannot be judged is never left out."""
    signature = only(facts_of(one.replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 ")))
    assert not signature.supported
    assert signature.format is SignatureFormat.PDF_OTHER
    assert [item.parameters for item in signature.problems if item.rule == "pdf.sub-filter-unsupported"] == [
        (("found", "adbe.x509.rsa_sha1"),)
    ]


def test_pkcs7_sha1_encapsulates_the_digest_of_the_ranges(shared_data: Path) -> None:
    """The old form holds a SHA-1 digest inside; both that and the CMS digest are computed."""
    path = shared_data / "corpora/attack-pdf/testarea-pdfbox2/pdfbox2/sign/isa_G.pdf"
    signature = only(read_pdf(DocumentSource.of(path), limits=Limits()))
    held = [item for item in signature.digests if item.name == "byte-range"]
    assert [item.matches for item in held] == [True]
    assert held[0].algorithm == "sha1"


def test_the_value_may_be_inherited_through_kids() -> None:
    """A field whose type and value stand on its parent is one signature with two widgets."""
    value = b"<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 3]/Contents<>>>"
    extra = {
        1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[20 0 R]>>>>",
        20: b"<</FT/Sig/T(a)/V 23 0 R/Kids[21 0 R 22 0 R]>>",
        21: b"<</Subtype/Widget/Parent 20 0 R>>",
        22: b"<</Subtype/Widget/Parent 20 0 R>>",
        23: value,
    }
    signature = only(facts_of(plain_pdf(extra=extra)))
    assert signature.id == "a"
    assert "pdf.shared-signature-object" not in rules_of(signature)


def test_names_are_qualified_and_a_form_that_refers_to_itself_ends() -> None:
    """``group.name``; a circle in the form tree is walked once."""
    value = b"<</Type/Sig/SubFilter/x/ByteRange[0 1 2 3]/Contents<30>>>"
    extra = {
        1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[20 0 R 20 0 R]>>>>",
        20: b"<</T(group)/Kids[21 0 R 20 0 R]>>",
        21: b"<</FT/Sig/T(name)/Parent 20 0 R/V 22 0 R>>",
        22: value,
    }
    assert only(facts_of(plain_pdf(extra=extra))).id == "group.name"


def test_one_dictionary_in_two_fields_is_one_signature_and_is_said_so() -> None:
    """A signature object used twice does not become two signers."""
    extra = {
        1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[20 0 R 21 0 R]>>>>",
        20: b"<</FT/Sig/T(a)/V 22 0 R>>",
        21: b"<</FT/Sig/T(b)/V 22 0 R>>",
        22: b"<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 10 20 30]/Contents<3000>>>",
    }
    signature = only(facts_of(plain_pdf(extra=extra)))
    assert signature.location == "fields a, b"
    assert ("fields", "a, b") in [pair for item in signature.problems for pair in item.parameters]


@pytest.mark.parametrize(
    ("contents", "rule"),
    [(b"", "pdf.contents-missing"), (b"/Contents<>", "pdf.contents-missing"), (b"/Contents null", "pdf.contents-missing")],
)
def test_a_signature_without_value_is_listed_and_broken(contents: bytes, rule: str) -> None:
    """Missing, empty and null values each keep the field in the list."""
    extra = {
        1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[20 0 R]>>>>",
        20: b"<</FT/Sig/T(a)/V 21 0 R>>",
        21: b"<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 10 20 30]" + contents + b">>",
    }
    signature = only(facts_of(plain_pdf(extra=extra)))
    assert rule in rules_of(signature)
    assert signature.digests == ()


def test_a_value_that_is_no_dictionary_is_listed() -> None:
    """A reference to nothing is a broken signature, not an empty field."""
    extra = {1: b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[20 0 R]>>>>", 20: b"<</FT/Sig/T(a)/V 99 0 R>>"}
    assert "pdf.signature-dictionary-malformed" in rules_of(only(facts_of(plain_pdf(extra=extra))))


def test_the_claimed_time_comes_from_the_dictionary_where_the_cms_has_none(one: bytes) -> None:
    """PAdES forbids the signing-time attribute, so ``M`` is what the signer claims."""
    signature = only(facts_of(one))
    assert signature.claimed_time_source is TimeSource.PDF_DICTIONARY
    assert signature.claimed_time is not None
    assert not signature.claimed_time_zone_assumed


@pytest.fixture(scope="module")
def encrypted() -> bytes:
    """A signed PDF that opens with the password ``bí mật``."""
    reader = PdfFileReader(io.BytesIO(plain_pdf()))
    writer = copy_into_new_writer(reader)
    writer.encrypt(owner_pass="chủ", user_pass="bí mật")
    out = io.BytesIO()
    writer.write(out)
    return signed(out.getvalue(), password="bí mật")


def test_an_encrypted_document_is_read_with_its_password(encrypted: bytes) -> None:
    """The signature value itself is not encrypted; everything else is."""
    signature = only(facts_of(encrypted, password="bí mật"))
    assert sound(signature)
    assert signature.problems == ()
    assert dict(facts_of(encrypted, password="bí mật").details)["Signature1.reason"] == "Kiểm thử"


@pytest.mark.parametrize("password", [None, "sai"])
def test_an_encrypted_document_without_the_password_is_unreadable(encrypted: bytes, password: str | None) -> None:
    """The code says why, the hint what to do."""
    with pytest.raises(UnreadableDocumentError) as caught:
        facts_of(encrypted, password=password)
    assert caught.value.code == "PDF_ENCRYPTED"
    assert caught.value.hint


def test_more_signatures_and_revisions_than_the_limits_are_refused(one: bytes) -> None:
    """Over a limit is an error, never a shorter list."""
    two = signed(one, "Signature2")
    with pytest.raises(LimitExceededError):
        facts_of(two, limits=replace(Limits(), signatures=1))
    with pytest.raises(LimitExceededError):
        facts_of(two, limits=replace(Limits(), pdf_revisions=2))


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"%PDF-1.7\n%%EOF", b"x" * 5000, b"%PDF-1.4\nstartxref\n5\n%%EOF"])
def test_what_is_no_pdf_is_unreadable(data: bytes) -> None:
    """Not a document: an error with a code, never a foreign exception."""
    with pytest.raises(UnreadableDocumentError):
        facts_of(data)


def test_a_cross_reference_stream_without_widths_is_refused_at_once() -> None:
    """Entries of no bytes would count to any number."""
    body = b"%PDF-1.7\n1 0 obj\n<</Type/XRef/Size 2000000000/W[0 0 0]/Root 1 0 R/Length 0>>stream\n\nendstream\nendobj\n"
    with pytest.raises(UnreadableDocumentError):
        facts_of(body + b"startxref\n9\n%%EOF\n")


def test_cross_references_in_a_circle_end() -> None:
    """``Prev`` that points at itself."""
    pdf = plain_pdf()
    start = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])
    looped = updated(pdf, {20: b"null"})
    again = looped.replace(b"/Prev %d" % start, b"/Prev %d" % int(re.findall(rb"startxref\s+(\d+)", looped)[-1]))
    with contextlib.suppress(UnreadableDocumentError):
        facts_of(again)


def test_reading_without_later_revisions_loads_no_http_client_and_no_lxml(one: bytes, tmp_path: Path) -> None:
    """Start-up: the difference analysis and what it drags in are loaded only when it is needed."""
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed(one, "Signature2"))
    code = (
        "import sys; from pathlib import Path; from vnsign.formats.pdf.read import read_pdf;"
        "from vnsign.formats.source import DocumentSource; from vnsign.model.limits import Limits;"
        f"facts = read_pdf(DocumentSource.of(Path({str(path)!r})), limits=Limits()); assert len(facts.signatures) == 2;"
        "print([name for name in ('aiohttp', 'lxml', 'pyhanko.sign') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_flipping_any_signed_byte_never_leaves_the_digests_matching(one: bytes, data: st.DataObject) -> None:
    """ISO 32000-2, 12.8.1: the digest is computed over the byte range; every byte of it counts."""
    start, end = re.search(rb"/ByteRange \[0 (\d+) (\d+)", one).groups()  # type: ignore[union-attr] # present by construction
    places = st.one_of(st.integers(0, int(start) - 1), st.integers(int(end), len(one) - 1))
    place, bit = data.draw(places), data.draw(st.integers(0, 7))
    changed = bytearray(one)
    changed[place] ^= 1 << bit
    try:
        facts = facts_of(bytes(changed))
    except VnsignError:
        return
    assert not any(sound(signature) for signature in facts.signatures)


@given(st.binary(max_size=300), st.integers(0, 100_000))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_foreign_exception_leaves_for_damaged_bytes(one: bytes, junk: bytes, place: int) -> None:
    """Whatever is overwritten: facts or an error of our own."""
    at = place % len(one)
    with contextlib.suppress(VnsignError):
        facts_of(one[:at] + junk + one[at + len(junk) :])


def test_legacy_detached_signatures_are_named_as_such() -> None:
    """``adbe.pkcs7.detached`` is no PAdES and has no level."""
    signature = only(facts_of(signed(plain_pdf(), subfilter=fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED)))
    assert sound(signature)
    assert (signature.format, signature.level) == (SignatureFormat.PDF_CMS, "")


@pytest.mark.corpus
def test_the_government_decree_of_2018_is_read_whole(shared_data: Path) -> None:
    """One signature of the Government portal: digests, time-stamp imprint and place as they are."""
    path = shared_data / "vn-samples/pdf/chinhphu-119-2018-ND-CP.signed.pdf"
    signature = only(read_pdf(DocumentSource.of(path), limits=Limits()))
    assert sound(signature)
    assert signature.problems == ()
    assert signature.changes == ()
    assert signature.coverage is CoverageScope.WHOLE_DOCUMENT
    assert signature.covered == ("bytes 0-2186693, 2206696-2255842; revision 2 of 2",)
    assert signature.location == "field Signature1, page 1"
    (stamp,) = signature.timestamps
    assert stamp.imprint.matches
    assert stamp.gen_time.astimezone(UTC).date() == datetime(2018, 9, 13, tzinfo=UTC).date()
