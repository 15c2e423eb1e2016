"""Certificates and key files made to cost much or to pass for others: bounded work, never a chain."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pkcs12 as asn1_pkcs12
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from tests.unit.pki.builders import new_key
from vnsign import Evidence, TrustStore, Verifier, sign
from vnsign.errors import SignerUnavailableError
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.model.verdict import Indication, SubIndication
from vnsign.pki import admission
from vnsign.pki.admission import admit
from vnsign.pki.path import PathStatus, validate_path
from vnsign.signing.pkcs12 import Pkcs12Signer
from vnsign.signing.signer import KeySigner
from vnsign.testing.documents import application_pdf
from vnsign.testing.pki import TestPki

AT = datetime(2026, 6, 1, tzinfo=UTC)
PKI = TestPki.load()


def forged(subject: x509.Name, issuer: x509.Name, *extensions: x509.ExtensionType, ca: bool) -> tuple[Certificate, object]:
    """A certificate of the attacker's own making and its key: names are free to choose."""
    key = new_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - timedelta(days=30))
        .not_valid_after(AT + timedelta(days=300))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return Certificate(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)), key


def test_planted_certificates_with_a_cas_name_cost_a_bounded_number_of_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: a search that follows names alone would try every order of them."""
    authority = PKI.certificate("public-ca").x509.subject
    planted = [forged(authority, authority, ca=True)[0] for _ in range(60)]
    calls = []
    real = admission.issued_by
    monkeypatch.setattr(admission, "issued_by", lambda *pair: calls.append(pair) or real(*pair))
    limits = Limits(signature_checks=40)
    assert admit([*planted, PKI.certificate("public-ca")], (PKI.certificate("public-root"),), limits) is not None
    assert len(calls) <= 40
    result = validate_path(
        PKI.certificate("citizen"),
        embedded=planted,
        intermediates=PKI.intermediates,
        anchors=PKI.certificates("public-root"),
        at=AT,
        crls=PKI.crls(),
        ocsps=(),
        revocation_required=True,
        limits=Limits(),
    )
    assert result.status is PathStatus.VALID


def test_a_signer_with_everybodys_name_is_nobody() -> None:
    """Subject and issuer of a citizen, a key of the attacker: the value verifies, the chain does not."""
    victim = PKI.certificate("citizen").x509
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate, key = forged(victim.subject, victim.issuer, usage, ca=False)
    signed = sign(application_pdf(), KeySigner(certificate, PKI.intermediates, key), at=AT).data  # type: ignore[arg-type] # a key
    report = Verifier(PKI.trust_store(), evidence=PKI.evidence()).report(signed, at=AT)
    assert report.signatures[0].verdict.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_a_root_that_comes_with_the_document_is_not_trusted() -> None:
    signed = sign(application_pdf(), PKI.signer("stranger"), at=AT).data
    evidence = Evidence(certificates=PKI.certificates("stranger-root"))
    report = Verifier(PKI.trust_store(), evidence=evidence).report(signed, at=AT)
    assert report.indication is Indication.INDETERMINATE


def test_a_certificate_full_of_addresses_is_judged_at_once_offline() -> None:
    """Three hundred addresses of issuers: fetching each for five seconds would take half an hour."""
    places = [
        x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(f"http://127.0.0.1:9/{number}.crt")
        )
        for number in range(300)
    ]
    points = [
        x509.DistributionPoint([x509.UniformResourceIdentifier(f"http://127.0.0.1:9/{number}.crl")], None, None, None)
        for number in range(300)
    ]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TEST kẻ tấn công")])
    extensions = (x509.AuthorityInformationAccess(places), x509.CRLDistributionPoints(points))
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate, key = forged(name, name, usage, *extensions, ca=False)
    signed = sign(application_pdf(), KeySigner(certificate, (), key), at=AT).data  # type: ignore[arg-type] # a key
    start = time.monotonic()
    report = Verifier(TrustStore(anchors=PKI.anchors(), intermediates=()), evidence=Evidence()).report(signed, at=AT)
    assert time.monotonic() - start < 5
    assert report.indication is Indication.INDETERMINATE


def test_a_certificate_with_thousands_of_names_ends() -> None:
    """Names against name constraints: every one is compared with every other unless that is bounded."""
    names = [x509.DNSName(f"a{number}.vnsign.test") for number in range(2000)]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TEST")])
    trees = [x509.DNSName(f"b{number}.vnsign.test") for number in range(2000)]
    constraints = x509.NameConstraints(permitted_subtrees=None, excluded_subtrees=trees)
    authority, _ = forged(name, name, constraints, ca=True)
    leaf, _ = forged(name, name, x509.SubjectAlternativeName(names), ca=False)
    start = time.monotonic()
    result = validate_path(
        leaf,
        embedded=(authority,),
        intermediates=(),
        anchors=(authority,),
        at=AT,
        crls=(),
        ocsps=(),
        revocation_required=False,
        limits=Limits(),
    )
    assert time.monotonic() - start < 5
    assert result.status is not PathStatus.VALID


def test_an_extended_key_usage_alone_makes_no_time_stamp_authority() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TEST tsa")])
    stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    certificate, _ = forged(name, PKI.certificate("public-ca").x509.subject, stamping, ca=False)
    result = validate_path(
        certificate,
        embedded=(),
        intermediates=PKI.intermediates,
        anchors=PKI.certificates("public-root"),
        at=AT,
        crls=PKI.crls(),
        ocsps=(),
        revocation_required=True,
        limits=Limits(),
    )
    assert result.status is PathStatus.NO_PATH


def key_file(folder: Path, iterations: int) -> Path:
    made = asn1_pkcs12.Pfx.load(PKI.credential("citizen-p256").pkcs12(b"mat khau"))
    made["mac_data"]["iterations"] = iterations
    path = folder / f"{iterations}.p12"
    path.write_bytes(made.dump(force=True))
    return path


def test_a_key_file_that_asks_for_endless_derivation_is_refused_before_the_password(tmp_path: Path) -> None:
    asked = []
    start = time.monotonic()
    for iterations in (10_000_001, 2**31 - 1, 2**63):
        with pytest.raises(SignerUnavailableError) as caught:
            Pkcs12Signer.open(key_file(tmp_path, iterations), secret=lambda: asked.append(1) or "mat khau")
        assert caught.value.code == "KEY_DERIVATION"
    assert asked == []
    assert time.monotonic() - start < 5
