"""Small PDFs for the tests of reading: written by hand, updated by hand, signed with pyHanko and a key made for the run."""

from __future__ import annotations

import functools
import io
import re
from datetime import UTC, datetime

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from vnsign.formats.pdf.read import read_pdf
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import DocumentFacts, SignatureFacts
from vnsign.model.limits import Limits


@functools.cache
def signer() -> signers.SimpleSigner:
    """A signer with a self-signed P-256 certificate."""
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TEST Người ký")])
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), 1, datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
        )
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    private = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(certificate),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )


def plain_pdf(pages: int = 2, *, size: int | None = None, extra: dict[int, bytes] | None = None, page: bytes = b"") -> bytes:
    """A PDF with a classic cross-reference: catalog 1, page tree 2, pages from 3, contents after them."""
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b" ".join(b"%d 0 R" % (3 + i) for i in range(pages))),
    }
    for i in range(pages):
        text = b"BT /F1 12 Tf 72 700 Td (page %d) Tj ET" % (i + 1)
        body = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 800]/Contents %d 0 R%s>>" % (3 + pages + i, page)
        objects[3 + i] = body
        objects[3 + pages + i] = b"<</Length %d>>stream\n%s\nendstream" % (len(text), text)
    objects |= extra or {}
    return _written(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", objects, b"/Root 1 0 R", size)


def updated(pdf: bytes, objects: dict[int, bytes], *, trailer: bytes = b"", size: int | None = None) -> bytes:
    """The PDF with an incremental update that writes the objects."""
    previous = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])
    declared = max(int(found) for found in re.findall(rb"/Size (\d+)", pdf))
    highest = max(declared, *(number + 1 for number in objects))
    return _written(pdf, objects, b"/Root 1 0 R/Prev %d" % previous + trailer, size or highest)


def _written(start: bytes, objects: dict[int, bytes], trailer: bytes, size: int | None) -> bytes:
    out = bytearray(start)
    offsets = {}
    for number, body in sorted(objects.items()):
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    xref = len(out)
    out += b"xref\n"
    if not start.startswith(b"%PDF") or len(start) < 64:
        out += b"0 1\n0000000000 65535 f \n"
    for number, offset in offsets.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, offset)
    total = size or max(objects) + 1
    out += b"trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (total, trailer, xref)
    return bytes(out)


def signed(
    pdf: bytes,
    field: str = "Signature1",
    *,
    certify: fields.MDPPerm | None = None,
    lock: fields.FieldMDPSpec | None = None,
    box: tuple[int, int, int, int] | None = None,
    password: str | None = None,
    subfilter: fields.SigSeedSubFilter = fields.SigSeedSubFilter.PADES,
) -> bytes:
    """The PDF with one more signature."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    if password is not None:
        writer.encrypt(password)
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        subfilter=subfilter,
        md_algorithm="sha256",
        reason="Kiểm thử",
        location="Hà Nội",
        certify=certify is not None,
        docmdp_permissions=certify or fields.MDPPerm.FILL_FORMS,
    )
    spec = fields.SigFieldSpec(field, on_page=0, box=box, field_mdp_spec=lock, empty_field_appearance=False)
    return bytes(signers.sign_pdf(writer, metadata, signer(), new_field_spec=spec, bytes_reserved=8192).getvalue())


def facts_of(pdf: bytes, *, password: str | None = None, limits: Limits | None = None) -> DocumentFacts:
    """What the reader makes of the bytes."""
    return read_pdf(DocumentSource.of(pdf), limits=limits or Limits(), password=password)


def only(facts: DocumentFacts) -> SignatureFacts:
    """The one signature of the document."""
    (signature,) = facts.signatures
    return signature


def sound(signature: SignatureFacts) -> bool:
    """Every digest matches, and there is one."""
    return bool(signature.digests) and all(item.matches for item in signature.digests)


def rules_of(signature: SignatureFacts) -> set[str]:
    """The rules that the signature breaks."""
    return {problem.rule for problem in signature.problems}
