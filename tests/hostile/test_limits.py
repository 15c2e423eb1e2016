"""Every limit of ``model/limits.py`` lets through as many as it says, and not one more."""

from __future__ import annotations

import dataclasses
import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import pytest

from tests.hostile import pdf_attacks, pdf_bombs
from tests.unit.formats.pdf import reading_support
from tests.unit.formats.xml import builder as xml
from tests.unit.pki.builders import root, sub_ca
from vnsign import PdfPlacement, SignatureLevel, sign
from vnsign.errors import EvidenceError, UnreadableDocumentError
from vnsign.formats.asic.read import read_asic
from vnsign.formats.pdf.read import read_pdf
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.parse import parse
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureFacts, SignatureFormat, SignatureKind, TimestampKind
from vnsign.model.limits import Limits
from vnsign.pki.admission import admit
from vnsign.pki.path import PathStatus, validate_path
from vnsign.pki.revocation import RevocationData
from vnsign.pki.signed_data import read_signed_data
from vnsign.pki.tsp import read_token
from vnsign.testing.documents import application_pdf
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

AT = datetime(2026, 6, 1, tzinfo=UTC)
PKI = TestPki.load()


@dataclass(frozen=True)
class Case:
    """``accepts`` is given limits and says whether a fixed input is taken whole; the input measures ``size``."""

    size: int
    accepts: Callable[[Limits], bool]


def readable(read: Callable[[], object]) -> bool:
    """Whether the reader takes it; a limit is refused as unreadable, or as evidence that cannot be read."""
    try:
        read()
    except (UnreadableDocumentError, EvidenceError):
        return False
    return True


# --- documents and PDF


def document_bytes() -> Case:
    source = DocumentSource.of(b"x" * 100)
    return Case(100, lambda limits: readable(lambda: source.read(limits)))


def pdf_reads(data: bytes) -> Callable[[Limits], bool]:
    return lambda limits: readable(lambda: read_pdf(DocumentSource.of(data), limits=limits))


def pdf_revisions() -> Case:
    return Case(4, pdf_reads(pdf_attacks.update(pdf_attacks.update(pdf_attacks.good(), {40: b"null"}), {41: b"null"})))


def pdf_changed_objects() -> Case:
    """Of one later revision that is more than a signature or validation material: three pages and their tree."""
    pages = b" ".join(b"%d 0 R" % number for number in (3, 90, 91, 92))
    added = dict.fromkeys((90, 91, 92), b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>")
    base = reading_support.signed(reading_support.plain_pdf(1))
    data = reading_support.updated(base, {2: b"<</Type/Pages/Count 4/Kids[%s]>>" % pages, **added})

    def accepts(limits: Limits) -> bool:
        found = reading_support.rules_of(reading_support.only(reading_support.facts_of(data, limits=limits)))
        assert "pdf.changed-after-signing" in found
        return "pdf.changes-not-compared" not in found

    return Case(4, accepts)


def with_object_stream(size: int) -> bytes:
    """The catalog in an object stream of so many bytes, once they are unpacked; little is to be gained by packing them."""
    catalog = pdf_attacks.body_of(pdf_attacks.good(), pdf_attacks.CATALOG)
    inside = (b"1 0 " + catalog).ljust(size)
    packed = zlib.compress(inside)
    body = b"<</Type/ObjStm/N 1/First 4/Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)
    return pdf_bombs.with_cross_reference_stream(pdf_attacks.good(), {40: body}, {1: (2, 40, 0)})


def pdf_stream_bytes() -> Case:
    return Case(30_000, pdf_reads(with_object_stream(30_000)))


def pdf_decoded_bytes() -> Case:
    """Of all streams together; as many bytes as the file itself has may always be decoded."""
    return Case(60_000, pdf_reads(with_object_stream(60_000)))


def signatures() -> Case:
    data = pdf_attacks.good()
    for number in range(2):
        data = sign(data, PKI.signer("agency"), at=AT, placement=PdfPlacement(field=f"More{number}")).data
    return Case(3, pdf_reads(data))


# --- CMS, certificates, revocation, time-stamps


@cache
def token() -> bytes:
    return SimulatedTsa.of(PKI, clock=lambda: AT).token("sha256", bytes(32))


def cms_facts(der: bytes, limits: Limits) -> SignatureFacts:
    return read_signed_data(
        der,
        id_="a",
        kind=SignatureKind.SIGNATURE,
        format_=SignatureFormat.CMS,
        detached_digest=None,
        covers="",
        limits=limits,
    ).facts


def signature_bytes() -> Case:
    return Case(len(token()), lambda limits: not cms_facts(token(), limits).problems)


def certificates() -> Case:
    return Case(2, lambda limits: len(cms_facts(token(), limits).certificates) == 2)


def certificate_bytes() -> Case:
    leaf = PKI.certificate("citizen")
    longest = max(len(item.der) for item in (leaf, *PKI.chain("citizen")))
    assert len(leaf.der) == longest
    return Case(longest, lambda limits: path(limits) is PathStatus.VALID)


def path(limits: Limits) -> PathStatus:
    leaf, (issuer, anchor) = PKI.certificate("citizen"), PKI.chain("citizen")
    return validate_path(
        leaf,
        embedded=(issuer,),
        intermediates=(),
        anchors=(anchor,),
        at=AT,
        crls=PKI.crls(),
        ocsps=(),
        revocation_required=True,
        limits=limits,
    ).status


@cache
def hierarchy() -> tuple[Certificate, ...]:
    """A root and five CAs below one another."""
    made = [root()]
    for number in range(5):
        made.append(sub_ca(f"CA {number}", made[-1]))
    return tuple(item.certificate for item in made)


def admitted_certificates() -> Case:
    top, *below = hierarchy()
    return Case(5, lambda limits: len(admit(below, (top,), limits)) == 5)


def signature_checks() -> Case:
    """One check for each certificate where every issuer has a name of its own."""
    top, *below = hierarchy()
    return Case(5, lambda limits: len(admit(below, (top,), limits)) == 5)


def chain_length() -> Case:
    return Case(3, lambda limits: path(limits) is PathStatus.VALID)


def crl_bytes() -> Case:
    der = PKI.crls()[1]
    return Case(len(der), lambda limits: len(RevocationData.of((der,), (), limits).crls) == 1)


def ocsp_bytes() -> Case:
    der = PKI.ocsp("citizen")
    return Case(len(der), lambda limits: len(RevocationData.of((), (der,), limits).answers) == 1)


def timestamp_bytes() -> Case:
    def read(limits: Limits) -> object:
        return read_token(
            token(), id_="t", kind=TimestampKind.SIGNATURE, computed=lambda _: bytes(32), covers="", limits=limits
        )

    return Case(len(token()), lambda limits: readable(lambda: read(limits)))


def timestamps() -> Case:
    stamps = SimulatedTsa.of(PKI, clock=lambda: AT)
    data = sign(application_pdf(), PKI.signer("citizen"), level=SignatureLevel.T, timestamps=stamps, at=AT).data

    def accepts(limits: Limits) -> bool:
        (signature,) = read_pdf(DocumentSource.of(data), limits=limits).signatures
        return len(signature.timestamps) == 1 and not signature.problems

    return Case(1, accepts)


# --- XML


def xml_parses(data: bytes) -> Callable[[Limits], bool]:
    return lambda limits: readable(lambda: parse(data, limits))


def xml_bytes() -> Case:
    data = b"<a>" + b"x" * 93 + b"</a>"
    return Case(100, xml_parses(data))


def xml_depth() -> Case:
    return Case(40, xml_parses(b"<a>" * 40 + b"</a>" * 40))


def xml_nodes() -> Case:
    """Elements with a start and an end tag; of empty ones and comments up to twice as many are let through."""
    return Case(50, xml_parses(b"<a>" + b"<b></b>" * 49 + b"</a>"))


def xml_judged(document: str) -> Callable[[Limits], bool]:
    return lambda limits: not any(item.problems for item in xml.read(document, limits=limits).signatures)


def xml_references() -> Case:
    parts = "".join(f'<p Id="p{number}"></p>' for number in range(5))
    references = [xml.reference(f"#p{number}", f'<p Id="p{number}"></p>'.encode()) for number in range(5)]
    return Case(5, xml_judged(f"<doc>{parts}{xml.signature(*references)}</doc>"))


def xml_transforms() -> Case:
    made = xml.signature(xml.reference("#x", b'<p Id="x"></p>', *[xml.EXCLUSIVE] * 3))
    return Case(3, xml_judged(f'<doc><p Id="x"></p>{made}</doc>'))


def xml_reference_bytes() -> Case:
    """What is digested and canonicalised and looked at in the whole document; found by trying, as it has no one measure."""
    octets = f'<p Id="x">{"x" * 5000}</p>'
    accepts = xml_judged(f"<doc>{octets}{xml.signature(xml.reference('#x', octets.encode()))}</doc>")
    low, high = 0, 1_000_000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if accepts(Limits(xml_reference_bytes=middle)) else (middle, high)
    assert len(octets) <= high < 20 * len(octets)
    return Case(high, accepts)


# --- containers


def archive(names: dict[str, bytes], *, packed: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as made:
        made.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.etsi.asic-e+zip")
        for name, data in names.items():
            made.writestr(name, data)
    return out.getvalue()


def asic_reads(data: bytes) -> Callable[[Limits], bool]:
    return lambda limits: readable(lambda: read_asic(DocumentSource.of(data), limits=limits))


def asic_entries() -> Case:
    return Case(5, asic_reads(archive({f"a{number}": b"x" for number in range(4)})))


def asic_bytes() -> Case:
    return Case(1031, asic_reads(archive({"a": b"x" * 1000})))


def asic_ratio() -> Case:
    data = archive({"a": bytes(20_000)}, packed=True)
    return Case(-(-20_031 // len(data)), asic_reads(data))


def asic_name_bytes() -> Case:
    return Case(40, asic_reads(archive({"a" * 40: b"x"})))


def asic_timestamps() -> Case:
    stamps = {f"META-INF/timestamp{number:03}.tst": token() for number in range(3)}
    return Case(3, asic_reads(archive({"a": b"x"} | stamps)))


NAMES = [item.name for item in dataclasses.fields(Limits)]


def test_every_limit_has_its_case() -> None:
    assert [name for name in NAMES if name not in globals()] == []


@pytest.mark.parametrize("name", NAMES)
def test_as_many_as_the_limit_says_and_not_one_more(name: str) -> None:
    case: Case = globals()[name]()
    assert case.accepts(Limits())
    assert case.accepts(Limits(**{name: case.size}))
    assert not case.accepts(Limits(**{name: case.size - 1}))
