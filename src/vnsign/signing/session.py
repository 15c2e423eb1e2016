"""Two-step signing: a value between "here is what to sign" and "here is the signature", storable between two requests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from vnsign.errors import ConfigurationError, SigningError
from vnsign.formats.appended import Appended
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm, SignedValue
from vnsign.model.moment import utc, vietnam_text
from vnsign.signing.document import SignedDocument
from vnsign.signing.fitness import SigningWarning
from vnsign.signing.kinds import embed, prepared_type
from vnsign.signing.means import Means
from vnsign.signing.profile import SignatureLevel
from vnsign.signing.selfcheck import Expected, check_signed
from vnsign.signing.timestamps import obtain_token, obtain_token_over
from vnsign.signing.value_check import checked_value

if TYPE_CHECKING:
    from vnsign.evidence.bundle import Evidence
    from vnsign.evidence.sources import EvidenceSource
    from vnsign.signing.kinds import Prepared
    from vnsign.signing.timestamps import TimestampAuthority
    from vnsign.trust.store import TrustStore

SCHEMA = "vnsign.session/2"


@dataclass(frozen=True, slots=True)
class SigningSession:
    """A document prepared for signing. Make it with :func:`vnsign.prepare`; it pickles, and :meth:`to_bytes` gives JSON.

    It holds the whole document: keep it on the server, under the user's session. Whoever can change a stored session can
    change what is signed: :class:`vnsign.signing.store.SessionStore` seals sessions and lets each be finished once.

    Attributes:
        prepared: the document with an unfinished signature.
        format: ``pdf``, ``xml``, ``cms`` or ``asic``.
        name: of the document, for people.
        certificate: whose key must sign.
        algorithm: how it must sign.
        level: what will be made.
        digest: digest of the signature and of the time-stamp's imprint.
        at: the claimed signing time.
        expires_at: after this moment it cannot be finished.
        earlier: what the earlier signatures of the document look like, which must not change.
        external: detached data of the signature, by URI or name.
        warnings: what the signer must be told before signing.
    """

    prepared: Prepared = field(repr=False)
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
    warnings: tuple[SigningWarning, ...] = ()

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
        trust: TrustStore | None = None,
        evidence: Evidence | None = None,
        source: EvidenceSource | None = None,
        at: datetime | None = None,
        password: str | None = None,
    ) -> SignedDocument:
        """Put the signature value in, raise the signature to its level, read the result back.

        Args:
            signature_value: the raw value over :attr:`to_be_signed`: not CMS, not hexadecimal, not base64. ECDSA as DER or
                as ``r || s``.
            timestamps: the time-stamping authority; needed above level B.
            trust: where paths end; needed for the levels LT and LTA.
            evidence: CRLs, OCSP answers, certificates for the levels LT and LTA.
            source: where more of it is sought.
            at: the present moment, aware; asked of the clock where omitted.
            password: opens an encrypted PDF.

        Raises:
            SigningError: the session has expired (``SESSION_EXPIRED``), the value does not verify
                (``SIGNATURE_VALUE_WRONG``; the message says what it seems to be instead), or material for level LT is missing.
            ConfigurationError: a level above B without authority, LT or LTA without trust store.
            TimestampUnavailableError: no usable token was had.
            SelfCheckError: the result does not hold.
        """
        # The one moment in a session's life that no caller has at hand: whether it has expired by now.
        now = datetime.now(UTC) if at is None else utc(at)
        self.require_open(now)
        means = Means.of(timestamps=timestamps, trust=trust, evidence=evidence, source=source, password=password)
        return finish(self, signature_value, means=means, now=now)

    def require_open(self, now: datetime) -> None:
        """Refuse a session whose time is over.

        Raises:
            SigningError: ``SESSION_EXPIRED``.
        """
        if now > self.expires_at:
            raise SigningError(
                f"the signing session expired at {vietnam_text(self.expires_at)}", code="SESSION_EXPIRED", hint="prepare anew"
            )

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
        "prepared": prepared_type(found["format"]),
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
        "warnings": tuple[SigningWarning, ...],
    }
    if found.pop("schema") != SCHEMA or set(found) != set(hints):
        raise ValueError("other fields")
    return {name: decode(hint, found[name]) for name, hint in hints.items()}


def finish(session: SigningSession, signature_value: bytes, *, means: Means, now: datetime | None) -> SignedDocument:
    """Finish a session, whatever its age. See :meth:`SigningSession.finish`.

    Args:
        session: to be finished.
        signature_value: the raw value.
        means: what the levels above B need.
        now: the present moment, which a time-stamp must be near; ``None``: it is not compared.
    """
    means.require_for(session.level)
    value = checked_value(
        session.certificate,
        SignedValue(session.to_be_signed, session.algorithm, signature_value),
        also=_mistakes(session),
    )
    data = _finished(session, value, replace(means, external=dict(session.external)), now)
    expected = Expected(session.signature_id, session.certificate, session.level, session.earlier)
    check_signed(data, session.format, expected, password=means.password, external=dict(session.external))
    detached = bool(session.external)
    return SignedDocument(data, session.name, session.signature_id, session.format, session.level, session.warnings, detached)


def _mistakes(session: SigningSession) -> Mapping[str, bytes]:
    digest = getattr(session.prepared, "message_digest", None)
    if digest is None:
        return {}
    return {"the digest of the document's byte ranges instead of the signed attributes": digest}


def _finished(session: SigningSession, value: bytes, means: Means, now: datetime | None) -> bytes | Appended:
    stamped = session.level.includes(SignatureLevel.T)
    if session.format == "pdf":
        update = _finished_pdf(session, value, means, now)
        if not session.level.includes(SignatureLevel.LT):
            return update
        data = update.join()
    else:
        data = embed(session.prepared, value, None)
        data = _timestamped(session, data, means, now) if stamped else data
    if session.level.includes(SignatureLevel.LT):
        from vnsign.signing.augment import raise_level

        return raise_level(data, session.format, session.signature_id, to=session.level, means=means, now=now)
    return data


def _finished_pdf(session: SigningSession, value: bytes, means: Means, now: datetime | None) -> Appended:
    """The time-stamp of a PDF signature has its room in the signature. The document, which may be large, is not copied."""
    from vnsign.formats.pdf.prepare import finish_pdf

    prepared: Any = session.prepared
    token = None
    if session.level.includes(SignatureLevel.T) and means.timestamps is not None:
        token = obtain_token(means.timestamps, value, algorithm=session.digest, now=now)
    return finish_pdf(prepared, value, token)


def _timestamped(session: SigningSession, data: bytes, means: Means, now: datetime | None) -> bytes:
    """The document with a signature time-stamp among the unsigned properties or attributes."""
    if means.timestamps is None:  # the level was checked; this says it to the reader of types
        return data
    if session.format == "xml":
        from vnsign.formats.xml.prepare import embed_timestamp_xml, timestamp_data

        prepared: Any = session.prepared
        token = obtain_token(means.timestamps, timestamp_data(data, prepared), algorithm=session.digest, now=now)
        return embed_timestamp_xml(data, prepared, token)
    module = import_module(f"vnsign.formats.{session.format}.augment")
    pending = module.begin_signature_timestamp(data, session.signature_id, digest=session.digest)
    token = obtain_token_over(means.timestamps, pending.imprint, algorithm=pending.digest, now=now)
    return bytes(pending.embed(token))
