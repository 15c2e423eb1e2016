"""``docs/rules.md`` is what the registry says, and the tests that it names hold the rules that it says they hold."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.rules import test_rules, test_vietnam, test_vietnam_document
from vnsign.validation.registry import rules

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "make_rules_page.py"
HELD = {
    "tests/rules/test_rules.py::test_a_rule_passes_on_the_good_case_and_speaks_on_the_spoiled_one": test_rules.SPOILED,
    "tests/rules/test_rules.py::test_a_time_stamp_rule_passes_on_the_good_token_and_speaks_on_the_spoiled_one": (
        test_rules.SPOILED_TOKEN
    ),
    "tests/rules/test_rules.py::test_a_structural_rule_is_silent_without_its_problem_and_fails_with_it": test_rules.STRUCTURAL,
    "tests/rules/test_vietnam.py::test_a_national_rule_passes_on_the_good_case_and_speaks_on_the_spoiled_one": (
        test_vietnam.SPOILED
    ),
    "tests/rules/test_vietnam.py::"
    "test_a_national_rule_of_time_stamps_passes_on_the_good_token_and_speaks_on_the_spoiled_one": test_vietnam.SPOILED_TOKEN,
    "tests/rules/test_vietnam_document.py::test_a_document_rule_passes_on_the_good_document_and_speaks_on_the_bad_one": (
        test_vietnam_document.CASES
    ),
}
MODULES = {"test_rules": test_rules, "test_vietnam": test_vietnam, "test_vietnam_document": test_vietnam_document}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_rules_page", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_registry_says():
    done = subprocess.run([sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", sorted(rules()))
def test_the_test_that_the_page_names_holds_the_rule(tool, rule):
    named, _, parameter = tool.cases(rules()[rule]).partition("[")
    assert parameter == f"{rule}]"
    assert rule in HELD[named]
    file, _, name = named.partition("::")
    assert callable(getattr(MODULES[Path(file).stem], name))


@pytest.mark.parametrize("rule", sorted(rules()))
def test_the_page_tells_of_every_rule(tool, rule):
    text = tool.page()
    assert f"### `{rule}`" in text
    for citation in rules()[rule].cites:
        assert f"- cites: {citation.text}" in text
