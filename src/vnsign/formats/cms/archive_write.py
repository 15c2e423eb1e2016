"""The index and the imprint of a new archive-time-stamp-v3 (EN 319 122-1, 5.5.2 and 5.5.3)."""

from __future__ import annotations

from collections.abc import Iterable

from vnsign.crypto import algorithms, ber, digests
from vnsign.errors import SigningError
from vnsign.formats.cms.edit import check_content, content_of, core_of, digest_of_pieces, message_digest, unsigned_of
from vnsign.pki.cms_write import Parts, Piece, oid, sequence


def hash_index(parts: Parts, signer: bytes, digest: str) -> bytes:
    """DER of ATSHashIndexV3 over everything in the file that the signer has.

    Args:
        parts: the file.
        signer: the SignerInfo that is archived.
        digest: of the index.

    Raises:
        EvidenceError: malformed.
    """
    values = [oid(item.oid) + value.encoding for item in unsigned_of(signer) for value in item.values]
    lists = (_hashes(items, digest) for items in (parts.certificates, parts.revocation, values))
    return sequence(algorithms.digest_identifier_der(digest), *lists)


def _hashes(items: Iterable[bytes], digest: str) -> bytes:
    return sequence(*(ber.wrap(ber.OCTET_STRING, digests.digest(digest, item)) for item in items))


def archive_imprint(parts: Parts, signer: bytes, index: bytes, digest: str, content: bytes | None) -> bytes:
    """The digest that the token must be over: content type, digest of the content, signer, index.

    Raises:
        SigningError: detached content that is missing or another one. EvidenceError: malformed.
    """
    pieces = content_of(parts)
    there: tuple[Piece, ...] | None = pieces
    if there is None and content is not None:
        there = (content,)
    signed = _digest_of_content(signer, there, digest)
    return digest_of_pieces(digest, [oid(parts.content_type), signed, *core_of(signer), index])


def _digest_of_content(signer: bytes, pieces: tuple[Piece, ...] | None, digest: str) -> bytes:
    if pieces is not None:
        check_content([signer], pieces)
        return digest_of_pieces(digest, pieces)
    name, known = message_digest(signer)
    if known is None or name != digest:
        raise SigningError(
            f"an archive time-stamp with {digest} is over the detached content, which was not given",
            code="CONTENT_NEEDED",
            hint=f"give the file that was signed, or use {name}" if known is not None else "give the file that was signed",
        )
    return known
