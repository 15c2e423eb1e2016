"""What a trusted list says, as values. Only :mod:`vnsign.lists.read` makes them, from bytes whose signature holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vnsign.model.certificate import Certificate
from vnsign.trust.store import Purpose

LIST_OF_LISTS = "listofthelists"
"""How the type URI of a list of lists ends (TS 119 612 V2.4.1, D.5)."""


class ListState(StrEnum):
    """Whether a list speaks for a moment (TS 119 612, 5.3.15).

    ``CLOSED``: NextUpdate is null, it is the last list of its scheme: it never expires and nothing in it is trusted after its
    issue.
    """

    CURRENT = "current"
    EXPIRED = "expired"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Period:
    """One status of a service and how long it lasted (TS 119 612, 5.5.4, 5.5.5 and 5.6).

    Attributes:
        type_uri: ServiceTypeIdentifier.
        purpose: what certificates under it may be used for.
        status_uri: ServiceStatus.
        start: StatusStartingTime, UTC; it belongs to the period.
        end: start of the next status, or where this status lost its meaning; does not belong to the period. ``None``: open.
        granted: whether the status means trust.
        certificates: digital identities that only this entry of the history names.
    """

    type_uri: str
    purpose: Purpose
    status_uri: str
    start: datetime
    end: datetime | None
    granted: bool
    certificates: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A service of a trust service provider.

    Attributes:
        provider, name: for people, in English where the list has it.
        certificates: X509Certificate digital identities; other forms of identity name no bytes and anchor nothing.
        periods: the newest first.
    """

    provider: str
    name: str
    certificates: tuple[Certificate, ...]
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class Pointer:
    """OtherTSLPointer: another list, and who may sign it (TS 119 612, 5.3.13).

    Attributes:
        location: address of the list; never fetched here.
        type_uri, territory: of the list pointed at; empty where not given.
        certificates: of those who may sign it.
    """

    location: str
    type_uri: str
    territory: str
    certificates: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class TrustedList:
    """A trusted list whose signature holds under a certificate that the caller named.

    Attributes:
        sha256: of the file.
        version: TSLVersionIdentifier, 5 or 6.
        sequence_number: TSLSequenceNumber.
        type_uri: TSLType.
        territory: SchemeTerritory.
        operator: SchemeOperatorName, in English where the list has it.
        issued: ListIssueDateTime, UTC.
        next_update: NextUpdate, UTC; ``None`` for a closed list.
        state: at the moment asked for.
        signer: the certificate whose key verified the signature; one of those that the caller named.
        services: in the order of the list.
        pointers: to other lists.
        remarks: what was left out and why, for people; technical English.
    """

    sha256: str
    version: int
    sequence_number: int
    type_uri: str
    territory: str
    operator: str
    issued: datetime
    next_update: datetime | None
    state: ListState
    signer: Certificate
    services: tuple[Service, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_list_of_lists(self) -> bool:
        """Whether it lists lists, not services."""
        return self.type_uri.lower().endswith(LIST_OF_LISTS)

    @property
    def scheme(self) -> tuple[str, str, str]:
        """What stays the same from one issue of a list to the next."""
        return self.territory, self.type_uri, self.operator

    @property
    def label(self) -> str:
        """For people: territory, sequence number, day of issue, beginning of the SHA-256."""
        day = self.issued.date().isoformat()
        return f"trusted list {self.territory} no. {self.sequence_number} of {day}, SHA-256 {self.sha256[:16]}"
