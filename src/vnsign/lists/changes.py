"""Adding trusted lists to a trust folder and ending their use. Each change is logged before it is made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from vnsign.errors import TrustStoreError
from vnsign.lists.anchors import pointed_signers, pointer_to
from vnsign.lists.folder import LoadedList, Standing, load_lists
from vnsign.lists.model import ListState, TrustedList
from vnsign.lists.read import read_pinned
from vnsign.lists.records import ListRecord, dump_records, file_of, read_records
from vnsign.lists.signature import refused
from vnsign.model.certificate import Certificate
from vnsign.trust import files
from vnsign.trust.changes import Editor, Outcome, Status
from vnsign.trust.files import Change
from vnsign.trust.folder import LISTS_FILE

_AHEAD = timedelta(days=1)
_MIN_PREFIX = 8


def add_list(
    editor: Editor,
    name: str,
    data: bytes,
    *,
    signers: Sequence[Certificate] = (),
    reason: str,
    accept_expired: str = "",
) -> Outcome:
    """Add a trusted list to a folder.

    Args:
        editor: the folder, the actor, the moment.
        name: of the file, for people.
        data: its bytes.
        signers: the certificates that may have signed it. Without them the lists of lists in the folder are asked: one of
            them must name the signer for this territory and type.
        reason: why it is used; written down.
        accept_expired: why it is used although its NextUpdate has passed.

    Returns:
        What happened: ADDED_LIST or PRESENT.

    Raises:
        TrustStoreError: as :func:`vnsign.lists.read.read_trusted_list`; ``NO_REASON``; ``LIST_SIGNER`` where nobody vouches;
            ``LIST_EXPIRED``; ``LIST_OLDER`` than one in use; ``LIST_TWICE`` (its number with other bytes);
            ``LIST_FROM_FUTURE``; the folder cannot be read or written.
        UnreadableDocumentError: not well-formed, or with a DOCTYPE. LimitExceededError: over a limit.
    """
    if not reason.strip():
        raise refused("NO_REASON", "a list is added with a reason", 'give --reason "who vouches for its signer"')
    with files.exclusive(editor.folder):
        there = load_lists(editor.folder, editor.at)
        found, via = _read(data, {item.sha256 for item in signers}, there, editor)
        if any(one.record.sha256 == found.sha256 and one.standing is not Standing.WITHDRAWN for one in there):
            return Outcome(Status.PRESENT, name, found.sha256, found.label)
        _check_time(found, editor, accept_expired)
        _check_sequence(found, there)
        record = ListRecord(
            sha256=found.sha256,
            file=file_of(found.sha256),
            signers=(found.signer.sha256,),
            reason=reason.strip(),
            added=editor.at,
            via=via,
            accept_expired=accept_expired.strip(),
        )
        detail = f"{found.label}; signer {found.signer.sha256}{f' named by list {via}' if via else ''}; {record.reason}"
        _log(editor, "add-list", name, record, detail)
        files.write(editor.folder / record.file, data)
        _write(editor.folder, [item for item in read_records(editor.folder) if item.sha256 != record.sha256] + [record])
        return Outcome(Status.ADDED_LIST, name, found.sha256, found.label)


def remove_list(editor: Editor, prefix: str, reason: str) -> Outcome:
    """End the use of a list: its file and its entry are kept, its anchors are no longer taken from it.

    Args:
        editor: the folder, the actor, the moment.
        prefix: the first digits of its SHA-256, eight or more.
        reason: why; written down.

    Raises:
        TrustStoreError: none or several match, no reason, or it is withdrawn already.
    """
    if not reason.strip():
        raise refused("NO_REASON", "a reason is needed", "give --reason")
    with files.exclusive(editor.folder):
        records = list(read_records(editor.folder))
        record = _only(records, prefix)
        if record.withdrawn is not None:
            raise refused("WITHDRAWN_ALREADY", f"{record.sha256[:16]}: withdrawn already")
        _log(editor, "withdraw-list", record.file, record, reason)
        ended = replace(record, withdrawn=editor.at, withdrawn_reason=reason.strip())
        _write(editor.folder, [ended if item is record else item for item in records])
        return Outcome(Status.WITHDRAWN, record.file, record.sha256)


def _read(data: bytes, named: Collection[str], there: Sequence[LoadedList], editor: Editor) -> tuple[TrustedList, str]:
    """The list, and the SHA-256 of the list of lists that vouches for its signer; empty where the caller named the signer."""
    if named:
        return read_pinned(data, pins=named, at=editor.at), ""
    lists = [one.found for one in there if one.found is not None and one.standing is Standing.USED]
    candidates = pointed_signers(lists)
    if not candidates:
        raise refused(
            "LIST_SIGNER",
            "no signer was named, and the folder has no current list of lists that names one",
            "give --signer with the certificate that the scheme operator publishes",
        )
    found = read_pinned(data, pins=candidates, at=editor.at)
    vouching = pointer_to(lists, found)
    if vouching is None:
        raise refused(
            "LIST_SIGNER",
            f"no list of lists names {found.signer.sha256[:16]} as signer of the list of {found.territory}",
            "give --signer with the certificate that the scheme operator publishes",
        )
    return found, vouching.sha256


def _check_time(found: TrustedList, editor: Editor, accept_expired: str) -> None:
    if found.issued > editor.at + _AHEAD:
        raise refused("LIST_FROM_FUTURE", f"{found.label}: issued in the future", "check the clock of this machine")
    if found.state is ListState.EXPIRED and not accept_expired.strip():
        day = "" if found.next_update is None else found.next_update.date().isoformat()
        raise refused(
            "LIST_EXPIRED",
            f"{found.label}: expired on {day}",
            "fetch the newest issue, or give --accept-expired with a reason",
        )


def _check_sequence(found: TrustedList, there: Sequence[LoadedList]) -> None:
    for one in there:
        other = one.found
        if other is None or other.scheme != found.scheme:
            continue
        if other.sequence_number > found.sequence_number:
            raise refused("LIST_OLDER", f"{found.label}: older than the {other.label} in use", "fetch the newest issue")
        if other.sequence_number == found.sequence_number:
            raise refused(
                "LIST_TWICE",
                f"{found.label}: the folder has this number with other bytes ({other.sha256[:16]})",
                "find out which one the scheme operator publishes, then end the use of the other: trust remove-list",
            )


def _only(records: Sequence[ListRecord], prefix: str) -> ListRecord:
    wanted = prefix.strip().lower().replace(":", "")
    found = [item for item in records if len(wanted) >= _MIN_PREFIX and item.sha256.startswith(wanted)]
    if len(found) != 1:
        said = "no list" if not found else f"{len(found)} lists"
        raise TrustStoreError(
            f"{said} with SHA-256 {wanted[:64]}…",
            code="NO_SUCH_LIST",
            hint="give at least eight hexadecimal digits from `vnsign trust list`",
        )
    return found[0]


def _log(editor: Editor, action: str, source: str, record: ListRecord, detail: str) -> None:
    files.append(editor.folder, Change.at(editor.at, editor.actor, action, source, record.sha256, detail))


def _write(place: Path, records: Sequence[ListRecord]) -> None:
    files.write(place / LISTS_FILE, dump_records(records).encode("utf-8"))
