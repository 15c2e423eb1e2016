"""Inputs to start from: what ``vnsign.testing`` makes, and samples of the shared data where these are at hand."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from vnsign.testing.dossier import Dossier, sign_dossier
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

AT = datetime(2026, 6, 1, tzinfo=UTC)
_LARGEST = 96 * 1024
_MOST = 150


@cache
def pki() -> TestPki:
    """The test PKI."""
    return TestPki.load()


@cache
def dossier() -> Dossier:
    """A signed dossier."""
    return sign_dossier(pki(), clock=lambda: AT)


def pdf() -> list[bytes]:
    """Signed and malformed PDFs."""
    return [dossier().application, dossier().result, *shared("pdf")]


def xml() -> list[bytes]:
    """Signed and attacked XML documents."""
    return [dossier().declaration, *shared("xml")]


def cms() -> list[bytes]:
    """Signed data and tokens."""
    return [token(), *shared("cms")]


@cache
def token() -> bytes:
    """A time-stamp token."""
    return SimulatedTsa.of(pki(), clock=lambda: AT).token("sha256", bytes(32))


def certificates() -> list[bytes]:
    """Certificates in DER."""
    return [*(item.certificate.der for item in pki().credentials), *shared("pki", ".crt", ".cer", ".der")]


def crls() -> list[bytes]:
    """Certificate revocation lists in DER."""
    return [*pki().crls(), *shared("pki", ".crl")]


def ocsps() -> list[bytes]:
    """OCSP responses."""
    made = [pki().ocsp(name) for name in ("citizen", "citizen-revoked", "official")]
    return [*made, *(item for item in shared("pki", ".der") if b"\x2b\x06\x01\x05\x05\x07\x30\x01" in item[:64])]


def asic() -> list[bytes]:
    """ASiC containers and other archives."""
    return shared("asic") or [b"PK\x05\x06" + bytes(18)]


def pkcs12() -> list[bytes]:
    """PKCS #12 files of the test PKI and others."""
    return [pki().credential("citizen-p256").pkcs12(b"mat khau"), *shared("pkcs12")]


def lists() -> list[bytes]:
    """Trusted lists."""
    return shared("xml", ".xml", under="tl/") or [b"<TrustServiceStatusList/>"]


def everything() -> list[bytes]:
    """A few of each kind."""
    return [item for kind in (pdf, xml, cms, asic) for item in kind()[:12]]


@cache
def shared(kind: str, *endings: str, under: str = "") -> list[bytes]:
    """Small samples of a kind from the shared data, spread over their folders; empty where these are not at hand."""
    named = os.environ.get("VNSIGN_SHARED_DATA")
    folder = (Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data") / "corpora"
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        return []
    rows = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()]
    fitting = [row["path"] for row in rows if row["kind"] == kind and 0 < row["size"] <= _LARGEST]
    fitting = [path for path in fitting if path.startswith(under) and path.endswith(endings or "")]
    step = max(1, len(fitting) // _MOST)
    return [(folder / path).read_bytes() for path in sorted(fitting)[::step]]
