"""ASiC containers to facts: every signature and time-stamp in them, and what of the container each covers."""

from __future__ import annotations

import hashlib

from vnsign.errors import LimitExceededError, UnreadableDocumentError
from vnsign.formats.asic import members
from vnsign.formats.asic.container import Container, read_container
from vnsign.formats.asic.coverage import with_coverage
from vnsign.formats.asic.manifest import EntryDigests, Manifest, listed_files, read_manifest
from vnsign.formats.asic.members import Inside
from vnsign.formats.asic.names import Entries, EntryKind, in_order, kind_of
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import DocumentFacts, Problem, SignatureFacts
from vnsign.model.limits import Limits

_MIMETYPES = {
    "application/vnd.etsi.asic-s+zip": "asic-s",
    "application/vnd.etsi.asic-e+zip": "asic-e",
    "application/vnd.bdoc-1.0": "asic-e",
}
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_SIGNING = (EntryKind.XADES, EntryKind.CADES, EntryKind.TIMESTAMP, EntryKind.EVIDENCE_RECORD)


def read_asic(source: DocumentSource, *, limits: Limits) -> DocumentFacts:
    """Read every signature of an ASiC-S or ASiC-E container (EN 319 162-1), also of a signed OpenDocument file.

    Args:
        source: the container.
        limits: bounds on hostile input.

    Returns:
        Facts. Ids are the name of the entry, ``#``, and the id within it. Signatures come first, then time-stamps by number
        and time, then evidence records. Validation material of one signature is at hand for all: that of an archive
        time-stamp stands in the signatures that it covers (EN 319 162-1, A.7). ``details`` has ``mimetype``, ``data`` (the
        files that can be signed) and ``not-covered``.

    Raises:
        UnreadableDocumentError: ``NOT_ASIC`` for another ZIP, ``ZIP_...`` for a damaged one or a trick.
        LimitExceededError: over a limit.

    Not checked: signature values, trust, time: facts only. Containers within the container are not opened.
    """
    data = source.read(limits)
    container, inside = look_inside(data, limits)
    signatures = [item for name in _named(container, EntryKind.XADES) for item in members.xades(name, inside)]
    signatures += [item for name in _named(container, EntryKind.CADES) for item in members.cades(name, inside)]
    stamps = [members.timestamp(name, inside) for name in _named(container, EntryKind.TIMESTAMP)]
    stamps = members.with_protection(_by_time(stamps), signatures, inside)
    signatures = members.with_levels(signatures, stamps, inside)
    records = [members.evidence_record(name) for name in _named(container, EntryKind.EVIDENCE_RECORD)]
    if len(signatures) > limits.signatures:
        raise LimitExceededError(f"{len(signatures)} signatures, at most {limits.signatures} are read")
    found, uncovered = with_coverage((*signatures, *stamps), inside)
    problems = _problems(container, inside)
    return DocumentFacts(
        format=inside.form,
        sha256=hashlib.sha256(data).hexdigest(),
        signatures=(*(members.with_problems(item, problems) for item in found), *records),
        details=(
            ("mimetype", container.mimetype),
            ("data", ", ".join(inside.data_names)),
            ("not-covered", ", ".join(uncovered)),
        ),
        certificates=tuple(dict.fromkeys(item for facts in found for item in facts.certificates)),
        crls=tuple(dict.fromkeys(item for facts in found for item in facts.crls)),
        ocsps=tuple(dict.fromkeys(item for facts in found for item in facts.ocsps)),
    )


def look_inside(data: bytes, limits: Limits) -> tuple[Container, Inside]:
    """A container and what is in it, before any signature is read. Same errors as :func:`read_asic`."""
    container = read_container(data, limits)
    _check_counts(container, limits)
    return container, _inside(container, limits)


def _named(container: Container, kind: EntryKind) -> list[str]:
    return in_order(name for name in container.entries if kind_of(name) is kind)


def _inside(container: Container, limits: Limits) -> Inside:
    form = _form(container)
    entries = Entries(container.entries)
    manifests: list[Manifest] = []
    broken: list[Problem] = []
    for name in _named(container, EntryKind.MANIFEST):
        try:
            manifests.append(read_manifest(name, container.entries[name], limits))
        except UnreadableDocumentError as error:
            broken.append(Problem("asic.manifest-malformed", (("manifest", name), ("found", error.message))))
    open_document = container.mimetype.startswith(_OPEN_DOCUMENT)
    data = {EntryKind.DATA, EntryKind.PACKAGE_MANIFEST} if open_document else {EntryKind.DATA}
    return Inside(
        form=form,
        entries=entries,
        data_names=tuple(name for name in container.entries if kind_of(name) in data),
        manifests=tuple(manifests),
        broken=tuple(broken),
        digests=EntryDigests(entries),
        limits=limits,
    )


def _form(container: Container) -> str:
    """``asic-s`` or ``asic-e``: by the media type, else by what is inside (EN 319 162-1, 4.3.3.1, 4.4.3.1)."""
    kinds = [kind_of(name) for name in container.entries]
    known = _MIMETYPES.get(container.mimetype)
    if known is not None:
        return known
    if not any(kind in _SIGNING for kind in kinds):
        raise UnreadableDocumentError(
            "a ZIP file that is no ASiC container",
            code="NOT_ASIC",
            hint="unpack it and give the signed files themselves",
        )
    simple = kinds.count(EntryKind.DATA) == 1 and not container.mimetype.startswith(_OPEN_DOCUMENT)
    plain = {"META-INF/signature.p7s", "META-INF/signatures.xml", "META-INF/timestamp.tst"}
    return "asic-s" if simple and plain & container.entries.keys() else "asic-e"


def _by_time(stamps: list[SignatureFacts]) -> list[SignatureFacts]:
    """By the number in the name of the file, then by time."""

    def key(facts: SignatureFacts) -> tuple[int, float, str]:
        stamp = facts.document_timestamp
        return members.number(facts.id), 0.0 if stamp is None else stamp.gen_time.timestamp(), facts.id

    return sorted(stamps, key=key)


def _check_counts(container: Container, limits: Limits) -> None:
    """Before anything is read: a thousand small files cost as much as they like."""
    files = len(_named(container, EntryKind.XADES)) + len(_named(container, EntryKind.CADES))
    if files > limits.signatures:
        raise LimitExceededError(f"{files} signature files, at most {limits.signatures} are read")
    stamps = len(_named(container, EntryKind.TIMESTAMP))
    if stamps > limits.asic_timestamps:
        raise LimitExceededError(f"{stamps} time-stamps, at most {limits.asic_timestamps} are read")


def _problems(container: Container, inside: Inside) -> tuple[Problem, ...]:
    """What is wrong with the container and so concerns every signature in it."""
    found = list(inside.broken)
    if not inside.data_names or (inside.form == "asic-s" and len(inside.data_names) != 1):
        found.append(Problem("asic.data-objects", (("found", str(len(inside.data_names))),)))
    if "mimetype" not in container.entries:
        found.append(Problem("asic.mimetype", (("found", "none"),)))
    elif not container.mimetype_first:
        found.append(Problem("asic.mimetype", (("found", "not the first entry, or not stored"),)))
    elif container.mimetype not in _MIMETYPES and not container.mimetype.startswith("application/vnd."):
        found.append(Problem("asic.mimetype", (("found", container.mimetype),)))
    for name in _named(container, EntryKind.PACKAGE_MANIFEST):
        listed = listed_files(container.entries[name], inside.limits)
        if listed is not None and not container.mimetype.startswith(_OPEN_DOCUMENT):
            different = sorted(listed ^ set(inside.data_names))
            if different:
                found.append(Problem("asic.manifest-differs", (("files", ", ".join(different)),)))
    return tuple(found)
