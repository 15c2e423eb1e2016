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
from vnsign.trust.records import AnchorRecord
from vnsign.trust.store import TrustAnchor, TrustStore

MAX_FILES = 10_000
MAX_FILE_BYTES = 4 * 1024 * 1024
GET_ANCHORS = "run `vnsign trust sync` to fetch the official anchors, or `vnsign trust add FILE...` to add them from disk"
OWN_FILES = (records.FILE, "changes.jsonl", "changes.lock")


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


def files(folder: Path) -> Iterator[Path]:
    """The regular files of a folder tree in a stable order; links to folders are not followed.

    Raises:
        TrustStoreError: no such folder, no permission, or more than 10,000 files.
    """
    if not folder.is_dir():
        raise TrustStoreError(f"{folder}: no such folder", code="NO_FOLDER", hint="check the path given as the trust folder")
    count = 0
    for parent, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent) / name
            if name.startswith(".") or not path.is_file():
                continue
            count += 1
            if count > MAX_FILES:
                raise TrustStoreError(
                    f"{folder}: more than {MAX_FILES} files", code="LIMIT_EXCEEDED", hint="name a smaller folder"
                )
            yield path


def read_file(path: Path) -> tuple[Certificate, ...]:
    """The certificates of one file; none for a file of another sort.

    Raises:
        TrustStoreError: the file cannot be read, is too large, or is damaged; its name is in the message.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise TrustStoreError(f"{path}: {error.strerror or error}", code="CANNOT_OPEN", hint="check its permissions") from error
    if len(data) > MAX_FILE_BYTES:
        raise TrustStoreError(
            f"{path}: more than {MAX_FILE_BYTES} bytes",
            code="LIMIT_EXCEEDED",
            hint="keep only certificates in this folder",
        )
    try:
        return containers.read_certificates(data, str(path))
    except EvidenceError as error:
        raise TrustStoreError(error.message, code=error.code, hint=error.hint) from error


def stored(folder: Path) -> Iterator[StoredCertificate]:
    """Every certificate of a folder tree with its file. Same errors as :func:`files` and :func:`read_file`."""
    for path in files(folder):
        if path.name == records.FILE and path.parent != folder:
            # Were it ignored, an anchor withdrawn there would be trusted here.
            raise TrustStoreError(
                f"{path}: a trust folder within a trust folder", code="NESTED_FOLDER", hint=f"name {path.parent} itself"
            )
        if path.name not in OWN_FILES:
            for certificate in read_file(path):
                yield StoredCertificate(path, certificate)


def read_folders(folders: Sequence[Path]) -> TrustStore:
    """See :meth:`TrustStore.load`."""
    if not folders:
        raise TrustStoreError("no trust folder was named", code="NO_FOLDER")
    store = TrustStore(())
    for folder in folders:
        store |= _read_folder(folder)
    if not store.anchors:
        names = ", ".join(str(folder) for folder in folders)
        raise TrustStoreError(
            f"{names}: no trust anchor among {len(store.intermediates)} certificates: none is pinned and none was added",
            code="NO_ANCHOR",
            hint=GET_ANCHORS,
        )
    return store


def read_user_folder() -> TrustStore:
    """See :meth:`TrustStore.vietnam`."""
    folder = user_folder()
    if not folder.is_dir():
        raise TrustStoreError(f"no trust anchors on this machine ({folder} does not exist)", code="NO_ANCHOR", hint=GET_ANCHORS)
    return read_folders((folder,))


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


def _read_folder(folder: Path) -> TrustStore:
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


def _raise(error: OSError) -> None:
    raise TrustStoreError(
        f"{error.filename}: {error.strerror or error}", code="CANNOT_OPEN", hint="check its permissions"
    ) from error
