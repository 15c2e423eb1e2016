"""Two-step CMS signing: prepare, sign the octets elsewhere, finish. CAdES baseline B-B (EN 319 122-1, 6).

Between the steps stands one value, :class:`PreparedCms`, that can be stored and taken up by another process. A new file is
made, or one more signer or a counter-signature is put in a file that is there, of which no signed byte is changed.

Not checked here: whether the certificate may sign at that time, and who issued it; :mod:`vnsign.signing` does that first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from vnsign.crypto import ber, digests
from vnsign.crypto.values import public_key
from vnsign.errors import CertificateNotFitError, EvidenceError, SigningError, UnreadableDocumentError
from vnsign.formats.cms.edit import (
    COUNTER_SIGNATURE,
    add_unsigned,
    check_content,
    content_of,
    digest_of_pieces,
    open_document,
    path_of,
    signer_at,
    with_digest_algorithm,
    with_elements,
    with_signer,
)
from vnsign.formats.cms.frozen import check_attributes_open, check_fields_open, check_open
from vnsign.formats.cms.placement import CmsPlacement
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.model.limits import Limits
from vnsign.pki.cms_claims import claim_attributes, mime_type
from vnsign.pki.cms_structure import ID_DATA, read_signer_info
from vnsign.pki.cms_write import (
    Parts,
    Piece,
    attribute,
    message_digest_name,
    put_together,
    signed_attributes,
    signed_data,
    signer_info,
    signing_time,
)

_LIMITS = Limits()


class CmsKind(StrEnum):
    """What is made of the signature."""

    ATTACHED = "attached"
    DETACHED = "detached"
    PARALLEL = "parallel"
    COUNTER_SIGNATURE = "counter-signature"


@dataclass(frozen=True, slots=True)
class PreparedCms:
    """Everything of a CMS signature but its value. Bytes and text only: it pickles, and fits in JSON.

    Attributes:
        to_be_signed: DER of the signed attributes: what the key signs, after its own digest.
        document: the content to be encapsulated, or the CMS file that the signature is put in; empty for a new detached one.
        kind: a new file, attached or detached, or what is added to one.
        counter_signs: the signature that is counter-signed; empty for other kinds.
        message_digest: digest of the content or, for a counter-signature, of the value; not what the key signs.
        digest: name of that digest.
        algorithm: the signature algorithm.
        certificate: DER of the signing certificate.
        chain: DER of further certificates.
        signature_id: what the reader will name the signature.
    """

    to_be_signed: bytes
    document: bytes = field(repr=False)
    kind: CmsKind
    counter_signs: str
    message_digest: bytes
    digest: str
    algorithm: SignatureAlgorithm
    certificate: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    signature_id: str


def prepare_cms(  # noqa: PLR0913 - one value each, all but the first by name
    document: bytes,
    *,
    certificate: Certificate,
    chain: Sequence[Certificate] = (),
    algorithm: SignatureAlgorithm,
    placement: CmsPlacement,
    at: datetime,
    digest: str = "",
    content: bytes | None = None,
    limits: Limits = _LIMITS,
) -> PreparedCms:
    """Say what the key must sign.

    Args:
        document: what is signed, of any kind; for a further signer and for a counter-signature the CMS file.
        certificate: the signing certificate.
        chain: further certificates to embed.
        algorithm: signature algorithm; must fit the certificate's key.
        placement: form and place.
        at: claimed signing time, aware.
        digest: digest of the reference to the certificate; that of the message where empty.
        content: what a detached CMS file signs, for a further signer of it.
        limits: bounds on a CMS file.

    Returns:
        The value to finish with :func:`embed_cms`. The same arguments give the same value.

    Raises:
        UnreadableDocumentError: no CMS file where one is needed; LimitExceededError over a limit.
        ConfigurationError: ``at`` has no zone, or the algorithm or the policy cannot be written in CMS.
        CertificateNotFitError: the certificate's key is of another kind.
        SigningError: weak digest; no such signature; content missing or another one; an archive time-stamp that would break.
    """
    _check_algorithm(certificate, algorithm, digest)
    name = message_digest_name(algorithm)
    target = _target(document, placement, content, name, limits)
    further = [signing_time(at), *claim_attributes(placement.claims)]
    if placement.mime_type:
        further.append(mime_type(placement.mime_type))
    return PreparedCms(
        to_be_signed=signed_attributes(
            certificate,
            algorithm,
            target.digest,
            further=further,
            content_type=target.content_type,
            reference_digest=digest,
        ),
        document=b"" if target.kind is CmsKind.DETACHED else document,
        kind=target.kind,
        counter_signs=placement.counter_signs,
        message_digest=target.digest,
        digest=name,
        algorithm=algorithm,
        certificate=certificate.der,
        chain=tuple(item.der for item in chain),
        signature_id=target.signature_id,
    )


def embed_cms(prepared: PreparedCms, value: bytes) -> bytes:
    """Finish the CMS file with the signature value.

    Args:
        prepared: of :func:`prepare_cms`.
        value: the signature over ``prepared.to_be_signed``; ECDSA in DER. It is not verified here.

    Returns:
        DER of the ContentInfo. A file that was there keeps its elements as they were, and may stay BER.

    Raises:
        CertificateNotFitError: the certificate cannot be read.
        UnreadableDocumentError, SigningError: the file is not the one that was prepared.
    """
    certificate, chain = Certificate(prepared.certificate), [Certificate(der) for der in prepared.chain]
    if prepared.kind in (CmsKind.ATTACHED, CmsKind.DETACHED):
        return signed_data(
            prepared.to_be_signed,
            certificate=certificate,
            chain=chain,
            algorithm=prepared.algorithm,
            value=value,
            content=prepared.document if prepared.kind is CmsKind.ATTACHED else None,
        )
    signer = signer_info(prepared.to_be_signed, certificate=certificate, algorithm=prepared.algorithm, value=value)
    parts = with_digest_algorithm(open_document(prepared.document, _LIMITS), prepared.digest)
    parts = with_elements(parts, (prepared.certificate, *prepared.chain))
    if prepared.kind is CmsKind.COUNTER_SIGNATURE:
        added = attribute(COUNTER_SIGNATURE, signer)
        parts = with_signer(parts, path_of(prepared.counter_signs), lambda found: add_unsigned(found, added))
    else:
        parts = replace(parts, signers=(*parts.signers, signer))
    return put_together(parts)


@dataclass(frozen=True, slots=True)
class _Target:
    """What is signed: its digest and content type, and what the signature will be called."""

    digest: bytes
    content_type: str | None
    signature_id: str
    kind: CmsKind


def _target(document: bytes, placement: CmsPlacement, content: bytes | None, name: str, limits: Limits) -> _Target:
    if not placement.counter_signs and not placement.parallel:
        kind = CmsKind.DETACHED if placement.detached else CmsKind.ATTACHED
        return _Target(digests.digest(name, document), ID_DATA, "signer-1", kind)
    parts = open_document(document, limits)
    if not parts.signers:
        raise SigningError("the CMS file has no signers", code="NO_SUCH_SIGNATURE", hint="sign its content as any file")
    check_open(parts)
    check_fields_open(parts)
    try:
        if placement.counter_signs:
            return _counter_signed(parts, placement.counter_signs, name)
        return _further(parts, content, name)
    except EvidenceError as error:
        raise UnreadableDocumentError(f"a broken CMS file: {error.message}", code="CMS_MALFORMED") from error


def _counter_signed(parts: Parts, signature_id: str, name: str) -> _Target:
    path = path_of(signature_id)
    check_attributes_open(parts, path)
    signer = read_signer_info(ber.element(signer_at(parts, path)))
    count = sum(len(item.values) for item in signer.unsigned_attributes if item.oid == COUNTER_SIGNATURE)
    made = f"{signature_id}-counter-{count + 1}"
    return _Target(digests.digest(name, signer.value), None, made, CmsKind.COUNTER_SIGNATURE)


def _further(parts: Parts, content: bytes | None, name: str) -> _Target:
    """One more signer of the same content, which must be what the signers before have signed."""
    pieces = content_of(parts)
    if pieces is None and content is None:
        raise SigningError(
            "the CMS file is detached: a further signer signs its content, which was not given",
            code="CONTENT_NEEDED",
            hint="give the file that was signed",
        )
    there: tuple[Piece, ...] = (content or b"",) if pieces is None else pieces
    check_content(parts.signers, there)
    made = f"signer-{len(parts.signers) + 1}"
    return _Target(digest_of_pieces(name, there), parts.content_type, made, CmsKind.PARALLEL)


def _check_algorithm(certificate: Certificate, algorithm: SignatureAlgorithm, digest: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    used = {item for item in (algorithm.digest, algorithm.mgf_digest, digest) if item}
    if not used <= digests.FIT_FOR_SIGNING:
        raise SigningError(
            f"digest {', '.join(sorted(used - digests.FIT_FOR_SIGNING))} is not used for new signatures",
            code="WEAK_ALGORITHM",
            hint="use sha256, sha384 or sha512",
        )
    kinds = {"rsa": rsa.RSAPublicKey, "ecdsa": ec.EllipticCurvePublicKey, "ed25519": ed25519.Ed25519PublicKey}
    wanted = kinds.get(algorithm.key)
    if wanted is None or not isinstance(public_key(certificate), wanted):
        raise CertificateNotFitError(
            f"the certificate does not hold a key for {algorithm.key}",
            code="KEY_MISMATCH",
            hint="choose the algorithm that fits the signing certificate",
        )
