"""Raising a signature that is there, anybody's: time-stamp, validation material, archive time-stamp, and its renewal.

The levels are those of EN 319 142-1, EN 319 132-1, EN 319 122-1 and EN 319 162-1. What is added stands beside what was signed:
no signed byte is changed. Nothing is judged here beyond what the material needs; the caller reads the result back.
"""

from __future__ import annotations

from collections.abc import Callable
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
    limits: Limits | None = None,
) -> bytes:
    """Raise a signature to a level.

    A signature that has the level already gets its further archive time-stamp for LTA (the renewal), the material that it
    lacks for LT, and stays as it is for T.

    Args:
        document: the signed document.
        format_: ``pdf``, ``xml``, ``cms`` or ``asic``.
        signature_id: as the reader names it.
        to: the level wanted.
        means: time-stamping authority, and for LT and LTA trust store, evidence, source of it.
        now: the present moment, aware; ``None``: that of the newest time-stamp over the signature.
        digest: of the imprints.
        limits: bounds on the document.

    Returns:
        The raised document.

    Raises:
        ConfigurationError: a level without its means; a form that has no levels (``NO_LEVELS``).
        UnreadableDocumentError: no document that can be read.
        SigningError: no such signature; the format forbids it; ``EVIDENCE_MISSING``.
        TimestampUnavailableError: no usable token was had.

    Not checked: that the signature holds, and that the result does.
    """
    bounds = limits or Limits()
    means.require_for(to)
    facts, found = _found(document, format_, signature_id, means)
    _check_form(found)
    if to.includes(SignatureLevel.T) and not _stamped(facts, found):
        begin = _beginning(format_, "begin_signature_timestamp", facts, found, means)
        document = _with_token(document, begin, digest, means, now)
    if to.includes(SignatureLevel.LT):
        document = _with_material(document, format_, signature_id, means, now, bounds)
    if to is SignatureLevel.LTA:
        facts, found = _found(document, format_, signature_id, means)
        begin = _beginning(format_, "begin_archive_timestamp", facts, found, means)
        document = _with_token(document, begin, digest, means, now)
    return document


def _found(document: bytes, format_: str, signature_id: str, means: Means) -> tuple[DocumentFacts, SignatureFacts]:
    facts = read_facts(document, format_, password=means.password, external=means.external)
    return facts, find_signature(facts, signature_id)


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


def _with_material(
    document: bytes, format_: str, signature_id: str, means: Means, now: datetime | None, limits: Limits
) -> bytes:
    facts, found = _found(document, format_, signature_id, means)
    if means.trust is None:
        raise ConfigurationError("material is gathered with a trust store", code="NO_TRUST_FOR_LEVEL", hint="give trust=...")
    gathered = gather_material(
        facts,
        signature_id,
        trust=means.trust,
        source=means.source,
        evidence=means.evidence,
        at=now or newest_time(facts, found),
        limits=limits,
    )
    more: dict[str, Any] = {"password": means.password} if format_ == "pdf" else {}
    return bytes(_module(format_).add_material(document, signature_id, gathered.require(), **more))


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


def _beginning(format_: str, name: str, facts: DocumentFacts, found: SignatureFacts, means: Means) -> Callable[..., Any]:
    """The format's function that begins a time-stamp, with what it needs of this document."""
    module = _module(format_)
    if format_ == "pdf":
        return lambda document, **more: module.begin_document_timestamp(document, password=means.password, **more)
    begin = getattr(module, name)
    more: dict[str, Any] = {}
    if name == "begin_archive_timestamp" and means.external:
        if format_ == "xml":
            more["external"] = means.external
        if format_ == "cms" and facts.format == "cms":
            more["content"] = _content(found, means)
    return lambda document, **others: begin(document, found.id, **more, **others)


def _content(found: SignatureFacts, means: Means) -> bytes | None:
    """The detached data that a CMS signature is over, by its digest."""
    from vnsign.crypto import digests

    for data in means.external.values():
        for item in found.digests:
            if item.algorithm in digests.SUPPORTED and digests.digest(item.algorithm, data) == item.expected:
                return data
    return None


def _with_token(document: bytes, begin: Callable[..., Any], digest: str, means: Means, now: datetime | None) -> bytes:
    if means.timestamps is None:  # the level was checked; this says it to the reader of types
        raise ConfigurationError("a time-stamp needs an authority", code="NO_TIMESTAMP_AUTHORITY")
    pending = begin(document, digest=digest)
    token = obtain_token_over(means.timestamps, pending.imprint, algorithm=pending.digest, now=now)
    try:
        return bytes(pending.embed(token))
    except SigningError as error:
        if error.code != "PLACEHOLDER_TOO_SMALL":
            raise
    # An authority whose tokens are larger than any that was seen: the room is made to fit, and it is asked once more.
    pending = begin(document, digest=digest, size=len(token) + _SPARE)
    token = obtain_token_over(means.timestamps, pending.imprint, algorithm=pending.digest, now=now)
    return bytes(pending.embed(token))


def _module(format_: str) -> Any:
    return import_module(f"vnsign.formats.{format_}.augment")
