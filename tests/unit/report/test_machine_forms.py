"""JSON against its published schema, and JUnit against what build servers read."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.screens.cases import reports
from vnsign.report import junit
from vnsign.report.json import dumps
from vnsign.report.schema import report_schema
from vnsign.report.viewing import Wish

ROOT = Path(__file__).parents[3]
ALL = reports()
VALIDATOR = jsonschema.Draft202012Validator(json.loads(report_schema()))


@pytest.mark.parametrize("name", ALL)
def test_every_report_is_valid_against_the_schema(name: str):
    VALIDATOR.validate(json.loads(dumps([ALL[name]])))


def test_the_schema_is_itself_one_and_is_what_the_values_say():
    jsonschema.Draft202012Validator.check_schema(json.loads(report_schema()))
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "make_report_schema.py"), "--check"], check=False)
    assert done.returncode == 0, "python tools/make_report_schema.py"


def damaged(data: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for change in ("sha256", "indication", "validation_time", "signatures"):
        other = copy.deepcopy(data)
        other["documents"][0][change] = "x"
        found.append(other)
        missing = copy.deepcopy(data)
        del missing["documents"][0][change]
        found.append(missing)
    return found


def test_the_schema_refuses_what_is_no_report():
    for other in damaged(json.loads(dumps([ALL["valid-person"]]))):
        assert list(VALIDATOR.iter_errors(other))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_junit_counts_what_it_lists(language: str):
    root = etree.fromstring(junit.render(ALL.values(), Wish(language)).encode())
    cases = root.findall(".//testcase")
    assert int(root.get("tests", "0")) == len(cases) >= len(ALL)
    assert int(root.get("failures", "0")) == len(root.findall(".//failure"))
    assert int(root.get("errors", "0")) == len(root.findall(".//error")) == 1
    for suite in root:
        assert int(suite.get("tests", "0")) == len(suite.findall("testcase"))
        assert int(suite.get("failures", "0")) == len(suite.findall(".//failure"))


def test_junit_passes_what_is_valid_and_nothing_else():
    for name, report in ALL.items():
        root = etree.fromstring(junit.render([report]).encode())
        passed = not root.findall(".//failure") and not root.findall(".//error")
        assert passed == (report.error is None and bool(report.signatures) and report.indication == "TOTAL-PASSED"), name


@given(st.text(max_size=60))
def test_hostile_names_give_well_formed_xml(name: str):
    root = etree.fromstring(junit.render([replace(ALL["seal-picture"], name=name)]).encode())
    assert len(root.findall(".//testcase")) == 1


def test_nothing_to_say_is_said():
    assert etree.fromstring(junit.render([]).encode()).get("tests") == "0"
