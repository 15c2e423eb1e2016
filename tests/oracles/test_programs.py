"""What we pass, programs of other code bases pass; what they sign, we pass. The reverse is asked for broken documents only."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from interop.own import KEYS, NOW, RSA_KEYS, STAMPED, Case, cases, signed

from tests.oracles.programs import (
    openssl_accepts_token,
    pdf_token,
    pdfsig_accepts,
    pyhanko_accepts,
    signxml_accepts,
    xades_token,
    xmlsec1_accepts,
)
from vnsign import Evidence, Indication, SignatureLevel, verify
from vnsign.model.certificate import Certificate
from vnsign.model.verdict import CheckStatus
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.pki import TestPki

pytestmark = pytest.mark.oracle

SIGNERS = tuple(name for name in KEYS if "ed25519" not in name)
UNKNOWN = {"pdfsig": ("ed25519",), "xmlsec1": ("ed25519", "pss"), "signxml": ("ed25519",)}
"""Keys and paddings that the versions at hand know nothing of."""


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.load()


@pytest.fixture(scope="module")
def sound() -> list[Case]:
    """Our documents whose signatures hold, each document once."""
    found = {case.document: case for case in cases() if passes(case)}
    assert len(found) > 60
    return list(found.values())


@pytest.fixture(scope="module")
def broken() -> list[Case]:
    """Documents with a changed content or value."""
    return [case for case in cases() if case.name.endswith("-changed")]


def passes(case: Case) -> bool:
    report = verify(case.document, trust=case.trust, evidence=case.evidence, at=case.at)
    return report.indication is Indication.TOTAL_PASSED


def of(found: list[Case], *forms: str, unknown: str = "") -> list[Case]:
    skipped = UNKNOWN.get(unknown, ())
    return [case for case in found if case.name.split("/")[0] in forms and not any(word in case.name for word in skipped)]


def signer_of(case: Case) -> Certificate:
    report = verify(case.document, trust=case.trust, evidence=case.evidence, at=case.at)
    signer = report.signatures[0].signer
    assert signer is not None
    pki = TestPki.load()
    return next(pki.certificate(name) for name in pki.names if pki.certificate(name).sha256 == signer.certificate_sha256)


XML = ("xades", "xades-enveloping", "xades-detached", "xmldsig")


def test_pdfsig_passes_the_pdf_signatures_that_we_pass(sound: list[Case], tmp_path: Path) -> None:
    found = of(sound, "pdf", unknown="pdfsig")
    assert len(found) > 15
    assert [case.name for case in found if not pdfsig_accepts(case.document, tmp_path)] == []


def test_pdfsig_refuses_the_broken_ones(broken: list[Case], tmp_path: Path) -> None:
    assert [case.name for case in of(broken, "pdf") if pdfsig_accepts(case.document, tmp_path)] == []


def test_xmlsec1_passes_the_xml_signatures_that_we_pass(sound: list[Case], tmp_path: Path) -> None:
    found = of(sound, *XML, unknown="xmlsec1")
    assert len(found) > 40
    assert [case.name for case in found if not xmlsec1_accepts(case.document, tmp_path, signer_of(case))] == []


def test_xmlsec1_refuses_the_broken_ones(broken: list[Case], tmp_path: Path) -> None:
    found = of(broken, *XML, unknown="xmlsec1")
    assert [case.name for case in found if xmlsec1_accepts(case.document, tmp_path, signer_of(case))] == []


def test_signxml_passes_the_xml_signatures_that_we_pass(sound: list[Case]) -> None:
    said = {case.name: signxml_accepts(case.document, signer_of(case)) for case in of(sound, *XML, unknown="signxml")}
    assert [name for name, accepted in said.items() if accepted is False] == []
    assert sum(accepted is True for accepted in said.values()) > 40


def test_pyhanko_passes_the_pdf_signatures_that_we_pass(sound: list[Case], pki: TestPki) -> None:
    found = [case for case in of(sound, "pdf") if case.at == NOW and case.evidence.crls == pki.crls()]
    assert len(found) > 15
    assert [case.name for case in found if not pyhanko_accepts(case.document, pki, case.evidence.crls, case.at)] == []


@pytest.mark.parametrize("what", ["content-changed", "value-changed", "revoked-before-signing", "no-revocation-data"])
@pytest.mark.parametrize("level", ["B", "T"])
def test_pyhanko_refuses_what_we_refuse(what: str, level: str, pki: TestPki) -> None:
    (case,) = [case for case in cases() if case.name == f"pdf/{level}/{what}"]
    assert not passes(case)
    assert not pyhanko_accepts(case.document, pki, case.evidence.crls, case.at)


@pytest.mark.parametrize("form", STAMPED)
@pytest.mark.parametrize("who", ["citizen", "citizen-p384", "agency"])
def test_openssl_verifies_the_time_stamps_in_our_documents(form: str, who: str, pki: TestPki, tmp_path: Path) -> None:
    document = signed(form, who, SignatureLevel.T)
    token, protected = pdf_token(document) if form == "pdf" else xades_token(document)
    assert openssl_accepts_token(token, protected, tmp_path, pki)
    assert not openssl_accepts_token(token, protected + b"x", tmp_path, pki)


@pytest.mark.parametrize(("who", "pss"), [*((name, False) for name in SIGNERS), *((name, True) for name in RSA_KEYS)])
def test_signatures_of_pyhanko_pass_here(who: str, pss: bool, pki: TestPki) -> None:
    document = by_pyhanko(who, pki, pss=pss)
    report = verify(document, trust=pki.trust_store(), evidence=Evidence(crls=pki.crls()), at=NOW)
    assert report.indication is Indication.TOTAL_PASSED, report.signatures[0].findings
    place = document.index(b"stream") + 9
    spoiled = document[:place] + bytes((document[place] ^ 1,)) + document[place + 1 :]
    after = verify(spoiled, trust=pki.trust_store(), evidence=Evidence(crls=pki.crls()), at=NOW)
    assert after.indication is Indication.TOTAL_FAILED


@pytest.mark.parametrize("who", SIGNERS)
@pytest.mark.parametrize("xades", [False, True])
def test_signatures_of_signxml_pass_here(who: str, xades: bool, pki: TestPki) -> None:
    document = by_signxml(who, pki, xades=xades)
    report = verify(document, trust=pki.trust_store(), evidence=Evidence(crls=pki.crls()), at=NOW + timedelta(days=365))
    (found,) = report.signatures
    assert (found.integrity, found.signature_value) == (CheckStatus.PASSED, CheckStatus.PASSED)
    assert found.indication is Indication.TOTAL_PASSED, [item for item in found.findings if item.outcome.value != "PASSED"]
    after = verify(document.replace(b"000000000001", b"000000000009"), trust=pki.trust_store(), at=NOW)
    assert after.indication is Indication.TOTAL_FAILED


def by_pyhanko(who: str, pki: TestPki, *, pss: bool) -> bytes:
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives import serialization
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    credential = pki.credential(who)
    der = credential.private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    store = SimpleCertificateStore()
    store.register_multiple([x509.Certificate.load(item.der) for item in credential.chain])
    signer = signers.SimpleSigner(
        x509.Certificate.load(credential.certificate.der), keys.PrivateKeyInfo.load(der), store, prefer_pss=pss
    )
    meta = signers.PdfSignatureMetadata(
        field_name="Signature1", subfilter=fields.SigSeedSubFilter.PADES, signer_key_usage=set()
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(application_pdf()))
    return bytes(signers.PdfSigner(meta, signer).sign_pdf(writer).getvalue())


def by_signxml(who: str, pki: TestPki, *, xades: bool) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding
    from lxml import etree
    from signxml import XMLSigner, methods
    from signxml.xades import XAdESSigner

    credential = pki.credential(who)
    algorithm = "ecdsa-sha256" if "p256" in who or "p384" in who else "rsa-sha256"
    kind: Any = XAdESSigner if xades else XMLSigner
    signer = kind(method=methods.enveloped, signature_algorithm=algorithm, digest_algorithm="sha256")
    chain = [item.x509.public_bytes(Encoding.PEM).decode() for item in (credential.certificate, *credential.chain[:-1])]
    root = signer.sign(etree.fromstring(declaration_xml()), key=credential.private_key, cert=chain)
    return bytes(etree.tostring(root))
