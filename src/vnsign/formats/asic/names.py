"""What an entry of a container is, by its name, and which entry a URI means (EN 319 162-1, 4.3 and 4.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from urllib.parse import unquote


class EntryKind(StrEnum):
    """What an entry is for."""

    DATA = "data"
    MIMETYPE = "mimetype"
    XADES = "xades"
    CADES = "cades"
    TIMESTAMP = "timestamp"
    MANIFEST = "manifest"
    EVIDENCE_RECORD = "evidence-record"
    PACKAGE_MANIFEST = "package-manifest"


_KINDS = (
    (re.compile(r"META-INF/.*asic[a-z]*manifest[^/]*\.xml", re.IGNORECASE), EntryKind.MANIFEST),
    (re.compile(r"META-INF/.*evidencerecord[^/]*\.(?:ers|xml)", re.IGNORECASE), EntryKind.EVIDENCE_RECORD),
    (re.compile(r"META-INF/.*timestamp[^/]*\.tst", re.IGNORECASE), EntryKind.TIMESTAMP),
    (re.compile(r"META-INF/.*signature[^/]*\.(?:p7s|p7m|csig)", re.IGNORECASE), EntryKind.CADES),
    (re.compile(r"META-INF/.*signatures?[^/]*\.xml", re.IGNORECASE), EntryKind.XADES),
    (re.compile(r"META-INF/manifest\.xml", re.IGNORECASE), EntryKind.PACKAGE_MANIFEST),
    (re.compile(r"mimetype"), EntryKind.MIMETYPE),
)


def kind_of(name: str) -> EntryKind:
    """The kind of an entry; what no name of the standard fits is data, wherever it lies."""
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(name)), EntryKind.DATA)


def in_order(names: Iterable[str]) -> list[str]:
    """Names ordered with their numbers read as numbers, a name without a number first."""
    return sorted(names, key=_order)


def _order(name: str) -> tuple[tuple[int, int | str], ...]:
    parts = re.split(r"(\d+)", name.rpartition(".")[0])
    return tuple((1, int(part[:18])) if part.isdigit() else (0, part) for part in parts if part)


class Entries(Mapping[str, bytes]):
    """The entries of a container by the URI that means them: percent-decoded, else as written."""

    def __init__(self, entries: Mapping[str, bytes]) -> None:
        self._entries = entries

    def name(self, uri: str) -> str | None:
        """The name of the entry; ``None`` when there is none."""
        decoded = unquote(uri, errors="strict") if _decodable(uri) else uri
        return next((name for name in (decoded, uri) if name in self._entries), None)

    def __getitem__(self, uri: str) -> bytes:
        name = self.name(uri)
        if name is None:
            raise KeyError(uri)
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _decodable(uri: str) -> bool:
    try:
        unquote(uri, errors="strict")
    except UnicodeDecodeError:
        return False
    return True
