"""Signatures and time-stamps of containers raised a level (EN 319 162-1, 5.2 to 5.4; A.7).

Anyone's containers are raised. Time-stamps and material of a signature go into its own file, as XAdES and CAdES have it. The
archive time-stamp of a CAdES signature or of a time-stamp file in ASiC-E stands beside it: an ``ASiCArchiveManifest`` lists
every file of the container with a fresh digest, and a token is over the manifest. What such a token is over is never changed
again; later material goes into the last token, which nothing is over yet.

Not checked here: whether signatures hold, and whom a time-stamp is from; :mod:`vnsign.signing` does that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vnsign.crypto import digests
from vnsign.errors import ConfigurationError, SigningError
from vnsign.formats.asic.archive import archive_manifest
from vnsign.formats.asic.guard import check_changeable, covering
from vnsign.formats.asic.material import add_to_token, new_material
from vnsign.formats.asic.members import Inside, number
from vnsign.formats.asic.names import EntryKind, kind_of
from vnsign.formats.asic.pending import PendingAsicTimestamp
from vnsign.formats.asic.read import look_inside
from vnsign.formats.asic.zip_write import with_entries
from vnsign.formats.cms import augment as cms
from vnsign.formats.material import Material
from vnsign.formats.xml import augment as xml
from vnsign.model.limits import Limits

_LIMITS = Limits()


def begin_signature_timestamp(
    document: bytes, signature_id: str, *, digest: str = "sha256", limits: Limits = _LIMITS
) -> PendingAsicTimestamp:
    """Begin a signature time-stamp: level B-T.

    Args:
        document: the container.
        signature_id: of the signature, as the reader gives it: entry, ``#`` and the id within.
        digest: of the imprint.
        limits: bounds on the container.

    Raises:
        UnreadableDocumentError: no container that can be read; LimitExceededError: over a limit, of time-stamps too.
        ConfigurationError: a digest that is not used in new time-stamps.
        SigningError: no such signature, none that can be raised, or something in the container is over its file.
    """
    found = _found(document, signature_id, limits)
    check_changeable(found.inside, found.entry)
    if found.kind is EntryKind.XADES:
        inner = xml.begin_signature_timestamp(
            found.content, found.own, digest=digest, external=found.inside.entries, limits=limits
        )
        return PendingAsicTimestamp(inner.digest, inner.imprint, document, found.entry, inner, limits)
    if found.kind is EntryKind.CADES:
        stamp = cms.begin_signature_timestamp(found.content, found.own, digest=digest, limits=limits)
        return PendingAsicTimestamp(stamp.digest, stamp.imprint, document, found.entry, stamp, limits)
    raise SigningError(
        f"{signature_id!r} is a time-stamp itself", code="NO_SUCH_SIGNATURE", hint="renew it by an archive time-stamp"
    )


def add_material(document: bytes, signature_id: str, material: Material, *, limits: Limits = _LIMITS) -> bytes:
    """Add validation material: level B-LT.

    It goes into the file of the signature or time-stamp, or, where a token is over that file, into the last such token
    (A.7), which nothing is over yet.

    Args:
        document: the container.
        signature_id: the signature or time-stamp that the material is for.
        material: what is added, as far as the file does not have it yet; of what goes into a token, as far as nothing has it.
        limits: bounds on the container.

    Returns:
        The container; the same bytes where nothing was to be added.

    Raises:
        UnreadableDocumentError, LimitExceededError, ConfigurationError: as :func:`begin_signature_timestamp`.
        SigningError: no such signature; the material has no place that may be changed.
    """
    found = _found(document, signature_id, limits)
    entry = _last_token(found) or found.entry
    kind = kind_of(entry)
    content = found.inside.entries[entry]
    if kind is EntryKind.XADES:
        made = xml.add_material(content, found.own, material, external=found.inside.entries, limits=limits)
    elif kind is EntryKind.CADES:
        made = cms.add_material(content, found.own, material, limits=limits)
    else:
        made = add_to_token(content, new_material(document, material, limits), limits)
    return document if made == content else with_entries(document, {entry: made}, limits=limits)


def begin_archive_timestamp(
    document: bytes, signature_id: str, *, digest: str = "sha256", limits: Limits = _LIMITS
) -> PendingAsicTimestamp:
    """Begin an archive time-stamp: level B-LTA, and its renewal.

    Args:
        document: the container.
        signature_id: of a signature or time-stamp. In ASiC-E with CAdES, and for time-stamps, the archive time-stamp is over
            the whole container and serves all of them.
        digest: of the imprint and of the manifest.
        limits: bounds on the container.

    Raises:
        UnreadableDocumentError, LimitExceededError, ConfigurationError: as :func:`begin_signature_timestamp`.
        SigningError: as there.
    """
    found = _found(document, signature_id, limits)
    if found.kind is EntryKind.XADES:
        check_changeable(found.inside, found.entry)
        inner = xml.begin_archive_timestamp(
            found.content, found.own, digest=digest, external=found.inside.entries, limits=limits
        )
        return PendingAsicTimestamp(inner.digest, inner.imprint, document, found.entry, inner, limits)
    if found.kind is EntryKind.CADES and not found.by_manifest:
        check_changeable(found.inside, found.entry)
        data = found.inside.entries[found.inside.data_names[0]] if len(found.inside.data_names) == 1 else None
        stamp = cms.begin_archive_timestamp(found.content, found.own, digest=digest, content=data, limits=limits)
        return PendingAsicTimestamp(stamp.digest, stamp.imprint, document, found.entry, stamp, limits)
    if digest not in digests.FIT_FOR_SIGNING:
        raise ConfigurationError(
            f"digest {digest!r} is not used in new time-stamps", code="WEAK_ALGORITHM", hint="sha256, sha384 or sha512"
        )
    manifest = archive_manifest(document, found.inside, digest, limits)
    imprint = digests.digest(digest, manifest.data)
    return PendingAsicTimestamp(digest, imprint, manifest.container, manifest.token, limits=limits)


def archive_targets(document: bytes, signature_ids: Sequence[str], *, limits: Limits = _LIMITS) -> tuple[str, ...]:
    """Of several signatures those that need an archive time-stamp of their own, so that all have one.

    Where the archive time-stamp is over the whole container, the first stands for the others.

    Raises:
        UnreadableDocumentError, LimitExceededError, SigningError: as :func:`begin_archive_timestamp`.
    """
    own: list[str] = []
    shared: list[str] = []
    for id_ in signature_ids:
        found = _found(document, id_, limits)
        whole = found.kind is EntryKind.TIMESTAMP or (found.kind is EntryKind.CADES and found.by_manifest)
        (shared if whole else own).append(id_)
    return (*own, *shared[:1])


@dataclass(frozen=True, slots=True)
class _Found:
    """A signature or time-stamp file of a container, and the id within it."""

    inside: Inside
    entry: str
    own: str
    kind: EntryKind
    content: bytes = field(repr=False)

    @property
    def by_manifest(self) -> bool:
        return self.inside.form != "asic-s" or bool(self.inside.manifests_of(self.entry))


def _found(document: bytes, signature_id: str, limits: Limits) -> _Found:
    _, inside = look_inside(document, limits)
    entry, _, own = signature_id.partition("#")
    there: Mapping[str, bytes] = inside.entries
    kind = kind_of(entry)
    signs = kind in (EntryKind.XADES, EntryKind.CADES) and bool(own)
    if entry not in list(there) or not (signs or (kind is EntryKind.TIMESTAMP and not own)):
        raise SigningError(
            f"the container has no signature {signature_id!r}",
            code="NO_SUCH_SIGNATURE",
            hint="entry, # and the id within, as the report names it",
        )
    return _Found(inside, entry, own, kind, there[entry])


def _last_token(found: _Found) -> str:
    """The last token that is over the file of a signature, nothing being over it; empty: the file itself is free.

    Raises:
        SigningError: ``ARCHIVE_TIMESTAMP_WOULD_BREAK``: there is something else over the file.
    """
    inside = found.inside
    over = covering(inside, found.entry)
    if not over:
        return ""
    free = [name for name in over if kind_of(name) is EntryKind.TIMESTAMP and not covering(inside, name)]
    if found.kind is EntryKind.XADES or not free or any(kind_of(name) is EntryKind.EVIDENCE_RECORD for name in over):
        check_changeable(inside, found.entry)
    return max(free, key=lambda name: (number(name), name))
