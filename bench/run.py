"""``make bench``: ratios against peers, measured in one run. ``--write`` puts the table into the documentation."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import io
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import documents, timing
from vnsign import Verifier, sign
from vnsign._version import __version__
from vnsign.formats.xml.placement import XmlPlacement
from vnsign.signing.profile import Padding
from vnsign.testing.pki import TestPki

AT = datetime(2026, 6, 1, tzinfo=UTC)
PDF_SIZES = (("50 KB", 50_000, 25), ("1 MB", 1_000_000, 9), ("20 MB", 20_000_000, 5))
XML_SIZES = (("5 KB", 5_000, 60), ("200 KB", 200_000, 25), ("5 MB", 5_000_000, 5))
TABLE = Path(__file__).parents[1] / "docs" / "reference" / "performance-table.md"


@dataclass(frozen=True)
class Row:
    """One line of the table: our time, and what it is a multiple of."""

    work: str
    ours: float
    peers: tuple[tuple[str, float], ...]
    unit: str = "ms"

    def text(self) -> str:
        shown = ", ".join(f"{name} {value:.2f} ({self.ours / value:.2f} x)" for name, value in self.peers)
        return f"| {self.work} | {self.ours:.2f} {self.unit} | {shown} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="write the table into the documentation")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), 3 if options.quick else 1)
        for part in (
            bench.verify_xml,
            bench.verify_pdf,
            bench.verify_long_term,
            bench.sign_pdf,
            bench.sign_xml,
            bench.cold,
            bench.memory,
        ):
            for row in part():
                rows.append(row)
                print(row.text(), flush=True)
    if options.write:
        python = sys.version.split()[0]
        head = f"Measured with vnsign {__version__} on Python {python}; a ratio below 1 means that vnsign is quicker.\n\n"
        TABLE.write_text(
            head + "| work | vnsign | peers (ratio vnsign / peer) |\n|---|---|---|\n" + "\n".join(map(Row.text, rows)) + "\n"
        )


class Bench:
    """The measurements, each giving rows."""

    def __init__(self, folder: Path, divide: int) -> None:
        self.folder, self.divide = folder, divide
        self.pki = TestPki.load()
        self.signer = self.pki.signer("citizen")
        self.trust = self.pki.trust_store()
        self.verifier = Verifier(self.trust, None, self.pki.evidence())
        self.certificate_pem = folder / "citizen.pem"
        self.certificate_pem.write_bytes(_pem(self.signer.certificate.der))

    def rounds(self, wanted: int) -> int:
        return max(3, wanted // self.divide)

    def signed_pdf(self, size: int) -> bytes:
        make = documents.scanned_pdf if size >= 10_000_000 else documents.text_pdf
        return sign(make(size), self.signer, at=AT, padding=Padding.PKCS1V15).data

    def signed_xml(self, size: int, placement: XmlPlacement) -> bytes:
        return sign(documents.invoice_xml(size), self.signer, at=AT, placement=placement, padding=Padding.PKCS1V15).data

    def verify_pdf(self) -> list[Row]:
        rows = []
        for name, size, rounds in PDF_SIZES:
            data = self.signed_pdf(size)
            assert self.verifier.verify(data, at=AT).indication == "TOTAL-PASSED"
            tasks = {
                "vnsign": lambda data=data: self.verifier.verify(data, at=AT),
                "pyHanko": lambda data=data: pyhanko_verify(data, self.pki, skip_diff=False),
                "pyHanko without difference analysis": lambda data=data: pyhanko_verify(data, self.pki, skip_diff=True),
                "SHA-256": lambda data=data: hashlib.sha256(data).digest(),
            }
            rows.append(_row(f"verify PDF B-B {name}, warm", timing.warm(tasks, self.rounds(rounds))))
        return rows

    def long_term_pdf(self, *, archive: bool) -> bytes:
        from tests.end_to_end.pades_levels import pades

        return pades("citizen", archive=archive, crls=self.pki.crls(), at=AT)

    def verify_long_term(self) -> list[Row]:
        """B-LT and B-LTA files that pyHanko wrote, with the revocation lists inside."""
        rows = []
        for name, archive in (("B-LT", False), ("B-LTA", True)):
            data = self.long_term_pdf(archive=archive)
            later = AT + timedelta(days=1)
            offline = Verifier(self.trust)
            assert offline.verify(data, at=later).indication == "TOTAL-PASSED"
            tasks = {
                "vnsign": lambda data=data, later=later, offline=offline: offline.verify(data, at=later),
                "pyHanko": lambda data=data: pyhanko_verify(data, self.pki, skip_diff=False),
                "pyHanko without difference analysis": lambda data=data: pyhanko_verify(data, self.pki, skip_diff=True),
            }
            rows.append(_row(f"verify PDF {name}, warm", timing.warm(tasks, self.rounds(25))))
        return rows

    def verify_xml(self) -> list[Row]:
        rows = []
        # signxml signs what both verify: its schema refuses the signing-time object of Vietnamese invoices.
        forms = (("XML-DSig", signxml_sign_dsig, signxml_verify), ("XAdES", signxml_sign, signxml_verify_xades))
        for form, make, peer in forms:
            for name, size, rounds in XML_SIZES:
                data = serialized(make(documents.invoice_xml(size), self.pki))
                assert self.verifier.verify(data, at=AT).indication == "TOTAL-PASSED"
                tasks = {
                    "vnsign": lambda data=data: self.verifier.verify(data, at=AT),
                    "signxml": lambda data=data, peer=peer: peer(data, self.certificate_pem.read_text()),
                    "parse, C14N, SHA-256": lambda data=data: parse_c14n_hash(data),
                }
                rows.append(_row(f"verify {form} {name}, warm", timing.warm(tasks, self.rounds(rounds))))
        return rows

    def sign_pdf(self) -> list[Row]:
        rows = []
        for name, size, rounds in PDF_SIZES[:2]:
            data = documents.text_pdf(size)
            tasks = {
                "vnsign": lambda data=data: sign(data, self.signer, at=AT, padding=Padding.PKCS1V15),
                "pyHanko": lambda data=data: pyhanko_sign(data, self.pki),
                "RSA-2048 and SHA-256": lambda data=data: self.bare(data),
            }
            rows.append(_row(f"sign PDF B-B {name}, warm", timing.warm(tasks, self.rounds(rounds))))
        return rows

    def sign_xml(self) -> list[Row]:
        rows = []
        for name, size, rounds in XML_SIZES[:2]:
            data = documents.invoice_xml(size)
            tasks = {
                "vnsign": lambda data=data: sign(
                    data, self.signer, at=AT, placement=XmlPlacement.xades_enveloped(), padding=Padding.PKCS1V15
                ),
                "signxml": lambda data=data: signxml_sign(data, self.pki),
                "RSA-2048 and SHA-256": lambda data=data: self.bare(data),
            }
            rows.append(_row(f"sign XAdES {name}, warm", timing.warm(tasks, self.rounds(rounds))))
        return rows

    def bare(self, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        return self.pki.credential("citizen").private_key.sign(data, PKCS1v15(), SHA256())

    def cold(self) -> list[Row]:
        bin_ = Path(sys.executable).parent
        trust = self.folder / "trust"
        evidence = self.folder / "evidence"
        write_folders(self.pki, trust, evidence)
        pdf, xml = self.folder / "small.pdf", self.folder / "small.xml"
        pdf.write_bytes(self.signed_pdf(50_000))
        xml.write_bytes(self.signed_xml(5_000, XmlPlacement.invoice_seller(reference="#data")))
        ours = [str(bin_ / "vnsign"), "verify", "--trust", str(trust), "--evidence", str(evidence)]
        rows = [self.cold_pdf("cold command, verify a small PDF", pdf, ours)]
        for name, archive in (("B-LT", False), ("B-LTA", True)):
            long_term = self.folder / f"{name}.pdf"
            long_term.write_bytes(self.long_term_pdf(archive=archive))
            # Without evidence beside it: everything that is needed is inside.
            rows.append(self.cold_pdf(f"cold command, verify a small PDF of level {name}", long_term, ours[:4]))
        commands = {"vnsign": [*ours, str(xml)], "python -c pass": [sys.executable, "-c", "pass"]}
        if shutil.which("xmlsec1"):
            commands["xmlsec1"] = [
                "xmlsec1",
                "--verify",
                "--pubkey-cert-pem",
                str(self.certificate_pem),
                "--id-attr:Id",
                "DLHDon",
                str(xml),
            ]
        rows.append(
            _row("cold command, verify a small XML", {k: v[0] for k, v in timing.cold(commands, self.rounds(9)).items()})
        )
        return rows

    def cold_pdf(self, work: str, pdf: Path, ours: list[str]) -> Row:
        root, ca = self.folder / "root.pem", self.folder / "ca.pem"
        root.write_bytes(_pem(self.pki.certificate("public-root").der))
        ca.write_bytes(_pem(self.pki.certificate("public-ca").der))
        peer = [str(Path(sys.executable).parent / "pyhanko"), "sign", "validate", "--trust", str(root)]
        peer += ["--other-certs", str(ca), "--soft-revocation-check", str(pdf)]
        commands = {"vnsign": [*ours, str(pdf)], "pyhanko": peer, "python -c pass": [sys.executable, "-c", "pass"]}
        if shutil.which("pdfsig"):
            commands["pdfsig"] = ["pdfsig", "-nocert", str(pdf)]
        return _row(work, {name: taken[0] for name, taken in timing.cold(commands, self.rounds(9)).items()})

    def memory(self) -> list[Row]:
        bin_ = Path(sys.executable).parent
        large = self.folder / "large.pdf"
        large.write_bytes(sign(documents.scanned_pdf(100_000_000), self.signer, at=AT, padding=Padding.PKCS1V15).data)
        trust, evidence = self.folder / "trust", self.folder / "evidence"
        ours = [str(bin_ / "vnsign"), "verify", "--trust", str(trust), "--evidence", str(evidence), str(large)]
        found = timing.cold({"vnsign": ours, "python -c pass": [sys.executable, "-c", "pass"]}, 2)
        above = found["vnsign"][1] - found["python -c pass"][1]
        return [Row("100 MB PDF, peak memory above the interpreter", above, (("limit", 150.0),), "MB")]


def _row(work: str, medians: dict[str, float]) -> Row:
    return Row(work, medians["vnsign"], tuple((name, value) for name, value in medians.items() if name != "vnsign"))


def _pem(der: bytes) -> bytes:
    import ssl

    return ssl.DER_cert_to_PEM_cert(der).encode()


def write_folders(pki: TestPki, trust: Path, evidence: Path) -> None:
    """The test trust and evidence as folders, as ``vnsign demo`` writes them."""
    from vnsign.testing.folders import write_evidence, write_trust

    write_trust(pki, trust)
    write_evidence(pki, evidence, at=datetime.now(UTC))


def pyhanko_verify(data: bytes, pki: TestPki, *, skip_diff: bool) -> object:
    from asn1crypto import x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    def parsed(name: str) -> x509.Certificate:
        return x509.Certificate.load(pki.certificate(name).der)

    async def run() -> object:
        context = ValidationContext(
            trust_roots=[parsed("public-root")],
            other_certs=[parsed("public-ca")],
            crls=list(pki.crls()),
            moment=AT,
            allow_fetching=False,
            revocation_mode="require",
        )
        reader = PdfFileReader(io.BytesIO(data))
        return await async_validate_pdf_signature(reader.embedded_signatures[0], context, skip_diff=skip_diff)

    return asyncio.run(run())


def pyhanko_sign(data: bytes, pki: TestPki) -> object:
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives import serialization
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    credential = pki.credential("citizen")
    der = credential.private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = signers.SimpleSigner(
        signing_cert=x509.Certificate.load(credential.certificate.der),
        signing_key=keys.PrivateKeyInfo.load(der),
        cert_registry=SimpleCertificateStore(),
    )
    meta = signers.PdfSignatureMetadata(field_name="Signature1", subfilter=fields.SigSeedSubFilter.PADES)
    return signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data)), meta, signer=signer)


def signxml_verify(data: bytes, pem: str) -> object:
    from signxml import SignatureConfiguration, XMLVerifier

    config = SignatureConfiguration(expect_references=True, require_x509=False)
    return XMLVerifier().verify(data, x509_cert=pem, expect_config=config)


def signxml_verify_xades(data: bytes, pem: str) -> object:
    from signxml.xades import XAdESSignatureConfiguration, XAdESVerifier

    config = XAdESSignatureConfiguration(expect_references=True)
    return XAdESVerifier().verify(data, x509_cert=pem, expect_config=config)


def signxml_sign(data: bytes, pki: TestPki) -> object:
    from lxml import etree
    from signxml import methods
    from signxml.xades import XAdESSigner

    credential = pki.credential("citizen")
    signer = XAdESSigner(method=methods.enveloped)
    return signer.sign(etree.fromstring(data), key=credential.private_key_pem, cert=_pem(credential.certificate.der).decode())


def signxml_sign_dsig(data: bytes, pki: TestPki) -> object:
    from lxml import etree
    from signxml import XMLSigner, methods

    credential = pki.credential("citizen")
    certificate = _pem(credential.certificate.der).decode()
    return XMLSigner(method=methods.enveloped).sign(etree.fromstring(data), key=credential.private_key_pem, cert=certificate)


def serialized(tree: object) -> bytes:
    from lxml import etree

    return etree.tostring(tree)


def parse_c14n_hash(data: bytes) -> bytes:
    from lxml import etree

    return hashlib.sha256(etree.tostring(etree.fromstring(data), method="c14n", exclusive=True)).digest()


if __name__ == "__main__":
    main()
