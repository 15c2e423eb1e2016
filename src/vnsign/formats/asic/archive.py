"""The archive manifest of a container: what it lists, what it is called, where its token goes (EN 319 162-1, A.7)."""

from __future__ import annotations

from dataclasses import dataclass, field

from vnsign.errors import LimitExceededError
from vnsign.formats.asic.entry_names import free_number
from vnsign.formats.asic.guard import covering
from vnsign.formats.asic.manifest_write import TOKEN_TYPE, asic_manifest
from vnsign.formats.asic.members import Inside
from vnsign.formats.asic.names import EntryKind, kind_of
from vnsign.formats.asic.zip_write import with_entries
from vnsign.model.limits import Limits

LAST = "META-INF/ASiCArchiveManifest.xml"
"""The name of the newest archive manifest; an older one is renamed when another comes."""

_NUMBERED = "META-INF/ASiCArchiveManifest{}.xml"
_TOKEN = "META-INF/timestamp{}.tst"  # noqa: S105 - a name of the standard
_LEFT_OUT = (EntryKind.MIMETYPE, EntryKind.PACKAGE_MANIFEST)


@dataclass(frozen=True, slots=True)
class ArchiveManifest:
    """A container with a new archive manifest that has no token yet.

    Attributes:
        container: the ZIP.
        data: the manifest.
        token: name of the entry for the token.
    """

    container: bytes = field(repr=False)
    data: bytes = field(repr=False)
    token: str


def archive_manifest(document: bytes, inside: Inside, digest: str, limits: Limits) -> ArchiveManifest:
    """Put a manifest of every file in a container, those of its signatures too.

    The manifest before it gets a number in the place of its name and is marked as its root; its bytes stay as they are.

    Args:
        document: the container.
        inside: what is in it.
        digest: of the files.
        limits: of time-stamps and entries.

    Raises:
        LimitExceededError: more time-stamps or entries than are read.
    """
    names = list(inside.entries)
    if sum(kind_of(name) is EntryKind.TIMESTAMP for name in names) >= limits.asic_timestamps:
        raise LimitExceededError(
            f"the container has {limits.asic_timestamps} time-stamps, more are not read", hint="raise Limits.asic_timestamps"
        )
    number = free_number((_NUMBERED,), names)
    renamed: dict[str, str] = {}
    made = LAST
    if LAST in names:
        if covering(inside, LAST):  # it cannot be renamed: what is over it names it
            made = _NUMBERED.format(number)
        else:
            renamed[LAST] = _NUMBERED.format(number)
    token = _TOKEN.format(f"{free_number((_TOKEN,), names):03}")
    files = [(renamed.get(name, name), inside.entries[name]) for name in names if kind_of(name) not in _LEFT_OUT]
    root = renamed.get(LAST, LAST if made != LAST else "")
    data = asic_manifest(token, TOKEN_TYPE, files, digest, root=root)
    return ArchiveManifest(with_entries(document, {made: data}, renamed=renamed, limits=limits), data, token)
