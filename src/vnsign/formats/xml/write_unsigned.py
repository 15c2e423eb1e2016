"""Unsigned properties put into anyone's XAdES signature: where they go in the bytes, and with which prefixes they are written.

Text is inserted at byte positions (:mod:`vnsign.formats.xml.write_position`), so that every other byte stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vnsign.errors import LimitExceededError, SigningError
from vnsign.formats.xml import names
from vnsign.formats.xml.nodes import Reading
from vnsign.formats.xml.parse import parse
from vnsign.formats.xml.read import find_signature, reading_of
from vnsign.formats.xml.signature import ReadSignature, read_signature
from vnsign.formats.xml.write_position import encode, encoding_of, span_of
from vnsign.formats.xml.xades import qualifying_properties
from vnsign.model.facts import DigestRole, SignatureFormat
from vnsign.model.limits import Limits

_PREFERRED = ((names.XADES_132, "xades"), (names.DS, "ds"), (names.XADES_141, "xades141"))


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A XAdES signature that can receive unsigned properties.

    Attributes:
        document: the bytes.
        codec: their encoding.
        reading: the parsed document.
        found: the signature as read.
        holder: its ``QualifyingProperties``.
        properties: its unsigned signature properties, in document order.
    """

    document: bytes
    codec: str
    reading: Reading
    found: ReadSignature
    holder: Any
    properties: tuple[Any, ...]

    @property
    def id(self) -> str:
        """Of the signature."""
        return self.found.facts.id


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes from ``start`` to ``end`` make way for a text; ``start == end``: it is put in there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """Prefixes of one place in a document, each with its colon, and the declarations that new elements there need.

    Attributes:
        x, d, a: prefixes of XAdES 1.3.2, XML-DSig, XAdES 1.4.1.
        x_is, d_is, a_is: declaration of each, with a blank before it; empty where it is declared there already.
    """

    x: str
    x_is: str
    d: str
    d_is: str
    a: str
    a_is: str

    @classmethod
    def of(cls, element: Any) -> Words:
        """The words for children of an element."""
        scope: Mapping[str | None, str] = element.nsmap
        found: list[str] = []
        for namespace, wanted in _PREFERRED:
            known = sorted((prefix or "" for prefix, uri in scope.items() if uri == namespace), reverse=True)
            if known:
                found += [f"{known[0]}:" if known[0] else "", ""]
                continue
            prefix = next(name for name in (wanted, *(f"{wanted}{n}" for n in range(len(scope) + 1))) if name not in scope)
            found += [f"{prefix}:", f' xmlns:{prefix}="{namespace}"']
        return cls(*found)


def open_signature(document: bytes, signature_id: str, *, external: Mapping[str, bytes], limits: Limits) -> Opened:
    """Find a signature that unsigned properties can be added to.

    Args:
        document: the XML document.
        signature_id: as the reader names it.
        external: detached data by URI.
        limits: bounds on the document.

    Raises:
        UnreadableDocumentError: not well-formed, a DOCTYPE; LimitExceededError: over a limit.
        ConfigurationError: ``NO_SUCH_SIGNATURE``.
        SigningError: ``XML_TIMESTAMP_FORM`` (plain XML-DSig), ``XADES_VERSION`` (1.1.1, 1.2.2), ``XADES_STRUCTURE``,
            ``XML_SIGNATURE_BROKEN`` (what it signs was changed), ``XML_ENCODING``.
    """
    tree = parse(document, limits)
    reading = reading_of(tree, limits, external, len(document))
    element = find_signature(reading, signature_id)
    if element.tag != names.SIGNATURE:
        raise _unfit(signature_id, "it is no signature of XML-DSig")
    found = read_signature(element, signature_id, reading)
    if found.facts.format is SignatureFormat.XML_OTHER and found.facts.problems:
        fault = found.facts.problems[0]
        raise _unfit(signature_id, f"{fault.rule} {dict(fault.parameters)}")
    holder = _holder(found, signature_id)
    _check_intact(found)
    codec = encoding_of(document, tree.docinfo.encoding)
    groups = _groups(holder, signature_id)
    properties = tuple(item for item in groups[-1] if isinstance(item.tag, str)) if len(groups) == 2 else ()
    return Opened(document, codec, reading, found, holder, properties)


def _holder(found: ReadSignature, signature_id: str) -> Any:
    holders = qualifying_properties(found.element)
    if not holders:
        raise SigningError(
            f"the signature {signature_id!r} is plain XML-DSig: it has no place for time-stamps and validation material",
            code="XML_TIMESTAMP_FORM",
            hint="only XAdES signatures are raised; sign as XAdES",
        )
    old = [item.tag.partition("}")[0].strip("{#") for item in holders if item.tag != names.xades("QualifyingProperties")]
    if old:
        raise SigningError(
            f"the signature {signature_id!r} is of an old version of XAdES ({old[0].rpartition('/')[2]})",
            code="XADES_VERSION",
            hint="only XAdES 1.3.2 (EN 319 132-1) is raised; seal the file in an ASiC container with a time-stamp instead",
        )
    if len(holders) > 1:
        raise _unfit(signature_id, f"it has {len(holders)} QualifyingProperties")
    if found.facts.format is not SignatureFormat.XADES:
        raise _unfit(signature_id, "no reference of it covers its SignedProperties")
    return holders[0]


def _groups(holder: Any, signature_id: str) -> list[Any]:
    """``UnsignedProperties`` and in it ``UnsignedSignatureProperties``, as far as they are there."""
    found: list[Any] = []
    parent = holder
    for name in ("UnsignedProperties", "UnsignedSignatureProperties"):
        same = [child for child in parent if isinstance(child.tag, str) and child.tag.rpartition("}")[2] == name]
        if not same:
            break
        if len(same) > 1 or same[0].tag != names.xades(name):
            raise _unfit(signature_id, f"its {name} are not one element of XAdES 1.3.2")
        found.append(same[0])
        parent = same[0]
    return found


def _check_intact(found: ReadSignature) -> None:
    for item in found.resolved:
        core = item.facts.role is not DigestRole.MANIFEST_ENTRY
        if core and item.octets is not None and not item.intact:
            raise SigningError(
                f"what the signature {found.facts.id!r} signs was changed: {item.facts.covers}",
                code="XML_SIGNATURE_BROKEN",
                hint="nothing can mend a broken signature; ask for a new one",
            )


def _unfit(signature_id: str, why: str) -> SigningError:
    return SigningError(
        f"the signature {signature_id!r} cannot be raised: {why}", code="XADES_STRUCTURE", hint="verify it to see what is wrong"
    )


def add_properties(opened: Opened, text: str, words: Words) -> Edit:
    """Where a text of unsigned signature properties goes: behind those that are there, else into elements made for it.

    Args:
        opened: the signature.
        text: the properties.
        words: of :func:`words_for`.
    """
    groups = _groups(opened.holder, opened.id)
    if len(groups) == 2:
        return at_end(opened, groups[1], text)
    own = f"{words.x}UnsignedSignatureProperties"
    if groups:  # the schema has UnsignedSignatureProperties before UnsignedDataObjectProperties
        return at_start(opened, groups[0], f"<{own}{words.x_is}>{text}</{own}>")
    around = f"{words.x}UnsignedProperties"
    return at_end(opened, opened.holder, f"<{around}{words.x_is}><{own}>{text}</{own}></{around}>")


def words_for(opened: Opened) -> Words:
    """The words for new unsigned signature properties."""
    groups = _groups(opened.holder, opened.id)
    return Words.of(groups[-1] if groups else opened.holder)


def at_end(opened: Opened, element: Any, text: str) -> Edit:
    """The text as the last thing inside an element."""
    span = span_of(opened.document, opened.codec, element)
    if span.empty:
        return Edit(span.content - len("/>".encode(opened.codec)), span.end, f">{text}</{span.name}>")
    return Edit(span.end_tag, span.end_tag, text)


def at_start(opened: Opened, element: Any, text: str) -> Edit:
    """The text as the first thing inside an element."""
    span = span_of(opened.document, opened.codec, element)
    return at_end(opened, element, text) if span.empty else Edit(span.content, span.content, text)


def after(opened: Opened, element: Any, text: str) -> Edit:
    """The text directly behind an element."""
    end = span_of(opened.document, opened.codec, element).end
    return Edit(end, end, text)


def edited(opened: Opened, edits: Sequence[Edit]) -> bytes:
    """The document with the edits made; those at one place in the order given."""
    parts: list[bytes] = []
    done = 0
    for edit in sorted(edits, key=lambda item: item.start):
        parts += [opened.document[done : edit.start], encode(edit.text, opened.codec)]
        done = edit.end
    return b"".join((*parts, opened.document[done:]))


def check_room_for_timestamp(opened: Opened) -> None:
    """No more time-stamps than are read again.

    Raises:
        LimitExceededError: there are as many as the limits allow.
    """
    most = opened.reading.limits.timestamps
    if len(opened.found.facts.timestamps) >= most:
        raise LimitExceededError(
            f"the signature {opened.id!r} has {most} time-stamps, more are not read", hint="raise Limits.timestamps"
        )
