"""The composition root of raising: what is in a document already is raised to a level, time-stamped, or said to run out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vnsign._verify import Document, Verifier
from vnsign.errors import SelfCheckError, SigningError, UnreadableDocumentError
from vnsign.evidence.bundle import Evidence
from vnsign.evidence.sources import EvidenceSource
from vnsign.formats.detect import detect
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import DocumentFacts, SignatureFacts, SignatureKind
from vnsign.model.limits import Limits
from vnsign.model.moment import utc
from vnsign.model.verdict import Indication
from vnsign.signing.augment import raise_levels
from vnsign.signing.document import write_new
from vnsign.signing.material import find_signature, stamps_of
from vnsign.signing.means import Means
from vnsign.signing.profile import SignatureLevel, level_of
from vnsign.signing.selfcheck import earlier_signatures, read_facts

if TYPE_CHECKING:
    from vnsign.formats.pending import PendingTimestamp
    from vnsign.model.policy import ValidationPolicy
    from vnsign.model.report import DocumentReport
    from vnsign.signing.due import Due
    from vnsign.signing.timestamps import TimestampAuthority
    from vnsign.trust.store import TrustStore

_ORDER = (Indication.TOTAL_FAILED, Indication.INDETERMINATE, Indication.TOTAL_PASSED)


@dataclass(frozen=True, slots=True)
class AugmentedDocument:
    """A document whose signatures were raised, read back and judged again.

    Attributes:
        data: the bytes.
        name: of the document, for people.
        format: ``pdf``, ``xml``, ``cms`` or ``asic``.
        level: what was asked for.
        signature_ids: the signatures that were raised, as in the report of a verification.
        report: how the document is judged now, offline; ``None`` where no trust store was given.
    """

    data: bytes = field(repr=False)
    name: str
    format: str
    level: SignatureLevel
    signature_ids: tuple[str, ...]
    report: DocumentReport | None = field(default=None, repr=False)

    def save(self, path: Path | str) -> Path:
        """Write the document, whole or not at all, never over a file that is there.

        Raises:
            OutputExistsError: something is there already. SigningError: ``CANNOT_WRITE``.
        """
        target = Path(path)
        write_new(target, self.data)
        return target


def augment(  # noqa: PLR0913 - one value each, all but the first by name
    document: Document,
    *,
    to: SignatureLevel | str = SignatureLevel.LTA,
    signatures: Sequence[str] | None = None,
    timestamps: TimestampAuthority | None = None,
    trust: TrustStore | None = None,
    evidence: Evidence | None = None,
    source: EvidenceSource | None = None,
    at: datetime | None = None,
    password: str | None = None,
    external: Mapping[str, bytes] | None = None,
    digest: str = "sha256",
) -> AugmentedDocument:
    """Raise signatures that are there, whoever made them, one or more levels; at LTA already: renew.

    T: a time-stamp shows when the signature existed. LT: with the certificates, CRLs and OCSP answers that prove its path and
    that of its time-stamps. LTA: with a time-stamp over all that; raising to LTA again adds the material of the last
    time-stamp's authority and a further time-stamp, before the last one runs out. Nothing signed is changed, and the document
    stays valid in every program in which it was.

    Args:
        document: bytes or a path. It is not changed.
        to: the level wanted.
        signatures: their ids, as in the report of a verification; all of the document where omitted.
        timestamps: the time-stamping authority; needed for T where there is no time-stamp, and for LTA.
        trust: where paths must end; needed for LT and LTA.
        evidence: certificates, CRLs and OCSP answers at hand.
        source: where more is sought; nowhere where omitted.
        at: the present moment, aware; now where omitted.
        password: opens an encrypted PDF.
        external: detached data of the signatures, by URI or name.
        digest: of the imprints of new time-stamps.

    Returns:
        The raised document, in memory.

    Raises:
        UnreadableDocumentError: no document that can be read.
        ConfigurationError: a level without its means, a form that has no levels.
        SigningError: no such signature, none at all (``NO_SIGNATURE``), one that does not hold (``NOT_WORTH_RAISING``),
            material that is not had (``EVIDENCE_MISSING``); TimestampUnavailableError; SelfCheckError: the result does not
            hold. Nothing is produced then.
    """
    # A moment that the caller chose is not compared with the authority's clock.
    moment, now = (datetime.now(UTC), True) if at is None else (utc(at), False)
    file = DocumentSource.of(document)
    data = file.read(Limits())
    format_, wanted = detect(data[:1024]), level_of(to)
    means = Means(timestamps, trust, evidence or Evidence(), _source(source), password, external or {})
    facts = read_facts(data, format_, password=password, external=means.external)
    chosen = _chosen(facts, signatures)
    before = _judged(data, means, moment)
    _require_worth(before, chosen)
    made = raise_levels(data, format_, chosen, to=wanted, means=means, now=moment if now else None, digest=digest)
    after_facts = read_facts(made, format_, password=password, external=means.external)
    _check_same(facts, after_facts)
    _check_levels(after_facts, chosen, wanted)
    if format_ == "pdf":
        _check_second_readings(data, made, facts, password)
    after = _judged(made, means, max((moment, *_times(after_facts))))
    _check_not_worse(before, after)
    return AugmentedDocument(made, file.name, format_, wanted, chosen, after)


def _source(source: EvidenceSource | None) -> EvidenceSource:
    from vnsign.evidence.sources import Offline

    return source or Offline()


def _chosen(facts: DocumentFacts, wanted: Sequence[str] | None) -> tuple[str, ...]:
    if wanted is not None:
        return tuple(find_signature(facts, item).id for item in dict.fromkeys(wanted))
    found = tuple(item.id for item in facts.signatures if item.kind is SignatureKind.SIGNATURE)
    if not found:
        raise SigningError("the document has no signature to be raised", code="NO_SIGNATURE", hint="sign it first")
    return found


def _judged(data: bytes, means: Means, moment: datetime) -> DocumentReport | None:
    if means.trust is None:
        return None
    verifier = Verifier(means.trust, None, means.evidence, means.password, means.external)
    return verifier.verify(data, at=moment)


def _require_worth(report: DocumentReport | None, chosen: tuple[str, ...]) -> None:
    """Nothing is done for a signature that is known not to hold."""
    for item in report.signatures if report is not None else ():
        if item.id in chosen and item.indication is Indication.TOTAL_FAILED:
            raise SigningError(
                f"signature {item.id!r} does not hold: {item.indication} {item.sub_indication}",
                code="NOT_WORTH_RAISING",
                hint="verify the document; raising cannot mend it",
            )


def _times(facts: DocumentFacts) -> list[datetime]:
    own = [item.document_timestamp for item in facts.signatures if item.document_timestamp is not None]
    return [stamp.gen_time for stamp in (*own, *(stamp for item in facts.signatures for stamp in item.timestamps))]


# --- The result, read back ------------------------------------------------------------------------------------------------


def _check_same(before: DocumentFacts, after: DocumentFacts) -> None:
    lost = set(earlier_signatures(before)) - set(earlier_signatures(after))
    if lost:
        names = ", ".join(sorted(line.split(" ", 1)[0] for line in lost))
        raise SelfCheckError(
            f"signatures would no longer be as they were: {names}",
            code="EARLIER_SIGNATURE",
            hint="a later signature may cover what would have to be changed: raise that one",
        )


def _check_levels(facts: DocumentFacts, chosen: tuple[str, ...], wanted: SignatureLevel) -> None:
    for id_ in chosen:
        found = find_signature(facts, id_)
        reached = level_of(found.level) if found.level else _structure(facts, found)
        if not reached.includes(wanted):
            raise SelfCheckError(f"signature {id_!r} reads B-{reached}, B-{wanted} is wanted", hint=_REPORT)


def _structure(facts: DocumentFacts, found: SignatureFacts) -> SignatureLevel:
    """The level that a form without levels of its own (CMS without ESS reference, PKCS#7 in PDF) would have."""
    stamps = stamps_of(facts, found)
    if not stamps and found.document_timestamp is None:
        return SignatureLevel.B
    keys = {key for stamp in stamps for key in stamp.protects}
    revocation = (*facts.crls, *facts.ocsps, *found.crls, *found.ocsps)
    if not revocation:
        return SignatureLevel.T
    return SignatureLevel.LTA if keys & {_sha256(item) for item in revocation} else SignatureLevel.LT


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _check_second_readings(before: bytes, after: bytes, facts: DocumentFacts, password: str | None) -> None:
    """pyHanko, where it agreed to a signature before, must agree now."""
    from vnsign.formats.pdf.write_adapter import second_reading

    for item in facts.signatures:
        if item.kind is not SignatureKind.SIGNATURE:
            continue
        try:
            second_reading(before, item.id, password=password)
        except SelfCheckError:
            continue
        second_reading(after, item.id, password=password)


def _check_not_worse(before: DocumentReport | None, after: DocumentReport | None) -> None:
    if before is None or after is None:
        return
    found = {item.id: item for item in after.signatures}
    for item in before.signatures:
        now = found.get(item.id)
        if now is None or _ORDER.index(now.indication) < _ORDER.index(item.indication):
            verdict = "not found" if now is None else f"{now.indication} {now.sub_indication or ''}".strip()
            raise SelfCheckError(
                f"signature {item.id!r} was {item.indication} and would be {verdict}", code="VERDICT_WORSE", hint=_REPORT
            )


_REPORT = "nothing was written; please report the kind of document and the options used"


# --- What runs out --------------------------------------------------------------------------------------------------------


def due_before(
    document: Document,
    moment: datetime,
    *,
    trust: TrustStore,
    policy: ValidationPolicy | None = None,
    evidence: Evidence | None = None,
    password: str | None = None,
    external: Mapping[str, bytes] | None = None,
) -> tuple[Due, ...]:
    """The signatures whose protection runs out before a moment, and why: raise them until then.

    A signature is protected as long as its longest-lived time-stamp: until a certificate on the path of its authority ends,
    or the policy stops accepting an algorithm that it uses. Without a time-stamp its own certificate counts; without embedded
    revocation data too, since CAs publish none for certificates that have ended.

    Args:
        document: bytes or a path.
        moment: aware.
        trust: where paths end.
        policy: whose dates of algorithms count; the national policy in force at the moment where omitted.
        evidence: certificates for the paths.
        password: opens an encrypted PDF.
        external: detached data of the signatures.

    Returns:
        What runs out before the moment, the earliest first.

    Raises:
        UnreadableDocumentError: no document that can be read. ConfigurationError: a moment without zone.

    Not checked: whether the signatures hold; revocation.
    """
    from vnsign.signing.due import ends
    from vnsign.validation import policies

    until = utc(moment)
    data = DocumentSource.of(document).read(Limits())
    facts = read_facts(data, detect(data[:1024]), password=password, external=external or {})
    algorithms = (policy or policies.in_force(until)).algorithms
    known = Evidence(facts.certificates) | (evidence or Evidence())
    found = [item for item in ends(facts, trust=trust, evidence=known, algorithms=algorithms) if item.runs_out < until]
    return tuple(sorted(found, key=lambda item: (item.runs_out, item.signature_id)))


# --- Time-stamps without a signature --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TimestampedDocument:
    """A document with a new time-stamp that was read back.

    Attributes:
        data: the bytes: the PDF, or the container with the file in it.
        name: of the document, for people.
        format: ``pdf`` or ``asic``.
        timestamp_id: as in the report of a verification.
        time: that the token shows, UTC.
    """

    data: bytes = field(repr=False)
    name: str
    format: str
    timestamp_id: str
    time: datetime

    def save(self, path: Path | str) -> Path:
        """Write it, whole or not at all, never over a file that is there. Errors as :meth:`AugmentedDocument.save`."""
        target = Path(path)
        write_new(target, self.data)
        return target


def timestamp(
    document: Document,
    *,
    timestamps: TimestampAuthority,
    digest: str = "sha256",
    at: datetime | None = None,
    field_name: str = "",
    password: str | None = None,
) -> TimestampedDocument:
    """Time-stamp a document, signed or not: a PDF with a document time-stamp, any other file in an ASiC-S container.

    Args:
        document: bytes or a path. It is not changed.
        timestamps: the time-stamping authority.
        digest: of the imprint.
        at: a moment other than now, aware: the token's time is then not compared with the clock.
        field_name: of the PDF's time-stamp: new, or an empty signature field; a free name where omitted.
        password: opens an encrypted PDF.

    Returns:
        The time-stamped document, in memory.

    Raises:
        UnreadableDocumentError: no file, or a PDF that cannot be updated. SigningError: the field is taken;
        TimestampUnavailableError: no usable token was had; SelfCheckError: the result does not hold.

    Not checked: whether the authority is trusted.
    """
    from vnsign.signing.augment import with_token

    now = datetime.now(UTC) if at is None else None
    file = DocumentSource.of(document)
    data = file.read(Limits())
    pdf = _is_pdf(data)
    facts = read_facts(data, "pdf", password=password) if pdf else DocumentFacts("none")
    begin: Callable[..., PendingTimestamp]
    if pdf:
        from vnsign.formats.pdf.augment import begin_document_timestamp

        begin = partial(begin_document_timestamp, field_name=field_name, password=password)
    else:
        from vnsign.formats.asic.timestamp import begin_file_timestamp

        begin = partial(begin_file_timestamp, name=Path(file.name).name)
    made = with_token(data, begin, Means(timestamps), digest=digest, now=now)
    after = read_facts(made, "pdf" if pdf else "asic", password=password)
    _check_same(facts, after)
    known = {item.id for item in facts.signatures}
    new = [item for item in after.signatures if item.id not in known and item.document_timestamp is not None]
    if len(new) != 1 or new[0].document_timestamp is None or not all(item.matches for item in new[0].digests):
        raise SelfCheckError("the new time-stamp does not read back", hint=_REPORT)
    return TimestampedDocument(made, file.name, "pdf" if pdf else "asic", new[0].id, new[0].document_timestamp.gen_time)


def _is_pdf(data: bytes) -> bool:
    try:
        return detect(data[:1024]) == "pdf"
    except UnreadableDocumentError:
        return False
