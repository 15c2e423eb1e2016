"""A case in which every rule holds, to be spoiled one fact at a time."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vnsign.crypto.values import ValueResult
from vnsign.model.facts import (
    CertificateReference,
    DigestFacts,
    SignatureAlgorithm,
    SignatureFacts,
    SignatureFormat,
    SignatureKind,
    SignedValue,
    TimeSource,
    TimestampFacts,
    TimestampKind,
)
from vnsign.model.report import SignatureClass, TimestampReport
from vnsign.model.signature_policy import PolicyReference
from vnsign.model.verdict import CheckStatus, Verdict
from vnsign.pki.path import PathResult, PathStatus
from vnsign.pki.revocation import RevocationFacts
from vnsign.testing.pki import TestPki
from vnsign.validation import policies
from vnsign.validation.case import Case, Role

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
SIGNED = AT - timedelta(days=10)


def good_path(name: str = "citizen") -> PathResult:
    pki = TestPki.load()
    chain = (pki.certificate(name), *pki.chain(name))
    facts = [RevocationFacts(item.sha256, "crl", "good") for item in chain[:-1]]
    facts.append(RevocationFacts(chain[-1].sha256, "anchor", "good"))
    return PathResult(PathStatus.VALID, chain=chain, anchor=chain[-1], revocation=tuple(facts))


def timestamp_report(verdict: Verdict | None = None, gen_time: datetime = SIGNED) -> TimestampReport:
    return TimestampReport(
        "signature-timestamp-1",
        TimestampKind.SIGNATURE,
        verdict or Verdict.passed(),
        gen_time,
        None,
        SignatureClass.PUBLIC,
        CheckStatus.PASSED,
    )


def good_facts() -> SignatureFacts:
    certificate = TestPki.load().certificate("citizen")
    digest, policy = hashlib.sha256(b"data").digest(), hashlib.sha256(b"policy").digest()
    return SignatureFacts(
        id="Signature1",
        kind=SignatureKind.SIGNATURE,
        format=SignatureFormat.PADES,
        claimed_time=SIGNED - timedelta(seconds=5),
        claimed_time_source=TimeSource.PDF_DICTIONARY,
        digests=(DigestFacts("message-digest", "sha256", digest, digest, "bytes 0-100"),),
        signed_value=SignedValue(b"attributes", SignatureAlgorithm("rsa", "sha256", "pss", "sha256", 32), b"value"),
        signing_certificate=certificate,
        certificate_references=(CertificateReference("sha256", hashlib.sha256(certificate.der).digest(), source="ess-v2"),),
        signature_policy=PolicyReference("1.2.3", algorithm="sha256", digest=policy, stored=b"policy"),
    )


def good_timestamp() -> TimestampFacts:
    pki = TestPki.load()
    token = replace(good_facts(), signing_certificate=pki.certificate("public-tsa"))
    digest = hashlib.sha256(b"value").digest()
    imprint = DigestFacts("imprint", "sha256", digest, digest, "signature value")
    return TimestampFacts("signature-timestamp-1", TimestampKind.SIGNATURE, SIGNED, "1.2.3", 1, imprint, token)


@pytest.fixture
def case() -> Case:
    """A signature with valid time-stamps on content and value, ten days old, that passes every rule."""
    content_report = replace(timestamp_report(gen_time=SIGNED - timedelta(hours=1)), id="content", kind=TimestampKind.CONTENT)
    return Case(
        role=Role.SIGNATURE,
        facts=good_facts(),
        policy=policies.load("circular-15-2025"),
        at=AT,
        proved_time=SIGNED,
        value=ValueResult(CheckStatus.PASSED, ""),
        path=good_path(),
        timestamps=(content_report, timestamp_report()),
    )


@pytest.fixture
def token_case(case: Case) -> Case:
    """The token of a time-stamp that passes every rule."""
    stamp = good_timestamp()
    return replace(
        case,
        role=Role.TIMESTAMP,
        facts=stamp.token,
        timestamp=stamp,
        timestamps=(),
        path=good_path("public-tsa"),
        proved_time=AT,
    )
