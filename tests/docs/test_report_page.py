"""``docs/reference/report-json.md`` names every key that a report has, and every value of its closed sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import NOW, signed
from vnsign import Evidence, SignatureLevel, verify
from vnsign.model.facts import ChangeKind, CoverageScope, DigestRole, SignatureFormat, SignatureKind, TimeSource, TimestampKind
from vnsign.model.finding import Severity
from vnsign.model.report import BestTimeSource, SignatureClass, SignerKind
from vnsign.model.verdict import CheckStatus
from vnsign.report.json import to_json
from vnsign.testing.pki import TestPki

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "report-json.md").read_text("utf-8")
WORDS = frozenset(re.findall(r"[A-Za-z0-9_-]+", " ".join(re.findall(r"`([^`]*)`", PAGE))))
SETS = (
    *(SignatureKind, SignatureFormat, SignatureClass, SignerKind, CheckStatus, CoverageScope, DigestRole),
    *(TimeSource, TimestampKind, BestTimeSource, Severity, ChangeKind),
)


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inside in value.items():
            yield name
            yield from keys(inside)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item)


def test_every_key_is_on_the_page():
    pki = TestPki.load()
    # Time-stamped, with identifiers, and with bytes behind the signature, so that every part of a report is there.
    data = signed("pdf", level=SignatureLevel.T) + b"behind"
    report = verify(data, trust=pki.trust_store(), evidence=Evidence(crls=pki.crls()), at=NOW)
    found = set(keys(to_json(report)))
    assert {"timestamps", "identifiers", "changes_after", "allowed", "matches", "message_vi"} <= found
    assert found - WORDS == set()


@pytest.mark.parametrize("values", SETS, ids=lambda item: item.__name__)
def test_every_value_of_a_closed_set_is_on_the_page(values: type[StrEnum]):
    left_out = {ChangeKind.VALIDATION_MATERIAL.value}  # no report has it: what it adds is no change
    assert {item.value for item in values} - WORDS - left_out == set()
