"""Indications and sub-indications: only the standard's pairs exist, and nothing verified is never a pass."""

from __future__ import annotations

import pytest

from vnsign.model.verdict import Indication, SubIndication, Verdict, worst


@pytest.mark.parametrize("sub", list(SubIndication))
def test_a_sub_indication_stands_under_its_own_indication_alone(sub):
    assert Verdict.of(sub).indication is sub.indication
    for indication in Indication:
        if indication is not sub.indication:
            with pytest.raises(ValueError):
                Verdict(indication, sub)


def test_a_verdict_that_does_not_pass_must_say_why():
    with pytest.raises(ValueError):
        Verdict(Indication.INDETERMINATE)
    with pytest.raises(ValueError):
        Verdict(Indication.TOTAL_FAILED)
    assert Verdict.passed().sub_indication is None


def test_the_worst_of_nothing_is_indeterminate():
    assert worst([]) is Indication.INDETERMINATE


def test_the_worst_counts():
    assert worst([Indication.TOTAL_PASSED, Indication.INDETERMINATE]) is Indication.INDETERMINATE
    assert worst([Indication.TOTAL_FAILED, Indication.INDETERMINATE]) is Indication.TOTAL_FAILED
    assert worst([Indication.TOTAL_PASSED]) is Indication.TOTAL_PASSED
