"""``vnsign inspect``: the facts of a document, unjudged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vnsign.cli import options, output
from vnsign.errors import UnreadableDocumentError

if TYPE_CHECKING:
    from vnsign.model.facts import DocumentFacts, SignatureFacts

_HEADING = {
    "vi": "CHỈ LIỆT KÊ, CHƯA KIỂM TRA: không phải là kết luận về chữ ký",
    "en": "LISTED, NOT VALIDATED: this is no verdict on any signature",
}


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the listing."
)
@options.language
@options.password_file
def inspect(file: Path, format_: str, language: str, password_file: Path | None) -> None:
    """List what FILE contains: signatures, certificates, time-stamps, digests. Nothing is validated."""
    import json

    from vnsign._verify import read
    from vnsign.cli.exit_codes import ExitCode
    from vnsign.formats.source import DocumentSource
    from vnsign.model.limits import Limits

    try:
        facts = read(DocumentSource.of(file), limits=Limits(), password=options.read_secret(password_file))
    except UnreadableDocumentError as error:
        output.error(error, language)
        raise SystemExit(ExitCode.UNREADABLE) from error
    listing = _document(facts)
    if format_ == "json":
        output.result(json.dumps({"schema": "vnsign.inspect/1", "validated": False, **listing}, ensure_ascii=False, indent=2))
        return
    output.result(_HEADING[language])
    output.result("\n".join(_lines(listing, 0)))


def _document(facts: DocumentFacts) -> dict[str, Any]:
    return {
        "format": facts.format,
        "sha256": facts.sha256,
        "details": dict(facts.details),
        "certificates": [_certificate(item.der) for item in facts.certificates],
        "crls": len(facts.crls),
        "ocsps": len(facts.ocsps),
        "signatures": [_signature(item) for item in facts.signatures],
    }


def _signature(facts: SignatureFacts) -> dict[str, Any]:
    value = facts.signed_value
    return {
        "id": facts.id,
        "kind": facts.kind.value,
        "format": facts.format.value,
        "level": facts.level,
        "location": facts.location,
        "claimed_time": None if facts.claimed_time is None else facts.claimed_time.isoformat(),
        "algorithm": None if value is None else _algorithm(value.algorithm),
        "signing_certificate": None if facts.signing_certificate is None else _certificate(facts.signing_certificate.der),
        "certificates": len(facts.certificates),
        "digests": [
            {"name": item.name, "algorithm": item.algorithm, "covers": item.covers, "role": item.role.value}
            for item in facts.digests
        ],
        "timestamps": [
            {"id": item.id, "kind": item.kind.value, "time": item.gen_time.isoformat()} for item in facts.timestamps
        ],
        "coverage": facts.coverage.value,
        "problems": [{"rule": item.rule, **dict(item.parameters)} for item in facts.problems],
    }


def _algorithm(algorithm: Any) -> str:
    return " ".join(part for part in (algorithm.key, algorithm.padding, algorithm.digest) if part) or algorithm.identifier


def _certificate(der: bytes) -> dict[str, Any]:
    from vnsign.model.certificate import Certificate
    from vnsign.validation.describe import signer

    certificate = Certificate(der)
    found = signer(certificate)
    if found is None:
        return {"sha256": certificate.sha256, "error": "cannot be parsed"}
    return {
        "sha256": certificate.sha256,
        "subject": found.subject,
        "issuer": found.issuer,
        "not_after": found.not_after.isoformat(),
    }


def _lines(value: object, depth: int) -> list[str]:
    from vnsign.report.catalogue import clean

    indent = "  " * depth
    if isinstance(value, dict):
        lines = []
        for name, item in value.items():
            if isinstance(item, dict | list) and item:
                lines += [f"{indent}{name}:", *_lines(item, depth + 1)]
            elif item not in (None, "", [], {}):
                lines.append(f"{indent}{name}: {clean(str(item))}")
        return lines
    if isinstance(value, list):
        return [line for item in value for line in (*_lines(item, depth), f"{indent}-")]
    return [f"{indent}{clean(str(value))}"]
