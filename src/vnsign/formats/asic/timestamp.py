"""Files of any kind with a time-stamp in a container (EN 319 162-1, 4.3.3.2 and 4.4.4): ASiC-S for one, ASiC-E for several."""

from __future__ import annotations

from collections.abc import Sequence

from vnsign.crypto import digests
from vnsign.errors import ConfigurationError, LimitExceededError
from vnsign.formats.asic.entry_names import MIMETYPES, check_file_name, written
from vnsign.formats.asic.manifest_write import TOKEN_TYPE, asic_manifest
from vnsign.formats.asic.pending import PendingAsicTimestamp
from vnsign.formats.asic.placement import AsicPlacement, ContainerKind
from vnsign.formats.asic.zip_write import NewEntry, write_container
from vnsign.model.limits import Limits

TOKEN_ENTRY = "META-INF/timestamp.tst"  # noqa: S105 - a name of the standard

_NUMBERED_TOKEN = "META-INF/timestamp001.tst"  # noqa: S105 - a name of the standard
_MANIFEST = "META-INF/ASiCManifest001.xml"
_LIMITS = Limits()


def begin_file_timestamp(
    document: bytes, *, name: str, digest: str = "sha256", limits: Limits = _LIMITS
) -> PendingAsicTimestamp:
    """Begin a time-stamp over one file. See :func:`begin_container_timestamp`."""
    return begin_container_timestamp(((name, document),), digest=digest, limits=limits)


def begin_container_timestamp(
    files: Sequence[tuple[str, bytes]],
    *,
    container: ContainerKind | None = None,
    digest: str = "sha256",
    limits: Limits = _LIMITS,
) -> PendingAsicTimestamp:
    """Begin a container of files with a time-stamp over all of them and no signature.

    Args:
        files: name in the container and content.
        container: its kind; ``None``: ASiC-S for one file, ASiC-E for several.
        digest: of the imprint, and of the files in the manifest of ASiC-E.
        limits: bounds on a container that can be read back.

    Returns:
        The container that waits for its token. The same files and token give the same bytes.

    Raises:
        ConfigurationError: no file; no name for a file of a container, or one twice (``ENTRY_NAME``); several files in ASiC-S;
            a digest that is not used in new time-stamps.
        LimitExceededError: more files or bytes than containers may hold.
    """
    if digest not in digests.FIT_FOR_SIGNING:
        raise ConfigurationError(
            f"digest {digest!r} is not used in new time-stamps", code="WEAK_ALGORITHM", hint="sha256, sha384 or sha512"
        )
    if not files:
        raise ConfigurationError("no files to be time-stamped", code="NO_FILES", hint="name at least one")
    kind = container or (ContainerKind.S if len(files) == 1 else ContainerKind.E)
    check_file_name(files[0][0])  # an empty name means something to the placement, which checks the rest
    AsicPlacement(container=kind, name=files[0][0], more_files=tuple(files[1:]))
    total = sum(len(content) for _, content in files)
    if total > limits.asic_bytes:
        raise LimitExceededError(f"{total} bytes, at most {limits.asic_bytes} are read from a container")
    named = [(written(name), content) for name, content in files]
    entries = [NewEntry("mimetype", MIMETYPES[kind].encode(), stored=True)]
    entries += [NewEntry(name, content) for name, content in named]
    covered, token = named[0][1], TOKEN_ENTRY
    if kind is ContainerKind.E:
        token = _NUMBERED_TOKEN
        covered = asic_manifest(token, TOKEN_TYPE, named, digest)
        entries.append(NewEntry(_MANIFEST, covered))
    imprint = digests.digest(digest, covered)
    return PendingAsicTimestamp(digest, imprint, write_container(entries, limits=limits), token, limits=limits)
