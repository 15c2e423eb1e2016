"""From the bytes of a file to the BER of a ContentInfo: binary, PEM, or bare base64."""

from __future__ import annotations

import base64
import binascii
import re

from vnsign.errors import UnreadableDocumentError

_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 #-]{1,40})-----([^-]*)-----END \1-----")
_LABELS = frozenset((b"CMS", b"PKCS7", b"PKCS #7 SIGNED DATA"))
_SPACE = b" \t\r\n"
_PKCS7 = bytes.fromhex("06092a864886f70d0107")
_BASE64_START = re.compile(rb"M[A-P][A-Za-z0-9+/\s]{14}")
"""Base64 of a SEQUENCE begins so: ``M`` and the first bits of its length."""


def looks_like(head: bytes) -> bool:
    """Whether the first bytes are those of a CMS ContentInfo or of an ASN.1 evidence record, in any of the encodings."""
    head = head.lstrip(_SPACE)
    if head.startswith(b"-----BEGIN "):
        return any(head.startswith(b"-----BEGIN " + label + b"-----") for label in _LABELS)
    if _BASE64_START.match(head):
        head = _base64(head[:64]) or b""
    return _is_content_info(head) or is_evidence_record(head)


def decode(data: bytes) -> bytes:
    """The binary form of a CMS file.

    Raises:
        UnreadableDocumentError: PEM or base64 that cannot be read (``CMS_ENCODING``), more than one PEM block.
    """
    text = data.lstrip(_SPACE)
    if text.startswith(b"-----BEGIN "):
        return _pem(text)
    if _BASE64_START.match(text):
        found = _base64(text)
        if found is None:
            raise UnreadableDocumentError("base64 that cannot be read", code="CMS_ENCODING", hint="was the file cut off?")
        return found
    return data


def _pem(text: bytes) -> bytes:
    # One block alone: with two, programs differ in which of them they read.
    found = _PEM.match(text)
    if found is None or found[1] not in _LABELS or b"-----BEGIN" in text[found.end() :]:
        raise UnreadableDocumentError("PEM that is not one whole CMS block", code="CMS_ENCODING", hint="was the file cut off?")
    decoded = _base64(found[2])
    if decoded is None:
        raise UnreadableDocumentError("PEM whose base64 cannot be read", code="CMS_ENCODING", hint="was the file cut off?")
    return decoded


def _base64(text: bytes) -> bytes | None:
    packed = b"".join(text.split())
    packed = packed[: len(packed) // 4 * 4] if len(text) <= 64 else packed
    try:
        return base64.b64decode(packed, validate=True)
    except binascii.Error:
        return None


def _content(head: bytes) -> bytes:
    """What follows the identifier and length of a SEQUENCE; empty when it begins with something else."""
    if len(head) < 2 or head[0] != 0x30:
        return b""
    return head[2:] if head[1] <= 0x80 else head[2 + (head[1] & 0x7F) :]


def _is_content_info(head: bytes) -> bool:
    return _content(head).startswith(_PKCS7)


def is_evidence_record(head: bytes) -> bool:
    """Whether an EvidenceRecord of RFC 4998 begins here: version 1, then digest algorithms."""
    inner = _content(head)
    return inner.startswith(b"\x02\x01\x01\x30") and _content(inner[3:]).startswith(b"\x30")
