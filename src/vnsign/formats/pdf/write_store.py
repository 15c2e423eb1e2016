"""Updates that raise a signature: a fuller security store, an empty document time-stamp. Part of ``write_adapter``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp

from vnsign.errors import UnreadableDocumentError, VnsignError
from vnsign.formats.appended import Appended, AppendingStream
from vnsign.formats.material import Material
from vnsign.formats.pdf.write_adapter import Reserved, open_for_update, reserved
from vnsign.formats.pdf.write_fields import dictionary, entry, stamp_field

Made = TypeVar("Made")

_LISTS = (("/Certs", "CERTIFICATE"), ("/CRLs", "CRL"), ("/OCSPs", "OCSP_RESPONSE"))
_SINGULAR = {"/Certs": "/Cert", "/CRLs": "/CRL", "/OCSPs": "/OCSP"}
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""The file identifier is derived from the document and what is added; no clock is asked."""


def extended_store(document: bytes, material: Material, signature: bytes, *, unused: int, password: str | None) -> bytes:
    """Append a revision whose security store holds more (ISO 32000-2, 12.8.4.3).

    Nothing that the store has is taken out or changed. Its entry for the signature, keyed by the SHA-1 digest of the whole
    ``Contents`` string (12.8.4.4), is added where there is none yet.

    Args:
        document: the PDF.
        material: what is to be in the store.
        signature: ``Contents`` of the signature that it serves.
        unused: the first number for new objects.
        password: opens an encrypted document.

    Returns:
        The document as it is where the store holds everything.

    Raises:
        UnreadableDocumentError: not a PDF that can be updated, or encrypted without the right password.
    """
    return _through_door(lambda: _extended(_opened(document, unused, password), document, material, signature))


def reserve_timestamp(document: bytes, *, field: str, digest: str, size: int, unused: int, password: str | None) -> Reserved:
    """Append a revision with an empty document time-stamp (ISO 32000-2, 12.8.5), in a field without a picture.

    Args:
        document: the PDF.
        field: name of a new or an empty signature field; empty: a free name.
        digest: of the byte ranges.
        size: bytes reserved for the token.
        unused: the first number for new objects.
        password: opens an encrypted document.

    Raises:
        UnreadableDocumentError: as for :func:`extended_store`.
        SigningError: the field is taken, or cannot be had.
    """
    return _through_door(lambda: _reserved(_opened(document, unused, password), document, field, digest, size))


def _through_door(make: Callable[[], Made]) -> Made:
    try:
        return make()
    except (VnsignError, MemoryError):
        raise
    except Exception as error:  # the door: whatever pyHanko throws at a damaged document
        raise UnreadableDocumentError(
            f"the PDF cannot be updated: {type(error).__name__}: {error}"[:500],
            code="PDF_STRUCTURE",
            hint="the document is damaged; its signatures cannot be raised",
        ) from error


def _opened(document: bytes, unused: int, password: str | None) -> Any:
    writer = open_for_update(document, _NO_TIME, password)
    writer._lastobj_id = max(writer._lastobj_id, unused - 1)  # noqa: SLF001 # named in the contract test
    return writer


def _reserved(writer: Any, document: bytes, field: str, digest: str, size: int) -> Reserved:
    name, exists = stamp_field(writer, field)
    steps = PdfCMSEmbedder(SigFieldSpec(name, on_page=0)).write_cms(name, writer, existing_fields_only=exists)
    next(steps)
    stamp = DocumentTimestamp(bytes_reserved=2 * size)  # type: ignore[no-untyped-call] # pyHanko
    steps.send(SigObjSetup(stamp))
    return reserved(writer, steps, document, digest, name)


def _extended(writer: Any, document: bytes, material: Material, signature: bytes) -> bytes:
    store = entry(writer.root, "/DSS")
    held = {key: _held(store, key, purpose) for key, purpose in _LISTS}
    wanted = dict(zip(held, (material.certificates, material.crls, material.ocsps), strict=True))
    if all(der in held[key] for key, ders in wanted.items() for der in ders):
        return document
    lists = {key: [*_raw(entry(store, key))] for key, _ in _LISTS}
    for key, ders in wanted.items():
        for der in dict.fromkeys(ders):
            if der not in held[key]:
                held[key][der] = writer.add_object(generic.StreamObject(stream_data=der))
                lists[key].append(held[key][der])
    entries: dict[str, Any] = {"/Type": pdf_name("/DSS")} if store is None else {key: store.raw_get(key) for key in store}
    # arrays are written anew, in the dictionary itself: an old array rewritten in its place might serve something else too
    entries |= {key: generic.ArrayObject(items) for key, items in lists.items() if items}
    services = _services(
        entry(store, "/VRI"), signature, {key: [held[key][der] for der in ders] for key, ders in wanted.items()}
    )
    if services is not None:
        entries["/VRI"] = services
    writer.root[pdf_name("/DSS")] = writer.add_object(dictionary(entries))
    writer.update_root()
    stream = writer.prev.stream = AppendingStream(document)
    writer.write_in_place()
    return Appended(document, stream.appended()).join()


def _held(store: Any, key: str, purpose: str) -> dict[bytes, Any]:
    """The streams that the store lists, by their decoded bytes; what cannot be read is left out."""
    found: dict[bytes, Any] = {}
    for item in _raw(entry(store, key)):
        try:
            der = item.get_object().read_data(DecodePurpose[purpose])
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112 # a damaged entry is as good as none: its item is added anew
            continue
        found.setdefault(bytes(der), item)
    return found


def _raw(array: Any) -> Iterator[Any]:
    if isinstance(array, generic.ArrayObject):
        yield from (array.raw_get(position) for position in range(len(array)))


def _services(old: Any, signature: bytes, used: dict[str, list[Any]]) -> Any:
    """The dictionary of validation-related information with an entry for the signature; ``None``: as it is."""
    key = "/" + hashlib.sha1(signature, usedforsecurity=False).hexdigest().upper()
    entries = {name: old.raw_get(name) for name in old} if isinstance(old, generic.DictionaryObject) else {}
    if key in entries:
        return None  # an entry is never changed: readers take that for tampering
    lists = {_SINGULAR[name]: generic.ArrayObject(items) for name, items in used.items() if items}
    entries[key] = dictionary({"/Type": pdf_name("/VRI"), **lists})
    return dictionary(entries)
