"""The signature policy in CMS attributes: signature-policy-identifier and signature-policy-store (EN 319 122-1)."""

from __future__ import annotations

from collections.abc import Sequence

from vnsign.crypto import algorithms, ber
from vnsign.crypto.ber import Element
from vnsign.errors import EvidenceError
from vnsign.model.limits import Limits
from vnsign.model.signature_policy import PolicyReference
from vnsign.pki.cms_attributes import SIGNATURE_POLICY, SIGNATURE_POLICY_STORE, values
from vnsign.pki.cms_structure import Attribute


def signature_policy(signed: Sequence[Attribute], unsigned: Sequence[Attribute], limits: Limits) -> PolicyReference | None:
    """The policy that a signer names (5.2.9.1) and the document that the signature carries of it (5.1.3 with 5.5.3).

    Never raises for what the attributes are: ``fault`` says what is malformed.

    Args:
        signed: signed attributes.
        unsigned: unsigned attributes; a store there is the word of anybody.
        limits: a stored document larger than ``signature_bytes`` is not read.

    Returns:
        ``None`` where no policy is named.
    """
    found = values(signed, SIGNATURE_POLICY)
    if not any(item.oid == SIGNATURE_POLICY for item in signed):
        return None
    if len(found) != 1:
        return PolicyReference(fault=f"{len(found)} signature policy identifiers")
    if found[0].tag == ber.NULL:
        return PolicyReference(implied=True)
    try:
        identifier, algorithm, digest = _explicit(found[0])
    except EvidenceError as error:
        return PolicyReference(fault=error.message)
    try:
        stored, fault = _stored(unsigned, limits), ""
    except EvidenceError as error:
        stored, fault = None, f"signature policy store: {error.message}"
    return PolicyReference(identifier, algorithm=algorithm, digest=digest, stored=stored, fault=fault)


def _explicit(found: Element) -> tuple[str, str, bytes]:
    """SignaturePolicyId: the identifier, then OtherHashAlgAndValue, which older forms may leave out."""
    fields = ber.children(ber.expect(found, ber.SEQUENCE, "SignaturePolicyId"))
    if not fields:
        raise ber.malformed("an empty SignaturePolicyId", found.start)
    identifier = ber.oid(fields[0])
    if len(fields) == 1:
        return identifier, "", b""
    hashed = ber.children(ber.expect(fields[1], ber.SEQUENCE, "SigPolicyHash"))
    if len(hashed) != 2:
        raise ber.malformed("a SigPolicyHash that is no pair of algorithm and value", fields[1].start)
    digest = ber.octet_string(hashed[1], "hashValue")
    # RFC 5126, 5.8.1: a value of zero says that the hash is not known.
    return identifier, algorithms.digest_name(hashed[0].encoding), digest if any(digest) else b""


def _stored(unsigned: Sequence[Attribute], limits: Limits) -> bytes | None:
    """The document of SignaturePolicyStore; a local address is not followed."""
    found = values(unsigned, SIGNATURE_POLICY_STORE)
    if not found:
        return None
    fields = ber.children(ber.expect(found[0], ber.SEQUENCE, "SignaturePolicyStore"))
    if len(fields) != 2:
        raise ber.malformed("no pair of specification and document", found[0].start)
    if fields[1].tag & ~0x20 != ber.OCTET_STRING:
        return None
    document = ber.octets(fields[1])
    if len(document) > limits.signature_bytes:
        raise ber.malformed(f"a document of {len(document)} bytes", fields[1].start)
    return document
