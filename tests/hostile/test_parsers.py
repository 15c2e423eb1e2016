"""Structures nested beyond any use end as our own errors, whoever reads them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from vnsign.errors import ConfigurationError, VnsignError
from vnsign.evidence import bundle
from vnsign.lists.ctl import read_ctl
from vnsign.report.json import loads
from vnsign.signing.session import SigningSession
from vnsign.validation import policies

DEPTH = 100_000
TEXTS = ("[" * DEPTH, "[" * DEPTH + "]" * DEPTH, '{"a":' * DEPTH + "1" + "}" * DEPTH, "9" * 5000, "1e400", "null", "[]", "{}")
READERS: dict[str, Callable[[str], object]] = {
    "report": loads,
    "policy": lambda text: policies.parse(f"a = {text}", "test"),
    "session": lambda text: SigningSession.from_bytes(text.encode()),
    "saved evidence": lambda text: bundle.loads(text.encode()),
    "certificate list": lambda text: read_ctl(text.encode()),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", TEXTS, ids=[item[:6] for item in TEXTS])
def test_no_reader_of_text_is_brought_down_by_depth_or_size(reader: str, text: str) -> None:
    with pytest.raises(VnsignError):
        READERS[reader](text)


def test_a_report_with_a_field_of_another_type_is_no_report() -> None:
    document = {"name": ["x"], "sha256": "", "format": "pdf", "signatures": [], "policy": "", "error": None}
    document["validation_time"] = "2026-06-01T00:00:00Z"
    with pytest.raises(ConfigurationError):
        loads(json.dumps({"schema": "vnsign.report/1", "documents": [document]}))
    assert loads(json.dumps({"schema": "vnsign.report/1", "documents": [document | {"name": "x"}]}))[0].name == "x"
