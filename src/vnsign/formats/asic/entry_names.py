"""Names of new entries: those that every program reads in the same way, and that mean nothing special in a container."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from urllib.parse import quote

from vnsign.errors import ConfigurationError
from vnsign.formats.asic.names import EntryKind, kind_of

MIMETYPES = {"asic-s": "application/vnd.etsi.asic-s+zip", "asic-e": "application/vnd.etsi.asic-e+zip"}
"""Media types of containers by kind (EN 319 162-1, 4.3.3.1 and 4.4.3.1)."""

_LONGEST = 255
_UNSAFE = frozenset('\\:*?"<>|')
_BY_ENDING = {
    "asice": MIMETYPES["asic-e"],
    "asics": MIMETYPES["asic-s"],
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "htm": "text/html",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "p7m": "application/pkcs7-mime",
    "p7s": "application/pkcs7-signature",
    "pdf": "application/pdf",
    "png": "image/png",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "tst": "application/vnd.etsi.timestamp-token",
    "txt": "text/plain",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "text/xml",
    "zip": "application/zip",
}


def check_file_name(name: str) -> None:
    """Refuse a name that a file of a container cannot have.

    Args:
        name: with folders before it where wanted, ``/`` between them.

    Raises:
        ConfigurationError: ``ENTRY_NAME``: it is empty, climbs, is absolute or too long, has letters that some system cannot
            write, or is one that the standard gives a meaning (``mimetype``, ``META-INF/...``).
    """
    parts = name.split("/")
    climbs = any(not part.strip() or part != part.strip(" ") or part.endswith(".") for part in parts)
    unsafe = any(sign in _UNSAFE or unicodedata.category(sign) in ("Cc", "Cf", "Cs") for sign in name)
    special = folded(parts[0]) in ("mimetype", "meta-inf") or kind_of(name) is not EntryKind.DATA
    if climbs or unsafe or special or len(written(name).encode("utf-8", "replace")) > _LONGEST:
        raise ConfigurationError(
            f"{name[:100]!r} is no name for a file in a container", code="ENTRY_NAME", hint="give it another name"
        )


def written(name: str) -> str:
    """The name as it is written: letters composed (NFC), so that it is found again whatever system it came from."""
    return unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """What two names have in common that some program takes for the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def uri_of(name: str) -> str:
    """The relative reference that means an entry (RFC 3986, 4.2), percent-encoded."""
    return quote(name, safe="/")


def media_type(name: str) -> str:
    """The media type by the ending of a name."""
    return _BY_ENDING.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def free_number(patterns: Iterable[str], taken: Collection[str]) -> int:
    """The first number above those in use with which none of the names is taken.

    Args:
        patterns: names with ``{}`` in the place of the number, as ``META-INF/signature{}.p7s``.
        taken: names of all entries.
    """
    there = {folded(name) for name in taken}
    pairs = [tuple(folded(part) for part in pattern.split("{}")) for pattern in patterns]
    used = [0]
    for name in there:
        for before, after in pairs:
            middle = name[len(before) : len(name) - len(after)]
            if name.startswith(before) and name.endswith(after) and middle.isascii() and middle.isdigit():
                used.append(int(middle[:9]))
    return max(used) + 1
