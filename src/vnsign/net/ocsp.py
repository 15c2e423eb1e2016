"""OCSP requests (RFC 6960, 4.1) and what is wrong with an answer, for people. The engine judges answers, not this module."""

from __future__ import annotations

import secrets

from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.net.http import FetchRequest
from vnsign.pki.der import children
from vnsign.pki.ocsp import ocsp_statement, read_ocsp
from vnsign.pki.profile import profile

_REQUEST, _RESPONSE = "application/ocsp-request", "application/ocsp-response"
_NONCE_OCTETS = 32


def build_request(certificate: Certificate, issuer: Certificate, *, nonce: bytes | None = None) -> bytes:
    """DER of an OCSPRequest for one certificate; its certID has SHA-1, which every responder knows (RFC 5019, 2.1.1).

    Args:
        certificate: the one asked about.
        issuer: its issuer.
        nonce: to be echoed (RFC 9654); ``None`` leaves it out, so that responders may answer with what they signed before.

    Raises:
        EvidenceError: a certificate that cannot be asked about.
    """
    import hashlib

    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp

    child, parent = profile(certificate), profile(issuer)
    if child is None or parent is None:
        raise EvidenceError("the certificate cannot be read", code="MALFORMED")
    *_, (_, bits, _) = children(parent.public_key_info)
    name, key = hashlib.sha1(child.issuer).digest(), hashlib.sha1(bits[1:]).digest()
    try:
        builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(name, key, child.serial_number, SHA1())  # noqa: S303
        if nonce is not None:
            builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
        return builder.build().public_bytes(Encoding.DER)
    except (ValueError, TypeError, OverflowError) as error:
        raise EvidenceError(f"the certificate's serial number cannot be asked about ({error})", code="MALFORMED") from error


def request_for(url: str, certificate: Certificate, issuer: Certificate, *, nonce: bytes | None) -> FetchRequest:
    """The POST that asks a responder. Errors are those of :func:`build_request`."""
    return FetchRequest.post(url, build_request(certificate, issuer, nonce=nonce), _REQUEST, accept=_RESPONSE)


def new_nonce() -> bytes:
    """32 random octets (RFC 9654, 2.1)."""
    return secrets.token_bytes(_NONCE_OCTETS)


def refusal(body: bytes, certificate: Certificate, issuer: Certificate, nonce: bytes | None) -> str:
    """Why an answer says nothing authentic of the certificate; ``""`` when it does.

    A nonce that was sent must not come back changed; one that does not come back is accepted (RFC 9654, 2.1).

    Not checked: freshness, what the answer says.
    """
    from cryptography.x509 import ocsp

    try:
        parsed = ocsp.load_der_ocsp_response(body)
        status = parsed.response_status
    except ValueError:
        return "what came back is no OCSP answer"
    if status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return f"the responder answered {status.name.lower()}"
    answer = read_ocsp(body)
    if answer is None:
        return "the OCSP answer cannot be read"
    if nonce is not None and _echo(parsed) not in (None, nonce):
        return "the OCSP answer is to another request"
    if ocsp_statement(answer, certificate, issuer) is None:
        return "the OCSP answer is about another certificate, or its responder is not authorised"
    return ""


def _echo(parsed: object) -> bytes | None:
    from cryptography import x509
    from cryptography.x509 import ocsp

    if not isinstance(parsed, ocsp.OCSPResponse):
        return None
    try:
        return parsed.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None
