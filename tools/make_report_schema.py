"""Write the JSON Schema of reports from the values they are made of.

python tools/make_report_schema.py          write it
python tools/make_report_schema.py --check  fail when it is not what the values say
"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import Any

from vnsign.model.facts import ChangeKind, CoverageScope, DigestRole, SignatureFormat, SignatureKind, TimeSource, TimestampKind
from vnsign.model.finding import Outcome, Severity
from vnsign.model.report import BestTimeSource, SignatureClass, SignerKind
from vnsign.model.verdict import CheckStatus, Indication, SubIndication
from vnsign.report.json import SCHEMA
from vnsign.report.schema import FILE

TEXT, WHOLE, BOOLEAN = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "boolean"}
MOMENT = {"type": "string", "format": "date-time", "pattern": "Z$"}
SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def main() -> int:
    """Write or compare the file."""
    text = json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
    if "--check" in sys.argv:
        return 0 if FILE.is_file() and FILE.read_text("utf-8") == text else 1
    FILE.write_text(text, "utf-8")
    return 0


def schema() -> dict[str, Any]:
    """The schema. Keys may be added within a version: objects take further ones."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:vnsign:report:1",
        "title": "Report on the verification of digital signatures",
        **_object(schema={"const": SCHEMA}, documents=_list({"$ref": "#/$defs/document"})),
        "$defs": {
            "document": _document(),
            "signature": _signature(),
            "signer": _signer(),
            "finding": _finding(),
            "timestamp": _timestamp(),
        },
    }


def _document() -> dict[str, Any]:
    return _object(
        name=TEXT,
        sha256={"anyOf": [SHA256, {"const": ""}]},
        format={"enum": ["pdf", "xml", "cms", "asic-s", "asic-e", "asic", "unknown"]},
        indication=_enum(Indication),
        error=_nullable(_object(code=TEXT, message=TEXT, hint=TEXT)),
        validation_time=MOMENT,
        policy=TEXT,
        signatures=_list({"$ref": "#/$defs/signature"}),
    )


def _signature() -> dict[str, Any]:
    return _object(
        id=TEXT,
        kind=_enum(SignatureKind),
        format=_enum(SignatureFormat),
        level={"enum": ["", "B-B", "B-T", "B-LT", "B-LTA"]},
        location=TEXT,
        indication=_enum(Indication),
        sub_indication=_nullable(_enum(SubIndication)),
        integrity=_enum(CheckStatus),
        signature_value=_enum(CheckStatus),
        signature_class=_enum(SignatureClass),
        signer=_nullable({"$ref": "#/$defs/signer"}),
        issuer=_nullable(TEXT),
        chain=_list(_object(subject=TEXT, sha256=SHA256)),
        claimed_time=_nullable(MOMENT),
        claimed_time_source=_nullable(_enum(TimeSource)),
        best_signature_time=MOMENT,
        best_signature_time_source=_enum(BestTimeSource),
        coverage=_enum(CoverageScope),
        covered=_list(
            _object(
                name=TEXT,
                position=TEXT,
                role=_enum(DigestRole),
                digest_algorithm=TEXT,
                digest={"type": "string", "pattern": "^[0-9a-f]*$"},
                matches=BOOLEAN,
                size=_nullable(WHOLE),
            )
        ),
        changes_after=_list(
            _object(kind=_enum(ChangeKind), what=TEXT, pages=_list(WHOLE), revision=_nullable(WHOLE), allowed=BOOLEAN)
        ),
        findings=_list({"$ref": "#/$defs/finding"}),
        timestamps=_list({"$ref": "#/$defs/timestamp"}),
        policy=TEXT,
    )


def _signer() -> dict[str, Any]:
    texts = ("name", "organisation", "unit", "title", "email", "subject", "issuer", "issuer_name", "serial_number")
    return _object(
        **dict.fromkeys(texts, TEXT),
        kind=_enum(SignerKind),
        identifiers=_list(_object(type=TEXT, value=TEXT)),
        not_before=MOMENT,
        not_after=MOMENT,
        certificate_sha256=SHA256,
    )


def _finding() -> dict[str, Any]:
    return _object(
        rule=TEXT,
        outcome=_enum(Outcome),
        severity=_enum(Severity),
        sub_indication=_nullable(_enum(SubIndication)),
        subject=TEXT,
        parameters=_list({"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2}),
        message_vi={"type": "string", "minLength": 1},
        message_en={"type": "string", "minLength": 1},
    )


def _timestamp() -> dict[str, Any]:
    return _object(
        id=TEXT,
        kind=_enum(TimestampKind),
        indication=_enum(Indication),
        sub_indication=_nullable(_enum(SubIndication)),
        time=MOMENT,
        tsa=_nullable({"$ref": "#/$defs/signer"}),
        signature_class=_enum(SignatureClass),
        imprint=_enum(CheckStatus),
        findings=_list({"$ref": "#/$defs/finding"}),
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(item: Any) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _enum(kind: type[StrEnum]) -> dict[str, Any]:
    return {"enum": [item.value for item in kind]}


def _nullable(found: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [found, {"type": "null"}]}


if __name__ == "__main__":
    sys.exit(main())
