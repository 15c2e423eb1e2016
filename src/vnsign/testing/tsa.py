"""A time-stamping authority (RFC 3161) in the same process, with a clock that can be set and lies that can be asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from vnsign.errors import ConfigurationError
from vnsign.model.moment import utc
from vnsign.testing.pki import TSA_POLICY, Credential, TestPki

Clock = Callable[[], datetime]

# By number: asn1crypto knows these names only where its tsp module was loaded before the first name was looked up.
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"


class Lie(StrEnum):
    """What the authority does wrong."""

    NONE = "none"
    WRONG_IMPRINT = "wrong-imprint"
    """The token is about other data."""
    WRONG_EKU = "wrong-eku"
    """Signed under a certificate that is not for time-stamping (RFC 3161, 2.3)."""
    EXPIRED = "expired"
    """Signed under a certificate that had expired."""
    BROKEN_SIGNATURE = "broken-signature"
    """The signature value is that of other attributes."""
    WRONG_NONCE = "wrong-nonce"
    """The nonce is not the request's; only seen by :meth:`SimulatedTsa.respond`."""
    REJECTION = "rejection"
    """The request is refused; only seen by :meth:`SimulatedTsa.respond`."""


def system_clock() -> datetime:
    """Now, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SimulatedTsa:
    """A time-stamping authority of the test PKI; it has the method of a signing ``TimestampAuthority``.

    Tokens are the same bytes each time for the same clock and imprint.

    Attributes:
        credential: certificate, chain and key (RSA) of the authority.
        clock: what time it is; aware.
        lie: what it does wrong.
    """

    credential: Credential
    clock: Clock = field(default=system_clock)
    lie: Lie = Lie.NONE

    @classmethod
    def of(cls, pki: TestPki, *, family: str = "public", clock: Clock = system_clock, lie: Lie = Lie.NONE) -> SimulatedTsa:
        """The authority of a family, ``public`` or ``government``.

        Raises:
            ConfigurationError: the lie needs a certificate that the family does not have.
        """
        suffix = f"-{lie}" if lie in {Lie.WRONG_EKU, Lie.EXPIRED} else ""
        return cls(pki.credential(f"{family}-tsa{suffix}"), clock, lie)

    def token(self, algorithm: str, imprint: bytes) -> bytes:
        """A time-stamp token over an imprint.

        Args:
            algorithm: digest of the imprint, ``sha256`` and the like.
            imprint: the digest.

        Returns:
            DER of the token (CMS ContentInfo).

        Raises:
            ConfigurationError: the imprint has not the digest's length.
        """
        if len(imprint) != hashlib.new(algorithm).digest_size:
            raise ConfigurationError(f"an imprint of {len(imprint)} bytes is no {algorithm}")
        return self._token(algorithm, imprint, nonce=None)

    def respond(self, request: bytes) -> bytes:
        """Answer a TimeStampReq; certificates are always embedded.

        Args:
            request: DER of the request.

        Returns:
            DER of the TimeStampResp: granted, or rejection with ``bad_data_format`` or ``bad_alg``.
        """
        from asn1crypto import tsp

        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            algorithm = asked["message_imprint"]["hash_algorithm"]["algorithm"].native
            imprint = asked["message_imprint"]["hashed_message"].native
            nonce = asked["nonce"].native
        except (ValueError, TypeError, KeyError):
            return _rejection("bad_data_format")
        if self.lie is Lie.REJECTION or algorithm not in hashlib.algorithms_available:
            return _rejection("bad_alg")
        if len(imprint) != hashlib.new(algorithm).digest_size:
            return _rejection("bad_data_format")
        if nonce is not None and self.lie is Lie.WRONG_NONCE:
            nonce += 1
        token = tsp.ContentInfo.load(self._token(algorithm, imprint, nonce=nonce))
        response = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})
        return bytes(response.dump())

    def _token(self, algorithm: str, imprint: bytes, *, nonce: int | None) -> bytes:
        moment = utc(self.clock()).replace(microsecond=0)
        if self.lie is Lie.WRONG_IMPRINT:
            imprint = hashlib.new(algorithm, b"something else").digest()
        serial = int.from_bytes(hashlib.sha256(imprint + moment.isoformat().encode()).digest()[:8], "big") or 1
        info = _tst_info(algorithm, imprint, moment, serial, nonce)
        return _signed(info, self.credential, moment, broken=self.lie is Lie.BROKEN_SIGNATURE)


def _tst_info(algorithm: str, imprint: bytes, moment: datetime, serial: int, nonce: int | None) -> bytes:
    from asn1crypto import tsp

    fields: dict[str, Any] = {
        "version": "v1",
        "policy": TSA_POLICY,
        "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": imprint},
        "serial_number": serial,
        "gen_time": moment,
        "accuracy": {"seconds": 1},
    }
    if nonce is not None:
        fields["nonce"] = nonce
    return bytes(tsp.TSTInfo(fields).dump())


def _signed(info: bytes, credential: Credential, moment: datetime, *, broken: bool) -> bytes:
    from asn1crypto import algos, cms, core, x509

    attributes = _attributes(info, credential, moment)
    to_be_signed = attributes.dump() + (b"\0" if broken else b"")
    certificate = x509.Certificate.load(credential.certificate.der)
    digest = algos.DigestAlgorithm({"algorithm": "sha256"})
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                name="issuer_and_serial_number",
                value={"issuer": certificate.issuer, "serial_number": certificate.serial_number},
            ),
            "digest_algorithm": digest,
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "rsassa_pkcs1v15"},
            "signature": _rsa(credential, to_be_signed),
        }
    )
    content = {"content_type": _TST_INFO, "content": core.ParsableOctetString(info)}
    embedded = [x509.Certificate.load(item.der) for item in (credential.certificate, *credential.chain[:-1])]
    signed_data = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [digest],
            "encap_content_info": content,
            "certificates": embedded,
            "signer_infos": [signer],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed_data}).dump())


def _attributes(info: bytes, credential: Credential, moment: datetime) -> Any:
    from asn1crypto import cms, tsp

    reference = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(credential.certificate.der).digest()}]})
    values = (
        ("content_type", _TST_INFO),
        ("signing_time", cms.Time({"utc_time": moment})),
        ("message_digest", hashlib.sha256(info).digest()),
        (_SIGNING_CERTIFICATE_V2, reference),
    )
    return cms.CMSAttributes([cms.CMSAttribute({"type": kind, "values": [value]}) for kind, value in values])


def _rsa(credential: Credential, data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = credential.private_key
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigurationError(f"{credential.name!r} is no RSA key", hint="the simulated authority signs with RSA")
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def _rejection(failure: str) -> bytes:
    from asn1crypto import core, tsp

    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {failure}, "status_string": [f"refused: {failure}"]})
    # asn1crypto's TimeStampResp cannot be without a token, which RFC 3161, 2.4.2 asks of a refusal.
    return bytes(core.Sequence(contents=status.dump()).dump())
