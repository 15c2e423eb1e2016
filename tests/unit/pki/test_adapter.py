"""The contract with pyhanko-certvalidator: what ``certvalidator_adapter`` relies on, to be run against each new release."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from vnsign.model.certificate import Certificate
from vnsign.pki import certvalidator_adapter as adapter
from vnsign.pki.certvalidator_adapter import check_constraints, run_to_end

from .builders import Template, issue, root, rsa_key, sub_ca, usage


def test_a_sound_chain_holds() -> None:
    anchor = root()
    sub = sub_ca("Sub", anchor)
    leaf = issue("Leaf", sub)
    outcome = check_constraints((leaf.certificate, sub.certificate, anchor.certificate))
    assert outcome == adapter.ConstraintResult(True)


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_the_index_of_the_failing_certificate_counts_from_the_leaf(broken: int) -> None:
    unknown = [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)]
    anchor = root()
    first = sub_ca("First", anchor, extensions=unknown if broken == 2 else ())
    second = sub_ca("Second", first, extensions=unknown if broken == 1 else ())
    leaf = issue("Leaf", second, Template(extensions=unknown if broken == 0 else ()))
    outcome = check_constraints(tuple(item.certificate for item in (leaf, second, first, anchor)))
    assert (outcome.holds, outcome.failing) == (False, broken)


def test_validity_periods_are_not_looked_at() -> None:
    for not_before, not_after in (
        (datetime(1950, 1, 1, tzinfo=UTC), datetime(1951, 1, 1, tzinfo=UTC)),
        (datetime(2900, 1, 1, tzinfo=UTC), datetime(9989, 1, 1, tzinfo=UTC)),
    ):
        anchor = root(not_before=not_before, not_after=not_after)
        leaf = issue("Leaf", anchor, Template(not_before=not_before, not_after=not_after))
        assert check_constraints((leaf.certificate, anchor.certificate)).holds


def test_revocation_is_not_looked_at_even_where_the_certificate_declares_sources() -> None:
    anchor = root()
    url = x509.UniformResourceIdentifier("http://crl.invalid/a.crl")
    declared = [(x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)]), True)]
    leaf = issue("Leaf", anchor, Template(extensions=declared))
    assert check_constraints((leaf.certificate, anchor.certificate)).holds


def test_signatures_are_verified_a_second_time() -> None:
    anchor, other = root(), root()
    leaf = issue("Leaf", other, Template(identifiers=False))
    outcome = check_constraints((leaf.certificate, anchor.certificate))
    assert (outcome.holds, outcome.failing) == (False, 0)


def test_names_must_chain() -> None:
    anchor = root()
    renamed = issue("Renamed", None, Template(ca=True, key_usage=usage(key_cert_sign=True)), key=anchor.key)
    leaf = issue("Leaf", anchor)
    assert not check_constraints((leaf.certificate, renamed.certificate)).holds


def test_a_critical_extended_key_usage_and_policies_are_understood() -> None:
    anchor = root()
    any_policy = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.5.29.32.0"), None)])
    sub = sub_ca("Sub", anchor, extensions=[(any_policy, True)])
    stamping = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.8")])
    leaf = issue("Leaf", sub, Template(extensions=[(stamping, True), (any_policy, True)]))
    assert check_constraints((leaf.certificate, sub.certificate, anchor.certificate)).holds


def test_small_keys_are_left_to_the_policy() -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    small = rsa.generate_private_key(65537, 1024)
    anchor = issue("Old", None, Template(ca=True, key_usage=usage(key_cert_sign=True), digest=hashes.SHA256()), key=small)
    leaf = issue("Leaf", anchor, key=rsa_key())
    assert check_constraints((leaf.certificate, anchor.certificate)).holds


def test_names_and_constraints_too_many_to_compare_are_refused_at_once() -> None:
    def constraints(count: int) -> x509.NameConstraints:
        return x509.NameConstraints([x509.DNSName(f"{n}.example") for n in range(count)], None)

    def outcome(count: int) -> adapter.ConstraintResult:
        anchor = root(extensions=[(constraints(count), True)])
        names = x509.SubjectAlternativeName([x509.DNSName(f"{n % count}.example") for n in range(count)])
        leaf = issue("Leaf", anchor, Template(extensions=[(names, False)]))
        return check_constraints((leaf.certificate, anchor.certificate))

    assert "too many" not in outcome(30).detail
    started = time.perf_counter()
    assert "too many" in outcome(1500).detail
    assert time.perf_counter() - started < 1


def test_what_cannot_be_parsed_does_not_hold_and_raises_nothing() -> None:
    assert not check_constraints((Certificate(b"\x30\x00"), Certificate(b"garbage"))).holds
    assert not check_constraints(()).holds


def test_the_coroutine_never_waits_so_that_no_event_loop_is_needed() -> None:
    async def answer() -> int:
        return 42

    async def waits() -> None:
        await asyncio.sleep(0)

    assert run_to_end(answer()) == 42
    with pytest.raises(RuntimeError):
        run_to_end(waits())


def test_threads_may_check_the_same_new_chain_at_once() -> None:
    anchor = root()
    sub = sub_ca("Sub", anchor)
    chains = [(issue(f"Leaf {n}", sub).certificate, sub.certificate, anchor.certificate) for n in range(4)]
    found: list[bool] = []
    work = [threading.Thread(target=lambda chain=chain: found.append(check_constraints(chain).holds)) for chain in chains * 4]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert found == [True] * 16


def test_the_library_is_loaded_only_when_a_chain_is_checked() -> None:
    code = """
import sys
import vnsign.pki.identity, vnsign.pki.path
print([module for module in sys.modules if module.startswith(("pyhanko", "asn1crypto"))])
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
