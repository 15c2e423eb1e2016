"""Reports: the outcome of validation, as plain values that pickle, compare and print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NoReturn

from vnsign.errors import VnsignError
from vnsign.model.facts import Change, CoverageScope, SignatureFormat, SignatureKind, TimeSource, TimestampKind
from vnsign.model.finding import Finding, Outcome, Severity
from vnsign.model.verdict import CheckStatus, Indication, SubIndication, Verdict, worst


class SignatureClass(StrEnum):
    """The family of trust in which the chain ends (the three kinds of the electronic transactions law, and others)."""

    PUBLIC = "public"
    CIVIL_SERVICE = "civil-service"
    FOREIGN = "foreign"
    OWN = "own"
    UNKNOWN = "unknown"


class SignerKind(StrEnum):
    """Who holds the certificate, read from its subject."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PERSON_IN_ORGANISATION = "person-in-organisation"
    UNKNOWN = "unknown"


class BestTimeSource(StrEnum):
    """How the best-signature-time is known."""

    TIMESTAMP = "time-stamp"
    VALIDATION_TIME = "validation-time"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A typed number from the subject: ``MST``, ``CCCD``, ``CMND``, ``MNS``, ``HC``, ``BHXH``, ``PID``, ``PPID``, or other."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, as the certificate says (never as a picture on a page says).

    Attributes:
        name: common name, NFC.
        organisation: O, or ``""``.
        unit: OU values joined by ``, ``: the unit that manages the certificate, where given.
        title: T, or ``""``.
        email: from the subject or the subject alternative name.
        kind: person, organisation, person in an organisation, or unknown.
        identifiers: typed numbers, in the order found.
        subject: the subject as one line, for people.
        issuer: the issuer as one line, for people.
        issuer_name: the issuer's common name.
        serial_number: hexadecimal.
        not_before, not_after: validity period, UTC.
        certificate_sha256: of the DER.
    """

    name: str
    organisation: str
    unit: str
    title: str
    email: str
    kind: SignerKind
    identifiers: tuple[Identifier, ...]
    subject: str
    issuer: str
    issuer_name: str
    serial_number: str
    not_before: datetime
    not_after: datetime
    certificate_sha256: str

    def identifier(self, type_: str) -> str | None:
        """The first identifier of a type, or ``None``."""
        return next((item.value for item in self.identifiers if item.type == type_), None)

    @property
    def tax_code(self) -> str | None:
        """The tax code (MST), or ``None``."""
        return self.identifier("MST")


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One certificate of the path, leaf first."""

    subject: str
    sha256: str


@dataclass(frozen=True, slots=True)
class TimestampReport:
    """A time-stamp's own verdict (EN 319 102-1, 5.4)."""

    id: str
    kind: TimestampKind
    verdict: Verdict
    gen_time: datetime
    tsa: Signer | None
    signature_class: SignatureClass
    imprint: CheckStatus
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class CoveredData:
    """One piece of data that the signature covers, with its digest as verified."""

    name: str
    position: str
    role: str
    digest_algorithm: str
    digest_hex: str
    matches: bool
    size: int | None = None


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """One signature's verdict and everything that explains it.

    Attributes:
        integrity: whether all digests of the signed data match, trust aside.
        signature_value: whether the value verifies under the signing certificate's key, trust aside.
        best_signature_time: earliest time at which the signature is proved to have existed (EN 319 102-1, 5.5.4);
            the validation time where no time-stamp proves an earlier one.
        claimed_time: what the signer asserts; never trusted.
        changes_after: what was changed after signing, validation material aside.
        policy: id and version of the policy.
    """

    id: str
    kind: SignatureKind
    format: SignatureFormat
    level: str
    location: str
    verdict: Verdict
    integrity: CheckStatus
    signature_value: CheckStatus
    signature_class: SignatureClass
    signer: Signer | None
    chain: tuple[ChainLink, ...]
    claimed_time: datetime | None
    claimed_time_source: TimeSource | None
    best_signature_time: datetime
    best_signature_time_source: BestTimeSource
    coverage: CoverageScope
    covered: tuple[CoveredData, ...]
    changes_after: tuple[Change, ...]
    findings: tuple[Finding, ...]
    timestamps: tuple[TimestampReport, ...]
    policy: str

    @property
    def indication(self) -> Indication:
        """TOTAL-PASSED, INDETERMINATE or TOTAL-FAILED."""
        return self.verdict.indication

    @property
    def sub_indication(self) -> SubIndication | None:
        """Why not TOTAL-PASSED; ``None`` for TOTAL-PASSED."""
        return self.verdict.sub_indication

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is to be read although it does not decide."""
        raised = (Outcome.FAILED, Outcome.INDETERMINATE)
        return tuple(f for f in self.findings if f.severity is Severity.WARN and f.outcome in raised)

    def __bool__(self) -> NoReturn:
        raise TypeError("a signature report is not a truth value: read .indication")


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """Why a document could not be read: the code, message and hint of the exception."""

    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class DocumentReport:
    """The verdicts of one document.

    Attributes:
        name: as given by the caller, for people.
        sha256: of the document's bytes; ``""`` when it could not be read at all.
        format: ``pdf``, ``xml`` or ``unknown``.
        signatures: in document order.
        validation_time: the moment at which everything was judged, UTC.
        policy: id and version of the policy.
        error: set when the document could not be read; then there are no signatures.
    """

    name: str
    sha256: str
    format: str
    signatures: tuple[SignatureReport, ...]
    validation_time: datetime
    policy: str
    error: ErrorInfo | None = None

    @property
    def indication(self) -> Indication:
        """The worst of the signatures; INDETERMINATE for none and for a document that could not be read."""
        return worst(signature.indication for signature in self.signatures)

    def require_total_passed(self) -> DocumentReport:
        """Return self when every signature is TOTAL-PASSED and there is at least one.

        Raises:
            NotTotalPassedError: otherwise; it carries this report.
        """
        if self.error is None and self.indication is Indication.TOTAL_PASSED:
            return self
        if self.error is not None:
            raise NotTotalPassedError(f"{self.name}: could not be read: {self.error.message}", self, hint=self.error.hint)
        if not self.signatures:
            raise NotTotalPassedError(f"{self.name}: no signature found", self)
        bad = ", ".join(
            f"{s.id}: {s.indication} {s.sub_indication}" for s in self.signatures if s.indication is not Indication.TOTAL_PASSED
        )
        raise NotTotalPassedError(f"{self.name}: not every signature passed ({bad})", self)

    def __bool__(self) -> NoReturn:
        raise TypeError("a report is not a truth value: read .indication or call .require_total_passed()")


class NotTotalPassedError(VnsignError):
    """The report is not TOTAL-PASSED. ``report`` is the report."""

    default_code = "NOT_TOTAL_PASSED"

    def __init__(self, message: str, report: DocumentReport, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.report = report

    def __reduce__(self) -> tuple[object, ...]:
        return NotTotalPassedError, (self.message, self.report)
