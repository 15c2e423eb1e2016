"""Manifests written: ASiCManifest and ASiCArchiveManifest (EN 319 162-1, A.4 and A.7), and OpenDocument's list of files."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

from vnsign.crypto import digests
from vnsign.crypto.algorithms import digest_to_xml
from vnsign.formats.asic.entry_names import media_type, uri_of

ASIC = "http://uri.etsi.org/02918/v1.2.1#"
"""The namespace of EN 319 162-1."""
SIGNATURE_TYPE = "application/pkcs7-signature"
TOKEN_TYPE = "application/vnd.etsi.timestamp-token"  # noqa: S105 - a media type

_DS = "http://www.w3.org/2000/09/xmldsig#"
_ODF = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

EMPTY_SIGNATURES = f'{_DECLARATION}<asic:XAdESSignatures xmlns:asic="{ASIC}"></asic:XAdESSignatures>\n'.encode()
"""The file that XAdES signatures of a container go into (EN 319 162-1, A.5), with none in it."""


def asic_manifest(
    signed_by: str,
    media: str,
    files: Sequence[tuple[str, bytes]],
    digest: str,
    *,
    types: dict[str, str] | None = None,
    root: str = "",
) -> bytes:
    """Write a manifest.

    Args:
        signed_by: name of the entry that signs or time-stamps the manifest.
        media: media type of that entry.
        files: name and content of what it covers.
        digest: of the files.
        types: media types by name, where the ending does not say.
        root: name of the archive manifest before this one, which is marked as its root (A.7); empty for none.
    """
    method = digest_to_xml(digest)
    lines = [f'<asic:SigReference URI="{escape(uri_of(signed_by))}" MimeType="{escape(media)}"/>']
    for name, content in files:
        kind = (types or {}).get(name) or media_type(name)
        value = b64encode(digests.digest(digest, content)).decode("ascii")
        mark = ' Rootfile="true"' if name == root else ""
        lines.append(
            f'<asic:DataObjectReference URI="{escape(uri_of(name))}" MimeType="{escape(kind)}"{mark}>'
            f'<ds:DigestMethod Algorithm="{method}"/><ds:DigestValue>{value}</ds:DigestValue></asic:DataObjectReference>'
        )
    opened = f'<asic:ASiCManifest xmlns:asic="{ASIC}" xmlns:ds="{_DS}">'
    return "\n".join([f"{_DECLARATION}{opened}", *lines, "</asic:ASiCManifest>\n"]).encode()


def package_manifest(mimetype: str, files: Sequence[tuple[str, str]]) -> bytes:
    """Write OpenDocument's ``META-INF/manifest.xml`` (part 2, 3.2), which many readers of ASiC-E with XAdES ask for.

    Args:
        mimetype: of the container.
        files: name and media type of each file.
    """
    entries = [("/", mimetype), *files]
    lines = [
        f'<manifest:file-entry manifest:full-path="{escape(name)}" manifest:media-type="{escape(kind)}"/>'
        for name, kind in entries
    ]
    opened = f'<manifest:manifest xmlns:manifest="{_ODF}" manifest:version="1.2">'
    return "\n".join([f"{_DECLARATION}{opened}", *lines, "</manifest:manifest>\n"]).encode()
