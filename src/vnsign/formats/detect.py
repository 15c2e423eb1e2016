"""Which format: by content, never by file name."""

from __future__ import annotations

from vnsign.errors import UnreadableDocumentError
from vnsign.formats.cms.decode import looks_like

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def detect(head: bytes) -> str:
    """``pdf``, ``xml``, ``cms`` or ``asic`` from the first bytes (1,024 suffice, as readers of PDF allow a preamble).

    What a ZIP or CMS file contains may begin within those bytes, so that these are asked for first.

    Raises:
        UnreadableDocumentError: for anything else; the code says what was recognised.
    """
    if head.startswith(_ZIP):
        return "asic"
    if looks_like(head):
        return "cms"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    text = head.lstrip(b" \t\r\n")
    if text.startswith((*_BOMS, b"<")) or b"<?xml" in head[:64]:
        return "xml"  # also with something before the declaration: the XML reader says what is wrong with it
    if not head:
        raise UnreadableDocumentError("the document is empty", code="EMPTY_DOCUMENT", hint="was the upload cut off?")
    raise UnreadableDocumentError(
        "neither PDF, XML, CMS nor an ASiC container",
        code="FORMAT_UNKNOWN",
        hint="give the signed file itself, not a picture of it",
    )


def detect_signable(head: bytes) -> str:
    """``pdf`` or ``xml``: the formats that are signed here.

    Raises:
        UnreadableDocumentError: for anything else; ``FORMAT_NOT_SUPPORTED`` for what can be verified and not signed.
    """
    found = detect(head)
    if found not in ("pdf", "xml"):
        raise UnreadableDocumentError(
            f"a file of the format {found} is verified, not signed",
            code="FORMAT_NOT_SUPPORTED",
            hint="give a PDF or XML document, or sign with a detached XAdES signature",
        )
    return found
