"""What a container is laid out like for one more signature: which entries are there, which come, what is signed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from vnsign.errors import ConfigurationError, LimitExceededError, SigningError, UnreadableDocumentError
from vnsign.formats.asic.container import Container
from vnsign.formats.asic.entry_names import MIMETYPES, free_number, media_type, written
from vnsign.formats.asic.guard import check_changeable
from vnsign.formats.asic.manifest_write import EMPTY_SIGNATURES, SIGNATURE_TYPE, asic_manifest, package_manifest
from vnsign.formats.asic.members import Inside
from vnsign.formats.asic.names import EntryKind, kind_of
from vnsign.formats.asic.placement import AsicPlacement, ContainerForm, ContainerKind
from vnsign.formats.asic.read import look_inside
from vnsign.formats.asic.zip_write import NewEntry, with_entries, write_container
from vnsign.formats.xml.parse import parse
from vnsign.model.limits import Limits

_LOOKS_LIKE = re.compile(rb"META-INF/|application/vnd\.etsi\.asic", re.IGNORECASE)
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_FORMS = {EntryKind.XADES: ContainerForm.XADES, EntryKind.CADES: ContainerForm.CADES}
_SIMPLE = {ContainerForm.XADES: "META-INF/signatures.xml", ContainerForm.CADES: "META-INF/signature.p7s"}


@dataclass(frozen=True, slots=True)
class File:
    """A file that is signed."""

    name: str
    content: bytes = field(repr=False)
    media_type: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A container that waits for a signature.

    Attributes:
        kind, form: of the container and of the signature.
        container: the ZIP without the signature's entry, or with that entry as it was.
        entry: the entry that receives the signature.
        files: what is signed, directly or by a manifest.
        signatures: what is in the entry before: signatures, or the frame of an XML file; empty for a new CMS file.
        covered: what a CMS signature is over: the file or the manifest.
    """

    kind: ContainerKind
    form: ContainerForm
    container: bytes = field(repr=False)
    entry: str
    files: tuple[File, ...] = field(repr=False)
    signatures: bytes = field(default=b"", repr=False)
    covered: bytes = field(default=b"", repr=False)


def opened(document: bytes, limits: Limits) -> tuple[Container, Inside] | None:
    """The document as a container that can be signed; ``None``: it is a file, though perhaps a ZIP.

    Raises:
        UnreadableDocumentError, LimitExceededError: it looks like a container and cannot be read.
    """
    if not document.startswith(b"PK") or not _LOOKS_LIKE.search(document):
        return None
    try:
        container, inside = look_inside(document, limits)
    except UnreadableDocumentError as error:
        if error.code == "NOT_ASIC":
            return None
        raise
    return None if container.mimetype.startswith(_OPEN_DOCUMENT) else (container, inside)


def fresh(document: bytes, placement: AsicPlacement, digest: str, limits: Limits) -> Layout:
    """A new container around the document.

    Raises:
        LimitExceededError: more files or bytes than are read back.
    """
    kind, form = placement.container or ContainerKind.E, placement.form or ContainerForm.XADES
    name = written(placement.file_name)
    files = (
        File(name, document, placement.mime_type or media_type(name)),
        *(File(written(name), content, media_type(name)) for name, content in placement.more_files),
    )
    total = sum(len(file.content) for file in files)
    if total > limits.asic_bytes:
        raise LimitExceededError(f"{total} bytes, at most {limits.asic_bytes} are read from a container")
    entries = [NewEntry("mimetype", MIMETYPES[kind].encode(), stored=True)]
    entries += [NewEntry(file.name, file.content) for file in files]
    if kind is ContainerKind.E and form is ContainerForm.XADES:
        listed = package_manifest(MIMETYPES[kind], [(file.name, file.media_type) for file in files])
        entries.append(NewEntry("META-INF/manifest.xml", listed))
    if kind is ContainerKind.S:
        container = write_container(entries, limits=limits)
        return _simple(container, form, files, b"")
    return _extended(entries, (), form, files, digest, limits)


def extended(document: bytes, there: tuple[Container, Inside], placement: AsicPlacement, digest: str, limits: Limits) -> Layout:
    """The container with room for one more signature, over all its files.

    Raises:
        ConfigurationError: ``ASIC_PLACEMENT``: another kind, form or more files than the container has.
        SigningError: ``ASIC_CLOSED``: it takes no further signature.
    """
    container, inside = there
    kind = ContainerKind(inside.form)
    if placement.more_files:
        raise _other("files are not added to a container that is there", "make a new container of all files")
    if placement.container not in (None, kind):
        raise _other(f"the container is of kind {kind}", "leave the kind out, it stays as it is")
    form = _form(container, kind, placement)
    if not inside.data_names or (kind is ContainerKind.S and len(inside.data_names) != 1):
        raise _closed(f"it has {len(inside.data_names)} files")
    files = tuple(File(name, container.entries[name], media_type(name)) for name in inside.data_names)
    if kind is ContainerKind.S:
        entry = next(name for name in container.entries if _FORMS.get(kind_of(name)) is form)
        check_changeable(inside, entry)
        signatures = container.entries[entry]
        if form is ContainerForm.XADES:
            _check_root(signatures, limits)
        return Layout(kind, form, document, entry, files, signatures, files[0].content)
    return _extended(document, tuple(container.entries), form, files, digest, limits)


def _form(container: Container, kind: ContainerKind, placement: AsicPlacement) -> ContainerForm:
    """What the container's signatures are; nothing but time-stamps go with CAdES (EN 319 162-1, 4.4.4)."""
    there = {_FORMS[kind_of(name)] for name in container.entries if kind_of(name) in _FORMS}
    if not there and kind is ContainerKind.S:
        raise _closed("its one file has a time-stamp, and a signature has no place beside that")
    allowed = there or {ContainerForm.CADES}
    if placement.form is None and len(allowed) == 1:
        return next(iter(allowed))
    if placement.form not in allowed:
        raise _other(f"the container has {' and '.join(sorted(allowed))} signatures", "leave the form out, it stays as it is")
    return placement.form


def _simple(container: bytes, form: ContainerForm, files: tuple[File, ...], signatures: bytes) -> Layout:
    xades = form is ContainerForm.XADES
    before = EMPTY_SIGNATURES if xades else signatures
    return Layout(ContainerKind.S, form, container, _SIMPLE[form], files, before, files[0].content)


def _extended(
    base: bytes | Sequence[NewEntry],
    taken: Sequence[str],
    form: ContainerForm,
    files: tuple[File, ...],
    digest: str,
    limits: Limits,
) -> Layout:
    """An ASiC-E container: the entries of a new one, or the ZIP that is there."""
    kind = ContainerKind.E
    if form is ContainerForm.XADES:
        number = free_number(("META-INF/signatures{}.xml",), taken)
        data = base if isinstance(base, bytes) else write_container(base, limits=limits)
        return Layout(kind, form, data, f"META-INF/signatures{number:03}.xml", files, EMPTY_SIGNATURES)
    number = free_number(("META-INF/signature{}.p7s", "META-INF/ASiCManifest{}.xml"), taken)
    entry, name = f"META-INF/signature{number:03}.p7s", f"META-INF/ASiCManifest{number:03}.xml"
    types = {file.name: file.media_type for file in files}
    manifest = asic_manifest(entry, SIGNATURE_TYPE, [(file.name, file.content) for file in files], digest, types=types)
    if isinstance(base, bytes):
        data = with_entries(base, {name: manifest}, limits=limits)
    else:
        data = write_container([*base, NewEntry(name, manifest)], limits=limits)
    return Layout(kind, form, data, entry, files, covered=manifest)


def _check_root(signatures: bytes, limits: Limits) -> None:
    tag = str(parse(signatures, limits).getroot().tag)
    if not tag.endswith("}XAdESSignatures"):
        raise _closed(f"its signature file has the root {tag[:100]}, which holds one signature")


def _closed(why: str) -> SigningError:
    return SigningError(
        f"the container takes no further signature: {why}",
        code="ASIC_CLOSED",
        hint="take the files out and sign them in a new container",
    )


def _other(why: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"ASiC placement: {why}", code="ASIC_PLACEMENT", hint=hint)
