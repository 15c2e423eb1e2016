"""The test PKI, and documents signed with it, made once a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vnsign import Evidence, SignatureLevel, XmlPlacement, sign
from vnsign.model.moment import utc
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

SIGNED_AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
NOW = SIGNED_AT + timedelta(days=30)
PARENT = "/ToKhai/ChuKySo"


@pytest.fixture(scope="session")
def pki() -> TestPki:
    return TestPki.load()


def tsa_at(moment: datetime, family: str = "public") -> SimulatedTsa:
    """A time-stamp authority whose clock stands still."""
    return SimulatedTsa.of(TestPki.load(), family=family, clock=lambda: utc(moment))


def signed(form: str, who: str = "citizen", *, level: SignatureLevel = SignatureLevel.B, at: datetime = SIGNED_AT) -> bytes:
    """The sample document of a form (``pdf``, ``xades``, ``xmldsig``) signed by a holder of the test PKI."""
    signer = TestPki.load().signer(who)
    stamps = tsa_at(at) if level is SignatureLevel.T else None
    if form == "pdf":
        return sign(application_pdf(), signer, level=level, timestamps=stamps, at=at).data
    placement = XmlPlacement.xades_enveloped() if form == "xades" else XmlPlacement.invoice_seller("#data", parent=PARENT)
    return sign(declaration_xml(), signer, level=level, timestamps=stamps, at=at, placement=placement).data


@pytest.fixture(scope="session")
def evidence(pki: TestPki) -> Evidence:
    """CRLs that stand from 2026 to 2044."""
    return Evidence(crls=pki.crls())


FORMS = ("pdf", "xades", "xmldsig")
"""The forms that are signed at level B; ``pdf`` and ``xades`` also at level T."""
