"""Structural rules of XML signatures. The reader reports their breach; see ``vnsign.formats.xml``."""

from __future__ import annotations

from vnsign.model.verdict import SubIndication
from vnsign.validation.registry import Citation, structural

_FORMAT = SubIndication.FORMAT_FAILURE
_CONSTRAINTS = SubIndication.SIG_CONSTRAINTS_FAILURE
_CRYPTO = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
_NOT_FOUND = SubIndication.SIGNED_DATA_NOT_FOUND
_CORE = "W3C XML Signature Syntax and Processing 1.1"
_XADES = "ETSI EN 319 132-1 V1.3.1"


def _w3c(clause: str) -> tuple[Citation, ...]:
    return (Citation(f"{_CORE}, {clause}"),)


def _etsi(clause: str) -> tuple[Citation, ...]:
    return (Citation(f"{_XADES}, {clause}"),)


_BEST_PRACTICES = Citation("W3C XML Signature Best Practices (2013)")

structural("xml.structure", cites=_w3c("4.1 to 4.4"), on_fail=_FORMAT)
structural("xml.limit", cites=(_BEST_PRACTICES,), on_fail=_CONSTRAINTS)
structural("xml.comment-in-signature", cites=_w3c("4.4; 8.1.3"), on_fail=_FORMAT)
structural("xml.duplicate-id", cites=(Citation("XML 1.0 (5th edition), 3.3.1 (ID)"), *_w3c("4.4.3.2")), on_fail=_FORMAT)
structural("xml.reference-unsupported", cites=_w3c("4.4.3.1 and 4.4.3.2"), on_fail=_NOT_FOUND)
structural("xml.transform-unsupported", cites=_w3c("6.6; 8.1.1"), on_fail=_NOT_FOUND)
structural("xml.transform-failed", cites=_w3c("6.6"), on_fail=_FORMAT)
structural(
    "xml.canonicalisation-failed",
    cites=(Citation("W3C Canonical XML 1.1, 1.3; Exclusive XML Canonicalization 1.0"),),
    on_fail=_FORMAT,
)
structural("xml.algorithm-unsupported", cites=(*_w3c("6.1"), Citation("RFC 9231, 2")), on_fail=_CRYPTO)
structural("xml.hmac", cites=_w3c("6.3.1"), on_fail=_CRYPTO)
structural("xml.manifest-entry", cites=_w3c("5.1"), on_fail=_NOT_FOUND)
structural("xml.covers-no-data", cites=_w3c("8.1.1 and 8.1.2"), on_fail=_NOT_FOUND)
structural("xml.wrapping-suspected", cites=(*_w3c("8.1.2"), _BEST_PRACTICES), on_fail=_FORMAT)
structural("xml.unsigned-twin", cites=(*_w3c("8.1.2"), _BEST_PRACTICES), on_fail=_CONSTRAINTS)
structural("xml.signature-position", cites=(*_w3c("8.1.2"), _BEST_PRACTICES), on_fail=_CONSTRAINTS)
structural("xml.comment-in-text", cites=(*_w3c("8.1.3"), _BEST_PRACTICES), on_fail=_CONSTRAINTS)
structural("xml.key-info-malformed", cites=_w3c("4.5.4"), on_fail=_FORMAT)
structural("xml.signed-properties-unreferenced", cites=_etsi("4.4.2; 5.1"), on_fail=_CONSTRAINTS)
structural("xml.signed-properties-misplaced", cites=_etsi("4.4.2"), on_fail=_FORMAT)
structural("xml.qualifying-properties", cites=_etsi("4.3 and 5.2"), on_fail=_FORMAT)
structural("xml.qualifying-properties-target", cites=_etsi("4.3.1"), on_fail=_FORMAT)
structural("xml.timestamp-malformed", cites=_etsi("5.3; 5.1.4.4"), on_fail=_FORMAT)
structural("xml.signing-time", cites=(Citation("W3C XML Schema 1.0, part 2, 3.2.7 (dateTime)"),), on_fail=_CONSTRAINTS)
structural("xml.signing-time-unsigned", cites=_w3c("5.2; 8.1.2"), on_fail=_CONSTRAINTS)
structural("xml.counter-signature", cites=_etsi("5.2.7.2"), on_fail=_FORMAT)
