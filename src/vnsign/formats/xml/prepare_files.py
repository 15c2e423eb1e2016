"""A XAdES signature over files outside the document that it stands in, as containers have them (EN 319 162-1, 4.4.3.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from vnsign.crypto import algorithms, digests
from vnsign.errors import LimitExceededError, UnreadableDocumentError
from vnsign.formats.xml.names import C14N_EXCLUSIVE
from vnsign.formats.xml.parse import parse
from vnsign.formats.xml.placement import XmlPackaging, XmlPlacement
from vnsign.formats.xml.prepare import PreparedXml, derived_id, fill, frame_in
from vnsign.formats.xml.write_checks import check_neighbours, check_new_ids, writable_algorithm
from vnsign.formats.xml.write_position import encoding_of
from vnsign.formats.xml.write_signature import SignatureSpec, WrittenReference, base64_text
from vnsign.model.certificate import Certificate
from vnsign.model.claims import NO_CLAIMS, Claims
from vnsign.model.facts import SignatureAlgorithm
from vnsign.model.limits import Limits
from vnsign.model.moment import utc

_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A file that is signed as it is: the URI that means it, its bytes, its media type."""

    uri: str
    data: bytes = field(repr=False)
    mime_type: str


def prepare_over_files(  # noqa: PLR0913 - one value each, all but two by name
    document: bytes,
    files: Sequence[SignedFile],
    *,
    certificate: Certificate,
    chain: Sequence[Certificate] = (),
    algorithm: SignatureAlgorithm,
    at: datetime,
    digest: str = "sha256",
    claims: Claims = NO_CLAIMS,
    limits: Limits = _LIMITS,
) -> PreparedXml:
    """Put an unfinished XAdES signature over files in a document, as the last child of its root.

    Args:
        document: what receives the signature, with the signatures that are in it.
        files: what is signed, each by a reference of its own.
        certificate: the signing certificate.
        chain: further certificates for ``KeyInfo``.
        algorithm: signature algorithm; must fit the certificate's key.
        at: claimed signing time, aware.
        digest: of the files and of the certificate.
        claims: what the signer says beyond signing.
        limits: bounds on the document.

    Returns:
        The value to finish with :func:`vnsign.formats.xml.prepare.embed_xml`. The same arguments give the same value.

    Raises:
        UnreadableDocumentError: no well-formed XML, or a DOCTYPE; LimitExceededError: over a limit, of references too.
        ConfigurationError: ``at`` has no zone, a claim that XAdES cannot say.
        SigningError: weak or unfit algorithm; a signature of the document covers the place.
    """
    utc(at)
    if not files:
        raise UnreadableDocumentError("no files to be signed", code="NO_FILES")
    if len(files) >= limits.xml_references:
        raise LimitExceededError(
            f"{len(files)} files in one XAdES signature, at most {limits.xml_references - 1} are read",
            hint="sign with CAdES, whose manifest may list more, or pack the files",
        )
    written = writable_algorithm(certificate, algorithm, digest)
    root = parse(document, limits).getroot()
    # Exclusive canonicalisation: the signature can be moved to another root, as merging containers does.
    placement = XmlPlacement(
        packaging=XmlPackaging.DETACHED, reference=files[0].uri, canonicalization=C14N_EXCLUSIVE, claims=claims
    )
    values = [digests.digest(digest, file.data) for file in files]
    named = "\0".join(file.uri for file in files).encode()
    spec = SignatureSpec(
        placement=placement,
        signature_id=derived_id(hashlib.sha256(document).digest() + named + b"".join(values), certificate, at),
        algorithm_uri=algorithms.signature_to_xml(written),
        digest=digest,
        certificate=certificate,
        chain=tuple(chain),
        at=at,
    )
    check_new_ids(root, spec.signature_id)
    references = [
        WrittenReference(file.uri, id=f"{spec.signature_id}-ref-{number}", value=base64_text(value), mime_type=file.mime_type)
        for number, (file, value) in enumerate(zip(files, values, strict=True))
    ]
    codec = encoding_of(document, root.getroottree().docinfo.encoding)
    prepared = fill(spec, frame_in(document, codec, root), references, limits)
    external = {file.uri: file.data for file in files}
    check_neighbours(document, prepared.before + prepared.middle + prepared.after, spec.signature_id, limits, external)
    return prepared
