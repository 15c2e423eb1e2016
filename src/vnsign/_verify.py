"""The composition root of verification: detect, read, judge. Here alone, for verifying, the time is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from vnsign.errors import ConfigurationError, LimitExceededError, UnreadableDocumentError, VnsignError
from vnsign.evidence.bundle import Evidence, SavedEvidence
from vnsign.evidence.sources import EvidenceSource, Offline, Question
from vnsign.formats.detect import detect
from vnsign.formats.source import DocumentSource
from vnsign.model.expectation import Expectation
from vnsign.model.facts import DocumentFacts
from vnsign.model.limits import Limits
from vnsign.model.moment import utc
from vnsign.model.policy import ValidationPolicy
from vnsign.model.report import DocumentReport, ErrorInfo
from vnsign.model.signature_policy import PolicyDocument
from vnsign.trust.store import TrustStore
from vnsign.validation import policies
from vnsign.validation.document import validate_signatures
from vnsign.validation.engine import Context
from vnsign.validation.poe import ProofsOfExistence

Document = bytes | Path | str | DocumentSource
OUT_OF_MEMORY = "OUT_OF_MEMORY"


@dataclass(frozen=True, slots=True)
class Verifier:
    """Trust, policy and evidence held together, to verify many documents alike. Frozen and picklable.

    Attributes:
        trust: the anchors and intermediates; there is no default.
        policy: the validation policy; ``None`` chooses, for each signature, the national policy in force at the time that a
            time-stamp shows, and at the validation time where none does.
        evidence: certificates, CRLs and OCSP answers from elsewhere than the document.
        password: of encrypted PDF files; not shown in ``repr``.
        external: detached data: of XML signatures by URI, of CMS signatures by file name.
        source: where further evidence is sought, after a document is read and before it is judged; nowhere by default.
        expected: who is to have signed, and with which class of signature; nothing where omitted.
        signature_policies: documents of the signature policies that signers name.
    """

    trust: TrustStore
    policy: ValidationPolicy | None = None
    evidence: Evidence = field(default_factory=Evidence)
    password: str | None = field(default=None, repr=False)
    external: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    source: EvidenceSource = field(default_factory=Offline)
    expected: Expectation = field(default_factory=Expectation)
    signature_policies: tuple[PolicyDocument, ...] = field(default=(), repr=False)

    def verify(self, document: Document, *, at: datetime | None = None, name: str | None = None) -> DocumentReport:
        """Validate every signature of a document. See :func:`verify`."""
        moment = datetime.now(UTC) if at is None else utc(at)
        try:
            return self._judged(DocumentSource.of(document, name), moment)
        except MemoryError as error:
            # No door below swallows it: what could not be read for want of memory might have told against the signature.
            raise LimitExceededError(
                "not enough memory to judge the document",
                code=OUT_OF_MEMORY,
                hint="it may be hostile; judge it where more is free",
            ) from error

    def _judged(self, source: DocumentSource, moment: datetime) -> DocumentReport:
        policy = policies.in_force(moment) if self.policy is None else self.policy
        facts = read(source, limits=policy.limits, password=self.password, external=self.external)
        known = Evidence(facts.certificates, facts.crls, facts.ocsps) | self.evidence
        found = known | self.source.gather(Question(facts, known, self.trust, moment, policy.limits))
        context = Context(
            self.trust,
            policy,
            found,
            moment,
            ProofsOfExistence(moment),
            succession=policies.succession() if self.policy is None else None,
            expected=self.expected,
            signature_policies=self.signature_policies,
        )
        signatures = validate_signatures(facts.signatures, context)
        label = policies.describe((item.policy for item in signatures), policy)
        return DocumentReport(source.name, facts.sha256, facts.format, signatures, moment, label)

    def report(self, document: Document, *, at: datetime | None = None, name: str | None = None) -> DocumentReport:
        """Like :meth:`verify`, but a document that cannot be read becomes a report with ``error`` and no signatures."""
        moment = datetime.now(UTC) if at is None else utc(at)
        try:
            return self.verify(document, at=moment, name=name)
        except UnreadableDocumentError as error:
            policy = policies.in_force(moment) if self.policy is None else self.policy
            return unreadable(DocumentSource.of(document, name), error, moment, policy)

    def saved(self, at: datetime, gathered: tuple[tuple[str, Evidence], ...] = ()) -> SavedEvidence:
        """What this verifier judges with, as a value to be saved and replayed (``vnsign.evidence.bundle.dumps``).

        Args:
            at: the validation time, aware.
            gathered: what was gathered for each document (``Recording.gathered``).
        """
        from vnsign.validation.fingerprint import rules_fingerprint, trust_fingerprint

        policy, chosen = self.policy or policies.in_force(utc(at)), self.policy is not None
        fingerprints = rules_fingerprint(), trust_fingerprint(self.trust)
        return SavedEvidence(utc(at), policy.id, policy.version, *fingerprints, self.evidence, gathered, chosen)


def unreadable(source: DocumentSource, error: VnsignError, moment: datetime, policy: ValidationPolicy) -> DocumentReport:
    """The report of a document that could not be read: its hash where its bytes could be had, and the error."""
    import hashlib

    try:
        sha256 = hashlib.sha256(source.read(policy.limits)).hexdigest()
    except UnreadableDocumentError:
        sha256 = ""
    info = ErrorInfo(error.code, error.message, error.hint)
    return DocumentReport(source.name, sha256, "unknown", (), moment, policy.label, info)


def verify(  # noqa: PLR0913 - one value each, all but the first by name
    document: Document,
    *,
    trust: TrustStore,
    policy: ValidationPolicy | str | None = None,
    evidence: Evidence | None = None,
    at: datetime | None = None,
    password: str | None = None,
    external: Mapping[str, bytes] | None = None,
    expected: Expectation | None = None,
    signature_policies: Sequence[PolicyDocument] = (),
) -> DocumentReport:
    """Validate every signature of a PDF or XML document (EN 319 102-1, 5.3 and 5.5). Format by content, offline.

    Args:
        document: bytes or a path.
        trust: the trust anchors and intermediates; there is no default.
        policy: a policy, the name of a built-in one, or ``None`` for the national policy in force when each signature is
            shown by a time-stamp to have existed, at ``at`` where none shows it.
        evidence: certificates, CRLs, OCSP answers.
        at: the validation time, aware; now where omitted.
        password: of an encrypted PDF.
        external: detached data: of XML signatures by URI, of CMS signatures by file name.
        expected: who is to have signed, and with which class of signature.
        signature_policies: documents of the signature policies that signers name; their digests are compared.

    Returns:
        A report; it is not a truth value: read ``.indication`` or call ``.require_total_passed()``.

    Raises:
        UnreadableDocumentError: no document that can be read. LimitExceededError: over a limit.
        ConfigurationError: a moment without zone, an unknown policy.

    Not checked: revocation on the network (give a :class:`Verifier` a ``source``), visual appearance.
    """
    chosen = policies.load(policy) if isinstance(policy, str) else policy
    verifier = Verifier(
        trust,
        chosen,
        evidence or Evidence(),
        password,
        external or {},
        expected=expected or Expectation(),
        signature_policies=tuple(signature_policies),
    )
    return verifier.verify(document, at=at)


def read(
    source: DocumentSource, *, limits: Limits, password: str | None = None, external: Mapping[str, bytes] | None = None
) -> DocumentFacts:
    """The facts of a document, unjudged. Raises UnreadableDocumentError as :func:`verify` does."""
    with source.open(limits) as stream:
        format_ = detect(stream.read(1024))
    if format_ == "pdf":
        from vnsign.formats.pdf.read import read_pdf

        return read_pdf(source, limits=limits, password=password)
    if format_ == "cms":
        from vnsign.formats.cms.read import read_cms

        return read_cms(source, limits=limits, external=external or {})
    if format_ == "asic":
        from vnsign.formats.asic.read import read_asic

        return read_asic(source, limits=limits)
    from vnsign.formats.evidence_records import XML_ROOT, listed
    from vnsign.formats.xml.read import read_xml

    facts = read_xml(source, limits=limits, external=external or {})
    if dict(facts.details).get("root") == XML_ROOT:
        return replace(facts, signatures=(*facts.signatures, listed("evidence-record", "")))
    return facts


@dataclass(frozen=True, slots=True)
class SignedData:
    """Verified bytes: exactly what the digest was computed over, and where they stand in the document."""

    name: str
    position: str
    data: bytes = field(repr=False)


def signed_data(
    document: Document, report: DocumentReport, signature_id: str, *, external: Mapping[str, bytes] | None = None
) -> tuple[SignedData, ...]:
    """The verified bytes of one XML signature: read your data from these, never from the document.

    Raises:
        ConfigurationError: the report is of another document, has no such signature, or the signature's integrity or
            value is not PASSED; PDF documents (the signed revision is a file of its own).
    """
    source = DocumentSource.of(document)
    signature = next((item for item in report.signatures if item.id == signature_id), None)
    if signature is None:
        raise ConfigurationError(f"the report has no signature {signature_id!r}", code="NO_SUCH_SIGNATURE")
    if report.format != "xml":
        raise ConfigurationError("signed data are handed out for XML documents", code="NOT_XML")
    if signature.integrity.value != "PASSED" or signature.signature_value.value != "PASSED":
        raise ConfigurationError(
            f"signature {signature_id!r} does not hold, so nothing is handed out",
            code="NOT_INTACT",
            hint="read the report's findings",
        )
    import hashlib

    from vnsign.formats.xml import read as xml_read

    limits = Limits()
    data = source.read(limits)
    if hashlib.sha256(data).hexdigest() != report.sha256:
        raise ConfigurationError("the document is not the one that was verified", code="OTHER_DOCUMENT")
    items = xml_read.signed_data(
        DocumentSource(source.name, data=data), limits=limits, signature_id=signature_id, external=external or {}
    )
    return tuple(SignedData(item.name, item.position, item.data) for item in items)
