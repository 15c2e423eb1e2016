"""Reports as JSON, schema ``vnsign.report/1``, and back. Documented in ``docs/reference/report-json.md``.

Sentences (``message_vi``, ``message_en``) are written for readers and ignored when reading back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from vnsign.errors import ConfigurationError
from vnsign.model.facts import Change, ChangeKind, CoverageScope, SignatureFormat, SignatureKind, TimeSource, TimestampKind
from vnsign.model.finding import Finding, Outcome, Severity
from vnsign.model.report import (
    BestTimeSource,
    ChainLink,
    CoveredData,
    DocumentReport,
    ErrorInfo,
    Identifier,
    SignatureClass,
    SignatureReport,
    Signer,
    SignerKind,
    TimestampReport,
)
from vnsign.model.verdict import CheckStatus, Indication, SubIndication, Verdict
from vnsign.report.catalogue import sentence
from vnsign.report.strict import conforms

SCHEMA = "vnsign.report/1"

Json = dict[str, Any]


def dumps(documents: Iterable[DocumentReport]) -> str:
    """Write reports as one JSON document, in the order given, UTF-8 text unescaped."""
    return json.dumps({"schema": SCHEMA, "documents": [to_json(item) for item in documents]}, ensure_ascii=False, indent=2)


def dumps_line(document: DocumentReport) -> str:
    """Write one report on one line (NDJSON), without the line's end; each line is a document of the same schema."""
    return json.dumps({"schema": SCHEMA, "documents": [to_json(document)]}, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> tuple[DocumentReport, ...]:
    """Read back what :func:`dumps` or :func:`dumps_line` wrote, equal to what was written.

    Raises:
        ConfigurationError: other JSON, or another schema.
    """
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA:
            raise ConfigurationError(f"schema {data['schema']!r}, expected {SCHEMA!r}", code="REPORT_SCHEMA")
        found = tuple(from_json(item) for item in data["documents"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigurationError(f"not a report: {error!r}", code="REPORT_INVALID") from error
    if not all(conforms(item, DocumentReport) for item in found):
        raise ConfigurationError("not a report: a field is of another type", code="REPORT_INVALID")
    return found


def to_json(report: DocumentReport) -> Json:
    """One document's report as JSON values."""
    error = report.error
    return {
        "name": report.name,
        "sha256": report.sha256,
        "format": report.format,
        "indication": report.indication.value,
        "error": None if error is None else {"code": error.code, "message": error.message, "hint": error.hint},
        "validation_time": _time(report.validation_time),
        "policy": report.policy,
        "signatures": [_signature(item) for item in report.signatures],
    }


def _signature(item: SignatureReport) -> Json:
    return {
        "id": item.id,
        "kind": item.kind.value,
        "format": item.format.value,
        "level": item.level,
        "location": item.location,
        "indication": item.indication.value,
        "sub_indication": None if item.sub_indication is None else item.sub_indication.value,
        "integrity": item.integrity.value,
        "signature_value": item.signature_value.value,
        "signature_class": item.signature_class.value,
        "signer": _signer(item.signer),
        "issuer": None if item.signer is None else item.signer.issuer,
        "chain": [{"subject": link.subject, "sha256": link.sha256} for link in item.chain],
        "claimed_time": None if item.claimed_time is None else _time(item.claimed_time),
        "claimed_time_source": None if item.claimed_time_source is None else item.claimed_time_source.value,
        "best_signature_time": _time(item.best_signature_time),
        "best_signature_time_source": item.best_signature_time_source.value,
        "coverage": item.coverage.value,
        "covered": [_covered(covered) for covered in item.covered],
        "changes_after": [_change(change) for change in item.changes_after],
        "findings": [_finding(finding) for finding in item.findings],
        "timestamps": [_timestamp(stamp) for stamp in item.timestamps],
        "policy": item.policy,
    }


def _signer(signer: Signer | None) -> Json | None:
    if signer is None:
        return None
    return {
        "name": signer.name,
        "organisation": signer.organisation,
        "unit": signer.unit,
        "title": signer.title,
        "email": signer.email,
        "kind": signer.kind.value,
        "identifiers": [{"type": item.type, "value": item.value} for item in signer.identifiers],
        "subject": signer.subject,
        "issuer": signer.issuer,
        "issuer_name": signer.issuer_name,
        "serial_number": signer.serial_number,
        "not_before": _time(signer.not_before),
        "not_after": _time(signer.not_after),
        "certificate_sha256": signer.certificate_sha256,
    }


def _covered(item: CoveredData) -> Json:
    return {
        "name": item.name,
        "position": item.position,
        "role": item.role,
        "digest_algorithm": item.digest_algorithm,
        "digest": item.digest_hex,
        "matches": item.matches,
        "size": item.size,
    }


def _change(item: Change) -> Json:
    return {
        "kind": item.kind.value,
        "what": item.what,
        "pages": list(item.pages),
        "revision": item.revision,
        "allowed": item.allowed,
    }


def _finding(item: Finding) -> Json:
    return {
        "rule": item.rule,
        "outcome": item.outcome.value,
        "severity": item.severity.value,
        "sub_indication": None if item.sub_indication is None else item.sub_indication.value,
        "subject": item.subject,
        "parameters": [[name, value] for name, value in item.parameters],
        "message_vi": sentence(item, "vi"),
        "message_en": sentence(item, "en"),
    }


def _timestamp(item: TimestampReport) -> Json:
    return {
        "id": item.id,
        "kind": item.kind.value,
        "indication": item.verdict.indication.value,
        "sub_indication": None if item.verdict.sub_indication is None else item.verdict.sub_indication.value,
        "time": _time(item.gen_time),
        "tsa": _signer(item.tsa),
        "signature_class": item.signature_class.value,
        "imprint": item.imprint.value,
        "findings": [_finding(finding) for finding in item.findings],
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_json(data: Json) -> DocumentReport:
    """Read one document's report. Raises KeyError, ValueError or TypeError for what is no report; see :func:`loads`."""
    error = data["error"]
    return DocumentReport(
        name=data["name"],
        sha256=data["sha256"],
        format=data["format"],
        signatures=tuple(_read_signature(item) for item in data["signatures"]),
        validation_time=_read_time(data["validation_time"]),
        policy=data["policy"],
        error=None if error is None else ErrorInfo(error["code"], error["message"], error["hint"]),
    )


def _read_signature(data: Json) -> SignatureReport:
    claimed, source = data["claimed_time"], data["claimed_time_source"]
    return SignatureReport(
        id=data["id"],
        kind=SignatureKind(data["kind"]),
        format=SignatureFormat(data["format"]),
        level=data["level"],
        location=data["location"],
        verdict=_read_verdict(data),
        integrity=CheckStatus(data["integrity"]),
        signature_value=CheckStatus(data["signature_value"]),
        signature_class=SignatureClass(data["signature_class"]),
        signer=_read_signer(data["signer"]),
        chain=tuple(ChainLink(item["subject"], item["sha256"]) for item in data["chain"]),
        claimed_time=None if claimed is None else _read_time(claimed),
        claimed_time_source=None if source is None else TimeSource(source),
        best_signature_time=_read_time(data["best_signature_time"]),
        best_signature_time_source=BestTimeSource(data["best_signature_time_source"]),
        coverage=CoverageScope(data["coverage"]),
        covered=tuple(_read_covered(item) for item in data["covered"]),
        changes_after=tuple(_read_change(item) for item in data["changes_after"]),
        findings=tuple(_read_finding(item) for item in data["findings"]),
        timestamps=tuple(_read_timestamp(item) for item in data["timestamps"]),
        policy=data["policy"],
    )


def _read_verdict(data: Json) -> Verdict:
    sub = data["sub_indication"]
    return Verdict(Indication(data["indication"]), None if sub is None else SubIndication(sub))


def _read_signer(data: Json | None) -> Signer | None:
    if data is None:
        return None
    plain = {
        name: data[name] for name in ("name", "organisation", "unit", "title", "email", "subject", "issuer", "issuer_name")
    }
    return Signer(
        **plain,
        kind=SignerKind(data["kind"]),
        identifiers=tuple(Identifier(item["type"], item["value"]) for item in data["identifiers"]),
        serial_number=data["serial_number"],
        not_before=_read_time(data["not_before"]),
        not_after=_read_time(data["not_after"]),
        certificate_sha256=data["certificate_sha256"],
    )


def _read_covered(data: Json) -> CoveredData:
    algorithm, digest = data["digest_algorithm"], data["digest"]
    return CoveredData(data["name"], data["position"], data["role"], algorithm, digest, data["matches"], data["size"])


def _read_change(data: Json) -> Change:
    return Change(ChangeKind(data["kind"]), data["what"], tuple(data["pages"]), data["revision"], data["allowed"])


def _read_finding(data: Json) -> Finding:
    sub = data["sub_indication"]
    return Finding(
        rule=data["rule"],
        outcome=Outcome(data["outcome"]),
        severity=Severity(data["severity"]),
        parameters=tuple((name, value) for name, value in data["parameters"]),
        sub_indication=None if sub is None else SubIndication(sub),
        subject=data["subject"],
    )


def _read_timestamp(data: Json) -> TimestampReport:
    return TimestampReport(
        id=data["id"],
        kind=TimestampKind(data["kind"]),
        verdict=_read_verdict(data),
        gen_time=_read_time(data["time"]),
        tsa=_read_signer(data["tsa"]),
        signature_class=SignatureClass(data["signature_class"]),
        imprint=CheckStatus(data["imprint"]),
        findings=tuple(_read_finding(item) for item in data["findings"]),
    )


def _read_time(text: str) -> datetime:
    return datetime.fromisoformat(text)
