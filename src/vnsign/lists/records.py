"""``lists.toml`` of a trust folder: which trusted lists are used, who signed them, why; entries are never deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from vnsign.errors import TrustStoreError
from vnsign.trust.folder import LISTS_FILE, LISTS_FOLDER

SCHEMA = "vnsign.lists/1"
_MAX_BYTES = 4 * 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEAD = """\
# Trusted lists (ETSI TS 119 612) used as a source of anchors. Written by `vnsign trust add-list` and `trust remove-list`;
# every change is also a line of changes.jsonl. Entries are never deleted.
"""


@dataclass(frozen=True, slots=True)
class ListRecord:
    """What a folder says of one trusted list.

    Attributes:
        sha256: of the file, lower-case hexadecimal.
        file: its path within the folder, with ``/``.
        signers: SHA-256 of the certificates that may have signed it.
        reason: why it is used.
        added: when it was added.
        via: SHA-256 of the list of lists that named the signer; empty where a person did.
        accept_expired: why it is used although it has expired; empty where it is not.
        withdrawn: since when it is not used; ``None`` while it is.
        withdrawn_reason: why.
    """

    sha256: str
    file: str
    signers: tuple[str, ...]
    reason: str
    added: datetime
    via: str = ""
    accept_expired: str = ""
    withdrawn: datetime | None = None
    withdrawn_reason: str = ""


def file_of(sha256: str) -> str:
    """Where a list with this SHA-256 is kept within a folder."""
    return f"{LISTS_FOLDER}/{sha256}.xml"


def read_records(folder: Path) -> tuple[ListRecord, ...]:
    """The records of a folder, the oldest first; empty when it has no ``lists.toml``.

    Raises:
        TrustStoreError: ``BAD_LISTS_FILE``: it cannot be read, is not TOML, or an entry is not complete.
    """
    import tomllib

    path = folder / LISTS_FILE
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _bad(path, f"has more than {_MAX_BYTES} bytes")
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, RecursionError) as error:
        raise _bad(path, f"cannot be read ({error})") from error
    if data.get("schema") != SCHEMA:
        raise _bad(path, f"has schema {data.get('schema')!r}, expected {SCHEMA!r}")
    entries = data.get("lists", {})
    if not isinstance(entries, dict):
        raise _bad(path, "has no table of lists")
    return tuple(_record(path, sha256, entry) for sha256, entry in entries.items())


def dump_records(records: Iterable[ListRecord]) -> str:
    """The text of ``lists.toml`` for these records."""
    parts = [_HEAD, f'schema = "{SCHEMA}"\n']
    for record in records:
        parts.append(f'\n[lists."{record.sha256}"]\nfile = {_string(record.file)}\n')
        parts.append(f"signers = [{', '.join(_string(item) for item in record.signers)}]\n")
        parts.append(f"reason = {_string(record.reason)}\nadded = {_moment_text(record.added)}\n")
        if record.withdrawn is not None:
            parts.append(f"withdrawn = {_moment_text(record.withdrawn)}\n")
        texts = {name: getattr(record, name) for name in ("via", "accept_expired", "withdrawn_reason")}
        parts.extend(f"{name} = {_string(text)}\n" for name, text in texts.items() if text)
    return "".join(parts)


def _record(path: Path, sha256: str, entry: Any) -> ListRecord:
    if not _SHA256.fullmatch(sha256) or not isinstance(entry, dict):
        raise _bad(path, f"names {sha256[:80]!r}, which is no SHA-256 with an entry")
    try:
        texts = {name: _text(entry, name) for name in ("file", "reason", "via", "accept_expired", "withdrawn_reason")}
        signers = _signers(entry.get("signers"))
        added, withdrawn = _moment(entry, "added"), _moment(entry, "withdrawn")
    except ValueError as error:
        raise _bad(path, f"has a wrong entry for {sha256[:16]}: {error}") from error
    if added is None or not texts["reason"].strip() or not _within(texts["file"]):
        raise _bad(path, f"gives list {sha256[:16]} no day, no reason, or no file within the folder")
    return ListRecord(sha256=sha256, signers=signers, added=added, withdrawn=withdrawn, **texts)


def _within(file: str) -> bool:
    parts = PurePosixPath(file).parts
    return len(parts) > 1 and parts[0] == LISTS_FOLDER and ".." not in parts and "\\" not in file and "\0" not in file


def _signers(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and _SHA256.fullmatch(item) for item in value):
        raise ValueError("signers are not SHA-256 in lower-case hexadecimal")
    return tuple(value)


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} is not a text")  # noqa: TRY004 - one kind of error for one kind of fault
    return value


def _moment(entry: Mapping[str, Any], name: str) -> datetime | None:
    value = entry.get(name)
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{name} is not a moment with a time zone")
    return value.astimezone(UTC)


def _moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _string(text: str) -> str:
    escaped = "".join(
        f"\\u{ord(char):04x}" if ord(char) < 0x20 or ord(char) == 0x7F else char
        for char in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{escaped}"'


def _bad(path: Path, what: str) -> TrustStoreError:
    return TrustStoreError(f"{path} {what}", code="BAD_LISTS_FILE", hint="mend the file, or restore it from a copy")
