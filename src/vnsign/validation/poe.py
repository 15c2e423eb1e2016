"""Proofs of existence (EN 319 102-1, 5.6.2.3): what is proved to have existed, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ProofsOfExistence:
    """The earliest proved time of each object. Everything at hand exists at the validation time at the latest.

    Attributes:
        at: the validation time, UTC.
        known: lower-case hexadecimal SHA-256 of a certificate, CRL, OCSP answer or token, or ``signature:`` and the id of a
            signature, with the earliest time at which it is proved to have existed.
    """

    at: datetime
    known: Mapping[str, datetime] = field(default_factory=dict)

    def of(self, key: str) -> datetime:
        """The earliest proved time of an object; the validation time where nothing proves an earlier one."""
        return min(self.known.get(key, self.at), self.at)

    def extended(self, keys: Iterable[str], moment: datetime) -> ProofsOfExistence:
        """With the proof that the objects existed at a moment; earlier proofs stand."""
        known = dict(self.known)
        for key in keys:
            known[key] = min(moment, known.get(key, moment))
        return replace(self, known=known)


def signature_key(id_: str) -> str:
    """The key of a signature's value."""
    return f"signature:{id_}"
