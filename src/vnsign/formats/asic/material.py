"""Validation material of a container: what is in it anywhere already, and how a token of its own receives more."""

from __future__ import annotations

from collections.abc import Iterator

from vnsign.errors import EvidenceError, LimitExceededError, UnreadableDocumentError
from vnsign.formats.asic.read import read_asic
from vnsign.formats.cms.edit import take_apart, with_elements
from vnsign.formats.material import Material
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import SignatureFacts
from vnsign.model.limits import Limits
from vnsign.pki.cms_write import ocsp_in_crls, put_together


def new_material(document: bytes, material: Material, limits: Limits) -> Material:
    """The part of the material that nothing in the container has: one copy serves all (EN 319 162-1, A.7).

    Raises:
        UnreadableDocumentError, LimitExceededError: as :func:`vnsign.formats.asic.read.read_asic`.
    """
    holders = list(_holders(read_asic(DocumentSource("document", data=document), limits=limits).signatures))
    certificates = {item.der for facts in holders for item in facts.certificates}
    crls = {item for facts in holders for item in facts.crls}
    ocsps = {item for facts in holders for item in facts.ocsps}
    return Material(
        tuple(item for item in dict.fromkeys(material.certificates) if item not in certificates),
        tuple(item for item in dict.fromkeys(material.crls) if item not in crls),
        tuple(item for item in dict.fromkeys(material.ocsps) if item not in ocsps),
    )


def _holders(signatures: tuple[SignatureFacts, ...]) -> Iterator[SignatureFacts]:
    for facts in signatures:
        yield facts
        stamps = facts.timestamps if facts.document_timestamp is None else (facts.document_timestamp,)
        for stamp in stamps:
            yield stamp.token


def add_to_token(token: bytes, material: Material, limits: Limits) -> bytes:
    """A token with material in the fields ``certificates`` and ``crls`` of its SignedData, which its signature is not over.

    Args:
        token: DER of the token.
        material: what is added; the same bytes come back where that is nothing.
        limits: that the result must keep.

    Raises:
        UnreadableDocumentError: no token. LimitExceededError: over a limit.
    """
    if material == Material():
        return token
    try:
        parts = take_apart(token)
        revocation = (*material.crls, *(ocsp_in_crls(item) for item in material.ocsps))
        made = put_together(with_elements(parts, material.certificates, revocation))
    except EvidenceError as error:
        raise UnreadableDocumentError(f"a broken time-stamp token: {error.message}", code="CMS_MALFORMED") from error
    if len(made) > limits.timestamp_bytes:
        raise LimitExceededError(
            f"the token would have {len(made)} bytes, at most {limits.timestamp_bytes} are read",
            hint="raise Limits.timestamp_bytes, or embed OCSP answers in the place of CRLs",
        )
    return made
