"""CMS signatures raised a level: signature time-stamps, validation material, archive time-stamps (EN 319 122-1, 5.3 to 5.5, 6).

Anyone's signature is raised. Nothing that was signed or time-stamped is changed: attributes are added after those that are
there, certificates and revocation data go into the fields of the SignedData, or into the last archive time-stamp where an
old one is over those fields. Files in PEM or base64 come out in binary form.

Not checked here: whether the signature holds, and whom a time-stamp is from; :mod:`vnsign.signing` does that.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vnsign.crypto import ber, digests
from vnsign.errors import (
    ConfigurationError,
    EvidenceError,
    LimitExceededError,
    SigningError,
    TimestampUnavailableError,
    UnreadableDocumentError,
)
from vnsign.formats.cms.archive import ARCHIVE, ARCHIVE_V3, REFERENCES_ONLY, SIGNATURE_AND_REFERENCES
from vnsign.formats.cms.archive_write import archive_imprint, hash_index
from vnsign.formats.cms.edit import (
    Path,
    add_unsigned,
    open_document,
    path_of,
    signer_at,
    take_apart,
    unsigned_of,
    with_digest_algorithm,
    with_signer,
)
from vnsign.formats.cms.frozen import check_attributes_open, check_open
from vnsign.formats.cms.hash_index import ATS_HASH_INDEX_V3
from vnsign.formats.cms.material import with_material
from vnsign.formats.material import Material
from vnsign.model.limits import Limits
from vnsign.pki import cms_attributes as attrs
from vnsign.pki.cms_structure import read_signer_info
from vnsign.pki.cms_write import Parts, attribute, put_together

_LIMITS = Limits()
_TIMESTAMPS = ARCHIVE | {attrs.SIGNATURE_TIMESTAMP, SIGNATURE_AND_REFERENCES, REFERENCES_ONLY}


@dataclass(frozen=True, slots=True)
class PendingCmsTimestamp:
    """A CMS file that waits for a time-stamp token (:class:`vnsign.formats.pending.PendingTimestamp`).

    Attributes:
        digest: name of the digest of the imprint.
        imprint: what the token must be over.
        document: the file.
        signature_id: the signature that it goes to.
        kind: OID of the attribute.
        index: DER of the ats-hash-index of an archive time-stamp; empty for others.
        limits: bounds on the file.
    """

    digest: str
    imprint: bytes
    document: bytes = field(repr=False)
    signature_id: str
    kind: str
    index: bytes = field(default=b"", repr=False)
    limits: Limits = field(default=_LIMITS, repr=False)

    def embed(self, token: bytes) -> bytes:
        """The file with the token as an unsigned attribute.

        Args:
            token: DER of the time-stamp token. It is not checked here.

        Raises:
            TimestampUnavailableError: it is no CMS structure with a signer (``TIMESTAMP_MALFORMED``).
            UnreadableDocumentError, SigningError: the file is not the one that was begun with.
        """
        try:
            made = attribute(self.kind, _indexed(token, self.index) if self.index else token)
        except EvidenceError as error:
            raise TimestampUnavailableError(f"no time-stamp token: {error.message}", code="TIMESTAMP_MALFORMED") from error
        parts = open_document(self.document, self.limits)
        if self.index:
            parts = with_digest_algorithm(parts, self.digest)
        return put_together(with_signer(parts, path_of(self.signature_id), lambda signer: add_unsigned(signer, made)))


def begin_signature_timestamp(
    document: bytes, signature_id: str, *, digest: str = "sha256", limits: Limits = _LIMITS
) -> PendingCmsTimestamp:
    """Begin a signature-time-stamp: level B-T (EN 319 122-1, 5.3).

    Args:
        document: the CMS file: DER, BER, PEM or base64.
        signature_id: of the signature, as the reader gives it; of a counter-signature too.
        digest: of the imprint.
        limits: bounds on the file.

    Raises:
        UnreadableDocumentError: no CMS file; LimitExceededError over a limit, of time-stamps too.
        ConfigurationError: a digest that is not used in new time-stamps, or no identifier of a signature.
        SigningError: no such signature, or an archive time-stamp would break.
    """
    _check_digest(digest)
    parts, path = open_document(document, limits), path_of(signature_id)
    check_attributes_open(parts, path)
    signer = signer_at(parts, path)
    try:
        value = read_signer_info(ber.element(signer)).value
        _check_room(signer, limits)
    except EvidenceError as error:
        raise _malformed(error) from error
    return PendingCmsTimestamp(
        digest, digests.digest(digest, value), document, signature_id, attrs.SIGNATURE_TIMESTAMP, limits=limits
    )


def add_material(document: bytes, signature_id: str, material: Material, *, limits: Limits = _LIMITS) -> bytes:
    """Add validation material: level B-LT (EN 319 122-1, 5.4.2, 6.3).

    Certificates go into ``SignedData.certificates``, CRLs and OCSP answers (RFC 5940) into ``SignedData.crls``. Where an
    archive time-stamp of an old kind is over these fields, they go into the same fields of the signature's last archive
    time-stamp, which nothing covers yet.

    Args:
        document: the CMS file.
        signature_id: the signature that the material is for.
        material: what is added, as far as the signature does not have it yet.
        limits: bounds on the file.

    Returns:
        The file; the same bytes where nothing was to be added.

    Raises:
        UnreadableDocumentError: no CMS file; LimitExceededError: over a limit, or the result would be.
        ConfigurationError, SigningError: no such signature; the material has no place that may be changed.
    """
    parts, path = open_document(document, limits), path_of(signature_id)
    signer_at(parts, path)
    try:
        made = with_material(parts, path, material, limits)
    except EvidenceError as error:
        raise _malformed(error) from error
    return document if made is parts else put_together(made)


def begin_archive_timestamp(
    document: bytes,
    signature_id: str,
    *,
    digest: str = "sha256",
    content: bytes | None = None,
    limits: Limits = _LIMITS,
) -> PendingCmsTimestamp:
    """Begin an archive-time-stamp-v3: level B-LTA, and its renewal (EN 319 122-1, 5.5.3).

    It covers the content, the signature, and everything else that is in the file now: certificates, revocation data, unsigned
    attributes with counter-signatures and older time-stamps.

    Args:
        document: the CMS file.
        signature_id: of the signature.
        digest: of the imprint and of the index.
        content: what a detached file signs; may be left out where the signature has a digest of this kind of it.
        limits: bounds on the file.

    Raises:
        UnreadableDocumentError: no CMS file; LimitExceededError over a limit, of time-stamps too.
        ConfigurationError: a digest that is not used in new time-stamps, or no identifier of a signature.
        SigningError: no such signature; a counter-signature, which the archive time-stamp of the signature that it is on
            covers; content missing (``CONTENT_NEEDED``) or another one (``CONTENT_DIFFERS``).
    """
    _check_digest(digest)
    parts, path = open_document(document, limits), path_of(signature_id)
    signer = signer_at(parts, path)
    check_open(parts)
    if len(path) > 1:
        raise SigningError(
            "a counter-signature has no archive time-stamp of its own",
            code="COUNTER_SIGNATURE_ARCHIVE",
            hint="raise the signature that it is on: its archive time-stamp covers the counter-signature",
        )
    try:
        _check_room(signer, limits)
        index = hash_index(parts, signer, digest)
        imprint = archive_imprint(parts, signer, index, digest, content)
    except EvidenceError as error:
        raise _malformed(error) from error
    return PendingCmsTimestamp(digest, imprint, document, signature_id, ARCHIVE_V3, index, limits)


def _indexed(token: bytes, index: bytes) -> bytes:
    """The token with the index as an unsigned attribute of its signer (5.5.2)."""
    parts: Parts = take_apart(token)
    if len(parts.signers) != 1:
        raise EvidenceError(f"a token with {len(parts.signers)} signers")
    first: Path = (0,)
    made = attribute(ATS_HASH_INDEX_V3, index)
    return put_together(replace(with_signer(parts, first, lambda signer: add_unsigned(signer, made)), trailing=b""))


def _check_digest(name: str) -> None:
    if name not in digests.FIT_FOR_SIGNING:
        raise ConfigurationError(
            f"digest {name!r} is not used in new time-stamps", code="WEAK_ALGORITHM", hint="sha256, sha384 or sha512"
        )


def _check_room(signer: bytes, limits: Limits) -> None:
    count = sum(len(item.values) for item in unsigned_of(signer) if item.oid in _TIMESTAMPS)
    if count >= limits.timestamps:
        raise LimitExceededError(
            f"the signature has {count} time-stamps, at most {limits.timestamps} are read", hint="raise Limits.timestamps"
        )


def _malformed(error: EvidenceError) -> UnreadableDocumentError:
    return UnreadableDocumentError(f"a broken CMS file: {error.message}", code="CMS_MALFORMED")
