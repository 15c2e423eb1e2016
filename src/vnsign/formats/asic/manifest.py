"""Manifests of a container: ASiCManifest, ASiCArchiveManifest and ASiCEvidenceRecordManifest, and OpenDocument's manifest."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from vnsign.crypto import digests
from vnsign.crypto.algorithms import digest_from_xml
from vnsign.errors import UnreadableDocumentError
from vnsign.formats.asic.names import Entries
from vnsign.formats.xml.parse import parse
from vnsign.model.facts import DigestFacts, DigestRole
from vnsign.model.limits import Limits

_ASIC = "{http://uri.etsi.org/02918/"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_OPEN_DOCUMENT = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"


@dataclass(frozen=True, slots=True)
class Reference:
    """One DataObjectReference: the URI, the digest's name (its URI where not known), the digest expected."""

    uri: str
    algorithm: str
    expected: bytes


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest (EN 319 162-1, A.4).

    Attributes:
        name: of the entry.
        signature: URI of what signs or time-stamps it.
        references: what it covers.
        data: its bytes.
    """

    name: str
    signature: str
    references: tuple[Reference, ...]
    data: bytes = field(repr=False)


def read_manifest(name: str, data: bytes, limits: Limits) -> Manifest:
    """Read a manifest.

    Args:
        name: of the entry.
        data: its bytes.
        limits: of XML, and ``asic_entries`` for the number of references.

    Raises:
        UnreadableDocumentError: no XML, or no manifest; its message says why.
    """
    root = parse(data, limits).getroot()
    tag = str(root.tag)
    if not tag.startswith(_ASIC) or not tag.endswith("Manifest"):
        raise UnreadableDocumentError(f"the root element is {tag[:100]}", code="ASIC_MANIFEST")
    signatures = [item for item in root if _local(item) == "SigReference"]
    references = [item for item in root if _local(item) == "DataObjectReference"]
    if len(signatures) != 1 or not signatures[0].get("URI"):
        raise UnreadableDocumentError("not one SigReference with a URI", code="ASIC_MANIFEST")
    if not references:
        raise UnreadableDocumentError("no DataObjectReference", code="ASIC_MANIFEST")
    if len(references) > limits.asic_entries:
        raise UnreadableDocumentError(f"{len(references)} references", code="ASIC_MANIFEST")
    return Manifest(name, signatures[0].get("URI") or "", tuple(_reference(item) for item in references), data)


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) and tag.startswith(_ASIC) else ""


def _reference(element: Any) -> Reference:
    methods, values = element.findall(f"{_DS}DigestMethod"), element.findall(f"{_DS}DigestValue")
    uri = element.get("URI") or ""
    if len(methods) != 1 or len(values) != 1 or len(values[0]) or not uri:
        raise UnreadableDocumentError("a DataObjectReference without one URI, method and value", code="ASIC_MANIFEST")
    method = methods[0].get("Algorithm") or ""
    try:
        expected = base64.b64decode("".join((values[0].text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableDocumentError("a DigestValue that is no base64", code="ASIC_MANIFEST") from error
    return Reference(uri, digest_from_xml(method) or method, expected)


class EntryDigests:
    """Digests of entries, each computed once: many manifests cover the same files."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._known: dict[tuple[str, str], bytes] = {}

    def facts(self, manifest: Manifest) -> tuple[DigestFacts, ...]:
        """The digest of every entry that a manifest covers; ``computed`` is ``None`` for one that is not there."""
        return tuple(self._facts(reference) for reference in manifest.references)

    def _facts(self, reference: Reference) -> DigestFacts:
        name = self._entries.name(reference.uri)
        computed = size = None
        if name is not None:
            size = len(self._entries[name])
            computed = self._digest(name, reference.algorithm)
        return DigestFacts(
            reference.uri, reference.algorithm, reference.expected, computed, name or reference.uri, DigestRole.DATA, size
        )

    def _digest(self, name: str, algorithm: str) -> bytes | None:
        if algorithm not in digests.SUPPORTED:
            return None
        key = (name, algorithm)
        if key not in self._known:
            self._known[key] = digests.digest(algorithm, self._entries[name])
        return self._known[key]


def listed_files(data: bytes, limits: Limits) -> frozenset[str] | None:
    """The files that OpenDocument's ``manifest.xml`` lists, folders left out; ``None`` when it is no such manifest."""
    try:
        root = parse(data, limits).getroot()
    except UnreadableDocumentError:
        return None
    if str(root.tag) != f"{_OPEN_DOCUMENT}manifest":
        return None
    found = root.iterchildren(f"{_OPEN_DOCUMENT}file-entry")
    paths = (item.get(f"{_OPEN_DOCUMENT}full-path") or "" for item in found)
    return frozenset(path for path in paths if path and not path.endswith("/"))
