"""A counter-signature signs the value of the signature that holds it; one that signs something else is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnsign._verify import read
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import SignatureKind
from vnsign.model.limits import Limits

pytestmark = pytest.mark.corpus

FOLDER = "corpora/xml-dss/dss/dss-xades/validation"


def faults(file: Path) -> list[list[str]]:
    facts = read(DocumentSource.of(file), limits=Limits())
    found = [item for item in facts.signatures if item.kind is SignatureKind.COUNTER_SIGNATURE]
    return [[problem.rule for problem in item.problems] for item in found]


@pytest.mark.parametrize(
    "name",
    [
        "xades-counter-signature-injected.xml",
        "xades-fake-counter-signature.xml",
        "xades-counter-signature-with-type-invalid.xml",
    ],
)
def test_one_that_signs_something_else_is_named(shared_data, name):
    assert faults(shared_data / FOLDER / name) == [["xml.counter-signature"]]


@pytest.mark.parametrize("name", ["xades-counter-signature-no-type.xml", "sample-counter-signed.xml"])
def test_a_genuine_one_is_not(shared_data, name):
    (file,) = sorted((shared_data / "corpora").rglob(name))[:1]
    assert faults(file) == [[]]
