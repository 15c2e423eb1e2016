"""Replies of services that are wrong, slow, silent or too large, to be given to :func:`vnsign.testing.servers.serve`.

``serve(pki, faults={"/vnsign/ocsp/public-ca": silent()})`` plays one; what an answer should have been is in ``serve`` itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from vnsign.testing.pki import TestPki
from vnsign.testing.servers import Reply

_OCSP, _CRL, _BUNDLE = "application/ocsp-response", "application/pkix-crl", "application/pkcs7-mime"


def silent(seconds: float = 30.0) -> Reply:
    """A service that takes the request and says nothing for so long."""
    return Reply(b"", delay=seconds)


def slow(reply: Reply, *, piece: int = 64, pause: float = 0.2) -> Reply:
    """A service that begins at once and sends a piece now and then: the first octets of a reply, again and again."""
    return Reply(reply.body[:piece], reply.media_type, repeat=1_000, pause=pause)


def huge(media_type: str = _CRL, *, megabytes: int = 4_096) -> Reply:
    """A service whose answer does not end."""
    return Reply(b"0" * (1 << 20), media_type, repeat=megabytes)


def redirect(to: str, status: int = 302) -> Reply:
    """A service that sends elsewhere."""
    return Reply(b"", "text/html", status, location=to)


def ocsp_error(status: str = "unauthorized") -> Reply:
    """An OCSP responder that gives no answer (RFC 6960, 4.2.1): ``unauthorized``, ``try_later``, ``internal_error``, ..."""
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp

    failed = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus[status.upper()])
    return Reply(failed.public_bytes(Encoding.DER), _OCSP)


def ocsp_answer(
    pki: TestPki,
    about: str,
    *,
    at: datetime,
    responder: str = "public-ocsp",
    unknown: bool = False,
    valid_for: timedelta = timedelta(days=7),
    nonce: bytes | None = None,
) -> Reply:
    """A signed OCSP answer that need not be the one that was asked for.

    Args:
        pki: the test PKI.
        about: the certificate in its certID, whichever was asked about; issued by ``public-ca``.
        at: producedAt and thisUpdate.
        responder: who signs it and comes with it; ``stranger`` is authorised by nobody.
        unknown: it says that it does not know the certificate.
        valid_for: until nextUpdate.
        nonce: in the answer, whatever the request had.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import ocsp

    signing = pki.credential(responder)
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=pki.certificate(about).x509,
            issuer=pki.certificate("public-ca").x509,
            algorithm=SHA256(),
            cert_status=ocsp.OCSPCertStatus.UNKNOWN if unknown else ocsp.OCSPCertStatus.GOOD,
            this_update=at,
            next_update=at + valid_for,
            revocation_time=None,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, signing.certificate.x509)
        .certificates([signing.certificate.x509])
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return Reply(builder.sign(signing.private_key, SHA256()).public_bytes(Encoding.DER), _OCSP)


def crl_answer(
    pki: TestPki, issuer: str, *, at: datetime, pem: bool = False, valid_for: timedelta = timedelta(days=7)
) -> Reply:
    """A CRL of any CA of the test PKI, in DER or PEM."""
    der = pki.crl(issuer, this_update=at, next_update=at + valid_for)
    return Reply(_pem(der, "X509 CRL") if pem else der, _CRL)


def certificates(pki: TestPki, names: Sequence[str], *, form: str = "p7b") -> Reply:
    """Certificates as CAs publish them: ``p7b`` (PKCS#7), ``p7b-pem``, ``pem``, or ``der`` (the first alone)."""
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    found = [pki.certificate(name) for name in names]
    if form == "der":
        return Reply(found[0].der, "application/pkix-cert")
    if form == "pem":
        return Reply(b"".join(_pem(item.der, "CERTIFICATE") for item in found), "application/x-pem-file")
    encoding = Encoding.PEM if form == "p7b-pem" else Encoding.DER
    return Reply(pkcs7.serialize_certificates([item.x509 for item in found], encoding), _BUNDLE)


def _pem(der: bytes, label: str) -> bytes:
    import base64

    return f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(der) + f"-----END {label}-----\n".encode()
