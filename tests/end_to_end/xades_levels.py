"""XAdES B-LT and B-LTA files for the tests: our B-T with validation material and an archive time-stamp put in by hand.

That the imprint of archive time-stamps is computed as others compute it is shown by the corpora, not here.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime

from tests.end_to_end.conftest import signed, tsa_at
from vnsign import SignatureLevel
from vnsign._verify import read
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits
from vnsign.testing.pki import TestPki

_END = b"</xades:UnsignedSignatureProperties>"
_NS = 'xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"'


def xades(who: str, *, archive: bool, crls: Sequence[bytes], at: datetime) -> bytes:
    """A declaration signed at level B-LT, or B-LTA with ``archive``, at a moment, with the CRLs of then inside."""
    pki = TestPki.load()
    data = signed("xades", who, level=SignatureLevel.T, at=at)
    assert data.count(_END) == 1
    certificates = "".join(
        f"<xades:EncapsulatedX509Certificate>{_text(pki.certificate(name).der)}</xades:EncapsulatedX509Certificate>"
        for name in ("public-ca", "public-tsa")
    )
    lists = "".join(f"<xades:EncapsulatedCRLValue>{_text(item)}</xades:EncapsulatedCRLValue>" for item in crls)
    material = (
        f"<xades:CertificateValues {_NS}>{certificates}</xades:CertificateValues>"
        f"<xades:RevocationValues {_NS}><xades:CRLValues>{lists}</xades:CRLValues></xades:RevocationValues>"
    )
    data = data.replace(_END, material.encode() + _END)
    return _archived(data, at) if archive else data


def _archived(data: bytes, at: datetime) -> bytes:
    tsa = tsa_at(at)
    draft = _with_stamp(data, tsa.token("sha256", b"\x00" * 32))
    facts = read(DocumentSource.of(draft), limits=Limits())
    imprint = facts.signatures[0].timestamps[-1].imprint
    assert imprint.computed is not None
    return _with_stamp(data, tsa.token("sha256", imprint.computed))


def _with_stamp(data: bytes, token: bytes) -> bytes:
    stamp = (
        '<xades141:ArchiveTimeStamp xmlns:xades141="http://uri.etsi.org/01903/v1.4.1#" Id="archive">'
        f"<xades:EncapsulatedTimeStamp {_NS}>{_text(token)}</xades:EncapsulatedTimeStamp></xades141:ArchiveTimeStamp>"
    )
    return data.replace(_END, stamp.encode() + _END)


def _text(der: bytes) -> str:
    return base64.b64encode(der).decode()
