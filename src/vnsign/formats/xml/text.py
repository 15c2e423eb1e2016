"""Text of elements: all of it or a fault, never the part before a comment."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from vnsign.formats.xml.faults import Fault
from vnsign.model.moment import VIETNAM

_XML_SPACE = re.compile(r"[ \t\r\n]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def text_of(element: Any) -> str:
    """All text inside an element, comments and processing instructions left out, trimmed of XML white space."""
    if len(element) == 0:
        return (element.text or "").strip(" \t\r\n")
    return str(element.xpath("string(.)")).strip(" \t\r\n")


def has_asides(elements: Sequence[Any]) -> bool:
    """Whether comments or processing instructions stand anywhere inside the elements."""
    return any(next(element.iter(etree.Comment, etree.ProcessingInstruction), None) is not None for element in elements)


def base64_of(element: Any, limit: int) -> bytes:
    """Strict base64 of an element's text (XML Schema base64Binary).

    Raises:
        Fault: ``xml.structure`` for anything but base64, for an empty value, for more than ``limit`` bytes.
    """
    name = str(element.tag).rpartition("}")[2]
    text = _XML_SPACE.sub("", text_of(element))
    if len(text) > limit * 4 // 3 + 4:
        raise Fault("xml.limit", what=name)
    if not text or not _BASE64.fullmatch(text):
        raise Fault("xml.structure", found=f"{name} is not base64")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault("xml.structure", found=f"{name} is not base64") from error


def moment_of(text: str) -> tuple[datetime, bool] | None:
    """An ``xsd:dateTime`` and whether its zone was assumed: without one it is Vietnam's time. ``None`` for anything else."""
    if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text):
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            found.timestamp()
            return found, False
        return found.replace(tzinfo=VIETNAM), True
    except (ValueError, OverflowError):
        return None
