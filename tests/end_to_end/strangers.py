"""Signatures at level B that other programs made with the test PKI: pyHanko, signxml, OpenSSL. What users are handed."""

from __future__ import annotations

import io
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from asn1crypto import keys, x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.oracles.programs import program
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.pki import TestPki

CONTENT = "Tờ khai thuế, dạng văn bản.\n".encode()


def by_pyhanko(who: str, subfilter: fields.SigSeedSubFilter, document: bytes = b"", field: str = "Signature1") -> bytes:
    """A PDF signed by pyHanko: ``PADES``, or ``ADOBE_PKCS7_DETACHED`` as older programs sign."""
    pki = TestPki.load()
    der = pki.credential(who).private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    store = SimpleCertificateStore()
    store.register(x509.Certificate.load(pki.chain(who)[0].der))
    signer = signers.SimpleSigner(x509.Certificate.load(pki.certificate(who).der), keys.PrivateKeyInfo.load(der), store)
    meta = signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256", subfilter=subfilter)
    writer = IncrementalPdfFileWriter(io.BytesIO(document or application_pdf()))
    return signers.PdfSigner(meta, signer).sign_pdf(writer).getvalue()


def pades(who: str = "citizen", document: bytes = b"", field: str = "Signature1") -> bytes:
    """PAdES B-B."""
    return by_pyhanko(who, fields.SigSeedSubFilter.PADES, document, field)


def adobe(who: str = "citizen") -> bytes:
    """``adbe.pkcs7.detached``, the form before PAdES, without levels of its own."""
    return by_pyhanko(who, fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED)


def xades(who: str = "citizen") -> bytes:
    """XAdES B-B, enveloped, by signxml."""
    from signxml import methods
    from signxml.xades import XAdESSigner

    credential = TestPki.load().credential(who)
    signer = XAdESSigner(method=methods.enveloped, signature_algorithm="rsa-sha256", digest_algorithm="sha256")
    chain = [item.x509.public_bytes(Encoding.PEM).decode() for item in (credential.certificate, *credential.chain[:-1])]
    root = signer.sign(etree.fromstring(declaration_xml()), key=credential.private_key, cert=chain)
    return bytes(etree.tostring(root))


def cades(who: str = "citizen") -> bytes:
    """CAdES B-B, attached, by ``openssl cms -cades``."""
    return _openssl(who, "-nodetach")


def cades_detached(who: str = "citizen") -> bytes:
    """CAdES B-B over :data:`CONTENT`, which stands beside it."""
    return _openssl(who)


def _openssl(who: str, *more: str) -> bytes:
    pki = TestPki.load()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "content").write_bytes(CONTENT)
        (folder / "key.pem").write_bytes(pki.credential(who).private_key_pem)
        (folder / "cert.pem").write_bytes(pki.certificate(who).x509.public_bytes(Encoding.PEM))
        (folder / "chain.pem").write_bytes(pki.chain(who)[0].x509.public_bytes(Encoding.PEM))
        command = (
            "cms -sign -cades -binary -in content -signer cert.pem -inkey key.pem -certfile chain.pem -outform DER -out out"
        )
        subprocess.run([program("openssl"), *command.split(), *more], cwd=folder, check=True, capture_output=True, timeout=60)
        return (folder / "out").read_bytes()


MAKERS: dict[str, Callable[[], bytes]] = {
    "pades by pyHanko": pades,
    "adbe.pkcs7.detached by pyHanko": adobe,
    "xades by signxml": xades,
    "cades by OpenSSL": cades,
    "cades beside its content by OpenSSL": cades_detached,
}
"""Every maker by what it makes."""
