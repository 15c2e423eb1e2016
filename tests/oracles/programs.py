"""Independent programs over one document: each says whether the signatures of it are sound."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from vnsign.formats.xml.second_reading import SecondReadingStatus, second_reading
from vnsign.model.certificate import Certificate
from vnsign.testing.pki import TestPki

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"


def program(name: str) -> str:
    """The path of a program; the test is skipped where it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=60, cwd=folder)


def pdfsig_accepts(document: bytes, folder: Path) -> bool:
    """Every signature is valid to Poppler, certificates aside. Document time-stamps are of a kind that it does not check."""
    (folder / "document.pdf").write_bytes(document)
    text = run(program("pdfsig"), "-nocert", "document.pdf", folder=folder).stdout
    checked = [part for part in text.split("Signature #") if "Signature Type: unknown" not in part]
    said = re.findall(r"- Signature Validation: (.*)", "".join(checked))
    return bool(said) and all(item.startswith("Signature is Valid") for item in said)


def xmlsec1_accepts(document: bytes, folder: Path, certificate: Certificate) -> bool:
    """The first signature verifies under the certificate to libxmlsec1."""
    (folder / "document.xml").write_bytes(document)
    (folder / "certificate.pem").write_bytes(certificate.x509.public_bytes(Encoding.PEM))
    identified = [f"{DS}:Signature", f"{DS}:Object", f"{XADES}:SignedProperties"]
    options = [part for name in identified for part in ("--id-attr:Id", name)]
    root = etree.fromstring(document)
    for item in root.iter():
        named = str(item.tag).removeprefix("{").replace("}", ":")
        options += [part for name, value in item.attrib.items() if value == "data" for part in (f"--id-attr:{name}", named)]
    done = run(
        *(program("xmlsec1"), "--verify", "--pubkey-cert-pem", "certificate.pem", *options, "document.xml"), folder=folder
    )
    return done.returncode == 0


def openssl_accepts_token(token: bytes, protected: bytes, folder: Path, pki: TestPki) -> bool:
    """OpenSSL verifies a time-stamp over the octets, up to the test roots."""
    (folder / "token.der").write_bytes(token)
    for name, certificates in (
        ("roots.pem", pki.certificates("public-root", "government-root")),
        ("others.pem", (*pki.intermediates, *pki.certificates("public-tsa", "government-tsa"))),
    ):
        (folder / name).write_bytes(b"".join(item.x509.public_bytes(Encoding.PEM) for item in certificates))
    imprint = hashlib.sha256(protected).hexdigest()
    done = run(
        *(program("openssl"), "ts", "-verify", "-digest", imprint, "-in", "token.der", "-token_in"),
        *("-CAfile", "roots.pem", "-untrusted", "others.pem"),
        folder=folder,
    )
    return "Verification: OK" in done.stdout


def openssl_accepts_cms(document: bytes, folder: Path, pki: TestPki, *, beside: bytes | None = None) -> bool:
    """OpenSSL verifies every signer of a CMS file up to the test roots; ``beside`` is the content of a detached one."""
    (folder / "document.p7m").write_bytes(document)
    roots = pki.certificates("public-root", "government-root")
    (folder / "roots.pem").write_bytes(b"".join(item.x509.public_bytes(Encoding.PEM) for item in roots))
    detached = [] if beside is None else ["-content", "content.bin"]
    if beside is not None:
        (folder / "content.bin").write_bytes(beside)
    done = run(
        *(program("openssl"), "cms", "-verify", "-inform", "DER", "-in", "document.p7m", "-CAfile", "roots.pem"),
        # Time-stamping and mail are other purposes than signing documents.
        *("-purpose", "any", "-binary", "-out", "verified.bin", *detached),
        folder=folder,
    )
    return done.returncode == 0


def pyhanko_accepts(document: bytes, pki: TestPki, crls: tuple[bytes, ...], at: datetime) -> bool:
    """Every signature is valid and trusted to pyHanko with the test roots and these CRLs."""
    from asn1crypto import x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    def loaded(*names: str) -> list[x509.Certificate]:
        return [x509.Certificate.load(item.der) for item in pki.certificates(*names)]

    async def judge() -> bool:
        embedded = PdfFileReader(io.BytesIO(document)).embedded_regular_signatures
        said = []
        for signature in embedded:
            context = ValidationContext(
                trust_roots=loaded("public-root", "government-root"),
                other_certs=loaded("public-ca", "government-ca"),
                crls=list(crls),
                moment=at,
                allow_fetching=False,
                revocation_mode="require",
            )
            said.append(await async_validate_pdf_signature(signature, signer_validation_context=context))
        return bool(said) and all(item.bottom_line for item in said)

    return asyncio.run(judge())


def signxml_accepts(document: bytes, certificate: Certificate) -> bool | None:
    """signxml verifies the first signature under the certificate; ``None`` for what its profile does not reach."""
    from vnsign.errors import SelfCheckError

    signature: Any = next(etree.fromstring(document).iter(f"{{{DS}}}Signature"))
    try:
        found = second_reading(document, str(signature.get("Id")), certificate)
    except SelfCheckError:
        return False
    return True if found.status is SecondReadingStatus.AGREED else None


def pdf_token(document: bytes) -> tuple[bytes, bytes]:
    """The time-stamp of the first PDF signature, and the octets that it is about (the signature value)."""
    from asn1crypto import cms

    start = document.index(b"/Contents <") + len(b"/Contents <")
    octets = bytes.fromhex(document[start : document.index(b">", start)].decode())
    signer = cms.ContentInfo.load(octets)["content"]["signer_infos"][0]
    (attribute,) = [item for item in signer["unsigned_attrs"] if item["type"].native == "signature_time_stamp_token"]
    return attribute["values"][0].dump(), signer["signature"].native


def xades_token(document: bytes) -> tuple[bytes, bytes]:
    """The same of an XAdES signature; the octets are the canonical ``SignatureValue`` (EN 319 132-1, 5.3)."""
    from base64 import b64decode

    root = etree.fromstring(document)
    stamp: Any = next(root.iter(f"{{{XADES}}}SignatureTimeStamp"))
    method = stamp.find(f"{{{DS}}}CanonicalizationMethod").get("Algorithm")
    value: Any = next(root.iter(f"{{{DS}}}SignatureValue"))
    octets = etree.tostring(value, method="c14n", exclusive="exc-c14n" in method, with_tail=False)
    return b64decode(stamp.findtext(f"{{{XADES}}}EncapsulatedTimeStamp")), octets
