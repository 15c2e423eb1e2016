"""Raising a signature that is there, anybody's: time-stamp, validation material, archive time-stamp, and its renewal.

The levels are those of EN 319 142-1, EN 319 132-1, EN 319 122-1 and EN 319 162-1. What is added stands beside what was signed:
no signed byte is changed. Nothing is judged here beyond what the material needs; the caller reads the result back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from vnsign.errors import ConfigurationError, SigningError
from vnsign.model.facts import DocumentFacts, SignatureFacts, SignatureFormat, SignatureKind, TimestampKind
from vnsign.model.limits import Limits
from vnsign.signing.material import find_signature, gather_material, stamps_of
from vnsign.signing.profile import SignatureLevel
from vnsign.signing.selfcheck import read_facts
from vnsign.signing.timestamps import obtain_token_over

if TYPE_CHECKING:
    from vnsign.formats.pending import PendingTimestamp
    from vnsign.signing.means import Means

_SPARE = 1024
_WITHOUT_LEVELS = (SignatureFormat.XMLDSIG, SignatureFormat.XML_OTHER, SignatureFormat.PDF_OTHER)


def raise_level(
    document: bytes,
    format_: str,
    signature_id: str,
    *,
    to: SignatureLevel,
    means: Means,
    now: datetime | None,
    digest: str = "sha256",
) -> bytes:
    """Raise one signature to a level. See :func:`raise_levels`."""
    return raise_levels(document, format_, (signature_id,), to=to, means=means, now=now, digest=digest)


def raise_levels(
    document: bytes,
    format_: str,
    signature_ids: Sequence[str],
    *,
    to: SignatureLevel,
    means: Means,
    now: datetime | None,
    digest: str = "sha256",
) -> bytes:
    """Raise signatures to a level.

    A signature that has the level already gets its further archive time-stamp for LTA (the renewal), the material that it
    lacks for LT, and stays as it is for T. One document time-stamp of a PDF serves all of its signatures.

    Args:
        document: the signed document.
        format_: ``pdf``, ``xml``, ``cms`` or ``asic``.
        signature_ids: as the reader names them.
        to: the level wanted.
        means: time-stamping authority, and for LT and LTA trust store, evidence, source of it.
        now: the present moment, aware; ``None``: that of the newest time-stamp over the signature.
        digest: of the imprints.

    Returns:
        The raised document.

    Raises:
        ConfigurationError: a step without its means: time-stamping authority (``NO_TIMESTAMP_AUTHORITY``), trust store
            (``NO_TRUST_FOR_LEVEL``); a form that has no levels (``NO_LEVELS``).
        UnreadableDocumentError: no document that can be read.
        SigningError: no such signature; the format forbids it; ``EVIDENCE_MISSING``.
        TimestampUnavailableError: no usable token was had.

    Not checked: that the signatures hold, and that the result does.
    """
    if to.includes(SignatureLevel.LT) and means.trust is None:
        raise _no_trust()
    work = _Work(format_, means, now, digest)
    for id_ in signature_ids:
        _check_form(work.read(document, id_)[1])
        if to.includes(SignatureLevel.T):
            document = work.timestamped(document, id_)
    for id_ in signature_ids if to.includes(SignatureLevel.LT) else ():
        document = work.with_material(document, id_)
    if to is SignatureLevel.LTA:
        for id_ in work.archive_targets(document, signature_ids):
            document = work.archived(document, id_)
    return document


@dataclass(frozen=True, slots=True)
class _Work:
    """What is the same for all steps."""

    format: str
    means: Means
    now: datetime | None
    digest: str

    @property
    def module(self) -> Any:
        return import_module(f"vnsign.formats.{self.format}.augment")

    def read(self, document: bytes, id_: str) -> tuple[DocumentFacts, SignatureFacts]:
        facts = read_facts(document, self.format, password=self.means.password, external=self.means.external)
        return facts, find_signature(facts, id_)

    def timestamped(self, document: bytes, id_: str) -> bytes:
        facts, found = self.read(document, id_)
        if _stamped(facts, found):
            return document
        if self.format == "pdf":
            return self._with_token(document, self._document_timestamp)
        begin, fixed = self.module.begin_signature_timestamp, self._fixed()
        return self._with_token(document, lambda data, **more: begin(data, id_, **fixed, **more))

    def with_material(self, document: bytes, id_: str) -> bytes:
        facts, found = self.read(document, id_)
        means = self.means
        if means.trust is None:
            raise _no_trust()
        gathered = gather_material(
            facts,
            id_,
            trust=means.trust,
            source=means.source,
            evidence=means.evidence,
            at=self.now or newest_time(facts, found),
            limits=Limits(),
        )
        return bytes(self.module.add_material(document, id_, gathered.require(), **self._fixed()))

    def archive_targets(self, document: bytes, ids: Sequence[str]) -> Sequence[str]:
        """Those that need an archive time-stamp of their own, in order; one that is over the whole document serves all."""
        if self.format == "pdf":
            return ids[:1]
        chosen = self.format in ("asic", "xml")
        targets: Sequence[str] = self.module.archive_targets(document, ids) if chosen else ids
        return targets

    def archived(self, document: bytes, id_: str) -> bytes:
        if self.format == "pdf":
            return self._with_token(document, self._document_timestamp)
        begin = self.module.begin_archive_timestamp
        fixed = self._fixed()
        if self.format == "cms" and self.means.external:
            fixed["content"] = _content(self.read(document, id_)[1], self.means)
        return self._with_token(document, lambda data, **more: begin(data, id_, **fixed, **more))

    def _document_timestamp(self, document: bytes, **more: Any) -> PendingTimestamp:
        pending: PendingTimestamp = self.module.begin_document_timestamp(document, **self._fixed(), **more)
        return pending

    def _fixed(self) -> dict[str, Any]:
        """What the format needs besides the document, at every step."""
        if self.format == "pdf":
            return {"password": self.means.password}
        return {"external": self.means.external} if self.format == "xml" else {}

    def _with_token(self, document: bytes, begin: Callable[..., PendingTimestamp]) -> bytes:
        return with_token(document, begin, self.means, digest=self.digest, now=self.now)


def with_token(
    document: bytes, begin: Callable[..., PendingTimestamp], means: Means, *, digest: str, now: datetime | None
) -> bytes:
    """Begin a time-stamp, have it made, put it in.

    Args:
        document: to be time-stamped.
        begin: takes the document, ``digest`` and, where the room is reserved beforehand, ``size``.
        means: with the authority.
        digest: of the imprint.
        now: the present moment, which the token must be near; ``None``: not compared.

    Raises:
        ConfigurationError: no authority. TimestampUnavailableError: no usable token was had.
    """
    if means.timestamps is None:
        raise ConfigurationError("a time-stamp needs an authority", code="NO_TIMESTAMP_AUTHORITY", hint="give timestamps=...")
    pending = begin(document, digest=digest)
    token = obtain_token_over(means.timestamps, pending.imprint, algorithm=pending.digest, now=now)
    try:
        return pending.embed(token)
    except SigningError as error:
        if error.code != "PLACEHOLDER_TOO_SMALL":
            raise
    # An authority whose tokens are larger than any that was seen: the room is made to fit, and it is asked once more.
    pending = begin(document, digest=digest, size=len(token) + _SPARE)
    token = obtain_token_over(means.timestamps, pending.imprint, algorithm=pending.digest, now=now)
    return pending.embed(token)


def _no_trust() -> ConfigurationError:
    return ConfigurationError(
        "material is gathered along paths to trust anchors", code="NO_TRUST_FOR_LEVEL", hint="give trust=..."
    )


def _check_form(found: SignatureFacts) -> None:
    if found.kind is SignatureKind.EVIDENCE_RECORD or not found.supported or found.format in _WITHOUT_LEVELS:
        raise ConfigurationError(
            f"signature {found.id!r} is of a form without levels ({found.format})",
            code="NO_LEVELS",
            hint="only PAdES, XAdES, CAdES and ASiC signatures are raised",
        )


def _stamped(facts: DocumentFacts, found: SignatureFacts) -> bool:
    """Whether a time-stamp shows when the signature existed; a document time-stamp shows it of itself."""
    if found.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return True
    return any(item.kind is not TimestampKind.CONTENT and item.imprint.matches for item in stamps_of(facts, found))


def newest_time(facts: DocumentFacts, found: SignatureFacts) -> datetime:
    """The newest time that a time-stamp over a signature shows.

    Raises:
        SigningError: ``NOT_TIMESTAMPED``: there is none.
    """
    own = () if found.document_timestamp is None else (found.document_timestamp,)
    times: list[datetime] = [item.gen_time for item in (*stamps_of(facts, found), *own)]
    if not times:
        raise SigningError(f"no time-stamp over signature {found.id!r} can be read back", code="NOT_TIMESTAMPED")
    return max(times)


def _content(found: SignatureFacts, means: Means) -> bytes | None:
    """The detached data that a CMS signature is over, by its digest."""
    from vnsign.crypto import digests

    for data in means.external.values():
        for item in found.digests:
            if item.algorithm in digests.SUPPORTED and digests.digest(item.algorithm, data) == item.expected:
                return data
    return None
