"""A certificate as a value: its DER bytes. Equality is equality of bytes, never of names."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509


@dataclass(frozen=True, slots=True)
class Certificate:
    """DER bytes of an X.509 certificate (RFC 5280). Not parsed, hence not checked, until asked.

    pyca certificates do not pickle, so the parsed form lives in a cache beside this value.
    """

    der: bytes

    @property
    def sha256(self) -> str:
        """Lower-case hexadecimal SHA-256 of the DER bytes."""
        return _sha256(self.der)

    @property
    def x509(self) -> x509.Certificate:
        """The parsed certificate (``cryptography``).

        Raises:
            ValueError: when the bytes are not a certificate. Callers at a public door turn it into a finding.
        """
        return _parse(self.der)

    def __hash__(self) -> int:
        return hash(self.der)  # bytes keep their hash; a tuple around them would be hashed anew at each look-up

    def __repr__(self) -> str:
        return f"Certificate(sha256={self.sha256[:16]}…)"


@lru_cache(maxsize=4096)
def _sha256(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


@lru_cache(maxsize=1024)
def _parse(der: bytes) -> x509.Certificate:
    from cryptography import x509 as pyca

    with warnings.catch_warnings():
        # Odd serials and over-long names are met in real certificates; a warning on stderr would tell an official nothing.
        warnings.simplefilter("ignore")
        try:
            return pyca.load_der_x509_certificate(der)
        except pyca.InvalidVersion as error:  # the one that is no ValueError
            raise ValueError(str(error)) from error
