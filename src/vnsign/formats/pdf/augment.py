"""Raising PDF signatures, anybody's: security store and document time-stamps (EN 319 142-1, levels B-T to B-LTA).

Each step is one incremental update: not a byte of what is there is changed, and other signatures stay as they were. Both are
allowed whatever a certification signature forbids (ISO 32000-2, table 257). A signature is time-stamped after the fact by a
document time-stamp; archive time-stamps are document time-stamps too, and a further one renews them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vnsign.errors import SigningError
from vnsign.formats.material import Material
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits

if TYPE_CHECKING:
    from vnsign.formats.pdf.contents import Standing

ROOM_FOR_TOKEN = 12 * 1024
"""Bytes reserved for a time-stamp token with its certificates; those seen take 3 to 8 KiB."""

_DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class PendingPdfTimestamp:
    """A document with an empty document time-stamp. Bytes, text and numbers.

    Attributes:
        document: what is time-stamped.
        update: what is appended, with an empty place for the token.
        start: offset of the ``<`` of ``Contents``.
        end: offset after its ``>``.
        digest: name of the digest of the imprint.
        imprint: digest of the byte ranges.
        field_name: name of the time-stamp's field.
    """

    document: bytes = field(repr=False)
    update: bytes = field(repr=False)
    start: int
    end: int
    digest: str
    imprint: bytes
    field_name: str

    def embed(self, token: bytes) -> bytes:
        """The document with the token in it.

        Args:
            token: DER of the time-stamp token. It is not checked here.

        Raises:
            SigningError: it is larger than the place reserved for it (``PLACEHOLDER_TOO_SMALL``).
        """
        room = (self.end - self.start - 2) // 2
        if len(token) > room:
            raise SigningError(
                f"the time-stamp token takes {len(token)} bytes, {room} were reserved",
                code="PLACEHOLDER_TOO_SMALL",
                hint="begin anew with more room",
            )
        start, end = self.start + 1 - len(self.document), self.end - 1 - len(self.document)
        digits = token.hex().encode().ljust(2 * room, b"0")
        return b"".join((self.document, self.update[:start], digits, self.update[end:]))


def begin_document_timestamp(
    document: bytes,
    *,
    digest: str = "sha256",
    field_name: str = "",
    password: str | None = None,
    size: int = ROOM_FOR_TOKEN,
    limits: Limits = _DEFAULT,
) -> PendingPdfTimestamp:
    """Append an empty document time-stamp over all that is there (EN 319 142-1, 5.4.3).

    Args:
        document: the PDF, signed or not.
        digest: of the imprint.
        field_name: name of a new or an empty signature field; empty: ``Timestamp1`` or the next number that is free.
        password: opens an encrypted document.
        size: bytes reserved for the token.
        limits: bounds on hostile input.

    Raises:
        UnreadableDocumentError: not a PDF that can be updated, or encrypted without the right password.
        SigningError: the field is taken.
    """
    from vnsign.formats.pdf.write_store import reserve_timestamp

    unused = _standing(document, limits, password).unused
    found = reserve_timestamp(document, field=field_name, digest=digest, size=size, unused=unused, password=password)
    return PendingPdfTimestamp(document, found.update, found.start, found.end, digest, found.digest, found.field)


def begin_archive_timestamp(
    document: bytes,
    signature_id: str,
    *,
    digest: str = "sha256",
    password: str | None = None,
    size: int = ROOM_FOR_TOKEN,
    limits: Limits = _DEFAULT,
) -> PendingPdfTimestamp:
    """Append an empty document time-stamp, which protects every signature of the document, also the one named.

    Raises:
        UnreadableDocumentError: as for :func:`begin_document_timestamp`.
        SigningError: ``NO_SUCH_SIGNATURE``.
    """
    _contents(_standing(document, limits, password), signature_id)
    return begin_document_timestamp(document, digest=digest, password=password, size=size, limits=limits)


def add_material(
    document: bytes, signature_id: str, material: Material, *, limits: Limits = _DEFAULT, password: str | None = None
) -> bytes:
    """Put certificates, CRLs and OCSP answers in the document security store (EN 319 142-1, 5.4.2).

    Args:
        document: the PDF.
        signature_id: as the reader names it; the store gets an entry (VRI) for it.
        material: what is to be in the store; only what is not there yet is added.
        limits: bounds on hostile input.
        password: opens an encrypted document.

    Returns:
        The document with one more revision; as it is where the store holds everything.

    Raises:
        UnreadableDocumentError: not a PDF that can be updated, or encrypted without the right password.
        SigningError: ``NO_SUCH_SIGNATURE``.

    Not checked: whether the material belongs to the signature, or is enough.
    """
    from vnsign.formats.pdf.write_store import extended_store

    standing = _standing(document, limits, password)
    signature = _contents(standing, signature_id)
    return extended_store(document, material, signature, unused=standing.unused, password=password)


def _standing(document: bytes, limits: Limits, password: str | None) -> Standing:
    """What a further revision must know; a document over the limits is refused."""
    from vnsign.formats.pdf.contents import read_standing

    return read_standing(DocumentSource("document", data=document), limits=limits, password=password)


def _contents(standing: Standing, signature_id: str) -> bytes:
    """``Contents`` of a signature by its id."""
    found = standing.contents
    if signature_id not in found:
        raise SigningError(
            f"the document has no signature {signature_id!r}",
            code="NO_SUCH_SIGNATURE",
            hint=f"it has {', '.join(found) or 'none'}"[:300],
        )
    return found[signature_id]
