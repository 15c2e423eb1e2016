"""Checking the trusted lists of a folder: every file read anew, every signature checked anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from vnsign.errors import TrustStoreError
from vnsign.lists.folder import LoadedList, Standing, list_anchors, load_lists, read_list
from vnsign.lists.records import read_records
from vnsign.model.moment import utc
from vnsign.trust.check import Checked, Matter, Remark
from vnsign.trust.folder import LISTS_FILE

_ALTERED = frozenset({"LIST_ALTERED", "LIST_CHANGED"})


def check_with_lists(found: Checked, place: Path, at: datetime) -> Checked:
    """What a check of the certificates found, and what there is to say of the trusted lists.

    Args:
        found: outcome of :func:`vnsign.trust.check.check` for the same folder and moment.
        place: the trust folder.
        at: the moment for NextUpdate, aware.
    """
    remarks = tuple(_remarks(place, utc(at)))
    used = [] if any(remark.matter.fails for remark in remarks) else _used(place, at)
    anchors = sum(len(list_anchors(one)) for one in used)
    others = tuple(item for item in found.remarks if item.matter is not Matter.NO_ANCHOR or not anchors)
    return replace(found, anchors=found.anchors + anchors, remarks=(*others, *remarks))


def _used(place: Path, at: datetime) -> list[LoadedList]:
    return [one for one in load_lists(place, at) if one.standing is Standing.USED]


def _remarks(place: Path, at: datetime) -> Iterator[Remark]:
    try:
        records = read_records(place)
    except TrustStoreError as error:
        yield Remark(Matter.UNREADABLE, str(place / LISTS_FILE), detail=error.message)
        return
    for record in records:
        source = str(place / record.file)
        if record.withdrawn is not None:
            yield Remark(Matter.WITHDRAWN, source, record.sha256, detail=record.withdrawn.date().isoformat())
            continue
        try:
            found = read_list(place, record, at)
        except TrustStoreError as error:
            matter = Matter.ALTERED if error.code in _ALTERED else Matter.UNREADABLE
            yield Remark(matter, source, record.sha256, detail=error.message)
            continue
        if found.next_update is not None and found.next_update < at:
            yield Remark(Matter.EXPIRED, source, record.sha256, found.label, found.next_update.date().isoformat())
