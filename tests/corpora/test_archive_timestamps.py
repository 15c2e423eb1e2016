"""An archive time-stamp over detached data: its imprint can be computed once the data are there, and not before."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.read import read_xml
from vnsign.model.limits import Limits

pytestmark = pytest.mark.corpus

FOLDER = "dss/dss-xades/validation/dss1688"


@pytest.mark.parametrize("given", [False, True], ids=["without the data", "with the data"])
def test_the_imprints_over_detached_data_wait_for_the_data(shared_data: Path, given: bool) -> None:
    corpora = shared_data / "corpora"
    data = (corpora / "companion" / FOLDER / "dss1688-detached-content.xml").read_bytes()
    source = DocumentSource.of(corpora / "xml-dss" / FOLDER / "dss1688.xml")
    (facts,) = read_xml(source, limits=Limits(), external={"": data} if given else {}).signatures
    computed = {item.id: item.imprint.computed is not None for item in facts.timestamps}
    assert computed == {"signature-timestamp-1": True, "archive-timestamp-1": given, "archive-timestamp-2": given}
    assert all(item.imprint.matches for item in facts.timestamps if item.imprint.computed is not None)
