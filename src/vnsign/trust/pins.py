"""The pins that the package ships: which bytes are an anchor, of which family, for what. Data, read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from vnsign.model.certificate import Certificate
from vnsign.trust.store import Purpose, TrustAnchor, TrustFamily


@dataclass(frozen=True, slots=True)
class Pin:
    """One pinned anchor.

    Attributes:
        name: short, stable, for people and the command line.
        subject: the subject for people, the common name first; only ever compared to find impostors.
        sha256: lower-case hexadecimal SHA-256 of the certificate's DER.
        not_before, not_after: the certificate's validity, UTC.
        family: whose PKI it is.
        purposes: what it may anchor.
        addresses: where its issuer publishes it, to be tried in order; empty where none is known.
        read: the day the entry was read.
        place: where it was read.
    """

    name: str
    subject: str
    sha256: str
    not_before: datetime
    not_after: datetime
    family: TrustFamily
    purposes: frozenset[Purpose]
    addresses: tuple[str, ...]
    read: date
    place: str

    @property
    def common_name(self) -> str:
        """The common name, with which ``subject`` begins."""
        return self.subject.removeprefix("CN=").partition(", ")[0]

    def anchor(self, certificate: Certificate, trusted_until: datetime | None = None) -> TrustAnchor:
        """The anchor that the pin makes of its certificate, trusted from the start of its validity."""
        return TrustAnchor(certificate, self.family, self.purposes, self.not_before, trusted_until, f"pin {self.name}")


@cache
def pins() -> dict[str, Pin]:
    """All pins by SHA-256."""
    return {pin.sha256: pin for pin in (_pin(entry) for entry in _data()["anchors"])}


@cache
def read_on() -> date:
    """The day the pins as a whole were last read."""
    day = _data()["read"]
    assert isinstance(day, date)  # noqa: S101 - package data, held by a test
    return day


@cache
def _data() -> dict[str, Any]:
    import tomllib

    return tomllib.loads((Path(__file__).parent / "data" / "pins.toml").read_text("utf-8"))


def _pin(entry: dict[str, Any]) -> Pin:
    return Pin(
        name=entry["name"],
        subject=entry["subject"],
        sha256=entry["sha256"],
        not_before=entry["not_before"],
        not_after=entry["not_after"],
        family=TrustFamily(entry["family"]),
        purposes=frozenset(Purpose(item) for item in entry["purposes"]),
        addresses=tuple(entry["addresses"]),
        read=entry["read"],
        place=entry["place"],
    )
