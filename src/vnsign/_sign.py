"""The composition root of signing: detect, check the certificate, prepare, sign. Here, for signing, the time is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vnsign.errors import ConfigurationError, SignerUnavailableError, SigningError, VnsignError
from vnsign.evidence.bundle import Evidence
from vnsign.evidence.sources import EvidenceSource
from vnsign.formats.source import DocumentSource
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.model.moment import utc
from vnsign.pki.cms_write import message_digest_name
from vnsign.signing.document import SignedDocument
from vnsign.signing.fitness import check_fitness
from vnsign.signing.kinds import Work, draft, kind_of
from vnsign.signing.means import Means
from vnsign.signing.profile import Padding, SignatureLevel, choose_algorithm, level_of
from vnsign.signing.selfcheck import earlier_signatures
from vnsign.signing.session import SigningSession, finish
from vnsign.signing.signer import Signer
from vnsign.signing.timestamps import TimestampAuthority, check_reachable, compared_with

if TYPE_CHECKING:
    from vnsign.model.facts import SignatureAlgorithm
    from vnsign.signing.kinds import Placement
    from vnsign.trust.store import TrustStore

Document = bytes | Path | str | DocumentSource

LIFETIME = timedelta(minutes=30)
"""How long a prepared session may be finished where nothing else is said."""


def sign(  # noqa: PLR0913 - one value each, all but the first two by name
    document: Document,
    signer: Signer,
    *,
    level: SignatureLevel | str = SignatureLevel.B,
    timestamps: TimestampAuthority | None = None,
    placement: Placement | None = None,
    padding: Padding | str = Padding.PKCS1V15,
    digest: str = "sha256",
    at: datetime | None = None,
    trust: TrustStore | None = None,
    evidence: Evidence | None = None,
    source: EvidenceSource | None = None,
    password: str | None = None,
    external: Mapping[str, bytes] | None = None,
    lint: str | None = None,
) -> SignedDocument:
    """Sign a document: PDF as PAdES, XML as XAdES or XML-DSig, anything as CAdES or in an ASiC container.

    The certificate, its path and its revocation status are checked, and the time-stamping authority is asked whether it is
    there, before the signer is asked. The result is read back by this library and by an independent one before it is given.

    Args:
        document: bytes or a path. It is not changed.
        signer: holds certificate and key.
        level: B; T with a time-stamp; LT with the material to judge it later; LTA with a time-stamp over all of it.
        timestamps: the time-stamping authority; needed above level B.
        placement: format, field or place, form, texts; ``None``: an invisible field of a PDF, XAdES enveloped over the whole
            XML document.
        padding: of RSA signatures.
        digest: ``sha256``, ``sha384`` or ``sha512``. Ed25519 has its own.
        at: the claimed signing time, aware; now where omitted.
        trust: where the certificate's path must end; ``None``: only validity, usage and strength are checked. Needed for the
            levels LT and LTA.
        evidence: CRLs and OCSP answers that may speak against the certificate, and that are embedded from level LT on.
        source: where more evidence is sought (``vnsign.net.online.Online``); nowhere where omitted.
        password: opens an encrypted PDF.
        external: detached data of signatures that are in the document already.
        lint: profile that a PDF is examined under before the key is touched: ``standard``, ``strict`` or ``digitised``
            (:mod:`vnsign.formats.pdf.lint`); what it refuses is not signed. Nothing is examined where omitted.

    Returns:
        The signed document, in memory, with warnings of what could not be checked.

    Raises:
        UnreadableDocumentError: no document that can be read.
        ConfigurationError: a level without what it needs, a placement of another format, a moment without zone.
        CertificateNotFitError: the certificate may not sign at that time; the signer was not asked.
        SigningError: and its other kinds: the document forbids it, the signer or the authority failed, material is missing,
            the result does not hold. Nothing is produced then.
    """
    wanted = level_of(level)
    means = Means.of(timestamps=timestamps, trust=trust, evidence=evidence, source=source, password=password)
    means.require_for(wanted)
    session = prepare(
        document,
        signer.certificate,
        chain=signer.chain,
        level=wanted,
        placement=placement,
        padding=padding,
        digest=digest,
        at=at,
        trust=trust,
        evidence=evidence,
        source=source,
        password=password,
        external=external,
        lint=lint,
    )
    require_before_key(session, means)
    value = values(signer, (session.to_be_signed,), session.algorithm)[0]
    now = datetime.now(UTC)
    return finish(session, value, means=means, now=compared_with(now, None if at is None else session.at))


def prepare(  # noqa: PLR0913 - as above
    document: Document,
    certificate: Certificate,
    *,
    chain: Sequence[Certificate] = (),
    level: SignatureLevel | str = SignatureLevel.B,
    placement: Placement | None = None,
    padding: Padding | str = Padding.PKCS1V15,
    digest: str = "sha256",
    at: datetime | None = None,
    trust: TrustStore | None = None,
    evidence: Evidence | None = None,
    source: EvidenceSource | None = None,
    password: str | None = None,
    external: Mapping[str, bytes] | None = None,
    lint: str | None = None,
    lifetime: timedelta = LIFETIME,
) -> SigningSession:
    """The first step of signing with a key that is elsewhere: in a browser's token, a phone, a remote service.

    Args:
        document: bytes or a path.
        certificate: of the signer.
        chain: certificates of the issuers to be embedded.
        level: as for :func:`sign`, like all that follow but the last.
        placement: format, field or place.
        padding: of RSA signatures.
        digest: digest.
        at: the claimed signing time.
        trust: where the certificate's path must end.
        evidence: what may speak against the certificate.
        source: where more evidence is sought.
        password: opens an encrypted PDF.
        external: detached data of signatures that are in the document already.
        lint: profile that a PDF is examined under.
        lifetime: how long the session may be finished.

    Returns:
        A value with ``to_be_signed``, to be finished with the signature value, and with ``warnings``.

    Raises:
        UnreadableDocumentError, ConfigurationError, CertificateNotFitError, SigningError: as for :func:`sign`.
    """
    now = datetime.now(UTC)
    moment = (now if at is None else utc(at)).replace(microsecond=0)
    file = DocumentSource.of(document)
    data = file.read(Limits())
    kind = kind_of(data, placement)
    algorithm = choose_algorithm(certificate, digest=digest, padding=_padding(padding), plain_ecdsa=kind == "xml")
    fitness = check_fitness(certificate, at=moment, chain=chain, trust=trust, evidence=evidence, source=source)
    if lint is not None and kind == "pdf":
        _examine(data, lint, password)
    work = Work(
        data, file.name, certificate, tuple(chain), algorithm, moment, level_of(level), digest, password, dict(external or {})
    )
    made = draft(kind, work, placement)
    return SigningSession(
        prepared=made.prepared,
        format=kind,
        name=file.name,
        certificate=certificate,
        algorithm=algorithm,
        level=work.level,
        digest=digest if kind == "xml" else message_digest_name(algorithm),
        at=moment,
        expires_at=now + lifetime,
        earlier=() if made.facts is None else earlier_signatures(made.facts),
        external=made.external,
        warnings=fitness.warnings,
    )


def _examine(data: bytes, profile: str, password: str | None) -> None:
    """Refuse a PDF that its profile refuses: a signer must not sign what others will see otherwise.

    Raises:
        SigningError: ``PDF_LINT``. ConfigurationError: no such profile.
    """
    from vnsign.formats.pdf.lint import LintProfile, lint_pdf, refuse_findings

    try:
        chosen = LintProfile(profile)
    except ValueError:
        raise ConfigurationError(
            f"no profile {profile!r}", code="UNKNOWN_PROFILE", hint=f"one of {', '.join(LintProfile)}"
        ) from None
    refuse_findings(lint_pdf(data, profile=chosen, password=password))


def require_before_key(session: SigningSession, means: Means) -> None:
    """The last questions before a key is touched: is what the level needs there?

    Raises:
        TimestampUnavailableError: the time-stamping authority is not.
        SigningError: ``STATUS_NEEDED``: the level embeds the revocation status, and it could not be had.
    """
    unknown = next((item for item in session.warnings if item.code == "STATUS_NOT_KNOWN"), None)
    if session.level.includes(SignatureLevel.LT) and unknown is not None:
        raise SigningError(
            f"level {session.level} embeds the revocation status of the certificate: {unknown.message}",
            code="STATUS_NEEDED",
            hint="give evidence or a source of it, or sign with level T and raise the signature later",
        )
    if session.level.includes(SignatureLevel.T) and means.timestamps is not None:
        check_reachable(means.timestamps)


def _padding(padding: Padding | str) -> Padding:
    try:
        return Padding(padding)
    except ValueError:
        raise ConfigurationError(f"no RSA padding {padding!r}", code="PADDING_NOT_FOR_KEY", hint="pkcs1v15 or pss") from None


def values(signer: Signer, data: Sequence[bytes], algorithm: SignatureAlgorithm) -> tuple[bytes, ...]:
    """Ask the signer, once, for all values together.

    Raises:
        SigningError: as the signer says; SignerUnavailableError: whatever else it throws, or another number of values.
    """
    try:
        found = signer.sign(tuple(data), algorithm)
    except VnsignError:
        raise
    except Exception as error:
        # a signer is the caller's own object: what it throws must not end in a traceback, nor be tried again
        raise SignerUnavailableError(
            f"the signer failed: {type(error).__name__}: {error}", hint="nothing was signed"
        ) from error
    if len(found) != len(data):
        raise SignerUnavailableError(f"the signer gave {len(found)} values, {len(data)} were asked for")
    return tuple(bytes(item) for item in found)
