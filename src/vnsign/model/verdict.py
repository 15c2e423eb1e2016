"""Indications and sub-indications of ETSI EN 319 102-1 (V1.4.1), clause 5.1.3, tables 5 and 6."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Indication(StrEnum):
    """The main status of a validation (EN 319 102-1, 5.1.3)."""

    TOTAL_PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL-FAILED"


class CheckStatus(StrEnum):
    """The status of one building block; also of the digests and of the mathematics alone, trust aside."""

    PASSED = "PASSED"
    INDETERMINATE = "INDETERMINATE"
    FAILED = "FAILED"


class SubIndication(StrEnum):
    """Why a validation did not pass. Each belongs to exactly one indication: see :attr:`indication`."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"

    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    POLICY_PROCESSING_ERROR = "POLICY_PROCESSING_ERROR"
    SIGNATURE_POLICY_NOT_AVAILABLE = "SIGNATURE_POLICY_NOT_AVAILABLE"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NOT_REVOKED = "OUT_OF_BOUNDS_NOT_REVOKED"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    REVOCATION_OUT_OF_BOUNDS_NO_POE = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    NO_POE = "NO_POE"
    TRY_LATER = "TRY_LATER"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"
    CUSTOM = "CUSTOM"

    @property
    def indication(self) -> Indication:
        """The one indication that this sub-indication may stand under."""
        return Indication.TOTAL_FAILED if self in _FAILING else Indication.INDETERMINATE

    @property
    def uri(self) -> str:
        """The URI of TS 119 102-2 for this sub-indication."""
        return f"urn:etsi:019102:subindication:{self.value}"


_FAILING = frozenset(
    {
        SubIndication.FORMAT_FAILURE,
        SubIndication.HASH_FAILURE,
        SubIndication.SIG_CRYPTO_FAILURE,
        SubIndication.REVOKED,
        SubIndication.EXPIRED,
        SubIndication.NOT_YET_VALID,
    }
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An indication with the sub-indication that may stand under it.

    Raises:
        ValueError: when the pair is not one of the standard's.
    """

    indication: Indication
    sub_indication: SubIndication | None = None

    def __post_init__(self) -> None:
        if self.indication is Indication.TOTAL_PASSED:
            if self.sub_indication is not None:
                raise ValueError(f"TOTAL-PASSED takes no sub-indication, found {self.sub_indication}")
        elif self.sub_indication is None:
            raise ValueError(f"{self.indication} needs a sub-indication")
        elif self.sub_indication.indication is not self.indication:
            raise ValueError(f"{self.sub_indication} does not stand under {self.indication}")

    @classmethod
    def passed(cls) -> Verdict:
        """TOTAL-PASSED."""
        return cls(Indication.TOTAL_PASSED)

    @classmethod
    def of(cls, sub_indication: SubIndication) -> Verdict:
        """The verdict that a sub-indication stands for."""
        return cls(sub_indication.indication, sub_indication)


_RANK = {Indication.TOTAL_PASSED: 0, Indication.INDETERMINATE: 1, Indication.TOTAL_FAILED: 2}


def worst(indications: Iterable[Indication]) -> Indication:
    """The worst of the indications; INDETERMINATE for none: nothing verified is never a pass."""
    found = sorted(indications, key=_RANK.__getitem__)
    return found[-1] if found else Indication.INDETERMINATE
