"""CRLs: which lists count for a certificate, at which moment, and what they say."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from vnsign.model.limits import Limits
from vnsign.pki.crl import crl_statement, read_crl
from vnsign.pki.recent import Recent
from vnsign.pki.revocation import OPEN_ENDED, RevocationData, RevocationFacts, revocation_status

from .builders import DAY, NOW, Entity, Revoked, Template, crl, issue, name, new_key, root, sub_ca, usage

LIMITS = Limits()
HOLD = x509.ReasonFlags.certificate_hold
URL = "http://crl.example/a.crl"


def status(leaf: Entity, issuer: Entity, *crls: bytes, at=NOW) -> RevocationFacts:
    return revocation_status(leaf.certificate, issuer.certificate, at, RevocationData.of(crls, (), LIMITS))


def point(*urls: str, reasons=None, issuer: x509.Name | None = None) -> tuple[x509.ExtensionType, bool]:
    full = [x509.UniformResourceIdentifier(url) for url in urls] or None
    names = [x509.DirectoryName(issuer)] if issuer else None
    return x509.CRLDistributionPoints([x509.DistributionPoint(full, None, reasons, names)]), False


def scope(url: str | None = None, **flags) -> tuple[x509.ExtensionType, bool]:
    given = {
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
        **flags,
    }
    full = [x509.UniformResourceIdentifier(url)] if url else None
    return x509.IssuingDistributionPoint(full_name=full, relative_name=None, **given), True


@pytest.fixture(scope="module")
def ca() -> Entity:
    return root()


@pytest.fixture(scope="module")
def leaf(ca: Entity) -> Entity:
    return issue("Leaf", ca)


class TestWhatAListSays:
    def test_a_certificate_that_is_not_listed_is_good(self, ca: Entity, leaf: Entity) -> None:
        found = status(leaf, ca, crl(ca, Revoked(12345, NOW - DAY)))
        assert (found.status, found.source) == ("good", "crl")
        assert (found.this_update, found.next_update) == (NOW - DAY, NOW + 6 * DAY)

    @pytest.mark.parametrize(
        "reason", [None, *(r for r in x509.ReasonFlags if r.value not in ("certificateHold", "removeFromCRL"))]
    )
    def test_every_reason_revokes(self, ca: Entity, leaf: Entity, reason: x509.ReasonFlags | None) -> None:
        found = status(leaf, ca, crl(ca, Revoked(leaf.serial, NOW - DAY, reason)))
        assert (found.status, found.reason) == ("revoked", reason.value if reason else "")
        assert found.revoked_at == NOW - DAY

    def test_revoked_at_the_very_moment_is_revoked(self, ca: Entity, leaf: Entity) -> None:
        assert status(leaf, ca, crl(ca, Revoked(leaf.serial, NOW))).status == "revoked"

    def test_revoked_after_the_moment_is_good_with_a_note(self, ca: Entity, leaf: Entity) -> None:
        later = crl(ca, Revoked(leaf.serial, NOW + DAY), this_update=NOW + 2 * DAY, next_update=NOW + 9 * DAY)
        found = status(leaf, ca, later)
        assert (found.status, found.revoked_at) == ("good", NOW + DAY)
        assert "after the moment" in found.detail

    def test_the_earliest_of_several_revocations_counts(self, ca: Entity, leaf: Entity) -> None:
        first = crl(ca, Revoked(leaf.serial, NOW - 20 * DAY), this_update=NOW - 9 * DAY)
        second = crl(ca, Revoked(leaf.serial, NOW - 2 * DAY))
        assert status(leaf, ca, second, first).revoked_at == NOW - 20 * DAY

    def test_a_revocation_is_not_lifted_by_a_newer_list_that_left_it_out(self, ca: Entity, leaf: Entity) -> None:
        old = crl(ca, Revoked(leaf.serial, NOW - 20 * DAY), this_update=NOW - 9 * DAY)
        assert status(leaf, ca, crl(ca), old).status == "revoked"

    def test_a_hold_is_lifted_by_a_newer_list_only(self, ca: Entity, leaf: Entity) -> None:
        held = crl(ca, Revoked(leaf.serial, NOW - 20 * DAY, HOLD), this_update=NOW - 9 * DAY)
        older = crl(ca, this_update=NOW - 10 * DAY)
        assert status(leaf, ca, held, crl(ca)).status == "good"
        assert status(leaf, ca, held, older).status == "on-hold"

    def test_a_hold_after_the_moment_is_good(self, ca: Entity, leaf: Entity) -> None:
        later = crl(ca, Revoked(leaf.serial, NOW + DAY, HOLD), this_update=NOW + 2 * DAY, next_update=NOW + 9 * DAY)
        assert status(leaf, ca, later).status == "good"


class TestFreshness:
    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (NOW, "good"),
            (NOW - DAY, "good"),
            (NOW + 6 * DAY, "good"),
            (NOW + 6 * DAY + timedelta(seconds=1), "stale"),
            (NOW - 30 * DAY, "good"),
        ],
    )
    def test_a_list_clears_until_its_next_update_and_for_all_time_before(self, ca: Entity, leaf: Entity, at, expected) -> None:
        assert status(leaf, ca, crl(ca), at=at).status == expected

    def test_the_newest_list_is_reported(self, ca: Entity, leaf: Entity) -> None:
        lists = [crl(ca, this_update=NOW - n * DAY, next_update=NOW + 9 * DAY) for n in (3, 1, 2)]
        assert status(leaf, ca, *lists).this_update == NOW - DAY

    def test_a_list_made_after_the_certificate_expired_clears_only_with_its_word(self, ca: Entity) -> None:
        expired = issue("Old", ca, Template(not_after=NOW - 30 * DAY))
        at = NOW - 60 * DAY
        assert status(expired, ca, crl(ca), at=at).status == "unknown"
        kept = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.60"), b"\x18\x0f20200101000000Z")
        assert status(expired, ca, crl(ca, extensions=[(kept, False)]), at=at).status == "good"
        since = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.60"), b"\x18\x0f20220515000000Z")
        assert status(expired, ca, crl(ca, extensions=[(since, False)]), at=at).status == "unknown"
        assert status(expired, ca, crl(ca, Revoked(expired.serial, at - DAY)), at=at).status == "revoked"


class TestWhoseList:
    def test_without_any_list_nothing_is_known(self, ca: Entity, leaf: Entity) -> None:
        assert status(leaf, ca).status == "not-had"

    def test_a_list_signed_with_another_key_says_nothing(self, ca: Entity, leaf: Entity) -> None:
        forged = crl(ca, Revoked(leaf.serial, NOW - DAY), key=new_key())
        assert status(leaf, ca, forged).status == "not-had"

    def test_a_list_of_another_ca_of_the_same_name_says_nothing(self, ca: Entity, leaf: Entity) -> None:
        assert status(leaf, ca, crl(root())).status == "not-had"

    def test_a_list_with_one_byte_changed_says_nothing(self, ca: Entity, leaf: Entity) -> None:
        made = bytearray(crl(ca))
        made[-1] ^= 1
        assert status(leaf, ca, bytes(made)).status == "not-had"

    def test_a_ca_that_may_not_sign_lists_can_revoke_but_not_clear(self, ca: Entity) -> None:
        mute = sub_ca("Mute", ca, key_usage=usage(key_cert_sign=True))
        leaf = issue("Leaf", mute)
        assert status(leaf, mute, crl(mute)).status == "not-had"
        assert status(leaf, mute, crl(mute, Revoked(leaf.serial, NOW - DAY))).status == "revoked"

    def test_an_issuer_spelled_otherwise_counts_where_the_certificate_names_it_so(self) -> None:
        ca = issue(name("ROOT CA - RS"), None, Template(ca=True, key_usage=usage(key_cert_sign=True, crl_sign=True)))
        spelled = name("ROOT CA – RS")
        critical = (point(URL, issuer=spelled)[0], True)
        named, plain = issue("Sub", ca, Template(extensions=[critical])), issue("Sub", ca)
        other = crl(ca, Revoked(named.serial, NOW - DAY), issuer_name=spelled)
        assert status(named, ca, other).status == "revoked"
        assert status(plain, ca, other).status == "not-had"
        assert status(named, ca, crl(ca)).status == "good"


class TestScope:
    def test_an_unknown_critical_extension_makes_a_list_say_nothing(self, ca: Entity, leaf: Entity) -> None:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
        assert status(leaf, ca, crl(ca, extensions=[(unknown, True)])).status == "not-had"
        assert status(leaf, ca, crl(ca, extensions=[(unknown, False)])).status == "good"

    @pytest.mark.parametrize("flag", ["indirect_crl", "only_contains_attribute_certs"])
    def test_indirect_lists_and_lists_of_attribute_certificates_say_nothing(self, ca: Entity, leaf: Entity, flag: str) -> None:
        made = crl(ca, Revoked(leaf.serial, NOW - DAY), extensions=[scope(**{flag: True})])
        assert status(leaf, ca, made).status == "not-had"

    def test_lists_for_users_do_not_clear_cas_nor_the_other_way(self, ca: Entity, leaf: Entity) -> None:
        sub = sub_ca("Sub", ca)
        users = crl(ca, extensions=[scope(only_contains_user_certs=True)])
        authorities = crl(ca, extensions=[scope(only_contains_ca_certs=True)])
        assert [status(item, ca, users).status for item in (leaf, sub)] == ["good", "not-had"]
        assert [status(item, ca, authorities).status for item in (leaf, sub)] == ["not-had", "good"]

    def test_a_list_for_some_reasons_revokes_but_does_not_clear(self, ca: Entity, leaf: Entity) -> None:
        some = scope(only_some_reasons=frozenset([x509.ReasonFlags.key_compromise]))
        assert status(leaf, ca, crl(ca, extensions=[some])).status == "not-had"
        assert status(leaf, ca, crl(ca, Revoked(leaf.serial, NOW - DAY), extensions=[some])).status == "revoked"

    def test_a_list_for_one_distribution_point_clears_only_its_certificates(self, ca: Entity) -> None:
        here, there = issue("A", ca, Template(extensions=[point(URL)])), issue("B", ca, Template(extensions=[point(URL + "2")]))
        partial = issue("C", ca, Template(extensions=[point(URL, reasons=frozenset([x509.ReasonFlags.key_compromise]))]))
        made = crl(ca, extensions=[scope(URL)])
        assert [status(item, ca, made).status for item in (here, there, partial)] == ["good", "not-had", "not-had"]

    def test_a_delta_revokes_but_does_not_clear(self, ca: Entity, leaf: Entity) -> None:
        delta = (x509.DeltaCRLIndicator(1), True)
        assert status(leaf, ca, crl(ca, extensions=[delta])).status == "not-had"
        assert status(leaf, ca, crl(ca, Revoked(leaf.serial, NOW - DAY), extensions=[delta])).status == "revoked"


class TestBounds:
    def test_a_list_over_the_size_limit_is_left_out(self, ca: Entity, leaf: Entity) -> None:
        made = crl(ca)
        exact = RevocationData.of([made], (), replace(LIMITS, crl_bytes=len(made)))
        below = RevocationData.of([made], (), replace(LIMITS, crl_bytes=len(made) - 1))
        assert (len(exact.crls), len(below.crls)) == (1, 0)

    def test_a_list_of_many_entries_is_looked_up_quickly(self, ca: Entity, leaf: Entity) -> None:
        made = crl(ca, *(Revoked(number, NOW - DAY) for number in range(1, 2001)))
        started = time.perf_counter()
        assert status(leaf, ca, made).status == "good"
        assert time.perf_counter() - started < 0.2

    @given(st.binary(max_size=200))
    def test_arbitrary_bytes_are_no_list(self, data: bytes) -> None:
        assert read_crl(data) is None

    @given(st.integers(min_value=0), st.integers(min_value=0, max_value=255))
    def test_a_list_with_one_byte_changed_is_never_believed(self, where: int, value: int) -> None:
        made = bytearray(_LIST)
        if made[where % len(made)] == value:
            return
        made[where % len(made)] = value
        found = read_crl(bytes(made))
        assert found is None or crl_statement(found, _LEAF.certificate, _CA.certificate) is None

    def test_the_cache_is_bounded_by_size(self) -> None:
        calls: list[bytes] = []

        def compute(data: bytes) -> int:
            calls.append(data)
            return len(data)

        recent = Recent(compute, 10)
        for data in (b"12345", b"12345", b"abcde", b"12345", b"x" * 11, b"x" * 11, b"fghij", b"abcde"):
            assert recent(data) == len(data)
        assert calls == [b"12345", b"abcde", b"x" * 11, b"x" * 11, b"fghij", b"abcde"]


_CA = root()
_LEAF = issue("Leaf", _CA)
_LIST = crl(_CA, Revoked(7, NOW - DAY))


def test_the_open_ended_window_is_a_day() -> None:
    assert timedelta(hours=24) == OPEN_ENDED
