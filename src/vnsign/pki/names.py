"""X.501 names from their DER, whatever an issuer wrote into them.

Names are taken as bytes and walked here, without a library: issuers write BMPString and T61String, over-long values, broken
UTF-8, and a reader that refuses one attribute would lose the whole name.
"""

from __future__ import annotations

import contextlib
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from vnsign.errors import EvidenceError
from vnsign.pki.der import OBJECT_IDENTIFIER, SEQUENCE, SET, element, elements, oid_text

_MAX_ATTRIBUTES = 256
_MAX_NAME = 16 * 1024
_SHORT_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "T",
    "2.5.4.17": "POSTALCODE",
    "2.5.4.20": "TEL",
    "2.5.4.42": "GIVENNAME",
    "2.5.4.97": "ORGANIZATIONIDENTIFIER",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "E",
}
# Bidirectional controls and invisible marks let one name be shown as another.
_DECEPTIVE = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")


class Attribute(NamedTuple):
    """One attribute of a name: OID, text in NFC, the RDN it stands in, the value's DER."""

    oid: str
    text: str
    rdn: int
    der: bytes


@lru_cache(maxsize=1024)
def attributes(name: bytes) -> tuple[Attribute, ...]:
    """The attributes of a Name in the order written.

    Args:
        name: DER of the Name (RFC 5280, 4.1.2.4).

    Raises:
        EvidenceError: when the bytes are not a Name, or one of more than 16 KiB or 256 attributes.
    """
    if len(name) > _MAX_NAME:
        raise EvidenceError(f"a Name of {len(name)} bytes")
    tag, content, end = element(name, 0)
    if tag != SEQUENCE or end != len(name):
        raise EvidenceError("not a Name: no SEQUENCE")
    found: list[Attribute] = []
    for rdn, (set_tag, _, set_content, set_end) in enumerate(elements(name, content, end)):
        if set_tag != SET:
            raise EvidenceError("not a Name: an RDN is no SET")
        for item_tag, _, item_content, item_end in elements(name, set_content, set_end):
            parts = list(elements(name, item_content, item_end))
            if item_tag != SEQUENCE or len(parts) != 2 or parts[0][0] != OBJECT_IDENTIFIER:
                raise EvidenceError("not a Name: an attribute is no pair of type and value")
            value = name[parts[1][1] : parts[1][3]]
            found.append(Attribute(oid_text(name[parts[0][2] : parts[0][3]]), _value_text(value), rdn, value))
            if len(found) > _MAX_ATTRIBUTES:
                raise EvidenceError(f"a Name of more than {_MAX_ATTRIBUTES} attributes")
    return tuple(found)


@lru_cache(maxsize=1024)
def name_key(name: bytes) -> tuple[object, ...]:
    """A key under which two encodings of the same name are equal (RFC 5280, 7.1; simplified RFC 4518 preparation).

    Two names with the same key are never taken as the same entity for that: a signature check always follows.
    """
    try:
        found = attributes(name)
    except EvidenceError:
        return (name,)
    rdns: dict[int, set[tuple[str, str]]] = {}
    for item in found:
        folded = " ".join(unicodedata.normalize("NFKC", item.text).casefold().split())
        rdns.setdefault(item.rdn, set()).add((item.oid, folded))
    return tuple(frozenset(rdn) for rdn in rdns.values())


def same_name(first: bytes, second: bytes) -> bool:
    """Whether two DER names are equal, byte for byte or after preparation (RFC 5280, 7.1)."""
    return first == second or name_key(first) == name_key(second)


def values(name: bytes, oid: str) -> tuple[str, ...]:
    """The values of one attribute type, in the order written; empty where the name cannot be read."""
    try:
        return tuple(item.text for item in attributes(name) if item.oid == oid)
    except EvidenceError:
        return ()


@lru_cache(maxsize=1024)
def one_line(name: bytes) -> str:
    """The name as one line for people, the common name's side first: ``CN=…, O=…, C=VN``.

    For reading only: never compared, never parsed. A name that cannot be read is shown as hexadecimal.
    """
    try:
        found = attributes(name)
    except EvidenceError:
        return "#" + name[:64].hex()
    rdns: dict[int, list[str]] = {}
    for item in found:
        text = item.text.replace("\\", "\\\\").replace(",", "\\,").replace("+", "\\+")
        rdns.setdefault(item.rdn, []).append(f"{_SHORT_NAMES.get(item.oid, item.oid)}={text}")
    lines = ["+".join(parts) for parts in rdns.values()]
    if found and found[0].oid == "2.5.4.6":
        lines.reverse()
    return ", ".join(lines)


def clean(text: str) -> str:
    """Text for people: NFC, control and bidirectional characters replaced, spaces at the ends removed."""
    shown = (
        "\ufffd" if unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") or char in _DECEPTIVE else char for char in text
    )
    return unicodedata.normalize("NFC", "".join(shown)).strip()


def decode_string(der: bytes) -> str:
    """The text of a DER string value; hexadecimal with ``#`` (RFC 4514, 2.4) for what is no string."""
    try:
        tag, content, end = element(der, 0)
    except EvidenceError:
        return "#" + der.hex()
    raw = der[content:end]
    if tag == 0x1E:
        return raw.decode("utf-16-be", "replace")
    if tag == 0x1C:
        return raw.decode("utf-32-be", "replace")
    if tag in (0x0C, 0x13, 0x16, 0x14, 0x12, 0x1A, 0x1B, 0x19):
        # UTF-8 in a PrintableString and Latin-1 in a T61String are both seen: UTF-8 first, it rarely matches by chance.
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    return "#" + der.hex()


def _value_text(der: bytes) -> str:
    text = decode_string(der)
    # Some signing tools write the display form of a value (``#1613…``) into the certificate request.
    if text.startswith("#") and len(text) > 5 and text[1:3].lower() in ("0c", "13", "16", "1e"):
        with contextlib.suppress(ValueError):
            text = decode_string(bytes.fromhex(text[1:]))
    return clean(text)
