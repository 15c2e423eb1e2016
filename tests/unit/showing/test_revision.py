"""The signed revision: exactly the bytes that the signature covers, and nothing of a signature that does not hold."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.screens import cases
from vnsign import Verifier
from vnsign.errors import ConfigurationError
from vnsign.model.facts import CoverageScope
from vnsign.model.verdict import CheckStatus
from vnsign.showing import signed_revision
from vnsign.testing.pki import TestPki


def code_of(*args: object, **options: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        signed_revision(*args, **options)  # type: ignore[arg-type]
    return caught.value.code


def test_the_revision_ends_where_the_byte_range_ends():
    case, report = cases.screen("overlaid"), cases.report("overlaid")
    found = signed_revision(case.document, report, "Signature1")
    numbers = re.search(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+)", case.document)
    assert numbers is not None
    assert len(found) == int(numbers[3]) + int(numbers[4]) < len(case.document)
    assert case.document.startswith(found)
    assert found.rstrip().endswith(b"%%EOF")


def test_the_revision_verifies_by_itself():
    case, report = cases.screen("overlaid"), cases.report("overlaid")
    revision = signed_revision(case.document, report, "Signature1")
    again = Verifier(TestPki.load().trust_store(), evidence=case.evidence).verify(revision, at=cases.CHECKED)
    assert again.indication.value == "TOTAL-PASSED"
    assert again.signatures[0].coverage is CoverageScope.WHOLE_DOCUMENT


def test_each_of_two_signatures_has_its_own_revision():
    case, report = cases.screen("two-in-order"), cases.report("two-in-order")
    first, second = (signed_revision(case.document, report, item.id) for item in report.signatures)
    assert second.startswith(first)
    assert len(first) < len(second)


def test_nothing_is_handed_out_of_a_signature_that_does_not_hold():
    case, report = cases.screen("altered"), cases.report("altered")
    assert code_of(case.document, report, "Signature1") == "NOT_INTACT"
    assert case.document.startswith(signed_revision(case.document, report, "Signature1", even_if_broken=True))


@pytest.mark.parametrize("field", ["integrity", "signature_value"])
@pytest.mark.parametrize("status", [CheckStatus.FAILED, CheckStatus.INDETERMINATE])
def test_undetermined_is_not_held(field, status):
    case, report = cases.screen("valid-person"), cases.report("valid-person")
    broken = replace(report, signatures=(replace(report.signatures[0], **{field: status}),))
    assert code_of(case.document, broken, "Signature1") == "NOT_INTACT"


def test_another_document_is_refused():
    report = cases.report("valid-person")
    assert code_of(cases.screen("overlaid").document, report, "Signature1") == "OTHER_DOCUMENT"
    assert code_of(cases.screen("valid-person").document, report, "Signature2") == "NO_SUCH_SIGNATURE"


def test_a_range_that_is_no_prefix_is_refused_even_if_broken_is_asked_for():
    """Bytes before the range, and bytes left out beside the signature, are in nobody's revision."""
    case = cases.screen("valid-person")
    found = re.search(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+) *\]", case.document)
    assert found is not None
    numbers = [int(item) for item in found.groups()]
    for other in ([1, numbers[1] - 1, *numbers[2:]], [0, numbers[1] - 5, *numbers[2:]], [0, numbers[1]]):
        written = b"/ByteRange [%s]" % b" ".join(b"%d" % item for item in other)
        changed = case.document.replace(found[0], written.ljust(len(found[0])), 1)
        report = Verifier(TestPki.load().trust_store(), evidence=case.evidence).verify(changed, at=cases.CHECKED)
        assert code_of(changed, report, "Signature1", even_if_broken=True) == "NOT_A_REVISION"


def test_other_formats_have_no_revisions():
    report = replace(cases.report("valid-person"), format="xml")
    assert code_of(b"", report, "Signature1") == "NOT_PDF"
