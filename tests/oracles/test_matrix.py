"""Everything that is signed here, form x level x key and algorithm: we pass it, every program that knows it passes it, and
EU DSS names the same level."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from interop.comparison import own_pairs
from interop.dss_program import UnavailableError, build, missing
from interop.matrix import FORMS, KEYS, LEVELS, SOON, Form, Key, cell, matrix
from interop.own import Case

from tests.oracles.witnesses import witnesses
from vnsign import Evidence, Indication, verify
from vnsign.testing.pki import TestPki

pytestmark = pytest.mark.oracle

NOT_IN_THEIR_POLICY = "Ed25519"
"""DSS 6.4 verifies such signatures and finds them sound; its list of algorithms (TS 119 312) does not name them."""


def case_of(form: Form, level: str, key: Key) -> Case:
    name = f"{form.name}/{level}/{key.name}"
    return next(case for case in matrix((level,)) if case.name == name)


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {case.name: case for case in matrix()}


def test_the_matrix_is_whole(cases: dict[str, Case]) -> None:
    assert len(cases) == len(FORMS) * len(LEVELS) * len(KEYS) >= 240


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_cell_passes_here_at_its_level(form: Form, level: str, cases: dict[str, Case]) -> None:
    for key in KEYS:
        case = cases[f"{form.name}/{level}/{key.name}"]
        report = verify(case.document, trust=case.trust, evidence=case.evidence, at=case.at, external=dict(case.external))
        signature = report.signatures[0]
        assert (signature.level, signature.indication) == (f"B-{level}", Indication.TOTAL_PASSED), case.name


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_long_term_levels_need_nothing_from_outside(form: Form) -> None:
    document = cell(form.name, "LTA", KEYS[0].name)
    report = verify(
        document, trust=TestPki.load().trust_store(), evidence=Evidence(), at=SOON, external=dict(form.external or {})
    )
    assert report.indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_program_that_knows_a_cell_accepts_it(form: Form, level: str, cases: dict[str, Case], tmp_path: Path) -> None:
    heard = 0
    for key in KEYS:
        case = cases[f"{form.name}/{level}/{key.name}"]
        folder = tmp_path / key.who / str(len(key.name))
        folder.mkdir(parents=True)
        said = witnesses(form, key, case, folder)
        assert [name for name, accepted in said.items() if accepted is False] == [], case.name
        heard += sum(accepted is True for accepted in said.values())
    assert heard >= 4


def test_eu_dss_passes_every_cell_at_the_same_level(cases: dict[str, Case], tmp_path: Path) -> None:
    if (absent := missing()) != "":
        pytest.skip(f"EU DSS is not run: {absent} is not installed")
    try:
        build()
    except UnavailableError as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"EU DSS cannot be built: {reason}")
        pytest.skip(f"EU DSS cannot be built: {reason}")
    for pair in own_pairs(list(cases.values()), tmp_path):
        found = pair.differences()
        if pair.name.endswith(NOT_IN_THEIR_POLICY):
            assert found.pop("sub_indication")[1] == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
            found.pop("indication")
        assert found == {}, pair.name
