"""Evidence records (RFC 4998, RFC 6283): recognised and listed, never judged."""

from __future__ import annotations

from vnsign.model.facts import CoverageScope, SignatureFacts, SignatureFormat, SignatureKind

XML_ROOT = "{urn:ietf:params:xml:ns:ers}EvidenceRecord"
"""The root element of an evidence record of RFC 6283."""


def listed(id_: str, location: str) -> SignatureFacts:
    """The facts of an evidence record: that it is there, and that this library does not judge it."""
    return SignatureFacts(
        id=id_,
        kind=SignatureKind.EVIDENCE_RECORD,
        format=SignatureFormat.EVIDENCE_RECORD,
        location=location,
        coverage=CoverageScope.UNKNOWN,
        supported=False,
    )
