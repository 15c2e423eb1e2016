"""The signed dossier: what its verdicts are, here and by an independent reader."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vnsign._verify import verify
from vnsign.errors import ConfigurationError
from vnsign.model.facts import SignatureFormat
from vnsign.model.report import BestTimeSource, SignatureClass, SignerKind
from vnsign.model.verdict import Indication, SubIndication
from vnsign.testing.dossier import Dossier, change_once, sign_dossier
from vnsign.testing.pki import TestPki

SIGNED_AT = datetime(2026, 3, 2, 2, 14, 7, 999999, tzinfo=UTC)
VERIFIED_AT = SIGNED_AT + timedelta(hours=1)


def at() -> datetime:
    return SIGNED_AT


@pytest.fixture(scope="module")
def dossier() -> Dossier:
    return sign_dossier(TestPki.load(), clock=at)


def test_each_document_passes_with_its_own_family_and_a_trusted_time(dossier: Dossier, pki: TestPki) -> None:
    trust, evidence = pki.trust_store(), pki.evidence(VERIFIED_AT)
    found = {}
    for name in ("application", "declaration", "result"):
        report = verify(getattr(dossier, name), trust=trust, evidence=evidence, at=VERIFIED_AT).require_total_passed()
        found[name] = [(item.format, item.level, item.signature_class) for item in report.signatures]
        for item in report.signatures:
            assert item.best_signature_time == SIGNED_AT.replace(microsecond=0)
            assert item.best_signature_time_source is BestTimeSource.TIMESTAMP
            assert item.warnings == ()
    assert found == {
        "application": [(SignatureFormat.PADES, "B-T", SignatureClass.PUBLIC)],
        "declaration": [(SignatureFormat.XADES, "B-T", SignatureClass.PUBLIC)],
        "result": [(SignatureFormat.PADES, "B-T", SignatureClass.CIVIL_SERVICE)] * 2,
    }


def test_signers_are_named_as_their_certificates_say(dossier: Dossier, pki: TestPki) -> None:
    trust, evidence = pki.trust_store(), pki.evidence(VERIFIED_AT)
    citizen = verify(dossier.application, trust=trust, evidence=evidence, at=VERIFIED_AT).signatures[0].signer
    official, agency = (
        item.signer for item in verify(dossier.result, trust=trust, evidence=evidence, at=VERIFIED_AT).signatures
    )
    assert citizen is not None
    assert official is not None
    assert agency is not None
    assert (citizen.name, citizen.kind, citizen.identifier("CCCD")) == (
        "TEST NGUYỄN VĂN AN",
        SignerKind.PERSON,
        "000000000001",
    )
    assert (official.name, official.identifiers) == ("TEST Lê Thị Hồng Ánh", ())
    assert (agency.name, agency.identifiers) == ("TEST ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM", ())


def test_tampered_application_fails_by_its_hash(dossier: Dossier, pki: TestPki) -> None:
    report = verify(dossier.tampered, trust=pki.trust_store(), evidence=pki.evidence(VERIFIED_AT), at=VERIFIED_AT)
    assert report.indication is Indication.TOTAL_FAILED
    assert report.signatures[0].sub_indication is SubIndication.HASH_FAILURE


@pytest.mark.oracle
def test_pdfsig_calls_both_signatures_of_the_result_valid(dossier: Dossier, tmp_path: Path) -> None:
    program = shutil.which("pdfsig")
    if program is None:
        pytest.skip("pdfsig is not installed")
    (tmp_path / "result.pdf").write_bytes(dossier.result)
    done = subprocess.run([program, "-nocert", str(tmp_path / "result.pdf")], capture_output=True, timeout=60, check=False)
    assert done.stdout.count(b"Signature is Valid") == 2


def test_change_once_refuses_what_is_not_there_once_or_has_another_length() -> None:
    assert change_once(b"a02b", b"02", b"92") == b"a92b"
    for old, new in ((b"x", b"y"), (b"a", b"bb"), (b"02", b"9")):
        with pytest.raises(ConfigurationError):
            change_once(b"a02b", old, new)
    with pytest.raises(ConfigurationError):
        change_once(b"aa", b"a", b"b")
