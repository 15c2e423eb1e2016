"""Validation objects (TS 119 102-2, 4.4): the file, certificates, time-stamps, signed data."""

from __future__ import annotations

from lxml import etree

from vnsign.model.facts import SignatureFormat, SignatureKind, TimestampKind
from vnsign.model.report import DocumentReport, SignatureReport, TimestampReport
from vnsign.report.etsi import identifiers, names
from vnsign.report.etsi.elements import child, digest, noted, proof, refer
from vnsign.report.etsi.said import SIGNATURES, document_uri, own_time, proving
from vnsign.report.etsi.signature import signed_data, write_stamp
from vnsign.report.etsi.text import moment

_FIELDS = (SignatureFormat.PADES, SignatureFormat.PDF_CMS, SignatureFormat.PDF_OTHER)
"""Forms whose id is the name of a field."""


def write_objects(root: etree._Element, report: DocumentReport) -> None:
    """Everything that the reports refer to."""
    made = etree.Element(names.vr("SignatureValidationObjects"))
    _document(made, report)
    for sha256 in _certificates(report):
        held = _object(made, identifiers.of_certificate(sha256), names.CERTIFICATE)
        digest(child(held, "ValidationObjectRepresentation"), names.SHA256, sha256)
        proof(held, "POE", report.validation_time, None)
    for number, item in enumerate(report.signatures, 1):
        _signed_data(made, report, number, item)
        if item.kind in SIGNATURES:
            for place, stamp in enumerate(item.timestamps, 1):
                _proved(_stamp(made, report, stamp, identifiers.of_timestamp(number, place)), stamp, number, item)
        else:
            _stamp(made, report, item, identifiers.of_timestamp(number, 0))
    if len(made):
        root.append(made)


def _object(parent: etree._Element, identifier: str, type_: str) -> etree._Element:
    made = child(parent, "ValidationObject", id=identifier)
    child(made, "ObjectType", type_)
    return made


def _document(parent: etree._Element, report: DocumentReport) -> None:
    uri = document_uri(report)
    if not (report.sha256 or uri):
        return
    held = child(_object(parent, identifiers.DOCUMENT, names.OTHER), "ValidationObjectRepresentation")
    if report.sha256:
        digest(held, names.SHA256, report.sha256)
    if uri:
        child(held, "URI", uri)


def _certificates(report: DocumentReport) -> list[str]:
    found: dict[str, None] = {}
    for item in report.signatures:
        signers = [item.signer, *(stamp.tsa for stamp in item.timestamps)]
        found |= dict.fromkeys(signer.certificate_sha256 for signer in signers if signer is not None)
        found |= dict.fromkeys(link.sha256 for link in item.chain)
    return list(found)


def _signed_data(parent: etree._Element, report: DocumentReport, number: int, item: SignatureReport) -> None:
    by = proving(report, number)
    for place, covered in signed_data(item):
        made = _object(parent, identifiers.of_data(number, place), names.SIGNED_DATA)
        held = child(made, "ValidationObjectRepresentation")
        if covered.digest_hex:
            digest(held, names.digest_uri(covered.digest_algorithm), covered.digest_hex)
        else:
            noted(child(held, "direct"), "Data", covered.name, position=covered.position)
        if covered.matches and by is not None:
            # What the signature covers existed when the signature did.
            proof(made, "POE", item.best_signature_time, by.identifier)
        elif covered.digest_hex:
            proof(made, "POE", report.validation_time, None)


def _stamp(
    parent: etree._Element, report: DocumentReport, stamp: TimestampReport | SignatureReport, identifier: str
) -> etree._Element:
    """A time-stamp or evidence record; returned is what it proves, still without objects."""
    record = isinstance(stamp, SignatureReport) and stamp.kind is SignatureKind.EVIDENCE_RECORD
    made = _object(parent, identifier, names.EVIDENCE_RECORD if record else names.TIMESTAMP)
    token = child(child(made, "ValidationObjectRepresentation"), "direct")
    noted(token, "Token", stamp.id, kind=stamp.kind.value)
    proof(made, "POE", report.validation_time, None)
    proves = etree.Element(names.vr("POEProvisioning"))
    time = own_time(stamp) if isinstance(stamp, SignatureReport) else stamp.gen_time
    if time is not None:
        child(proves, "POETime", moment(time))
        made.append(proves)
    write_stamp(made, report, stamp)
    return proves


def _proved(parent: etree._Element, stamp: TimestampReport, number: int, of: SignatureReport) -> None:
    """What a time-stamp of a signature proves: a content time-stamp the data, every other one the signature."""
    if stamp.kind is TimestampKind.CONTENT:
        for place, _ in signed_data(of):
            refer(parent, "ValidationObject", identifiers.of_data(number, place))
        return
    made = child(parent, "SignatureReference")
    if of.format in _FIELDS:
        child(made, "PAdESFieldName", of.id)
    else:
        noted(child(made, "OtherInformation"), "Signature", of.id)
