"""The composition root of signing: detect, check the certificate, prepare, sign. Here, for signing, the time is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vnsign.errors import ConfigurationError, SignerUnavailableError, VnsignError
from vnsign.evidence.bundle import Evidence
from vnsign.formats.detect import detect_signable
from vnsign.formats.source import DocumentSource
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.model.moment import utc
from vnsign.pki.cms_write import message_digest_name
from vnsign.signing.document import SignedDocument
from vnsign.signing.fitness import check_fitness
from vnsign.signing.profile import Padding, SignatureLevel, choose_algorithm, level_of
from vnsign.signing.selfcheck import earlier_signatures, read_facts
from vnsign.signing.session import SigningSession, finish, require_authority
from vnsign.signing.signer import Signer
from vnsign.signing.timestamps import TimestampAuthority

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vnsign.formats.pdf.placement import PdfPlacement
    from vnsign.formats.pdf.prepare import PreparedPdf
    from vnsign.formats.xml.placement import XmlPlacement
    from vnsign.formats.xml.prepare import PreparedXml
    from vnsign.model.facts import DocumentFacts, SignatureAlgorithm
    from vnsign.trust.store import TrustStore

    Placement = PdfPlacement | XmlPlacement

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
    password: str | None = None,
) -> SignedDocument:
    """Sign a PDF (PAdES) or XML document (XAdES, XML-DSig), format by content.

    The certificate is checked before the signer is asked, and the result is read back by this library and by an independent
    one before it is handed out.

    Args:
        document: bytes or a path. It is not changed.
        signer: holds certificate and key.
        level: B, or T with a time-stamp.
        timestamps: the time-stamping authority; needed for level T.
        placement: field or place, form, texts; ``None``: an invisible field, or XAdES enveloped over the whole document.
        padding: of RSA signatures.
        digest: ``sha256``, ``sha384`` or ``sha512``. Ed25519 has its own.
        at: the claimed signing time, aware; now where omitted.
        trust: where the certificate's path must end; ``None``: only validity, usage and strength are checked.
        evidence: CRLs and OCSP answers that may speak against the certificate.
        password: opens an encrypted PDF.

    Returns:
        The signed document, in memory.

    Raises:
        UnreadableDocumentError: no document that can be read.
        ConfigurationError: level T without ``timestamps``, a placement of the other format, a moment without zone.
        CertificateNotFitError: the certificate may not sign at that time; the signer was not asked.
        SigningError: and its other kinds: the document forbids it, the signer or the authority failed, the result does not
            hold. Nothing is produced then.
    """
    wanted = level_of(level)
    require_authority(wanted, timestamps)
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
        password=password,
    )
    value = _value(signer, session.to_be_signed, session.algorithm)
    # A time that the caller chose is not compared with the authority's clock.
    return finish(session, value, timestamps=timestamps, now=session.at if at is None else None, password=password)


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
    password: str | None = None,
    lifetime: timedelta = LIFETIME,
) -> SigningSession:
    """The first step of signing with a key that is elsewhere: in a browser's token, a phone, a remote service.

    Args:
        document: bytes or a path.
        certificate: of the signer.
        chain: certificates of the issuers to be embedded.
        level: as for :func:`sign`, like all that follow but the last.
        placement: field or place.
        padding: of RSA signatures.
        digest: digest.
        at: the claimed signing time.
        trust: where the certificate's path must end.
        evidence: what may speak against the certificate.
        password: opens an encrypted PDF.
        lifetime: how long the session may be finished.

    Returns:
        A value with ``to_be_signed``, to be finished with the signature value.

    Raises:
        UnreadableDocumentError, ConfigurationError, CertificateNotFitError, SigningError: as for :func:`sign`.
    """
    now = datetime.now(UTC)
    moment = (now if at is None else utc(at)).replace(microsecond=0)
    source = DocumentSource.of(document)
    data = source.read(Limits())
    format_ = _format(data, placement)
    algorithm = choose_algorithm(certificate, digest=digest, padding=_padding(padding), plain_ecdsa=format_ == "xml")
    check_fitness(certificate, at=moment, chain=chain, trust=trust, evidence=evidence)
    work = _Work(data, certificate, tuple(chain), algorithm, moment, level_of(level), digest, password)
    prepared, facts, external = _pdf(work, placement) if format_ == "pdf" else _xml(work, placement)
    return SigningSession(
        prepared=prepared,
        format=format_,
        name=source.name,
        certificate=certificate,
        algorithm=algorithm,
        level=work.level,
        digest=message_digest_name(algorithm) if format_ == "pdf" else digest,
        at=moment,
        expires_at=now + lifetime,
        earlier=() if facts is None else earlier_signatures(facts),
        external=external,
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """What both formats need to prepare a signature."""

    data: bytes
    certificate: Certificate
    chain: tuple[Certificate, ...]
    algorithm: SignatureAlgorithm
    at: datetime
    level: SignatureLevel
    digest: str
    password: str | None


_External = tuple[tuple[str, bytes], ...]


def _pdf(work: _Work, placement: Placement | None) -> tuple[PreparedPdf, DocumentFacts, _External]:
    from vnsign.formats.pdf.placement import PdfPlacement
    from vnsign.formats.pdf.prepare import prepare_pdf

    chosen = PdfPlacement() if placement is None else placement
    if not isinstance(chosen, PdfPlacement):
        raise _misplaced("a PDF", "PdfPlacement")
    facts = read_facts(work.data, "pdf", password=work.password)
    prepared = prepare_pdf(
        work.data,
        certificate=work.certificate,
        chain=work.chain,
        algorithm=work.algorithm,
        placement=chosen,
        at=work.at,
        with_timestamp=work.level is SignatureLevel.T,
        password=work.password,
    )
    return prepared, facts, ()


def _xml(work: _Work, placement: Placement | None) -> tuple[PreparedXml, DocumentFacts | None, _External]:
    from vnsign.formats.xml.placement import XmlForm, XmlPlacement
    from vnsign.formats.xml.prepare import prepare_xml

    chosen = XmlPlacement() if placement is None else placement
    if not isinstance(chosen, XmlPlacement):
        raise _misplaced("an XML document", "XmlPlacement")
    if work.level is SignatureLevel.T and chosen.form is not XmlForm.XADES:
        raise ConfigurationError(
            "a plain XML-DSig signature has no place for a time-stamp",
            code="XML_TIMESTAMP_FORM",
            hint="sign as XAdES, or level B",
        )
    facts = None if chosen.external else read_facts(work.data, "xml")
    prepared = prepare_xml(
        work.data,
        certificate=work.certificate,
        chain=work.chain,
        algorithm=work.algorithm,
        placement=chosen,
        at=work.at,
        digest=work.digest,
    )
    return prepared, facts, ((chosen.reference, work.data),) if chosen.external else ()


def _format(data: bytes, placement: Placement | None) -> str:
    """The format by content; detached XML signatures are over data of any kind."""
    if getattr(placement, "external", False):
        return "xml"
    return detect_signable(data[:1024])


def _padding(padding: Padding | str) -> Padding:
    try:
        return Padding(padding)
    except ValueError:
        raise ConfigurationError(f"no RSA padding {padding!r}", code="PADDING_NOT_FOR_KEY", hint="pkcs1v15 or pss") from None


def _misplaced(what: str, needed: str) -> ConfigurationError:
    return ConfigurationError(f"the document is {what}, the placement is not", code="PLACEMENT_FORMAT", hint=f"give a {needed}")


def _value(signer: Signer, data: bytes, algorithm: SignatureAlgorithm) -> bytes:
    """Ask the signer, once."""
    try:
        values = signer.sign((data,), algorithm)
    except VnsignError:
        raise
    except Exception as error:
        # a signer is the caller's own object: what it throws must not end in a traceback, nor be tried again
        raise SignerUnavailableError(
            f"the signer failed: {type(error).__name__}: {error}", hint="nothing was signed"
        ) from error
    if len(values) != 1:
        raise SignerUnavailableError(f"the signer gave {len(values)} values, one was asked for")
    return bytes(values[0])
