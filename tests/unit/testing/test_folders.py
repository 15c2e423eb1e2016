"""The test PKI as folders says the same as the test PKI in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from vnsign.evidence.directory import load_evidence
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import TestPki
from vnsign.trust.store import Purpose, TrustFamily, TrustStore

MOMENT = datetime(2026, 11, 24, 1, 2, 3, 456789, tzinfo=UTC)


def test_trust_folder_reads_as_the_same_anchors(pki: TestPki, tmp_path: Path) -> None:
    write_trust(pki, tmp_path / "trust")
    store, wanted = TrustStore.load(tmp_path / "trust"), pki.trust_store()
    for anchor in wanted.anchors:
        found = store.anchor(anchor.certificate)
        assert found is not None
        assert (found.family, found.purposes, found.trusted_from) == (anchor.family, anchor.purposes, anchor.trusted_from)
    assert len(store.anchors) == 2
    assert set(store.intermediates) == set(wanted.intermediates)


def test_each_root_has_its_own_family_and_the_stranger_none(pki: TestPki) -> None:
    store = pki.trust_store()
    families = {name: store.anchor(pki.certificate(name)) for name in ("public-root", "government-root", "stranger-root")}
    assert families["stranger-root"] is None
    found = {name: anchor.family for name, anchor in families.items() if anchor is not None}
    assert found == {"public-root": TrustFamily.PUBLIC, "government-root": TrustFamily.CIVIL_SERVICE}
    assert all(len(store.anchors_for(purpose, MOMENT)) == 2 for purpose in (Purpose.SIGNATURE, Purpose.TIMESTAMP))


def test_evidence_folder_has_four_crls_that_stand_until_the_ca_expires(pki: TestPki, tmp_path: Path) -> None:
    write_evidence(pki, tmp_path / "evidence", at=MOMENT)
    crls = [x509.load_der_x509_crl(der) for der in load_evidence(tmp_path / "evidence").crls]
    assert len(crls) == 4
    assert {crl.last_update_utc for crl in crls} == {MOMENT.replace(microsecond=0)}
    assert {crl.next_update_utc for crl in crls} == {datetime(2044, 1, 1, tzinfo=UTC)}


def test_evidence_in_memory_has_the_committed_crls(pki: TestPki) -> None:
    evidence = pki.evidence()
    assert evidence.crls == pki.crls()
    assert evidence.certificates == pki.intermediates
