"""Two-step signing: a value between "here is what to sign" and "here is the signature", storable between two requests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vnsign.errors import ConfigurationError, SigningError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm, SignedValue
from vnsign.model.moment import utc, vietnam_text
from vnsign.signing.document import SignedDocument
from vnsign.signing.profile import SignatureLevel
from vnsign.signing.selfcheck import Expected, check_signed
from vnsign.signing.timestamps import TimestampAuthority, obtain_token
from vnsign.signing.value_check import checked_value

if TYPE_CHECKING:
    from vnsign.formats.pdf.prepare import PreparedPdf
    from vnsign.formats.xml.prepare import PreparedXml

SCHEMA = "vnsign.session/1"


@dataclass(frozen=True, slots=True)
class SigningSession:
    """A document prepared for signing. Make it with :func:`vnsign.prepare`; it pickles, and :meth:`to_bytes` gives JSON.

    It holds the whole document: keep it on the server, under the user's session. Whoever can change a stored session can
    change what is signed.

    Attributes:
        prepared: the document with an unfinished signature.
        format: ``pdf`` or ``xml``.
        name: of the document, for people.
        certificate: whose key must sign.
        algorithm: how it must sign.
        level: what will be made.
        digest: digest of the signature and of the time-stamp's imprint.
        at: the claimed signing time.
        expires_at: after this moment it cannot be finished.
        earlier: what the earlier signatures of the document look like, which must not change.
        external: external data of an XML signature, by URI.
    """

    prepared: PreparedPdf | PreparedXml = field(repr=False)
    format: str
    name: str
    certificate: Certificate
    algorithm: SignatureAlgorithm
    level: SignatureLevel
    digest: str
    at: datetime
    expires_at: datetime
    earlier: tuple[str, ...] = field(default=(), repr=False)
    external: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)

    @property
    def to_be_signed(self) -> bytes:
        """The octets that the key signs. A service that takes a digest is given ``digest_to_be_signed``."""
        return self.prepared.to_be_signed

    @property
    def digest_to_be_signed(self) -> bytes:
        """Digest of :attr:`to_be_signed`, for tokens and services that sign digests. Not for Ed25519."""
        return hashlib.new(self.digest, self.to_be_signed).digest()

    @property
    def signature_id(self) -> str:
        """Field name of a PDF, ``Id`` of an XML signature."""
        return str(getattr(self.prepared, "field_name", None) or getattr(self.prepared, "signature_id", ""))

    def finish(
        self,
        signature_value: bytes,
        *,
        timestamps: TimestampAuthority | None = None,
        at: datetime | None = None,
        password: str | None = None,
    ) -> SignedDocument:
        """Put the signature value in, add a time-stamp where the level asks for it, read the result back.

        Args:
            signature_value: the raw value over :attr:`to_be_signed`: not CMS, not hexadecimal, not base64. ECDSA as DER or
                as ``r || s``.
            timestamps: the time-stamping authority; needed for level T.
            at: the present moment, aware; asked of the clock where omitted.
            password: opens an encrypted PDF.

        Raises:
            SigningError: the session has expired (``SESSION_EXPIRED``), or the value does not verify
                (``SIGNATURE_VALUE_WRONG``; the message says what it seems to be instead).
            ConfigurationError: level T without authority.
            TimestampUnavailableError: no usable token was had.
            SelfCheckError: the result does not hold.
        """
        # The one moment in a session's life that no caller has at hand: whether it has expired by now.
        now = datetime.now(UTC) if at is None else utc(at)
        if now > self.expires_at:
            raise SigningError(
                f"the signing session expired at {vietnam_text(self.expires_at)}", code="SESSION_EXPIRED", hint="prepare anew"
            )
        return finish(self, signature_value, timestamps=timestamps, now=now, password=password)

    def to_bytes(self) -> bytes:
        """The session as JSON (UTF-8), for storage. It holds no secret."""
        from vnsign.signing.codec import encode

        return json.dumps({"schema": SCHEMA, **encode(self)}, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> SigningSession:
        """Read what :meth:`to_bytes` wrote.

        Raises:
            ConfigurationError: it is something else.
        """
        try:
            found = json.loads(data)
            return cls(**_decoded(found))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ConfigurationError(f"not a signing session: {error}", code="BAD_SESSION", hint="prepare anew") from error


def _decoded(found: dict[str, Any]) -> dict[str, Any]:
    from vnsign.signing.codec import decode

    hints: dict[str, Any] = {
        "prepared": _prepared_type(found["format"]),
        "format": str,
        "name": str,
        "certificate": Certificate,
        "algorithm": SignatureAlgorithm,
        "level": SignatureLevel,
        "digest": str,
        "at": datetime,
        "expires_at": datetime,
        "earlier": tuple[str, ...],
        "external": tuple[tuple[str, bytes], ...],
    }
    if found.pop("schema") != SCHEMA or set(found) != set(hints):
        raise ValueError("other fields")
    return {name: decode(hint, found[name]) for name, hint in hints.items()}


def _prepared_type(format_: object) -> type:
    if format_ == "pdf":
        from vnsign.formats.pdf.prepare import PreparedPdf

        return PreparedPdf
    if format_ == "xml":
        from vnsign.formats.xml.prepare import PreparedXml

        return PreparedXml
    raise ValueError("another format")


def finish(
    session: SigningSession,
    signature_value: bytes,
    *,
    timestamps: TimestampAuthority | None,
    now: datetime | None,
    password: str | None = None,
) -> SignedDocument:
    """Finish a session, whatever its age. See :meth:`SigningSession.finish`.

    Args:
        session: to be finished.
        signature_value: the raw value.
        timestamps: for level T.
        now: the present moment, which the time-stamp must be near; ``None``: it is not compared.
        password: opens an encrypted PDF.
    """
    require_authority(session.level, timestamps)
    value = checked_value(
        session.certificate,
        SignedValue(session.to_be_signed, session.algorithm, signature_value),
        also=_mistakes(session),
    )
    data = _embedded(session, value, timestamps if session.level is SignatureLevel.T else None, now)
    expected = Expected(session.signature_id, session.certificate, session.level, session.earlier)
    check_signed(data, session.format, expected, password=password, external=dict(session.external))
    return SignedDocument(data, session.name, session.signature_id, session.format, session.level)


def require_authority(level: SignatureLevel, timestamps: TimestampAuthority | None) -> None:
    """Refuse level T without a time-stamping authority.

    Raises:
        ConfigurationError: that.
    """
    if level is SignatureLevel.T and timestamps is None:
        raise ConfigurationError(
            "level T needs a time-stamping authority",
            code="NO_TIMESTAMP_AUTHORITY",
            hint="give timestamps=..., or sign with level B",
        )


def _mistakes(session: SigningSession) -> Mapping[str, bytes]:
    digest = getattr(session.prepared, "message_digest", None)
    if digest is None:
        return {}
    return {"the digest of the document's byte ranges instead of the signed attributes": digest}


def _embedded(session: SigningSession, value: bytes, timestamps: TimestampAuthority | None, now: datetime | None) -> bytes:
    from vnsign.formats.pdf.prepare import PreparedPdf

    prepared = session.prepared
    if isinstance(prepared, PreparedPdf):
        from vnsign.formats.pdf.prepare import embed_pdf

        token = None if timestamps is None else obtain_token(timestamps, value, algorithm=session.digest, now=now)
        return embed_pdf(prepared, value, token)
    from vnsign.formats.xml.prepare import embed_timestamp_xml, embed_xml, timestamp_data

    signed = embed_xml(prepared, value)
    if timestamps is None:
        return signed
    token = obtain_token(timestamps, timestamp_data(signed, prepared), algorithm=session.digest, now=now)
    return embed_timestamp_xml(signed, prepared, token)
