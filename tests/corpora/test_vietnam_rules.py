"""The national rules on real certificates of the civil service: scope and liability, long lives, odd extensions."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vnsign import TrustStore
from vnsign.crypto.values import ValueResult
from vnsign.model.certificate import Certificate
from vnsign.model.facts import DigestFacts, SignatureAlgorithm, SignatureFacts, SignatureFormat, SignatureKind, SignedValue
from vnsign.model.finding import Finding, Outcome
from vnsign.model.limits import Limits
from vnsign.model.report import SignatureClass
from vnsign.model.verdict import CheckStatus
from vnsign.pki.path import PathStatus, validate_path
from vnsign.pki.policies import certificate_policies
from vnsign.validation import policies
from vnsign.validation.case import Case, Role
from vnsign.validation.describe import signature_class
from vnsign.validation.engine import apply

pytestmark = pytest.mark.corpus

IN_2022 = datetime(2022, 6, 1, tzinfo=UTC)
WITH_POLICY = "leaf-civil-service-g2-organisation.der"


@pytest.fixture(scope="module")
def trust(shared_data: Path) -> TrustStore:
    return TrustStore.load(shared_data / "trust")


def leaves(shared_data: Path) -> dict[str, Certificate]:
    return {file.name: Certificate(file.read_bytes()) for file in sorted((shared_data / "vn-samples").glob("leaf-*.der"))}


def case(certificate: Certificate, trust: TrustStore) -> Case:
    """As if the certificate had signed in 2022."""
    digest = hashlib.sha256(b"data").digest()
    facts = SignatureFacts(
        id="1",
        kind=SignatureKind.SIGNATURE,
        format=SignatureFormat.PADES,
        claimed_time=IN_2022,
        digests=(DigestFacts("message-digest", "sha256", digest, digest, "bytes 0-1"),),
        signed_value=SignedValue(b"", SignatureAlgorithm("rsa", "sha256", "pkcs1v15"), b""),
        signing_certificate=certificate,
    )
    path = validate_path(
        certificate,
        embedded=(),
        intermediates=trust.intermediates,
        anchors=tuple(item.certificate for item in trust.anchors),
        at=IN_2022,
        crls=(),
        ocsps=(),
        revocation_required=False,
        limits=Limits(),
    )
    value = ValueResult(CheckStatus.PASSED, "")
    found = Case(Role.SIGNATURE, facts, policies.load("circular-22-2020"), IN_2022, IN_2022, value, path)
    return replace(found, signature_class=signature_class(path, trust))


def said(case: Case) -> dict[str, Finding]:
    return {item.rule: item for item in apply(case)}


def test_the_scope_of_a_civil_service_certificate_is_shown(shared_data, trust):
    found = said(case(leaves(shared_data)[WITH_POLICY], trust))["vietnam.certificate-policies"]
    assert found.outcome is Outcome.PASSED
    shown = dict(found.parameters)
    assert shown["policies"] == "2.16.704.1.1.1.1.1"
    assert "ca.gov.vn" in shown["statements"]


def test_every_leaf_of_2022_chains_is_of_the_civil_service_and_no_rule_on_it_decides(shared_data, trust):
    """Ten-year lives, uncritical key usage, Netscape extensions, no usage for document signing: told, never decisive."""
    for name, certificate in leaves(shared_data).items():
        judged = case(certificate, trust)
        assert judged.path is not None
        if judged.path.status in (PathStatus.EXPIRED, PathStatus.NOT_YET_VALID):
            continue  # not of that year
        assert judged.path.status is PathStatus.VALID, name
        found = said(judged)
        assert judged.signature_class is SignatureClass.CIVIL_SERVICE, name
        assert found["vietnam.class-known"].outcome is Outcome.PASSED
        decisive = {item.rule for item in found.values() if item.decisive}
        # The CA of the first generation is itself signed with SHA-1, which the rule on algorithms says.
        assert decisive <= {"chain.revocation-known", "algorithms.certificate-digest"}, name


def test_a_life_of_ten_years_is_only_told(shared_data, trust):
    long = [
        item
        for item in leaves(shared_data).values()
        if (item.x509.not_valid_after_utc - item.x509.not_valid_before_utc).days > 1900
    ]
    for certificate in long:
        found = said(case(certificate, trust))["vietnam.usual-lifetime"]
        assert (found.outcome, found.decisive) == (Outcome.FAILED, False)


def test_roots_are_never_asked_for_their_life(shared_data, trust):
    """A root of thirty years carries leaves as well as any."""
    certificate = leaves(shared_data)[WITH_POLICY]
    judged = case(certificate, trust)
    assert judged.path is not None
    root = judged.path.chain[-1].x509
    assert (root.not_valid_after_utc - root.not_valid_before_utc).days > 29 * 365
    assert said(judged)["vietnam.usual-lifetime"].outcome is Outcome.PASSED


def test_policies_of_all_real_certificates_can_be_read(trust):
    certificates = (*trust.intermediates, *(item.certificate for item in trust.anchors))
    stating = [item for item in certificates if certificate_policies(item)]
    assert len(certificates) == 79
    assert len(stating) == 17
