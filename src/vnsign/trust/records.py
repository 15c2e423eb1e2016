"""``anchors.toml`` of a trust folder: anchors added by hand with family and reason, and the withdrawal of any anchor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vnsign.errors import TrustStoreError
from vnsign.trust.store import Purpose, TrustFamily

FILE = "anchors.toml"
SCHEMA = "vnsign.anchors/1"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEAD = """\
# Trust anchors added by hand, and anchors that are no longer trusted. Written by `vnsign trust add` and `vnsign trust remove`;
# every change is also a line of changes.jsonl. Entries are never deleted: old signatures are judged by them.
"""


@dataclass(frozen=True, slots=True)
class AnchorRecord:
    """What a folder says of one anchor.

    Attributes:
        sha256: of the certificate's DER, lower-case hexadecimal.
        family: ``None`` for a pinned anchor, whose family the pin gives.
        purposes: empty for a pinned anchor.
        reason: why it was added.
        added: when it was added; ``None`` for a pinned anchor.
        trusted_from: start of trust; ``None`` for a pinned anchor.
        trusted_until: end of trust; ``None`` while trusted.
        withdrawn_reason: why trust ended.
    """

    sha256: str
    family: TrustFamily | None = None
    purposes: frozenset[Purpose] = frozenset()
    reason: str = ""
    added: datetime | None = None
    trusted_from: datetime | None = None
    trusted_until: datetime | None = None
    withdrawn_reason: str = ""


def read_records(folder: Path) -> dict[str, AnchorRecord]:
    """The records of a folder by SHA-256; empty when it has no ``anchors.toml``.

    Raises:
        TrustStoreError: the file cannot be read, is not TOML, or an entry is not complete; nothing of it is used then.
    """
    import tomllib

    path = folder / FILE
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(path, f"cannot be read ({error})") from error
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _bad(path, f"is not TOML ({error})") from error
    if data.get("schema") != SCHEMA:
        raise _bad(path, f"has schema {data.get('schema')!r}, expected {SCHEMA!r}")
    entries = data.get("anchors", {})
    if not isinstance(entries, dict):
        raise _bad(path, "has no table of anchors")
    return {sha256: _record(path, sha256, entry) for sha256, entry in entries.items()}


def dump_records(records: Mapping[str, AnchorRecord]) -> str:
    """The text of ``anchors.toml`` for these records."""
    parts = [_HEAD, f'schema = "{SCHEMA}"\n']
    for record in records.values():
        parts.append(f'\n[anchors."{record.sha256}"]\n')
        if record.family is not None:
            parts.append(f"family = {_string(record.family)}\n")
            parts.append(f"purposes = [{', '.join(_string(item) for item in sorted(record.purposes))}]\n")
            parts.append(f"reason = {_string(record.reason)}\n")
        for name in ("added", "trusted_from", "trusted_until"):
            moment = getattr(record, name)
            if moment is not None:
                parts.append(f"{name} = {moment.astimezone(UTC).isoformat().replace('+00:00', 'Z')}\n")
        if record.withdrawn_reason:
            parts.append(f"withdrawn_reason = {_string(record.withdrawn_reason)}\n")
    return "".join(parts)


def _record(path: Path, sha256: str, entry: Any) -> AnchorRecord:
    if not _SHA256.fullmatch(sha256) or not isinstance(entry, dict):
        raise _bad(path, f"names {sha256[:80]!r}, which is no SHA-256 with an entry")
    try:
        family = TrustFamily(entry["family"]) if "family" in entry else None
        record = AnchorRecord(
            sha256,
            family,
            frozenset(Purpose(item) for item in entry.get("purposes", ())),
            _text(entry, "reason"),
            _moment(entry, "added"),
            _moment(entry, "trusted_from"),
            _moment(entry, "trusted_until"),
            _text(entry, "withdrawn_reason"),
        )
    except (ValueError, TypeError) as error:
        raise _bad(path, f"has a wrong entry for {sha256[:16]}: {error}") from error
    if family is not None and not (record.purposes and record.reason.strip() and record.trusted_from):
        raise _bad(path, f"gives anchor {sha256[:16]} no reason, no purpose or no start of trust")
    if record.trusted_from and record.trusted_until and record.trusted_until < record.trusted_from:
        raise _bad(path, f"ends the trust in {sha256[:16]} before it begins")
    if family is None and record.trusted_until is None:
        raise _bad(path, f"gives anchor {sha256[:16]} neither a family nor an end of trust")
    return record


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name, "")
    if not isinstance(value, str):
        raise TypeError(f"{name} is not a text")
    return value


def _moment(entry: Mapping[str, Any], name: str) -> datetime | None:
    value = entry.get(name)
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{name} is not a moment with a time zone")
    return value.astimezone(UTC)


def _string(text: str) -> str:
    escaped = "".join(
        f"\\u{ord(char):04x}" if ord(char) < 0x20 or ord(char) == 0x7F else char
        for char in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{escaped}"'


def _bad(path: Path, what: str) -> TrustStoreError:
    return TrustStoreError(f"{path} {what}", code="BAD_ANCHORS_FILE", hint="mend the file, or restore it from a copy")
