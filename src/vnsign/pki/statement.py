"""What one CRL or one OCSP answer says of one certificate, whatever the moment asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from vnsign.model.certificate import Certificate

Said = Literal["good", "revoked", "on-hold", "unknown"]
Source = Literal["crl", "ocsp"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One authentic statement about one certificate.

    Attributes:
        source: ``crl`` or ``ocsp``.
        said: what it says.
        this_update: when it was known to be so.
        next_update: when newer data would be there; ``None`` when not stated.
        revoked_at: when the certificate was revoked or put on hold.
        reason: reason of RFC 5280, 5.3.1, or ``""``.
        conclusive: ``good`` may be concluded; a partial CRL (delta, some reasons, another scope) can only revoke.
        keeps_expired_since: certificates that expired at or after this moment are still covered (expiredCertsOnCRL, archive
            cutoff); ``None`` when not stated.
        responder: a delegated OCSP responder whose own revocation must still be looked at.
        detail: for people who know the standard.
    """

    source: Source
    said: Said
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None = None
    reason: str = ""
    conclusive: bool = True
    keeps_expired_since: datetime | None = None
    responder: Certificate | None = field(default=None)
    detail: str = ""
