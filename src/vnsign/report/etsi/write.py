"""Write a report as the validation report of ETSI TS 119 102-2 V1.4.1."""

from __future__ import annotations

from lxml import etree

from vnsign.model.report import DocumentReport
from vnsign.report.etsi import names
from vnsign.report.etsi.objects import write_objects
from vnsign.report.etsi.said import SIGNATURES
from vnsign.report.etsi.signature import write_nothing, write_signature

_PREFIXES = {"vr": names.VR, "ds": names.DS, "xades": names.XADES, "vnsign": names.NOTE}


def render(report: DocumentReport) -> bytes:
    """Write the report on one document.

    One signature validation report for each signature and counter-signature; document time-stamps and evidence records are
    validation objects with a report of their own, as are the time-stamps of signatures. Each finding is one validation
    constraint, ``urn:vnsign:rule:`` before the id of the rule. The validation process is LTA (EN 319 102-1, 5.6) for all.

    Left out, because the report does not hold it: certificates, CRLs, OCSP answers and time-stamp tokens themselves (objects
    are certificates by SHA-256, time-stamps by id); the signature value and the digest of the signed attributes; revocation
    time and reason as elements (they are parameters of the constraint); algorithms as ``CryptoInformation``; attributes other
    than the signing time and time-stamps; the digest of the policy. Without signatures the schema still demands one signature
    validation report: INDETERMINATE, CUSTOM, and ``urn:vnsign:report:no-signature`` or ``urn:vnsign:report:unreadable``.

    Args:
        report: the report; its document may have no signatures or be unreadable.

    Returns:
        XML in UTF-8 with its declaration, valid against the schema of the standard; the same report gives the same bytes.
    """
    root = etree.Element(names.vr("ValidationReport"), nsmap=_PREFIXES)
    for number, item in enumerate(report.signatures, 1):
        if item.kind in SIGNATURES:
            write_signature(root, report, number, item)
    if not len(root):
        write_nothing(root, report)
    write_objects(root, report)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"
