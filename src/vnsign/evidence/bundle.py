"""Evidence: what validation may look at besides the signature itself, as a value that can be saved and replayed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.pki.recent import distinct

Wanted = Literal["certificate", "ocsp", "crl"]
Outcome = Literal["had", "failed"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to get something from elsewhere, whatever came of it.

    Attributes:
        certificate_sha256: the certificate that it was about.
        wanted: ``certificate`` (of its issuer), ``ocsp`` or ``crl``.
        address: where it was sought; ``""`` where the certificate names no address.
        outcome: ``had`` when it answered the question, else ``failed``.
        code: of the error, ``""`` when it was had.
        cause: why it failed, for people who know the standard; ``""`` when it was had.
    """

    certificate_sha256: str
    wanted: Wanted
    address: str
    outcome: Outcome
    code: str = ""
    cause: str = ""

    def __str__(self) -> str:
        where = self.address or "no address"
        return f"asked {where}" if self.outcome == "had" else f"asked {where}: {self.cause}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Certificates, CRLs and OCSP answers, as bytes. Nothing here is trusted and nothing has been checked.

    Attributes:
        certificates: candidates for paths; only those that verify under an anchor are ever used.
        crls: DER of CertificateList (RFC 5280, 5.1).
        ocsps: DER of OCSPResponse (RFC 6960, 4.2.1).
        attempts: what was asked for and where; they explain what is missing and prove nothing.
    """

    certificates: tuple[Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    attempts: tuple[Attempt, ...] = ()

    def __or__(self, other: Evidence) -> Evidence:
        """Both together, in order, each item once."""
        if not isinstance(other, Evidence):
            return NotImplemented
        return Evidence(
            tuple(dict.fromkeys(self.certificates + other.certificates)),
            distinct(self.crls + other.crls),
            distinct(self.ocsps + other.ocsps),
            tuple(dict.fromkeys(self.attempts + other.attempts)),
        )

    def __repr__(self) -> str:
        tried = f", {len(self.attempts)} attempts" if self.attempts else ""
        counts = f"{len(self.certificates)} certificates, {len(self.crls)} CRLs, {len(self.ocsps)} OCSP answers"
        return f"Evidence({counts}{tried})"


@dataclass(frozen=True, slots=True)
class SavedEvidence:
    """Everything besides the documents and the trust store that made a judgement, to be judged again alike.

    Attributes:
        at: the validation time, UTC.
        policy: id of the policy: the one that the caller chose, else the one in force at the validation time.
        policy_version: of its text.
        rules: fingerprint of the rule set.
        trust: fingerprint of the trust store.
        given: what the caller gave for all documents.
        gathered: what was gathered for each document, by the document's SHA-256, sorted.
        policy_chosen: whether the caller chose the policy; else each signature is judged by the rules of its time.
    """

    at: datetime
    policy: str
    policy_version: str
    rules: str
    trust: str
    given: Evidence = Evidence()
    gathered: tuple[tuple[str, Evidence], ...] = ()
    policy_chosen: bool = False


def dumps(saved: SavedEvidence) -> bytes:
    """Write saved evidence as one JSON file; the same value gives the same bytes. See ``docs/how-to/evidence.md``."""
    from vnsign.evidence.saved import write

    return write(saved)


def loads(data: bytes, limits: Limits | None = None) -> SavedEvidence:
    """Read back what :func:`dumps` wrote, equal to what was written.

    Args:
        data: the file.
        limits: bounds on each certificate, CRL and OCSP answer; the defaults where omitted.

    Raises:
        EvidenceError: another file, another schema, an object whose SHA-256 is not the one it stands under, or over a limit.

    Not checked: signatures, dates, whether anything fits anything; all this is validation's.
    """
    from vnsign.evidence.saved import read

    return read(data, limits or Limits())
