"""Whether the signature policy that a signer names is at hand: a document that has the digest of the signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from vnsign.crypto import ber, digests
from vnsign.errors import EvidenceError
from vnsign.model.signature_policy import PolicyDocument, PolicyReference


class PolicyStatus(StrEnum):
    """What came of looking for the document of a signature policy."""

    NONE = "none"
    HELD = "held"
    MISSING = "missing"
    UNDECIDED = "undecided"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """The status, and for all but NONE and HELD why, in technical English."""

    status: PolicyStatus
    detail: str = ""


def look_up(reference: PolicyReference | None, documents: Sequence[PolicyDocument]) -> PolicyResult:
    """Look for the document of a signature policy (EN 319 102-1, 5.2.4.4; EN 319 122-1, 5.2.9.1; EN 319 132-1, 5.2.9).

    Args:
        reference: what the signature names.
        documents: what the caller has. Those with an identifier count for that policy alone; the others where they have the
            digest.

    Returns:
        HELD where a document has the digest that the signer gave; WRONG where the reference is malformed, or a document said
        to be that of the policy has another digest.

    Not checked: what a policy demands (it is text for people, or data of forms that nothing here reads); qualifiers; the
    digest of a document after transforms, other than that of the fields of a policy in ASN.1. No address is followed.
    """
    if reference is None or reference.implied:
        return PolicyResult(PolicyStatus.NONE)
    if reference.fault:
        return PolicyResult(PolicyStatus.WRONG, reference.fault)
    named = [item.data for item in documents if item.belongs_to(reference.identifier)]
    if reference.stored is not None:
        named.append(reference.stored)
    others = [item.data for item in documents if not item.identifier]
    if not named and not others:
        return PolicyResult(PolicyStatus.MISSING, "no document of it is given")
    return _compared(reference, named, others)


def _compared(reference: PolicyReference, named: Sequence[bytes], others: Sequence[bytes]) -> PolicyResult:
    if not reference.digest:
        return PolicyResult(PolicyStatus.UNDECIDED, "the signature has no digest of its document")
    if reference.algorithm not in digests.SUPPORTED:
        return PolicyResult(PolicyStatus.UNDECIDED, f"digest algorithm {reference.algorithm} is not supported")
    if any(_has_digest(item, reference) for item in (*named, *others)):
        return PolicyResult(PolicyStatus.HELD)
    if not named:
        return PolicyResult(PolicyStatus.MISSING, f"none of the {len(others)} documents given has its digest")
    if reference.transforms:
        return PolicyResult(PolicyStatus.UNDECIDED, "its digest is that of a transformed document")
    return PolicyResult(PolicyStatus.WRONG, f"its document has another {reference.algorithm} digest")


def _has_digest(document: bytes, reference: PolicyReference) -> bool:
    forms = (document, _fields(document))
    return any(digests.digest(reference.algorithm, form) == reference.digest for form in forms if form)


def _fields(document: bytes) -> bytes:
    """What is digested of a policy in ASN.1 (TR 102 272): its algorithm and its information, without the outer header."""
    try:
        outer = ber.element(document)
        parts = ber.children(ber.expect(outer, ber.SEQUENCE, "SignaturePolicy"))
    except EvidenceError:
        return b""
    if outer.stop != len(document) or len(parts) not in (2, 3) or any(item.tag != ber.SEQUENCE for item in parts[:2]):
        return b""
    return parts[0].encoding + parts[1].encoding
