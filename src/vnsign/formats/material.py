"""Validation material that is embedded in a document: certificates, CRLs and OCSP answers, as DER."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Material:
    """What is put in a document so that its signatures can be judged later (EN 319 102-1, level B-LT).

    Attributes:
        certificates: DER of certificates: issuers of the signer and of the time-stamping authorities, and their own.
        crls: DER of CertificateList (RFC 5280, 5.1).
        ocsps: DER of OCSPResponse (RFC 6960, 4.2.1), complete.
    """

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
