"""What a report of TS 119 102-2 says, as values: of one that was read, and of one of ours before it is written.

``read(render(report)) == said(report)``: that is how reading back is held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from vnsign.model.facts import SignatureKind
from vnsign.model.finding import Finding, Outcome, Severity
from vnsign.model.report import BestTimeSource, DocumentReport, SignatureReport, TimestampReport
from vnsign.model.verdict import CheckStatus, Indication, SubIndication
from vnsign.report.etsi import identifiers, names
from vnsign.report.etsi.text import clean

SIGNATURES = (SignatureKind.SIGNATURE, SignatureKind.COUNTER_SIGNATURE)
"""What gets a signature validation report; time-stamps and evidence records are validation objects."""


@dataclass(frozen=True, slots=True)
class Status:
    """An indication in the words of EN 319 102-1; what is not the standard's stands as the URI it is.

    Attributes:
        indication: ``TOTAL-PASSED`` for signatures, ``PASSED`` for time-stamps and constraints, and so on; ``""`` where none is
            given.
        sub_indications: none or more.
    """

    indication: str
    sub_indications: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint that was looked at. ``status`` is ``None`` where it was not applied."""

    uri: str
    status: Status | None


@dataclass(frozen=True, slots=True)
class SaidTimestamp:
    """A time-stamp or evidence record among the validation objects. ``time`` is its own, ``None`` for evidence records."""

    id: str
    status: Status
    time: datetime | None


@dataclass(frozen=True, slots=True)
class SaidSignature:
    """One signature.

    Attributes:
        id: the driving application's identifier: ours is the id of the signature report.
        best_signature_time: ``None`` where the report gives no times.
        proved_by: id of the time-stamp that proves that time, ``""`` for none.
        claimed_time: the signing time among the signature's attributes.
        certificate_sha256: of the signer's certificate, ``""`` where not known.
        chain: SHA-256 of the certificates of the path, signing certificate first, as far as known.
    """

    id: str
    status: Status
    policy: str
    validation_time: datetime | None
    best_signature_time: datetime | None
    proved_by: str
    claimed_time: datetime | None
    signer: str
    certificate_sha256: str
    chain: tuple[str, ...]
    constraints: tuple[Constraint, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A whole report.

    Attributes:
        signatures: in their order.
        timestamps: those of signatures and of the document, and evidence records.
        nothing: why there are no signatures; ``None`` where there are some.
        document: URI of the file, ``""`` where not given; sha256: of the file.
    """

    signatures: tuple[SaidSignature, ...]
    timestamps: tuple[SaidTimestamp, ...]
    nothing: Status | None
    document: str
    sha256: str


def said(report: DocumentReport) -> Said:
    """What :func:`vnsign.report.etsi.write.render` writes of a report."""
    shown = tuple(
        _signature(report, number, item) for number, item in enumerate(report.signatures, 1) if item.kind in SIGNATURES
    )
    stamps: list[SaidTimestamp] = []
    for item in report.signatures:
        if item.kind in SIGNATURES:
            stamps += [_timestamp(stamp) for stamp in item.timestamps]
        else:
            stamps.append(SaidTimestamp(clean(item.id), block_status(item), own_time(item)))
    return Said(shown, tuple(stamps), None if shown else nothing(report), document_uri(report), report.sha256)


def _signature(report: DocumentReport, number: int, item: SignatureReport) -> SaidSignature:
    proof = proving(report, number)
    return SaidSignature(
        id=clean(item.id),
        status=Status(item.indication.value, () if item.sub_indication is None else (item.sub_indication.value,)),
        policy=clean(item.policy),
        validation_time=report.validation_time,
        best_signature_time=item.best_signature_time,
        proved_by="" if proof is None else clean(proof.id),
        claimed_time=item.claimed_time,
        signer="" if item.signer is None else clean(item.signer.name),
        certificate_sha256="" if item.signer is None else item.signer.certificate_sha256,
        chain=path(item),
        constraints=tuple(_constraint(finding) for finding in item.findings),
    )


def _timestamp(stamp: TimestampReport) -> SaidTimestamp:
    return SaidTimestamp(clean(stamp.id), block_status(stamp), stamp.gen_time)


def block_status(item: SignatureReport | TimestampReport) -> Status:
    """The status of a time-stamp or evidence record."""
    sub = item.verdict.sub_indication
    return Status(names.as_block(item.verdict).value, () if sub is None else (sub.value,))


def _constraint(finding: Finding) -> Constraint:
    if not applied(finding):
        return Constraint(names.RULE + finding.rule, None)
    subs = () if finding.sub_indication is None else (finding.sub_indication.value,)
    return Constraint(names.RULE + finding.rule, Status(outcome(finding).value, subs))


def applied(finding: Finding) -> bool:
    """Whether a rule was applied: it had something to say, and the policy wants to know."""
    heard = (Outcome.PASSED, Outcome.FAILED, Outcome.INDETERMINATE)
    return finding.outcome in heard and finding.severity is not Severity.IGNORE


def outcome(finding: Finding) -> CheckStatus:
    """The outcome of a rule that was applied, as the status of a building block."""
    return CheckStatus(finding.outcome.value)


def own_time(item: SignatureReport) -> datetime | None:
    """The time of a document time-stamp; ``None`` for what is none."""
    return item.claimed_time if item.kind is SignatureKind.DOCUMENT_TIMESTAMP else None


def path(item: SignatureReport) -> tuple[str, ...]:
    """SHA-256 of the certificates of the path; of the signing certificate alone where there is no path."""
    if item.chain:
        return tuple(link.sha256 for link in item.chain)
    return () if item.signer is None else (item.signer.certificate_sha256,)


def anchor(item: SignatureReport) -> str:
    """SHA-256 of the trust anchor, ``""`` where no path was found."""
    return item.chain[-1].sha256 if item.chain else ""


@dataclass(frozen=True, slots=True)
class Proof:
    """The time-stamp that proves when a signature existed: its id, and the XML identifier of its object."""

    id: str
    identifier: str


def proving(report: DocumentReport, number: int) -> Proof | None:
    """The time-stamp whose time is the best-signature-time of the signature at a position: its own, else the document's."""
    item = report.signatures[number - 1]
    if item.best_signature_time_source is not BestTimeSource.TIMESTAMP:
        return None
    own = [(stamp, place) for place, stamp in enumerate(item.timestamps, 1) if stamp.gen_time == item.best_signature_time]
    own.sort(key=lambda pair: pair[0].verdict.indication is not Indication.TOTAL_PASSED)
    if own:
        return Proof(own[0][0].id, identifiers.of_timestamp(number, own[0][1]))
    others = enumerate(report.signatures, 1)
    found = next(((other, place) for place, other in others if own_time(other) == item.best_signature_time), None)
    return None if found is None else Proof(found[0].id, identifiers.of_timestamp(found[1], 0))


def nothing(report: DocumentReport) -> Status:
    """What is said of a document without signatures: no sub-indication of the standard fits but CUSTOM."""
    own = names.UNREADABLE if report.error is not None else names.NO_SIGNATURE
    return Status(Indication.INDETERMINATE.value, (SubIndication.CUSTOM.value, own))


def document_uri(report: DocumentReport) -> str:
    """The file's name as a relative URI reference (RFC 3986, 4.2)."""
    written = quote(clean(report.name))
    return "/" + written.lstrip("/") if written.startswith("/") else written
