"""Other people's XAdES signatures, raised here, as EU DSS sees them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from interop.dss_program import UnavailableError, build, missing
from interop.raised_corpus import raised_corpus

pytestmark = [pytest.mark.oracle, pytest.mark.corpus]


def test_their_signatures_stay_whole_and_our_time_stamps_are_over_what_dss_expects(shared_data: Path, tmp_path: Path) -> None:
    """The imprint of every signature and archive time-stamp, by the reference program of the European Union."""
    if (absent := missing()) != "":
        pytest.skip(f"EU DSS is not run: {absent} is not installed")
    try:
        build()
    except UnavailableError as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"EU DSS cannot be built: {reason}")
        pytest.skip(f"EU DSS cannot be built: {reason}")
    found = raised_corpus(shared_data / "corpora", tmp_path)
    judged = [item for item in found if item.before["error"] is None]
    assert len(judged) > 120
    for item in judged:
        assert item.after["error"] is None, item.path
        assert not item.signatures_changed(), item.path
        assert not item.old_stamps_changed(), item.path
        assert sorted(item.new_stamps()) == [("ARCHIVE_TIMESTAMP", True), ("SIGNATURE_TIMESTAMP", True)], item.path
