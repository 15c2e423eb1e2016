"""Published attacks on signed PDFs, made over a document that a trusted signer signed: trust is no excuse for a pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from vnsign import PdfPlacement, sign
from vnsign.formats.pdf.placement import Certification
from vnsign.testing.documents import application_pdf
from vnsign.testing.pki import TestPki

SIGNED_AT = datetime(2026, 6, 1, tzinfo=UTC)
CATALOG, PAGES, FONT, PAGE, CONTENT, FIELD, WIDGET, VALUE = 1, 2, 3, 4, 10, 7, 14, 15
"""Numbers of objects in :func:`good`."""
EVIL = b"BT /F1 12 Tf 60 780 Td (Noi dung khac) Tj ET"


@dataclass(frozen=True)
class Attack:
    """How it is made, and the rules of which one at least must name it; none where it has no signature or no verdict."""

    make: Callable[[], bytes]
    named_by: frozenset[str]


@cache
def good() -> bytes:
    """Two pages, two form fields, one invisible signature; a classic cross-reference table."""
    return signed(application_pdf())


def signed(pdf: bytes, who: str = "citizen", certification: Certification | None = None) -> bytes:
    """The PDF signed by a holder of the test PKI."""
    place = PdfPlacement(certification=certification)
    return sign(pdf, TestPki.load().signer(who), at=SIGNED_AT, placement=place).data


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object's body."""
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), entries, data)


def update(
    pdf: bytes, objects: dict[int, bytes], *, root: bytes = b"1 0 R", free: tuple[int, ...] = (), prev: int | None = None
) -> bytes:
    """The PDF with an incremental update."""
    before = last_startxref(pdf) if prev is None else prev
    out = bytearray(pdf if pdf.endswith(b"\n") else pdf + b"\n")
    places: dict[int, bytes] = dict.fromkeys(free, b"0000000000 00001 f \n")
    for number, body in objects.items():
        places[number] = b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    at = len(out)
    out += b"xref\n" + b"".join(b"%d 1\n%s" % (number, entry) for number, entry in sorted(places.items()))
    size = max(int(found) for found in re.findall(rb"/Size (\d+)", pdf))
    size = max(size, *(number + 1 for number in places))
    out += b"trailer\n<</Size %d/Root %s/Info 12 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (size, root, before, at)
    return bytes(out)


def last_startxref(pdf: bytes) -> int:
    """Where the newest cross-reference is."""
    return int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])


def body_of(pdf: bytes, number: int) -> bytes:
    """The newest body of an object."""
    start = pdf.rindex(b"\n%d 0 obj" % number)
    return pdf[pdf.index(b"obj", start) + 3 : pdf.index(b"endobj", start)].strip()


# --- universal signature forgery: the signature object is rewritten so that there is nothing to verify


def _forged(change: Callable[[bytes], bytes]) -> bytes:
    value = change(body_of(good(), VALUE))
    return update(good(), {VALUE: value, CONTENT: stream(EVIL)})


def _contents(new: bytes) -> Callable[[], bytes]:
    return lambda: _forged(lambda value: re.sub(rb"/Contents <[^>]*>", new, value))


def _byte_range(new: bytes) -> Callable[[], bytes]:
    return lambda: _forged(lambda value: re.sub(rb"/ByteRange \[[^\]]*\]", new, value))


_NO_CONTENTS = frozenset({"pdf.contents-missing", "pdf.contents-outside-gap", "pdf.contents-not-hexadecimal", "cms.malformed"})
_NO_RANGE = frozenset({"pdf.contents-outside-gap"}) | {
    f"pdf.byte-range-{fault}" for fault in ("missing", "malformed", "order", "outside-file")
}
_CHANGED = frozenset({"pdf.changed-after-signing", "pdf.later-revisions-unreadable"})

FORGERIES = {
    "usf-no-contents": Attack(_contents(b""), _NO_CONTENTS),
    "usf-empty-contents": Attack(_contents(b"/Contents <>"), _NO_CONTENTS),
    "usf-null-contents": Attack(_contents(b"/Contents null"), _NO_CONTENTS),
    "usf-zero-contents": Attack(_contents(b"/Contents <" + b"00" * 4638 + b">"), _NO_CONTENTS),
    "usf-no-byte-range": Attack(_byte_range(b""), _NO_RANGE),
    "usf-null-byte-range": Attack(_byte_range(b"/ByteRange null"), _NO_RANGE),
    "usf-empty-byte-range": Attack(_byte_range(b"/ByteRange []"), _NO_RANGE),
    "usf-zero-byte-range": Attack(_byte_range(b"/ByteRange [0 0 0 0]"), _NO_RANGE),
    "usf-negative-byte-range": Attack(_byte_range(b"/ByteRange [0 -1 -1 -1]"), _NO_RANGE),
    "usf-huge-byte-range": Attack(_byte_range(b"/ByteRange [0 99999999999999999999 1 99999999999999999999]"), _NO_RANGE),
    "usf-short-byte-range": Attack(_byte_range(b"/ByteRange [0 4941]"), _NO_RANGE),
    "usf-long-byte-range": Attack(_byte_range(b"/ByteRange [0 4941 14217 512 14729 900]"), _NO_RANGE),
    "usf-byte-range-of-names": Attack(_byte_range(b"/ByteRange [/a /b /c /d]"), _NO_RANGE),
}


# --- incremental saving: something is written after the signature


def _page_added() -> bytes:
    tree = b"<</Type/Pages/Kids[4 0 R 5 0 R 40 0 R]/Count 3>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 41 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
    return update(good(), {PAGES: tree, 40: page, 41: stream(EVIL)})


def _page_removed() -> bytes:
    return update(good(), {PAGES: b"<</Type/Pages/Kids[4 0 R]/Count 1>>"})


def _overlay() -> bytes:
    page = body_of(good(), PAGE).replace(b"/Contents 10 0 R", b"/Contents [10 0 R 40 0 R]")
    return update(good(), {PAGE: page, 40: stream(EVIL)})


def _stamp() -> bytes:
    page = body_of(good(), PAGE).replace(b"14 0 R ]", b"14 0 R 40 0 R ]")
    annotation = b"<</Type/Annot/Subtype/Stamp/Rect[50 500 500 800]/P 4 0 R/F 4/AP<</N 41 0 R>>>>"
    form = stream(EVIL, b"/Type/XObject/Subtype/Form/BBox[0 0 500 300]/Resources<</Font<</F1 3 0 R>>>>")
    return update(good(), {PAGE: page, 40: annotation, 41: form})


def _without_cross_reference() -> bytes:
    return good() + b"10 0 obj\n" + stream(EVIL) + b"\nendobj\ntrailer\n<</Root 1 0 R/Size 64>>\n%%EOF\n"


def _with_signature_copied() -> bytes:
    return update(good(), {CONTENT: stream(EVIL), VALUE: body_of(good(), VALUE)})


def _script() -> bytes:
    catalog = body_of(good(), CATALOG)[:-2] + b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>"
    return update(good(), {CATALOG: catalog})


SAVINGS = {
    "isa-content-replaced": Attack(lambda: update(good(), {CONTENT: stream(EVIL)}), _CHANGED),
    "isa-page-added": Attack(_page_added, _CHANGED),
    "isa-page-removed": Attack(_page_removed, _CHANGED),
    "isa-overlay": Attack(_overlay, _CHANGED),
    "isa-stamp": Attack(_stamp, _CHANGED),
    "isa-script": Attack(_script, _CHANGED),
    "isa-without-cross-reference": Attack(_without_cross_reference, _CHANGED),
    "isa-with-signature-copied": Attack(_with_signature_copied, _CHANGED | {"pdf.contents-outside-gap"}),
    "isa-two-steps": Attack(lambda: update(update(good(), {40: b"null"}), {CONTENT: stream(EVIL)}), _CHANGED),
}


# --- signature wrapping: the second signed range is moved, so that something fits between


def _wrapped() -> bytes:
    """The signed ranges as they were, the second one moved to the end; between them a signature dictionary that says so."""
    pdf = good()
    gap_end = int(re.findall(rb"/ByteRange \[0 \d+ (\d+)", pdf)[-1])
    # The signed startxref, moved along with the second range, points at where it pointed: the attacker's table stands there.
    out = bytearray(pdf[:gap_end]).ljust(last_startxref(pdf), b"\n")
    kept = {number: pdf.rindex(b"\n%d 0 obj" % number) + 1 for number in (CATALOG, PAGE, WIDGET)}
    bodies = len(out) + 600
    evil = b"%d 0 obj\n%s\nendobj\n" % (CONTENT, stream(EVIL))
    value = body_of(pdf, VALUE)
    end = bodies + len(evil) + len(value) + 100
    moved = re.sub(rb"/ByteRange \[0 (\d+) \d+ (\d+)\] *", rb"/ByteRange [0 \1 %d \2]" % end, value)
    dictionary = b"%d 0 obj\n%s\nendobj\n" % (VALUE, moved)
    places = kept | {CONTENT: bodies, VALUE: bodies + len(evil)}
    rows = b"".join(b"%d 1\n%010d 00000 n \n" % item for item in sorted(places.items()))
    table = b"xref\n" + rows + b"trailer\n<</Size 64/Root 1 0 R/Info 12 0 R/Prev %d>>\n" % _first_xref(pdf)
    out += table.ljust(600, b"\n") + evil + dictionary
    return bytes(out.ljust(end, b"\n")) + pdf[gap_end:]


def _first_xref(pdf: bytes) -> int:
    return int(re.findall(rb"startxref\s+(\d+)", pdf)[0])


_WRAPPED = frozenset({"pdf.contents-outside-gap", "pdf.byte-range-malformed", "pdf.contents-missing"}) | _CHANGED

WRAPPINGS = {
    "swa-second-range-moved": Attack(_wrapped, _WRAPPED),
    "swa-bytes-before": Attack(lambda: b"%PDF-1.7\n" + stream(EVIL) + b"\n" + good(), frozenset()),
}


# --- shadow attacks: what is shown later was prepared before signing


@cache
def prepared() -> bytes:
    """Signed with a cover over page 1, a hidden second page of content and a second catalog that leads to it."""
    pdf = application_pdf()
    page = body_of(pdf, PAGE)
    resources = b"/XObject<</Cover 30 0 R>>/Font"
    page = page.replace(b"/Font", resources, 1).replace(b"/Contents 10 0 R", b"/Contents [10 0 R 31 0 R]")
    cover = stream(b"1 g 0 0 595 842 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]")
    hidden_page = b"<</Type/Page/Parent 33 0 R/MediaBox[0 0 595 842]/Contents 35 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
    objects = {
        PAGE: page,
        30: cover,
        31: stream(b"/Cover Do"),
        32: b"<</Type/Catalog/Pages 33 0 R/AcroForm<</Fields[37 0 R]/SigFlags 3>>>>",
        33: b"<</Type/Pages/Kids[34 0 R]/Count 1>>",
        34: hidden_page,
        35: stream(EVIL),
    }
    return signed(update(pdf, objects))


def _empty_form() -> bytes:
    return stream(b"", b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]")


def _field_value() -> bytes:
    return update(good(), {FIELD: body_of(good(), FIELD).replace(b"<FEFF0041004E>", b"<FEFF004200490045>")})


SHADOWS = {
    "shadow-hide-by-object": Attack(lambda: update(prepared(), {30: _empty_form()}), _CHANGED),
    "shadow-hide-by-freeing": Attack(lambda: update(prepared(), {}, free=(30,)), _CHANGED),
    "shadow-replace-font": Attack(
        lambda: update(
            good(),
            {FONT: b"<</Type/Font/Subtype/Type1/BaseFont/Symbol/Encoding<</Type/Encoding/Differences[48/nine/eight]>>>>"},
        ),
        _CHANGED,
    ),
    "shadow-hide-and-replace-root": Attack(lambda: update(prepared(), {}, root=b"32 0 R", free=(60,)), _CHANGED),
    "shadow-hide-and-replace-pages": Attack(
        lambda: update(prepared(), {CATALOG: body_of(prepared(), CATALOG).replace(b"/Pages 2 0 R", b"/Pages 33 0 R")}),
        _CHANGED,
    ),
}


# --- certification attacks: annotations and signature fields that the permissions seem to allow


def certified(permission: Certification) -> bytes:
    return signed(application_pdf(), "organisation", permission)


def _annotated(permission: Certification, annotation: bytes) -> bytes:
    pdf = certified(permission)
    page = re.sub(rb"/Annots \[", b"/Annots [ 40 0 R ", body_of(pdf, PAGE))
    form = stream(EVIL, b"/Type/XObject/Subtype/Form/BBox[0 0 500 300]/Resources<</Font<</F1 3 0 R>>>>")
    return update(pdf, {PAGE: page, 40: annotation, 41: form})


_FREE_TEXT = (
    b"<</Type/Annot/Subtype/FreeText/Rect[50 500 500 800]/P 4 0 R/F 4/DA(/F1 12 Tf)/Contents(so tien: 9)/AP<</N 41 0 R>>>>"
)
_REDACTION = b"<</Type/Annot/Subtype/Redact/Rect[50 500 500 800]/P 4 0 R/F 4/AP<</N 41 0 R>>>>"


def _sneaky(permission: Certification, value: bytes = b"") -> bytes:
    """A signature field over the page whose appearance shows other content (the sneaky signature attack)."""
    pdf = certified(permission)
    page = re.sub(rb"/Annots \[", b"/Annots [ 40 0 R ", body_of(pdf, PAGE))
    catalog = re.sub(rb"/Fields \[", b"/Fields [ 40 0 R ", body_of(pdf, CATALOG))
    field = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Khac)/F 132/Rect[50 500 500 800]/P 4 0 R/AP<</N 41 0 R>>%s>>" % value
    form = stream(EVIL, b"/Type/XObject/Subtype/Form/BBox[0 0 500 300]/Resources<</Font<</F1 3 0 R>>>>")
    return update(pdf, {CATALOG: catalog, PAGE: page, 40: field, 41: form})


def _sneaky_signature() -> bytes:
    """The attacker signs with a certificate of his own and puts the signature's picture over the page."""
    place = PdfPlacement(box=(50, 500, 500, 800))
    return sign(good(), TestPki.load().signer("stranger"), at=SIGNED_AT, placement=place).data


CERTIFICATIONS = {
    f"certification-{name}-p{permission.value}": Attack(lambda make=make, permission=permission: make(permission), _CHANGED)
    for permission in Certification
    for name, make in (
        ("content", lambda permission: update(certified(permission), {CONTENT: stream(EVIL)})),
        ("free-text", lambda permission: _annotated(permission, _FREE_TEXT)),
        ("redaction", lambda permission: _annotated(permission, _REDACTION)),
        ("sneaky-field", _sneaky),
        ("sneaky-value", lambda permission: _sneaky(permission, b"/V 15 0 R")),
    )
} | {"certification-sneaky-signature": Attack(_sneaky_signature, frozenset({"chain.trust-anchor"}))}


# --- reuse of a signature object, and removal of signatures


def _reused(name: bytes) -> bytes:
    pdf = good()
    catalog = re.sub(rb"/Fields \[", b"/Fields [ 40 0 R ", body_of(pdf, CATALOG))
    return update(pdf, {CATALOG: catalog, 40: b"<</FT/Sig/T(Giam doc)/V %s>>" % name, 41: body_of(pdf, VALUE)})


def _removed() -> bytes:
    catalog = re.sub(rb"/AcroForm.*/SigFlags 3\s*>>", b"", body_of(good(), CATALOG), flags=re.DOTALL)
    return update(good(), {CATALOG: catalog})


REUSES = {
    "reuse-by-reference": Attack(lambda: _reused(b"15 0 R"), _CHANGED),
    "reuse-by-copy": Attack(lambda: _reused(b"41 0 R"), frozenset({"pdf.shared-byte-range", "pdf.contents-outside-gap"})),
    "removed-by-saving-anew": Attack(application_pdf, frozenset()),
    "removed-by-update": Attack(_removed, frozenset()),
    "picture-of-a-seal-alone": Attack(lambda: update(application_pdf(), {CONTENT: stream(EVIL)}), frozenset()),
}
