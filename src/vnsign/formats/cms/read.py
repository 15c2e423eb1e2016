"""CMS files to facts: CAdES and plain CMS, attached and detached, time-stamp tokens and evidence records on their own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType

from vnsign.errors import EvidenceError, UnreadableDocumentError
from vnsign.formats.cms.decode import decode, is_evidence_record
from vnsign.formats.cms.signatures import Source, read_signatures
from vnsign.formats.evidence_records import listed
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import DocumentFacts
from vnsign.model.limits import Limits

_NOTHING: Mapping[str, bytes] = MappingProxyType({})


def read_cms(source: DocumentSource, *, limits: Limits, external: Mapping[str, bytes] = _NOTHING) -> DocumentFacts:
    """Read every signature of a CMS file (RFC 5652, EN 319 122-1): DER, BER, PEM or base64.

    Args:
        source: the file.
        limits: bounds on hostile input.
        external: the detached data: under the name of the file without its last ending (``to-khai.pdf`` for
            ``to-khai.pdf.p7s``), or the only entry under whatever name. Encapsulated content goes before.

    Returns:
        Facts; each SignerInfo is a signature, each counter-signature as well. ``details`` has ``content``.

    Raises:
        UnreadableDocumentError: no CMS, damaged (``CMS_MALFORMED``), encrypted or otherwise without signatures
            (``NOT_SIGNED_DATA``). LimitExceededError: over a limit.

    Not checked: signature values, trust, time: facts only. S/MIME messages are not read.
    """
    data = source.read(limits)
    sha256 = hashlib.sha256(data).hexdigest()
    der = decode(data)
    if is_evidence_record(der):
        return DocumentFacts("cms", sha256, (listed("evidence-record", ""),), (("content", "evidence record (RFC 4998)"),))
    name, detached = _detached(source.name, external)
    try:
        structure, signatures = read_signatures(Source(der, covers=name, detached=detached), limits)
    except EvidenceError as error:
        raise _unreadable(error) from error
    content = "detached" if structure.content is None else f"encapsulated, {len(structure.content)} bytes"
    return DocumentFacts("cms", sha256, signatures, (("content", content), ("content-type", structure.content_type)))


def _unreadable(error: EvidenceError) -> UnreadableDocumentError:
    if error.code == "NOT_SIGNED_DATA":
        return UnreadableDocumentError(
            f"a CMS structure without signatures ({error.message})",
            code="NOT_SIGNED_DATA",
            hint="an encrypted file must be decrypted first",
        )
    return UnreadableDocumentError(
        f"a CMS file that is damaged: {error.message}", code="CMS_MALFORMED", hint="was the file cut off?"
    )


def _detached(name: str, external: Mapping[str, bytes]) -> tuple[str, bytes | None]:
    for key in (PurePath(name).stem, ""):
        if key in external:
            return key or "detached content", external[key]
    if len(external) == 1:
        return next(iter(external.items()))
    return "detached content", None
