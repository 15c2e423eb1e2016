"""Path validation against the NIST PKITS and the x509-limbo cases: never more lenient, stricter only where named here."""

from __future__ import annotations

import base64
import json
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.pki.path import PathResult, PathStatus, validate_path

pytestmark = pytest.mark.corpus

AT = datetime(2024, 6, 1, tzinfo=UTC)

STRICTER = {
    "valid_dsa_parameter_inheritance_test5": "DSA keys without parameters cannot be read",
    "valid_distributionpoint_test4": "a distribution point relative to the issuer's name is not matched",
    "valid_distributionpoint_test5": "a distribution point relative to the issuer's name is not matched",
    "valid_onlysomereasons_test19": "lists for some reasons are not added up to a whole",
    "valid_crlissuer_test33": "indirect lists are not used",
    "valid_deltacrl_test5": "a delta can revoke but not lift a hold",
}

OUT_OF_SCOPE = {
    # TLS and web PKI profile: server names, EKU of servers, key sizes (a policy judges those), depth given by the caller.
    "cve::",
    "webpki::",
    "pathlen::max-chain-depth",
    "rfc5280::eku::ee-wrong-eku",
    "rfc5280::san::",
    "rfc5280::ca-as-leaf-wrong-san",
    "rfc5280::nc::nc-permits-invalid-dns-san",
    "rfc5280::nc::nc-forbids-dnsname-wildcard-san",
    # What RFC 5280 asks of issuers, without consequence in its validation algorithm.
    "rfc5280::aki::critical-aki",
    "rfc5280::nc::not-allowed-in-ee",
    "rfc5280::pc::ica-noncritical-pc",
    "rfc5280::serial::zero",
    "rfc5280::leaf-ku-keycertsign",
    "rfc5280::ee-critical-aia-invalid",
    # A list that its issuer may not sign clears nobody, which only matters where revocation is required.
    "crl::issuer-missing-crlsign",
}


def pkits(case: dict[str, Any], folder: Path) -> PathResult:
    def certificate(file: str) -> Certificate:
        return Certificate((folder / "certs" / file).read_bytes())

    return validate_path(
        certificate(case["cert"]),
        embedded=[certificate(file) for file in case["other_certs"]],
        intermediates=(),
        anchors=[certificate("TrustAnchorRootCertificate.crt")],
        at=AT,
        crls=[(folder / "crls" / file).read_bytes() for file in ("TrustAnchorRootCRL.crl", *case.get("crls", ()))],
        ocsps=(),
        revocation_required=True,
        limits=Limits(),
    )


def test_pkits(shared_data: Path) -> None:
    folder = shared_data / "corpora" / "bundles" / "pkits"
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text("utf-8").splitlines()]
    # Cases with an initial policy set of the caller's ask for an input that this project does not offer.
    mine = [case for case in cases if "user_initial_policy_set" not in case.get("params", {})]
    assert len(mine) > 100
    refused = set()
    for case in mine:
        valid = pkits(case, folder).status is PathStatus.VALID
        if case["expected"] == "invalid":
            assert not valid, case["name"]
        elif not valid:
            refused.add(case["name"])
    assert refused == set(STRICTER)


def bytes_of(pem: str) -> bytes:
    return base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-")))


def limbo(case: dict[str, Any]) -> PathResult:
    at = datetime.fromisoformat(case["validation_time"]) if case["validation_time"] else AT
    with warnings.catch_warnings():
        # Some cases have serial numbers that cryptography warns of.
        warnings.simplefilter("ignore")
        return validate_path(
            Certificate(bytes_of(case["peer_certificate"])),
            embedded=[Certificate(bytes_of(item)) for item in case["untrusted_intermediates"]],
            intermediates=(),
            anchors=[Certificate(bytes_of(item)) for item in case["trusted_certs"]],
            at=at,
            crls=[bytes_of(item) for item in case.get("crls", ())],
            ocsps=(),
            revocation_required=False,
            limits=Limits(),
        )


def test_limbo(shared_data: Path) -> None:
    cases = json.loads((shared_data / "corpora" / "bundles" / "limbo" / "limbo.json").read_text("utf-8"))["testcases"]
    judged = 0
    for case in cases:
        started = time.perf_counter()
        status = limbo(case).status
        assert time.perf_counter() - started < 1, case["id"]
        if case["expected_result"] == "FAILURE" and not case["id"].startswith(tuple(OUT_OF_SCOPE)):
            judged += 1
            assert status is not PathStatus.VALID, case["id"]
    assert judged > 20
