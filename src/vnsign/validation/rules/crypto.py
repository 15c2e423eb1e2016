"""Cryptographic verification (EN 319 102-1, 5.2.7)."""

from __future__ import annotations

from vnsign.model.facts import DigestFacts, DigestRole
from vnsign.model.verdict import CheckStatus, SubIndication
from vnsign.validation.case import Case, Role
from vnsign.validation.registry import Block, Citation, Result, failed, indeterminate, not_applicable, passed, rule

_CV = (Citation("ETSI EN 319 102-1 V1.4.1, 5.2.7"),)
_PROTECTING_DATA = (DigestRole.DATA, DigestRole.MANIFEST)


def integrity(digests: tuple[DigestFacts, ...]) -> CheckStatus:
    """Whether the digests match: FAILED when one differs, INDETERMINATE when data are missing or nothing is covered.

    Entries of a Manifest count when their data are there and differ; core validation of XML-DSig does not ask for them.
    """
    if any(item.computed is not None and not item.matches for item in digests):
        return CheckStatus.FAILED
    core = [item for item in digests if item.role is not DigestRole.MANIFEST_ENTRY]
    if not core or any(item.computed is None for item in core):
        return CheckStatus.INDETERMINATE
    return CheckStatus.PASSED


@rule("crypto.data-covered", block=Block.CRYPTOGRAPHIC_VERIFICATION, cites=_CV, on_fail=SubIndication.SIGNED_DATA_NOT_FOUND)
def data_covered(case: Case) -> Result:
    """At least one digest covers data of the document: a signature over nothing says nothing."""
    if not case.facts.supported:
        return not_applicable()
    covering = [item for item in case.facts.digests if item.role in _PROTECTING_DATA]
    return passed(count=len(covering)) if covering else indeterminate()


@rule("crypto.data-found", block=Block.CRYPTOGRAPHIC_VERIFICATION, cites=_CV, on_fail=SubIndication.SIGNED_DATA_NOT_FOUND)
def data_found(case: Case) -> Result:
    """All data that the signature covers are there and could be processed."""
    missing = [item.name for item in case.facts.digests if item.computed is None and item.role is not DigestRole.MANIFEST_ENTRY]
    if not case.facts.supported or not case.facts.digests:
        return not_applicable()
    return indeterminate(references=", ".join(missing)) if missing else passed()


@rule("crypto.digests-match", block=Block.CRYPTOGRAPHIC_VERIFICATION, cites=_CV, on_fail=SubIndication.HASH_FAILURE)
def digests_match(case: Case) -> Result:
    """The digest of the data, computed anew, equals the digest in the signature."""
    different = [item for item in case.facts.digests if item.computed is not None and not item.matches]
    if different:
        first = different[0]
        return failed(
            references=", ".join(item.name for item in different),
            covers=first.covers,
            algorithm=first.algorithm,
            expected=first.expected.hex()[:64],
            computed=(first.computed or b"").hex()[:64],
        )
    return passed() if any(item.matches for item in case.facts.digests) else not_applicable()


@rule("crypto.value-verifies", block=Block.CRYPTOGRAPHIC_VERIFICATION, cites=_CV, on_fail=SubIndication.SIG_CRYPTO_FAILURE)
def value_verifies(case: Case) -> Result:
    """The signature value verifies under the key of the signing certificate."""
    if case.value is None:
        return not_applicable()
    if case.value.status is CheckStatus.FAILED:
        return failed(reason=case.value.reason)
    if case.value.status is CheckStatus.INDETERMINATE:
        return not_applicable()
    return passed()


@rule(
    "crypto.algorithm-supported",
    block=Block.CRYPTOGRAPHIC_VERIFICATION,
    cites=_CV,
    on_fail=SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
)
def algorithm_supported(case: Case) -> Result:
    """The value could be checked: the algorithm is known and the key fits it."""
    if not case.facts.supported or case.certificate is None:
        return not_applicable()
    if case.value is None:
        return indeterminate(reason="no signature value")
    if case.value.status is CheckStatus.INDETERMINATE:
        return indeterminate(reason=case.value.reason)
    return passed()


@rule(
    "crypto.encoding",
    block=Block.CRYPTOGRAPHIC_VERIFICATION,
    cites=(Citation("ITU-T X.690, 8.3"), Citation("XML Signature 1.1, 6.4.3")),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
def encoding(case: Case) -> Result:
    """Key and value are encoded as their standards ask; what is read all the same verifies, or it does not."""
    if case.value is None or case.value.status is not CheckStatus.PASSED:
        return not_applicable()
    return indeterminate(what=case.value.remark) if case.value.remark else passed()


@rule(
    "timestamp.imprint",
    block=Block.TIMESTAMP_VALIDATION,
    cites=(Citation("RFC 3161, 2.4.2"), Citation("ETSI EN 319 102-1 V1.4.1, 5.4.4")),
    on_fail=SubIndication.HASH_FAILURE,
)
def timestamp_imprint(case: Case) -> Result:
    """The imprint of the time-stamp is the digest of what it protects."""
    if case.role is not Role.TIMESTAMP or case.timestamp is None:
        return not_applicable()
    imprint = case.timestamp.imprint
    if imprint.computed is None:
        return indeterminate(SubIndication.SIGNED_DATA_NOT_FOUND, algorithm=imprint.algorithm)
    return passed(algorithm=imprint.algorithm) if imprint.matches else failed(algorithm=imprint.algorithm)


@rule(
    "timestamp.extended-key-usage",
    block=Block.TIMESTAMP_VALIDATION,
    cites=(Citation("RFC 3161, 2.3"),),
    on_fail=SubIndication.CHAIN_CONSTRAINTS_FAILURE,
)
def timestamp_key_usage(case: Case) -> Result:
    """The certificate of the time-stamp authority is for time-stamping alone: critical extended key usage."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    if case.role is not Role.TIMESTAMP or case.certificate is None:
        return not_applicable()
    try:
        found = case.certificate.x509.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError, x509.DuplicateExtension):
        return indeterminate()
    return passed() if found.critical and list(found.value) == [ExtendedKeyUsageOID.TIME_STAMPING] else indeterminate()


@rule(
    "timestamp.not-in-future",
    block=Block.TIMESTAMP_VALIDATION,
    cites=(Citation("ETSI EN 319 102-1 V1.4.1, 5.4.4"),),
    on_fail=SubIndication.TIMESTAMP_ORDER_FAILURE,
)
def timestamp_not_in_future(case: Case) -> Result:
    """The time of the time-stamp is not later than the validation time."""
    if case.role is not Role.TIMESTAMP or case.timestamp is None:
        return not_applicable()
    seconds = (case.timestamp.gen_time - case.at).total_seconds()
    return passed() if seconds <= case.policy.claimed_time_skew_seconds else indeterminate(seconds=int(seconds))
