"""Signatures with long-term material (B-LT, B-LTA) for the other program: good, revoked, expired, offline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from tests.end_to_end.cades_levels import asic, cades
from tests.end_to_end.pades_levels import pades
from tests.end_to_end.xades_levels import xades

from interop.own import Case
from vnsign import Evidence
from vnsign.testing.pki import TestPki

SIGNED_AT = datetime(2024, 12, 20, tzinfo=UTC)
"""``citizen-expired`` is valid until 2025-01-01."""
SOON, LATER = SIGNED_AT + timedelta(days=2), datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MAKERS: dict[str, Callable[..., bytes]] = {"pades": pades, "xades": xades, "cades": cades, "asic": asic}


def long_term() -> Iterator[Case]:
    """Every form and level in every situation."""
    for form, make in MAKERS.items():
        for archive in (False, True):
            prefix = f"{form}/{'LTA' if archive else 'LT'}"
            for what, who, crls, evidence, at in _situations():
                data = make(who, archive=archive, crls=crls, at=SIGNED_AT)
                yield Case(f"{prefix}/{what}", data, TestPki.load().trust_store(), evidence, at)


def _situations() -> Iterator[tuple[str, str, tuple[bytes, ...], Evidence, datetime]]:
    then, fresh = _crls(SIGNED_AT), Evidence(crls=_crls(LATER - DAY))
    yield "soon-offline", "citizen", then, Evidence(), SOON
    yield "soon-fresh", "citizen", then, Evidence(crls=_crls(SOON - DAY)), SOON
    yield "expired-fresh", "citizen-expired", then, fresh, LATER
    yield "expired-offline", "citizen-expired", then, Evidence(), LATER
    revoked = Evidence(crls=_crls(SIGNED_AT + DAY, "citizen-expired", SIGNED_AT - 5 * DAY)) | fresh
    yield "revoked-before-then-expired", "citizen-expired", then, revoked, LATER
    after = Evidence(crls=_crls(LATER - DAY, "citizen", SIGNED_AT + 30 * DAY))
    yield "revoked-after", "citizen", then, after, LATER
    before = Evidence(crls=_crls(LATER - DAY, "citizen", SIGNED_AT - 5 * DAY))
    yield "revoked-before-known-later", "citizen", then, before, LATER


def _crls(at: datetime, revoked: str = "", revoked_at: datetime | None = None) -> tuple[bytes, ...]:
    pki = TestPki.load()
    names = (revoked,) if revoked else ()
    return (
        pki.crl("public-root", this_update=at),
        pki.crl("public-ca", this_update=at, revoked=names, revoked_at=revoked_at),
    )
