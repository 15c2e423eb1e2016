"""EU DSS, the reference of the European Union, judges the same files: we agree, or the list says why not. ``make interop``.

Here its short form: all documents of our own, all attacked or broken files of the corpora, and one in six of the others.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from interop.answers import Answer, Said, Soundness
from interop.comparison import Pair, corpus_pairs, corpus_rows, own_pairs
from interop.dss_program import UnavailableError, build, missing
from interop.listing import listed, stale, unexplained
from interop.long_term import long_term
from interop.own import cases
from interop.raised import raised
from interop.raised_xml import raised_xml
from interop.run import KINDS, SHORT

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def dss() -> None:
    """The program is built. Java or Maven missing is a reason to skip; where they are, a failed build fails in CI."""
    if (absent := missing()) != "":
        pytest.skip(f"EU DSS is not run: {absent} is not installed")
    try:
        build()
    except UnavailableError as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"EU DSS cannot be built: {reason}")
        pytest.skip(f"EU DSS cannot be built: {reason}")


@pytest.mark.usefixtures("dss")
def test_our_documents_get_the_same_verdicts(tmp_path: Path) -> None:
    """Forms, levels from B to LTA, keys, algorithms; tampered, revoked, expired, untrusted."""
    found = own_pairs([*cases(), *long_term(), *raised_xml(), *raised()], tmp_path)
    assert len(found) > 200
    assert unexplained(found) == []
    assert stale(found, listed()) == []
    assert sum(pair.ours.all_passed() and pair.theirs.all_passed() for pair in found) > 60


@pytest.mark.corpus
@pytest.mark.usefixtures("dss")
def test_other_peoples_documents_are_as_sound_to_both(shared_data: Path) -> None:
    """The number of signatures, and whether value and digests hold, whoever is trusted."""
    corpus = shared_data / "corpora"
    found = corpus_pairs(corpus, corpus_rows(corpus, KINDS, every=SHORT))
    assert len(found) > 120
    assert unexplained(found) == []
    assert stale(found, listed()) == []


def answer(indication: str, soundness: Soundness) -> Answer:
    return Answer((Said("B-B", indication, "", soundness, ""),))


PASSED = answer("TOTAL-PASSED", Soundness.HOLDS)


@pytest.mark.parametrize(
    ("ours", "theirs", "defect"),
    [
        (PASSED, answer("TOTAL-FAILED", Soundness.FAILS), True),
        (PASSED, answer("TOTAL-FAILED", Soundness.HOLDS), True),
        (answer("INDETERMINATE", Soundness.HOLDS), answer("TOTAL-FAILED", Soundness.FAILS), True),
        (answer("TOTAL-FAILED", Soundness.HOLDS), answer("TOTAL-FAILED", Soundness.FAILS), False),
        (PASSED, answer("INDETERMINATE", Soundness.HOLDS), False),
        (answer("TOTAL-FAILED", Soundness.FAILS), PASSED, False),
        (PASSED, PASSED, False),
    ],
)
def test_a_false_accept_is_seen(ours: Answer, theirs: Answer, defect: bool) -> None:
    assert Pair("own/x", ours, theirs, own=True).false_accept() is defect


def test_the_list_is_exact_in_both_directions() -> None:
    pair = Pair("own/x", PASSED, answer("INDETERMINATE", Soundness.HOLDS), own=True)
    key, both = ("own/x", "indication"), ("TOTAL-PASSED", "INDETERMINATE")
    assert stale([pair], {key: both}) == []
    assert stale([pair], {})[0].startswith("not listed")
    assert stale([pair], {key: ("TOTAL-PASSED", "TOTAL-FAILED")})[0].startswith("differs otherwise")
    assert stale([Pair("own/x", PASSED, PASSED, own=True)], {key: both})[0].startswith("no longer so")
    assert stale([], {key: both}) == []


def test_every_listed_disagreement_has_a_reason() -> None:
    assert len(listed()) > 100
