"""Reading a PDF: facts of every signature, its coverage, what was changed after it, and the security store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple

from vnsign.errors import EvidenceError, UnreadableDocumentError, VnsignError
from vnsign.formats.ids import unique
from vnsign.formats.pdf import raw as pdf
from vnsign.formats.pdf.byterange import DELIMITERS_SIGNED, ByteRange, RangeDigests, check_gap, read_byte_range
from vnsign.formats.pdf.dates import read_date
from vnsign.formats.pdf.dss import SecurityStore, has_revocation_data, read_store
from vnsign.formats.pdf.enclosed import enclosed
from vnsign.formats.pdf.fields import Fields, FilledField, page_of, signature_fields
from vnsign.formats.pdf.protection import protected
from vnsign.formats.pdf.readers import read_with
from vnsign.formats.pdf.remains import remains
from vnsign.formats.pdf.revisions import Coverage, coverage
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import (
    CoverageScope,
    DigestFacts,
    DocumentFacts,
    Problem,
    SignatureFacts,
    SignatureFormat,
    SignatureKind,
    TimeSource,
    TimestampKind,
)
from vnsign.model.limits import Limits
from vnsign.pki.held_status import earned_level
from vnsign.pki.signed_data import read_signed_data

_FORMATS = {
    "/adbe.pkcs7.detached": SignatureFormat.PDF_CMS,
    "/adbe.pkcs7.sha1": SignatureFormat.PDF_CMS,
    "/ETSI.CAdES.detached": SignatureFormat.PADES,
    "/PBAD.PAdES": SignatureFormat.PDF_CMS,
    "/ETSI.RFC3161": SignatureFormat.PDF_TIMESTAMP,
}
_SHOWN = (("filter", "/Filter"), ("sub-filter", "/SubFilter"), ("name", "/Name"), ("reason", "/Reason"))
_ALSO_SHOWN = (("location", "/Location"), ("contact", "/ContactInfo"), ("time", "/M"))
_LONGEST_DETAIL = 500


class _Draft(NamedTuple):
    """One signature dictionary on its way to facts."""

    id: str
    field: FilledField
    dictionary: pdf.SignatureDictionary | None
    range: ByteRange
    coverage: Coverage
    problems: tuple[Problem, ...]

    @property
    def sub_filter(self) -> str:
        entries = self.dictionary.entries if self.dictionary else None
        return pdf.text(pdf.get(entries, "/SubFilter")) or ""

    @property
    def format(self) -> SignatureFormat:
        return _FORMATS.get(self.sub_filter, SignatureFormat.PDF_OTHER)

    @property
    def kind(self) -> SignatureKind:
        stamp = self.format is SignatureFormat.PDF_TIMESTAMP
        return SignatureKind.DOCUMENT_TIMESTAMP if stamp else SignatureKind.SIGNATURE


def read_pdf(source: DocumentSource, *, limits: Limits, password: str | None = None) -> DocumentFacts:
    """Read a PDF into facts (ISO 32000-2, 12.8; EN 319 142-1). Judges nothing.

    Args:
        source: where the bytes are.
        limits: bounds on hostile input.
        password: opens an encrypted document; the empty password is tried first, as readers do.

    Returns:
        The facts of every filled signature field, in document order. Signatures whose dictionary no field refers to are
        not looked for. Pages are not rendered: a signature's picture is never compared with its signer.

    Raises:
        UnreadableDocumentError: not a PDF, damaged beyond reading, or encrypted without the right password
            (``PDF_ENCRYPTED``).
        LimitExceededError: over a limit of size, revisions or signatures.
    """
    with source.open(limits) as stream:
        try:
            return read_with(lambda document: facts_of(document, stream, limits), stream, limits, password)
        except VnsignError:
            raise
        except MemoryError:
            raise
        except Exception as error:  # the door: nothing foreign leaves
            raise UnreadableDocumentError(
                f"{source.name}: the PDF cannot be read: {type(error).__name__}: {error}"[:500],
                code="PDF_STRUCTURE",
                hint="the file is damaged or was changed on purpose; ask for the document as it was signed",
            ) from error


def facts_of(document: pdf.PdfDocument, stream: BinaryIO, limits: Limits) -> DocumentFacts:
    """The facts of an opened PDF, the same from either reader."""
    fields = signature_fields(document, limits)
    if document.salvaged and not fields.filled:
        left = remains(stream, document.end, limits)
        if left:
            return DocumentFacts(format="pdf", sha256=RangeDigests(stream, document.size, []).whole(), signatures=left)
        raise UnreadableDocumentError(
            f"the structure of the PDF cannot be read after byte {document.end}",
            code="PDF_STRUCTURE",
            hint="the file is damaged or was changed on purpose; ask for the document as it was signed",
        )
    drafts = _drafts(document, fields)
    ranges = RangeDigests(stream, document.size, [draft.range for draft in drafts])
    sha256 = ranges.whole()
    store = read_store(document, limits, None, *_signed_sections(drafts, document))
    reading = _Reading(document, ranges, limits, store)
    signatures = [_facts(draft, reading) for draft in drafts]
    signatures = [
        _with_protection(facts, draft, signatures, drafts, reading) for facts, draft in zip(signatures, drafts, strict=True)
    ]
    if any(draft.coverage.scope not in (CoverageScope.NOTHING, CoverageScope.WHOLE_DOCUMENT) for draft in drafts):
        signatures = _with_changes(signatures, drafts, document, limits)
    return DocumentFacts(
        format="pdf",
        sha256=sha256,
        signatures=_with_levels(signatures, drafts, document, store),
        details=_details(document, fields, drafts, store),
        certificates=store.certificates,
        crls=store.crls,
        ocsps=store.ocsps,
    )


def _drafts(document: pdf.PdfDocument, fields: Fields) -> list[_Draft]:
    ids = unique(found.names[0] or "(no name)" for found in fields.filled)
    return _note_same_ranges([_draft(document, found, id_) for found, id_ in zip(fields.filled, ids, strict=True)])


def _signed_sections(drafts: list[_Draft], document: pdf.PdfDocument) -> list[int]:
    """The sections, but the last, that a signature or time-stamp closes, newest first."""
    last = len(document.sections) - 1
    found = {draft.coverage.section for draft in drafts if draft.coverage.section is not None}
    return sorted(found - {last}, reverse=True)


def _draft(document: pdf.PdfDocument, found: FilledField, id_: str) -> _Draft:
    problems: list[Problem] = []
    try:
        dictionary = document.signature_dictionary(found.value)
        reason = "no dictionary"
    except VnsignError:
        raise
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 # one damaged signature must not hide the others
        dictionary, reason = None, f"{type(error).__name__}: {error}"[:200]
    if dictionary is None:
        problems.append(_problem("pdf.signature-dictionary-malformed", found=reason))
        return _Draft(id_, found, None, ByteRange(), Coverage(CoverageScope.NOTHING), tuple(problems))
    if len(found.names) > 1:
        problems.append(_problem("pdf.shared-signature-object", fields=", ".join(found.names)))
    byte_range = read_byte_range(pdf.get(dictionary.entries, "/ByteRange"), document.size)
    problems.extend(byte_range.problems)
    if not dictionary.contents or not dictionary.contents.strip(b"\x00"):
        said = "missing or not a string" if dictionary.contents is None else "empty"
        problems.append(_problem("pdf.contents-missing", found=said))
    gap = check_gap(byte_range, dictionary.token, document.stream)
    exact = not byte_range.problems and all(item.rule == DELIMITERS_SIGNED for item in gap)
    section = document.last_change(found.ref) if found.ref is not None else _section_of_holder(document, found)
    covered = coverage(document, byte_range, section, exact=exact)
    return _Draft(id_, found, dictionary, byte_range, covered, (*problems, *gap, *covered.problems))


def _section_of_holder(document: pdf.PdfDocument, found: FilledField) -> int | None:
    ref = found.widgets[0][0] if found.widgets else None
    return document.last_change(ref) if ref is not None else None


def _note_same_ranges(drafts: list[_Draft]) -> list[_Draft]:
    """Two dictionaries over the same bytes: the second adds nothing to what was signed, and a copy looks like a signer."""
    noted = []
    for draft in drafts:
        same = [other.id for other in drafts if other is not draft and other.range.pieces == draft.range.pieces]
        if draft.range.pieces and same:
            problem = _problem("pdf.shared-byte-range", fields=", ".join([draft.id, *same]))
            draft = draft._replace(problems=(*draft.problems, problem))  # noqa: PLW2901 # the same draft, noted
        noted.append(draft)
    return noted


class _Reading(NamedTuple):
    """What is the same for all signatures of a document."""

    document: pdf.PdfDocument
    ranges: RangeDigests
    limits: Limits
    store: SecurityStore


def _facts(draft: _Draft, reading: _Reading) -> SignatureFacts:
    covers = _covers(draft, reading.document)
    entries = _entries(draft)
    contents = draft.dictionary.contents if draft.dictionary else None
    if draft.format is SignatureFormat.PDF_OTHER:
        found = draft.sub_filter.lstrip("/") or "(none)"
        problems = () if entries is None else (_problem("pdf.sub-filter-unsupported", found=found),)
        facts = SignatureFacts(draft.id, draft.kind, draft.format, supported=False, problems=problems)
    elif not contents or not contents.strip(b"\x00"):
        facts = SignatureFacts(draft.id, draft.kind, draft.format)
    elif draft.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        facts = _document_timestamp(draft, contents, reading, covers)
    else:
        facts = _signature(draft, contents, reading, covers)
    facts = replace(
        facts,
        location=_location(draft),
        coverage=draft.coverage.scope,
        covered=(covers,) if covers else (),
        problems=(*draft.problems, *facts.problems),
    )
    return _with_claimed_time(facts, entries)


def _entries(draft: _Draft) -> Any:
    return draft.dictionary.entries if draft.dictionary else None


def _signature(draft: _Draft, contents: bytes, reading: _Reading, covers: str) -> SignatureFacts:
    """A CMS signature; ``adbe.pkcs7.sha1`` encapsulates the SHA-1 digest of the ranges, the others are detached."""
    detached = draft.sub_filter != "/adbe.pkcs7.sha1"
    ranges = reading.ranges
    data = read_signed_data(
        contents,
        id_=draft.id,
        kind=draft.kind,
        format_=draft.format,
        detached_digest=(lambda name: ranges.digest(draft.range, name)) if detached else None,
        covers=covers,
        limits=reading.limits,
        certificates=reading.store.certificates,
    )
    facts = replace(data.facts, problems=enclosed(data.facts.problems))
    if not detached:
        computed = ranges.digest(draft.range, "sha1")
        held = DigestFacts("byte-range", "sha1", data.encapsulated or b"", computed, covers, size=draft.range.size)
        return replace(facts, digests=(*facts.digests, held))
    return facts


def _document_timestamp(draft: _Draft, contents: bytes, reading: _Reading, covers: str) -> SignatureFacts:
    from vnsign.pki.tsp import read_token

    facts = SignatureFacts(draft.id, draft.kind, draft.format)
    try:
        stamp = read_token(
            contents,
            id_=draft.id,
            kind=TimestampKind.DOCUMENT,
            computed=lambda name: reading.ranges.digest(draft.range, name),
            covers=covers,
            limits=reading.limits,
            certificates=reading.store.certificates,
        )
    except EvidenceError as error:
        return replace(facts, problems=(_problem("pdf.timestamp-malformed", found=error.message),))
    return replace(
        facts,
        digests=(stamp.imprint, *stamp.token.digests),
        signed_value=stamp.token.signed_value,
        signing_certificate=stamp.token.signing_certificate,
        certificate_references=stamp.token.certificate_references,
        certificates=stamp.token.certificates,
        crls=stamp.token.crls,
        ocsps=stamp.token.ocsps,
        document_timestamp=stamp,
    )


def _with_protection(
    facts: SignatureFacts, draft: _Draft, signatures: list[SignatureFacts], drafts: list[_Draft], reading: _Reading
) -> SignatureFacts:
    """Say what a document time-stamp protects; nothing where its range is not exactly a revision."""
    stamp, section = facts.document_timestamp, draft.coverage.section
    if stamp is None or section is None or draft.problems:
        return facts
    earlier = [
        other for other, at in zip(signatures, drafts, strict=True) if at.range.pieces and at.range.end < draft.range.end
    ]
    keys = protected(earlier, read_store(reading.document, reading.limits, section))
    return replace(facts, document_timestamp=replace(stamp, protects=keys))


def _covers(draft: _Draft, document: pdf.PdfDocument) -> str:
    if not draft.range.size:
        return ""
    words = draft.range.words()
    section = draft.coverage.section
    if section is None:
        return words
    return f"{words}; revision {document.number(section)} of {document.number(len(document.sections) - 1)}"


def _location(draft: _Draft) -> str:
    names = ", ".join(name or "(no name)" for name in draft.field.names)
    pages = sorted({page for page in (_page(widget) for widget in draft.field.widgets[:8]) if page is not None})
    fields = f"field {names}" if len(draft.field.names) == 1 else f"fields {names}"
    if not pages:
        return fields
    return f"{fields}, page{'s' if len(pages) > 1 else ''} {', '.join(map(str, pages))}"


def _page(widget: tuple[pdf.Ref | None, Any]) -> int | None:
    try:
        return page_of(widget)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 # the page is for people only; a damaged page tree must not hide the signature
        return None


def _with_claimed_time(facts: SignatureFacts, entries: Any) -> SignatureFacts:
    """The signing-time attribute is signed and comes first; else the ``M`` entry of the dictionary."""
    if facts.claimed_time is not None or facts.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return facts
    found = read_date(pdf.text(pdf.get(entries, "/M")) or "")
    if found is None:
        return facts
    moment: datetime = found[0]
    return replace(
        facts, claimed_time=moment, claimed_time_source=TimeSource.PDF_DICTIONARY, claimed_time_zone_assumed=found[1]
    )


def _with_changes(
    signatures: list[SignatureFacts], drafts: list[_Draft], document: pdf.PdfDocument, limits: Limits
) -> list[SignatureFacts]:
    from vnsign.formats.pdf.changes import ChangeReader

    reader = ChangeReader(document, limits.pdf_changed_objects)
    changed = []
    for facts, draft in zip(signatures, drafts, strict=True):
        found = reader.after(draft.coverage, draft.range, _entries(draft), draft.field.holder)
        changed.append(replace(facts, changes=found.changes, problems=(*facts.problems, *found.problems)))
    return changed


def _with_levels(
    signatures: list[SignatureFacts], drafts: list[_Draft], document: pdf.PdfDocument, store: SecurityStore
) -> tuple[SignatureFacts, ...]:
    """The level that the structure claims (EN 319 142-1, clause 6); forms without levels keep none."""
    stamps = [
        draft
        for facts, draft in zip(signatures, drafts, strict=True)
        if facts.document_timestamp is not None and draft.coverage.section is not None
    ]
    pairs = zip(signatures, drafts, strict=True)
    return tuple(replace(facts, level=_level(facts, draft, stamps, document, store)) for facts, draft in pairs)


def _level(facts: SignatureFacts, draft: _Draft, stamps: list[_Draft], document: pdf.PdfDocument, store: SecurityStore) -> str:
    if facts.format is not SignatureFormat.PADES or not facts.certificate_references:
        return ""
    later = [stamp for stamp in stamps if stamp.range.end > draft.range.end]
    if not facts.timestamps and not later:
        return "B-B"
    sections = [stamp.coverage.section for stamp in later if stamp.coverage.section is not None]
    level = "B-LTA" if any(has_revocation_data(document, section) for section in sections) else "B-LT"
    # Adobe's archival attribute is no security store: a signature with it alone is of level B-T.
    stored = store.crls or store.ocsps
    return earned_level(level, facts, store.certificates, store.crls, store.ocsps) if stored else "B-T"


def _details(
    document: pdf.PdfDocument, fields: Fields, drafts: list[_Draft], store: SecurityStore
) -> tuple[tuple[str, str], ...]:
    version = document.version
    found = [
        ("document.version", f"{version[0]}.{version[1]}"),
        ("document.revisions", str(document.number(len(document.sections) - 1))),
        ("document.encrypted", "yes" if document.encrypted else "no"),
    ]
    found += [("document.unsigned-field", name) for name in fields.unfilled[:64]]
    if store.left_out:
        found.append(("dss.left-out", str(store.left_out)))
    for draft in drafts:
        for name, key in (*_SHOWN, *_ALSO_SHOWN):
            shown = pdf.text(pdf.get(_entries(draft), key))
            if shown is not None:
                found.append((f"{draft.id}.{name}", shown.removeprefix("/")[:_LONGEST_DETAIL]))
    return tuple(found)


def _problem(rule: str, **parameters: object) -> Problem:
    return Problem(rule, tuple((name, str(value)) for name, value in parameters.items()))
