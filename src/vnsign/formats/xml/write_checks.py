"""What is refused before anything is written: weak algorithms, wrong keys, missing or ambiguous elements, broken neighbours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vnsign.crypto import digests
from vnsign.crypto.values import public_key
from vnsign.errors import CertificateNotFitError, EvidenceError, SigningError, TimestampUnavailableError
from vnsign.formats.xml import names
from vnsign.formats.xml.placement import XmlPlacement
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm, TimestampKind

if TYPE_CHECKING:
    from lxml import etree

    from vnsign.model.facts import DigestFacts, SignatureFacts
    from vnsign.model.limits import Limits

STRONG_DIGESTS = frozenset({"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"})
"""Digests that new signatures may use."""
_KEYS = frozenset({"rsa", "ecdsa", "ed25519", "ed448"})
_DIGESTED = frozenset({"rsa", "ecdsa"})
_MANY_REFERENCES = 256
_NO_DATA: Mapping[str, bytes] = MappingProxyType({})
_POINTER = re.compile(r"#xpointer\(id\((['\"])([^'\"]*)\1\)\)")


def writable_algorithm(certificate: Certificate, algorithm: SignatureAlgorithm, digest: str) -> SignatureAlgorithm:
    """The algorithm as XML-DSig writes it, after checking that it is strong and fits the certificate's key.

    Raises:
        SigningError: ``WEAK_ALGORITHM`` or ``XML_ALGORITHM``.
        CertificateNotFitError: the certificate's key is of another kind, or cannot be read.
    """
    used = {digest} | ({algorithm.digest} if algorithm.key in _DIGESTED else set())
    weak = [str(name) for name in used if name not in STRONG_DIGESTS]
    if weak:
        raise SigningError(
            f"digest {', '.join(weak)} is not used for new signatures",
            code="WEAK_ALGORITHM",
            hint="use sha256, sha384, sha512 or SHA-3",
        )
    if algorithm.key not in _KEYS:
        raise SigningError(f"no XML signature is made with {algorithm.key} keys", code="XML_ALGORITHM")
    found = key_kind(certificate)
    if found != algorithm.key:
        raise CertificateNotFitError(
            f"the certificate holds a key of kind {found}, the algorithm asks for {algorithm.key}",
            code="KEY_MISMATCH",
            hint="choose the algorithm that fits the signing certificate",
        )
    if algorithm.key == "ecdsa":
        return replace(algorithm, plain_ecdsa=True)
    if algorithm.padding == "pss":
        _check_pss(algorithm)
    return algorithm


def _check_pss(algorithm: SignatureAlgorithm) -> None:
    # The identifiers of RFC 9231, 2.3.10, fix the mask function's digest and a salt as long as the digest.
    size = digests.new(algorithm.digest or "").digest_size
    if algorithm.mgf_digest not in (None, algorithm.digest) or algorithm.salt_length not in (None, size):
        raise SigningError(
            "RSASSA-PSS in XML uses one digest throughout and a salt of its length",
            code="XML_ALGORITHM",
            hint=f"use MGF1 with {algorithm.digest} and a salt of {size} bytes",
        )


def key_kind(certificate: Certificate) -> str:
    """``rsa``, ``ecdsa``, ``ed25519``, ``ed448`` or ``unknown``.

    Raises:
        CertificateNotFitError: the certificate or its key cannot be read.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    key = public_key(certificate)
    if key is None:
        raise CertificateNotFitError("the signing certificate or its key cannot be read", code="CERT_UNREADABLE")
    kinds = ((rsa.RSAPublicKey, "rsa"), (ec.EllipticCurvePublicKey, "ecdsa"))
    edwards = ((ed25519.Ed25519PublicKey, "ed25519"), (ed448.Ed448PublicKey, "ed448"))
    return next((name for kind, name in (*kinds, *edwards) if isinstance(key, kind)), "unknown")


def target_of(root: etree._Element, uri: str, placement: XmlPlacement) -> etree._Element:
    """The element that a ``""`` or ``#id`` reference of the placement names.

    Raises:
        SigningError: ``XML_REFERENCE_NOT_FOUND`` or ``XML_DUPLICATE_ID``.
    """
    if not uri:
        return root
    attributes = (placement.id_attribute,) if placement.id_attribute else ("Id", "id", "ID")
    # Verifiers look in more attributes than the caller may have named: the identifier must be one for all of them.
    carriers = with_id(root, uri[1:], names.ID_NAMES)
    found = [element for element in carriers if any(element.get(name) == uri[1:] for name in attributes)]
    if not found:
        raise SigningError(
            f"no element has the identifier {uri[1:]!r}",
            code="XML_REFERENCE_NOT_FOUND",
            hint=f"the element to be signed carries it in the attribute {' or '.join(attributes)}",
        )
    if len(carriers) > 1:
        raise SigningError(
            f"several elements have the identifier {uri[1:]!r}",
            code="XML_DUPLICATE_ID",
            hint="identifiers must be unique: a verifier could take another element than the one signed",
        )
    return found[0]


def with_id(root: etree._Element, value: str, attributes: tuple[str, ...]) -> list[etree._Element]:
    """Elements with that value in one of the attributes (Clark names)."""
    found: Any = root.xpath("/descendant::*/@*[. = $value]", value=value)
    return list(dict.fromkeys(attribute.getparent() for attribute in found if attribute.attrname in attributes))


def check_new_ids(root: etree._Element, signature_id: str) -> None:
    """No identifier of the document is one that the signature brings.

    Raises:
        SigningError: ``XML_ID_COLLISION``.
    """
    found: Any = root.xpath(
        "/descendant::*/@*[. = $own or . = $time or starts-with(., $stem)]",
        own=signature_id,
        time=f"SigningTime-{signature_id}",
        stem=f"{signature_id}-",
    )
    if any(attribute.attrname in names.ID_NAMES for attribute in found):
        raise SigningError(
            f"the document has the identifier {signature_id!r} already, or one that begins with it",
            code="XML_ID_COLLISION",
            hint="give another signature_id",
        )


def is_within(element: etree._Element, target: etree._Element) -> bool:
    """Whether the element is the target or stands inside it."""
    return element is target or any(ancestor is target for ancestor in element.iterancestors())


def may_break(root: etree._Element, parent: etree._Element) -> bool:
    """Whether some signature of the document may cover the place where another is put in: a cheap first look."""
    if sum(1 for _ in root.iter(names.REFERENCE)) > _MANY_REFERENCES:
        return True  # each would be one more walk through the document; the reader that decides has its limits
    for signature in root.iter(names.SIGNATURE):
        inside = is_within(parent, signature)
        for reference in signature.iter(names.REFERENCE):
            enveloped = any(t.get("Algorithm") == names.ENVELOPED for t in reference.iter(names.TRANSFORM))
            if not (inside and enveloped) and any(is_within(parent, target) for target in _covered(root, reference)):
                return True
    return False


def _covered(root: etree._Element, reference: etree._Element) -> list[etree._Element]:
    uri = reference.get("URI")
    if uri in ("", "#xpointer(/)"):
        return [root]
    if not uri or not uri.startswith("#"):
        return []
    pointer = _POINTER.fullmatch(uri)
    return with_id(root, pointer[2] if pointer else uri[1:], names.ID_NAMES)


def check_neighbours(
    before: bytes, after: bytes, signature_id: str, limits: Limits, external: Mapping[str, bytes] = _NO_DATA
) -> None:
    """Every digest, signed octet and imprint of the earlier signatures is the same after something went in.

    Args:
        before: the document as it was.
        after: as it will be.
        signature_id: the new signature; empty for none.
        limits: bounds on both.
        external: detached data by URI.

    Raises:
        SigningError: ``XML_BREAKS_SIGNATURE``, naming the signature that would be broken.
    """
    from vnsign.formats.source import DocumentSource
    from vnsign.formats.xml.read import read_xml

    old = read_xml(DocumentSource("document", data=before), limits=limits, external=external).signatures
    new = [
        signature
        for signature in read_xml(DocumentSource("document", data=after), limits=limits, external=external).signatures
        if signature.id != signature_id
    ]
    for one, other in zip(old, new, strict=False):
        check_unharmed(one, other)
    if len(new) != len(old):
        raise _breaks("?")


def check_unharmed(before: SignatureFacts, after: SignatureFacts) -> None:
    """Every digest, signed octet and imprint of one signature is the same after something went in.

    Raises:
        SigningError: ``XML_BREAKS_SIGNATURE``.
    """
    if not _unharmed(before, after):
        raise _breaks(before.id)


def _unharmed(before: SignatureFacts, after: SignatureFacts) -> bool:
    if before.signed_value and (not after.signed_value or before.signed_value.signed_bytes != after.signed_value.signed_bytes):
        return False
    if len(before.digests) != len(after.digests):
        return False
    stamps = {item.id: item.imprint for item in after.timestamps}
    if any(item.imprint.matches and not _matches(stamps.get(item.id)) for item in before.timestamps):
        return False
    return all(new.matches or not old.matches for old, new in zip(before.digests, after.digests, strict=True))


def _matches(imprint: DigestFacts | None) -> bool:
    return imprint is not None and imprint.matches


def _breaks(identifier: str) -> SigningError:
    return SigningError(
        f"the signature {identifier!r} in the document covers the place of the new one and would be broken",
        code="XML_BREAKS_SIGNATURE",
        hint="put the new signature outside what is signed already, or sign elements by #id instead of the whole document",
    )


def check_token(token: bytes, computed: Callable[[str], bytes | None], limits: Limits) -> None:
    """The token is one, and over what it must be over.

    Args:
        token: DER.
        computed: digest of what it must protect, by algorithm name.
        limits: bounds on the token.

    Raises:
        TimestampUnavailableError: ``TIMESTAMP_MALFORMED``, ``TIMESTAMP_IMPRINT``. Its signature and its authority are not
            checked.
    """
    from vnsign.pki.tsp import read_token

    try:
        facts = read_token(
            token, id_="timestamp-1", kind=TimestampKind.OTHER, computed=computed, covers="the document", limits=limits
        )
    except EvidenceError as error:
        raise TimestampUnavailableError(f"no time-stamp token: {error.message}", code="TIMESTAMP_MALFORMED") from error
    if not facts.imprint.matches:
        raise TimestampUnavailableError(
            "the time-stamp token is over something else than was asked for",
            code="TIMESTAMP_IMPRINT",
            hint="ask the authority for a token over the imprint given",
        )
