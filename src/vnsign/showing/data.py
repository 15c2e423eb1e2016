"""What a signature covers, as data: the octets of an XML signature, the content of a CMS file, the files of a container."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vnsign._verify import Document
from vnsign.errors import ConfigurationError
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits
from vnsign.model.report import DocumentReport, SignatureReport
from vnsign.showing.gate import admitted, verified_bytes

_DATA_ROLES = ("data", "manifest")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class CoveredFile:
    """A piece of what a signature covers.

    Attributes:
        name: as the document calls it.
        path: a relative path that is safe to write on any system: ``/`` between folders, no ``..``, no device names.
        data: the octets that were digested.
    """

    name: str
    path: str
    data: bytes = field(repr=False)


def covered_data(
    document: Document,
    report: DocumentReport,
    signature_id: str,
    *,
    external: Mapping[str, bytes] | None = None,
    even_if_broken: bool = False,
) -> tuple[CoveredFile, ...]:
    """The data that a signature covers and whose digests match, in the order of the signature.

    Args:
        document: what was verified: XML, CMS or an ASiC container.
        report: of that very file.
        signature_id: as in the report.
        external: detached data of an XML signature, by URI.
        even_if_broken: hand out what matches although the signature does not hold.

    Returns:
        At least one. Signed properties and certificates are left out.

    Raises:
        ConfigurationError: ``NO_SUCH_SIGNATURE``, ``NOT_INTACT``, ``OTHER_DOCUMENT``; ``NOT_ATTACHED`` where the file does
            not hold what is signed; ``NO_DATA`` where nothing that is covered is as it was signed; ``USE_REVISION`` for PDF.
        UnreadableDocumentError: the file cannot be read.
    """
    signature = admitted(report, signature_id, even_if_broken=even_if_broken)
    source, limits = DocumentSource.of(document), Limits()
    held = DocumentSource(source.name, data=verified_bytes(source, report, limits))
    if report.format == "pdf":
        raise ConfigurationError("a PDF signature covers a revision of the file", code="USE_REVISION")
    if report.format == "cms":
        found = list(_of_cms(held))
    elif report.format.startswith("asic"):
        found = list(_of_container(held, signature, limits))
    else:
        found = list(_of_xml(held, signature, limits, external or {}))
    if not found:
        raise ConfigurationError(
            f"nothing that signature {signature_id!r} covers is here as it was signed", code="NO_DATA", hint="read the findings"
        )
    return tuple(CoveredFile(name, path, data) for (name, data), path in zip(found, _paths([n for n, _ in found]), strict=True))


def _of_xml(
    source: DocumentSource, signature: SignatureReport, limits: Limits, external: Mapping[str, bytes]
) -> Iterator[tuple[str, bytes]]:
    from vnsign.formats.xml.read import signed_data

    roles = {(item.name, item.position): item.role for item in signature.covered}
    for item in signed_data(source, limits=limits, signature_id=signature.id, external=external):
        if roles.get((item.name, item.position)) in _DATA_ROLES:
            local = re.sub(r"\[\d+\]", "", item.position.rstrip("/").rpartition("/")[2]).rpartition(":")[2]
            yield f"{local or 'document'}.xml", item.data


def _of_cms(source: DocumentSource) -> Iterator[tuple[str, bytes]]:
    from vnsign.errors import EvidenceError
    from vnsign.formats.cms.decode import decode
    from vnsign.pki.cms_structure import read_structure

    try:
        content = read_structure(decode(source.data if isinstance(source.data, bytes) else b"")).content
    except EvidenceError as error:  # cannot be: the same bytes were read for the report
        raise ConfigurationError(f"no CMS: {error.message}", code="NO_DATA") from error
    if content is None:
        raise ConfigurationError(
            "the signature stands beside its data; the file itself holds none",
            code="NOT_ATTACHED",
            hint="what it covers is the file that was given with --detached",
        )
    stem = re.sub(r"\.(?:p7m|p7s|p7b|csig|pem)$", "", source.name.replace("\\", "/").rpartition("/")[2], flags=re.IGNORECASE)
    yield stem or "content", content


def _of_container(source: DocumentSource, signature: SignatureReport, limits: Limits) -> Iterator[tuple[str, bytes]]:
    from vnsign.formats.asic.read import look_inside

    _, inside = look_inside(source.read(limits), limits)
    seen: set[str] = set()
    for item in signature.covered:
        # XAdES has the URI as the name of the digest; CAdES and manifests say what is covered.
        name = item.position if item.position in inside.data_names else inside.entries.name(item.name)
        if item.matches and name is not None and name in inside.data_names and name not in seen:
            seen.add(name)
            yield name, inside.entries[name]


def _paths(names: list[str]) -> list[str]:
    """A safe path for each name, no two of them the same on a system that does not tell small letters from large."""
    taken: set[str] = set()
    paths = []
    for name in names:
        parts = [_part(part) for part in unicodedata.normalize("NFC", name).split("/") if part.strip(" .")]
        path = base = "/".join(parts[-8:]) or "data"
        number = 1
        while path.casefold() in taken:
            number += 1
            stem, dot, ending = base.rpartition(".")
            path = f"{stem}-{number}.{ending}" if dot and stem and "/" not in ending else f"{base}-{number}"
        taken.add(path.casefold())
        paths.append(path)
    return paths


def _part(part: str) -> str:
    shown = "".join("_" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else char for char in part)
    safe = _UNSAFE.sub("_", shown).strip(" .")
    if len(safe) > _LONGEST:
        stem, dot, ending = safe.rpartition(".")
        safe = f"{stem[: _LONGEST - 12]}.{ending}" if dot and len(ending) <= 10 else safe[:_LONGEST]
    return f"_{safe}" if _DEVICES.match(safe) else safe or "_"
