"""What Vietnam's rules ask of one signature beyond the standard: its class, its numbers, its certificate's scope."""

from __future__ import annotations

import re
from datetime import timedelta

from vnsign.errors import EvidenceError
from vnsign.model.report import SignatureClass, Signer
from vnsign.model.verdict import SubIndication
from vnsign.pki.policies import certificate_policies
from vnsign.validation.case import Case, Role
from vnsign.validation.describe import signer
from vnsign.validation.registry import Block, Result, failed, indeterminate, not_applicable, passed, rule
from vnsign.validation.rules.law import cite

RECOGNISED = (SignatureClass.PUBLIC, SignatureClass.CIVIL_SERVICE, SignatureClass.FOREIGN)
"""Classes whose chain ends in a list that the State keeps."""

_LIST = cite("circular-15-2025", "Appendix I, 1.2")
_LISTED = ("rsa", "ecdsa")
_USUAL_YEARS = 5
_USUAL_LIFETIME = timedelta(days=_USUAL_YEARS * 366)
_SHAPES = {
    "MST": re.compile(r"\d{10}(?:-?\d{3})?|\d{12}"),
    "CCCD": re.compile(r"\d{12}"),
    "CMND": re.compile(r"\d{9}|\d{12}"),
}
"""Shapes of numbers: tax code with or without a branch, or a citizen's number; citizen's number; old identity card."""


def signature_holder(case: Case) -> Signer | None:
    """The holder of the signing certificate; ``None`` for a time-stamp, and where there is no certificate to read."""
    return None if case.role is Role.TIMESTAMP else signer(case.certificate)


@rule(
    "vietnam.class-known",
    block=Block.X509_VALIDATION,
    cites=(
        cite("circular-15-2025", "Article 6(1)(b)"),
        cite("law-20-2023", "Article 22(1)"),
        cite("decree-68-2024", "Article 6"),
    ),
    on_fail=SubIndication.CHAIN_CONSTRAINTS_FAILURE,
)
def class_known(case: Case) -> Result:
    """The chain ends in a national list: public, civil service, or recognised foreign."""
    if case.role is Role.TIMESTAMP or case.certificate is None:
        return not_applicable()
    if case.signature_class is SignatureClass.UNKNOWN:
        return indeterminate()
    known = case.signature_class in RECOGNISED
    named = f"class {case.signature_class.value}"
    return passed(kind=named) if known else failed(kind=named)


@rule(
    "vietnam.timestamp-authority",
    block=Block.TIMESTAMP_VALIDATION,
    cites=(cite("circular-15-2025", "Article 6(1)(g)"), cite("decree-68-2024", "Article 6")),
    on_fail=SubIndication.CHAIN_CONSTRAINTS_FAILURE,
)
def timestamp_authority(case: Case) -> Result:
    """The chain of the time-stamp authority ends in an anchor for time-stamps of a national list."""
    if case.role is not Role.TIMESTAMP or case.certificate is None:
        return not_applicable()
    if case.signature_class is SignatureClass.UNKNOWN:
        return indeterminate()
    named = f"class {case.signature_class.value}"
    return passed(kind=named) if case.signature_class in RECOGNISED else failed(kind=named)


@rule(
    "vietnam.scheme-listed",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=(_LIST,),
    on_fail=SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    since=_LIST.since,
)
def scheme_listed(case: Case) -> Result:
    """The signature scheme is one of the national list, RSA or ECDSA. Whether that list is closed is left to the policy."""
    value = case.facts.signed_value
    if case.role is Role.TIMESTAMP or value is None or value.algorithm.key == "unknown":
        return not_applicable()
    return passed() if value.algorithm.key in _LISTED else failed(scheme=value.algorithm.key.upper())


@rule(
    "vietnam.identifier-shape",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=(cite("decree-23-2025", "Article 16"), cite("circular-15-2025", "Appendix II, 2.1")),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
def identifier_shape(case: Case) -> Result:
    """The numbers of the subject have the shape of their kind. Numbers of other kinds are not judged."""
    holder = signature_holder(case)
    judged = [] if holder is None else [item for item in holder.identifiers if item.type in _SHAPES]
    if not judged:
        return not_applicable()
    odd = [item for item in judged if not _SHAPES[item.type].fullmatch(item.value)]
    return failed(numbers=", ".join(f"{item.type} {item.value}" for item in odd)) if odd else passed()


@rule(
    "vietnam.certificate-policies",
    block=Block.X509_VALIDATION,
    cites=(
        cite("decree-23-2025", "Article 16"),
        cite("circular-15-2025", "Appendix II, 1.4 and 1.6"),
        cite("decree-68-2024", "Article 7"),
    ),
    on_fail=SubIndication.CHAIN_CONSTRAINTS_FAILURE,
)
def policies(case: Case) -> Result:
    """The certificate policies and the practice statement, which say scope and liability, can be read, and are shown."""
    if case.role is Role.TIMESTAMP or case.certificate is None:
        return not_applicable()
    try:
        found = certificate_policies(case.certificate)
    except EvidenceError:
        return failed()
    if not found:
        return not_applicable()
    statements = [uri for item in found for uri in item.statements]
    notices = [text for item in found for text in item.notices]
    return passed(
        policies=", ".join(item.oid for item in found),
        statements=", ".join(dict.fromkeys(statements)) or "–",
        notices="; ".join(dict.fromkeys(notices)) or "–",
    )


@rule(
    "vietnam.usual-lifetime",
    block=Block.X509_VALIDATION,
    cites=(cite("decree-68-2024", "Article 9"),),
    on_fail=SubIndication.CHAIN_CONSTRAINTS_FAILURE,
)
def usual_lifetime(case: Case) -> Result:
    """The signing certificate lasts no longer than is usual. Longer ones are in use and are as good; CAs are not asked."""
    holder = signature_holder(case)
    if holder is None:
        return not_applicable()
    lasting = holder.not_after - holder.not_before
    return passed() if lasting <= _USUAL_LIFETIME else failed(years=round(lasting.days / 365.25), usual=_USUAL_YEARS)
