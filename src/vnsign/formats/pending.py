"""A document that waits for a time-stamp token: what the four formats have in common when a signature is raised."""

from __future__ import annotations

from typing import Protocol


class PendingTimestamp(Protocol):
    """A document with everything in it but a time-stamp token."""

    @property
    def digest(self) -> str:
        """Name of the digest of the imprint."""
        ...

    @property
    def imprint(self) -> bytes:
        """What the token must be over: a digest, as RFC 3161 names it ``messageImprint.hashedMessage``."""
        ...

    def embed(self, token: bytes) -> bytes:
        """The document with the token in it.

        Args:
            token: DER of the time-stamp token. It is not checked here.

        Raises:
            SigningError: it does not fit in the place reserved for it.
        """
        ...
