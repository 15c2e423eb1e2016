"""EU DSS writes its own report of ETSI TS 119 102-2 on the same files: same verdicts and times, or the list says why not."""

from __future__ import annotations

import os

import pytest
from interop.dss_program import UnavailableError, build, missing
from interop.etsi import Both, both, listed
from interop.long_term import long_term
from interop.own import cases
from lxml import etree

from tests.unit.report.etsi_schema import schema

pytestmark = pytest.mark.oracle

FILES = (
    *("pdf/T/citizen", "pdf/B/citizen-then-agency", "pdf/B/content-changed", "pdf/B/expired", "pdf/T/revoked-before-signing"),
    *("pades/LTA/expired-fresh", "xades/T/citizen", "xades/B/value-changed", "xades/B/nobody-trusted", "xmldsig/B/citizen"),
    *("xades-detached/T/no-revocation-data", "xades/LT/revoked-after", "xades/LTA/expired-fresh", "cades/LT/soon-fresh"),
    *("cades/LTA/expired-fresh", "asic/LT/expired-offline", "asic/LTA/expired-fresh"),
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Both]:
    """Both reports on every file. Java or Maven missing is a reason to skip; where they are, a failed build fails in CI."""
    if (absent := missing()) != "":
        pytest.skip(f"EU DSS is not run: {absent} is not installed")
    try:
        build()
    except UnavailableError as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"EU DSS cannot be built: {reason}")
        pytest.skip(f"EU DSS cannot be built: {reason}")
    chosen = [case for case in (*cases(), *long_term()) if case.name in FILES]
    assert len(chosen) == len(FILES)
    return both(chosen, tmp_path_factory.mktemp("etsi"))


def test_indications_sub_indications_times_and_chains_are_the_same_or_listed(found: list[Both]) -> None:
    differences = {key: said for pair in found for key, said in pair.differences().items()}
    assert differences == listed()


def test_most_files_differ_in_nothing_and_many_pass(found: list[Both]) -> None:
    assert sum(not pair.differences() for pair in found) >= 10
    passed = [
        pair.name
        for pair in found
        if {item.status.indication for item in (*pair.ours.signatures, *pair.theirs.signatures)} == {"TOTAL-PASSED"}
    ]
    assert len(passed) >= 8


def test_the_same_signatures_are_listed_in_the_same_order(found: list[Both]) -> None:
    """Certificates in order, and the identifiers of the driving application, which DSS gives for XML alone."""
    for pair in found:
        own, other = pair.ours.signatures, pair.theirs.signatures
        assert [item.certificate_sha256 for item in own] == [item.certificate_sha256 for item in other]
        if pair.name.startswith("x"):
            assert [item.id for item in own] == [item.id for item in other]


def test_both_reports_are_valid_against_one_schema(found: list[Both]) -> None:
    for pair in found:
        for text in (pair.our_xml, pair.their_xml):
            schema().assertValid(etree.fromstring(text))
