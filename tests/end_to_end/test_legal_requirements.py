"""What the law asks of signing and checking software, where no other test says it in these words.

The numbers are those of the list of requirements: T07 no network unless it is allowed, T20 files that embed the certificate
alone, T21 addresses of the certificates themselves, T29 PAdES, T30 earlier revisions, T33 XAdES, T40 time-stamps that are
required. T11, the forms in which authorities publish, is held in ``test_online.py``; T41, patience with slow authorities, in
``tests/unit/net/test_http_tsa.py``.
"""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from tests.end_to_end.conftest import NOW, SIGNED_AT, tsa_at
from tests.unit.pki.cms_factory import ESS_V2, Cms, oid
from vnsign import Evidence, SignatureLevel, TrustStore, XmlPlacement, sign, verify
from vnsign.errors import NetworkError, TimestampUnavailableError
from vnsign.formats.xml.names import DS, XADES_132
from vnsign.model.certificate import Certificate
from vnsign.model.finding import Outcome
from vnsign.model.report import SignatureClass
from vnsign.model.verdict import Indication
from vnsign.pki.pointers import pointers
from vnsign.signing.signer import KeySigner
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.pki import TestPki

PKI = TestPki.load()
LEVELS = tuple(SignatureLevel)
LEAVES = {
    "leaf-civil-service-g2-organisation.der": (
        "http://ca.gov.vn/pki/pub/crt/cpcag2.crt",
        "http://ocsp.ca.gov.vn",
        "http://ca.gov.vn/pki/pub/crl/cpcag2.crl",
    ),
    "leaf-civil-service-g1-with-mst.der": (
        "http://ca.gov.vn/pki/pub/cert/btc.crt",
        "http://ocsp.ca.gov.vn/",
        "http://ca.gov.vn/pki/pub/crl/btc.crl",
    ),
}


def raised(document: bytes, level: SignatureLevel, placement: XmlPlacement | None = None) -> bytes:
    """A document signed at a level; everything that the level needs is at hand."""
    return sign(
        document,
        PKI.signer("citizen"),
        level=level,
        at=SIGNED_AT,
        timestamps=None if level is SignatureLevel.B else tsa_at(SIGNED_AT + timedelta(minutes=1)),
        placement=placement,
        trust=PKI.trust_store(),
        evidence=PKI.evidence(SIGNED_AT),
    ).data


def without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_more: object) -> None:
        raise AssertionError("a socket was opened")

    for name in ("socket", "getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)


# --- T07, T20, T21: where status and issuers come from --------------------------------------------------------------------


def test_t07_without_network_no_socket_is_opened_and_the_list_decides(monkeypatch):
    good = sign(application_pdf(), PKI.signer("citizen"), at=SIGNED_AT).data
    without_network(monkeypatch)
    report = verify(good, trust=PKI.trust_store(), evidence=Evidence(crls=PKI.crls()), at=NOW)
    assert report.indication is Indication.TOTAL_PASSED
    known = next(item for item in report.signatures[0].findings if item.rule == "chain.revocation-known")
    assert (known.outcome, dict(known.parameters)["sources"]) == (Outcome.PASSED, "crl")


@pytest.mark.parametrize("document", [application_pdf(), declaration_xml()], ids=["pdf", "xml"])
def test_t20_a_file_with_the_certificate_alone_verifies_offline_with_the_bundled_issuers(document, monkeypatch):
    item = PKI.credential("citizen")
    data = sign(document, KeySigner(item.certificate, (), item.private_key), at=SIGNED_AT).data
    issuer = PKI.certificate("public-ca")
    assert issuer.der not in data
    without_network(monkeypatch)
    store, evidence = PKI.trust_store(), Evidence(crls=PKI.crls())
    report = verify(data, trust=store, evidence=evidence, at=NOW)
    assert report.indication is Indication.TOTAL_PASSED
    assert [link.sha256 for link in report.signatures[0].chain][1] == issuer.sha256
    bare = TrustStore(store.anchors, ())
    assert verify(data, trust=bare, evidence=evidence, at=NOW).indication is Indication.INDETERMINATE


@pytest.mark.corpus
def test_t20_the_decree_embeds_its_certificate_alone_and_its_path_is_complete(shared_data: Path, monkeypatch):
    decree = (shared_data / "vn-samples" / "pdf" / "chinhphu-119-2018-ND-CP.signed.pdf").read_bytes()
    trust = TrustStore.load(shared_data / "trust")
    without_network(monkeypatch)
    (found,) = verify(decree, trust=trust, at=NOW).signatures
    assert found.signature_class is SignatureClass.CIVIL_SERVICE
    assert len(found.chain) == 3


@pytest.mark.corpus
@pytest.mark.parametrize("file", LEAVES)
def test_t21_addresses_are_those_of_the_certificate(file: str, shared_data: Path):
    (path,) = (shared_data / "vn-samples").rglob(file)
    found = pointers(Certificate(path.read_bytes()))
    assert (*found.issuers, *found.responders, *found.crls) == LEAVES[file]


# --- T29, T30, T33: the forms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_t29_pades_of_every_level_names_its_certificate_and_its_form(level):
    data = raised(application_pdf(), level)
    assert b"/SubFilter /ETSI.CAdES.detached" in data
    report = verify(data, trust=PKI.trust_store(), evidence=Evidence(crls=PKI.crls()), at=NOW)
    first = report.signatures[0]
    assert (first.level, first.indication) == (f"B-{level.value}", Indication.TOTAL_PASSED)
    reference = next(item for item in first.findings if item.rule == "identity.certificate-reference")
    assert dict(reference.parameters)["source"] == "ess-v2"


def test_t29_without_a_signed_reference_to_the_certificate_there_is_no_level():
    data = raised(application_pdf(), SignatureLevel.B)
    start = data.index(b"/Contents <") + len(b"/Contents ")
    end = data.index(b">", start) + 1
    cms = Cms(signer="citizen", content=data[:start] + data[end:], detached=True)
    without = replace(cms, attributes=[item for item in cms.default_attributes() if oid(ESS_V2) not in item])
    for made, level, outcome in ((cms, "B-B", Outcome.PASSED), (without, "", Outcome.FAILED)):
        value = made.build().hex().encode().ljust(end - start - 2, b"0")
        swapped = data[: start + 1] + value + data[end - 1 :]
        report = verify(swapped, trust=PKI.trust_store(), evidence=Evidence(crls=PKI.crls()), at=NOW)
        (found,) = report.signatures
        said = {item.rule: item.outcome for item in found.findings}
        assert (found.level, said["identity.certificate-protected"]) == (level, outcome)
        assert found.integrity.value == found.signature_value.value == "PASSED"


@pytest.mark.parametrize("version", [b"1.4", b"1.5", b"1.7"])
def test_t30_earlier_revisions_stay_byte_for_byte_and_their_signatures_valid(version: bytes):
    document = application_pdf().replace(b"%PDF-1.7", b"%PDF-" + version, 1)
    person = sign(document, PKI.signer("citizen"), at=SIGNED_AT).data
    agency = sign(person, PKI.signer("agency"), at=SIGNED_AT + timedelta(hours=1)).data
    assert person.startswith(document)
    assert agency.startswith(person)
    report = verify(agency, trust=PKI.trust_store(), evidence=Evidence(crls=PKI.crls()), at=NOW)
    assert [item.indication for item in report.signatures] == [Indication.TOTAL_PASSED] * 2


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("form", ["enveloped", "enveloping", "detached"])
def test_t33_xades_of_every_level_and_form_has_the_names_of_the_standard(form: str, level):
    placement = {
        "enveloped": XmlPlacement.xades_enveloped(),
        "enveloping": XmlPlacement.xades_enveloping(),
        "detached": XmlPlacement.xades_detached("#data"),
    }[form]
    data = raised(declaration_xml(), level, placement)
    tree = etree.fromstring(data)
    (signature,) = tree.iter(f"{{{DS}}}Signature")
    (signed,) = signature.iter(f"{{{XADES_132}}}SignedSignatureProperties")
    assert len(signed.findall(f"{{{XADES_132}}}SigningCertificateV2")) == 1
    report = verify(data, trust=PKI.trust_store(), evidence=Evidence(crls=PKI.crls()), at=NOW)
    assert [(item.level, item.indication) for item in report.signatures] == [(f"B-{level.value}", Indication.TOTAL_PASSED)]


# --- T40: a time-stamp that is required ------------------------------------------------------------------------------------


class Down:
    """An authority that cannot be reached."""

    def token(self, algorithm: str, imprint: bytes) -> bytes:
        raise NetworkError("http://tsa.example.vn/: nobody answers", code="NETWORK_UNREACHABLE")


@pytest.mark.parametrize("level", LEVELS[1:])
@pytest.mark.parametrize("document", [application_pdf(), declaration_xml()], ids=["pdf", "xml"])
def test_t40_without_the_time_stamp_nothing_is_handed_out(document: bytes, level):
    with pytest.raises(TimestampUnavailableError):
        sign(
            document,
            PKI.signer("citizen"),
            level=level,
            at=SIGNED_AT,
            timestamps=Down(),
            trust=PKI.trust_store(),
            evidence=PKI.evidence(SIGNED_AT),
        )
