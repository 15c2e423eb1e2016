"""Past certificate validation where issuers have gone: expired or revoked CAs, and data without proof of existence."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vnsign.model.limits import Limits
from vnsign.model.policy import RevocationFreshness
from vnsign.pki.path import PathResult, PathStatus
from vnsign.testing.pki import TestPki
from vnsign.validation.past import Material, validate_past
from vnsign.validation.poe import ProofsOfExistence

PROVED = datetime(2024, 12, 20, tzinfo=UTC)
AFTER_ALL = datetime(2050, 1, 1, tzinfo=UTC)  # every certificate of the test PKI has ended (2044)


def crls() -> tuple[bytes, ...]:
    pki = TestPki.load()
    return (pki.crl("public-root", this_update=PROVED), pki.crl("public-ca", this_update=PROVED))


def chain_of(name: str) -> PathResult:
    pki = TestPki.load()
    chain = (pki.certificate(name), *pki.chain(name))
    return PathResult(PathStatus.EXPIRED, chain=chain, anchor=chain[-1], failing=0)


def material(at: datetime, known: dict[str, datetime] | None = None, **changes: object) -> Material:
    plain = Material(crls(), (), ProofsOfExistence(at, known or {}), True, RevocationFreshness.ISSUED_AFTER, Limits())
    return replace(plain, **changes)


def key(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


def proofs(moment: datetime) -> dict[str, datetime]:
    pki = TestPki.load()
    objects = [*(item.der for item in pki.certificates("citizen", "public-ca")), *crls()]
    return {key(item): moment for item in objects}


def test_with_all_issuers_gone_nothing_passes_without_proofs_of_existence():
    found = validate_past(chain_of("citizen"), PROVED, material(AFTER_ALL))
    assert found.status is not PathStatus.VALID


def test_with_all_issuers_gone_it_passes_on_material_that_is_proved_to_be_of_then():
    found = validate_past(chain_of("citizen"), PROVED, material(AFTER_ALL, proofs(PROVED + timedelta(days=1))))
    assert found.status is PathStatus.VALID, found.detail


@pytest.mark.parametrize("missing", ["citizen", "public-ca"])
def test_each_certificate_needs_its_proof_when_its_issuer_is_gone(missing):
    known = proofs(PROVED + timedelta(days=1))
    del known[TestPki.load().certificate(missing).sha256]
    assert validate_past(chain_of("citizen"), PROVED, material(AFTER_ALL, known)).status is not PathStatus.VALID


@pytest.mark.parametrize("missing", [0, 1])
def test_each_list_needs_its_proof_when_its_issuer_is_gone(missing):
    known = proofs(PROVED + timedelta(days=1))
    del known[key(crls()[missing])]
    assert validate_past(chain_of("citizen"), PROVED, material(AFTER_ALL, known)).status is not PathStatus.VALID


def test_a_ca_revoked_later_is_believed_only_up_to_its_revocation():
    """A list of the CA counts when it is proved to be older than the CA's revocation, and not otherwise."""
    pki = TestPki.load()
    revoked_at = PROVED + timedelta(days=10)
    of_root = pki.crl("public-root", this_update=PROVED + timedelta(days=20), revoked=("public-ca",), revoked_at=revoked_at)
    of_ca = pki.crl("public-ca", this_update=PROVED)
    at = PROVED + timedelta(days=30)
    path = replace(chain_of("citizen"), status=PathStatus.CA_REVOKED, failing=1)
    unproved = material(at, {pki.certificate("citizen").sha256: PROVED}, crls=(of_root, of_ca))
    assert validate_past(path, PROVED, unproved).status is not PathStatus.VALID
    known = {pki.certificate("citizen").sha256: PROVED, key(of_ca): PROVED + timedelta(days=1)}
    proved = material(at, known, crls=(of_root, of_ca))
    assert validate_past(path, PROVED, proved).status is PathStatus.VALID


def test_a_ca_revoked_before_never_passes():
    pki = TestPki.load()
    of_root = pki.crl("public-root", this_update=PROVED, revoked=("public-ca",), revoked_at=PROVED - timedelta(days=1))
    path = replace(chain_of("citizen"), status=PathStatus.CA_REVOKED, failing=1)
    found = validate_past(path, PROVED, material(PROVED + timedelta(days=2), crls=(of_root, crls()[1])))
    assert found.status is PathStatus.CA_REVOKED


def test_a_time_outside_the_validity_of_a_certificate_never_passes():
    found = validate_past(chain_of("citizen"), datetime(2023, 1, 1, tzinfo=UTC), material(AFTER_ALL))
    assert found.status is not PathStatus.VALID


def test_missing_data_are_accepted_only_where_the_policy_does_not_ask_for_them():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert validate_past(chain_of("citizen"), PROVED, material(at, crls=())).status is PathStatus.REVOCATION_UNKNOWN
    assert validate_past(chain_of("citizen"), PROVED, material(at, crls=(), required=False)).status is PathStatus.VALID
