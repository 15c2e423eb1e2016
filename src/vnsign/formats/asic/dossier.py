"""A ZIP that is no ASiC container: a dossier of documents, each judged for itself. Read as strictly as a container is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from vnsign.errors import UnreadableDocumentError
from vnsign.formats.asic.container import RawEntry, raw_entries
from vnsign.formats.asic.names import EntryKind, kind_of
from vnsign.model.limits import Limits

_OF_CONTAINERS = (EntryKind.XADES, EntryKind.CADES, EntryKind.TIMESTAMP, EntryKind.EVIDENCE_RECORD)
_MIMETYPES = (b"application/vnd.etsi.asic-", b"application/vnd.bdoc-", b"application/vnd.oasis.opendocument.")


@dataclass(frozen=True, slots=True)
class Member:
    """A document of a dossier.

    Attributes:
        name: as in the ZIP.
        data: its bytes; ``None`` where they cannot be had.
        error: why; ``None`` where they are there.
    """

    name: str
    data: bytes | None = field(default=None, repr=False)
    error: UnreadableDocumentError | None = None


def members(data: bytes, limits: Limits) -> Iterator[Member] | None:
    """The documents of a dossier, unpacked one at a time.

    Args:
        data: the ZIP.
        limits: those of containers: ``asic_entries``, ``asic_bytes`` of all together, ``asic_ratio``, ``asic_name_bytes``.

    Returns:
        The documents in the order of the ZIP; ``None`` for an ASiC container, which is one document.

    Raises:
        UnreadableDocumentError: ``ZIP_...``, as for containers. LimitExceededError: over a limit.

    Not opened: a ZIP within the ZIP.
    """
    found = raw_entries(data, limits)
    files = [entry for entry in found.entries if not entry.name.endswith("/")]
    if found.comment.startswith(b"mimetype=") or any(_of_container(entry, data) for entry in files):
        return None
    return (_member(entry, data) for entry in files)


def _of_container(entry: RawEntry, data: bytes) -> bool:
    kind = kind_of(entry.name)
    if kind is EntryKind.MIMETYPE:
        content = _member(entry, data).data
        return content is None or content.startswith(_MIMETYPES)
    return kind in _OF_CONTAINERS


def _member(entry: RawEntry, data: bytes) -> Member:
    try:
        return Member(entry.name, entry.content(data))
    except UnreadableDocumentError as error:
        return Member(entry.name, error=error)
