"""The claims of a signer as signed XAdES properties (EN 319 132-1, 5.2.3, 5.2.5, 5.2.6, 5.2.9)."""

from __future__ import annotations

import re
from html import escape

from vnsign.crypto import algorithms
from vnsign.errors import ConfigurationError
from vnsign.formats.xml.names import XADES_122
from vnsign.model.claims import Claims, Commitment, SignaturePolicy

_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_URI = re.compile(r"[!#-;=?-\[\]_a-z~%]+")
_COMMITMENTS = {
    Commitment.ORIGIN: "ProofOfOrigin",
    Commitment.RECEIPT: "ProofOfReceipt",
    Commitment.DELIVERY: "ProofOfDelivery",
    Commitment.SENDER: "ProofOfSender",
    Commitment.APPROVAL: "ProofOfApproval",
    Commitment.CREATION: "ProofOfCreation",
}
"""Their URIs are in the namespace of XAdES 1.2.2, also in signatures of 1.3.2 (TS 119 172-1, annex B)."""


def check_claims(claims: Claims) -> None:
    """Refuse claims that XML cannot say.

    Raises:
        ConfigurationError: ``BAD_CLAIM``: control characters, or a policy's address that is no URI;
            ``NO_ALGORITHM_IDENTIFIER``: a policy's digest that has no URI.
    """
    texts = (claims.city, claims.province, claims.postal_code, claims.country, *claims.roles)
    if any(_UNWRITABLE.search(text) for text in texts):
        raise ConfigurationError("a claim has control characters", code="BAD_CLAIM", hint="write it as one line of text")
    if claims.policy is not None:
        algorithms.digest_to_xml(claims.policy.digest)
        if claims.policy.uri and not _URI.fullmatch(claims.policy.uri):
            raise ConfigurationError(
                f"the address of the signature policy is no URI: {claims.policy.uri!r}"[:300],
                code="BAD_CLAIM",
                hint="percent-encode what is not ASCII",
            )


def signature_claims(claims: Claims, x: str, t: str, *, implied_policy: bool) -> str:
    """``SignaturePolicyIdentifier``, ``SignatureProductionPlaceV2``, ``SignerRoleV2``, in the order of the schema.

    Args:
        claims: what the signer says.
        x: prefix of XAdES names with its colon.
        t: prefix of XML-DSig names with its colon, or nothing.
        implied_policy: name a policy without saying which.
    """
    policy = ""
    if claims.policy is not None:
        policy = _policy(claims.policy, x, t)
    elif implied_policy:
        policy = f"<{x}SignaturePolicyIdentifier><{x}SignaturePolicyImplied/></{x}SignaturePolicyIdentifier>"
    return policy + _place(claims, x) + _roles(claims, x)


def commitments(claims: Claims, x: str) -> str:
    """A ``CommitmentTypeIndication`` for each commitment, over all signed data."""
    return "".join(
        f"<{x}CommitmentTypeIndication><{x}CommitmentTypeId><{x}Identifier>{XADES_122}{_COMMITMENTS[item]}</{x}Identifier>"
        f"</{x}CommitmentTypeId><{x}AllSignedDataObjects/></{x}CommitmentTypeIndication>"
        for item in dict.fromkeys(claims.commitments)
    )


def _policy(policy: SignaturePolicy, x: str, t: str) -> str:
    from vnsign.formats.xml.write_signature import base64_text

    address = f"<{x}SPURI>{escape(policy.uri, quote=False)}</{x}SPURI>"
    qualifiers = (
        f"<{x}SigPolicyQualifiers><{x}SigPolicyQualifier>{address}</{x}SigPolicyQualifier></{x}SigPolicyQualifiers>"
        if policy.uri
        else ""
    )
    return (
        f"<{x}SignaturePolicyIdentifier><{x}SignaturePolicyId><{x}SigPolicyId>"
        f'<{x}Identifier Qualifier="OIDAsURN">urn:oid:{policy.identifier}</{x}Identifier></{x}SigPolicyId>'
        f'<{x}SigPolicyHash><{t}DigestMethod Algorithm="{algorithms.digest_to_xml(policy.digest)}"/>'
        f"<{t}DigestValue>{base64_text(policy.value)}</{t}DigestValue></{x}SigPolicyHash>{qualifiers}"
        f"</{x}SignaturePolicyId></{x}SignaturePolicyIdentifier>"
    )


def _place(claims: Claims, x: str) -> str:
    parts = (
        ("City", claims.city),
        ("StateOrProvince", claims.province),
        ("PostalCode", claims.postal_code),
        ("CountryName", claims.country),
    )
    inside = "".join(f"<{x}{name}>{escape(text, quote=False)}</{x}{name}>" for name, text in parts if text)
    return f"<{x}SignatureProductionPlaceV2>{inside}</{x}SignatureProductionPlaceV2>" if inside else ""


def _roles(claims: Claims, x: str) -> str:
    inside = "".join(f"<{x}ClaimedRole>{escape(role, quote=False)}</{x}ClaimedRole>" for role in dict.fromkeys(claims.roles))
    return f"<{x}SignerRoleV2><{x}ClaimedRoles>{inside}</{x}ClaimedRoles></{x}SignerRoleV2>" if inside else ""
