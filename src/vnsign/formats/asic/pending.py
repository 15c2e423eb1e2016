"""A container that waits for a time-stamp token."""

from __future__ import annotations

from dataclasses import dataclass, field

from vnsign.formats.asic.zip_write import with_entries
from vnsign.formats.cms.augment import PendingCmsTimestamp
from vnsign.formats.xml.augment import PendingXmlTimestamp
from vnsign.formats.xml.write_checks import check_token
from vnsign.model.limits import Limits

_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class PendingAsicTimestamp:
    """A container with everything in it but a token (:class:`vnsign.formats.pending.PendingTimestamp`).

    Attributes:
        digest: name of the digest of the imprint.
        imprint: what the token must be over.
        container: the ZIP without the token.
        entry: the entry that the token goes to: a signature file, or one of its own.
        inner: the signature file that receives it; ``None``: the token is the entry.
        limits: bounds on the container.
    """

    digest: str
    imprint: bytes
    container: bytes = field(repr=False)
    entry: str
    inner: PendingXmlTimestamp | PendingCmsTimestamp | None = field(default=None, repr=False)
    limits: Limits = field(default=_LIMITS, repr=False)

    def embed(self, token: bytes) -> bytes:
        """The container with the token in it.

        Args:
            token: DER of the time-stamp token. Its signature and its authority are not checked here.

        Raises:
            TimestampUnavailableError: it is no token, or is over something else.
            UnreadableDocumentError, LimitExceededError: the container is not the one that was begun with.
        """
        check_token(token, lambda name: self.imprint if name == self.digest else None, self.limits)
        content = token if self.inner is None else self.inner.embed(token)
        return with_entries(self.container, {self.entry: content}, limits=self.limits)
