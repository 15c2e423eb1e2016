"""What is asked before anything is handed out: is this the document that was verified, and does the signature hold."""

from __future__ import annotations

import hashlib

from vnsign.errors import ConfigurationError
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits
from vnsign.model.report import DocumentReport, SignatureReport
from vnsign.model.verdict import CheckStatus


def holds(signature: SignatureReport) -> bool:
    """Whether the signed data are as they were signed: digests and signature value, trust and time aside."""
    return signature.integrity is CheckStatus.PASSED and signature.signature_value is CheckStatus.PASSED


def chosen(report: DocumentReport, wanted: str) -> SignatureReport:
    """The signature with an id, or with a number from 1 as reports count them.

    Raises:
        ConfigurationError: ``NO_SUCH_SIGNATURE``.
    """
    for item in report.signatures:
        if item.id == wanted:
            return item
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 and 1 <= int(wanted) <= len(report.signatures):
        return report.signatures[int(wanted) - 1]
    raise ConfigurationError(
        f"{report.name}: no signature {wanted!r} among {len(report.signatures)}",
        code="NO_SUCH_SIGNATURE",
        hint="list them with --list",
    )


def admitted(report: DocumentReport, signature_id: str, *, even_if_broken: bool = False) -> SignatureReport:
    """The signature with an id, if it holds.

    Args:
        report: of the document.
        signature_id: as in the report.
        even_if_broken: the caller knows that the data are not what was signed.

    Raises:
        ConfigurationError: ``NO_SUCH_SIGNATURE``, or ``NOT_INTACT`` where the signature does not hold.
    """
    signature = next((item for item in report.signatures if item.id == signature_id), None)
    if signature is None:
        raise ConfigurationError(f"the report has no signature {signature_id!r}", code="NO_SUCH_SIGNATURE")
    if not even_if_broken and not holds(signature):
        raise ConfigurationError(
            f"signature {signature_id!r} does not hold, so what it covers is not what was signed; nothing is handed out",
            code="NOT_INTACT",
            hint="read the report's findings; --even-if-broken hands it out all the same",
        )
    return signature


def verified_bytes(source: DocumentSource, report: DocumentReport, limits: Limits) -> bytes:
    """The bytes of the document that was verified.

    Raises:
        ConfigurationError: ``OTHER_DOCUMENT``: they are not the same any more.
        UnreadableDocumentError: the file cannot be read.
    """
    data = source.read(limits)
    if hashlib.sha256(data).hexdigest() != report.sha256:
        raise ConfigurationError("the document is not the one that was verified", code="OTHER_DOCUMENT")
    return data
