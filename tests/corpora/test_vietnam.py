"""Real Vietnamese documents that nobody here made, judged with the real certificates of the two national PKIs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vnsign import TrustStore, Verifier, verify
from vnsign.cli.main import run
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureFormat
from vnsign.model.moment import parse
from vnsign.model.report import BestTimeSource, SignatureClass, SignerKind
from vnsign.model.verdict import CheckStatus, Indication, SubIndication
from vnsign.pki.identity import read_signer
from vnsign.report.json import loads
from vnsign.testing.pki import TestPki
from vnsign.validation.rules.crypto import integrity

pytestmark = pytest.mark.corpus

DECREE_AT = parse("2018-09-14")


@pytest.fixture(scope="module")
def trust(shared_data: Path) -> TrustStore:
    return TrustStore.load(shared_data / "trust")


@pytest.fixture(scope="module")
def decree(shared_data: Path) -> Path:
    return shared_data / "vn-samples" / "pdf" / "chinhphu-119-2018-ND-CP.signed.pdf"


def test_the_decree_of_2018_is_intact_and_its_status_unknown(decree, trust):
    report = verify(decree, trust=trust, at=DECREE_AT)
    (found,) = report.signatures
    assert (found.indication, found.sub_indication) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)
    assert (found.integrity, found.signature_value) == (CheckStatus.PASSED, CheckStatus.PASSED)
    assert found.signature_class is SignatureClass.CIVIL_SERVICE
    assert found.signer is not None
    assert found.signer.name == "Cổng Thông tin điện tử Chính phủ"
    assert found.signer.organisation == "Văn phòng Chính phủ"
    assert found.best_signature_time_source is BestTimeSource.TIMESTAMP
    assert found.best_signature_time == datetime(2018, 9, 13, 9, 7, 31, tzinfo=UTC)
    assert found.changes_after == ()
    decisive = {item.rule: dict(item.parameters) for item in found.findings if item.decisive}
    assert "chain.revocation-known" in decisive
    assert "SHA1" in decisive["algorithms.digest"]["algorithms"]


def test_the_decree_passes_under_the_historical_policy_alone(decree, trust):
    report = verify(decree, trust=trust, at=DECREE_AT, policy="historical")
    (found,) = report.signatures
    assert found.indication is Indication.TOTAL_PASSED
    assert found.best_signature_time_source is BestTimeSource.TIMESTAMP
    assert "chain.revocation-known" in {item.rule for item in found.warnings}
    for policy in ("circular-15-2025", "circular-22-2020", "etsi-baseline"):
        assert verify(decree, trust=trust, at=DECREE_AT, policy=policy).indication is Indication.INDETERMINATE


def test_the_decree_is_untrusted_under_the_test_roots(decree):
    report = verify(decree, trust=TestPki.load().trust_store(), at=DECREE_AT, policy="historical")
    assert report.signatures[0].sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_the_decree_on_the_command_line(decree, shared_data, capsys):
    arguments = ["verify", str(decree), "--trust", str(shared_data / "trust"), "--at", "2018-09-14"]
    assert run([*arguments, "--format", "json"]) == 3
    (report,) = loads(capsys.readouterr().out)
    assert report.signatures[0].sub_indication is SubIndication.TRY_LATER
    assert run([*arguments, "--policy", "historical"]) == 0
    shown = capsys.readouterr().out
    assert "HỢP LỆ" in shown
    assert "Cổng Thông tin điện tử Chính phủ" in shown


def test_a_changed_byte_of_the_decree_is_seen(decree, trust):
    data = bytearray(decree.read_bytes())
    data[1_000_000] ^= 1
    report = verify(bytes(data), trust=trust, at=DECREE_AT, policy="historical")
    assert report.signatures[0].sub_indication is SubIndication.HASH_FAILURE


def test_both_signatures_of_the_invoice_message_are_sound_and_untrusted(shared_data, trust):
    file = shared_data / "vn-samples" / "xml" / "einvoice-tct-test-202-ts24-safeca2020.xml"
    report = verify(file, trust=trust)
    assert len(report.signatures) == 2
    seller, authority = report.signatures
    for found in report.signatures:
        assert (found.integrity, found.signature_value) == (CheckStatus.PASSED, CheckStatus.PASSED)
        assert (found.indication, found.sub_indication) == (
            Indication.INDETERMINATE,
            SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
        )
        assert found.format is SignatureFormat.XMLDSIG
        assert found.claimed_time is not None
    assert [item.position.rsplit("/", 1)[-1] for item in seller.covered] == ["DLHDon[1]", "Object[1]"]
    assert [item.position.rsplit("/", 1)[-1] for item in authority.covered] == ["DLHDon[1]", "Object[1]", "MCCQT[1]"]
    assert seller.signer is not None
    assert seller.signer.tax_code == "0106324653"


def test_the_customs_message_fails(shared_data, trust):
    file = shared_data / "vn-samples" / "xml" / "customs-tchq-mock__custom-datasign.xml"
    report = verify(file, trust=trust)
    assert report.indication is Indication.TOTAL_FAILED


def test_the_edxml_messages_are_read_and_no_dummy_signature_passes(shared_data, trust):
    files = sorted((shared_data / "vn-samples" / "edxml").glob("*.edxml"))
    assert len(files) == 10
    unreadable = []
    for file in files:
        report = Verifier(trust).report(file)
        unreadable += [file.name] if report.error else []
        for found in report.signatures:
            assert found.indication is not Indication.TOTAL_PASSED, file.name
            assert (found.integrity, found.signature_value) != (CheckStatus.PASSED, CheckStatus.PASSED), file.name
    assert unreadable == ["edoc_new.edxml"], "only the message with digits before its XML declaration is no XML"


def test_unsigned_forms_have_no_signature(shared_data, trust):
    files = sorted((shared_data / "vn-samples" / "xml-unsigned-mocks").glob("*.xml"))
    assert len(files) == 15
    for file in files:
        report = verify(file, trust=trust)
        assert report.indication is Indication.INDETERMINATE
        sound = [item for item in report.signatures if item.integrity is CheckStatus.PASSED]
        assert sound == [], file.name


@pytest.mark.parametrize(
    ("file", "kind", "identifiers"),
    [
        ("leaf-civil-service-g1-with-mst.der", SignerKind.ORGANISATION, [("MST", "0301519977-029")]),
        ("leaf-civil-service-g2-organisation.der", SignerKind.UNKNOWN, []),
    ],
)
def test_the_civil_service_leaves_say_who_they_are(shared_data, trust, file, kind, identifiers):
    certificate = Certificate((shared_data / "vn-samples" / file).read_bytes())
    signer = read_signer(certificate)
    assert signer.kind is kind
    assert [(item.type, item.value) for item in signer.identifiers] == identifiers
    from vnsign.model.limits import Limits
    from vnsign.pki.path import PathStatus, validate_path
    from vnsign.validation.describe import signature_class

    path = validate_path(
        certificate,
        embedded=(),
        intermediates=trust.intermediates,
        anchors=tuple(item.certificate for item in trust.anchors),
        at=datetime(2022, 6, 1, tzinfo=UTC),
        crls=(),
        ocsps=(),
        revocation_required=False,
        limits=Limits(),
    )
    assert path.status is PathStatus.VALID
    assert signature_class(path, trust) is SignatureClass.CIVIL_SERVICE


def test_json_of_many_documents_keeps_the_order_of_the_arguments(decree, shared_data, capsys):
    other = shared_data / "vn-samples" / "xml" / "customs-tchq-mock__custom-datasign.xml"
    missing = shared_data / "no-such-file.pdf"
    assert (
        run(["verify", str(missing), str(decree), str(other), "--trust", str(shared_data / "trust"), "--format", "json"]) == 1
    )
    out = capsys.readouterr()
    documents = json.loads(out.out)["documents"]
    assert [item["name"] for item in documents] == [str(missing), str(decree), str(other)]
    assert documents[0]["error"]["code"] == "CANNOT_OPEN"
    assert documents[0]["signatures"] == []
    assert "CANNOT_OPEN" in out.err
    assert integrity(()) is CheckStatus.INDETERMINATE
