"""Which format: by content, never by file name."""

from __future__ import annotations

from vnsign.errors import UnreadableDocumentError

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def detect(head: bytes) -> str:
    """``pdf`` or ``xml`` from the first bytes (1,024 suffice, as readers of PDF allow a preamble).

    Raises:
        UnreadableDocumentError: for anything else; the code says what was recognised.
    """
    if b"%PDF-" in head[:1024]:
        return "pdf"
    text = head.lstrip(b" \t\r\n")
    if text.startswith((*_BOMS, b"<")) or b"<?xml" in head[:64]:
        return "xml"  # also with something before the declaration: the XML reader says what is wrong with it
    if head.startswith(b"PK\x03\x04"):
        raise UnreadableDocumentError("a ZIP container, not a PDF or XML document", code="FORMAT_NOT_SUPPORTED")
    if not head:
        raise UnreadableDocumentError("the document is empty", code="EMPTY_DOCUMENT", hint="was the upload cut off?")
    raise UnreadableDocumentError(
        "neither PDF nor XML",
        code="FORMAT_UNKNOWN",
        hint="give the signed PDF or XML itself, not an archive or a picture of it",
    )
