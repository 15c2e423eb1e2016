"""Cryptographic constraints (EN 319 102-1, 5.2.8): which algorithms were accepted at the time that is proved.

Names, sizes and last days are data of the policies (TS 119 312 and the national lists). They are asked for the day, in Vietnam,
on which the signature is proved to have existed: not about today, and not about the day that the signer claims.
"""

from __future__ import annotations

from datetime import date

from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.model.moment import VIETNAM
from vnsign.model.verdict import SubIndication
from vnsign.pki.algorithms import certificate_algorithm, public_key_size
from vnsign.validation.case import Case, Role
from vnsign.validation.registry import Block, Citation, Result, indeterminate, not_applicable, passed, rule
from vnsign.validation.rules.law import cite

_CITES = (
    Citation("ETSI EN 319 102-1 V1.4.1, 5.2.8"),
    Citation("ETSI TS 119 312 V1.5.1"),
    cite("circular-15-2025", "Appendix I, 1.2 and 1.3"),
)
_PSS = cite("circular-15-2025", "Appendix I, 1.2")
_CERTIFICATES = (*_CITES, cite("circular-15-2025", "Appendix II, 1.3"))


def _day(case: Case) -> date:
    return case.proved_time.astimezone(VIETNAM).date()


def _judged(refused: set[str], case: Case) -> Result:
    shown = ", ".join(sorted(name.upper() for name in refused))
    return indeterminate(algorithms=shown, on=_day(case).strftime("%d/%m/%Y")) if refused else passed()


@rule(
    "algorithms.digest",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=_CITES,
    on_fail=SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
)
def digest(case: Case) -> Result:
    """The digest algorithms of the signature and of its references were accepted when it is proved to have existed."""
    if not case.facts.supported:
        return not_applicable()
    used = {item.algorithm for item in case.facts.digests}
    if case.facts.signed_value is not None and case.facts.signed_value.algorithm.digest is not None:
        used.add(case.facts.signed_value.algorithm.digest)
    if case.timestamp is not None:
        used.add(case.timestamp.imprint.algorithm)
    if not used:
        return not_applicable()
    return _judged({name for name in used if not case.policy.algorithms.digest_accepted(name, _day(case))}, case)


@rule(
    "algorithms.scheme",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=_CITES,
    on_fail=SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
)
def scheme(case: Case) -> Result:
    """The signature scheme (RSA with its padding, ECDSA, ...) was accepted when the signature is proved to have existed."""
    value = case.facts.signed_value
    if value is None or value.algorithm.key == "unknown":
        return not_applicable()  # an unknown one cannot be verified: crypto.algorithm-supported says so
    name = scheme_name(value.algorithm)
    return _judged(set() if case.policy.algorithms.scheme_accepted(name, _day(case)) else {name}, case)


def scheme_name(algorithm: SignatureAlgorithm) -> str:
    """The name of a scheme in policies."""
    return f"rsa-{algorithm.padding}" if algorithm.key == "rsa" else algorithm.key


@rule(
    "algorithms.key-size",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=_CERTIFICATES,
    on_fail=SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
)
def key_size(case: Case) -> Result:
    """The keys of the signing certificate and of the CAs below the anchor are large enough."""
    certificates = _below_anchor(case)
    if not certificates:
        return not_applicable()
    small = [text for text in (_small_key(item, case) for item in certificates) if text]
    return indeterminate(keys="; ".join(small)) if small else passed()


@rule(
    "algorithms.certificate-digest",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=_CERTIFICATES,
    on_fail=SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
)
def certificate_digest(case: Case) -> Result:
    """The certificates below the anchor are signed with accepted digest algorithms."""
    used = {found.digest or "" for found in map(certificate_algorithm, _below_anchor(case)) if found.key != "unknown"}
    if not used:
        return not_applicable()
    return _judged({name for name in used if name and not case.policy.algorithms.digest_accepted(name, _day(case))}, case)


@rule(
    "algorithms.certificate-scheme",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=_CERTIFICATES,
    on_fail=SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
)
def certificate_scheme(case: Case) -> Result:
    """The certificates below the anchor are signed with accepted schemes; an unknown one is not."""
    used = {scheme_name(certificate_algorithm(item)) for item in _below_anchor(case)}
    if not used:
        return not_applicable()
    return _judged({name for name in used if not case.policy.algorithms.scheme_accepted(name, _day(case))}, case)


@rule(
    "algorithms.pss-parameters",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=(*_CERTIFICATES, Citation("RFC 4055, 3.1")),
    on_fail=SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
)
def pss_parameters(case: Case) -> Result:
    """Where RSASSA-PSS is used, by the signature or by a certificate, its mask is made with an accepted digest."""
    used = [certificate_algorithm(item) for item in _below_anchor(case)]
    if case.facts.signed_value is not None:
        used.append(case.facts.signed_value.algorithm)
    masks = {item.mgf_digest for item in used if item.padding == "pss" and item.mgf_digest is not None}
    if not masks:
        return not_applicable()
    return _judged({name for name in masks if not case.policy.algorithms.digest_accepted(name, _day(case))}, case)


@rule(
    "algorithms.rsa-pss",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=(_PSS,),
    on_fail=SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    since=_PSS.since,
)
def rsa_pss(case: Case) -> Result:
    """RSA signatures use RSASSA-PSS. A policy requires it, prefers it, or accepts both (``rsa_pss``)."""
    value = case.facts.signed_value
    if case.role is Role.TIMESTAMP or value is None or value.algorithm.key != "rsa":
        return not_applicable()
    return passed() if value.algorithm.padding == "pss" else indeterminate()


def _below_anchor(case: Case) -> tuple[Certificate, ...]:
    if case.path is not None and len(case.path.chain) > 1:
        return case.path.chain[:-1]
    return () if case.certificate is None else (case.certificate,)


def _small_key(certificate: Certificate, case: Case) -> str:
    found = public_key_size(certificate)
    if found is None:
        return ""
    kind, bits = found
    return f"{kind.upper()} {bits}" if bits < case.policy.algorithms.least_bits(kind, _day(case)) else ""
