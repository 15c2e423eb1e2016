"""``vnsign.sign``: both formats and levels verify; what may not sign never reaches the key; nothing doubtful is handed out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import vnsign
from vnsign.errors import (
    CertificateNotFitError,
    ConfigurationError,
    SelfCheckError,
    SignerUnavailableError,
    SigningError,
    TimestampUnavailableError,
    UnreadableDocumentError,
    VnsignError,
)
from vnsign.formats.pdf.placement import PdfPlacement
from vnsign.formats.xml.placement import XmlPlacement
from vnsign.model.facts import SignatureAlgorithm
from vnsign.model.verdict import Indication
from vnsign.signing import selfcheck
from vnsign.testing.documents import application_pdf, declaration_xml, result_pdf
from vnsign.testing.pki import EPOCH
from vnsign.testing.tsa import Lie, SimulatedTsa

from .support import AT, PKI, CountingSigner, counting

DOCUMENTS = {"pdf": application_pdf(), "xml": declaration_xml()}
TSA = SimulatedTsa.of(PKI, clock=lambda: AT)


@pytest.mark.parametrize("level", ["B", "T"])
@pytest.mark.parametrize("name", ["citizen", "citizen-rsa3072", "citizen-p256", "citizen-p384", "citizen-ed25519"])
@pytest.mark.parametrize("format_", DOCUMENTS)
def test_what_is_signed_verifies_with_its_level(format_: str, name: str, level: str):
    signed = vnsign.sign(DOCUMENTS[format_], PKI.signer(name), level=level, timestamps=TSA, at=AT, trust=PKI.trust_store())
    assert (signed.format, signed.level) == (format_, level)
    report = vnsign.verify(signed.data, trust=PKI.trust_store(), evidence=PKI.evidence(), at=AT + timedelta(hours=1))
    (found,) = report.signatures
    assert found.id == signed.signature_id
    assert found.indication is Indication.TOTAL_PASSED, found.findings
    assert found.level == f"B-{level}"


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("padding", ["pkcs1v15", "pss"])
@pytest.mark.parametrize("format_", DOCUMENTS)
def test_paddings_and_digests(format_: str, padding: str, digest: str):
    signed = vnsign.sign(DOCUMENTS[format_], PKI.signer("citizen"), padding=padding, digest=digest, at=AT)
    report = vnsign.verify(signed.data, trust=PKI.trust_store(), evidence=PKI.evidence(), at=AT + timedelta(hours=1))
    assert report.indication is Indication.TOTAL_PASSED


def test_signatures_of_both_families_in_a_row_leave_one_another_alone():
    document: bytes = result_pdf()
    for name in ("citizen", "official", "agency"):
        signed = vnsign.sign(document, PKI.signer(name), level="T", timestamps=TSA, at=AT)
        assert signed.data.startswith(document)
        document = signed.data
    report = vnsign.verify(document, trust=PKI.trust_store(), evidence=PKI.evidence(), at=AT + timedelta(hours=1))
    assert [str(item.indication) for item in report.signatures] == ["TOTAL-PASSED"] * 3


def test_profiles_of_e_invoices_are_signed():
    document = b"<HDon><DLHDon Id='data'><So>1</So></DLHDon><DSCKS><NBan/></DSCKS></HDon>"
    signed = vnsign.sign(document, PKI.signer("organisation"), placement=XmlPlacement.invoice_seller("#data"), at=AT)
    report = vnsign.verify(signed.data, trust=PKI.trust_store(), evidence=PKI.evidence(), at=AT + timedelta(hours=1))
    assert report.indication is Indication.TOTAL_PASSED


def test_external_data_are_signed_whatever_they_are():
    data = b"\x00\x01 no XML, no PDF"
    signed = vnsign.sign(data, PKI.signer("citizen"), placement=XmlPlacement.xades_detached("so-lieu.bin"), at=AT)
    assert signed.format == "xml"


# --- the key is not touched -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("citizen-expired", "CERT_EXPIRED"),
        ("citizen-not-yet-valid", "CERT_NOT_YET_VALID"),
        ("citizen-no-signing", "CERT_KEY_USAGE"),
        ("citizen-revoked", "CERT_REVOKED"),
        ("citizen-on-hold", "CERT_ON_HOLD"),
        ("stranger", "CERT_NOT_TRUSTED"),
    ],
)
@pytest.mark.parametrize("format_", DOCUMENTS)
def test_a_certificate_that_may_not_sign_never_reaches_the_key(format_: str, name: str, code: str):
    signer = counting(name)
    with pytest.raises(CertificateNotFitError) as refusal:
        vnsign.sign(DOCUMENTS[format_], signer, at=AT, trust=PKI.trust_store(), evidence=PKI.evidence())
    assert refusal.value.code == code
    assert refusal.value.hint
    assert signer.calls == 0


def test_a_revoked_issuer_stops_its_subscribers():
    crl = PKI.crl("public-root", this_update=EPOCH, next_update=AT + timedelta(days=30), revoked=["public-ca"])
    signer = counting()
    with pytest.raises(CertificateNotFitError) as refusal:
        vnsign.sign(result_pdf(), signer, at=AT, trust=PKI.trust_store(), evidence=vnsign.Evidence(crls=(crl,)))
    assert refusal.value.code == "CA_REVOKED"
    assert signer.calls == 0


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"level": "T"}, ConfigurationError),
        ({"level": "LTA"}, ConfigurationError),
        ({"digest": "sha1"}, SigningError),
        ({"digest": "md5"}, SigningError),
        ({"padding": "none"}, ConfigurationError),
        ({"at": datetime(2026, 3, 2)}, ConfigurationError),  # noqa: DTZ001
        ({"placement": XmlPlacement()}, ConfigurationError),
    ],
)
def test_options_that_cannot_be_met_never_reach_the_key(options: dict[str, object], kind: type[VnsignError]):
    signer = counting()
    with pytest.raises(kind) as refusal:
        vnsign.sign(result_pdf(), signer, **options)  # type: ignore[arg-type]
    assert refusal.value.hint
    assert signer.calls == 0


def test_a_pdf_placement_for_xml_is_refused():
    with pytest.raises(ConfigurationError):
        vnsign.sign(declaration_xml(), counting(), placement=PdfPlacement(), at=AT)


def test_a_timestamp_on_plain_xml_signatures_is_refused_before_the_key():
    document = b"<HDon><DLHDon Id='data'/><DSCKS><NBan/></DSCKS></HDon>"
    signer = counting()
    with pytest.raises(ConfigurationError):
        vnsign.sign(document, signer, level="T", timestamps=TSA, placement=XmlPlacement.invoice_seller("#data"), at=AT)
    assert signer.calls == 0


@pytest.mark.parametrize("document", [b"", b"\x00" * 20, b"PK\x03\x04", b"<a>", b"%PDF-1.7", b"<!DOCTYPE a><a/>"])
def test_what_is_no_document_is_said_so(document: bytes):
    signer = counting()
    with pytest.raises(UnreadableDocumentError):
        vnsign.sign(document, signer, at=AT)
    assert signer.calls == 0


def test_a_missing_file_is_said_so(tmp_path: Path):
    with pytest.raises(UnreadableDocumentError):
        vnsign.sign(tmp_path / "none.pdf", counting(), at=AT)


# --- faults of signer, authority, result ------------------------------------------------------------------------------------


@dataclass
class Faulty(CountingSigner):
    """A signer that gives something else."""

    answer: object = None

    def sign(self, data: Sequence[bytes], algorithm: SignatureAlgorithm) -> tuple[bytes, ...]:
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (RuntimeError("token pulled out"), SignerUnavailableError),
        ((), SignerUnavailableError),
        ((b"1", b"2"), SignerUnavailableError),
        ((b"\0" * 256,), SigningError),
    ],
)
def test_a_faulty_signer_is_asked_once_and_nothing_is_handed_out(answer: object, kind: type[VnsignError]):
    signer = Faulty(PKI.signer("citizen"), answer=answer)
    with pytest.raises(kind):
        vnsign.sign(result_pdf(), signer, at=AT)
    assert signer.calls == 1


class Down:
    """An authority that does not answer."""

    calls = 0

    def token(self, algorithm: str, imprint: bytes) -> bytes:
        type(self).calls += 1
        raise ConnectionRefusedError(111, "Connection refused")


@pytest.mark.parametrize("format_", DOCUMENTS)
def test_an_authority_that_is_down_gives_no_document(format_: str):
    Down.calls = 0
    with pytest.raises(TimestampUnavailableError) as refusal:
        vnsign.sign(DOCUMENTS[format_], PKI.signer("citizen"), level="T", timestamps=Down(), at=AT)
    assert refusal.value.hint
    assert Down.calls == 1


class Talker:
    """An authority that answers something."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def token(self, algorithm: str, imprint: bytes) -> bytes:
        return self.answer


@pytest.mark.parametrize("answer", [b"", b"\x30\x00", b"<html>", os.urandom(512), TSA.token("sha256", bytes(32))])
def test_an_answer_that_is_no_token_for_this_signature_gives_no_document(answer: bytes):
    with pytest.raises(TimestampUnavailableError):
        vnsign.sign(result_pdf(), PKI.signer("citizen"), level="T", timestamps=Talker(answer), at=AT)


@pytest.mark.parametrize("lie", [Lie.WRONG_IMPRINT, Lie.WRONG_EKU, Lie.EXPIRED, Lie.BROKEN_SIGNATURE])
@pytest.mark.parametrize("format_", DOCUMENTS)
def test_a_lying_authority_gives_no_document(format_: str, lie: Lie):
    liar = SimulatedTsa.of(PKI, clock=lambda: AT, lie=lie)
    with pytest.raises(TimestampUnavailableError):
        vnsign.sign(DOCUMENTS[format_], PKI.signer("citizen"), level="T", timestamps=liar, at=AT)


def test_an_authority_whose_clock_is_days_off_gives_no_document():
    slow = SimulatedTsa.of(PKI, clock=lambda: datetime.now(UTC) - timedelta(days=3))
    with pytest.raises(TimestampUnavailableError):
        vnsign.sign(result_pdf(), PKI.signer("citizen"), level="T", timestamps=slow)


@pytest.mark.parametrize("format_", DOCUMENTS)
def test_a_result_that_is_broken_on_the_way_is_not_handed_out(format_: str, monkeypatch: pytest.MonkeyPatch):
    """Whatever breaks between embedding and reading back: here one byte of the document."""
    from vnsign.signing import session

    whole = session._finished

    def broken(*arguments: object) -> bytes:
        data = whole(*arguments)  # type: ignore[arg-type]
        data = data if isinstance(data, bytes) else data.join()
        return data.replace(b"cap 02 ban sao", b"cap 92 ban sao").replace(b"<SoLuong>2<", b"<SoLuong>9<")

    monkeypatch.setattr(session, "_finished", broken)
    with pytest.raises(SelfCheckError):
        vnsign.sign(DOCUMENTS[format_], PKI.signer("citizen"), at=AT)


def test_a_second_reading_that_disagrees_stops_the_document(monkeypatch: pytest.MonkeyPatch):
    from vnsign.formats.pdf import write_adapter

    monkeypatch.setattr(write_adapter, "_disagreement", lambda *_: "it differs")
    with pytest.raises(SelfCheckError) as refusal:
        vnsign.sign(result_pdf(), PKI.signer("citizen"), at=AT)
    assert refusal.value.code == "SECOND_READING"


def test_an_earlier_signature_that_would_change_stops_the_document(monkeypatch: pytest.MonkeyPatch):
    first = vnsign.sign(result_pdf(), PKI.signer("citizen"), at=AT).data
    monkeypatch.setattr(selfcheck, "_line", lambda facts: f"{facts.id} {os.urandom(4).hex()}")
    with pytest.raises(SelfCheckError) as refusal:
        vnsign.sign(first, PKI.signer("official"), at=AT)
    assert refusal.value.code == "EARLIER_SIGNATURE"


def test_a_document_with_a_broken_signature_can_still_be_signed_and_the_broken_one_stays_broken():
    first = vnsign.sign(application_pdf(), PKI.signer("citizen"), at=AT).data
    tampered = first.replace(b"cap 02 ban sao", b"cap 92 ban sao")
    signed = vnsign.sign(tampered, PKI.signer("official"), at=AT)
    report = vnsign.verify(signed.data, trust=PKI.trust_store(), evidence=PKI.evidence(), at=AT + timedelta(hours=1))
    assert [str(item.indication) for item in report.signatures] == ["TOTAL-FAILED", "TOTAL-PASSED"]


def test_naming_what_signs_loads_no_format_and_no_network_library():
    script = (
        "import sys, vnsign\n"
        "vnsign.sign, vnsign.prepare, vnsign.SigningSession, vnsign.Pkcs12Signer, vnsign.PdfPlacement\n"
        "print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert set(done.stdout.split()).isdisjoint({"lxml", "aiohttp", "pyhanko", "reportlab", "signxml", "asn1crypto"})


def test_a_document_that_its_profile_refuses_never_reaches_the_key():
    """A PDF with a script is signed under no profile, and refused under the strict one."""
    from tests.unit.formats.pdf.lint_support import with_action

    scripted = with_action(b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>")
    signer = counting()
    with pytest.raises(SigningError) as refusal:
        vnsign.sign(scripted, signer, at=AT, lint="strict")
    assert refusal.value.code == "PDF_LINT"
    assert signer.calls == 0
    vnsign.sign(scripted, signer, at=AT)
    vnsign.sign(result_pdf(), signer, at=AT, lint="standard")
    with pytest.raises(ConfigurationError):
        vnsign.sign(result_pdf(), signer, at=AT, lint="none")
    assert signer.calls == 2
