"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real certificates and corpora beside the project.

    Found through ``VNSIGN_SHARED_DATA`` or as ``../shared/data`` beside the checkout. Absent: skipped with a reason, but a
    failure where ``CI=true``, so that a missing corpus never looks like success.
    """
    named = os.environ.get("VNSIGN_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if folder.is_dir():
        return folder
    reason = f"the shared data are not at {folder}; set VNSIGN_SHARED_DATA"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
