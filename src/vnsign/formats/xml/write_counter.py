"""Where a counter-signature goes: the unsigned properties of the signature whose value it signs (EN 319 132-1, 5.2.7.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType

from vnsign.errors import SigningError
from vnsign.formats.xml import names
from vnsign.formats.xml.write_position import encode
from vnsign.formats.xml.write_unsigned import add_properties, open_signature, words_for
from vnsign.model.limits import Limits

_PLACE = "\ue000"


@dataclass(frozen=True, slots=True)
class CounterPlace:
    """Where a counter-signature is put in.

    Attributes:
        head, tail: the bytes around it, with the ``CounterSignature`` that holds it.
        codec: of the document.
        uri: ``#`` and the ``Id`` of the value that is signed.
        signature: path of the signature that it is on.
    """

    head: bytes = field(repr=False)
    tail: bytes = field(repr=False)
    codec: str
    uri: str
    signature: str


def counter_place(document: bytes, signature_id: str, limits: Limits) -> CounterPlace:
    """The place of a counter-signature.

    Args:
        document: the XML document.
        signature_id: the signature that is counter-signed.
        limits: bounds on the document.

    Raises:
        SigningError: ``XML_NO_VALUE_ID``: the value has no identifier to refer to it by; and as
            :func:`vnsign.formats.xml.write_unsigned.open_signature` does.
        UnreadableDocumentError, ConfigurationError: as there.
    """
    opened = open_signature(document, signature_id, external=MappingProxyType({}), limits=limits)
    element = opened.found.element
    identifier = element.find(names.SIGNATURE_VALUE).get("Id")
    if not identifier:
        raise SigningError(
            f"the value of the signature {signature_id!r} has no Id that a counter-signature could refer to",
            code="XML_NO_VALUE_ID",
            hint="sign beside it instead",
        )
    words = words_for(opened)
    name = f"{words.x}CounterSignature"
    edit = add_properties(opened, f"<{name}{words.x_is}>{_PLACE}</{name}>", words)
    first, _, last = edit.text.partition(_PLACE)
    return CounterPlace(
        document[: edit.start] + encode(first, opened.codec),
        encode(last, opened.codec) + document[edit.end :],
        opened.codec,
        f"#{identifier}",
        opened.reading.tree.getpath(element),
    )
