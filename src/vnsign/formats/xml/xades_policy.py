"""The signature policy in XAdES: SignaturePolicyIdentifier and SignaturePolicyStore (EN 319 132-1, 5.2.9 and 5.2.10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vnsign.crypto.algorithms import digest_from_xml
from vnsign.formats.xml import names
from vnsign.formats.xml.faults import Fault
from vnsign.formats.xml.text import base64_of, text_of
from vnsign.model.limits import Limits
from vnsign.model.signature_policy import PolicyReference

_LONGEST_IDENTIFIER = 300
_LONGEST_DIGEST = 1024
_MOST_TRANSFORMS = 16


def read_policy(identifiers: Sequence[Any], stores: Sequence[Any], limits: Limits) -> PolicyReference | None:
    """The policy that a signature names, and the document that it carries of it.

    Never raises for what the elements are: ``fault`` says what is malformed. No address is followed.

    Args:
        identifiers: the ``SignaturePolicyIdentifier`` elements of the signed properties.
        stores: the ``SignaturePolicyStore`` elements of the unsigned properties: the word of anybody.
        limits: a stored document larger than ``signature_bytes`` is not read.

    Returns:
        ``None`` where no policy is named.
    """
    if not identifiers:
        return None
    if len(identifiers) > 1:
        return PolicyReference(fault=f"{len(identifiers)} SignaturePolicyIdentifier elements")
    explicit = identifiers[0].findall("{*}SignaturePolicyId")
    implied = identifiers[0].findall("{*}SignaturePolicyImplied")
    if len(explicit) + len(implied) != 1:
        return PolicyReference(fault="neither one SignaturePolicyId nor one SignaturePolicyImplied")
    if implied:
        return PolicyReference(implied=True)
    name = explicit[0].find("{*}SigPolicyId/{*}Identifier")
    identifier = "" if name is None else text_of(name)[:_LONGEST_IDENTIFIER]
    if not identifier:
        return PolicyReference(fault="SignaturePolicyId without Identifier")
    transforms = explicit[0].findall(f"{names.TRANSFORMS}/{names.TRANSFORM}")[:_MOST_TRANSFORMS]
    try:
        algorithm, digest = _hash(explicit[0])
        stored, fault = _stored(stores, limits), ""
    except Fault as found:
        algorithm, digest, stored, fault = "", b"", None, _said(found)
    uris = tuple(item.get("Algorithm") or "" for item in transforms)
    return PolicyReference(identifier, algorithm=algorithm, digest=digest, transforms=uris, stored=stored, fault=fault)


def _hash(explicit: Any) -> tuple[str, bytes]:
    found = explicit.find("{*}SigPolicyHash")
    if found is None:
        return "", b""
    method, value = found.find("{*}DigestMethod"), found.find("{*}DigestValue")
    if method is None or value is None:
        raise Fault("xml.qualifying-properties", found="SigPolicyHash without DigestMethod and DigestValue")
    uri = method.get("Algorithm") or ""
    return digest_from_xml(uri) or uri, base64_of(value, _LONGEST_DIGEST)


def _stored(stores: Sequence[Any], limits: Limits) -> bytes | None:
    documents = [item for store in stores for item in store.findall("{*}SignaturePolicyDocument")]
    return base64_of(documents[0], limits.signature_bytes) if documents else None


def _said(fault: Fault) -> str:
    return ", ".join(value for _, value in fault.problem.parameters)
