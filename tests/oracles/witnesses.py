"""Which independent programs accept a cell of the signing matrix. ``None``: the program knows no such form or algorithm."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from interop.matrix import NAME, SOON, Form, Key
from interop.own import Case

from tests.oracles.programs import (
    openssl_accepts_cms,
    pdfsig_accepts,
    pyhanko_accepts,
    signxml_accepts,
    xmlsec1_accepts,
)
from vnsign.testing.pki import TestPki

UNKNOWN = {
    "pdfsig": ("Ed25519",),  # NSS of the system
    "xmlsec1": ("Ed25519", "PSS"),  # 1.2 knows neither
    "signxml": ("Ed25519",),
    "openssl": ("Ed25519",),  # 3.0 asks its EdDSA for a digest and fails
}
"""Algorithms that the versions at hand do not know, by words of the key's name."""


def witnesses(form: Form, key: Key, case: Case, folder: Path) -> dict[str, bool | None]:
    """What each program says of a cell that knows its form.

    Args:
        form: of the signature.
        key: and algorithm.
        case: the signed document.
        folder: an empty folder.
    """
    if form.name == "PAdES":
        crls = TestPki.load().crls(SOON)
        return {
            "pdfsig": _known("pdfsig", key) and pdfsig_accepts(case.document, folder),
            "pyHanko": pyhanko_accepts(case.document, TestPki.load(), crls, SOON),
        }
    if form.name.startswith("XAdES"):
        return _xml(case.document, form, key, folder)
    if form.name.startswith("CAdES"):
        beside = (form.external or {}).get(NAME)
        return {"openssl": _known("openssl", key) and openssl_accepts_cms(case.document, folder, TestPki.load(), beside=beside)}
    return _inside(form, key, case, folder)


def _known(program: str, key: Key) -> bool | None:
    """True, or ``None`` where the program does not know the algorithm: ``and`` then goes no further."""
    return None if any(word in key.name for word in UNKNOWN[program]) else True


def _xml(document: bytes, form: Form, key: Key, folder: Path) -> dict[str, bool | None]:
    certificate = TestPki.load().certificate(key.who)
    for name, data in (form.external or {}).items():
        (folder / name).write_bytes(data)
    said = {"xmlsec1": _known("xmlsec1", key) and xmlsec1_accepts(document, folder, certificate)}
    if not form.external:
        said["signxml"] = _known("signxml", key) and signxml_accepts(document, certificate)
    return said


def _inside(form: Form, key: Key, case: Case, folder: Path) -> dict[str, bool | None]:
    """The signature in a container, by programs that know nothing of containers."""
    with zipfile.ZipFile(io.BytesIO(case.document)) as container:
        found = {name: container.read(name) for name in container.namelist()}
    if form.name.endswith("CAdES"):
        signature = next(data for name, data in found.items() if name.endswith(".p7s"))
        manifest = next((name for name in found if name.startswith("META-INF/ASiCManifest")), NAME)
        accepted = _known("openssl", key) and openssl_accepts_cms(signature, folder, TestPki.load(), beside=found[manifest])
        return {"openssl": accepted}
    signature = next(data for name, data in found.items() if name.startswith("META-INF/signatures"))
    alone = Form("XAdES", b"", None, {NAME: found[NAME]})
    return _xml(signature, alone, key, folder)
