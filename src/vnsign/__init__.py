"""Sign and verify PDF and XML dossiers for Vietnam's public services.

The public names are listed in ``__all__`` and loaded when first used: ``import vnsign`` alone loads no PDF, XML or
network library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from vnsign._version import __version__ as __version__

if TYPE_CHECKING:
    from vnsign._augment import AugmentedDocument, augment, due_before, timestamp
    from vnsign._batch import SignOutcome, Terms, finish_many, prepare_many, sign_many
    from vnsign._many import Outcome, verify_many
    from vnsign._sign import prepare, sign
    from vnsign._verify import Verifier, signed_data, verify
    from vnsign.errors import VnsignError
    from vnsign.evidence.bundle import Evidence
    from vnsign.evidence.directory import load_evidence
    from vnsign.formats.asic.placement import AsicPlacement
    from vnsign.formats.cms.placement import CmsPlacement
    from vnsign.formats.pdf.placement import PdfPlacement
    from vnsign.formats.xml.placement import XmlPlacement
    from vnsign.model.claims import Claims
    from vnsign.model.report import DocumentReport, NotTotalPassedError, SignatureReport
    from vnsign.model.verdict import Indication, SubIndication
    from vnsign.net.online import Online
    from vnsign.net.tsa import HttpTimestampAuthority
    from vnsign.signing.means import Means
    from vnsign.signing.pkcs11 import Pkcs11Signer
    from vnsign.signing.pkcs12 import Pkcs12Signer
    from vnsign.signing.profile import SignatureLevel
    from vnsign.signing.remote.signer import RemoteSigner
    from vnsign.signing.session import SigningSession
    from vnsign.signing.store import SessionStore
    from vnsign.trust.store import TrustStore

__all__ = [
    "AsicPlacement",
    "AugmentedDocument",
    "Claims",
    "CmsPlacement",
    "DocumentReport",
    "Evidence",
    "HttpTimestampAuthority",
    "Indication",
    "Means",
    "NotTotalPassedError",
    "Online",
    "Outcome",
    "PdfPlacement",
    "Pkcs11Signer",
    "Pkcs12Signer",
    "RemoteSigner",
    "SessionStore",
    "SignOutcome",
    "SignatureLevel",
    "SignatureReport",
    "SigningSession",
    "SubIndication",
    "Terms",
    "TrustStore",
    "Verifier",
    "VnsignError",
    "XmlPlacement",
    "augment",
    "due_before",
    "finish_many",
    "load_evidence",
    "prepare",
    "prepare_many",
    "sign",
    "sign_many",
    "signed_data",
    "timestamp",
    "verify",
    "verify_many",
]

_HOME = {
    "AsicPlacement": "formats.asic.placement",
    "AugmentedDocument": "_augment",
    "Claims": "model.claims",
    "CmsPlacement": "formats.cms.placement",
    "DocumentReport": "model.report",
    "Evidence": "evidence.bundle",
    "HttpTimestampAuthority": "net.tsa",
    "Indication": "model.verdict",
    "Means": "signing.means",
    "NotTotalPassedError": "model.report",
    "Online": "net.online",
    "Outcome": "_many",
    "PdfPlacement": "formats.pdf.placement",
    "Pkcs11Signer": "signing.pkcs11",
    "Pkcs12Signer": "signing.pkcs12",
    "RemoteSigner": "signing.remote.signer",
    "SessionStore": "signing.store",
    "SignOutcome": "_batch",
    "SignatureLevel": "signing.profile",
    "SignatureReport": "model.report",
    "SigningSession": "signing.session",
    "SubIndication": "model.verdict",
    "Terms": "_batch",
    "TrustStore": "trust.store",
    "Verifier": "_verify",
    "VnsignError": "errors",
    "XmlPlacement": "formats.xml.placement",
    "augment": "_augment",
    "due_before": "_augment",
    "finish_many": "_batch",
    "load_evidence": "evidence.directory",
    "prepare": "_sign",
    "prepare_many": "_batch",
    "sign": "_sign",
    "sign_many": "_batch",
    "signed_data": "_verify",
    "timestamp": "_augment",
    "verify": "_verify",
    "verify_many": "_many",
}


def __getattr__(name: str) -> object:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'vnsign' has no attribute {name!r}")
    return getattr(import_module(f"vnsign.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
