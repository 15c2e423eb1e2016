"""The CMS of a PDF signature (RFC 5652, EN 319 122-1, EN 319 142-1), DER throughout: the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vnsign.crypto import algorithms, digests
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm

if TYPE_CHECKING:
    from asn1crypto import algos

_MESSAGE_DIGEST_OF_EDWARDS = "sha512"


def message_digest_name(algorithm: SignatureAlgorithm) -> str:
    """The digest of the document: that of the algorithm, and SHA-512 for Ed25519 (RFC 8419, 3.1)."""
    return algorithm.digest or _MESSAGE_DIGEST_OF_EDWARDS


def signed_attributes(certificate: Certificate, algorithm: SignatureAlgorithm, message_digest: bytes) -> bytes:
    """DER of the ``SET OF`` signed attributes: what the key signs (RFC 5652, 5.4).

    Content type, message digest, signing-certificate-v2 (RFC 5035) and algorithm protection (RFC 6211). No signing-time
    attribute: PAdES forbids it, the claimed time is the dictionary's ``M`` (EN 319 142-1, 6.3).

    Args:
        certificate: the signing certificate, bound by its digest.
        algorithm: the signature algorithm.
        message_digest: digest of the byte ranges, by :func:`message_digest_name`.
    """
    from asn1crypto import cms

    values: list[tuple[str, Any]] = [
        ("content_type", "data"),
        ("message_digest", message_digest),
        ("signing_certificate_v2", _signing_certificate(certificate, message_digest_name(algorithm))),
        (
            "cms_algorithm_protection",
            cms.CMSAlgorithmProtection(
                {"digest_algorithm": _digest(algorithm), "signature_algorithm": algorithms.cms_identifier(algorithm)}
            ),
        ),
    ]
    attributes = cms.CMSAttributes([cms.CMSAttribute({"type": kind, "values": [value]}) for kind, value in values])
    return bytes(attributes.dump())


def signed_data(
    attributes: bytes,
    *,
    certificate: Certificate,
    chain: Sequence[Certificate],
    algorithm: SignatureAlgorithm,
    value: bytes,
    timestamp_token: bytes | None = None,
) -> bytes:
    """DER of the ContentInfo with detached SignedData (RFC 5652, 5.1).

    Args:
        attributes: of :func:`signed_attributes`.
        certificate: the signing certificate.
        chain: further certificates to carry, in any order.
        algorithm: the signature algorithm.
        value: the signature value.
        timestamp_token: signature-time-stamp, an unsigned attribute (EN 319 122-1, 5.3).
    """
    from asn1crypto import cms, x509

    leaf = x509.Certificate.load(certificate.der)
    signer: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            name="issuer_and_serial_number", value={"issuer": leaf.issuer, "serial_number": leaf.serial_number}
        ),
        "digest_algorithm": _digest(algorithm),
        "signed_attrs": cms.CMSAttributes.load(attributes),
        "signature_algorithm": algorithms.cms_identifier(algorithm),
        "signature": value,
    }
    if timestamp_token is not None:
        token = cms.ContentInfo.load(timestamp_token)
        signer["unsigned_attrs"] = cms.CMSAttributes(
            [cms.CMSAttribute({"type": "signature_time_stamp_token", "values": [token]})]
        )
    carried = dict.fromkeys((certificate, *chain))
    content = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [_digest(algorithm)],
            "encap_content_info": {"content_type": "data"},
            "certificates": [x509.Certificate.load(item.der) for item in carried],
            "signer_infos": [cms.SignerInfo(signer)],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": content}).dump())


def _digest(algorithm: SignatureAlgorithm) -> algos.DigestAlgorithm:
    from asn1crypto import algos

    return algos.DigestAlgorithm({"algorithm": message_digest_name(algorithm)})


def _signing_certificate(certificate: Certificate, digest: str) -> Any:
    from asn1crypto import tsp

    reference: dict[str, Any] = {"cert_hash": digests.digest(digest, certificate.der)}
    if digest != "sha256":  # DER leaves out what is the default
        reference["hash_algorithm"] = {"algorithm": digest}
    return tsp.SigningCertificateV2({"certs": [reference]})
