"""A store made of the test PKI, with the test roots pinned where a test needs pinned anchors."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from vnsign.testing.pki import TestPki
from vnsign.trust import check, folder, identify, pins
from vnsign.trust.changes import Editor
from vnsign.trust.pins import Pin
from vnsign.trust.store import Purpose, TrustFamily

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def pki() -> TestPki:
    return TestPki.load()


@pytest.fixture
def pinned(pki: TestPki, monkeypatch: pytest.MonkeyPatch) -> dict[str, Pin]:
    """Pin the two test roots instead of the national ones."""
    made = {}
    for name, family in (("public-root", TrustFamily.PUBLIC), ("government-root", TrustFamily.CIVIL_SERVICE)):
        certificate = pki.certificate(name)
        about = identify.describe(certificate)
        assert about is not None
        made[certificate.sha256] = Pin(
            name=name,
            subject=about.subject,
            sha256=certificate.sha256,
            not_before=about.not_before,
            not_after=about.not_after,
            family=family,
            purposes=frozenset({Purpose.SIGNATURE, Purpose.TIMESTAMP}),
            addresses=(f"http://pki.vnsign.test/vnsign/certs/{name}/ca.crt",),
            read=date(2026, 11, 23),
            place="test PKI",
        )
    for module in (pins, folder, identify, check):
        monkeypatch.setattr(module, "pins", lambda: made)
    return made


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    return Editor(tmp_path / "trust", "tester", AT)


@pytest.fixture
def pem() -> Callable[[bytes], bytes]:
    return lambda der: b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
