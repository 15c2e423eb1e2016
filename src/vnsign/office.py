"""What a clerk does with signed documents: issue them, copy them, take them in. Verifying and signing in one step.

By the national rules on administrative documents (Decree 30 of 2020): the agency signs what the competent person has signed
(Article 32(2)(d)), and copies that it makes; appendices inside the main file are not signed apart (Appendix I, part I,
II.8(b)); incoming documents are verified, and returned where they do not hold (Article 21(2)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from vnsign._sign import sign
from vnsign._verify import Verifier
from vnsign.errors import ConfigurationError, SigningError
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits
from vnsign.model.moment import VIETNAM, utc
from vnsign.model.report import DocumentReport, SignatureClass, SignatureReport
from vnsign.model.verdict import Indication, SubIndication
from vnsign.signing.appearance.place import place
from vnsign.signing.appearance.templates import AgencySeal, AttachmentMark, CopyMark, DigitisedIncoming
from vnsign.signing.profile import SignatureLevel
from vnsign.validation.rules.law import cite
from vnsign.validation.rules.vietnam_document import is_agency

if TYPE_CHECKING:
    from vnsign._verify import Document
    from vnsign.formats.pdf.placement import PdfPlacement
    from vnsign.formats.pdf.position import Position
    from vnsign.signing.document import SignedDocument
    from vnsign.signing.signer import Signer
    from vnsign.signing.timestamps import TimestampAuthority

_MAY_CLEAR_UP = frozenset({SubIndication.TRY_LATER})


class Decision(StrEnum):
    """What becomes of an incoming document."""

    ACCEPT = "accept"
    RETURN = "return"
    HOLD = "hold"
    """Not decided: something could not be had at that moment; to be verified again the same day."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The outcome of taking in a document (Article 21(2)).

    Attributes:
        name: of the document.
        sha256: of its bytes.
        decision: accept, return or hold.
        reasons: why not accepted: ``NO_SIGNATURE``, the error code of a document that cannot be read, or identifier,
            indication and sub-indication of each signature that did not pass.
        received_at: in Vietnam's zone.
        report: the verdicts.
    """

    name: str
    sha256: str
    decision: Decision
    reasons: tuple[str, ...]
    received_at: datetime
    report: DocumentReport

    @property
    def acknowledge_by(self) -> datetime:
        """The end of the day of receipt, by which receipt is to be acknowledged."""
        return self.received_at.replace(hour=23, minute=59, second=59, microsecond=0)


@dataclass(frozen=True, slots=True)
class Attachment:
    """An appendix of a document that is issued.

    Attributes:
        title: for people.
        document: the file; ``None``: the appendix is inside the main file and is covered by its signature.
    """

    title: str
    document: Document | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuing:
    """How the agency signs.

    Attributes:
        verifier: trust, policy and evidence, for the person's signature and for the agency's own certificate.
        level: of the signatures.
        timestamps: the time-stamping authority; needed above level B.
        placement: reason, place, claims of the signatures; where they go is not taken from it.
        person: identifier of the signature that is the competent person's, where its certificate is not one of the civil
            service or does not say that its holder is a person; the caller answers for it.
        at: claimed signing time of seals and appendices, and the time at which the person's signature is judged, aware; now
            where omitted. Copies and scans carry the time that their mark shows.
    """

    verifier: Verifier
    level: SignatureLevel | str = SignatureLevel.B
    timestamps: TimestampAuthority | None = None
    placement: PdfPlacement | None = None
    person: str = ""
    at: datetime | None = None


def require_person_first(
    document: Document, verifier: Verifier, *, person: str = "", at: datetime | None = None
) -> DocumentReport:
    """Require a valid signature of a civil servant in a document, and none that failed (Article 32(2)(d)).

    Not checked: whether that person is competent for this document.

    Args:
        document: bytes or a path.
        verifier: says what is valid.
        person: identifier of the person's signature, where the certificate does not say whose it is.
        at: the validation time, aware; now where omitted.

    Returns:
        The report.

    Raises:
        SigningError: ``PERSON_FIRST``, with what was found.
        UnreadableDocumentError: no document that can be read.
    """
    report = verifier.verify(document, at=at)
    failed = [item for item in report.signatures if item.indication is Indication.TOTAL_FAILED]
    people = [item for item in report.signatures if _is_person(item, person)]
    if not failed and any(item.indication is Indication.TOTAL_PASSED for item in people):
        return report
    shown = failed or people
    found = ", ".join(_verdict(item) for item in shown) if shown else "no signature of a person"
    raise SigningError(
        f"the agency signs what the competent person has validly signed ({cite('decree-30-2020', 'Article 32(2)(d)').text}); "
        f"found: {found}",
        code="PERSON_FIRST",
        hint="have the competent person sign first; a copy that the agency makes takes a template of copies",
    )


def issue(
    document: Document,
    signer: Signer,
    seal: AgencySeal,
    issuing: Issuing,
    *,
    position: Position | None = None,
    attachments: Sequence[Attachment] = (),
    number: str = "",
) -> tuple[SignedDocument, ...]:
    """Sign as the agency a document that its competent person has signed, and each appendix in a file of its own.

    Args:
        document: bytes or a path of the main PDF.
        signer: the agency's.
        seal: its picture; over a third of the person's signature, on its left, where ``position`` does not say otherwise.
        issuing: how it is signed.
        position: of the seal.
        attachments: the appendices. Those inside the main file get no signature of their own.
        number: number and symbol of the document, drawn on separate appendices.

    Returns:
        The main document, then the separate appendices in their order. Nothing where any of them could not be signed.

    Raises:
        SigningError: ``PERSON_FIRST``, and what placing and signing raise.
        ConfigurationError: separate appendices without ``number``, and what drawing raises.
        UnreadableDocumentError: a document cannot be read.
    """
    separate = [item.document for item in attachments if item.document is not None]
    if separate and not number:
        raise ConfigurationError("separate appendices show the document's number", code="USAGE", hint="give number=")
    main = _read(document)  # once: what is judged is what is signed
    require_person_first(main, issuing.verifier, person=issuing.person, at=issuing.at)
    marked = [_sign(main, signer, seal, issuing, position)]
    for appendix in separate:
        mark = AttachmentMark(number=number, at=issuing.at or datetime.now(UTC))
        marked.append(_sign(appendix, signer, mark, issuing, None))
    return tuple(marked)


def issue_copy(
    document: Document, signer: Signer, mark: CopyMark, issuing: Issuing, *, position: Position | None = None
) -> SignedDocument:
    """Sign as the agency a copy that it makes (sao y, sao lục, trích sao); no signature of a person is asked for.

    The claimed signing time is the one that the mark shows. Raises as :func:`issue` does, ``PERSON_FIRST`` aside.
    """
    return _sign(document, signer, mark, issuing, position)


def register_scan(
    document: Document, signer: Signer, mark: DigitisedIncoming, issuing: Issuing, *, position: Position | None = None
) -> SignedDocument:
    """Sign as the agency an incoming paper that it scanned.

    The claimed signing time is the one that the mark shows.

    Raises:
        SigningError: ``ALREADY_SIGNED``: an electronic document that its issuer signed is not signed again; and as
            :func:`issue`.
        ConfigurationError, UnreadableDocumentError: as :func:`issue`.
    """
    return _sign(document, signer, mark, issuing, position)


def intake(document: Document, verifier: Verifier, *, at: datetime | None = None, name: str | None = None) -> Receipt:
    """Verify all signatures of an incoming document and say whether it is accepted.

    Accepted is a document with at least one signature, all of them TOTAL-PASSED. One whose verdict waits for something that
    can be had later is held; every other one is returned. Not checked: whether the document is meant for this agency.

    Args:
        document: bytes or a path.
        verifier: says what is valid.
        at: when it was received, aware; now where omitted.
        name: for people.

    Raises:
        ConfigurationError: ``at`` has no zone.
    """
    moment = datetime.now(UTC) if at is None else utc(at)
    report = verifier.report(document, at=moment, name=name)
    if report.error is not None:
        decision, reasons = Decision.RETURN, [report.error.code]
    elif not report.signatures:
        decision, reasons = Decision.RETURN, ["NO_SIGNATURE"]
    else:
        bad = [item for item in report.signatures if item.indication is not Indication.TOTAL_PASSED]
        reasons = [_verdict(item) for item in bad]
        waiting = bool(bad) and all(item.sub_indication in _MAY_CLEAR_UP for item in bad)
        decision = Decision.HOLD if waiting else Decision.RETURN if bad else Decision.ACCEPT
    local = moment.astimezone(VIETNAM).replace(microsecond=0)
    return Receipt(report.name, report.sha256, decision, tuple(reasons), local, report)


def _is_person(report: SignatureReport, named: str) -> bool:
    if report.signer is None:
        return False
    if named:
        return report.id == named
    return report.signature_class is SignatureClass.CIVIL_SERVICE and is_agency(report.signer) is False


def _verdict(report: SignatureReport) -> str:
    name = report.signer.name if report.signer else "?"
    return f"{report.id} ({name}): {report.indication} {report.sub_indication or ''}".strip()


def _sign(
    document: Document,
    signer: Signer,
    mark: AgencySeal | AttachmentMark | CopyMark | DigitisedIncoming,
    issuing: Issuing,
    position: Position | None,
) -> SignedDocument:
    verifier = issuing.verifier
    source = _read(document)
    base = None if issuing.placement is None else replace(issuing.placement, field="", box=None)
    chosen = place(mark, source.read(Limits()), position=position, placement=base, password=verifier.password)
    return sign(
        source,
        signer,
        level=issuing.level,
        timestamps=issuing.timestamps,
        placement=chosen,
        trust=verifier.trust,
        evidence=verifier.evidence,
        source=verifier.source,
        password=verifier.password,
        at=issuing.at if isinstance(mark, AgencySeal) else mark.at,
    )


def _read(document: Document) -> DocumentSource:
    source = DocumentSource.of(document)
    return DocumentSource(source.name, data=source.read(Limits()))
