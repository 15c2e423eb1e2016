"""The signature of a trusted list: one, enveloped, over the whole list, by a certificate named beforehand (TS 119 612, B.6)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from vnsign.crypto import digests
from vnsign.crypto.values import verify_value
from vnsign.errors import ConfigurationError, TrustStoreError
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.read import read_xml, signed_data
from vnsign.model.certificate import Certificate
from vnsign.model.facts import CoverageScope, DigestFacts, DigestRole, SignatureFacts, SignatureKind
from vnsign.model.limits import Limits
from vnsign.model.verdict import CheckStatus

_WEAK = frozenset({"md5", "sha1", "ripemd160"})
_CHANGED = "fetch the list again from its publisher; do not use this file"
_WRONG_FORM = "only a list in the form that TS 119 612 gives is used; ask its publisher"


@dataclass(frozen=True, slots=True)
class SignedList:
    """What was really signed, and by whom.

    Attributes:
        octets: the canonical bytes that the signature covers: the list is read from these alone.
        signer: the certificate, one of those named.
        sha256: of the whole file.
    """

    octets: bytes = field(repr=False)
    signer: Certificate
    sha256: str


def verify_list(data: bytes, pins: Collection[str], limits: Limits) -> SignedList:
    """Check the signature of a list.

    Args:
        data: the file.
        pins: SHA-256 (lower-case hexadecimal) of the certificates that may have signed it.
        limits: bounds on hostile input.

    Returns:
        The signed bytes and the signer.

    Raises:
        TrustStoreError: ``LIST_UNSIGNED``, ``LIST_SIGNATURES`` (more than one), ``LIST_SIGNATURE_FAULT`` (its structure; the
            rule is named), ``LIST_COVERAGE`` (not the whole list), ``LIST_CHANGED`` (a digest differs), ``LIST_ALGORITHM``
            (weak or unknown), ``LIST_SIGNER`` (none of those named), ``LIST_VALUE`` (the value does not verify).
        UnreadableDocumentError: not well-formed, or with a DOCTYPE. LimitExceededError: over a limit.

    Not checked: path, revocation and extensions of the signer's certificate: it is trusted as named.
    """
    source = DocumentSource("trusted list", data=data)
    facts = read_xml(source, limits=limits)
    if not facts.signatures:
        raise refused("LIST_UNSIGNED", "the list carries no signature", _CHANGED)
    if len(facts.signatures) > 1:
        raise refused("LIST_SIGNATURES", f"{len(facts.signatures)} signatures, a list has exactly one", _WRONG_FORM)
    signature = facts.signatures[0]
    covering = _covering(signature)
    signer = _signer(signature, pins)
    _check_value(signature, signer)
    return SignedList(_octets(source, signature, covering, limits), signer, facts.sha256)


def refused(code: str, message: str, hint: str = "") -> TrustStoreError:
    """The error for a list that is not used."""
    return TrustStoreError(message, code=code, hint=hint)


def _covering(signature: SignatureFacts) -> DigestFacts:
    """The one digest over the list, after every digest was found to match."""
    if signature.problems:
        first = signature.problems[0]
        told = ", ".join(f"{name} {value}" for name, value in first.parameters)
        raise refused("LIST_SIGNATURE_FAULT", f"the signature is faulty: {first.rule} ({told})", _WRONG_FORM)
    core = [item for item in signature.digests if item.role is not DigestRole.MANIFEST_ENTRY]
    for item in core:
        if item.computed is None:
            raise refused("LIST_SIGNATURE_FAULT", f"reference {item.name!r}: its data were not found", _WRONG_FORM)
        if not item.matches:
            raise refused("LIST_CHANGED", f"reference {item.name!r}: the list was changed after it was signed", _CHANGED)
    over = [item for item in core if item.role is DigestRole.DATA]
    whole = signature.kind is SignatureKind.SIGNATURE and signature.coverage is CoverageScope.WHOLE_DOCUMENT
    if not whole or len(over) != 1:
        raise refused("LIST_COVERAGE", "the signature does not cover the whole list with one reference", _WRONG_FORM)
    if over[0].algorithm in _WEAK or over[0].algorithm not in digests.SUPPORTED:
        raise refused("LIST_ALGORITHM", f"the list is digested with {over[0].algorithm}", _WRONG_FORM)
    return over[0]


def _signer(signature: SignatureFacts, pins: Collection[str]) -> Certificate:
    found = signature.signing_certificate
    if found is None:
        raise refused("LIST_SIGNER", "the signature names no certificate of its signer", _WRONG_FORM)
    if found.sha256 not in pins:
        raise refused(
            "LIST_SIGNER",
            f"signed by the certificate with SHA-256 {found.sha256}, which is none of those named",
            "compare it with what the scheme operator publishes; name it only when it was checked on another way",
        )
    references = signature.certificate_references
    if references and not any(_is_of(item.digest_algorithm, item.digest, found) for item in references):
        raise refused("LIST_SIGNER", "the signed reference to the signing certificate is to another one", _CHANGED)
    return found


def _is_of(algorithm: str, expected: bytes, certificate: Certificate) -> bool:
    try:
        return digests.digest(algorithm, certificate.der) == expected
    except ConfigurationError:
        return False


def _check_value(signature: SignatureFacts, signer: Certificate) -> None:
    signed = signature.signed_value
    if signed is None or signed.algorithm.digest in _WEAK:
        algorithm = "none" if signed is None else signed.algorithm.identifier
        raise refused("LIST_ALGORITHM", f"the signature algorithm is {algorithm}", _WRONG_FORM)
    result = verify_value(signer, signed)
    if result.status is CheckStatus.INDETERMINATE:
        raise refused("LIST_ALGORITHM", f"the signature value cannot be checked: {result.reason}", _WRONG_FORM)
    if result.status is not CheckStatus.PASSED:
        raise refused("LIST_VALUE", "the signature value does not verify under the signer's certificate", _CHANGED)


def _octets(source: DocumentSource, signature: SignatureFacts, covering: DigestFacts, limits: Limits) -> bytes:
    items = signed_data(source, limits=limits, signature_id=signature.id)
    found = [item.data for item in items if item.name == covering.name]
    if len(found) != 1 or digests.digest(covering.algorithm, found[0]) != covering.expected:
        raise refused("LIST_COVERAGE", "the signed bytes of the list cannot be told apart", _WRONG_FORM)
    return found[0]
