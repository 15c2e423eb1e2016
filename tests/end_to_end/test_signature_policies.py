"""Signatures that name a signature policy: without its document, with the right one, with a wrong one, in every format."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end.conftest import NOW, SIGNED_AT
from tests.unit.formats.cms.builder import with_unsigned
from tests.unit.formats.cms.writing import ATTACHED
from tests.unit.pki.cms_factory import attribute, oid
from vnsign import Claims, Evidence, PdfPlacement, TrustStore, XmlPlacement, sign, verify
from vnsign.cli.main import run
from vnsign.crypto import ber
from vnsign.model.claims import SignaturePolicy
from vnsign.model.finding import Outcome, Severity
from vnsign.model.report import SignatureReport
from vnsign.model.signature_policy import PolicyDocument
from vnsign.model.verdict import Indication, SubIndication
from vnsign.pki.cms_attributes import SIGNATURE_POLICY_STORE
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import TestPki
from vnsign.validation import policies

POLICY = "Chính sách chữ ký của cơ quan.".encode()
ID = "1.3.6.1.4.1.55555.1"
NAMED = Claims(policy=SignaturePolicy(identifier=ID, digest="sha256", value=hashlib.sha256(POLICY).digest()))
RIGHT, WRONG, OTHER = PolicyDocument(POLICY, ID), PolicyDocument(POLICY + b".", ID), PolicyDocument(POLICY, "1.2.3")
FORMS = ("pdf", "cms", "xml")


@pytest.fixture(scope="module")
def documents() -> dict[str, bytes]:
    """One signed document of each form, naming the policy."""
    signer = TestPki.load().signer("citizen")
    wanted = {
        "pdf": (application_pdf(), PdfPlacement(claims=NAMED)),
        "cms": (b"data", replace(ATTACHED, claims=NAMED)),
        "xml": (declaration_xml(), replace(XmlPlacement.xades_enveloped(), claims=NAMED)),
    }
    return {form: sign(data, signer, at=SIGNED_AT, placement=where).data for form, (data, where) in wanted.items()}


def judged(data: bytes, *given: PolicyDocument, demanded: bool = False) -> SignatureReport:
    pki = TestPki.load()
    policy = policies.load("circular-15-2025")
    if demanded:
        levels = tuple((name, Severity.FAIL if name == "context.signature-policy" else level) for name, level in policy.levels)
        policy = replace(policy, levels=levels)
    trust: TrustStore = pki.trust_store()
    report = verify(data, trust=trust, policy=policy, evidence=Evidence(crls=pki.crls()), at=NOW, signature_policies=given)
    return report.signatures[0]


def said(report: SignatureReport, rule: str) -> Outcome:
    return next((item.outcome for item in report.findings if item.rule == rule), Outcome.NOT_APPLICABLE)


@pytest.mark.parametrize("form", FORMS)
def test_without_the_document_the_policy_is_named_and_decides_nothing_unless_it_is_demanded(form, documents):
    for given in ((), (OTHER,), (PolicyDocument(b"another text"),)):
        report = judged(documents[form], *given)
        assert report.indication is Indication.TOTAL_PASSED, report.findings
        assert said(report, "context.signature-policy") is Outcome.INDETERMINATE
        demanded = judged(documents[form], *given, demanded=True)
        assert demanded.sub_indication is SubIndication.SIGNATURE_POLICY_NOT_AVAILABLE


@pytest.mark.parametrize("form", FORMS)
def test_with_the_right_document_nothing_is_left_open(form, documents):
    for given in (RIGHT, PolicyDocument(POLICY)):
        report = judged(documents[form], given, demanded=True)
        assert report.indication is Indication.TOTAL_PASSED, report.findings
        assert said(report, "context.signature-policy") is Outcome.PASSED
        assert said(report, "context.signature-policy-digest") is Outcome.PASSED


@pytest.mark.parametrize("form", FORMS)
def test_with_a_wrong_document_the_policy_cannot_be_processed(form, documents):
    report = judged(documents[form], WRONG)
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.POLICY_PROCESSING_ERROR


@pytest.mark.parametrize(
    ("document", "expected"), [(POLICY, None), (POLICY + b".", SubIndication.POLICY_PROCESSING_ERROR)], ids=["right", "wrong"]
)
def test_a_document_that_the_signature_carries_counts_like_one_that_is_given(document, expected, documents):
    specification = ber.wrap(0x30, oid("1.2.3.9"))
    store = attribute(SIGNATURE_POLICY_STORE, ber.wrap(0x30, specification + ber.wrap(0x04, document)))
    assert judged(with_unsigned(documents["cms"], store), demanded=True).sub_indication is expected
    element = (
        '<xades141:SignaturePolicyStore xmlns:xades141="http://uri.etsi.org/01903/v1.4.1#"><xades141:SignaturePolicyDocument>'
        f"{_base64(document)}</xades141:SignaturePolicyDocument></xades141:SignaturePolicyStore>"
    )
    assert judged(_with_unsigned_property(documents["xml"], element), demanded=True).sub_indication is expected


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()


def _with_unsigned_property(data: bytes, element: str) -> bytes:
    end = b"</xades:SignedProperties>"
    assert data.count(end) == 1
    holder = (
        f"<xades:UnsignedProperties><xades:UnsignedSignatureProperties>{element}"
        "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
    )
    return data.replace(end, end + holder.encode())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--signature-policy", "policy.txt"), 0),
        (("--signature-policy", f"{ID}=policy.txt"), 0),
        (("--signature-policy", f"urn:oid:{ID}=policy.txt"), 0),
        (("--signature-policy", "wrong.txt"), 0),
        (("--signature-policy", f"{ID}=wrong.txt"), 3),
        (("--signature-policy", f"{ID}=wrong.txt", "--signature-policy", "policy.txt"), 0),
        (("--signature-policy", "absent.txt"), 2),
        (("--signature-policy", "empty.txt"), 2),
    ],
)
def test_the_command_line_takes_documents_by_identifier_and_by_digest(options, code, tmp_path, monkeypatch, capsys):
    from datetime import UTC, datetime

    pki = TestPki.load()
    write_trust(pki, tmp_path / "trust")
    write_evidence(pki, tmp_path / "evidence", at=datetime.now(UTC))
    signed = sign(application_pdf(), pki.signer("citizen"), placement=PdfPlacement(claims=NAMED))
    Path(tmp_path / "signed.pdf").write_bytes(signed.data)
    for name, data in (("policy.txt", POLICY), ("wrong.txt", POLICY + b"."), ("empty.txt", b"")):
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    where = ("--trust", "trust", "--evidence", "evidence", "--format", "json")
    assert run(["verify", "signed.pdf", *where, *options]) == code
    if code == 3:
        assert "POLICY_PROCESSING_ERROR" in json.dumps(json.loads(capsys.readouterr().out))
