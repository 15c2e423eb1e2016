"""The material that proves a signature long after: chains and revocation data of its signer and of its time-stamps.

Paths are validated (RFC 5280, 6) for the signer and for every time-stamping authority, and of all evidence at hand only what
those paths rest on is kept, so that a document carries what it needs and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from vnsign.errors import SigningError
from vnsign.evidence.bundle import Evidence
from vnsign.evidence.sources import EvidenceSource, Question
from vnsign.formats.material import Material
from vnsign.model.certificate import Certificate
from vnsign.model.facts import DocumentFacts, SignatureFacts, SignatureKind, TimestampFacts, TimestampKind
from vnsign.model.limits import Limits
from vnsign.pki.identity import read_signer
from vnsign.pki.ocsp import ocsp_statement, read_ocsp
from vnsign.pki.path import PathResult, PathStatus, validate_path
from vnsign.pki.revocation import RevocationData, RevocationFacts, revocation_status
from vnsign.trust.store import Purpose, TrustStore

_NOT_HAD = (PathStatus.REVOCATION_UNKNOWN, PathStatus.REVOCATION_STALE)


@dataclass(frozen=True, slots=True)
class Subject:
    """A certificate whose path must be proved.

    Attributes:
        certificate: the certificate.
        whose: for people: ``signer`` or the id of a time-stamp.
        purpose: what it is trusted for.
        shown: when its use is shown to have happened at the latest; a certificate that has expired since was in force then.
        holders: signature and tokens whose certificates and data help.
    """

    certificate: Certificate
    whose: str
    purpose: Purpose
    shown: datetime | None
    holders: tuple[SignatureFacts, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """What could not be proved.

    Attributes:
        subject: whose path it is.
        certificate: the certificate of the path that the status is about.
        status: of the path.
        detail: for people who know the standard.
    """

    subject: Subject
    certificate: Certificate
    status: PathStatus
    detail: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """The material, and what it lacks."""

    material: Material
    missing: tuple[Missing, ...] = ()
    attempts: tuple[str, ...] = ()

    def require(self) -> Material:
        """The material, whole.

        Raises:
            SigningError: ``EVIDENCE_MISSING`` where a certificate's status is not known, ``NOT_WORTH_RAISING`` where a path is
                broken: a level that the material does not bear is never claimed.
        """
        if not self.missing:
            return self.material
        first = self.missing[0]
        name = read_signer(first.certificate).name or first.certificate.sha256[:16]
        asked = f" ({'; '.join(self.attempts[:3])})" if self.attempts else ""
        if first.status in _NOT_HAD:
            raise SigningError(
                f"the revocation status of {name!r}, of the {first.subject.whose}, is not at hand: {first.detail}{asked}",
                code="EVIDENCE_MISSING",
                hint="give CRLs or OCSP answers, or a source of them",
            )
        if first.status is PathStatus.NO_PATH:
            raise SigningError(
                f"no path from {name!r}, of the {first.subject.whose}, to a trust anchor: {first.detail}{asked}",
                code="EVIDENCE_MISSING",
                hint="give the certificates of the issuing authorities, or the right trust store",
            )
        raise SigningError(
            f"the path of {name!r}, of the {first.subject.whose}, is not valid ({first.status}): {first.detail}",
            code="NOT_WORTH_RAISING",
            hint="verify the document: material cannot mend a signature that does not hold",
        )


def gather_material(
    facts: DocumentFacts,
    signature_id: str | None,
    *,
    trust: TrustStore,
    source: EvidenceSource,
    evidence: Evidence,
    at: datetime,
    limits: Limits,
) -> Gathered:
    """Gather what proves a signature and its time-stamps.

    Args:
        facts: the document as read.
        signature_id: the signature; ``None``: all signatures and time-stamps of the document.
        trust: where paths must end.
        source: asked once for what the document and the caller do not have.
        evidence: the caller's.
        at: the present moment, aware. A certificate that is not in force any more is judged at the time that its own
            time-stamp shows.
        limits: bounds.

    Returns:
        The certificates of every path, its anchor included, with the CRLs and OCSP answers that clear them.

    Raises:
        SigningError: ``NO_SUCH_SIGNATURE``; ``NO_SIGNING_CERTIFICATE``.
    """
    subjects = tuple(_subjects(facts, signature_id))
    known = Evidence(facts.certificates, facts.crls, facts.ocsps) | evidence
    known |= source.gather(Question(facts, known, trust, at, limits))
    found, missing = _Collected(), []
    for subject in dict.fromkeys(subjects):
        lacks = _prove(subject, known, trust, at, limits, found)
        if lacks is not None:
            missing.append(lacks)
    material = Material(tuple(found.certificates), tuple(found.crls), tuple(found.ocsps))
    return Gathered(material, tuple(missing), tuple(str(item) for item in known.attempts if item.outcome == "failed"))


def stamps_of(facts: DocumentFacts, signature: SignatureFacts) -> tuple[TimestampFacts, ...]:
    """The time-stamps over a signature: its own, and those over the document that protect it."""
    others = (item.document_timestamp for item in facts.signatures if item.document_timestamp is not None)
    key = f"signature:{signature.id}"
    return (*signature.timestamps, *(stamp for stamp in others if key in stamp.protects))


def find_signature(facts: DocumentFacts, signature_id: str) -> SignatureFacts:
    """A signature by its id.

    Raises:
        SigningError: ``NO_SUCH_SIGNATURE``.
    """
    found = next((item for item in facts.signatures if item.id == signature_id), None)
    if found is None:
        names = ", ".join(item.id for item in facts.signatures) or "none"
        raise SigningError(
            f"the document has no signature {signature_id!r}", code="NO_SUCH_SIGNATURE", hint=f"it has {names}"[:300]
        )
    return found


def _subjects(facts: DocumentFacts, signature_id: str | None) -> Iterator[Subject]:
    chosen = facts.signatures if signature_id is None else (find_signature(facts, signature_id),)
    for signature in chosen:
        stamps = stamps_of(facts, signature)
        if signature.kind is not SignatureKind.DOCUMENT_TIMESTAMP:
            if signature.signing_certificate is None:
                raise SigningError(
                    f"the certificate of signature {signature.id!r} is not in the document",
                    code="NO_SIGNING_CERTIFICATE",
                    hint="it cannot be raised",
                )
            shown = min((item.gen_time for item in stamps if item.kind is not TimestampKind.CONTENT), default=None)
            yield Subject(signature.signing_certificate, "signer", Purpose.SIGNATURE, shown, (signature,))
        own = (signature.document_timestamp,) if signature.document_timestamp is not None else ()
        for stamp in (*stamps, *own):
            if stamp.token.signing_certificate is not None:
                holders = (stamp.token, signature)
                yield Subject(stamp.token.signing_certificate, stamp.id, Purpose.TIMESTAMP, stamp.gen_time, holders)


@dataclass(slots=True)
class _Collected:
    certificates: dict[bytes, None] = field(default_factory=dict)
    crls: dict[bytes, None] = field(default_factory=dict)
    ocsps: dict[bytes, None] = field(default_factory=dict)


def _prove(
    subject: Subject, known: Evidence, trust: TrustStore, at: datetime, limits: Limits, found: _Collected
) -> Missing | None:
    """Add what proves a path; what is missing where nothing does."""
    known = Evidence((), _all(subject.holders, "crls"), _all(subject.holders, "ocsps")) | known
    moments = (at,) if subject.shown is None or subject.shown >= at else (at, subject.shown)
    results = []
    for moment in moments:
        results.append(_path(subject, known, trust, moment, limits))
        if results[-1].status is PathStatus.VALID:
            _collect(results[-1], known, moment, limits, found)
            return None
    # Of a certificate that has ended since, the time that is shown says what is missing.
    told = results[-1] if results[0].status is PathStatus.EXPIRED else results[0]
    failing = told.chain[told.failing] if told.chain and told.failing is not None else subject.certificate
    return Missing(subject, failing, told.status, told.detail)


def _all(holders: Iterable[SignatureFacts], what: str) -> tuple[bytes, ...]:
    return tuple(item for holder in holders for item in getattr(holder, what))


def _path(subject: Subject, known: Evidence, trust: TrustStore, at: datetime, limits: Limits) -> PathResult:
    embedded = [item for holder in subject.holders for item in holder.certificates]
    return validate_path(
        subject.certificate,
        embedded=(*embedded, *known.certificates),
        intermediates=trust.intermediates,
        anchors=[item.certificate for item in trust.anchors_for(subject.purpose, subject.shown or at)],
        at=at,
        crls=known.crls,
        ocsps=known.ocsps,
        revocation_required=True,
        limits=limits,
    )


def _collect(result: PathResult, known: Evidence, at: datetime, limits: Limits, found: _Collected) -> None:
    found.certificates.update(dict.fromkeys(item.der for item in result.chain))
    for (certificate, issuer), facts in zip(pairwise(result.chain), result.revocation, strict=False):
        _take(certificate, issuer, facts, known, at, limits, found)


def _take(
    certificate: Certificate,
    issuer: Certificate,
    facts: RevocationFacts,
    known: Evidence,
    at: datetime,
    limits: Limits,
    found: _Collected,
) -> None:
    """The one CRL or OCSP answer that decided; with an answer, what clears its responder."""
    if facts.source == "crl":
        der = next((item for item in known.crls if _decides(certificate, issuer, facts, at, (item,), (), limits)), None)
        # A list signed with another key of the CA decides only beside that key's certificate: all of its moment are kept.
        kept = (der,) if der is not None else _of_moment(known.crls, facts, limits)
        found.crls.update(dict.fromkeys(kept))
        if der is None:
            found.certificates.update(dict.fromkeys(item.der for item in _same_subject(known.certificates, issuer)))
        return
    der = next((item for item in known.ocsps if _decides(certificate, issuer, facts, at, (), (item,), limits)), None)
    if der is None:
        return
    found.ocsps[der] = None
    _take_responder(certificate, issuer, der, known, at, limits, found)


def _decides(
    certificate: Certificate,
    issuer: Certificate,
    facts: RevocationFacts,
    at: datetime,
    crls: tuple[bytes, ...],
    ocsps: tuple[bytes, ...],
    limits: Limits,
) -> bool:
    alone = revocation_status(certificate, issuer, at, RevocationData.of(crls, ocsps, limits))
    return alone.status == facts.status and alone.this_update == facts.this_update


def _of_moment(crls: tuple[bytes, ...], facts: RevocationFacts, limits: Limits) -> tuple[bytes, ...]:
    read = ((der, RevocationData.of((der,), (), limits).crls) for der in crls)
    return tuple(der for der, lists in read if lists and lists[0].this_update == facts.this_update)


def _same_subject(certificates: Iterable[Certificate], issuer: Certificate) -> Iterator[Certificate]:
    for item in certificates:
        try:
            if item.x509.subject == issuer.x509.subject:
                yield item
        except ValueError:
            continue


def _take_responder(
    certificate: Certificate,
    issuer: Certificate,
    der: bytes,
    known: Evidence,
    at: datetime,
    limits: Limits,
    found: _Collected,
) -> None:
    """The CRL that clears a delegated responder which the CA did not exempt from being looked up (RFC 6960, 4.2.2.2.1)."""
    answer = read_ocsp(der)
    said = None if answer is None else ocsp_statement(answer, certificate, issuer)
    if said is None or said.responder is None:
        return
    found.certificates[said.responder.der] = None
    status = revocation_status(said.responder, issuer, at, RevocationData.of(known.crls, (), limits))
    if status.status == "good":
        _take(said.responder, issuer, status, known, at, limits, found)
