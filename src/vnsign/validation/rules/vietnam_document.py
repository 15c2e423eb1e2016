"""What Vietnam's rules, and the caller, ask of the signatures of a document together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from vnsign.model.expectation import Expectation, ExpectedSigner, folded
from vnsign.model.facts import SignatureFormat
from vnsign.model.report import BestTimeSource, SignatureClass, SignatureReport, Signer, SignerKind
from vnsign.model.verdict import SubIndication
from vnsign.validation.registry import Block, Result, document_rule, failed, indeterminate, not_applicable, passed
from vnsign.validation.rules.law import cite

_IN_FILE_ORDER = (SignatureFormat.PADES, SignatureFormat.PDF_CMS)

# Civil-service certificates carry no number that tells a person from an agency. These words begin or stand in names of
# agencies; a short one counts at the beginning only, because it may be part of a person's name.
_AGENCY_ANYWHERE = (
    *("ủy ban", "uỷ ban", "hội đồng", "tổng cục", "chi cục", "văn phòng", "cổng thông tin", "trung tâm", "thanh tra"),
    *("kho bạc", "bảo hiểm xã hội", "tòa án", "viện kiểm sát", "công an", "ban quản lý", "bộ chỉ huy", "bộ tư lệnh"),
)
_AGENCY_FIRST = ("bộ", "sở", "cục", "vụ", "phòng", "ban", "viện", "trường", "ubnd", "hđnd")
_AGENCY = re.compile(
    rf"\b(?:{'|'.join(_AGENCY_ANYWHERE)})\b|^(?:{'|'.join(_AGENCY_FIRST)})\b".replace(" ", r"\s"), re.IGNORECASE
)


def is_agency(signer: Signer) -> bool | None:
    """Whether a holder is an agency or organisation rather than a person; ``None`` where the certificate does not say.

    A warning may rest on it, a verdict never: it reads names.
    """
    if signer.kind is not SignerKind.UNKNOWN:
        return signer.kind is SignerKind.ORGANISATION
    if signer.title:
        return False
    name = unicodedata.normalize("NFC", signer.name)
    if _AGENCY.search(name) or (signer.organisation and folded(name) == folded(signer.organisation)):
        return True
    return False if signer.organisation or signer.unit else None


@document_rule(
    "vietnam.signing-order",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=(cite("decree-30-2020", "Article 32(2)(d)"), cite("decree-30-2020", "Article 5")),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
def signing_order(reports: Sequence[SignatureReport], _expected: Expectation) -> Sequence[Result]:
    """The agency signs what its competent person has signed; an agency alone may sign copies, which are not judged."""
    people = [_when(index, item) for index, item in enumerate(reports) if _civil_servant(item, agency=False)]
    return [_ordered(_when(index, item), people, item) for index, item in enumerate(reports)]


def _ordered(when: tuple[datetime | None, int], people: list[tuple[datetime | None, int]], report: SignatureReport) -> Result:
    if not people or not _civil_servant(report, agency=True) or report.signer is None:
        return not_applicable()
    held = any(_before(person, when) for person in people)
    return passed() if held else failed(agency=report.signer.name)


def _civil_servant(report: SignatureReport, *, agency: bool) -> bool:
    civil = report.signature_class is SignatureClass.CIVIL_SERVICE
    return civil and report.signer is not None and is_agency(report.signer) is agency


def _when(index: int, report: SignatureReport) -> tuple[datetime | None, int]:
    """In a PDF signatures stand in the order in which they were made; in XML the best time known orders them."""
    if report.format in _IN_FILE_ORDER:
        return None, index
    proved = report.best_signature_time_source is BestTimeSource.TIMESTAMP
    return report.best_signature_time if proved else report.claimed_time, index


def _before(first: tuple[datetime | None, int], second: tuple[datetime | None, int]) -> bool:
    if first[0] is not None and second[0] is not None and first[0] != second[0]:
        return first[0] < second[0]
    return first[1] < second[1]


@document_rule(
    "vietnam.expected-signer",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=(cite("circular-15-2025", "Appendix II, 2.1"), cite("decree-23-2025", "Article 16")),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
def expected_signer(reports: Sequence[SignatureReport], expected: Expectation) -> Sequence[Result]:
    """Everyone whom the caller expects has signed. Numbers identify; a name serves only where no number was given."""
    if not expected.signers:
        return [not_applicable()] * len(reports)
    missing = [item for item in expected.signers if not any(_is(item, report) for report in reports)]
    return [_matched(report, expected, missing) for report in reports]


def _matched(report: SignatureReport, expected: Expectation, missing: list[ExpectedSigner]) -> Result:
    found = _found(report.signer)
    if missing:
        wanted = ", ".join(map(str, missing))
        # A certificate without any number of the kind asked for neither confirms nor denies.
        silent = report.signer is None or not any(item.type == "" or item.numbers_of(report.signer) for item in missing)
        return indeterminate(expected=wanted, found=found) if silent else failed(expected=wanted, found=found)
    return passed(found=found) if any(_is(item, report) for item in expected.signers) else not_applicable()


@document_rule(
    "vietnam.expected-signer-by-number",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=(cite("circular-15-2025", "Appendix II, 2.1"), cite("decree-23-2025", "Article 16")),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
def expected_by_number(reports: Sequence[SignatureReport], expected: Expectation) -> Sequence[Result]:
    """The expected signer was recognised by a number, not by the name alone: names are not unique."""
    return [_by_number(report, expected) for report in reports]


def _by_number(report: SignatureReport, expected: Expectation) -> Result:
    matches = [item for item in expected.signers if _is(item, report)]
    if not matches:
        return not_applicable()
    return passed() if any(item.type for item in matches) else failed(found=_found(report.signer))


@document_rule(
    "vietnam.required-class",
    block=Block.X509_VALIDATION,
    cites=(cite("law-20-2023", "Article 22(1)"), cite("circular-15-2025", "Article 6(1)(b)")),
    on_fail=SubIndication.CHAIN_CONSTRAINTS_FAILURE,
)
def required_class(reports: Sequence[SignatureReport], expected: Expectation) -> Sequence[Result]:
    """Every signature is of a class that the caller asks for."""
    wanted = ", ".join(f"class {item.value}" for item in expected.classes)
    return [_of_class(report, expected, wanted) for report in reports]


def _of_class(report: SignatureReport, expected: Expectation, wanted: str) -> Result:
    if not expected.classes:
        return not_applicable()
    named = f"class {report.signature_class.value}"
    if report.signature_class in expected.classes:
        return passed(kind=named)
    if report.signature_class is SignatureClass.UNKNOWN:
        return indeterminate(kind=named, wanted=wanted)
    return failed(kind=named, wanted=wanted)


def _is(expected: ExpectedSigner, report: SignatureReport) -> bool:
    return report.signer is not None and (expected.identifies(report.signer) or expected.names(report.signer))


def _found(signer: Signer | None) -> str:
    if signer is None:
        return "–"
    numbers = ", ".join(f"{item.type}:{item.value}" for item in signer.identifiers)
    return f"{signer.name} ({numbers})" if numbers else signer.name or signer.subject
