"""Services of a trusted list: type, status, history (TS 119 612, 5.4 to 5.6, D.3 to D.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vnsign.lists.elements import Notes, certificates, child_text, localised, moment, tsl
from vnsign.lists.model import Period, Service
from vnsign.lists.signature import refused
from vnsign.model.certificate import Certificate
from vnsign.trust.store import Purpose

MAX_SERVICES = 20_000
MAX_PERIODS = 100_000
_TYPE = "http://uri.etsi.org/TrstSvc/Svctype/"
_PURPOSES = {_TYPE + "CA/QC": Purpose.SIGNATURE, _TYPE + "TSA/QTST": Purpose.TIMESTAMP}
"""Qualified services that sign documents or time-stamps. All others are listed, and nothing passes under them."""
_STATUSES = (
    "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/",
    "http://uri.etsi.org/TrstSvc/eSigDir-1999-93-EC-TrustedList/Svcstatus/",
)
_GRANTED = "granted"
_BEFORE_EIDAS = frozenset({"undersupervision", "supervisionincessation", "accredited"})
_NATIONAL = frozenset({"recognisedatnationallevel", "setbynationallaw"})
_ENDED = frozenset({
    "withdrawn", "deprecatedatnationallevel", "deprecatedbynationallaw", "supervisionceased", "supervisionrevoked",
    "accreditationceased", "accreditationrevoked",
})  # fmt: skip
_EIDAS = datetime(2016, 6, 30, 22, tzinfo=UTC)
"""Regulation (EU) 910/2014 applies from 1 July 2016, Brussels time: the older statuses of lists of its members end there."""
_EU_GENERIC = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric"
_INFO = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
_USES = frozenset({_INFO + "ForeSignatures", _INFO + "ForeSeals", _INFO + "ForWebSiteAuthentication"})
_WEB_ONLY = frozenset({_INFO + "ForWebSiteAuthentication"})
_UNDERSTOOD = frozenset({"AdditionalServiceInformation", "Qualifications", "TakenOverBy", "ExpiredCertsRevocationInfo"})


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry, current or of the history, before the periods are laid end to end."""

    type_uri: str
    status_uri: str
    start: datetime
    purpose: Purpose
    usable: bool
    certificates: tuple[Certificate, ...]


def read_services(root: Any, type_uri: str, closed_at: datetime | None, notes: Notes) -> tuple[Service, ...]:
    """All services of a list.

    Args:
        root: the root element of the signed bytes.
        type_uri: TSLType.
        closed_at: the issue of a list that is closed: nothing is trusted from then on.
        notes: limits, and where remarks go.

    Raises:
        TrustStoreError: ``LIST_LIMIT``: more services or entries of history than are read.
    """
    services = list(root.iter(tsl("TSPService")))
    if len(services) > MAX_SERVICES or sum(1 for _ in root.iter(tsl("ServiceHistoryInstance"))) > MAX_PERIODS:
        raise refused("LIST_LIMIT", f"more than {MAX_SERVICES} services or {MAX_PERIODS} entries of history")
    return tuple(_services(root, type_uri, closed_at, notes))


def _services(root: Any, type_uri: str, closed_at: datetime | None, notes: Notes) -> Iterator[Service]:
    for provider in root.iterfind(f"{tsl('TrustServiceProviderList')}/{tsl('TrustServiceProvider')}"):
        information = provider.find(tsl("TSPInformation"))
        name = "" if information is None else localised(information, "TSPName")
        for service in provider.iterfind(f"{tsl('TSPServices')}/{tsl('TSPService')}"):
            found = _service(service, name, type_uri, closed_at, notes)
            if found is not None:
                yield found


def _service(element: Any, provider: str, type_uri: str, closed_at: datetime | None, notes: Notes) -> Service | None:
    information = element.find(tsl("ServiceInformation"))
    if information is None:
        notes.remark(f"{provider}: a service without ServiceInformation was left out")
        return None
    name = localised(information, "ServiceName")
    history = element.iterfind(f"{tsl('ServiceHistory')}/{tsl('ServiceHistoryInstance')}")
    entries = [_entry(item, f"{provider}: {name}", notes) for item in (information, *history)]
    current = entries[0]
    read = [entry for entry in entries if entry is not None]
    # An entry that cannot be placed in time would lengthen its neighbours: then nothing is known of the service.
    if current is None or len(read) < len(entries) or any(entry.start > current.start for entry in read):
        notes.remark(f"{provider}: {name}: its times cannot be read or contradict one another; left out")
        return None
    read[1:] = sorted(read[1:], key=lambda entry: entry.start, reverse=True)
    ends = [closed_at, *(entry.start for entry in read)]
    periods = (_period(entry, end, type_uri, own=index > 0) for index, (entry, end) in enumerate(zip(read, ends, strict=False)))
    return Service(provider, name, current.certificates, tuple(periods))


def _entry(element: Any, label: str, notes: Notes) -> _Entry | None:
    start = moment(child_text(element, "StatusStartingTime"))
    if start is None:
        return None
    type_uri, status = child_text(element, "ServiceTypeIdentifier"), child_text(element, "ServiceStatus")
    extensions = element.findall(f"{tsl('ServiceInformationExtensions')}/{tsl('Extension')}")
    unknown = [name for item in extensions if _critical(item) for name in _names(item) if name not in _UNDERSTOOD]
    if unknown:
        notes.remark(f"{label}: the critical extension {unknown[0][:80]} is not known; that entry gives no trust")
    if _status(status) is None:
        notes.remark(f"{label}: the status {status[:120]!r} is not known; that entry gives no trust")
    found = certificates(element.find(tsl("ServiceDigitalIdentity")), notes)
    return _Entry(type_uri, status, start, _purpose(type_uri, extensions), not unknown, found)


def _period(entry: _Entry, end: datetime | None, type_uri: str, *, own: bool) -> Period:
    word = _status(entry.status_uri)
    granted = entry.usable and (
        word == _GRANTED or word in _BEFORE_EIDAS or (word in _NATIONAL and entry.purpose is Purpose.OTHER)
    )
    if word in _BEFORE_EIDAS and type_uri == _EU_GENERIC:
        end = _EIDAS if end is None else min(end, _EIDAS)
    granted = granted and (end is None or entry.start < end)
    held = entry.certificates if own else ()
    return Period(entry.type_uri, entry.purpose, entry.status_uri, entry.start, end, granted, held)


def _status(uri: str) -> str | None:
    """The last part of a status that is known, else ``None``."""
    word = next((uri[len(stem) :] for stem in _STATUSES if uri.startswith(stem)), "")
    return word if word == _GRANTED or word in _BEFORE_EIDAS | _NATIONAL | _ENDED else None


def _purpose(type_uri: str, extensions: list[Any]) -> Purpose:
    purpose = _PURPOSES.get(type_uri, Purpose.OTHER)
    if purpose is Purpose.SIGNATURE:
        uses = {child_text(info, "URI") for item in extensions for info in item.iter(tsl("AdditionalServiceInformation"))}
        if uses & _USES == _WEB_ONLY:
            return Purpose.OTHER
    return purpose


def _critical(extension: Any) -> bool:
    return (extension.get("Critical") or "").strip() in ("true", "1")


def _names(extension: Any) -> list[str]:
    return [str(child.tag).rpartition("}")[2] for child in extension if isinstance(child.tag, str)] or ["(empty)"]
