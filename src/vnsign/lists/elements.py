"""Reading elements of a trusted list: text, moments, certificates. The tree is that of the signed bytes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from vnsign.formats.xml.text import text_of
from vnsign.lists.signature import refused
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.pki.profile import profile

NAMESPACE = "http://uri.etsi.org/02231/v2#"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_MAX_TEXT = 300
_MAX_REMARKS = 200


def tsl(name: str) -> str:
    """Clark name in the namespace of trusted lists."""
    return f"{{{NAMESPACE}}}{name}"


@dataclass(slots=True)
class Notes:
    """Limits, and what is said about things left out."""

    limits: Limits
    remarks: list[str] = field(default_factory=list)
    known: dict[str, Certificate | None] = field(default_factory=dict)

    def remark(self, text: str) -> None:
        """Note something; a list of faults says no more after a while."""
        if len(self.remarks) < _MAX_REMARKS and text not in self.remarks:
            self.remarks.append(text)

    def certificate(self, text: str) -> Certificate | None:
        """The certificate of a base64 text, or ``None``; each text is decoded once."""
        if text not in self.known:
            self.known[text] = self._decode(text)
        return self.known[text]

    def _decode(self, text: str) -> Certificate | None:
        if len(text) > self.limits.certificate_bytes * 2:
            return None
        try:
            found = Certificate(base64.b64decode("".join(text.split()), validate=True))
        except (binascii.Error, ValueError):
            return None
        return found if len(found.der) <= self.limits.certificate_bytes and profile(found) is not None else None


def child_text(parent: Any, name: str) -> str:
    """Text of a child; empty where there is none."""
    child = parent.find(tsl(name))
    return "" if child is None else text_of(child)


def localised(parent: Any, name: str, inner: str = "Name") -> str:
    """A name in English, or the first one, short."""
    holder = parent.find(tsl(name))
    found = [] if holder is None else holder.findall(tsl(inner))
    english = [item for item in found if (item.get(_LANGUAGE) or "").lower().startswith("en")]
    chosen = english or found
    return " ".join(text_of(chosen[0]).split())[:_MAX_TEXT] if chosen else ""


def moment(text: str) -> datetime | None:
    """An ``xsd:dateTime`` with a zone, in UTC; ``None`` for anything else (TS 119 612, 5.1.4 asks for UTC)."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None and "T" in text else None
    except (ValueError, OverflowError):
        return None


def needed_moment(parent: Any, name: str) -> datetime:
    """A moment that must be there. Raises TrustStoreError ``LIST_FORMAT``."""
    found = moment(child_text(parent, name))
    if found is None:
        raise refused("LIST_FORMAT", f"{name} is missing or is no moment with a zone")
    return found


def certificates(identities: Any, notes: Notes) -> tuple[Certificate, ...]:
    """The X509Certificate identities below an element, each once; what is no certificate is remarked on."""
    if identities is None:
        return ()
    return tuple(dict.fromkeys(_certificates(identities, notes)))


def _certificates(identities: Any, notes: Notes) -> Iterator[Certificate]:
    for element in identities.iter(tsl("X509Certificate")):
        found = notes.certificate(text_of(element))
        if found is None:
            notes.remark("a digital identity that is no certificate was left out")
        else:
            yield found
