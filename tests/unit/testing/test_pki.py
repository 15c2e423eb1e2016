"""The test PKI: what it declares, and that an independent reader agrees."""

from __future__ import annotations

import pickle
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12
from cryptography.x509 import ocsp

from vnsign.errors import ConfigurationError
from vnsign.testing.pki import CRL_ISSUERS, EPOCH, TestPki

Openssl = Callable[..., "subprocess.CompletedProcess[bytes]"]
PemFile = Callable[..., Path]
NAMES = TestPki.load().names
MOMENT = datetime(2026, 11, 24, tzinfo=UTC)
BROKEN = {
    "citizen-expired": b"certificate has expired",
    "citizen-not-yet-valid": b"certificate is not yet valid",
    "citizen-revoked": b"certificate revoked",
    "citizen-on-hold": b"certificate revoked",
    "public-tsa-expired": b"certificate has expired",
    "stranger": b"unable to get local issuer certificate",
    "stranger-root": b"self-signed certificate",
}


@pytest.mark.oracle
@pytest.mark.parametrize("name", NAMES)
def test_openssl_gives_each_certificate_the_verdict_it_was_made_for(
    name: str, pki: TestPki, openssl: Openssl, pem_file: PemFile, roots: Path, cas: Path, tmp_path: Path
) -> None:
    crls = tmp_path / "crls.pem"
    crls.write_bytes(b"".join(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM) for der in pki.crls()))
    leaf = pem_file(name)
    options = ["-attime", int(MOMENT.timestamp()), "-x509_strict"]
    if name != "stranger-root":
        options += ["-crl_check", "-CRLfile", crls]
    done = openssl("verify", *options, "-CAfile", roots, "-untrusted", cas, leaf)
    if name in BROKEN:
        assert done.returncode != 0
        assert BROKEN[name] in done.stderr
    else:
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_every_subject_says_test_in_nfc(name: str, pki: TestPki) -> None:
    subject = pki.certificate(name).x509.subject
    common = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    assert isinstance(common, str)
    assert common.startswith("TEST ")
    for attribute in subject:
        assert unicodedata.is_normalized("NFC", str(attribute.value))


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("citizen", "CCCD:000000000001"),
        ("staff", "MST:0100000000-CMND:000000002"),
        ("organisation", "MST:0100000000"),
        ("official", None),
        ("agency", None),
    ],
)
def test_numbers_are_in_the_uid_and_civil_servants_have_none(name: str, number: str | None, pki: TestPki) -> None:
    found = pki.certificate(name).x509.subject.get_attributes_for_oid(x509.NameOID.USER_ID)
    assert [item.value for item in found] == ([] if number is None else [number])


@pytest.mark.parametrize("name", NAMES)
def test_each_key_belongs_to_its_certificate(name: str, pki: TestPki) -> None:
    item = pki.credential(name)
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert item.private_key.public_key().public_bytes(*form) == item.certificate.x509.public_key().public_bytes(*form)


def test_kinds_of_key(pki: TestPki) -> None:
    kinds = {name: pki.credential(name).private_key for name in NAMES if name.startswith("citizen")}
    assert isinstance(kinds["citizen-p256"], ec.EllipticCurvePrivateKey)
    assert isinstance(kinds["citizen-p384"], ec.EllipticCurvePrivateKey)
    assert kinds["citizen-p384"].key_size == 384
    assert isinstance(kinds["citizen-ed25519"], ed25519.Ed25519PrivateKey)
    assert isinstance(kinds["citizen-rsa3072"], rsa.RSAPrivateKey)
    assert kinds["citizen-rsa3072"].key_size == 3072


def test_chain_goes_from_the_issuing_ca_to_the_root(pki: TestPki) -> None:
    assert pki.chain("official") == pki.certificates("government-ca", "government-root")
    assert pki.chain("public-root") == ()


def test_unknown_name_is_refused_with_the_names_there_are(pki: TestPki) -> None:
    with pytest.raises(ConfigurationError) as caught:
        pki.certificate("citizen-of-nowhere")
    assert "citizen-p256" in caught.value.hint


def test_it_pickles_and_compares(pki: TestPki) -> None:
    assert pickle.loads(pickle.dumps(pki)) == pki


def test_pkcs12_opens_with_its_password(pki: TestPki) -> None:
    key, certificate, others = pkcs12.load_key_and_certificates(pki.credential("citizen").pkcs12(b"mat khau"), b"mat khau")
    assert key is not None
    assert certificate == pki.certificate("citizen").x509
    assert len(others) == 2


def test_committed_crls_revoke_exactly_two(pki: TestPki) -> None:
    crls = [x509.load_der_x509_crl(der) for der in pki.crls()]
    serials = {entry.serial_number for crl in crls for entry in crl}
    wanted = {pki.certificate(name).x509.serial_number for name in ("citizen-revoked", "citizen-on-hold")}
    assert serials == wanted
    assert all(crl.last_update_utc == EPOCH for crl in crls)
    for name, crl in zip(CRL_ISSUERS, crls, strict=True):
        key = pki.certificate(name).x509.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        assert crl.is_signature_valid(key)


def test_crl_of_a_moment_knows_only_what_was_revoked_by_then(pki: TestPki) -> None:
    before = datetime(2025, 5, 31, tzinfo=UTC)
    assert len(x509.load_der_x509_crl(pki.crls(before)[1])) == 0
    later = x509.load_der_x509_crl(pki.crl("public-ca", this_update=EPOCH, revoked=["citizen"]))
    assert later.get_revoked_certificate_by_serial_number(pki.certificate("citizen").x509.serial_number) is not None
    assert later.next_update_utc == EPOCH + timedelta(days=7)


@pytest.mark.oracle
@pytest.mark.parametrize(("name", "word"), [("citizen", b": good"), ("citizen-revoked", b": revoked"), ("official", b": good")])
def test_openssl_accepts_the_ocsp_answers(
    name: str, word: bytes, pki: TestPki, openssl: Openssl, pem_file: PemFile, roots: Path, cas: Path, tmp_path: Path
) -> None:
    answer = tmp_path / "answer.der"
    answer.write_bytes(pki.ocsp(name, at=datetime.now(UTC).replace(microsecond=0)))
    issuer = pem_file("government-ca" if name == "official" else "public-ca")
    leaf = pem_file(name)
    done = openssl(
        "ocsp", "-respin", answer, "-issuer", issuer, "-sha256", "-cert", leaf, "-CAfile", roots, "-verify_other", cas,
    )  # fmt: skip
    assert b"Response verify OK" in done.stderr
    assert word in done.stdout


def test_ocsp_before_the_revocation_says_good(pki: TestPki) -> None:
    answer = ocsp.load_der_ocsp_response(pki.ocsp("citizen-revoked", at=datetime(2025, 5, 31, tzinfo=UTC)))
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD


def test_ocsp_is_refused_where_there_is_no_responder(pki: TestPki) -> None:
    for name in ("public-ca", "public-root", "stranger"):
        with pytest.raises(ConfigurationError):
            pki.ocsp(name)


def test_it_is_issued_again_without_a_difference() -> None:
    pytest.importorskip("certomancer")
    tool = Path(__file__).resolve().parents[3] / "tools" / "make_test_pki.py"
    done = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_loading_imports_no_certomancer_and_no_yaml() -> None:
    code = "import sys, vnsign.testing.pki as p; p.TestPki.load().crls(); "
    code += "print({'certomancer', 'yaml', 'lxml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("citizen", ""),
        ("official", ""),
        ("citizen-ed25519", ""),
        ("citizen-revoked", "revoked"),
        ("citizen-expired", "expired"),
    ],
)
def test_certvalidator_agrees_with_revocation_required(name: str, complaint: str, pki: TestPki) -> None:
    import asyncio

    from asn1crypto import crl
    from asn1crypto import ocsp as asn1_ocsp
    from asn1crypto import x509 as asn1_x509
    from pyhanko_certvalidator import CertificateValidator, ValidationContext
    from pyhanko_certvalidator.errors import ValidationError

    def load(*names: str) -> list[asn1_x509.Certificate]:
        return [asn1_x509.Certificate.load(item.der) for item in pki.certificates(*names)]

    answers = [asn1_ocsp.OCSPResponse.load(pki.ocsp(name, at=MOMENT))]
    context = ValidationContext(
        trust_roots=load("public-root", "government-root"),
        other_certs=load("public-ca", "government-ca"),
        crls=[crl.CertificateList.load(der) for der in pki.crls(MOMENT)],
        ocsps=answers,
        moment=MOMENT,
        revocation_mode="require",
    )
    validator = CertificateValidator(load(name)[0], validation_context=context)
    if complaint:
        with pytest.raises(ValidationError, match=complaint):
            asyncio.run(validator.async_validate_usage({"digital_signature"}))
    else:
        assert len(asyncio.run(validator.async_validate_usage({"digital_signature"}))) == 3
