"""Which entries of a container may still be changed: those that nothing else in it is over."""

from __future__ import annotations

from vnsign.errors import SigningError
from vnsign.formats.asic import members
from vnsign.formats.asic.members import Inside
from vnsign.formats.asic.names import EntryKind, kind_of


def covering(inside: Inside, name: str) -> tuple[str, ...]:
    """What is over an entry: the entries that sign, time-stamp or archive a manifest with it, or refer to it themselves.

    Args:
        inside: the container.
        name: of the entry.

    Returns:
        Names of entries; not the entry itself.
    """
    entries = inside.entries
    over = (item.signature for item in inside.manifests if any(entries.name(one.uri) == name for one in item.references))
    found = [entries.name(uri) or uri for uri in over]
    for other in entries:
        if other == name or kind_of(other) is not EntryKind.XADES:
            continue
        digests = [digest for facts in members.xades(other, inside) for digest in facts.digests]
        if any(entries.name(item.name) == name for item in digests):
            found.append(other)
    return tuple(dict.fromkeys(item for item in found if item != name))


def check_changeable(inside: Inside, name: str) -> None:
    """Refuse to change an entry that something is over.

    Raises:
        SigningError: ``ARCHIVE_TIMESTAMP_WOULD_BREAK``.
    """
    over = covering(inside, name)
    if over:
        raise SigningError(
            f"{', '.join(over)} in the container is over {name}, which would be changed",
            code="ARCHIVE_TIMESTAMP_WOULD_BREAK",
            hint="renew what is over it, or put the container in a new one",
        )
