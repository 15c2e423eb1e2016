"""Twelve documents that an official meets, and the reports of them: the same bytes each time.

Every rendering for people is shown for these: text, HTML, PDF, in both languages. Names and numbers are those of the test PKI.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from tests.screens.pss import SteadySigner
from vnsign import Verifier, sign
from vnsign.evidence.bundle import Evidence
from vnsign.formats.source import DocumentSource
from vnsign.model.report import DocumentReport
from vnsign.testing.documents import application_pdf, result_pdf
from vnsign.testing.dossier import change_once
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

SIGNED = datetime(2026, 11, 23, 7, 5, 31, tzinfo=UTC)
"""14:05:31 in Vietnam."""
CHECKED = datetime(2026, 11, 24, 2, 30, 0, tzinfo=UTC)
"""09:30:00 in Vietnam, the day after."""
LONG_AGO = datetime(2024, 12, 20, 1, 15, 0, tzinfo=UTC)
"""When ``citizen-expired`` (until 2025-01-01) signed."""

TRUST = {
    "vi": "dữ liệu thử: 2 chứng thư số gốc, 2 chứng thư số khác",
    "en": "test data: 2 root certificates, 2 other certificates",
}
"""What is said about the trust data, by language."""


@dataclass(frozen=True)
class Screen:
    """A document, how it is called, and with which revocation data it is judged."""

    file: str
    document: bytes = field(repr=False)
    evidence: Evidence = field(repr=False)
    verdict: str
    """Key of the verdict that must be shown."""


def _signed(document: bytes, *who: str, at: datetime = SIGNED, stamped: bool = True) -> bytes:
    """Signed by one after another, a minute apart, each time-stamped by the authority of its family."""
    pki = TestPki.load()
    for place, name in enumerate(who):
        moment = at + timedelta(minutes=place)
        family = "government" if name in {"official", "agency"} else "public"
        tsa = SimulatedTsa.of(pki, family=family, clock=lambda moment=moment: moment) if stamped else None
        signer = SteadySigner(pki.credential(name))
        level = "T" if stamped else "B"
        document = sign(document, signer, level=level, timestamps=tsa, padding="pss", at=moment).data
    return document


def _evidence(at: datetime = CHECKED) -> Evidence:
    return TestPki.load().evidence(at - timedelta(hours=1))


def valid_person() -> Screen:
    """A citizen's application, time-stamped."""
    return Screen("to-khai.pdf", _signed(application_pdf(), "citizen"), _evidence(), "TOTAL-PASSED")


def valid_agency() -> Screen:
    """A result that an agency alone signed."""
    return Screen("ket-qua.pdf", _signed(result_pdf(), "agency"), _evidence(), "TOTAL-PASSED")


def two_in_order() -> Screen:
    """The competent person first, the agency second (Decree 30/2020, Article 32)."""
    return Screen("ket-qua-02.pdf", _signed(result_pdf(), "official", "agency"), _evidence(), "TOTAL-PASSED")


def wrong_order() -> Screen:
    """The agency before its competent person."""
    return Screen("ket-qua-03.pdf", _signed(result_pdf(), "agency", "official"), _evidence(), "PASSED-WITH-NOTES")


def altered() -> Screen:
    """One byte of the page changed: 02 copies have become 92."""
    changed = change_once(_signed(application_pdf(), "citizen"), b"cap 02 ban sao", b"cap 92 ban sao")
    return Screen("to-khai-bi-sua.pdf", changed, _evidence(), "TOTAL-FAILED")


def overlaid() -> Screen:
    """A line was laid over the second page in an update after the signature."""
    return Screen("to-khai-bi-che.pdf", _overlaid(_signed(application_pdf(), "citizen")), _evidence(), "TOTAL-FAILED")


def expired_stamped() -> Screen:
    """The certificate has expired since; a time-stamp and revocation data of then show that it was good."""
    data = _signed(application_pdf(), "citizen-expired", at=LONG_AGO)
    return Screen("to-khai-2024.pdf", data, _then(), "TOTAL-PASSED")


def expired() -> Screen:
    """The certificate has expired since, and only the signer says when it was signed."""
    data = _signed(application_pdf(), "citizen-expired", at=LONG_AGO, stamped=False)
    return Screen("to-khai-2024-khong-dau-thoi-gian.pdf", data, _then(), "INDETERMINATE")


def revoked() -> Screen:
    """The certificate had been revoked long before: EN 319 102-1, 5.5.4 asks for a proof that it signed earlier."""
    return Screen("to-khai-thu-hoi.pdf", _signed(application_pdf(), "citizen-revoked"), _evidence(), "INDETERMINATE")


def untrusted() -> Screen:
    """An issuer that no trust list has."""
    return Screen("to-khai-la.pdf", _signed(application_pdf(), "stranger"), _evidence(), "INDETERMINATE")


def seal_picture() -> Screen:
    """The picture of a seal on the page, and no signature."""
    return Screen("ban-chup-co-dau.pdf", _with_seal(result_pdf()), _evidence(), "NO-SIGNATURE")


def unreadable() -> Screen:
    """A file that is cut off and is none of the formats."""
    return Screen("hong.pdf", b"%PDX" + bytes(range(200)), _evidence(), "UNREADABLE")


SCREENS: dict[str, Callable[[], Screen]] = {
    "valid-person": valid_person,
    "valid-agency": valid_agency,
    "two-in-order": two_in_order,
    "wrong-order": wrong_order,
    "altered": altered,
    "overlaid": overlaid,
    "expired-time-stamped": expired_stamped,
    "expired": expired,
    "revoked": revoked,
    "untrusted": untrusted,
    "seal-picture": seal_picture,
    "unreadable": unreadable,
}


@cache
def screen(name: str) -> Screen:
    """The document of a case."""
    return SCREENS[name]()


@cache
def report(name: str) -> DocumentReport:
    """The report of a case."""
    case = screen(name)
    verifier = Verifier(TestPki.load().trust_store(), evidence=case.evidence)
    return verifier.report(DocumentSource(case.file, data=case.document), at=CHECKED)


def reports() -> dict[str, DocumentReport]:
    """The reports of all cases, in order."""
    return {name: report(name) for name in SCREENS}


def _then() -> Evidence:
    """Revocation data of the days on which the certificate was still valid, and those of now."""
    return TestPki.load().evidence(LONG_AGO + timedelta(days=2)) | _evidence()


def _overlaid(pdf: bytes) -> bytes:
    """The PDF with a second content stream on its second page, by an incremental update."""
    number, body = _newest(pdf, rb"/Contents (\d+) 0 R /Resources", page=1)
    page = re.sub(rb"/Contents (\d+) 0 R", rb"/Contents [\1 0 R 60 0 R]", body)
    text = b"1 g 55 770 400 24 re f 0 g BT /F1 12 Tf 60 780 Td (Noi dung de nghi: cap 92 ban sao) Tj ET"
    return _updated(pdf, {number: page, 60: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text)})


def _with_seal(pdf: bytes) -> bytes:
    """The PDF with the picture of a round red seal over its text."""
    number, body = _newest(pdf, rb"/Contents (\d+) 0 R /Resources", page=0)
    side = 48
    middle = (side - 1) / 2
    rings = [((x - middle) ** 2 + (y - middle) ** 2) ** 0.5 for y in range(side) for x in range(side)]
    pixels = b"".join(b"\xd0\x10\x20" if 20 < ring < 23 or 12 < ring < 13 else b"\xff\xff\xff" for ring in rings)
    picture = b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB" % (side, side)
    picture += b" /BitsPerComponent 8 /Length %d >>\nstream\n%s\nendstream" % (len(pixels), pixels)
    drawn = b"q 102 0 0 102 330 560 cm /Seal Do Q"
    page = re.sub(rb"/Contents (\d+) 0 R", rb"/Contents [\1 0 R 60 0 R]", body)
    page = page.replace(b"/Resources << ", b"/Resources << /XObject << /Seal 61 0 R >> ", 1)
    return _updated(pdf, {number: page, 60: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn), 61: picture})


def _newest(pdf: bytes, holding: bytes, *, page: int) -> tuple[int, bytes]:
    """Number and newest body of the page with that index."""
    found: dict[int, bytes] = {}
    for match in re.finditer(rb"\n(\d+) 0 obj\s(<< ?/Type ?/Page\b.*?)\nendobj", pdf, re.DOTALL):
        found[int(match[1])] = match[2]
    number = sorted(found)[page]
    assert re.search(holding, found[number])
    return number, found[number]


def _updated(pdf: bytes, objects: dict[int, bytes]) -> bytes:
    """The PDF with an incremental update (ISO 32000-2, 7.5.6)."""
    before = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])
    root = re.findall(rb"/Root (\d+ 0 R)", pdf)[-1]
    out = bytearray(pdf if pdf.endswith(b"\n") else pdf + b"\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % place for place in sorted(places.items()))
    size = max(max(places) + 1, *map(int, re.findall(rb"/Size (\d+)", pdf)))
    out += b"trailer\n<< /Size %d /Root %s /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, before, start)
    return bytes(out)
