"""Folders of certificates on a machine, read into a trust store."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vnsign.errors import EvidenceError, TrustStoreError
from vnsign.model.certificate import Certificate
from vnsign.trust import containers, records
from vnsign.trust.pins import pins
from vnsign.trust.reading import read_bounded, regular_files
from vnsign.trust.records import AnchorRecord
from vnsign.trust.store import TrustAnchor, TrustStore

MAX_FILE_BYTES = 4 * 1024 * 1024
GET_ANCHORS = "run `vnsign trust sync` to fetch the official anchors, or `vnsign trust add FILE...` to add them from disk"
LISTS_FILE = "lists.toml"
LISTS_FOLDER = "trusted-lists"
"""Trusted lists and what is recorded of them: no certificates, and read by :mod:`vnsign.lists`, not here."""
OWN_FILES = (records.FILE, LISTS_FILE, "changes.jsonl", "changes.lock")
_NOT_NESTED = (records.FILE, LISTS_FILE)


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """A certificate and the file it stands in."""

    path: Path
    certificate: Certificate


def user_folder() -> Path:
    """Where this user's trust data are: ``VNSIGN_TRUST``, or ``vnsign/trust`` in the platform's folder for data."""
    named = os.environ.get("VNSIGN_TRUST")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "vnsign" / "trust"


def read_file(path: Path) -> tuple[Certificate, ...]:
    """The certificates of one file; none for a file of another sort.

    Raises:
        TrustStoreError: the file cannot be read, is too large, or is damaged; its name is in the message.
    """
    data = read_bounded(path, MAX_FILE_BYTES, TrustStoreError, hint="keep only certificates in a trust folder")
    try:
        return containers.read_certificates(data, str(path))
    except EvidenceError as error:
        raise TrustStoreError(error.message, code=error.code, hint=error.hint) from error


def stored(folder: Path) -> Iterator[StoredCertificate]:
    """Every certificate of a folder tree with its file. Errors are those of :func:`read_file`, and of no folder."""
    for path in regular_files(folder, TrustStoreError):
        if is_nested(path, folder):
            # Were it ignored, an anchor withdrawn there would be trusted here.
            raise TrustStoreError(
                f"{path}: a trust folder within a trust folder", code="NESTED_FOLDER", hint=f"name {path.parent} itself"
            )
        if not is_own(path, folder):
            for certificate in read_file(path):
                yield StoredCertificate(path, certificate)


def is_own(path: Path, folder: Path) -> bool:
    """Whether a file below a trust folder holds records or lists rather than certificates."""
    return path.name in OWN_FILES or path.relative_to(folder).parts[0] == LISTS_FOLDER


def is_nested(path: Path, folder: Path) -> bool:
    """Whether a file is the record of a trust folder within this one."""
    return path.name in _NOT_NESTED and path.parent != folder


def read_folders(folders: Sequence[Path]) -> TrustStore:
    """See :meth:`TrustStore.load`."""
    if not folders:
        raise TrustStoreError("no trust folder was named", code="NO_FOLDER")
    store = TrustStore(())
    for folder in folders:
        store |= read_folder(folder)
    return with_anchors(store, folders)


def with_anchors(store: TrustStore, folders: Sequence[Path]) -> TrustStore:
    """The store, when it has an anchor.

    Raises:
        TrustStoreError: ``NO_ANCHOR``; the folders are named.
    """
    if store.anchors:
        return store
    names = ", ".join(str(folder) for folder in folders)
    raise TrustStoreError(
        f"{names}: no trust anchor among {len(store.intermediates)} certificates: none is pinned and none was added",
        code="NO_ANCHOR",
        hint=GET_ANCHORS,
    )


def read_user_folder() -> TrustStore:
    """See :meth:`TrustStore.vietnam`."""
    return read_folders((existing_user_folder(),))


def existing_user_folder() -> Path:
    """This user's folder.

    Raises:
        TrustStoreError: ``NO_ANCHOR``: there is none; the hint says how to get anchors.
    """
    folder = user_folder()
    if not folder.is_dir():
        raise TrustStoreError(f"no trust anchors on this machine ({folder} does not exist)", code="NO_ANCHOR", hint=GET_ANCHORS)
    return folder


def anchor_of(certificate: Certificate, found: dict[str, AnchorRecord]) -> TrustAnchor | None:
    """The anchor that a certificate is under the pins and a folder's records; ``None`` when it is none.

    Raises:
        TrustStoreError: a record puts a pinned anchor into another family.
    """
    record, pin = found.get(certificate.sha256), pins().get(certificate.sha256)
    until = record.trusted_until if record is not None else None
    if pin is not None:
        if record is not None and record.family not in (None, pin.family):
            raise TrustStoreError(
                f"{records.FILE} calls the pinned anchor {pin.name} {record.family}, it is {pin.family}",
                code="FAMILY_CONFLICT",
                hint="take the entry out: a pinned anchor needs none",
            )
        return pin.anchor(certificate, until)
    if record is None or record.family is None or record.trusted_from is None:
        return None
    return TrustAnchor(certificate, record.family, record.purposes, record.trusted_from, until, f"added: {record.reason}")


def read_folder(folder: Path) -> TrustStore:
    """One folder's certificates, without its trusted lists; the store may be empty. Errors as :meth:`TrustStore.load`."""
    found = records.read_records(folder)
    anchors: list[TrustAnchor] = []
    intermediates: list[Certificate] = []
    for certificate in dict.fromkeys(item.certificate for item in stored(folder)):
        anchor = anchor_of(certificate, found)
        if anchor is not None:
            anchors.append(anchor)
        else:
            intermediates.append(certificate)
    return TrustStore(tuple(anchors), tuple(intermediates))
