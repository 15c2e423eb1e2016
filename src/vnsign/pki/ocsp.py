"""OCSP answers (RFC 6960): what an answer says of one certificate, when its responder is authorised."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from vnsign.model.certificate import Certificate
from vnsign.pki.admission import issued_by, value_holds
from vnsign.pki.der import OCTET_STRING, children, content_of, encode, generalized_time
from vnsign.pki.names import same_name
from vnsign.pki.profile import OCSP_NO_CHECK, OCSP_SIGNING, Profile, profile
from vnsign.pki.statement import Said, Statement

_NONCE = x509.ObjectIdentifier("1.3.6.1.5.5.7.48.1.2")
_ARCHIVE_CUTOFF = x509.ObjectIdentifier("1.3.6.1.5.5.7.48.1.6")
_EXTENDED_REVOKE = x509.ObjectIdentifier("1.3.6.1.5.5.7.48.1.9")
_UNDERSTOOD = frozenset({_NONCE, _ARCHIVE_CUTOFF, _EXTENDED_REVOKE})
_RSA_PSS = x509.ObjectIdentifier("1.2.840.113549.1.1.10")
_BASIC_RESPONSE = bytes.fromhex("06092b0601050507300101")
_VERSION, _BY_NAME, _BY_KEY = 0xA0, 0xA1, 0xA2
_MAX_ANSWERS = 64
_MAX_RESPONDERS = 8


@dataclass(frozen=True, slots=True, eq=False)
class OcspAnswer:
    """A successful answer, read once. Compared by identity: the cache gives one for the same bytes.

    Attributes:
        der: DER of the OCSPResponse.
        parsed: the answer.
        certificates: certificates that came with it.
        produced_at: when it was signed, UTC.
        keeps_expired_since: of the extension archive cutoff.
    """

    der: bytes
    parsed: ocsp.OCSPResponse
    certificates: tuple[Certificate, ...]
    produced_at: datetime
    keeps_expired_since: datetime | None


@lru_cache(maxsize=256)
def read_ocsp(der: bytes) -> OcspAnswer | None:
    """Read an OCSP answer.

    Args:
        der: DER of an OCSPResponse, or of a BasicOCSPResponse as CMS and XAdES may carry it.

    Returns:
        The answer; ``None`` when it cannot be read, is not successful, or has a critical extension not understood.
    """
    for candidate in (der, *_wrapped(der)):
        try:
            answer = _read(candidate)
        # The door to foreign bytes; whatever is raised, the answer cannot be used.
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001
            answer = None
        if answer is not None:
            return answer
    return None


@lru_cache(maxsize=512)
def ocsp_statement(answer: OcspAnswer, certificate: Certificate, issuer: Certificate) -> Statement | None:
    """What an answer says of a certificate.

    The responder must be the issuer itself, or hold a certificate that the issuer's key signed with the extended key usage
    OCSPSigning, valid when the answer was produced (RFC 6960, 4.2.2.2). It must be the one that the answer names as its
    responder, by name or by key (4.2.2.3). The certID must match by name, key and serial.

    What is NOT checked: freshness at any moment; the revocation of a delegated responder (``Statement.responder``); a nonce.

    Returns:
        The statement, or ``None`` when the answer is not about this certificate or the responder is not authorised.
    """
    try:
        return _statement(answer, certificate, issuer)
    # The door to foreign bytes: parts are parsed when they are looked at.
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        return None


def _wrapped(der: bytes) -> tuple[bytes, ...]:
    # OCSPResponse starts with an ENUMERATED status, BasicOCSPResponse with a SEQUENCE.
    if len(der) < 8 or der[0] != 0x30:
        return ()
    inner = encode(0x04, der)
    return (encode(0x30, b"\x0a\x01\x00" + encode(0xA0, encode(0x30, _BASIC_RESPONSE + inner))),)


def _read(der: bytes) -> OcspAnswer | None:
    parsed = ocsp.load_der_ocsp_response(der)
    if parsed.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return None
    keeps = None
    for extension in (*parsed.extensions, *_single_extensions(parsed)):
        if extension.critical and extension.oid not in _UNDERSTOOD:
            return None
        if extension.oid == _ARCHIVE_CUTOFF and isinstance(extension.value, x509.UnrecognizedExtension):
            keeps = generalized_time(extension.value.value)
    certificates = tuple(Certificate(item.public_bytes(Encoding.DER)) for item in parsed.certificates[:_MAX_RESPONDERS])
    return OcspAnswer(der, parsed, certificates, parsed.produced_at_utc, keeps)


def _single_extensions(parsed: ocsp.OCSPResponse) -> tuple[x509.Extension[x509.ExtensionType], ...]:
    # The library shows them for an answer about one certificate only.
    count = sum(1 for _ in parsed.responses)
    return tuple(parsed.single_extensions) if count == 1 else ()


def _statement(answer: OcspAnswer, certificate: Certificate, issuer: Certificate) -> Statement | None:
    child, parent = profile(certificate), profile(issuer)
    if child is None or parent is None:
        return None
    single = next(_matching(answer, child, parent), None)
    if single is None:
        return None
    responder = _responder(answer, issuer)
    if responder is None:
        return None
    said, reason = _said(single)
    return Statement(
        source="ocsp",
        said=said,
        this_update=single.this_update_utc,
        next_update=single.next_update_utc,
        revoked_at=single.revocation_time_utc,
        reason=reason,
        keeps_expired_since=answer.keeps_expired_since,
        responder=None if responder == issuer or _is_exempt(responder) else responder,
        detail=f"OCSP answer of {single.this_update_utc.isoformat()}",
    )


def _matching(answer: OcspAnswer, child: Profile, parent: Profile) -> Iterator[ocsp.OCSPSingleResponse]:
    key = _key_bits(parent.public_key_info)
    for count, single in enumerate(answer.parsed.responses):
        if count >= _MAX_ANSWERS:
            return
        if single.serial_number != child.serial_number:
            continue
        name = single.hash_algorithm.name
        if (
            hashlib.new(name, child.issuer).digest() == single.issuer_name_hash
            and hashlib.new(name, key).digest() == single.issuer_key_hash
        ):
            yield single


def _key_bits(public_key_info: bytes) -> bytes:
    *_, (_, bits, _) = children(public_key_info)
    return bits[1:]


def _said(single: ocsp.OCSPSingleResponse) -> tuple[Said, str]:
    if single.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return "good", ""
    if single.certificate_status is not ocsp.OCSPCertStatus.REVOKED:
        return "unknown", ""
    reason = single.revocation_reason
    if reason is x509.ReasonFlags.certificate_hold:
        return "on-hold", reason.value
    return "revoked", reason.value if reason else ""


def _responder(answer: OcspAnswer, issuer: Certificate) -> Certificate | None:
    """The certificate whose key signed the answer, where it is authorised."""
    if _is_named(answer, issuer) and _signed_by(answer, issuer):
        return issuer
    for candidate in answer.certificates:
        if not _is_named(answer, candidate) or not _is_delegated(candidate, issuer, answer.produced_at):
            continue
        if _signed_by(answer, candidate):
            return candidate
    return None


def _is_named(answer: OcspAnswer, candidate: Certificate) -> bool:
    """Whether the answer's responderID is that of a certificate: its subject, or the SHA-1 of its key (4.2.1, 4.2.2.3)."""
    facts = profile(candidate)
    if facts is None:
        return False
    fields = children(answer.parsed.tbs_response_bytes)
    tag, content, _ = fields[1] if fields[0][0] == _VERSION else fields[0]
    if tag == _BY_NAME:
        return same_name(content, facts.subject)
    return tag == _BY_KEY and content_of(content, OCTET_STRING) == _sha1(_key_bits(facts.public_key_info))


def _sha1(data: bytes) -> bytes:
    # The one hash that the structure has for naming a key; nothing rests on it but the name.
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _is_delegated(candidate: Certificate, issuer: Certificate, produced_at: datetime) -> bool:
    facts = profile(candidate)
    if facts is None or not facts.digital_signature or not facts.valid_at(produced_at):
        return False
    return OCSP_SIGNING in facts.extended_key_usage and issued_by(candidate, issuer)


def _is_exempt(responder: Certificate) -> bool:
    """Whether the CA vouches for the responder for its whole life (id-pkix-ocsp-nocheck, RFC 6960, 4.2.2.2.1)."""
    facts = profile(responder)
    return facts is not None and OCSP_NO_CHECK in facts.extensions


def _signed_by(answer: OcspAnswer, responder: Certificate) -> bool:
    parsed = answer.parsed
    try:
        if parsed.signature_algorithm_oid == _RSA_PSS:
            return _signed_with_pss(answer, responder)
        key = responder.x509.public_key()
        return value_holds(key, parsed.signature, parsed.tbs_response_bytes, parsed.signature_hash_algorithm, None)
    # InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError: none of them is a signature that verifies.
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        return False


def _signed_with_pss(answer: OcspAnswer, responder: Certificate) -> bool:
    # cryptography does not show the parameters of PSS for OCSP answers.
    from asn1crypto import ocsp as tolerant
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    basic = tolerant.OCSPResponse.load(answer.der)["response_bytes"]["response"].parsed
    parameters = basic["signature_algorithm"]["parameters"]
    digest: hashes.HashAlgorithm = getattr(hashes, parameters["hash_algorithm"]["algorithm"].native.upper())()
    mask: hashes.HashAlgorithm = getattr(hashes, parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native.upper())()
    pss = padding.PSS(padding.MGF1(mask), parameters["salt_length"].native)
    parsed = answer.parsed
    return value_holds(responder.x509.public_key(), parsed.signature, parsed.tbs_response_bytes, digest, pss)
