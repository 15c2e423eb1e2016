"""Read a validation report of ETSI TS 119 102-2 V1.4.1, ours or anyone's."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from vnsign.errors import ConfigurationError, VnsignError
from vnsign.formats.xml.parse import parse
from vnsign.model.limits import Limits
from vnsign.report.etsi import identifiers, names
from vnsign.report.etsi.names import vr
from vnsign.report.etsi.said import Constraint, Said, SaidSignature, SaidTimestamp, Status
from vnsign.report.etsi.text import read_moment

_DS = {"vr": names.VR, "ds": names.DS}
_ABSENT = ("urn:vnsign:report:", "urn:cef:dss:mainindication:noSignatureFound")
"""How it is said that there is no signature: by us as sub-indication, by EU DSS as indication."""


@dataclass(frozen=True, slots=True)
class _Objects:
    """Validation objects by identifier."""

    by_id: dict[str, etree._Element]

    def sha256(self, identifier: str) -> str:
        """SHA-256 of an object that is given by digest or whole; ``""`` where it is neither or not there."""
        found = self.by_id.get(identifier)
        return "" if found is None else _sha256(found)

    def own_id(self, identifier: str) -> str:
        """The driving application's id of a time-stamp, the XML identifier where it has none."""
        found = self.by_id.get(identifier)
        told = "" if found is None else _text(found, "vr:ValidationReport/vr:SignatureIdentifier/vr:DAIdentifier")
        return told or identifier


def read(data: bytes) -> Said:
    """Read what a report says.

    Neither the XML schema nor a signature of the report itself is checked: a report is believed as its source is.

    Args:
        data: the XML.

    Returns:
        What it says of every signature and time-stamp, in its order.

    Raises:
        ConfigurationError: ``REPORT_INVALID``: no such report, another version, or values that are none.
    """
    try:
        root = parse(data, Limits()).getroot()
        if root.tag != vr("ValidationReport"):
            raise ConfigurationError("not a validation report of TS 119 102-2 V1.4.1", code="REPORT_INVALID")
        return _report(root)
    except (ValueError, TypeError, OverflowError, VnsignError) as error:
        raise ConfigurationError(f"not a validation report: {error}", code="REPORT_INVALID") from error


def _report(root: etree._Element) -> Said:
    listed = root.findall("vr:SignatureValidationObjects/vr:ValidationObject", _DS)
    objects = _Objects({item.get("id", ""): item for item in listed})
    found = [
        (item, _status(item.find("vr:SignatureValidationStatus", _DS)))
        for item in root.findall("vr:SignatureValidationReport", _DS)
    ]
    absent = next((status for _, status in found if _is_absent(status)), None)
    document = objects.by_id.get(identifiers.DOCUMENT)
    return Said(
        tuple(_signature(item, status, objects) for item, status in found if not _is_absent(status)),
        tuple(
            _timestamp(item, objects)
            for item in listed
            if _text(item, "vr:ObjectType").strip() in (names.TIMESTAMP, names.EVIDENCE_RECORD)
        ),
        absent,
        "" if document is None else _text(document, "vr:ValidationObjectRepresentation/vr:URI"),
        "" if document is None else _sha256(document),
    )


def _is_absent(status: Status) -> bool:
    return any(word.startswith(_ABSENT) for word in (status.indication, *status.sub_indications))


def _signature(item: etree._Element, status: Status, objects: _Objects) -> SaidSignature:
    rules = "vr:ValidationConstraintsEvaluationReport/"
    times = "vr:ValidationTimeInfo/"
    by = _reference(item, times + "vr:BestSignatureTime/vr:POEObject")
    return SaidSignature(
        id=_text(item, "vr:SignatureIdentifier/vr:DAIdentifier"),
        status=status,
        policy=_text(item, rules + "vr:SignatureValidationPolicy/vr:PolicyName"),
        validation_time=_moment(item, times + "vr:ValidationTime"),
        best_signature_time=_moment(item, times + "vr:BestSignatureTime/vr:POETime"),
        proved_by=objects.own_id(by) if by else "",
        claimed_time=_moment(item, "vr:SignatureAttributes/vr:SigningTime/vr:Time"),
        signer=_text(item, "vr:SignerInformation/vr:Signer"),
        certificate_sha256=objects.sha256(_reference(item, "vr:SignerInformation/vr:SignerCertificate")),
        chain=_chain(item, objects),
        constraints=tuple(_constraint(rule) for rule in item.findall(rules + "vr:ValidationConstraint", _DS)),
    )


def _chain(item: etree._Element, objects: _Objects) -> tuple[str, ...]:
    held = item.find("vr:SignatureValidationStatus/vr:AssociatedValidationReportData/vr:CertificateChain", _DS)
    if held is None:
        return ()
    wanted = (vr("SigningCertificate"), vr("IntermediateCertificate"), vr("TrustAnchor"))
    links = [objects.sha256(link.get("VOReference", "")) for link in held if link.tag in wanted]
    return tuple(dict.fromkeys(links))  # a signing certificate that is itself the anchor stands twice


def _timestamp(item: etree._Element, objects: _Objects) -> SaidTimestamp:
    status = _status(item.find("vr:ValidationReport/vr:SignatureValidationStatus", _DS))
    return SaidTimestamp(objects.own_id(item.get("id", "")), status, _moment(item, "vr:POEProvisioning/vr:POETime"))


def _constraint(item: etree._Element) -> Constraint:
    uri, held = _text(item, "vr:ValidationConstraintIdentifier").strip(), item.find("vr:ValidationStatus", _DS)
    return Constraint(uri, None if held is None else _status(held))


def _status(item: etree._Element | None) -> Status:
    if item is None:
        return Status("")
    subs = tuple(names.sub_word((sub.text or "").strip()) for sub in item.findall("vr:SubIndication", _DS))
    return Status(names.main_word(_text(item, "vr:MainIndication").strip()), subs)


def _sha256(item: etree._Element) -> str:
    held = "vr:ValidationObjectRepresentation/"
    method = item.find(held + "vr:DigestAlgAndValue/ds:DigestMethod", _DS)
    if method is not None and method.get("Algorithm") == names.SHA256:
        return b64decode(_text(item, held + "vr:DigestAlgAndValue/ds:DigestValue")).hex()
    whole = _text(item, held + "vr:base64").strip()
    return hashlib.sha256(b64decode(whole)).hexdigest() if whole else ""


def _reference(item: etree._Element, where: str) -> str:
    found = item.find(where, _DS)
    return "" if found is None else found.get("VOReference", "").strip()


def _moment(item: etree._Element, where: str) -> datetime | None:
    written = _text(item, where).strip()
    return read_moment(written) if written else None


def _text(item: etree._Element, where: str) -> str:
    return item.findtext(where, "", _DS)
