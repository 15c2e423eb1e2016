"""A signed dossier of the test PKI: application and declaration by a citizen, result by an official and an agency."""

from __future__ import annotations

from dataclasses import dataclass

from vnsign.errors import ConfigurationError

_COPIES = (b"cap 02 ban sao", b"cap 92 ban sao")


@dataclass(frozen=True, slots=True)
class Dossier:
    """Signed documents.

    Attributes:
        application: PDF, signed by the citizen (public), level B-T.
        declaration: XML, signed by the citizen with XAdES (public), level B-T.
        result: PDF, signed by the official, then by the agency (civil service), level B-T.
        tampered: the application with one byte changed after signing: 02 copies have become 92.
    """

    application: bytes
    declaration: bytes
    result: bytes

    @property
    def tampered(self) -> bytes:
        """The application with one byte of the page changed: 02 copies have become 92."""
        return change_once(self.application, *_COPIES)


def change_once(document: bytes, old: bytes, new: bytes) -> bytes:
    """Replace bytes that occur exactly once by as many others, to tamper with a document.

    Raises:
        ConfigurationError: they do not occur exactly once, or the lengths differ, so that more than the bytes would change.
    """
    if document.count(old) != 1 or len(old) != len(new):
        raise ConfigurationError(f"{old!r} occurs {document.count(old)} times; exactly one of the same length is replaced")
    return document.replace(old, new)
