"""Sign and verify PDF and XML dossiers for Vietnam's public services.

The public names are listed in ``__all__`` and loaded when first used: ``import vnsign`` alone loads no PDF, XML or
network library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from vnsign._version import __version__ as __version__

if TYPE_CHECKING:
    from vnsign._sign import prepare, sign
    from vnsign._verify import Verifier, signed_data, verify
    from vnsign.errors import VnsignError
    from vnsign.evidence.bundle import Evidence
    from vnsign.evidence.directory import load_evidence
    from vnsign.formats.pdf.placement import PdfPlacement
    from vnsign.formats.xml.placement import XmlPlacement
    from vnsign.model.report import DocumentReport, NotTotalPassedError, SignatureReport
    from vnsign.model.verdict import Indication, SubIndication
    from vnsign.net.tsa import HttpTimestampAuthority
    from vnsign.signing.pkcs12 import Pkcs12Signer
    from vnsign.signing.profile import SignatureLevel
    from vnsign.signing.session import SigningSession
    from vnsign.trust.store import TrustStore

__all__ = [
    "DocumentReport",
    "Evidence",
    "HttpTimestampAuthority",
    "Indication",
    "NotTotalPassedError",
    "PdfPlacement",
    "Pkcs12Signer",
    "SignatureLevel",
    "SignatureReport",
    "SigningSession",
    "SubIndication",
    "TrustStore",
    "Verifier",
    "VnsignError",
    "XmlPlacement",
    "load_evidence",
    "prepare",
    "sign",
    "signed_data",
    "verify",
]

_HOME = {
    "DocumentReport": "model.report",
    "Evidence": "evidence.bundle",
    "HttpTimestampAuthority": "net.tsa",
    "Indication": "model.verdict",
    "NotTotalPassedError": "model.report",
    "PdfPlacement": "formats.pdf.placement",
    "Pkcs12Signer": "signing.pkcs12",
    "SignatureLevel": "signing.profile",
    "SignatureReport": "model.report",
    "SigningSession": "signing.session",
    "SubIndication": "model.verdict",
    "TrustStore": "trust.store",
    "Verifier": "_verify",
    "VnsignError": "errors",
    "XmlPlacement": "formats.xml.placement",
    "load_evidence": "evidence.directory",
    "prepare": "_sign",
    "sign": "_sign",
    "signed_data": "_verify",
    "verify": "_verify",
}


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'vnsign' has no attribute {name!r}")
    return getattr(import_module(f"vnsign.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
