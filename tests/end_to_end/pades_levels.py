"""PAdES B-LT and B-LTA files for the tests, written by pyHanko with the test PKI: an independent hand."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import keys, tsp, x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers, timestamps
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from vnsign.testing.documents import application_pdf
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa


class TsaOfThePki(timestamps.TimeStamper):
    """The simulated authority behind pyHanko's protocol."""

    def __init__(self, tsa: SimulatedTsa) -> None:
        super().__init__()
        self._tsa = tsa

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self._tsa.respond(req.dump()))


def _certificate(pki: TestPki, name: str) -> x509.Certificate:
    return x509.Certificate.load(pki.certificate(name).der)


def _context(pki: TestPki, crls: Sequence[bytes], at: datetime) -> ValidationContext:
    return ValidationContext(
        trust_roots=[_certificate(pki, "public-root")],
        other_certs=[_certificate(pki, "public-ca"), _certificate(pki, "public-tsa")],
        crls=list(crls),
        moment=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


def pades(who: str, *, archive: bool, crls: Sequence[bytes], at: datetime) -> bytes:
    """An application signed at level B-LT, or B-LTA with ``archive``, at a moment, with the CRLs of then in the DSS."""
    pki = TestPki.load()
    credential = pki.credential(who)
    der = credential.private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    store = SimpleCertificateStore()
    store.register(_certificate(pki, "public-ca"))
    signer = signers.SimpleSigner(_certificate(pki, who), keys.PrivateKeyInfo.load(der), store)
    meta = signers.PdfSignatureMetadata(
        field_name="Signature1",
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        embed_validation_info=True,
        use_pades_lta=archive,
        validation_context=_context(pki, crls, at),
        signer_key_usage=set(),
    )
    stamper = TsaOfThePki(SimulatedTsa.of(pki, clock=lambda: at))
    writer = IncrementalPdfFileWriter(io.BytesIO(application_pdf()))
    out = signers.PdfSigner(meta, signer, timestamper=stamper).sign_pdf(writer)
    return out.getvalue()
