"""Facts: what a format reader took from the bytes. No judgement, no trust, no clock.

Every format hands the engine these same values, so that PDF, XML and (later) CMS and ASiC are judged by one engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from vnsign.model.certificate import Certificate
from vnsign.model.finding import Parameters
from vnsign.model.signature_policy import PolicyReference


class SignatureKind(StrEnum):
    """What the object is."""

    SIGNATURE = "signature"
    COUNTER_SIGNATURE = "counter-signature"
    DOCUMENT_TIMESTAMP = "document-timestamp"
    EVIDENCE_RECORD = "evidence-record"


class SignatureFormat(StrEnum):
    """The form of a signature, as shown to people."""

    PADES = "PAdES"
    PDF_CMS = "PDF-CMS"
    PDF_TIMESTAMP = "PDF-TIMESTAMP"
    PDF_OTHER = "PDF-OTHER"
    XADES = "XAdES"
    XMLDSIG = "XML-DSig"
    XML_OTHER = "XML-OTHER"
    CADES = "CAdES"
    CMS = "CMS"
    ASIC_TIMESTAMP = "ASiC-TIMESTAMP"
    EVIDENCE_RECORD = "ERS"


class DigestRole(StrEnum):
    """What one digest protects."""

    DATA = "data"
    SIGNED_PROPERTIES = "signed-properties"
    KEY_INFO = "key-info"
    SIGNING_TIME = "signing-time"
    MANIFEST = "manifest"
    MANIFEST_ENTRY = "manifest-entry"


class CoverageScope(StrEnum):
    """How much of the document the signature covers."""

    WHOLE_DOCUMENT = "whole-document"
    WHOLE_REVISION = "whole-revision"
    PARTIAL = "partial"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


class TimeSource(StrEnum):
    """Where a claimed signing time was read."""

    CMS_ATTRIBUTE = "cms-signing-time"
    PDF_DICTIONARY = "pdf-m-entry"
    XADES = "xades-signing-time"
    XML_OBJECT = "xml-signing-time-object"


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of structure that a reader saw. ``rule`` is the id of a registered rule (``validation/rules``)."""

    rule: str
    parameters: Parameters = ()


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """One digest: what it covers, what was expected, what was computed.

    Attributes:
        name: the reference as written (``#data``, ``message-digest``, ...).
        algorithm: ``sha256`` and the like; the OID or URI as written where it is not known.
        expected: the digest in the signature.
        computed: the digest of the data; ``None`` when the data were not found or could not be processed.
        covers: where the data are, for people: ``bytes 0-840, 9032-12000`` or ``/HDon[1]/DLHDon[1]``.
        role: what the digest protects.
        size: number of bytes digested, after transforms; ``None`` when not known.
    """

    name: str
    algorithm: str
    expected: bytes
    computed: bytes | None
    covers: str
    role: DigestRole = DigestRole.DATA
    size: int | None = None

    @property
    def matches(self) -> bool:
        """Whether the data were found and have the expected digest."""
        return self.computed is not None and len(self.expected) > 0 and self.expected == self.computed


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """A signature algorithm in one form for CMS and XML.

    Attributes:
        key: ``rsa``, ``ecdsa``, ``ed25519``, ``ed448``, ``dsa``, ``hmac``, or ``unknown``.
        digest: ``sha256`` and the like; ``None`` for the Edwards curves; the OID or URI where not known.
        padding: ``pkcs1v15`` or ``pss`` for RSA.
        mgf_digest: digest of MGF1 for PSS.
        salt_length: salt length of PSS in bytes.
        plain_ecdsa: the ECDSA value is ``r || s`` (XML-DSig) rather than a DER SEQUENCE (CMS).
        identifier: OID or URI as written.
    """

    key: str
    digest: str | None = None
    padding: str | None = None
    mgf_digest: str | None = None
    salt_length: int | None = None
    plain_ecdsa: bool = False
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class CertificateReference:
    """A signed reference to the signing certificate (ESS signing-certificate(-v2), XAdES SigningCertificate(V2)).

    Attributes:
        digest_algorithm: digest used, ``sha1`` for the first version of ESS.
        digest: digest of the certificate's DER.
        issuer_name: DER of the issuer Name when given, else ``None``.
        serial_number: serial when given, else ``None``.
        source: ``ess-v1``, ``ess-v2``, ``xades-v1`` or ``xades-v2``.
    """

    digest_algorithm: str
    digest: bytes
    issuer_name: bytes | None = None
    serial_number: int | None = None
    source: str = ""


class TimestampKind(StrEnum):
    """What a time-stamp token protects."""

    CONTENT = "content"
    SIGNATURE = "signature"
    DOCUMENT = "document"
    ARCHIVE = "archive"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SignedValue:
    """The mathematics of one signature: the bytes signed, the algorithm, the value.

    Attributes:
        signed_bytes: what the value was made over (DER of the signed attributes, canonical SignedInfo, ...).
        algorithm: the signature algorithm.
        value: the raw signature value.
        prehashed: digest of the signed bytes by the algorithm's digest, where only that is at hand (a CMS without signed
            attributes over a large document); ``signed_bytes`` is empty then.
    """

    signed_bytes: bytes
    algorithm: SignatureAlgorithm
    value: bytes
    prehashed: bytes | None = None


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """One signature or document time-stamp, as read.

    Attributes:
        id: stable within the document: field name of a PDF, ``Id`` or position of an XML signature.
        kind, format: what it is.
        level: the level its structure claims: ``B-B``, ``B-T``, ``B-LT``, ``B-LTA``, or ``""`` for forms without levels.
        location: where it is, for people: ``field Signature1, page 2`` or an XPath.
        claimed_time: what the signer asserts, aware; ``None`` when not given.
        claimed_time_source: where that was read.
        claimed_time_zone_assumed: the time was written without a zone and read as +07:00.
        digests: every digest of the signature; an empty tuple means that nothing was signed.
        signed_value: the mathematics; ``None`` when the structure gives none.
        signing_certificate: the certificate that the structure points at; ``None`` when none was found.
        certificate_references: signed references to the signing certificate.
        certificates: all embedded certificates, untrusted, in the order found.
        crls, ocsps: embedded revocation data (DER), untrusted.
        timestamps: time-stamp tokens embedded in this signature.
        document_timestamp: the token of a document time-stamp (``kind`` DOCUMENT_TIMESTAMP).
        coverage: how much of the document is covered.
        covered: positions that are covered, for people.
        changes: what was changed after this signature was made.
        problems: faults of structure.
        supported: false for a kind of signature that this library lists but cannot judge.
        signature_policy: the signature policy that the signer names; ``None`` for none.
    """

    id: str
    kind: SignatureKind
    format: SignatureFormat
    level: str = ""
    location: str = ""
    claimed_time: datetime | None = None
    claimed_time_source: TimeSource | None = None
    claimed_time_zone_assumed: bool = False
    digests: tuple[DigestFacts, ...] = ()
    signed_value: SignedValue | None = None
    signing_certificate: Certificate | None = None
    certificate_references: tuple[CertificateReference, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    timestamps: tuple[TimestampFacts, ...] = ()
    document_timestamp: TimestampFacts | None = None
    coverage: CoverageScope = CoverageScope.UNKNOWN
    covered: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    supported: bool = True
    signature_policy: PolicyReference | None = None


@dataclass(frozen=True, slots=True)
class TimestampFacts:
    """A time-stamp token (RFC 3161) with the imprint computed over what it must protect.

    Attributes:
        id: stable within the signature, for example ``signature-timestamp-1``.
        kind: what it protects.
        gen_time: the token's time, aware, UTC.
        policy: OID of the time-stamping policy.
        serial_number: of the token.
        accuracy_seconds: 0 when not given.
        imprint: message imprint: ``expected`` as in the token, ``computed`` over the protected data.
        token: the CMS signature of the token, read like any signature (``digests``: the message digest over TSTInfo).
        der: the token's bytes.
        protects: what else the token proves to have existed at its time (EN 319 102-1, 5.6.2.3): lower-case hexadecimal
            SHA-256 of certificates, CRLs, OCSP answers and time-stamp tokens (DER), and ``signature:`` with the id of each
            signature whose value it covers. Empty where the token covers nothing beyond its own kind's object.
    """

    id: str
    kind: TimestampKind
    gen_time: datetime
    policy: str
    serial_number: int
    imprint: DigestFacts
    token: SignatureFacts
    accuracy_seconds: float = 0.0
    der: bytes = field(default=b"", repr=False)
    protects: tuple[str, ...] = ()


class ChangeKind(StrEnum):
    """What a later revision did, from harmless to suspicious."""

    VALIDATION_MATERIAL = "validation-material"
    SIGNATURE_ADDED = "signature-added"
    FORM_FILLED = "form-filled"
    ANNOTATION = "annotation"
    CONTENT = "content"
    METADATA = "metadata"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Change:
    """One change made to the document after a signature.

    Attributes:
        kind: what kind.
        what: for people, short, in technical English: object, field name, or path.
        pages: page numbers from 1, empty when not tied to a page.
        revision: number of the revision that made the change, from 1.
        allowed: whether the signature (DocMDP, FieldMDP, the format) allows it.
    """

    kind: ChangeKind
    what: str
    pages: tuple[int, ...] = ()
    revision: int | None = None
    allowed: bool = False


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """A document as read by its format.

    Attributes:
        format: ``pdf``, ``xml``, ``cms``, ``asic-s`` or ``asic-e``.
        sha256: lower-case hexadecimal SHA-256 of the whole document.
        signatures: every signature found, in document order; also those that cannot be judged.
        details: name and value pairs for ``vnsign inspect``.
        certificates, crls, ocsps: document-wide validation material (PDF DSS), untrusted.
    """

    format: str
    sha256: str = ""
    signatures: tuple[SignatureFacts, ...] = ()
    details: Parameters = ()
    certificates: tuple[Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
