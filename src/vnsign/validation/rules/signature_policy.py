"""The signature policy that the signer names (EN 319 102-1, 5.2.4.4)."""

from __future__ import annotations

from vnsign.model.verdict import SubIndication
from vnsign.validation.case import Case, Role
from vnsign.validation.registry import Block, Citation, Result, failed, indeterminate, not_applicable, passed, rule
from vnsign.validation.signature_policy import PolicyStatus, look_up

_CITES = (
    Citation("ETSI EN 319 102-1 V1.4.1, 5.2.4"),
    Citation("ETSI EN 319 132-1 V1.2.1, 5.2.9"),
    Citation("ETSI EN 319 122-1 V1.3.1, 5.2.9"),
)


@rule(
    "context.signature-policy",
    block=Block.CONTEXT_INITIALISATION,
    cites=_CITES,
    on_fail=SubIndication.SIGNATURE_POLICY_NOT_AVAILABLE,
)
def signature_policy(case: Case) -> Result:
    """The signer names no signature policy, leaves it implied, or names one of which the document is at hand."""
    if case.role is Role.TIMESTAMP or not case.facts.supported:
        return not_applicable()
    reference = case.facts.signature_policy
    found = look_up(reference, case.signature_policies)
    if reference is None or found.status in (PolicyStatus.NONE, PolicyStatus.HELD, PolicyStatus.WRONG):
        return not_applicable() if found.status is PolicyStatus.WRONG else passed()
    undecided = SubIndication.POLICY_PROCESSING_ERROR if found.status is PolicyStatus.UNDECIDED else None
    return indeterminate(undecided, policy=reference.identifier, found=found.detail)


@rule(
    "context.signature-policy-digest",
    block=Block.CONTEXT_INITIALISATION,
    cites=_CITES,
    on_fail=SubIndication.POLICY_PROCESSING_ERROR,
)
def signature_policy_digest(case: Case) -> Result:
    """The document of the signature policy has the digest that the signer gave, and the policy is named as it should be."""
    reference = case.facts.signature_policy
    if case.role is Role.TIMESTAMP or not case.facts.supported or reference is None:
        return not_applicable()
    found = look_up(reference, case.signature_policies)
    if found.status is PolicyStatus.HELD:
        return passed(policy=reference.identifier, algorithm=reference.algorithm)
    if found.status is PolicyStatus.WRONG:
        return failed(policy=reference.identifier or "?", found=found.detail)
    return not_applicable()
