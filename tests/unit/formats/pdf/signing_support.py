"""Help for the tests of PDF signing: documents of every kind, the CMS taken out, independent programs asked."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from vnsign.crypto import algorithms
from vnsign.formats.pdf.placement import PdfPlacement
from vnsign.formats.pdf.prepare import PreparedPdf, embed_pdf, prepare_pdf
from vnsign.model.facts import SignatureAlgorithm
from vnsign.testing.documents import application_pdf, result_pdf
from vnsign.testing.pki import TestPki

AT = datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)
PASSWORD = "mat khau"


def program(name: str) -> str:
    """The path of an independent program, or a skip with the reason."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def algorithm_of(name: str, padding: str | None = None, digest: str = "sha256") -> SignatureAlgorithm:
    key = TestPki.load().certificate(name).x509.public_key()
    return algorithms.for_key(key, digest, padding=padding)


def prepared(
    document: bytes,
    name: str = "citizen",
    *,
    algorithm: SignatureAlgorithm | None = None,
    placement: PdfPlacement | None = None,
    password: str | None = None,
) -> PreparedPdf:
    credential = TestPki.load().credential(name)
    return prepare_pdf(
        document,
        certificate=credential.certificate,
        chain=credential.chain[:-1],
        algorithm=algorithm or algorithm_of(name),
        placement=placement or PdfPlacement(),
        at=AT,
        password=password,
    )


def signed(
    document: bytes,
    name: str = "citizen",
    *,
    algorithm: SignatureAlgorithm | None = None,
    placement: PdfPlacement | None = None,
    password: str | None = None,
) -> bytes:
    """A document signed by both steps, without the checks of the signing layer."""
    work = prepared(document, name, algorithm=algorithm, placement=placement, password=password)
    (value,) = TestPki.load().signer(name).sign([work.to_be_signed], work.algorithm)
    return embed_pdf(work, value)


# --- documents ------------------------------------------------------------------------------------------------------------


def rewritten(document: bytes, *, compressed: bool, password: str | None = None, sealed: bool = False) -> bytes:
    """The same pages in a new file, with cross-reference streams, object streams or encryption."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(BytesIO(document)), {"stream_xrefs": compressed})
    if password is not None:
        writer.encrypt(owner_pass="chu so huu", user_pass=password, pdf_mac=sealed)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def hybrid(document: bytes) -> bytes:
    """The document with an update that old readers see in a table and new readers in a stream (ISO 32000-2, 7.5.8.4)."""
    previous = int(re.findall(rb"startxref\s+(\d+)", document)[-1])
    size = int(re.findall(rb"/Size (\d+)", document)[-1])
    root = re.findall(rb"/Root (\d+ 0 R)", document)[-1]
    out = bytearray(document)
    held = b"%d 0 (an toan)" % (size + 1)
    first = len(b"%d 0 " % (size + 1))
    at_stream = len(out)
    body = held
    out += b"%d 0 obj\n<< /Type /ObjStm /N 1 /First %d /Length %d >>\nstream\n" % (size, first, len(body))
    out += body + b"\nendstream\nendobj\n"
    at_xref = len(out)
    rows = b"\x02" + size.to_bytes(4, "big") + b"\x00"
    out += b"%d 0 obj\n<< /Type /XRef /W [1 4 1] /Index [%d 1] /Size %d /Length %d >>\nstream\n" % (
        size + 2,
        size + 1,
        size + 3,
        len(rows),
    )
    out += rows + b"\nendstream\nendobj\n"
    at_table = len(out)
    out += b"xref\n%d 1\n%010d 00000 n \n%d 1\n%010d 00000 n \n" % (size, at_stream, size + 2, at_xref)
    out += b"trailer\n<< /Size %d /Root %s /Prev %d /XRefStm %d >>\n" % (size + 3, root, previous, at_xref)
    out += b"startxref\n%d\n%%%%EOF\n" % at_table
    return bytes(out)


def with_empty_field(document: bytes, name: str, *, lock: bool = False) -> bytes:
    """The document with an empty signature field, which may lock all fields."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, SigFieldSpec, append_signature_field

    writer = IncrementalPdfFileWriter(BytesIO(document))
    spec = FieldMDPSpec(FieldMDPAction.ALL) if lock else None
    append_signature_field(writer, SigFieldSpec(name, box=(60, 300, 260, 340), field_mdp_spec=spec))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


KINDS = {
    "classic, with a form": application_pdf(),
    "classic, no form": result_pdf(),
    "PDF 1.4": application_pdf().replace(b"%PDF-1.7", b"%PDF-1.4", 1),
    "PDF 2.0": application_pdf().replace(b"%PDF-1.7", b"%PDF-2.0", 1),
    "compressed": rewritten(result_pdf(), compressed=True),
    "hybrid": hybrid(result_pdf()),
    "encrypted": rewritten(result_pdf(), compressed=False, password=PASSWORD),
    "encrypted, compressed": rewritten(result_pdf(), compressed=True, password=PASSWORD),
}

PARAMETERS = {
    "RSA-2048 PKCS#1 v1.5": ("citizen", "pkcs1v15", "sha256"),
    "RSA-2048 PSS": ("citizen", "pss", "sha256"),
    "RSA-3072 PSS SHA-512": ("citizen-rsa3072", "pss", "sha512"),
    "ECDSA P-256": ("citizen-p256", None, "sha256"),
    "ECDSA P-384 SHA-384": ("citizen-p384", None, "sha384"),
    "Ed25519": ("citizen-ed25519", None, "sha256"),
}


# --- readings -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TakenOut:
    """The last signature of a document, taken out by its byte range alone."""

    cms: bytes
    content: bytes


def taken_out(document: bytes) -> TakenOut:
    numbers = re.findall(rb"/ByteRange\s*\[(\d+) (\d+) (\d+) (\d+)\]", document)[-1]
    start, length, after, rest = (int(number) for number in numbers)
    assert start == 0 and after + rest == len(document)
    assert document[length : length + 1] == b"<" and document[after - 1 : after] == b">"
    padded = bytes.fromhex(document[length + 1 : after - 1].decode())
    return TakenOut(padded[: _der_size(padded)], document[:length] + document[after:])


def _der_size(data: bytes) -> int:
    if data[1] < 0x80:
        return 2 + data[1]
    octets = data[1] & 0x7F
    return 2 + octets + int.from_bytes(data[2 : 2 + octets], "big")


def pdfsig(document: bytes, folder: Path, password: str | None = None) -> str:
    """What ``pdfsig`` of Poppler says, certificates aside."""
    file = folder / "signed.pdf"
    file.write_bytes(document)
    secret = [] if password is None else ["-upw", password]
    return subprocess.run(
        [program("pdfsig"), "-nocert", *secret, str(file)], capture_output=True, text=True, check=False, timeout=60
    ).stdout


def openssl_accepts(document: bytes, folder: Path) -> bool:
    """Whether ``openssl cms -verify`` finds digest and value right, the chain aside."""
    found = taken_out(document)
    (folder / "cms.der").write_bytes(found.cms)
    (folder / "content").write_bytes(found.content)
    command = "cms -verify -binary -inform DER -in cms.der -content content -noverify -out /dev/null"
    done = subprocess.run([program("openssl"), *command.split()], cwd=folder, capture_output=True, check=False, timeout=60)
    return done.returncode == 0
