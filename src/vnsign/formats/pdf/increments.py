"""Later revisions that only add validation material or one more signature, recognised without walking the document.

An object is *fresh* when it had no value before the revision. Everything a revision writes must be fresh, or be one of a few
old objects that gained entries without any other change: the catalog, the form, a page's list of annotations, an empty
signature field, the security store. What is recognised here is harmless wherever else the old document may use the same
object; anything else is left to the difference analysis.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vnsign.formats.pdf import raw as pdf
from vnsign.formats.pdf.fields import page_of
from vnsign.formats.pdf.references import ReferenceIndex
from vnsign.model.facts import Change, ChangeKind

_CATALOG = frozenset({"/DSS", "/Extensions", "/AcroForm"})
_FORM = frozenset({"/Fields", "/SigFlags"})
_FILLED = frozenset({"/V", "/AP", "/F", "/M", "/MK", "/DA", "/Lock"})
_ACTIVE = frozenset({"/Kids", "/A", "/AA", "/Contents"})
_STORE = frozenset({"/Certs", "/CRLs", "/OCSPs", "/VRI", "/Type"})
_PLAIN_STREAM = frozenset({"/Length", "/Filter", "/DecodeParms", "/Type"})
_DEPTH = 24
_METADATA = frozenset({"/Type", "/Subtype", "/Length", "/Filter", "/DecodeParms"})


@dataclass(slots=True)
class _Step:
    document: pdf.PdfDocument
    section: int
    written: frozenset[pdf.Ref]
    fresh: frozenset[pdf.Ref]
    index: ReferenceIndex
    explained: set[pdf.Ref] = field(default_factory=set)
    signatures: dict[pdf.Ref, tuple[str, bool, int | None]] = field(default_factory=dict)
    store: bool = False
    information: bool = False

    def old(self, ref: pdf.Ref) -> Any:
        return self.document.object_at(ref, self.section - 1)

    def new(self, ref: pdf.Ref) -> Any:
        return self.document.object_at(ref, self.section)


def harmless(document: pdf.PdfDocument, section: int, index: ReferenceIndex) -> tuple[Change, ...] | None:
    """What a revision adds when it only adds validation material, document time-stamps or signatures; else ``None``."""
    if section < 1 or document.freed_in(section):
        return None
    written = document.written_in(section)
    fresh = frozenset(ref for ref in written if not document.defined_at(ref, section - 1))
    step = _Step(document, section, written, fresh, index)
    try:
        return _changes(step) if _recognised(step) else None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 # anything unexpected is not recognised, and goes to the difference analysis
        return None


def _recognised(step: _Step) -> bool:
    old_root, new_root = _root_ref(step, step.section - 1), _root_ref(step, step.section)
    if old_root is None or old_root != new_root:
        return False
    trailer_same = all(
        _same(_trailer(step, step.section - 1, key), _trailer(step, step.section, key)) for key in ("/Info", "/Encrypt")
    )
    return trailer_same and _catalog(step, old_root) and _rest(step)


def _root_ref(step: _Step, section: int) -> pdf.Ref | None:
    return pdf.ref_of(_trailer(step, section, "/Root"))


def _trailer(step: _Step, section: int, key: str) -> Any:
    return pdf.raw_get(step.document.trailer_at(section), key)


def _catalog(step: _Step, ref: pdf.Ref) -> bool:
    old, new = step.old(ref), step.new(ref)
    if not (pdf.is_dict(old) and pdf.is_dict(new)) or changed_keys(old, new) - _CATALOG:
        return False
    step.explained.add(ref)
    store = pdf.raw_get(new, "/DSS")
    if store is not None and not _store(step, pdf.raw_get(old, "/DSS"), store):
        return False
    if not _plain(step, pdf.raw_get(new, "/Extensions"), 4):
        return False
    return _form(step, pdf.raw_get(old, "/AcroForm"), pdf.raw_get(new, "/AcroForm"))


def _store(step: _Step, old_raw: Any, raw: Any) -> bool:
    ref = pdf.ref_of(raw)
    if _same(old_raw, raw) and ref is not None and ref not in step.written:
        return True
    old, new = pdf.follow(old_raw), pdf.follow(raw)
    if not pdf.is_dict(new) or set(new) - _STORE or pdf.is_stream(new):
        return False
    if old is not None and (not pdf.is_dict(old) or changed_keys(old, new) - _STORE):
        return False
    step.store = True
    if ref is not None:
        step.explained.add(ref)
    return all(_material(step, pdf.raw_get(new, key)) for key in ("/Certs", "/CRLs", "/OCSPs")) and _vri(step, new)


def _vri(step: _Step, store: Any) -> bool:
    raw = pdf.raw_get(store, "/VRI")
    if raw is None:
        return True
    entries = pdf.follow(raw)
    if not pdf.is_dict(entries) or pdf.is_stream(entries) or not _fresh_or_untouched(step, raw):
        return False
    for key in entries:
        entry_raw = pdf.raw_get(entries, key)
        entry = pdf.follow(entry_raw)
        if not pdf.is_dict(entry) or pdf.is_stream(entry):
            if key == "/Type":
                continue
            return False
        if not _fresh_or_untouched(step, entry_raw):
            return False
        if not all(_material(step, pdf.raw_get(entry, part)) for part in entry if part not in ("/TU", "/Type")):
            return False
    return True


def _material(step: _Step, raw: Any) -> bool:
    """A list of streams without any meaning of their own (or one such stream); each fresh or untouched."""
    if raw is None:
        return True
    held = pdf.follow(raw)
    if pdf.is_stream(held):
        return not set(held) - _PLAIN_STREAM and _fresh_or_untouched(step, raw) and _length(step, held)
    # an old array that is written anew might also be the contents of a page: not recognised
    if not pdf.is_array(held) or not _fresh_or_untouched(step, raw):
        return False
    return all(pdf.is_stream(pdf.follow(item)) and _material(step, item) for item in pdf.items(held))


def _length(step: _Step, stream: Any) -> bool:
    return _fresh_or_untouched(step, pdf.raw_get(stream, "/Length"))


def _fresh_or_untouched(step: _Step, raw: Any) -> bool:
    ref = pdf.ref_of(raw)
    if ref is None or ref not in step.written:
        return True
    if ref not in step.fresh:
        return False
    step.explained.add(ref)
    return True


def _form(step: _Step, old_raw: Any, raw: Any) -> bool:
    ref = pdf.ref_of(raw)
    if raw is None:
        return old_raw is None
    new, old = pdf.follow(raw), pdf.follow(old_raw)
    if not pdf.is_dict(new) or (old is not None and (not pdf.is_dict(old) or changed_keys(old, new) - _FORM)):
        return False
    if old is None and set(new) - _FORM:
        return False
    if ref is not None:
        step.explained.add(ref)
    return _fields(step, pdf.raw_get(old, "/Fields"), pdf.raw_get(new, "/Fields"))


def _fields(step: _Step, old_raw: Any, raw: Any) -> bool:
    # when both views hold the same reference, its value is taken as of each revision
    added = _added(step, old_raw, raw)
    if added is None:
        return False
    return all(_new_field(step, item) for item in added)


def _added(step: _Step, old_raw: Any, raw: Any) -> list[Any] | None:
    """The references that an array gained at its end; ``None`` for any other change."""
    old = pdf.items(_as_of(step, old_raw, step.section - 1)) if old_raw is not None else []
    new_array = _as_of(step, raw, step.section)
    if raw is not None and not pdf.is_array(new_array):
        return None
    new = pdf.items(new_array)
    ref = pdf.ref_of(raw)
    if ref is not None and ref in step.written:
        step.explained.add(ref)
    if len(new) < len(old) or not all(_same(a, b) for a, b in zip(old, new, strict=False)):
        return None
    return new[len(old) :]


def _as_of(step: _Step, raw: Any, section: int) -> Any:
    ref = pdf.ref_of(raw)
    return raw if ref is None else step.document.object_at(ref, section)


def _new_field(step: _Step, item: Any) -> bool:
    ref = pdf.ref_of(item)
    if ref is None or ref not in step.fresh:
        return False
    entries = step.new(ref)
    if not pdf.is_dict(entries) or pdf.is_stream(entries) or pdf.get(entries, "/FT") != "/Sig" or set(entries) & _ACTIVE:
        return False
    return pdf.get(entries, "/Subtype") in (None, "/Widget") and _signature_field(step, ref, entries)


def _signature_field(step: _Step, ref: pdf.Ref, entries: Any) -> bool:
    """The value, appearance and lock of a signature field that this revision made or filled."""
    step.explained.add(ref)
    value_raw = pdf.raw_get(entries, "/V")
    value = pdf.follow(value_raw) if value_raw is not None else None
    if value is not None:
        value_ref = pdf.ref_of(value_raw)
        if not pdf.is_dict(value) or "/ByteRange" not in value or value_ref not in step.fresh:
            return False
        step.explained.add(value_ref)
        stamp = pdf.get(value, "/SubFilter") == "/ETSI.RFC3161" and pdf.get(value, "/Type") == "/DocTimeStamp"
        page = page_of((ref, entries)) if any(pdf.items(pdf.get(entries, "/Rect"))) else None
        step.signatures[ref] = (pdf.text(pdf.get(entries, "/T")) or "(no name)", stamp, page)
        if not _plain(step, value_raw, _DEPTH):
            return False
    return all(_plain(step, pdf.raw_get(entries, key), _DEPTH) for key in ("/AP", "/Lock", "/SV", "/MK", "/DR"))


def _plain(step: _Step, raw: Any, depth: int) -> bool:
    """Mark the fresh objects below a value; old objects that were written anew are not explained by being used here."""
    if raw is None:
        return True
    if depth < 0:
        return False
    ref = pdf.ref_of(raw)
    if ref is not None:
        if ref not in step.fresh or (ref in step.explained and ref not in step.signatures and depth < _DEPTH):
            return True
        step.explained.add(ref)
    held = pdf.follow(raw) if ref is not None else raw
    if pdf.is_dict(held):
        return all(_plain(step, pdf.raw_get(held, key), depth - 1) for key in held if key not in ("/P", "/Parent", "/Data"))
    return all(_plain(step, item, depth - 1) for item in pdf.items(held))


def _rest(step: _Step) -> bool:
    """Old objects that were written anew: pages that gained annotations, fields that were filled; then nothing may be left."""
    for ref in sorted(step.written - step.explained - step.fresh):
        if not _rewritten(step, ref):
            return False
    left = step.written - step.explained
    return left <= step.fresh and all(_structure(step.new(ref)) for ref in left)


def _structure(obj: Any) -> bool:
    return pdf.is_stream(obj) and pdf.get(obj, "/Type") in ("/XRef", "/ObjStm")


def _rewritten(step: _Step, ref: pdf.Ref) -> bool:
    old, new = step.old(ref), step.new(ref)
    if _information(step, ref, old, new):
        step.information = True
        step.explained.add(ref)
        return True
    if pdf.is_array(old) and pdf.is_array(new):
        step.explained.add(ref)
        return _annotations(step, old, new)
    if pdf.is_stream(old) or pdf.is_stream(new):
        return False
    if not (pdf.is_dict(old) and pdf.is_dict(new)):
        step.explained.add(ref)
        return _same(old, new)
    changed = changed_keys(old, new)
    if "/Resources" in changed and _copied(step, pdf.raw_get(old, "/Resources"), pdf.raw_get(new, "/Resources")):
        changed -= {"/Resources"}
    if changed <= {"/Annots"}:
        step.explained.add(ref)
        before, after = pdf.raw_get(old, "/Annots"), pdf.raw_get(new, "/Annots")
        return not changed or _annotations(step, _as_of(step, before, step.section - 1), _as_of(step, after, step.section))
    if changed <= _FILLED and pdf.get(old, "/FT") == "/Sig" and pdf.is_null(pdf.get(old, "/V")):
        return not pdf.is_null(pdf.get(new, "/V")) and _signature_field(step, ref, new)
    return False


def _copied(step: _Step, old_raw: Any, raw: Any) -> bool:
    """Whether a dictionary was only written again: as a fresh object or in place, with the same entries as before."""
    old, new = _as_of(step, old_raw, step.section - 1), _as_of(step, raw, step.section)
    equal = pdf.is_dict(old) and pdf.is_dict(new) and not pdf.is_stream(new) and _same(old, new)
    return equal and _fresh_or_untouched(step, raw)


def _information(step: _Step, ref: pdf.Ref, old: Any, new: Any) -> bool:
    """The catalog's metadata or the trailer's information dictionary, written anew and used for nothing else in the file."""
    document = step.document
    if ref == pdf.ref_of(pdf.raw_get(document.root(step.section), "/Metadata")):
        held = pdf.is_stream(old) and pdf.is_stream(new) and not set(new) - _METADATA
        return held and pdf.get(new, "/Type") == "/Metadata" and step.index.count(ref[0]) <= _as_metadata(document, ref)
    if ref == pdf.ref_of(_trailer(step, step.section, "/Info")):
        plain = pdf.is_dict(new) and not pdf.is_stream(new) and not any(pdf.is_ref(pdf.raw_get(new, key)) for key in new)
        named = sum(pdf.ref_of(item) == ref for item in document.trailer_entries("/Info"))
        return plain and not pdf.is_stream(old) and step.index.count(ref[0]) <= named
    return False


def _as_metadata(document: pdf.PdfDocument, ref: pdf.Ref) -> int:
    """How many versions of the catalog name an object as their metadata."""
    count = 0
    for section in range(len(document.sections)):
        root = pdf.ref_of(pdf.raw_get(document.trailer_at(section), "/Root"))
        if root in document.written_in(section):
            count += pdf.ref_of(pdf.raw_get(document.root(section), "/Metadata")) == ref
    return count


def _annotations(step: _Step, old: Any, new: Any) -> bool:
    before, after = pdf.items(old), pdf.items(new)
    if len(after) < len(before) or not all(_same(a, b) for a, b in zip(before, after, strict=False)):
        return False
    added = [pdf.ref_of(item) for item in after[len(before) :]]
    made = {ref for ref in step.explained & step.fresh if pdf.get(step.new(ref), "/FT") == "/Sig"}
    return all(ref is not None and ref in made for ref in added)


def changed_keys(old: Any, new: Any) -> set[str]:
    """The keys whose values differ as written."""
    keys = set(old) | set(new)
    return {key for key in keys if not _same(pdf.raw_get(old, key), pdf.raw_get(new, key))}


def _same(old: Any, new: Any, depth: int = _DEPTH) -> bool:
    """Equal as written: references by number, never followed."""
    if depth < 0:
        return False
    if pdf.is_ref(old) or pdf.is_ref(new):
        return pdf.ref_of(old) == pdf.ref_of(new)
    if pdf.is_stream(old) or pdf.is_stream(new):
        return False
    if pdf.is_dict(old) and pdf.is_dict(new):
        return set(old) == set(new) and all(_same(pdf.raw_get(old, key), pdf.raw_get(new, key), depth - 1) for key in old)
    if pdf.is_array(old) and pdf.is_array(new):
        pairs = zip(pdf.items(old), pdf.items(new), strict=False)
        return len(old) == len(new) and all(_same(a, b, depth - 1) for a, b in pairs)
    held = pdf.string_bytes(old)
    if held is not None:
        return held == pdf.string_bytes(new)
    return type(old) is type(new) and bool(old == new)


def _changes(step: _Step) -> tuple[Change, ...]:
    number = step.document.number(step.section)
    found: list[Change] = []
    for name, stamp, page in step.signatures.values():
        kind = ChangeKind.VALIDATION_MATERIAL if stamp else ChangeKind.SIGNATURE_ADDED
        what = f"document time-stamp {name} added" if stamp else f"signature {name} added"
        found.append(Change(kind, what, () if page is None else (page,), number, allowed=True))
    if step.store:
        found.append(Change(ChangeKind.VALIDATION_MATERIAL, "validation material added", revision=number, allowed=True))
    if step.information:
        # dates and producer go along with material that is added; alone, they are a change of their own
        only_material = bool(found) and all(item.kind is ChangeKind.VALIDATION_MATERIAL for item in found)
        kind = ChangeKind.VALIDATION_MATERIAL if only_material else ChangeKind.METADATA
        found.append(Change(kind, "document information updated", revision=number, allowed=True))
    if not found and step.explained:
        found.append(Change(ChangeKind.FORM_FILLED, "signature field or form entries added", revision=number, allowed=True))
    return tuple(found)


def dangling(document: pdf.PdfDocument, base: int, end: int, index: ReferenceIndex) -> tuple[int, ...]:
    """Numbers of objects that the signed revision refers to but that only a later revision defines.

    A reference to an undefined object shows nothing (ISO 32000-2, 7.3.10), so giving it a value later changes what the signed
    pages show although no signed object is touched.

    Args:
        document: the opened PDF.
        base: section of the signed revision.
        end: offset after the signed revision.
        index: of the document's references.
    """
    later: set[int] = set()
    for section in range(base + 1, len(document.sections)):
        later |= {ref[0] for ref in document.written_in(section) if not document.defined_at(ref, base)}
    return tuple(sorted(number for number in later if (index.first(number) or end) < end))


def rewritten_object_streams(document: pdf.PdfDocument, base: int) -> tuple[int, ...]:
    """Object streams of the signed revision that a later one writes again: every object inside changes without a trace."""
    held = document.object_stream_numbers(base)
    later = {ref[0] for section in range(base + 1, len(document.sections)) for ref in document.written_in(section)}
    return tuple(sorted(held & later))
