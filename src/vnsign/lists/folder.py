"""Trust folders with their trusted lists: which are in effect, and the store that comes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from vnsign.errors import TrustStoreError, UnreadableDocumentError
from vnsign.lists.records import ListRecord, read_records
from vnsign.model.certificate import Certificate
from vnsign.model.moment import utc
from vnsign.trust import folder as trust_folder
from vnsign.trust.identify import describe
from vnsign.trust.pins import pins
from vnsign.trust.reading import read_bounded
from vnsign.trust.records import AnchorRecord
from vnsign.trust.records import read_records as anchor_records
from vnsign.trust.store import TrustAnchor, TrustStore

# Reading a list loads lxml: what has no list must not pay for it.
if TYPE_CHECKING:
    from vnsign.lists.model import TrustedList

_MAX_BYTES = 32 * 1024 * 1024


class Standing(StrEnum):
    """Whether a list of a folder gives anchors, and if not, why."""

    USED = "used"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class LoadedList:
    """A list of a folder.

    Attributes:
        folder: the trust folder.
        record: what the folder says of it.
        standing: whether it gives anchors.
        found: the list as read; ``None`` for one that is withdrawn, whose file is not read.
    """

    folder: Path
    record: ListRecord
    standing: Standing
    found: TrustedList | None

    @property
    def path(self) -> Path:
        """Its file."""
        return self.folder / self.record.file


def load_trust(*folders: Path | str, at: datetime) -> tuple[TrustStore, tuple[LoadedList, ...]]:
    """Read trust folders with the trusted lists that their ``lists.toml`` name.

    What a folder itself says goes first: a certificate that is an anchor there, also one that was withdrawn, takes nothing
    from a list. A certificate that bears the name of a pinned anchor with other bytes never becomes one through a list.

    Args:
        folders: trust folders; this user's where none is named.
        at: the moment for which lists must be current, aware: one whose NextUpdate has passed gives no anchors.

    Returns:
        The store, and every list with its standing.

    Raises:
        TrustStoreError: as :meth:`vnsign.trust.store.TrustStore.load`; ``BAD_LISTS_FILE``; a list that was altered or whose
            signature does not hold (its file is named).
    """
    places = tuple(Path(folder) for folder in folders) or (trust_folder.existing_user_folder(),)
    store = TrustStore(())
    for place in places:
        store |= trust_folder.read_folder(place)
    lists = tuple(one for place in places for one in load_lists(place, at))
    known = {sha256: record for place in places for sha256, record in anchor_records(place).items()}
    store = _with_lists(store, lists, known)
    expired = [one.found.label for one in lists if one.found is not None and one.standing is Standing.EXPIRED]
    if expired and not store.anchors:
        raise TrustStoreError(
            f"no trust anchor: {', '.join(expired[:4])} expired", code="LIST_EXPIRED", hint="fetch and add the newest issue"
        )
    return trust_folder.with_anchors(store, places), lists


def load_lists(place: Path, at: datetime) -> tuple[LoadedList, ...]:
    """The lists of one folder, in the order in which they were added. Errors as :func:`load_trust`."""
    moment = utc(at)
    loaded = [
        LoadedList(place, record, Standing.WITHDRAWN, None)
        if record.withdrawn is not None
        else LoadedList(place, record, Standing.USED, read_list(place, record, moment))
        for record in read_records(place)
    ]
    return tuple(replace(one, standing=_standing(one, loaded)) for one in loaded)


def read_list(place: Path, record: ListRecord, at: datetime) -> TrustedList:
    """One list from its file, its bytes and its signature checked anew.

    Raises:
        TrustStoreError: ``LIST_ALTERED``, or as :func:`vnsign.lists.read.read_pinned`; the file is named.
    """
    import hashlib

    from vnsign.lists.read import read_pinned

    path = place / record.file
    data = read_bounded(path, _MAX_BYTES, TrustStoreError, hint="add the list again")
    if hashlib.sha256(data).hexdigest() != record.sha256:
        raise TrustStoreError(
            f"{path}: no longer the list that was added", code="LIST_ALTERED", hint="restore the file, or add the list again"
        )
    try:
        return read_pinned(data, pins=frozenset(record.signers), at=at)
    except (TrustStoreError, UnreadableDocumentError) as error:
        raise TrustStoreError(f"{path}: {error.message}", code=error.code, hint=error.hint) from error


def list_anchors(one: LoadedList) -> tuple[TrustAnchor, ...]:
    """The anchors that a list of a folder gives."""
    from vnsign.lists.anchors import anchors

    if one.found is None or one.standing is not Standing.USED:
        return ()
    return anchors(one.found, accept_expired=one.record.accept_expired)


def admitted_anchors(
    lists: Iterable[LoadedList], known: Iterable[TrustAnchor], records: dict[str, AnchorRecord]
) -> Iterator[tuple[LoadedList, TrustAnchor]]:
    """The anchors of lists that become anchors beside those that folders name, with their list.

    Args:
        lists: of the folders.
        known: the folders' own anchors: for their certificates the folder's word stands alone.
        records: of the folders' ``anchors.toml``: an end of trust written there holds for the anchors of lists too.
    """
    own = {anchor.certificate for anchor in known}
    for one in lists:
        for anchor in list_anchors(one):
            if anchor.certificate in own or _is_pinned_or_impostor(anchor.certificate):
                continue
            record = records.get(anchor.certificate.sha256)
            ended = anchor if record is None else _ended(anchor, record.trusted_until)
            if ended is not None:
                yield one, ended


def _with_lists(store: TrustStore, lists: Sequence[LoadedList], records: dict[str, AnchorRecord]) -> TrustStore:
    gathered: dict[int, list[TrustAnchor]] = {}
    for one, anchor in admitted_anchors(lists, store.anchors, records):
        gathered.setdefault(id(one), []).append(anchor)
    for found in gathered.values():
        store |= TrustStore(tuple(found))
    return store


def _standing(one: LoadedList, all_: Sequence[LoadedList]) -> Standing:
    from vnsign.lists.model import ListState

    found = one.found
    if found is None:
        return Standing.WITHDRAWN
    rivals = (other.found for other in all_ if other.found is not None and other.found.scheme == found.scheme)
    if any(rival.sequence_number > found.sequence_number for rival in rivals):
        return Standing.SUPERSEDED
    if found.state is ListState.EXPIRED and not one.record.accept_expired:
        return Standing.EXPIRED
    return Standing.USED


def _is_pinned_or_impostor(certificate: Certificate) -> bool:
    if certificate.sha256 in pins():
        return True
    about = describe(certificate)
    return about is None or about.impostor_of is not None


def _ended(anchor: TrustAnchor, until: datetime | None) -> TrustAnchor | None:
    """The anchor with an earlier end; ``None`` when it ends before it begins."""
    if until is None or (anchor.trusted_until is not None and anchor.trusted_until <= until):
        return anchor
    return None if until < anchor.trusted_from else replace(anchor, trusted_until=until)
