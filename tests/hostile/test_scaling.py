"""Four times the input costs about four times the work: counted in calls of functions, which no slow machine changes."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography.x509 import ReasonFlags

from tests.hostile import pdf_attacks
from tests.unit.formats.xml import builder as xml
from vnsign import Evidence, PdfPlacement, Verifier, sign
from vnsign.testing.documents import application_pdf
from vnsign.testing.pki import TestPki
from vnsign.testing.revocation import Revoked, build_crl

AT = datetime(2026, 6, 1, tzinfo=UTC)
PKI = TestPki.load()
ALLOWED = 5.0
"""For four times as much. Quadratic work would show as 16; a sorted search costs a little more than 4."""


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, those of C included."""
    count = 0

    def seen(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def verify(data: bytes, evidence: Evidence | None = None) -> Callable[[], object]:
    verifier = Verifier(PKI.trust_store(), evidence=evidence or PKI.evidence())
    return lambda: verifier.report(data, at=AT + timedelta(days=1))


# Each takes a size and gives the work to be counted.


def pdf_objects(size: int) -> Callable[[], object]:
    """Objects of a signed document without later changes."""
    more = {100 + number: b"<</A[1 2 3]/B %d 0 R>>" % (101 + number) for number in range(size)}
    return verify(pdf_attacks.signed(pdf_attacks.update(application_pdf(), more)))


def pdf_objects_changed(size: int) -> Callable[[], object]:
    """Objects written after signing, which are compared one by one."""
    more = {100 + number: b"<</A[1 2 3]/B %d 0 R>>" % (101 + number) for number in range(size)}
    return verify(pdf_attacks.update(pdf_attacks.good(), {pdf_attacks.CONTENT: b"100 0 R"} | more))


def pdf_pages_added(size: int) -> Callable[[], object]:
    kids = b" ".join(b"%d 0 R" % (100 + number) for number in range(size))
    tree = b"<</Type/Pages/Kids[4 0 R 5 0 R %s]/Count %d>>" % (kids, size + 2)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    pages = {100 + number: page for number in range(size)}
    return verify(pdf_attacks.update(pdf_attacks.good(), {pdf_attacks.PAGES: tree} | pages))


def pdf_mere_references(size: int) -> Callable[[], object]:
    chain = {100 + number: b"%d 0 R" % (101 + number) for number in range(size)}
    end = {100 + size: pdf_attacks.stream(b"")}
    return verify(pdf_attacks.update(pdf_attacks.good(), {pdf_attacks.CONTENT: b"100 0 R"} | chain | end))


@cache
def _signed_often(count: int) -> bytes:
    if count == 0:
        return application_pdf()
    placement = PdfPlacement(field=f"Field{count}")
    return sign(_signed_often(count - 1), PKI.signer("agency"), at=AT, placement=placement).data


def pdf_signatures(size: int) -> Callable[[], object]:
    return verify(_signed_often(size))


def pdf_revisions(size: int) -> Callable[[], object]:
    data = pdf_attacks.good()
    for number in range(size):
        data = pdf_attacks.update(data, {100 + number: b"null"})
    return verify(data)


def xml_elements(size: int) -> Callable[[], object]:
    octets = '<p Id="x">' + "<q>1</q>" * size + "</p>"
    made = xml.signature(xml.reference("#x", octets.encode()))
    return verify(f"<doc>{octets}{made}</doc>".encode())


def xml_references(size: int) -> Callable[[], object]:
    parts = [f'<p Id="p{number}">{number}</p>' for number in range(size)]
    references = [xml.reference(f"#p{number}", part.encode()) for number, part in enumerate(parts)]
    return verify(f"<doc>{''.join(parts)}{xml.signature(*references)}</doc>".encode())


def xml_signatures(size: int) -> Callable[[], object]:
    parts = [f'<p Id="p{number}">{number}</p>' for number in range(size)]
    made = [
        xml.signature(xml.reference(f"#p{number}", part.encode()), identifier=f"S{number}") for number, part in enumerate(parts)
    ]
    return verify(f"<doc>{''.join(parts)}{''.join(made)}</doc>".encode())


def crl_entries(size: int) -> Callable[[], object]:
    authority = PKI.credential("public-ca")
    entries = [Revoked(1_000_000 + number, AT, ReasonFlags.key_compromise) for number in range(size)]
    crl = build_crl(
        authority.certificate.x509, authority.private_key, entries, this_update=AT, next_update=AT + timedelta(days=9), number=7
    )
    return verify(pdf_attacks.good(), Evidence(crls=(crl, *PKI.crls()[:1])))


def evidence_items(size: int) -> Callable[[], object]:
    """Lists that say nothing about the signer."""
    authority = PKI.credential("government-ca")
    lists = [
        build_crl(
            authority.certificate.x509,
            authority.private_key,
            [],
            this_update=AT,
            next_update=AT + timedelta(days=9),
            number=number + 1,
        )
        for number in range(size)
    ]
    return verify(pdf_attacks.good(), Evidence(crls=(*PKI.crls(), *lists)))


def asic_entries(size: int) -> Callable[[], object]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.etsi.asic-e+zip")
        for number in range(size):
            made.writestr(f"file{number}.txt", b"x")
    return verify(out.getvalue())


SIZES = {
    pdf_objects: 250,
    pdf_objects_changed: 100,
    pdf_pages_added: 100,
    pdf_mere_references: 60,
    pdf_signatures: 4,
    pdf_revisions: 12,
    xml_elements: 500,
    xml_references: 14,
    xml_signatures: 14,
    crl_entries: 500,
    evidence_items: 25,
    asic_entries: 100,
}
"""The smaller of two sizes; the larger one is four times as much and within the limits."""


@pytest.mark.parametrize("make", SIZES, ids=lambda make: make.__name__)
def test_work_grows_with_the_input_and_no_faster(make: Callable[[int], Callable[[], object]]) -> None:
    size = SIZES[make]
    small, large = make(size), make(4 * size)
    small(), large()  # caches are filled and modules loaded, whatever ran before
    assert calls(large) <= ALLOWED * calls(small)
