"""Evidence as a value, and its reading from folders."""

from __future__ import annotations

import base64
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from vnsign.errors import EvidenceError
from vnsign.evidence.bundle import Evidence
from vnsign.evidence.directory import load_evidence, scan_evidence
from vnsign.model.limits import Limits
from vnsign.testing.pki import TestPki

PKI = TestPki.load()
CA, CRL, OCSP = PKI.certificate("public-ca"), PKI.crls()[0], PKI.ocsp("citizen")


def pem(der: bytes, label: str) -> bytes:
    return f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(der) + f"-----END {label}-----\n".encode()


def test_a_union_holds_each_item_once_in_order():
    both = Evidence((CA,), (CRL,)) | Evidence((CA,), (b"other", CRL), (OCSP,))
    assert both == Evidence((CA,), (CRL, b"other"), (OCSP,))
    assert Evidence() | both == both
    assert pickle.loads(pickle.dumps(both)) == both
    assert repr(both) == "Evidence(1 certificates, 2 CRLs, 1 OCSP answers)"


def test_a_folder_tree_is_read_by_content_whatever_the_names(tmp_path: Path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_bytes(CRL)
    (tmp_path / "b.crt").write_bytes(pem(PKI.crls()[1], "X509 CRL") + pem(CA.der, "CERTIFICATE"))
    (tmp_path / "sub" / "c").write_bytes(OCSP)
    (tmp_path / "sub" / "notes.md").write_text("hello")
    (tmp_path / ".hidden").write_bytes(b"0\x82")
    found = scan_evidence(tmp_path)
    assert found.evidence == Evidence((CA,), (CRL, PKI.crls()[1]), (OCSP,))
    assert found.skipped == (tmp_path / "sub" / "notes.md",)
    assert load_evidence(str(tmp_path)) == found.evidence


@pytest.mark.parametrize("data", [CRL[:-1], CRL[:100], pem(CRL, "X509 CRL")[:-20], pem(OCSP[:-3], "OCSP RESPONSE")])
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, data: bytes):
    (tmp_path / "cut-off.crl").write_bytes(data)
    with pytest.raises(EvidenceError, match=r"cut-off\.crl"):
        load_evidence(tmp_path)


def test_no_folder_is_an_error(tmp_path: Path):
    with pytest.raises(EvidenceError, match="no such folder"):
        load_evidence(tmp_path / "absent")


@pytest.mark.parametrize(
    ("name", "data", "bound"),
    [("certificate_bytes", CA.der, len(CA.der)), ("crl_bytes", CRL, len(CRL)), ("ocsp_bytes", OCSP, len(OCSP))],
)
def test_each_kind_has_its_limit_and_what_is_just_within_is_read(tmp_path: Path, name: str, data: bytes, bound: int):
    (tmp_path / "x").write_bytes(data)
    assert load_evidence(tmp_path, replace(Limits(), **{name: bound}))
    with pytest.raises(EvidenceError) as caught:
        load_evidence(tmp_path, replace(Limits(), **{name: bound - 1}))
    assert caught.value.code == "LIMIT_EXCEEDED"


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path):
    (tmp_path / "x").write_bytes(CRL)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert load_evidence(tmp_path) == Evidence(crls=(CRL,))


@pytest.mark.corpus
def test_the_real_certificates_are_read_as_evidence_too(shared_data: Path):
    assert len(load_evidence(shared_data / "trust").certificates) == 79


@pytest.mark.corpus
def test_foreign_crls_are_all_recognised(shared_data: Path):
    folder = shared_data / "corpora" / "bundles" / "pkits" / "crls"
    found = scan_evidence(folder)
    assert set(found.evidence.crls) == {path.read_bytes() for path in folder.glob("*.crl")}
    assert found.evidence.certificates == ()
    assert found.skipped == ()
