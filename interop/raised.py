"""Signatures that other programs made at level B, raised by this library: what the other program says of the levels reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.end_to_end import strangers
from tests.end_to_end.pades_levels import pades as pades_long_term

from interop.own import Case
from vnsign import Evidence, augment
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

LEVELS = ("T", "LT", "LTA")
LEAST = timedelta(hours=1)


def raised(at: datetime | None = None) -> Iterator[Case]:
    """Every maker at every level, and what was renewed, to be judged an hour after raising.

    Args:
        at: when they are raised. The makers sign now, by the clock of their machine; now where omitted.
    """
    moment = (at or datetime.now(UTC)).replace(microsecond=0)
    pki = TestPki.load()
    for name, make in strangers.MAKERS.items():
        external = {"content": strangers.CONTENT} if "beside" in name else {}
        document = make()
        for level in LEVELS:
            data = _raised(document, level, moment, external)
            given = Evidence(crls=pki.crls(moment)) if level == "T" else Evidence()
            yield Case(f"raised/{level}/{name}", data, pki.trust_store(), given, moment + LEAST, external)
        twice = _raised(_raised(document, "LTA", moment, external), "LTA", moment, external)
        yield Case(f"raised/LTA/{name}, renewed", twice, pki.trust_store(), Evidence(), moment + LEAST, external)
    then = datetime(2024, 12, 20, tzinfo=UTC)
    before = pades_long_term("citizen", archive=True, crls=pki.crls(then)[:2], at=then)
    renewed = _raised(before, "LTA", moment, {})
    yield Case("raised/LTA/pades by pyHanko of 2024, renewed", renewed, pki.trust_store(), Evidence(), moment + LEAST)


def _raised(document: bytes, level: str, at: datetime, external: dict[str, bytes]) -> bytes:
    pki = TestPki.load()
    return augment(
        document,
        to=level,
        timestamps=SimulatedTsa.of(pki, clock=lambda: at),
        trust=pki.trust_store(),
        evidence=Evidence(crls=pki.crls(at)),
        at=at,
        external=external,
    ).data
