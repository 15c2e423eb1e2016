"""The trust store: anchors with family, purposes and intervals, and intermediates that are no anchors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from vnsign.errors import ConfigurationError, TrustStoreError
from vnsign.model.certificate import Certificate
from vnsign.model.moment import utc


class TrustFamily(StrEnum):
    """Whose PKI an anchor belongs to; families are never mixed. The values are those of ``SignatureClass``."""

    PUBLIC = "public"
    CIVIL_SERVICE = "civil-service"
    FOREIGN = "foreign"
    OWN = "own"


class Purpose(StrEnum):
    """What the certificates under an anchor may be used for.

    ``OTHER`` stands for the services that neither sign documents nor issue time-stamps (data-message attestation, long-term
    archiving): such anchors are known and listed, but no signature and no time-stamp passes under them.
    """

    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Span:
    """One interval of trust for one purpose, both ends included; ``until`` is ``None`` while it lasts. Moments are aware."""

    purpose: Purpose
    since: datetime
    until: datetime | None

    def holds(self, purpose: Purpose, moment: datetime) -> bool:
        """Whether it speaks of the purpose and the moment lies in it."""
        return purpose is self.purpose and self.since <= moment and (self.until is None or moment <= self.until)


@dataclass(frozen=True, slots=True)
class TrustAnchor:
    """A trust anchor (RFC 5280, 6.1.1 (d)) and why it is one.

    Attributes:
        certificate: the anchor's certificate.
        family: whose PKI it is the root of.
        purposes: what it may anchor.
        trusted_from: first moment of trust, aware.
        trusted_until: last moment of trust, aware; ``None`` while it is trusted. Anchors are withdrawn, never deleted, since
            old signatures are judged by them.
        source: where the anchor comes from, for people.
        spans: where trust was interrupted, or differs by purpose, as trusted lists tell: the intervals one by one, within
            ``trusted_from`` and ``trusted_until``; empty where that one interval holds for every purpose.

    Raises:
        ConfigurationError: no purpose, a moment without zone, an interval that ends before it begins.
    """

    certificate: Certificate
    family: TrustFamily
    purposes: frozenset[Purpose]
    trusted_from: datetime
    trusted_until: datetime | None
    source: str
    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if not self.purposes:
            raise ConfigurationError("a trust anchor needs at least one purpose", code="NO_PURPOSE")
        start = utc(self.trusted_from)
        if self.trusted_until is not None and utc(self.trusted_until) < start:
            raise ConfigurationError("trust in an anchor ends before it begins", code="BAD_INTERVAL")

    def trusted_at(self, moment: datetime) -> bool:
        """Whether the moment lies in the interval of trust, both ends included. Not checked: the certificate's validity."""
        at = utc(moment)
        return self.trusted_from <= at and (self.trusted_until is None or at <= self.trusted_until)

    def trusted_for(self, purpose: Purpose, moment: datetime) -> bool:
        """Whether it is trusted for a purpose at a moment, interruptions seen. Not checked: the certificate's validity."""
        if purpose not in self.purposes or not self.trusted_at(moment):
            return False
        return not self.spans or any(span.holds(purpose, utc(moment)) for span in self.spans)


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Anchors, and intermediates that help to build paths to them. Frozen, picklable, knows no folder and no clock.

    Intermediates are not trusted: they are only ever used when they verify up to an anchor.

    Raises:
        TrustStoreError: the same certificate is an anchor twice.
    """

    anchors: tuple[TrustAnchor, ...]
    intermediates: tuple[Certificate, ...] = ()

    def __post_init__(self) -> None:
        if len({anchor.certificate for anchor in self.anchors}) != len(self.anchors):
            raise TrustStoreError("the same certificate is an anchor twice", code="ANCHOR_TWICE")

    @classmethod
    def load(cls, *folders: Path | str) -> TrustStore:
        """Read folder trees of certificates in any wrapping.

        A certificate whose SHA-256 is pinned becomes an anchor of its family, as does one recorded in the folder's own
        ``anchors.toml``; all others are intermediates, also those that bear an anchor's name.

        Args:
            folders: one or more folders.

        Raises:
            TrustStoreError: no such folder, a damaged file (named), a damaged ``anchors.toml``, or no anchor in all of them.

        Not checked: validity, and that the intermediates verify; both are checked when they are used.
        """
        from vnsign.trust.folder import read_folders

        return read_folders(tuple(Path(folder) for folder in folders))

    @classmethod
    def vietnam(cls) -> TrustStore:
        """The Vietnamese national and Government anchors found on this machine (``VNSIGN_TRUST`` or the user's data folder).

        Raises:
            TrustStoreError: there are none; the hint says how to get them.
        """
        from vnsign.trust.folder import read_user_folder

        return read_user_folder()

    @classmethod
    def of(
        cls,
        *certificates: Certificate,
        family: TrustFamily,
        purposes: Iterable[Purpose] = (Purpose.SIGNATURE, Purpose.TIMESTAMP),
        intermediates: Sequence[Certificate] = (),
        source: str = "named in code",
    ) -> TrustStore:
        """A store of the certificates named as anchors, trusted from the start of their validity.

        Raises:
            TrustStoreError: no certificate, or bytes that are not a certificate.
        """
        if not certificates:
            raise TrustStoreError("no certificate was named as an anchor", code="NO_ANCHOR")
        wanted = frozenset(purposes)
        anchors = tuple(
            TrustAnchor(item, family, wanted, _valid_from(item), None, source) for item in dict.fromkeys(certificates)
        )
        return cls(anchors, tuple(dict.fromkeys(intermediates)))

    def __or__(self, other: TrustStore) -> TrustStore:
        """Both stores together.

        An anchor of both is trusted for the purposes and from the moment that either says, and until the earlier withdrawal.

        Raises:
            TrustStoreError: the stores put one anchor into different families.
        """
        if not isinstance(other, TrustStore):
            return NotImplemented
        merged = {anchor.certificate: anchor for anchor in self.anchors}
        for anchor in other.anchors:
            mine = merged.get(anchor.certificate)
            merged[anchor.certificate] = anchor if mine is None else _merge(mine, anchor)
        rest = dict.fromkeys(self.intermediates + other.intermediates)
        return TrustStore(tuple(merged.values()), tuple(item for item in rest if item not in merged))

    def anchors_for(self, purpose: Purpose, at: datetime) -> tuple[TrustAnchor, ...]:
        """The anchors trusted for a purpose at a moment.

        Args:
            purpose: what the end-entity certificate is used for.
            at: the moment, aware.
        """
        return tuple(anchor for anchor in self.anchors if anchor.trusted_for(purpose, at))

    def anchor(self, certificate: Certificate) -> TrustAnchor | None:
        """The anchor whose certificate has these bytes, whatever its interval; ``None`` when it is none."""
        return next((anchor for anchor in self.anchors if anchor.certificate == certificate), None)

    def __repr__(self) -> str:
        return f"TrustStore({len(self.anchors)} anchors, {len(self.intermediates)} intermediates)"


def _valid_from(certificate: Certificate) -> datetime:
    try:
        return certificate.x509.not_valid_before_utc
    # The door to foreign bytes: cryptography raises ValueError and others for what is no certificate.
    except Exception as error:
        raise TrustStoreError(f"not a certificate: {certificate!r}", code="MALFORMED") from error


def _merge(mine: TrustAnchor, other: TrustAnchor) -> TrustAnchor:
    if mine.family is not other.family:
        raise TrustStoreError(
            f"anchor {mine.certificate.sha256[:16]} is {mine.family} in one store and {other.family} in the other",
            code="FAMILY_CONFLICT",
            hint="an anchor belongs to one family; name only the folder that is right",
        )
    ends = [end for end in (mine.trusted_until, other.trusted_until) if end is not None]
    return TrustAnchor(
        mine.certificate,
        mine.family,
        mine.purposes | other.purposes,
        min(mine.trusted_from, other.trusted_from),
        min(ends, default=None),
        mine.source,
        tuple(dict.fromkeys((*_spans(mine), *_spans(other)))) if mine.spans or other.spans else (),
    )


def _spans(anchor: TrustAnchor) -> tuple[Span, ...]:
    plain = (Span(purpose, anchor.trusted_from, anchor.trusted_until) for purpose in sorted(anchor.purposes))
    return anchor.spans or tuple(plain)
