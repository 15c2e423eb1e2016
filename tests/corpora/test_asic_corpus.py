"""Other people's ASiC containers: our answer beside the expectation; divergences listed with reasons.

Trust and policy are no part of this: mathematics, counts, levels, structure and imprints are. See ``asic_divergences.toml``.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.corpora import scoring
from tests.corpora.scoring import Answer, Row
from vnsign.formats.asic.container import read_container
from vnsign.model.limits import Limits

pytestmark = pytest.mark.corpus
LIST = "asic_divergences.toml"


@pytest.fixture(scope="module")
def corpus(shared_data: Path) -> list[tuple[Row, Answer]]:
    """Every container, with our answer."""
    return scoring.answers(shared_data / "corpora", "asic")


def test_no_file_makes_a_foreign_exception_leave_or_takes_too_long(corpus: list[tuple[Row, Answer]]) -> None:
    assert len(corpus) > 180
    assert [(row["path"], found.error) for row, found in corpus if found.error.startswith("foreign")] == []
    assert [(row["path"], found.seconds) for row, found in corpus if found.seconds > scoring.LONGEST_SECONDS] == []


def test_every_divergence_is_listed_and_every_listed_one_is_still_there(corpus: list[tuple[Row, Answer]]) -> None:
    assert scoring.divergences(corpus) == scoring.listed(LIST)


def test_at_least_98_of_100_reliable_files_are_answered_as_expected(corpus: list[tuple[Row, Answer]]) -> None:
    assert scoring.agreement(corpus, scoring.not_scored(LIST)) >= 0.98


def test_no_broken_signature_holds(corpus: list[tuple[Row, Answer]]) -> None:
    broken = [(row, found) for row, found in corpus if row.get("crypto_expected") is False and row["reliability"] != "X"]
    assert len(broken) >= 2
    assert [row["path"] for row, found in broken if scoring.integrity(found) == "holds"] == []


def test_valid_containers_are_read_and_nothing_in_them_fails(corpus: list[tuple[Row, Answer]]) -> None:
    """By the folder that their source keeps them in; what needs its trust lists is not asked."""
    valid = [(row, found) for row, found in corpus if "/valid-containers/" in row["path"]]
    assert len(valid) >= 40
    assert [row["path"] for row, found in valid if scoring.integrity(found) == "fails" or found.error] == []


REFUSED = {
    "KS-15_signatures_xml_topelt.bdoc": "ZIP_DUPLICATE_NAME",
    "KS-19_IB-3721_bdoc21-TM-2fil-samename-1sig3.bdoc": "ZIP_DUPLICATE_NAME",
    "zip-bomb-package-zip-1gb.bdoc": "LIMIT_EXCEEDED",
    "incorrectMimetype.bdoc": "NOT_ASIC",
    "notABDoc.bdoc": "NOT_ASIC",
}


def test_what_is_wrong_with_a_container_is_said(corpus: list[tuple[Row, Answer]]) -> None:
    """Containers that their source calls invalid for their structure."""
    errors = {Path(row["path"]).name: found.error for row, found in corpus}
    assert {name: errors[name] for name in REFUSED} == REFUSED
    changed = ["filename_mismatch_second_signature.asice", "one-valid-and-multiple-invalid-signatures.asice"]
    answers = {Path(row["path"]).name: found for row, found in corpus}
    assert [scoring.integrity(answers[name]) for name in changed] == ["fails"] * 2


@pytest.mark.oracle
def test_the_standard_library_reads_the_same_entries(corpus: list[tuple[Row, Answer]], shared_data: Path) -> None:
    """Two readers of ZIP see the same files in every container that we accept."""
    compared = 0
    for row, found in corpus:
        if found.facts is None:
            continue
        data = (shared_data / "corpora" / row["path"]).read_bytes()
        ours = {name.encode("utf-8", "replace"): content for name, content in read_container(data, Limits()).entries.items()}
        with zipfile.ZipFile(io.BytesIO(data)) as other:
            theirs = [other.read(item) for item in other.infolist() if not item.is_dir()]
        assert list(ours.values()) == theirs, row["path"]
        compared += 1
    assert compared > 150
