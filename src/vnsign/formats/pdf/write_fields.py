"""Which field a signature goes into, and whether the document lets it. Part of :mod:`vnsign.formats.pdf.write_adapter`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.form_tools import enumerate_fields_in
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

from vnsign.errors import SigningError
from vnsign.formats.pdf.placement import Certification, PdfPlacement

_MOST_FIELDS = 100_000
_SUB_FILTER_REQUIRED, _DIGEST_REQUIRED = 2, 64


@dataclass(frozen=True, slots=True)
class Target:
    """Where the signature goes.

    Attributes:
        name: full name of the field.
        exists: it is there already, empty.
        page: page index for a new field.
        lock: fields that the signature locks, as the existing field asks (pyHanko ``FieldMDPSpec``).
        lock_permission: what the document may still have done to it afterwards, as the existing field asks.
    """

    name: str
    exists: bool
    page: int
    lock: Any = None
    lock_permission: Any = None


def filled(view: Any) -> Iterator[tuple[str, Any, Any]]:
    """Full name, field and signature dictionary of every signature field that has a value."""
    for name, field in _signature_fields(view):
        value = entry(field, "/V")
        if isinstance(value, generic.DictionaryObject):
            yield name, field, value


def dictionary(entries: dict[str, Any]) -> Any:
    """A new dictionary (pyHanko) of entries by name."""
    named = {generic.pdf_name(name): value for name, value in entries.items()}
    return generic.DictionaryObject(named)  # type: ignore[no-untyped-call] # pyHanko


def entry(mapping: Any, key: str) -> Any:
    """An entry of a dictionary, reference followed and decrypted (``get`` does neither); ``None`` when missing."""
    found = mapping[key] if isinstance(mapping, generic.DictionaryObject) and key in mapping else None
    return None if isinstance(found, generic.NullObject) else found


def _items(array: Any) -> list[Any]:
    return [array[position] for position in range(len(array))] if isinstance(array, generic.ArrayObject) else []


def _signature_fields(view: Any) -> Iterator[tuple[str, Any]]:
    fields = entry(entry(view.root, "/AcroForm"), "/Fields")
    if not isinstance(fields, generic.ArrayObject):
        return
    found = enumerate_fields_in(fields, refs_seen=set(), target_field_type="/Sig")  # type: ignore[no-untyped-call] # pyHanko
    for count, (name, _, reference) in enumerate(found):
        if count > _MOST_FIELDS:
            raise SigningError(f"more than {_MOST_FIELDS} form fields", code="PDF_FIELDS")
        yield str(name), reference.get_object()


def find_target(writer: Any, placement: PdfPlacement) -> Target:
    """Find the field, or a free name for a new one, and check that nothing in the document forbids the signature.

    Raises:
        SigningError: ``DOCUMENT_LOCKED``, ``FIELD_TAKEN``, ``FIELD_NAME``, ``FIELD_CONSTRAINED``, ``NO_SUCH_PAGE``,
            ``BOX_OUTSIDE_PAGE``, ``NOT_FIRST_SIGNATURE``.
    """
    signed = list(filled(writer))
    if placement.certification is not None and signed:
        raise SigningError(
            f"the document is signed already ({signed[0][0]}), a certification signature must be the first",
            code="NOT_FIRST_SIGNATURE",
            hint="sign without certification",
        )
    names = _names(writer)
    existing = names.get(placement.field)
    if placement.field and placement.field in names:
        target = _existing(placement.field, existing, placement)
    else:
        target = _new(writer, names, placement)
    _check_locks(writer, signed, target, placement)
    return target


def stamp_field(writer: Any, field: str) -> tuple[str, bool]:
    """Name of the field for a document time-stamp, and whether it is there, empty.

    Certification does not matter: a document time-stamp is allowed at every level of it (ISO 32000-2, 12.8.2.2.2), and locks
    are about fields that people fill in.

    Args:
        writer: of the incremental update (pyHanko).
        field: the name wanted; empty: ``Timestamp1`` or the next number that is free.

    Raises:
        SigningError: ``FIELD_TAKEN``, ``FIELD_NAME``.
    """
    names = _names(writer)
    if not field:
        return next(free for n in range(1, _MOST_FIELDS) if (free := f"Timestamp{n}") not in names), False
    if field not in names and "." in field:
        raise SigningError(f"no field {field!r}; a new name has no full stop", code="FIELD_NAME", hint="name it without one")
    if field in names and names[field] is None:
        raise SigningError(
            f"field {field!r} is signed already or is no signature field", code="FIELD_TAKEN", hint="name another"
        )
    return field, field in names


def _names(writer: Any) -> dict[str, Any]:
    """Names of all fields: an empty signature field gives its dictionary, any other field ``None``."""
    found: dict[str, Any] = {}
    for item in _items(entry(entry(writer.root, "/AcroForm"), "/Fields")):
        title = entry(item, "/T")
        if title is not None:
            found[str(title)] = None
    for name, field in _signature_fields(writer):
        found[name] = field if entry(field, "/V") is None else None
    return found


def _existing(name: str, field: Any, placement: PdfPlacement) -> Target:
    if field is None:
        raise SigningError(
            f"field {name!r} is signed already or is no signature field", code="FIELD_TAKEN", hint="name another"
        )
    if placement.box is not None:
        raise SigningError(
            f"field {name!r} has its own rectangle", code="FIELD_TAKEN", hint="leave the box out, or name a new field"
        )
    seed = entry(field, "/SV")
    if isinstance(seed, generic.DictionaryObject):
        _check_seed(name, seed)
    lock = entry(field, "/Lock")
    if not isinstance(lock, generic.DictionaryObject):
        return Target(name, exists=True, page=0)
    permission = entry(lock, "/P")
    return Target(
        name,
        exists=True,
        page=0,
        lock=FieldMDPSpec.from_pdf_object(lock),
        lock_permission=MDPPerm(int(permission)) if permission is not None else None,
    )


def _check_seed(name: str, seed: Any) -> None:
    """Requirements that the field's author set (ISO 32000-2, table 237). Those that are not fulfilled here are refused."""
    flags = int(entry(seed, "/Ff") or 0)
    wanted = [str(item) for item in _items(entry(seed, "/SubFilter"))]
    if flags & _SUB_FILTER_REQUIRED and "/ETSI.CAdES.detached" in wanted:
        flags &= ~_SUB_FILTER_REQUIRED
    digests = [str(item).upper() for item in _items(entry(seed, "/DigestMethod"))]
    if flags & _DIGEST_REQUIRED and {"SHA256", "SHA384", "SHA512"} <= set(digests):
        flags &= ~_DIGEST_REQUIRED
    if flags or entry(seed, "/Cert") is not None:
        raise SigningError(
            f"field {name!r} sets requirements on its signature that are not supported",
            code="FIELD_CONSTRAINED",
            hint="sign in another field, or ask the form's author",
        )


def _new(writer: Any, names: dict[str, Any], placement: PdfPlacement) -> Target:
    name = placement.field or next(free for n in range(1, _MOST_FIELDS) if (free := f"Signature{n}") not in names)
    if "." in name:
        raise SigningError(
            f"no field {name!r}; a new name has no full stop", code="FIELD_NAME", hint="name it without full stop"
        )
    page = placement.page - 1 if placement.page > 0 else placement.page
    try:
        reference = writer.find_page_for_modification(page)[0]
    except (PdfError, IndexError, KeyError, ValueError) as error:
        raise SigningError(f"the document has no page {placement.page}", code="NO_SUCH_PAGE") from error
    if placement.box is not None:
        _check_box(reference.get_object(), placement)
    return Target(name, exists=False, page=page)


def _check_box(page: Any, placement: PdfPlacement) -> None:
    node, media = page, None
    for _ in range(64):
        media = entry(node, "/CropBox") or entry(node, "/MediaBox")
        node = entry(node, "/Parent")
        if media is not None or not isinstance(node, generic.DictionaryObject):
            break
    if media is None or placement.box is None:
        return
    sides = [float(side) for side in _items(media)]
    left, right = sorted(sides[0::2])
    bottom, top = sorted(sides[1::2])
    x1, y1, x2, y2 = placement.box
    if x1 < left or x2 > right or y1 < bottom or y2 > top:
        raise SigningError(
            f"the rectangle lies outside page {placement.page}",
            code="BOX_OUTSIDE_PAGE",
            hint=f"the page reaches from {left:g},{bottom:g} to {right:g},{top:g}",
        )


def _check_locks(writer: Any, signed: list[tuple[str, Any, Any]], target: Target, placement: PdfPlacement) -> None:
    for permission, by in _permissions(writer, signed):
        if permission == Certification.NO_CHANGES:
            raise SigningError(
                f"the document is certified as final ({by}); nothing may be added to it, no signature either",
                code="DOCUMENT_LOCKED",
                hint="ask whoever certified it for a copy that may be signed",
            )
        if not target.exists and placement.box is not None:
            raise SigningError(
                f"the document is certified ({by}); a new visible field would break that",
                code="DOCUMENT_LOCKED",
                hint="sign in a field that is there, or invisibly",
            )
    for name, _, value in signed:
        for lock in _locks(value):
            if lock.is_locked(target.name):
                raise SigningError(
                    f"signature {name!r} locked the field {target.name!r}",
                    code="DOCUMENT_LOCKED",
                    hint="sign in a field that is not locked",
                )


def _permissions(writer: Any, signed: list[tuple[str, Any, Any]]) -> Iterator[tuple[int, str]]:
    """What certification signatures, and locks of other signatures (PDF 2.0), still allow."""
    for name, field, value in signed:
        lock = entry(field, "/Lock")
        if entry(lock, "/P") is not None:
            yield int(entry(lock, "/P")), name
        yield from ((permission, name) for permission in _certified(value))
    catalog = entry(entry(writer.root, "/Perms"), "/DocMDP")
    yield from ((permission, "the catalog") for permission in _certified(catalog))


def _certified(value: Any) -> Iterator[int]:
    for parameters in _transforms(value, "/DocMDP"):
        yield int(entry(parameters, "/P") or Certification.FILL_FORMS)


def _locks(value: Any) -> Iterator[Any]:
    for parameters in _transforms(value, "/FieldMDP"):
        yield FieldMDPSpec.from_pdf_object(parameters)


def _transforms(value: Any, method: str) -> Iterator[Any]:
    for reference in _items(entry(value, "/Reference")):
        if entry(reference, "/TransformMethod") == method:
            parameters = entry(reference, "/TransformParams")
            yield parameters if isinstance(parameters, generic.DictionaryObject) else dictionary({})
