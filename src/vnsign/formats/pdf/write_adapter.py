"""The one door to pyHanko for writing: an update with an unfinished signature, and a second reading of a finished one.

What is relied on is named in ``tests/unit/formats/pdf/test_prepare_adapter.py``. pyHanko is hardly typed: what comes out of it
is ``Any`` and is tested before it is used. Nothing here knows CMS: the reserved place is filled by the caller.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.crypt import AuthStatus, StandardSecurityHandler
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from vnsign.errors import SelfCheckError, SigningError, UnreadableDocumentError, VnsignError
from vnsign.formats.appended import Appended, AppendingStream
from vnsign.formats.pdf.placement import PdfPlacement
from vnsign.formats.pdf.write_appearance import draw, place
from vnsign.formats.pdf.write_fields import Target, dictionary, filled, find_target
from vnsign.model.moment import VIETNAM

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Reserved:
    """An update with an empty place for a signature.

    Attributes:
        update: what is appended to the document, byte range filled in.
        start: offset of the ``<`` that opens ``Contents``.
        end: offset after its ``>``.
        digest: of the byte ranges.
        field: full name of the signature field.
    """

    update: bytes
    start: int
    end: int
    digest: bytes
    field: str


class _Writer(IncrementalPdfFileWriter):
    """An incremental writer that leaves version, metadata and dates of the document alone, and draws no random numbers."""

    output_version = (1, 0)
    IO_CHUNK_SIZE = _CHUNK
    _revision_seed = b""

    @classmethod
    def _handle_id(cls, prev: Any) -> Any:
        """File identifier (ISO 32000-2, 14.4): the first part stays, the second is derived from what is signed."""
        changed = generic.ByteStringObject(cls._revision_seed)
        try:
            first = prev.trailer["/ID"][0]
        except (KeyError, IndexError):
            return generic.ArrayObject([changed, changed])
        first = generic.ByteStringObject(getattr(first, "original_bytes", first))
        return generic.ArrayObject([first, changed])

    def _update_meta(self) -> None:
        """Nothing: producer and dates are the document's, not the signer's."""


def reserve(
    document: bytes,
    *,
    placement: PdfPlacement,
    at: datetime,
    signer_name: str,
    digest: str,
    size: int,
    password: str | None,
) -> Reserved:
    """Append a revision with an unfinished signature.

    Args:
        document: the PDF.
        placement: field, place, texts.
        at: claimed signing time, aware; written as ``M`` in Vietnam's time.
        signer_name: drawn in a visible signature.
        digest: of the byte ranges.
        size: bytes reserved for the CMS.
        password: opens an encrypted document.

    Raises:
        UnreadableDocumentError: not a PDF that can be updated, or encrypted without the right password.
        SigningError: the document forbids it, or field, page or rectangle do not fit.
    """
    try:
        return _reserve(document, placement, at, signer_name, digest, size, password)
    except VnsignError:
        raise
    except Exception as error:  # the door: whatever pyHanko throws at a damaged document
        raise UnreadableDocumentError(
            f"the PDF cannot be updated: {type(error).__name__}: {error}"[:500],
            code="PDF_STRUCTURE",
            hint="open it and save it anew, then sign the new file",
        ) from error


def _reserve(
    document: bytes, placement: PdfPlacement, at: datetime, signer_name: str, digest: str, size: int, password: str | None
) -> Reserved:
    writer = open_for_update(document, at, password)
    target = find_target(writer, placement)
    box: Any = placement.box  # declared as whole numbers there, written as any numbers
    spec = SigFieldSpec(target.name, on_page=target.page, box=box)
    steps = PdfCMSEmbedder(spec).write_cms(target.name, writer, existing_fields_only=target.exists)
    field = next(steps).get_object()
    if placement.appearance is None:
        draw(writer, field, signer_name)
    else:
        place(writer, field, placement.appearance, new_field=not target.exists)
    steps.send(SigObjSetup(_dictionary(placement, at, size), _restrictions(placement, target, digest)))
    return reserved(writer, steps, document, digest, target.name)


def reserved(writer: Any, steps: Any, document: bytes, digest: str, field: str) -> Reserved:
    """Have the update written, and its place reserved: the last of pyHanko's steps. The document is not copied.

    Args:
        writer: of :func:`open_for_update`.
        steps: of ``PdfCMSEmbedder.write_cms``, with the signature object in place.
        document: the PDF.
        digest: of the byte ranges.
        field: name of the field.
    """
    stream = writer.prev.stream = AppendingStream(document)
    prepared, _ = steps.send(SigIOSetup(md_algorithm=digest, in_place=True, chunk_size=_CHUNK))
    start, end = prepared.reserved_region_start, prepared.reserved_region_end
    return Reserved(stream.appended(), start, end, prepared.document_digest, field)


def open_for_update(document: bytes, at: datetime, password: str | None) -> Any:
    """A writer of one more revision (pyHanko), decrypted where needed.

    Args:
        document: the PDF.
        at: tells apart the file identifiers of two revisions of one document.
        password: opens an encrypted document.

    Raises:
        UnreadableDocumentError: encrypted without the right password; and what pyHanko throws at damaged documents.
    """
    seed = hashlib.sha256(hashlib.sha256(document).digest() + at.isoformat().encode()).digest()[:16]
    kind = type("_SeededWriter", (_Writer,), {"_revision_seed": seed})
    writer = kind(BytesIO(document), strict=False)
    if writer.prev.encrypted:
        _unlock(writer, password)
    return writer


def _unlock(writer: Any, password: str | None) -> None:
    handler = writer.security_handler
    if not isinstance(handler, StandardSecurityHandler):
        raise UnreadableDocumentError(
            "the document is encrypted for certain recipients' keys",
            code="PDF_ENCRYPTED",
            hint="sign a copy that is not encrypted",
        )
    if getattr(handler, "pdf_mac_enabled", False):
        raise SigningError(
            "the document is sealed by its password (ISO/TS 32004), which a signature would break",
            code="PDF_SEALED",
            hint="sign a copy that is not encrypted",
        )
    for attempt in ("", password):
        if attempt is not None and writer.encrypt(attempt).status is not AuthStatus.FAILED:
            return
    said = "the password is wrong" if password else "the document is encrypted and no password was given"
    raise UnreadableDocumentError(said, code="PDF_ENCRYPTED", hint="give the password that opens the document")


def _dictionary(placement: PdfPlacement, at: datetime, size: int) -> Any:
    found = SignatureObject(
        timestamp=at.astimezone(VIETNAM),
        subfilter=SigSeedSubFilter.PADES,
        name=placement.name or None,
        location=placement.place or None,
        reason=placement.reason or None,
        contact_info=placement.contact or None,
        bytes_reserved=2 * size,
    )
    found[pdf_name("/Prop_Build")] = dictionary({"/App": dictionary({"/Name": pdf_name("/vnsign")})})
    return found


def _restrictions(placement: PdfPlacement, target: Target, digest: str) -> Any:
    from pyhanko.sign.fields import MDPPerm

    if placement.certification is not None:
        permission = MDPPerm(int(placement.certification))
        return SigMDPSetup(digest, certify=True, field_lock=target.lock, docmdp_perms=permission)
    if target.lock is not None:
        return SigMDPSetup(digest, field_lock=target.lock, docmdp_perms=target.lock_permission)
    return None


def second_reading(document: bytes | Appended, field: str, *, password: str | None = None) -> None:
    """Have pyHanko read a signature just made: digest, value, and that it covers the whole file.

    What follows it may be nothing but validation material and document time-stamps, by pyHanko's difference analysis.

    Raises:
        SelfCheckError: ``SECOND_READING``: it does not agree.
    """
    try:
        failed = _disagreement(document, field, password)
    except Exception as error:  # whatever it throws, it did not agree
        raise SelfCheckError(
            f"pyHanko cannot read the signature {field!r}: {type(error).__name__}: {error}"[:500], code="SECOND_READING"
        ) from error
    if failed:
        raise SelfCheckError(
            f"pyHanko does not verify the signature {field!r}: {failed}",
            code="SECOND_READING",
            hint="please report this document: two readings of one signature differ",
        )


def _disagreement(document: bytes | Appended, field: str, password: str | None) -> str:
    from pyhanko.sign.validation.generic_cms import validate_sig_integrity
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    stream = document.open() if isinstance(document, Appended) else BytesIO(document)
    reader = PdfFileReader(stream, strict=False)
    if reader.encrypted and reader.decrypt("").status is AuthStatus.FAILED:
        reader.decrypt(password or "")
    found = next((item for name, item, _ in filled(reader) if name == field), None)
    if found is None:
        return "it finds no such signature"
    signature = EmbeddedPdfSignature(reader, found, field)
    intact, valid = validate_sig_integrity(signature.signer_info, signature.signer_cert, "data", signature.compute_digest())
    if signature.evaluate_signature_coverage() is not SignatureCoverageLevel.ENTIRE_FILE and not _only_raised(signature):
        return "it does not cover the whole file"
    return (
        ""
        if intact and valid
        else f"digest {'matches' if intact else 'differs'}, value {'holds' if valid else 'does not hold'}"
    )


def _only_raised(signature: Any) -> bool:
    """Whether nothing but material and document time-stamps came after a signature over a whole revision."""
    from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    if signature.evaluate_signature_coverage() is not SignatureCoverageLevel.ENTIRE_REVISION:
        return False
    try:
        signature.compute_integrity_info()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 # its analysis fails at references that lead nowhere; then it has no say in what changed
        return True
    found = signature.diff_result
    return isinstance(found, DiffResult) and found.modification_level <= ModificationLevel.LTA_UPDATES
