"""A second reading of a signature just made in a container: the ZIP by ``zipfile``, the signature by the other formats' own.

XAdES goes to ``signxml``, CAdES to pyHanko, the digests of a manifest to ``hashlib``.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from vnsign.errors import SelfCheckError, VnsignError
from vnsign.formats.asic.entry_names import uri_of
from vnsign.model.certificate import Certificate

LARGEST = 128 * 1024 * 1024
"""Bytes, of the container: it is unpacked into memory once more."""

_NO_DATA: Mapping[str, bytes] = {}
_ASIC = "{http://uri.etsi.org/02918/v1.2.1#}"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"


def second_reading(
    signed: bytes,
    signature_id: str,
    certificate: Certificate,
    *,
    external: Mapping[str, bytes] = _NO_DATA,  # noqa: ARG001 - every format has it; a container holds all that is signed
) -> str:
    """Have a signature of a container verified once more.

    Args:
        signed: the container.
        signature_id: the signature to read: entry, ``#`` and the id within; others are left alone.
        certificate: the signing certificate; its key is what the value is verified with.
        external: not used.

    Returns:
        Nothing where it agreed; else why it was not read.

    Raises:
        SelfCheckError: ``SECOND_READING``: it does not verify the signature.
    """
    if len(signed) > LARGEST:
        return f"containers over {LARGEST} bytes are not read twice"
    entry, _, own = signature_id.partition("#")
    try:
        with zipfile.ZipFile(io.BytesIO(signed)) as container:
            files = {name: container.read(name) for name in container.namelist() if not name.endswith("/")}
        if entry.lower().endswith(".xml"):
            return _xml(files, entry, own, certificate)
        return _cms(files, entry, own, certificate)
    except VnsignError:
        raise
    except Exception as error:  # whatever it throws, it did not agree
        raise _disagreed(signature_id, f"{type(error).__name__}: {error}") from error


def _xml(files: Mapping[str, bytes], entry: str, own: str, certificate: Certificate) -> str:
    from vnsign.formats.xml.second_reading import second_reading as read_again

    external = {uri_of(name): content for name, content in files.items()}
    return read_again(files[entry], own, certificate, external=external).reason


def _cms(files: Mapping[str, bytes], entry: str, own: str, certificate: Certificate) -> str:
    from vnsign.formats.cms.second_reading import second_reading as read_again

    found = _manifest_of(files, entry)
    if found is None:
        data = [name for name in files if name != "mimetype" and not name.startswith("META-INF/")]
        if len(data) != 1:
            raise _disagreed(entry, f"{len(data)} files and no manifest")
        return read_again(files[entry], own, certificate, external={data[0]: files[data[0]]})
    name, root = found
    for item in root.iterfind(f"{_ASIC}DataObjectReference"):
        method = str(item.find(f"{_DS}DigestMethod").get("Algorithm")).rpartition("#")[2]
        wanted = base64.b64decode(item.find(f"{_DS}DigestValue").text)
        if hashlib.new(method.replace("-", "_"), files[unquote(item.get("URI"))]).digest() != wanted:
            raise _disagreed(entry, f"the manifest has another digest of {item.get('URI')}")
    return read_again(files[entry], own, certificate, external={name: files[name]})


def _manifest_of(files: Mapping[str, bytes], entry: str) -> tuple[str, Any] | None:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    for name, content in files.items():
        if name.startswith("META-INF/ASiCManifest"):
            root: Any = etree.fromstring(content, parser)
            if unquote(root.find(f"{_ASIC}SigReference").get("URI")) == entry:
                return name, root
    return None


def _disagreed(signature_id: str, why: str) -> SelfCheckError:
    return SelfCheckError(
        f"the second reading does not verify the signature {signature_id!r}: {why}",
        code="SECOND_READING",
        hint="please report this document: two readings of one container differ",
    )
