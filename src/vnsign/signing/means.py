"""What a signature needs beyond its value to reach a level: time-stamps, trust, evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vnsign.errors import ConfigurationError
from vnsign.evidence.bundle import Evidence
from vnsign.evidence.sources import EvidenceSource, Offline
from vnsign.signing.profile import SignatureLevel
from vnsign.signing.timestamps import TimestampAuthority
from vnsign.trust.store import TrustStore


@dataclass(frozen=True, slots=True)
class Means:
    """What raises a signature.

    Attributes:
        timestamps: the time-stamping authority.
        trust: where the paths of signer and authorities end.
        evidence: certificates, CRLs and OCSP answers at hand.
        source: where more is sought.
        password: opens an encrypted PDF.
        external: detached data of the signatures, by URI or name.
    """

    timestamps: TimestampAuthority | None = None
    trust: TrustStore | None = None
    evidence: Evidence = field(default_factory=Evidence)
    source: EvidenceSource = field(default_factory=Offline)
    password: str | None = field(default=None, repr=False)
    external: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        *,
        timestamps: TimestampAuthority | None = None,
        trust: TrustStore | None = None,
        evidence: Evidence | None = None,
        source: EvidenceSource | None = None,
        password: str | None = None,
    ) -> Means:
        """Means with nothing in the place of what is not given."""
        return cls(timestamps, trust, evidence or Evidence(), source or Offline(), password)

    def require_for(self, level: SignatureLevel) -> None:
        """Refuse a level that cannot be reached, before anything is asked of anybody.

        Raises:
            ConfigurationError: a level above B without authority (``NO_TIMESTAMP_AUTHORITY``), LT or LTA without trust store
                (``NO_TRUST_FOR_LEVEL``).
        """
        if level.includes(SignatureLevel.T) and self.timestamps is None:
            raise ConfigurationError(
                f"level {level} needs a time-stamping authority",
                code="NO_TIMESTAMP_AUTHORITY",
                hint="give timestamps=..., or sign with level B",
            )
        if level.includes(SignatureLevel.LT) and self.trust is None:
            raise ConfigurationError(
                f"level {level} needs a trust store: the material that is embedded is what proves the path to its anchors",
                code="NO_TRUST_FOR_LEVEL",
                hint="give trust=..., and evidence or a source of it",
            )
