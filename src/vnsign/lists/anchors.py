"""From a trusted list to trust anchors, and from a list of lists to the signers of other lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from vnsign.lists.model import ListState, Pointer, TrustedList
from vnsign.model.certificate import Certificate
from vnsign.trust.store import Purpose, Span, TrustAnchor, TrustFamily

_Stretch = tuple[datetime, datetime | None]
_LAST = timedelta(seconds=1)
"""From the start of the next status to the last moment of the one before: lists count in seconds."""


def anchors(found: TrustedList, *, accept_expired: str = "") -> tuple[TrustAnchor, ...]:
    """The trust anchors of a list: one for each certificate, with every interval of trust by purpose.

    Args:
        found: a list as read.
        accept_expired: why a list is used although its NextUpdate has passed; without a reason it gives no anchors.

    Returns:
        Anchors of the family FOREIGN. CA/QC services anchor signatures, TSA/QTST services time-stamps; the certificates of
        all other services are listed for ``other``, under which nothing passes. Empty for a list of lists.

    Not checked: whether a certificate bears the name of an anchor of another family; the folder does that.
    """
    if found.state is ListState.EXPIRED and not accept_expired.strip():
        return ()
    source = found.label + (f"; expired, accepted: {accept_expired.strip()}" if found.state is ListState.EXPIRED else "")
    gathered: dict[Certificate, dict[Purpose, list[_Stretch]]] = {}
    for certificate, purpose, stretch in _stretches(found):
        gathered.setdefault(certificate, {}).setdefault(purpose, []).append(stretch)
    return tuple(_anchor(certificate, by_purpose, source) for certificate, by_purpose in gathered.items())


def pointer_to(lists: Iterable[TrustedList], pointed: TrustedList) -> TrustedList | None:
    """The list of lists that vouches for a list: by territory, type and signer at once; ``None`` when none does.

    The signer of one member's list never vouches for the list of another. A list that has expired vouches for none.
    """
    for one in lists:
        if one.state is not ListState.EXPIRED and any(_points_at(pointer, pointed) for pointer in one.pointers):
            return one
    return None


def pointed_signers(lists: Iterable[TrustedList]) -> frozenset[str]:
    """SHA-256 of all certificates that the lists name as signers of other lists; those of expired lists are left out."""
    current = (one for one in lists if one.state is not ListState.EXPIRED)
    return frozenset(item.sha256 for one in current for pointer in one.pointers for item in pointer.certificates)


def _points_at(pointer: Pointer, pointed: TrustedList) -> bool:
    return (
        pointed.signer in pointer.certificates
        and pointer.territory == pointed.territory
        and pointer.type_uri in ("", pointed.type_uri)
    )


def _stretches(found: TrustedList) -> Iterator[tuple[Certificate, Purpose, _Stretch]]:
    for service in found.services:
        for period in service.periods:
            if period.granted:
                for certificate in dict.fromkeys((*service.certificates, *period.certificates)):
                    yield certificate, period.purpose, (period.start, period.end)


def _anchor(certificate: Certificate, by_purpose: dict[Purpose, list[_Stretch]], source: str) -> TrustAnchor:
    spans = tuple(
        Span(purpose, start, None if end is None else max(start, end - _LAST))
        for purpose, stretches in by_purpose.items()
        for start, end in _joined(stretches)
    )
    ends = [span.until for span in spans]
    until = None if None in ends else max(end for end in ends if end is not None)
    start = min(span.since for span in spans)
    simple = len({(span.since, span.until) for span in spans}) == 1 and len(spans) == len(by_purpose)
    purposes = frozenset(by_purpose)
    return TrustAnchor(certificate, TrustFamily.FOREIGN, purposes, start, until, source, () if simple else spans)


def _joined(stretches: list[_Stretch]) -> list[_Stretch]:
    """The same time as few stretches, none touching another."""
    joined: list[_Stretch] = []
    for start, end in sorted(stretches, key=lambda item: item[0]):
        if joined and (joined[-1][1] is None or start <= joined[-1][1]):
            before = joined[-1][1]
            joined[-1] = (joined[-1][0], None if before is None or end is None else max(before, end))
        else:
            joined.append((start, end))
    return joined
