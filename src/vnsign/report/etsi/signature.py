"""The validation report of one signature (TS 119 102-2, 4.3), and the nested one of a time-stamp."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from vnsign.model.facts import DigestRole, TimeSource
from vnsign.model.finding import Finding
from vnsign.model.report import CoveredData, DocumentReport, SignatureReport, Signer, TimestampReport
from vnsign.model.verdict import Verdict
from vnsign.report.catalogue import sentence
from vnsign.report.etsi import identifiers, names
from vnsign.report.etsi.elements import child, digest, flag, noted, proof, refer, status, typed
from vnsign.report.etsi.said import anchor, applied, nothing, outcome, path, proving
from vnsign.report.etsi.text import moment

_SIGNED = (TimeSource.CMS_ATTRIBUTE, TimeSource.XADES)
"""Claimed times that are signed attributes; a PDF's entry and an XML object are signed in another way, if at all."""


def write_signature(root: etree._Element, report: DocumentReport, number: int, item: SignatureReport) -> None:
    """The report of the signature at a position of the document's report, from 1."""
    parent = child(root, "SignatureValidationReport")
    _identifier(parent, item.id, identifiers.of_signature(number))
    _constraints(parent, item.findings, item.policy)
    _times(parent, report, number, item)
    _signers_document(parent, number, item)
    _attributes(parent, number, item)
    _signer(parent, item.signer)
    child(child(parent, "SignatureValidationProcess"), "SignatureValidationProcessID", names.LONG_TERM_PROCESS)
    done = status(parent, names.main_uri(item.indication), _subs(item.verdict))
    _data(done, path(item), anchor(item), _facts(item))


def write_nothing(root: etree._Element, report: DocumentReport) -> None:
    """The one signature validation report that the schema demands of a document without signatures."""
    parent = child(root, "SignatureValidationReport")
    _constraints(parent, (), report.policy)
    times = child(parent, "ValidationTimeInfo")
    child(times, "ValidationTime", moment(report.validation_time))
    proof(times, "BestSignatureTime", report.validation_time, None)
    said = nothing(report)
    subs = [names.CUSTOM, *(uri for uri in said.sub_indications if uri.startswith("urn:"))]
    done = status(parent, names.INDETERMINATE, subs)
    if report.error is not None:
        _data(done, (), "", [("error-code", report.error.code), ("error", report.error.message)])


def write_stamp(parent: etree._Element, report: DocumentReport, item: TimestampReport | SignatureReport) -> None:
    """The report on a time-stamp or evidence record, within its validation object.

    Only the document's own carry a policy and a path; the report has neither for the time-stamps of a signature.
    """
    made = child(parent, "ValidationReport")
    _identifier(made, item.id, None)
    if isinstance(item, SignatureReport):
        signer, chain, end = item.signer, path(item), anchor(item)
        policy, facts = item.policy, [*_facts(item)]
    else:
        signer, policy, end = item.tsa, "", ""
        chain = () if signer is None else (signer.certificate_sha256,)
        facts = [("class", item.signature_class.value), ("imprint", item.imprint.value), ("kind", item.kind.value)]
    _constraints(made, item.findings, policy)
    times = child(made, "ValidationTimeInfo")
    child(times, "ValidationTime", moment(report.validation_time))
    proof(times, "BestSignatureTime", report.validation_time, None)
    _signer(made, signer)
    done = status(made, names.main_uri(names.as_block(item.verdict)), _subs(item.verdict))
    _data(done, chain, end, facts)


def _subs(verdict: Verdict) -> list[str]:
    return [] if verdict.sub_indication is None else [names.sub_uri(verdict.sub_indication)]


def _identifier(parent: etree._Element, own: str, identifier: str | None) -> None:
    made = child(parent, "SignatureIdentifier", **({} if identifier is None else {"id": identifier}))
    child(made, "HashOnly", flag(holds=False))
    child(made, "DocHashOnly", flag(holds=False))
    child(made, "DAIdentifier", own)


def _constraints(parent: etree._Element, findings: Iterable[Finding], policy: str) -> None:
    made = child(parent, "ValidationConstraintsEvaluationReport")
    if policy:
        named = child(made, "SignatureValidationPolicy")
        identifier = child(named, "SignaturePolicyIdentifier")
        # An explicit identifier takes the digest of the policy's text, which the report does not hold.
        etree.SubElement(identifier, f"{{{names.XADES}}}SignaturePolicyImplied")
        child(named, "PolicyName", policy)
    for finding in findings:
        _constraint(made, finding)


def _constraint(parent: etree._Element, finding: Finding) -> None:
    made = child(parent, "ValidationConstraint")
    child(made, "ValidationConstraintIdentifier", names.RULE + finding.rule)
    for name, value in finding.parameters:
        typed(made, "ValidationConstraintParameter", names.PARAMETER + name, value)
    child(child(made, "ConstraintStatus"), "Status", names.APPLIED if applied(finding) else names.DISABLED)
    if applied(finding):
        sub = finding.sub_indication
        status(made, names.main_uri(outcome(finding)), [] if sub is None else [names.sub_uri(sub)], "ValidationStatus")
    told = child(made, "Indications")
    attributes = {"outcome": finding.outcome.value, "severity": finding.severity.value, "subject": finding.subject}
    noted(told, "Finding", **attributes)
    for language in ("vi", "en"):
        noted(told, "Sentence", sentence(finding, language)).set(f"{{{names.XML}}}lang", language)


def _times(parent: etree._Element, report: DocumentReport, number: int, item: SignatureReport) -> None:
    times = child(parent, "ValidationTimeInfo")
    child(times, "ValidationTime", moment(report.validation_time))
    by = proving(report, number)
    proof(times, "BestSignatureTime", item.best_signature_time, None if by is None else by.identifier)


def signed_data(item: SignatureReport) -> Iterator[tuple[int, CoveredData]]:
    """The data that a signature is about, with their positions from 1: no signed properties, no key information."""
    for place, covered in enumerate(item.covered, 1):
        if covered.role in (DigestRole.DATA, DigestRole.MANIFEST, DigestRole.MANIFEST_ENTRY):
            yield place, covered


def _signers_document(parent: etree._Element, number: int, item: SignatureReport) -> None:
    parts = list(signed_data(item))
    if not parts:
        return
    made = child(parent, "SignersDocument")
    if len(parts) == 1 and parts[0][1].digest_hex:
        digest(made, names.digest_uri(parts[0][1].digest_algorithm), parts[0][1].digest_hex)
    refer(made, "SignersDocumentRepresentation", *(identifiers.of_data(number, place) for place, _ in parts))


def _attributes(parent: etree._Element, number: int, item: SignatureReport) -> None:
    made = etree.Element(names.vr("SignatureAttributes"))
    if item.claimed_time is not None:
        signed = {"Signed": "true"} if item.claimed_time_source in _SIGNED else {}
        child(child(made, "SigningTime", **signed), "Time", moment(item.claimed_time))
    for place, stamp in enumerate(item.timestamps, 1):
        if stamp.kind in names.ATTRIBUTES:
            held = child(made, names.ATTRIBUTES[stamp.kind])
            refer(held, "AttributeObject", identifiers.of_timestamp(number, place))
            child(held, "TimeStampValue", moment(stamp.gen_time))
    if len(made):
        parent.append(made)


def _signer(parent: etree._Element, signer: Signer | None) -> None:
    if signer is not None:
        made = child(parent, "SignerInformation")
        refer(made, "SignerCertificate", identifiers.of_certificate(signer.certificate_sha256))
        child(made, "Signer", signer.name)


def _data(parent: etree._Element, chain: tuple[str, ...], end: str, facts: Iterable[tuple[str, str]]) -> None:
    """Path and further facts; ``end`` is the SHA-256 of the anchor, ``""`` where no path ends in one."""
    made = child(parent, "AssociatedValidationReportData")
    links = [identifiers.of_certificate(sha256) for sha256 in chain]
    if end:
        refer(made, "TrustAnchor", identifiers.of_certificate(end))
    if links:
        held = child(made, "CertificateChain")
        refer(held, "SigningCertificate", links[0])
        for link in links[1:-1] if end else links[1:]:
            refer(held, "IntermediateCertificate", link)
        if end:
            refer(held, "TrustAnchor", identifiers.of_certificate(end))
    further = child(made, "AdditionalValidationReportData")
    for name, value in facts:
        typed(further, "ReportData", names.FACT + name, value)


def _facts(item: SignatureReport) -> Iterator[tuple[str, str]]:
    """What the standard has no element for."""
    yield "format", item.format.value
    yield "kind", item.kind.value
    yield "level", item.level
    yield "class", item.signature_class.value
    yield "integrity", item.integrity.value
    yield "signature-value", item.signature_value.value
    yield "coverage", item.coverage.value
    yield "location", item.location
    for change in item.changes_after:
        pages = ",".join(map(str, change.pages))
        allowed = "allowed" if change.allowed else "not-allowed"
        yield "change-after", f"{change.kind.value}; {allowed}; pages {pages or '-'}; {change.what}"
