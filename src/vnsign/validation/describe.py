"""What a report says of people and chains, from certificates and anchors; nothing here decides."""

from __future__ import annotations

from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.model.report import ChainLink, SignatureClass, Signer
from vnsign.pki.identity import display_name, read_signer
from vnsign.pki.path import PathResult
from vnsign.pki.profile import profile
from vnsign.trust.store import TrustStore


def signer(certificate: Certificate | None) -> Signer | None:
    """Who the certificate names; ``None`` when there is none or it cannot be parsed."""
    if certificate is None:
        return None
    try:
        return read_signer(certificate)
    except EvidenceError:
        return None


def signature_class(path: PathResult | None, trust: TrustStore) -> SignatureClass:
    """The family of the anchor that the chain ends in; unknown without a chain."""
    if path is None or path.anchor is None:
        return SignatureClass.UNKNOWN
    anchor = trust.anchor(path.anchor)
    return SignatureClass.UNKNOWN if anchor is None else SignatureClass(anchor.family.value)


def chain(path: PathResult | None) -> tuple[ChainLink, ...]:
    """The chain, signing certificate first."""
    if path is None:
        return ()
    return tuple(ChainLink(subject(item), item.sha256) for item in path.chain)


def subject(certificate: Certificate) -> str:
    """The subject as one line; the SHA-256 where the certificate cannot be read."""
    facts = profile(certificate)
    return certificate.sha256 if facts is None else display_name(facts.subject)
