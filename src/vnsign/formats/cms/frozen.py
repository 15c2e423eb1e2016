"""What may no longer be changed in a CMS file because an archive time-stamp is over it.

An archive time-stamp of version 3 lists what it covers, and other things may be added. Those of the versions before it, and
the attribute long-term-validation, are over the fields ``certificates`` and ``crls`` and the unsigned attributes as a whole
(TS 101 733 V2.2.1, 6.4.1 to 6.4.3). An evidence record among the attributes is over the whole file (RFC 4998, A).
"""

from __future__ import annotations

from vnsign.errors import EvidenceError, SigningError, UnreadableDocumentError
from vnsign.formats.cms.archive import ARCHIVE, ARCHIVE_V1, ARCHIVE_V2
from vnsign.formats.cms.edit import Path, signer_at, unsigned_of
from vnsign.pki.cms_write import Parts

EVIDENCE_RECORDS = frozenset(("1.2.840.113549.1.9.16.2.49", "1.2.840.113549.1.9.16.2.50"))
_LONG_TERM_VALIDATION = "0.4.0.1733.2.2"
LEGACY = frozenset((ARCHIVE_V1, ARCHIVE_V2, _LONG_TERM_VALIDATION))


def check_open(parts: Parts) -> None:
    """Refuse to change a file that an evidence record inside it is over.

    Raises:
        SigningError: ``ARCHIVE_TIMESTAMP_WOULD_BREAK``. UnreadableDocumentError: malformed.
    """
    if any(_kinds(signer) & EVIDENCE_RECORDS for signer in parts.signers):
        raise would_break("an evidence record")


def has_legacy_archive(parts: Parts) -> bool:
    """Whether the fields ``certificates`` and ``crls`` are under an old archive time-stamp of any signer.

    Raises:
        UnreadableDocumentError: malformed.
    """
    return any(_kinds(signer) & LEGACY for signer in parts.signers)


def check_fields_open(parts: Parts) -> None:
    """Refuse to add to the fields ``certificates`` and ``crls`` where that would break a time-stamp.

    Raises:
        SigningError: ``ARCHIVE_TIMESTAMP_WOULD_BREAK``. UnreadableDocumentError: malformed.
    """
    if has_legacy_archive(parts):
        raise would_break()


def check_attributes_open(parts: Parts, path: Path) -> None:
    """Refuse to add an unsigned attribute to a signature where that would break a time-stamp.

    Raises:
        SigningError: ``ARCHIVE_TIMESTAMP_WOULD_BREAK``; no such signature. UnreadableDocumentError: malformed.
    """
    check_open(parts)
    holders = [signer_at(parts, path[:depth]) for depth in range(1, len(path))]
    if any(_kinds(holder) & (ARCHIVE | LEGACY) for holder in holders) or _kinds(signer_at(parts, path)) & LEGACY:
        raise would_break()


def _kinds(signer: bytes) -> set[str]:
    try:
        return {item.oid for item in unsigned_of(signer)}
    except EvidenceError as error:
        raise UnreadableDocumentError(f"a broken SignerInfo: {error.message}", code="CMS_MALFORMED") from error


def would_break(what: str = "an archive time-stamp") -> SigningError:
    """The error for a change that what is in the file forbids."""
    return SigningError(
        f"{what} in the file is over what would be changed",
        code="ARCHIVE_TIMESTAMP_WOULD_BREAK",
        hint="raise the signature by what is over it: renew that, or sign the file as any file",
    )
