"""Evidence: what validation may look at besides the signature itself."""

from __future__ import annotations

from dataclasses import dataclass

from vnsign.model.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Evidence:
    """Certificates, CRLs and OCSP answers, as bytes. Nothing here is trusted and nothing has been checked.

    Attributes:
        certificates: candidates for paths; only those that verify under an anchor are ever used.
        crls: DER of CertificateList (RFC 5280, 5.1).
        ocsps: DER of OCSPResponse (RFC 6960, 4.2.1).
    """

    certificates: tuple[Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()

    def __or__(self, other: Evidence) -> Evidence:
        """Both together, in order, each item once."""
        if not isinstance(other, Evidence):
            return NotImplemented
        return Evidence(
            tuple(dict.fromkeys(self.certificates + other.certificates)),
            tuple(dict.fromkeys(self.crls + other.crls)),
            tuple(dict.fromkeys(self.ocsps + other.ocsps)),
        )

    def __repr__(self) -> str:
        return f"Evidence({len(self.certificates)} certificates, {len(self.crls)} CRLs, {len(self.ocsps)} OCSP answers)"
