"""Path validation at a moment: building, RFC 5280, time, and what wins when several things are wrong."""

from __future__ import annotations

import asyncio
import csv
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from vnsign.errors import ConfigurationError
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.pki.path import PathResult, PathStatus, validate_path

from .builders import DAY, END, NOW, START, Entity, Revoked, Template, crl, issue, name, root, sub_ca, usage

LIMITS = Limits()


def check(leaf: Entity | Certificate, anchors, **given) -> PathResult:
    def plain(items):
        return tuple(item.certificate if isinstance(item, Entity) else item for item in items)

    return validate_path(
        leaf.certificate if isinstance(leaf, Entity) else leaf,
        embedded=plain(given.get("embedded", ())),
        intermediates=plain(given.get("intermediates", ())),
        anchors=plain(anchors),
        at=given.get("at", NOW),
        crls=given.get("crls", ()),
        ocsps=given.get("ocsps", ()),
        revocation_required=given.get("required", False),
        limits=given.get("limits", LIMITS),
    )


class TestBuilding:
    def test_a_chain_through_store_and_document_is_found_leaf_first(self) -> None:
        anchor = root()
        first = sub_ca("First", anchor)
        second = sub_ca("Second", first)
        leaf = issue("Leaf", second)
        result = check(leaf, [anchor], intermediates=[first], embedded=[second, leaf])
        assert result.status is PathStatus.VALID
        assert result.chain == tuple(item.certificate for item in (leaf, second, first, anchor))
        assert result.anchor == anchor.certificate
        assert [item.source for item in result.revocation] == ["none", "none", "none", "anchor"]

    def test_no_anchor_no_path(self) -> None:
        anchor, other = root(), root("Other")
        leaf = issue("Leaf", anchor)
        result = check(leaf, [other], embedded=[anchor])
        assert (result.status, result.chain, result.anchor) == (PathStatus.NO_PATH, (), None)
        assert "Root" in result.detail
        assert check(leaf, []).status is PathStatus.NO_PATH

    def test_an_impostor_with_the_roots_name_makes_no_path(self) -> None:
        anchor = root()
        impostor = issue("Root", None, Template(ca=True))
        leaf = issue("Leaf", impostor)
        assert check(leaf, [anchor], embedded=[impostor]).status is PathStatus.NO_PATH

    def test_an_impostor_with_the_roots_name_and_key_identifier_makes_no_path(self) -> None:
        anchor = root()
        identifier = x509.SubjectKeyIdentifier.from_public_key(anchor.key.public_key())
        copied = Template(ca=True, identifiers=False, extensions=[(identifier, False)])
        impostor = issue("Root", None, copied)
        authority = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
        leaf = issue("Leaf", impostor, Template(identifiers=False, extensions=[(authority, False)]))
        assert check(leaf, [anchor], embedded=[impostor, leaf]).status is PathStatus.NO_PATH

    def test_an_impostor_in_the_store_is_used_only_where_it_verifies(self) -> None:
        anchor, impostor = root(), root("Fake root")
        fake = sub_ca("Sub", impostor)
        leaf = issue("Leaf", fake)
        assert check(leaf, [anchor], intermediates=[fake, impostor]).status is PathStatus.NO_PATH

    def test_the_key_decides_among_several_cas_of_one_name(self) -> None:
        anchor = root()
        generations = [sub_ca("CA2", anchor) for _ in range(4)]
        for generation in generations:
            leaf = issue("Leaf", generation)
            result = check(leaf, [anchor], intermediates=generations)
            assert result.status is PathStatus.VALID
            assert result.chain[1] == generation.certificate

    def test_of_two_certificates_for_one_ca_key_the_one_valid_then_is_used(self) -> None:
        anchor = root()
        old = sub_ca("CA", anchor, not_after=NOW - 30 * DAY)
        renewed = issue("CA", anchor, Template(ca=True, key_usage=usage(key_cert_sign=True, crl_sign=True)), key=old.key)
        leaf = issue("Leaf", old)
        for order in ([old, renewed], [renewed, old]):
            result = check(leaf, [anchor], intermediates=order)
            assert result.status is PathStatus.VALID
            assert result.chain[1] == renewed.certificate
        assert check(leaf, [anchor], intermediates=[old]).status is PathStatus.EXPIRED

    def test_a_cross_certificate_leads_to_the_other_root(self) -> None:
        old, new = root("Old root"), root("New root")
        cross = issue("New root", old, Template(ca=True, key_usage=usage(key_cert_sign=True)), key=new.key)
        leaf = issue("Leaf", new)
        assert check(leaf, [new]).chain == (leaf.certificate, new.certificate)
        assert check(leaf, [old], embedded=[cross]).chain == (leaf.certificate, cross.certificate, old.certificate)

    def test_cas_that_certify_one_another_make_no_loop(self) -> None:
        one, two = root("One"), root("Two")
        keys = usage(key_cert_sign=True)
        one_by_two = issue("One", two, Template(ca=True, key_usage=keys), key=one.key)
        two_by_one = issue("Two", one, Template(ca=True, key_usage=keys), key=two.key)
        leaf = issue("Leaf", one)
        assert check(leaf, [root("Three")], embedded=[one_by_two, two_by_one]).status is PathStatus.NO_PATH
        assert check(leaf, [two], embedded=[one_by_two, two_by_one]).status is PathStatus.VALID

    def test_the_length_of_a_chain_is_bounded(self) -> None:
        anchor = root()
        cas = [anchor]
        for number in range(4):
            cas.append(sub_ca(f"CA {number}", cas[-1]))
        leaf = issue("Leaf", cas[-1])
        assert check(leaf, [anchor], intermediates=cas[1:], limits=replace(LIMITS, chain_length=6)).status is PathStatus.VALID
        assert check(leaf, [anchor], intermediates=cas[1:], limits=replace(LIMITS, chain_length=5)).status is PathStatus.NO_PATH

    def test_planted_certificates_neither_hide_the_chain_nor_take_time(self) -> None:
        anchor = root()
        real = sub_ca("Sub", anchor)
        leaf = issue("Leaf", real)
        attacker = issue("Root", None, Template(ca=True))
        planted = [issue("Sub", attacker, Template(ca=True), key=attacker.key) for _ in range(100)]
        started = time.perf_counter()
        assert check(leaf, [anchor], embedded=[*planted, real]).status is PathStatus.VALID
        assert time.perf_counter() - started < 0.5  # some 15 ms; the bound only tells linear from exponential

    def test_an_anchor_may_be_the_certificate_itself(self) -> None:
        alone = issue("Alone")
        result = check(alone, [alone], required=True)
        assert (result.status, result.chain) == (PathStatus.VALID, (alone.certificate,))
        assert check(alone, [alone], at=END + DAY).status is PathStatus.EXPIRED

    def test_a_moment_without_zone_is_refused(self) -> None:
        anchor = root()
        with pytest.raises(ConfigurationError):
            check(anchor, [anchor], at=datetime(2022, 1, 1))  # noqa: DTZ001


class TestTime:
    @pytest.mark.parametrize(
        ("at", "status"),
        [
            (START - timedelta(seconds=1), PathStatus.NOT_YET_VALID),
            (START, PathStatus.VALID),
            (END, PathStatus.VALID),
            (END + timedelta(seconds=1), PathStatus.EXPIRED),
        ],
    )
    def test_both_ends_of_the_validity_period_belong_to_it(self, at: datetime, status: PathStatus) -> None:
        anchor = root(not_before=START - 9 * DAY, not_after=END + 9 * DAY)
        result = check(issue("Leaf", anchor), [anchor], at=at)
        assert result.status is status
        assert result.failing == (None if status is PathStatus.VALID else 0)

    def test_an_expired_ca_is_named(self) -> None:
        anchor = root()
        sub = sub_ca("Sub", anchor, not_after=NOW - DAY)
        result = check(issue("Leaf", sub), [anchor], intermediates=[sub])
        assert (result.status, result.failing) == (PathStatus.EXPIRED, 1)

    def test_the_same_chain_is_judged_anew_at_each_moment(self) -> None:
        anchor = root(not_before=START - 9 * DAY, not_after=END + 9 * DAY)
        leaf = issue("Leaf", anchor)
        found = [check(leaf, [anchor], at=at).status for at in (NOW, END + DAY, START - DAY, NOW)]
        assert found == [PathStatus.VALID, PathStatus.EXPIRED, PathStatus.NOT_YET_VALID, PathStatus.VALID]


class TestRevocationWins:
    def test_a_certificate_revoked_and_then_expired_is_revoked(self) -> None:
        anchor = root()
        leaf = issue("Leaf", anchor, Template(not_after=NOW - DAY))
        when = NOW - 20 * DAY
        listed = crl(anchor, Revoked(leaf.serial, when, x509.ReasonFlags.key_compromise), this_update=NOW - 10 * DAY)
        for required in (True, False):
            result = check(leaf, [anchor], crls=[listed], required=required)
            assert (result.status, result.failing) == (PathStatus.REVOKED, 0)
            assert (result.revoked_at, result.revocation_reason) == (when, "keyCompromise")

    def test_a_revoked_certificate_never_passes_even_where_revocation_is_not_required_and_nothing_points_to_a_crl(self) -> None:
        anchor = root()
        leaf = issue("Leaf", anchor)
        listed = crl(anchor, Revoked(leaf.serial, NOW - DAY))
        assert check(leaf, [anchor], crls=[listed], required=False).status is PathStatus.REVOKED

    def test_revocation_on_a_stale_crl_still_counts(self) -> None:
        anchor = root()
        leaf = issue("Leaf", anchor)
        listed = crl(anchor, Revoked(leaf.serial, NOW - 90 * DAY), this_update=NOW - 80 * DAY, next_update=NOW - 70 * DAY)
        assert check(leaf, [anchor], crls=[listed]).status is PathStatus.REVOKED

    def test_a_hold_is_told_apart(self) -> None:
        anchor = root()
        leaf = issue("Leaf", anchor)
        listed = crl(anchor, Revoked(leaf.serial, NOW - DAY, x509.ReasonFlags.certificate_hold))
        result = check(leaf, [anchor], crls=[listed], required=True)
        assert (result.status, result.revocation_reason) == (PathStatus.ON_HOLD, "certificateHold")

    def test_a_revoked_ca_is_told_apart(self) -> None:
        anchor = root()
        sub = sub_ca("Sub", anchor)
        leaf = issue("Leaf", sub)
        lists = [crl(anchor, Revoked(sub.serial, NOW - DAY)), crl(sub)]
        result = check(leaf, [anchor], intermediates=[sub], crls=lists, required=True)
        assert (result.status, result.failing, result.revoked_at) == (PathStatus.CA_REVOKED, 1, NOW - DAY)

    def test_revocation_wins_over_constraints(self) -> None:
        anchor = root()
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
        leaf = issue("Leaf", anchor, Template(extensions=[(unknown, True)]))
        listed = crl(anchor, Revoked(leaf.serial, NOW - DAY))
        assert check(leaf, [anchor], crls=[listed]).status is PathStatus.REVOKED
        assert check(leaf, [anchor]).status is PathStatus.CONSTRAINTS


class TestRevocationRequired:
    def test_every_certificate_below_the_anchor_needs_a_status(self) -> None:
        anchor = root()
        sub = sub_ca("Sub", anchor)
        leaf = issue("Leaf", sub)
        for lists, status, failing in (
            ([], PathStatus.REVOCATION_UNKNOWN, 0),
            ([crl(anchor)], PathStatus.REVOCATION_UNKNOWN, 0),
            ([crl(sub)], PathStatus.REVOCATION_UNKNOWN, 1),
            ([crl(sub), crl(anchor)], PathStatus.VALID, None),
        ):
            result = check(leaf, [anchor], intermediates=[sub], crls=lists, required=True)
            assert (result.status, result.failing) == (status, failing)
            assert check(leaf, [anchor], intermediates=[sub], crls=lists).status is PathStatus.VALID

    def test_a_stale_crl_is_told_apart_from_none(self) -> None:
        anchor = root()
        leaf = issue("Leaf", anchor)
        old = crl(anchor, this_update=NOW - 9 * DAY, next_update=NOW - DAY)
        assert check(leaf, [anchor], crls=[old], required=True).status is PathStatus.REVOCATION_STALE
        assert check(leaf, [anchor], crls=[old, crl(anchor)], required=True).status is PathStatus.VALID

    def test_a_list_signed_with_a_newer_key_of_the_ca_counts(self) -> None:
        anchor = root()
        old, new = sub_ca("CA2", anchor), sub_ca("CA2", anchor)
        leaf = issue("Leaf", old)
        by_new = [crl(new), crl(anchor)]
        assert check(leaf, [anchor], intermediates=[old], crls=by_new, required=True).status is PathStatus.REVOCATION_UNKNOWN
        assert check(leaf, [anchor], intermediates=[old, new], crls=by_new, required=True).status is PathStatus.VALID
        listed = [crl(new, Revoked(leaf.serial, NOW - DAY)), crl(anchor)]
        assert check(leaf, [anchor], intermediates=[old, new], crls=listed).status is PathStatus.REVOKED

    def test_a_newer_key_that_is_revoked_or_may_not_sign_lists_counts_for_nothing(self) -> None:
        anchor = root()
        old, new = sub_ca("CA2", anchor), sub_ca("CA2", anchor)
        mute = sub_ca("CA2", anchor, key_usage=usage(key_cert_sign=True))
        leaf = issue("Leaf", old)
        revoked = [crl(new), crl(anchor, Revoked(new.serial, NOW - DAY))]
        for signer, lists in ((new, revoked), (mute, [crl(mute), crl(anchor)])):
            result = check(leaf, [anchor], intermediates=[old, signer], crls=lists, required=True)
            assert (result.status, result.failing) == (PathStatus.REVOCATION_UNKNOWN, 0)

    def test_a_list_signed_by_a_ca_of_the_same_name_under_another_anchor_counts_for_nothing(self) -> None:
        anchor, other = root(), root("Other root")
        mine, theirs = sub_ca("CA2", anchor), sub_ca("CA2", other)
        leaf = issue("Leaf", mine)
        lists = [crl(theirs), crl(anchor), crl(other)]
        result = check(leaf, [anchor, other], intermediates=[mine, theirs], crls=lists, required=True)
        assert result.status is PathStatus.REVOCATION_UNKNOWN


class TestConstraints:
    def test_a_leaf_that_issues_is_no_ca(self) -> None:
        anchor = root()
        middle = issue("Middle", anchor)
        leaf = issue("Leaf", middle)
        result = check(leaf, [anchor], embedded=[middle])
        assert (result.status, result.failing) == (PathStatus.CONSTRAINTS, 1)

    def test_a_ca_without_cert_sign_may_not_issue(self) -> None:
        anchor = root()
        sub = sub_ca("Sub", anchor, key_usage=usage(crl_sign=True))
        result = check(issue("Leaf", sub), [anchor], intermediates=[sub])
        assert (result.status, result.failing) == (PathStatus.CONSTRAINTS, 1)

    def test_the_path_length_of_a_ca_is_kept(self) -> None:
        anchor = root()
        first = sub_ca("First", anchor, path_length=0)
        second = sub_ca("Second", first)
        result = check(issue("Leaf", second), [anchor], intermediates=[first, second])
        assert (result.status, result.failing) == (PathStatus.CONSTRAINTS, 1)
        assert check(issue("Leaf", first), [anchor], intermediates=[first]).status is PathStatus.VALID

    def test_the_path_length_of_the_anchor_is_kept(self) -> None:
        anchor = root(path_length=0)
        sub = sub_ca("Sub", anchor)
        assert check(issue("Leaf", sub), [anchor], intermediates=[sub]).status is PathStatus.CONSTRAINTS
        assert check(issue("Leaf", anchor), [anchor]).status is PathStatus.VALID
        longer = root(path_length=1)
        sub = sub_ca("Sub", longer)
        assert check(issue("Leaf", sub), [longer], intermediates=[sub]).status is PathStatus.VALID

    @pytest.mark.parametrize(("organisation", "status"), [("A", PathStatus.VALID), ("B", PathStatus.CONSTRAINTS)])
    @pytest.mark.parametrize("at_anchor", [False, True])
    def test_name_constraints_are_kept(self, organisation: str, status: PathStatus, at_anchor: bool) -> None:
        permitted = x509.Name(
            [x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "A")]
        )
        limit = [(x509.NameConstraints([x509.DirectoryName(permitted)], None), True)]
        anchor = issue(
            name("Root", (NameOID.ORGANIZATION_NAME, "A")),
            None,
            Template(ca=True, key_usage=usage(key_cert_sign=True), extensions=limit if at_anchor else ()),
        )
        sub = issue(
            name("Sub", (NameOID.ORGANIZATION_NAME, "A")),
            anchor,
            Template(ca=True, key_usage=usage(key_cert_sign=True), extensions=() if at_anchor else limit),
        )
        leaf = issue(name("Leaf", (NameOID.ORGANIZATION_NAME, organisation)), sub)
        assert check(leaf, [anchor], intermediates=[sub]).status is status

    def test_an_unknown_critical_extension_is_refused_and_an_uncritical_one_is_not(self) -> None:
        anchor = root()
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
        for critical, status in ((True, PathStatus.CONSTRAINTS), (False, PathStatus.VALID)):
            leaf = issue("Leaf", anchor, Template(extensions=[(unknown, critical)]))
            result = check(leaf, [anchor])
            assert result.status is status
            assert "1.2.3.4" in result.detail or not critical

    def test_a_required_policy_that_is_missing_is_refused(self) -> None:
        anchor = root()
        sub = sub_ca("Sub", anchor, extensions=[(x509.PolicyConstraints(0, None), True)])
        assert check(issue("Leaf", sub), [anchor], intermediates=[sub]).status is PathStatus.CONSTRAINTS

    def test_a_valid_alternative_is_found_behind_a_broken_one(self) -> None:
        anchor = root()
        broken = sub_ca("Sub", anchor, key_usage=usage(crl_sign=True))
        sound = issue("Sub", anchor, Template(ca=True, key_usage=usage(key_cert_sign=True)), key=broken.key)
        result = check(issue("Leaf", broken), [anchor], intermediates=[broken, sound])
        assert (result.status, result.chain[1]) == (PathStatus.VALID, sound.certificate)


class TestHostileBytes:
    @given(st.binary(max_size=120))
    def test_arbitrary_bytes_as_the_certificate_are_malformed(self, data: bytes) -> None:
        assert check(Certificate(data), []).status is PathStatus.MALFORMED

    @given(st.lists(st.binary(max_size=60), max_size=3), st.lists(st.binary(max_size=60), max_size=3))
    def test_arbitrary_bytes_as_evidence_change_nothing(self, certificates: list[bytes], data: list[bytes]) -> None:
        garbage = [Certificate(item) for item in certificates]
        anchor = _SOUND[0]
        result = check(_SOUND[1], [anchor, *garbage], embedded=garbage, intermediates=garbage, crls=data, ocsps=data)
        assert result.status is PathStatus.VALID

    @given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
    def test_a_certificate_with_one_byte_changed_never_validates(self, where: int, flip: int) -> None:
        der = bytearray(_SOUND[1].certificate.der)
        der[where % len(der)] ^= flip
        assert check(Certificate(bytes(der)), [_SOUND[0]]).status is not PathStatus.VALID

    def test_a_certificate_over_the_size_limit_is_malformed(self) -> None:
        small = replace(LIMITS, certificate_bytes=len(_SOUND[1].certificate.der) - 1)
        assert check(_SOUND[1], [_SOUND[0]], limits=small).status is PathStatus.MALFORMED


def _sound() -> tuple[Entity, Entity]:
    anchor = root()
    return anchor, issue("Leaf", anchor)


_SOUND = _sound()


def test_it_works_inside_a_running_event_loop() -> None:
    anchor = root()
    leaf = issue("Leaf", anchor)

    async def inside() -> PathResult:
        return check(leaf, [anchor])

    assert asyncio.run(inside()).status is PathStatus.VALID


@pytest.fixture(scope="module")
def vietnam(shared_data: Path) -> dict[str, dict[str, Certificate]]:
    folder = shared_data / "trust"
    found: dict[str, dict[str, Certificate]] = {"root": {}, "ca": {}, "tsa": {}}
    with (folder / "manifest.tsv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            parsed = x509.load_pem_x509_certificate((folder / row["file"]).read_bytes())
            certificate = Certificate(parsed.public_bytes(Encoding.DER))
            assert certificate.sha256 == row["sha256"]
            found[row["kind"]][row["file"]] = certificate
    return found


@pytest.mark.corpus
def test_all_certificates_of_the_vietnamese_pkis_lead_to_their_roots(vietnam: dict[str, dict[str, Certificate]]) -> None:
    roots, cas = list(vietnam["root"].values()), list(vietnam["ca"].values())
    everything = {**vietnam["root"], **vietnam["ca"], **vietnam["tsa"]}
    assert len(everything) == 79
    for file, certificate in everything.items():
        inside = certificate.x509.not_valid_before_utc + DAY
        from_store = check(certificate, roots, intermediates=cas, at=inside)
        assert from_store.status is PathStatus.VALID, (file, from_store.detail)
        assert from_store.chain[0] == certificate
        assert from_store.chain[-1] in roots
        embedded = check(certificate, roots, embedded=cas[:20], intermediates=cas[20:], at=inside)
        assert embedded.chain == from_store.chain, file
        assert check(certificate, roots, intermediates=cas, at=certificate.x509.not_valid_after_utc + DAY).status in (
            PathStatus.EXPIRED,
            PathStatus.VALID,
        )


@pytest.mark.corpus
def test_a_civil_service_leaf_leads_to_its_root_at_a_moment_of_its_validity(
    shared_data: Path, vietnam: dict[str, dict[str, Certificate]]
) -> None:
    roots, cas = list(vietnam["root"].values()), list(vietnam["ca"].values())
    for file, generation in (
        ("leaf-civil-service-g1-with-mst", "2010-2030"),
        ("leaf-civil-service-g2-organisation", "g2_2018"),
    ):
        leaf = Certificate((shared_data / "vn-samples" / f"{file}.der").read_bytes())
        result = check(leaf, roots, intermediates=cas, at=leaf.x509.not_valid_before_utc + DAY)
        assert (result.status, len(result.chain)) == (PathStatus.VALID, 3)
        anchor = next(name for name, item in vietnam["root"].items() if item == result.anchor)
        assert generation in anchor


@pytest.mark.corpus
def test_a_warm_chain_costs_less_than_a_millisecond(shared_data: Path, vietnam: dict[str, dict[str, Certificate]]) -> None:
    roots, cas = list(vietnam["root"].values()), list(vietnam["ca"].values())
    leaf = Certificate((shared_data / "vn-samples" / "leaf-civil-service-g1-with-mst.der").read_bytes())
    at = leaf.x509.not_valid_before_utc + DAY
    check(leaf, roots, intermediates=cas, at=at)
    best = 1.0
    for _ in range(20):
        started = time.perf_counter()
        assert check(leaf, roots, intermediates=cas, at=at).status is PathStatus.VALID
        best = min(best, time.perf_counter() - started)
    assert best < 0.001  # some 0.06 ms
