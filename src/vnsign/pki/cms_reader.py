"""From a SignedData to the facts of one signature, time-stamp tokens aside (``signed_data`` adds them)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from vnsign.crypto import algorithms, ber, digests, values
from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import (
    CertificateReference,
    DigestFacts,
    Problem,
    SignatureAlgorithm,
    SignatureFacts,
    SignatureFormat,
    SignatureKind,
    SignedValue,
    TimeSource,
)
from vnsign.model.limits import Limits
from vnsign.model.verdict import CheckStatus
from vnsign.pki import cms_attributes as attrs
from vnsign.pki import cms_signer
from vnsign.pki.cms_policy import signature_policy
from vnsign.pki.cms_structure import (
    ID_DATA,
    Attribute,
    NotSignedDataError,
    SignerInfo,
    Structure,
    read_attributes,
    read_signer_info,
    read_structure,
)

DetachedDigest = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a reader of CMS; see :func:`vnsign.pki.signed_data.read_signed_data`."""

    id: str
    kind: SignatureKind
    format: SignatureFormat
    detached_digest: DetachedDigest | None
    covers: str
    limits: Limits
    further: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read.

    Attributes:
        facts: the signature, without time-stamps.
        structure, signer: the structures behind it; ``None`` when it is malformed.
    """

    facts: SignatureFacts
    structure: Structure | None = None
    signer: SignerInfo | None = None


@dataclass(slots=True)
class _Notes:
    """Problems, each rule and parameters once, in the order seen."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, rule: str, **parameters: object) -> None:
        problem = Problem(rule, tuple((name, str(value)) for name, value in parameters.items()))
        if problem not in self.problems:
            self.problems.append(problem)


def read_cms(data: bytes, request: Request) -> Reading:
    """Read one CMS signature. Never raises for what the bytes are."""
    notes = _Notes()
    facts = SignatureFacts(id=request.id, kind=request.kind, format=request.format)
    if len(data) > request.limits.signature_bytes:
        notes.add("cms.over-limit", what="signature_bytes", found=len(data), limit=request.limits.signature_bytes)
        return Reading(_with(facts, notes))
    try:
        structure = read_structure(data)
        signer = _one_signer(structure, notes)
    except NotSignedDataError as error:
        notes.add("cms.not-signed-data", found=error.message)
        return Reading(_with(facts, notes))
    except EvidenceError as error:
        notes.add("cms.malformed", found=error.message)
        return Reading(_with(facts, notes))
    if structure.trailing:
        notes.add("cms.trailing-data", found=structure.trailing)
    certificates = _certificates(structure, signer, request.limits, notes)
    if signer is None:
        notes.add("cms.no-signer")
        return Reading(_with(facts, notes, certificates=certificates), structure)
    return Reading(_facts(structure, signer, certificates, request, notes), structure, signer)


def read_signer(structure: Structure, found: ber.Element, request: Request) -> Reading:
    """Read one SignerInfo of a structure that was read: one of several, or a counter-signature (RFC 5652, 11.4).

    For a counter-signature the structure's content is the value that it signs. Never raises for what the bytes are.
    """
    notes = _Notes()
    try:
        signer = read_signer_info(found)
    except EvidenceError as error:
        notes.add("cms.malformed", found=error.message)
        facts = SignatureFacts(id=request.id, kind=request.kind, format=request.format)
        return Reading(_with(facts, notes), structure)
    certificates = _certificates(structure, signer, request.limits, notes)
    return Reading(_facts(structure, signer, certificates, request, notes), structure, signer)


def _with(facts: SignatureFacts, notes: _Notes, **changes: object) -> SignatureFacts:
    return replace(facts, problems=tuple(notes.problems), **changes)  # type: ignore[arg-type]  # names checked by replace


def _one_signer(structure: Structure, notes: _Notes) -> SignerInfo | None:
    if len(structure.signers) > 1:
        notes.add("cms.several-signers", found=len(structure.signers))
    return read_signer_info(structure.signers[0]) if structure.signers else None


def _certificates(structure: Structure, signer: SignerInfo | None, limits: Limits, notes: _Notes) -> tuple[Certificate, ...]:
    found = list(structure.certificates)
    if signer is not None:
        try:
            found += attrs.certificate_values(signer.unsigned_attributes)
        except EvidenceError as error:
            notes.add("cms.unsigned-attribute-malformed", attribute="certificate-values", found=error.message)
    kept: dict[Certificate, None] = {}
    for item in found:
        size = item.stop - item.start
        if size > limits.certificate_bytes:
            notes.add("cms.over-limit", what="certificate_bytes", found=size, limit=limits.certificate_bytes)
            continue
        kept[Certificate(item.encoding)] = None
        if len(kept) > limits.certificates:
            notes.add("cms.over-limit", what="certificates", found=len(found), limit=limits.certificates)
            kept.popitem()
            break
    return tuple(kept)


def _facts(
    structure: Structure, signer: SignerInfo, certificates: tuple[Certificate, ...], request: Request, notes: _Notes
) -> SignatureFacts:
    signed = signer.signed_attributes or ()
    _check_structure(structure, signer, request, notes)
    algorithm = algorithms.from_cms_der(signer.signature_algorithm, signer.digest_algorithm)
    digest = _digest_algorithm(signer, notes)
    if algorithm.digest is not None and algorithm.digest != digest and algorithm.key != "unknown":
        notes.add("cms.digest-algorithm-mismatch", signer_info=digest, signature_algorithm=algorithm.digest)
    references = _references(signed, notes)
    computed = _content_digest(structure, request, digest)
    certificate = _signing_certificate(signer, (certificates, request.further), references, notes)
    encapsulated = structure.content if request.detached_digest is None else None
    value = _signed_value(encapsulated, signer, algorithm, (digest, computed), certificate)
    crls, ocsps = _revocation(structure, signer, request.limits, notes)
    claimed = _claimed_time(signed, notes)
    return SignatureFacts(
        id=request.id,
        kind=request.kind,
        format=request.format,
        level="B-B" if references else "",
        claimed_time=claimed,
        claimed_time_source=None if claimed is None else TimeSource.CMS_ATTRIBUTE,
        digests=_digests(structure, signer, digest, computed, request, certificate),
        signed_value=value,
        signing_certificate=certificate,
        certificate_references=references,
        certificates=certificates,
        crls=crls,
        ocsps=ocsps,
        problems=tuple(notes.problems),
        signature_policy=signature_policy(signed, signer.unsigned_attributes, request.limits),
    )


def _check_structure(structure: Structure, signer: SignerInfo, request: Request, notes: _Notes) -> None:
    """RFC 5652, 5.1, 5.3 and 11: which attributes there must be, how many, and what they say."""
    if request.detached_digest is not None and structure.content is not None:
        notes.add("cms.encapsulated-in-detached", found=len(structure.content))
    if signer.signed_attributes is None:
        if structure.content_type != ID_DATA:
            notes.add("cms.signed-attributes-missing", content_type=structure.content_type)
        elif structure.content is not None and _looks_like_attributes(structure.content):
            notes.add("cms.attributes-as-content")
        return
    signed = signer.signed_attributes
    for attribute, count in attrs.not_unique(signed):
        notes.add("cms.attribute-not-unique", attribute=attribute, found=count)
    if attrs.single(signed, attrs.MESSAGE_DIGEST) is None:
        notes.add("cms.message-digest-missing")
    try:
        _check_content_type(structure, signer, request, notes)
        if attrs.protection_mismatch(signed, signer.digest_algorithm, signer.signature_algorithm):
            notes.add("cms.algorithm-protection")
    except EvidenceError as error:
        notes.add("cms.malformed", found=error.message)


def _check_content_type(structure: Structure, signer: SignerInfo, request: Request, notes: _Notes) -> None:
    found = attrs.single(signer.signed_attributes or (), attrs.CONTENT_TYPE)
    if request.kind is SignatureKind.COUNTER_SIGNATURE:
        # It signs a value, which has no content type (RFC 5652, 11.4).
        if found is not None:
            notes.add("cms.counter-signature-content-type", found=ber.oid(found))
        return
    if found is None:
        notes.add("cms.content-type-missing")
    elif ber.oid(found) != structure.content_type:
        notes.add("cms.content-type-mismatch", found=ber.oid(found), expected=structure.content_type)


def _looks_like_attributes(content: bytes) -> bool:
    """Signed attributes passed off as content: a signature with attributes verifies over them as over a document."""
    try:
        found = read_attributes(ber.expect(ber.element(content), ber.SET, "attributes"))
    except EvidenceError:
        return False
    return any(item.oid == attrs.MESSAGE_DIGEST for item in found)


def _digest_algorithm(signer: SignerInfo, notes: _Notes) -> str:
    try:
        if algorithms.is_digest_alias(signer.digest_algorithm):
            notes.add("cms.malformed", found="a signature algorithm where a digest algorithm belongs")
        return algorithms.digest_name(signer.digest_algorithm)
    except EvidenceError as error:
        notes.add("cms.malformed", found=error.message)
        return "unknown"


def _references(signed: Sequence[Attribute], notes: _Notes) -> tuple[CertificateReference, ...]:
    try:
        return attrs.certificate_references(signed)
    except EvidenceError as error:
        notes.add("cms.malformed", found=error.message)
        return ()


def _content_digest(structure: Structure, request: Request, digest: str) -> bytes | None:
    if digest not in digests.SUPPORTED:
        return None
    if request.detached_digest is not None:
        return request.detached_digest(digest)
    return None if structure.content is None else digests.digest(digest, structure.content)


def _signing_certificate(
    signer: SignerInfo,
    sources: tuple[tuple[Certificate, ...], tuple[Certificate, ...]],
    references: tuple[CertificateReference, ...],
    notes: _Notes,
) -> Certificate | None:
    """The certificate that the identifier fits: embedded, else from further ones; among several, the one referenced."""
    embedded, further = sources
    found = cms_signer.candidates(signer, embedded) or cms_signer.candidates(signer, further)
    if len(found) < 2:
        return found[0] if found else None
    named = cms_signer.referenced(found, references)
    if len(named) != 1:
        notes.add("cms.signer-ambiguous", found=len(found))
    return named[0] if named else found[0]


def _signed_value(
    encapsulated: bytes | None,
    signer: SignerInfo,
    algorithm: SignatureAlgorithm,
    content: tuple[str, bytes | None],
    certificate: Certificate | None,
) -> SignedValue | None:
    """What was signed, with what. Where the structure leaves room for two readings, the one that verifies is meant."""
    digest, computed = content
    found: list[SignedValue] = []
    for option in _algorithm_options(algorithm, digest):
        if signer.signed_element is not None:
            found += (SignedValue(item, option, signer.value) for item in _attribute_options(signer.signed_element))
        elif encapsulated is not None:
            found.append(SignedValue(encapsulated, option, signer.value))
        elif computed is not None and option.digest == digest:
            found.append(SignedValue(b"", option, signer.value, prehashed=computed))
    if len(found) < 2 or certificate is None:
        return found[0] if found else None
    good = (item for item in found if values.verify_value(certificate, item).status is CheckStatus.PASSED)
    return next(good, found[0])


def _algorithm_options(algorithm: SignatureAlgorithm, digest: str) -> tuple[SignatureAlgorithm, ...]:
    """The algorithm; where it names another digest than the SignerInfo does, also with that one: some signers mean it."""
    if algorithm.digest in (None, digest) or algorithm.key not in ("rsa", "ecdsa", "dsa"):
        return (algorithm,)
    return algorithm, replace(algorithm, digest=digest)


def _attribute_options(found: ber.Element) -> tuple[bytes, ...]:
    """RFC 5652, 5.4: the DER of the attributes as a SET OF. Some signers sign what they wrote, out of order, instead."""
    written = bytes((ber.SET,)) + found.encoding[1:]
    try:
        return tuple(dict.fromkeys((ber.to_der(found, tag=ber.SET), written)))
    except EvidenceError:
        return (written,)


def _digests(
    structure: Structure,
    signer: SignerInfo,
    digest: str,
    computed: bytes | None,
    request: Request,
    certificate: Certificate | None,
) -> tuple[DigestFacts, ...]:
    size = len(structure.content) if request.detached_digest is None and structure.content is not None else None
    if signer.signed_attributes is None:
        expected = _recovered(signer, certificate, computed)
        return (DigestFacts("content", digest, expected, computed, request.covers, size=size),)
    found = attrs.single(signer.signed_attributes, attrs.MESSAGE_DIGEST)
    if found is None:
        return ()
    try:
        expected = ber.octet_string(found, "message-digest")
    except EvidenceError:
        expected = b""
    return (DigestFacts("message-digest", digest, expected, computed, request.covers, size=size),)


def _recovered(signer: SignerInfo, certificate: Certificate | None, computed: bytes | None) -> bytes:
    """The digest that was signed, where the value shows it (RSA PKCS#1 v1.5); else the one computed: the value decides."""
    key = None if certificate is None else values.public_key(certificate)
    found = None if key is None else values.recover_digest_info(key, signer.value)
    try:
        parts = ber.children(ber.element(found)) if found else []
        if len(parts) == 2:
            return ber.octet_string(parts[1], "digest")
    except EvidenceError:
        pass
    return computed or b""


def _claimed_time(signed: Sequence[Attribute], notes: _Notes) -> datetime | None:
    found = attrs.single(signed, attrs.SIGNING_TIME)
    if found is None:
        return None
    try:
        return attrs.read_time(found)
    except EvidenceError as error:
        notes.add("cms.signing-time-malformed", found=error.message)
        return None


def _revocation(
    structure: Structure, signer: SignerInfo, limits: Limits, notes: _Notes
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    found = attrs.RevocationValues()
    try:
        found = attrs.revocation_values(signer.signed_attributes or (), signer.unsigned_attributes)
    except EvidenceError as error:
        notes.add("cms.unsigned-attribute-malformed", attribute="revocation-values", found=error.message)
    crls = dict.fromkeys((*(item.encoding for item in structure.crls), *found.crls))
    ocsps = dict.fromkeys((*structure.ocsps, *found.ocsps))
    return _within(crls, limits.crl_bytes, "crl_bytes", notes), _within(ocsps, limits.ocsp_bytes, "ocsp_bytes", notes)


def _within(found: dict[bytes, None], limit: int, what: str, notes: _Notes) -> tuple[bytes, ...]:
    for item in found:
        if len(item) > limit:
            notes.add("cms.over-limit", what=what, found=len(item), limit=limit)
    return tuple(item for item in found if len(item) <= limit)
