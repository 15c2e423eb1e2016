"""Cryptographic constraints (EN 319 102-1, 5.2.8): which algorithms were accepted at the time that is proved."""

from __future__ import annotations

from datetime import date

from vnsign.model.certificate import Certificate
from vnsign.model.moment import VIETNAM
from vnsign.model.verdict import SubIndication
from vnsign.validation.case import Case, Role
from vnsign.validation.registry import Block, Citation, Result, indeterminate, not_applicable, passed, rule

_SAV = Citation("ETSI EN 319 102-1 V1.4.1, 5.2.8")
_TS119312 = Citation("ETSI TS 119 312 V1.5.1")
_CIRCULAR_15 = Citation("Circular 15/2025/TT-BKHCN, Appendix I", since=date(2025, 8, 15))


def _day(case: Case) -> date:
    return case.proved_time.astimezone(VIETNAM).date()


@rule(
    "algorithms.digest",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=(_SAV, _TS119312, _CIRCULAR_15),
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
    refused = sorted(name for name in used if not case.policy.algorithms.digest_accepted(name, _day(case)))
    shown = ", ".join(name.upper() for name in refused)
    return indeterminate(algorithms=shown, on=_day(case).strftime("%d/%m/%Y")) if refused else passed()


@rule(
    "algorithms.key-size",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=(_SAV, _TS119312, _CIRCULAR_15),
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
    cites=(_SAV, _TS119312, _CIRCULAR_15),
    on_fail=SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
)
def certificate_digest(case: Case) -> Result:
    """The certificates below the anchor are signed with accepted digest algorithms."""
    certificates = _below_anchor(case)
    if not certificates:
        return not_applicable()
    weak = {name for name in map(_certificate_digest, certificates) if name}
    refused = sorted(name for name in weak if not case.policy.algorithms.digest_accepted(name, _day(case)))
    shown = ", ".join(name.upper() for name in refused)
    return indeterminate(algorithms=shown, on=_day(case).strftime("%d/%m/%Y")) if refused else passed()


@rule(
    "algorithms.rsa-pss",
    block=Block.SIGNATURE_ACCEPTANCE,
    cites=(_CIRCULAR_15,),
    on_fail=SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    since=date(2025, 8, 15),
)
def rsa_pss(case: Case) -> Result:
    """RSA signatures use RSASSA-PSS."""
    value = case.facts.signed_value
    if case.role is Role.TIMESTAMP or value is None or value.algorithm.key != "rsa":
        return not_applicable()
    return passed() if value.algorithm.padding == "pss" else indeterminate()


def _below_anchor(case: Case) -> tuple[Certificate, ...]:
    if case.path is not None and len(case.path.chain) > 1:
        return case.path.chain[:-1]
    return () if case.certificate is None else (case.certificate,)


def _small_key(certificate: Certificate, case: Case) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        key = certificate.x509.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return ""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < case.policy.algorithms.least_rsa_bits(_day(case)):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < case.policy.algorithms.ec_bits:
        return f"EC {key.key_size}"
    return ""


def _certificate_digest(certificate: Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        algorithm = certificate.x509.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        return "unknown"
    return "" if algorithm is None else algorithm.name.replace("-", "_")
