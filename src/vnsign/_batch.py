"""Many documents with one authorisation: all are prepared, the signer is asked once, each is finished.

What is prepared waits on disk, so that thousands of documents take the memory of one.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnsign._sign import LIFETIME, Document, prepare, require_before_key, values
from vnsign.errors import SigningError, VnsignError
from vnsign.evidence.bundle import Evidence
from vnsign.evidence.sources import EvidenceSource, Question
from vnsign.formats.source import DocumentSource
from vnsign.model.certificate import Certificate
from vnsign.model.moment import utc
from vnsign.signing.fitness import check_fitness
from vnsign.signing.means import Means
from vnsign.signing.profile import Padding, SignatureLevel, level_of
from vnsign.signing.session import finish
from vnsign.signing.store import SessionStore
from vnsign.signing.timestamps import compared_with

if TYPE_CHECKING:
    from vnsign.signing.document import SignedDocument
    from vnsign.signing.kinds import Placement
    from vnsign.signing.session import SigningSession
    from vnsign.signing.signer import Signer

PlacementFor = Callable[[DocumentSource], "Placement | None"]


def _nowhere(_: DocumentSource) -> Placement | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How all documents of a batch are signed; see :func:`vnsign.sign` for each.

    Attributes:
        level: what is made.
        padding: of RSA signatures.
        digest: of the signatures.
        at: the claimed signing time; now where omitted.
        placement: gives the placement for a document.
        means: what the level needs, and what the certificate is checked with.
        lifetime: how long prepared documents may be finished.
        lint: profile that PDF documents are examined under; nothing is examined where omitted.
    """

    level: SignatureLevel | str = SignatureLevel.B
    padding: Padding | str = Padding.PKCS1V15
    digest: str = "sha256"
    at: datetime | None = None
    placement: PlacementFor = _nowhere
    means: Means = field(default_factory=Means)
    lifetime: timedelta = LIFETIME
    lint: str | None = None


@dataclass(frozen=True, slots=True)
class SignOutcome:
    """What became of one document: signed, or why not. The others go on.

    Attributes:
        name: of the document.
        document: the signed document; ``None`` where it failed.
        error: why; ``None`` where it is signed.
    """

    name: str
    document: SignedDocument | None = None
    error: VnsignError | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A prepared document of a batch.

    Attributes:
        name: of the document.
        session: name of its session in the store; empty where it could not be prepared.
        to_be_signed: the octets that the key signs.
        digest: their digest, for services that sign digests.
        algorithm: how the key must sign.
        error: why it could not be prepared.
    """

    name: str
    session: str = ""
    to_be_signed: bytes = field(default=b"", repr=False)
    digest: bytes = b""
    algorithm: Any = None
    error: VnsignError | None = None


def sign_many(
    documents: Iterable[Document], signer: Signer, terms: Terms, *, folder: Path | None = None
) -> Iterator[SignOutcome]:
    """Sign documents with one call of the signer, which is one authorisation by its holder.

    Args:
        documents: paths or bytes; read one at a time.
        signer: asked once, when all documents are prepared.
        terms: how all are signed.
        folder: for what waits in between; a temporary folder where omitted. It is emptied as documents are finished.

    Yields:
        One outcome for each document, in their order. Save or drop each before asking for the next.

    Raises:
        CertificateNotFitError, ConfigurationError, TimestampUnavailableError: before any document is read; the signer was not
            asked.
        SigningError: the signer failed; nothing was signed.
    """
    means = replace(terms.means, source=Remembering(terms.means.source))
    terms = replace(terms, means=means, lifetime=timedelta(days=1))
    with tempfile.TemporaryDirectory(prefix="vnsign-", dir=folder) as place:
        store = SessionStore(Path(place), secrets.token_bytes(32))
        waiting = tuple(prepare_many(documents, signer.certificate, store, terms, chain=signer.chain))
        ready = [item for item in waiting if item.session]
        found = values(signer, [item.to_be_signed for item in ready], ready[0].algorithm) if ready else ()
        given = dict(zip((item.session for item in ready), found, strict=True))
        now = datetime.now(UTC)
        moment = compared_with(now, None if terms.at is None else utc(terms.at))
        for item in waiting:
            if item.error is not None:
                yield SignOutcome(item.name, error=item.error)
            else:
                yield _finished(store, item.name, item.session, given[item.session], _Finish(means, now, moment))


def prepare_many(
    documents: Iterable[Document],
    certificate: Certificate,
    store: SessionStore,
    terms: Terms,
    *,
    chain: Sequence[Certificate] = (),
) -> Iterator[Waiting]:
    """The first step for many documents: each is prepared and stored, and says what is to be signed.

    Args:
        documents: paths or bytes; read one at a time.
        certificate: of the signer; checked once, before any document is read.
        store: where the sessions wait.
        terms: how all are signed.
        chain: issuers to be embedded.

    Yields:
        For each document its session, or why there is none.

    Raises:
        CertificateNotFitError, ConfigurationError, TimestampUnavailableError: the certificate, the level or its means.
    """
    level = level_of(terms.level)
    terms.means.require_for(level)
    moment = datetime.now(UTC) if terms.at is None else utc(terms.at)
    means = terms.means
    fitness = check_fitness(
        certificate, at=moment, chain=chain, trust=means.trust, evidence=means.evidence, source=means.source
    )
    terms = replace(terms, means=replace(means, evidence=fitness.evidence), at=terms.at)
    asked = False
    for document in documents:
        source = DocumentSource.of(document)
        try:
            session = _prepared(source, certificate, tuple(chain), terms)
            if not asked:
                require_before_key(session, terms.means)
                asked = True
            name = store.put(session)
        except VnsignError as error:
            if not asked and isinstance(error, SigningError) and error.code in ("STATUS_NEEDED", "TIMESTAMP_UNAVAILABLE"):
                raise  # true of all documents, not of this one
            yield Waiting(source.name, error=error)
            continue
        yield Waiting(source.name, name, session.to_be_signed, session.digest_to_be_signed, session.algorithm)


def finish_many(
    store: SessionStore, signature_values: Mapping[str, bytes], means: Means, *, at: datetime | None = None
) -> Iterator[SignOutcome]:
    """The second step for many documents.

    Args:
        store: where the sessions wait; each is used up when its document is finished, and waits again when it fails.
        signature_values: the raw value for each session by its name.
        means: what the level needs.
        at: the present moment, aware; now where omitted.

    Yields:
        One outcome for each value, in their order.
    """
    now = datetime.now(UTC) if at is None else utc(at)
    means = replace(means, source=Remembering(means.source))
    for session, value in signature_values.items():
        yield _finished(store, "", session, value, _Finish(means, now, now))


@dataclass(frozen=True, slots=True)
class _Finish:
    means: Means
    now: datetime
    compared: datetime | None
    """The moment that time-stamps must be near; ``None`` where the caller chose the signing time."""


def _prepared(source: DocumentSource, certificate: Certificate, chain: tuple[Certificate, ...], terms: Terms) -> SigningSession:
    return prepare(
        source,
        certificate,
        chain=chain,
        level=terms.level,
        placement=terms.placement(source),
        padding=terms.padding,
        digest=terms.digest,
        at=terms.at,
        trust=terms.means.trust,
        evidence=terms.means.evidence,
        password=terms.means.password,
        external=terms.means.external,
        lint=terms.lint,
        lifetime=terms.lifetime,
    )


def _finished(store: SessionStore, name: str, session: str, value: bytes, how: _Finish) -> SignOutcome:
    try:
        with store.taken(session, how.now) as found:
            return SignOutcome(found.name, finish(found, value, means=how.means, now=how.compared))
    except VnsignError as error:
        return SignOutcome(name or session, error=error)


class Remembering:
    """A source that keeps what it found, so that a thousand documents ask for one authority's CRL once."""

    def __init__(self, source: EvidenceSource) -> None:
        self._source = source
        self._found = Evidence()

    def gather(self, question: Question) -> Evidence:
        """What was found before, and what is still missing."""
        fresh = self._source.gather(replace(question, known=question.known | self._found))
        self._found |= fresh
        return self._found
