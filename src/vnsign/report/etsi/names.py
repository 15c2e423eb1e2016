"""Names of ETSI TS 119 102-2: namespaces, URIs of its lists, and the URIs of what is this library's own."""

from __future__ import annotations

import re

from vnsign.crypto.algorithms import digest_to_xml
from vnsign.errors import ConfigurationError
from vnsign.model.facts import TimestampKind
from vnsign.model.verdict import CheckStatus, Indication, SubIndication, Verdict

VR = "http://uri.etsi.org/19102/v1.4.1#"
"""Namespace of the report, version 1.4.1."""
DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
XML = "http://www.w3.org/XML/1998/namespace"
NOTE = "urn:vnsign:report:etsi:1"
"""Namespace of what the standard has no element for; it stands only where the schema allows anything."""

_MAIN = "urn:etsi:019102:mainindication:"
_SUB = "urn:etsi:019102:subindication:"
INDETERMINATE = _MAIN + "indeterminate"
CUSTOM = _SUB + "CUSTOM"

PROVED_BY_VALIDATION = "urn:etsi:019102:poetype:validation"
APPLIED = "urn:etsi:019102:constraintStatus:applied"
DISABLED = "urn:etsi:019102:constraintStatus:disabled"
LONG_TERM_PROCESS = "urn:etsi:019102:validationprocess:LTA"
"""EN 319 102-1, 5.6, which contains the others: every signature is judged by it, whatever its level."""

CERTIFICATE = "urn:etsi:019102:validationObject:certificate"
TIMESTAMP = "urn:etsi:019102:validationObject:timestamp"
EVIDENCE_RECORD = "urn:etsi:019102:validationObject:evidencerecord"
SIGNED_DATA = "urn:etsi:019102:validationObject:signedData"
OTHER = "urn:etsi:019102:validationObject:other"

RULE = "urn:vnsign:rule:"
"""Before the id of a rule (``docs/rules.md``)."""
PARAMETER = "urn:vnsign:parameter:"
FACT = "urn:vnsign:fact:"
NO_SIGNATURE = "urn:vnsign:report:no-signature"
UNREADABLE = "urn:vnsign:report:unreadable"

SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_UNIDENTIFIED = "urn:etsi:019102:algorithm:unidentified"
_OID = re.compile(r"[0-2](\.(0|[1-9]\d{0,30})){1,30}")

ATTRIBUTES = {
    TimestampKind.CONTENT: "AllDataObjectsTimeStamp",
    TimestampKind.SIGNATURE: "SignatureTimeStamp",
    TimestampKind.ARCHIVE: "ArchiveTimeStamp",
    TimestampKind.DOCUMENT: "DocTimeStamp",
}
"""The attribute of annex A that holds a time-stamp. A time-stamp on references may be one of two and is no attribute here."""


def vr(name: str) -> str:
    """Clark name in the namespace of the report."""
    return f"{{{VR}}}{name}"


def note(name: str) -> str:
    """Clark name of an element of our own."""
    return f"{{{NOTE}}}{name}"


def main_uri(indication: Indication | CheckStatus) -> str:
    """URI of an indication; ``passed`` and ``failed`` are those of building blocks and time-stamps."""
    return _MAIN + indication.value.lower()


def sub_uri(sub_indication: SubIndication) -> str:
    """URI of a sub-indication."""
    return _SUB + sub_indication.value


def main_word(uri: str) -> str:
    """The word of EN 319 102-1 for an URI, the URI itself where it is none of the standard's."""
    return uri.removeprefix(_MAIN).upper() if uri.startswith(_MAIN) else uri


def sub_word(uri: str) -> str:
    """The word of EN 319 102-1 for an URI, the URI itself where it is none of the standard's."""
    return uri.removeprefix(_SUB)


def as_block(verdict: Verdict) -> CheckStatus:
    """The status of a time-stamp: EN 319 102-1, 5.4 ends with PASSED, not with TOTAL-PASSED."""
    return CheckStatus(verdict.indication.value.removeprefix("TOTAL-"))


def digest_uri(name: str) -> str:
    """URI of a digest algorithm by our name, an OID as written, or the URI for one that is not identified."""
    try:
        return digest_to_xml(name)
    except ConfigurationError:
        return f"urn:oid:{name}" if _OID.fullmatch(name) else _UNIDENTIFIED
