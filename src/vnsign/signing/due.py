"""When does what protects a signature run out? Certificates end, and algorithms stop being accepted on dates of the policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from vnsign.evidence.bundle import Evidence
from vnsign.model.certificate import Certificate
from vnsign.model.facts import DocumentFacts, SignatureAlgorithm, SignatureFacts, SignatureKind, TimestampFacts, TimestampKind
from vnsign.model.limits import Limits
from vnsign.model.moment import VIETNAM
from vnsign.model.policy import AlgorithmPolicy, Dated
from vnsign.pki.algorithms import certificate_algorithm, public_key_size
from vnsign.pki.path import validate_path
from vnsign.signing.material import stamps_of
from vnsign.trust.store import Purpose, TrustStore

_ENDLESS = datetime(9999, 12, 31, tzinfo=UTC)


class DueReason(StrEnum):
    """Why protection runs out."""

    CERTIFICATE = "certificate"
    """A certificate of the path ends."""
    ALGORITHM = "algorithm"
    """The policy stops accepting a digest, a scheme or a key size."""
    MATERIAL = "material"
    """The signer's certificate ends before the material to judge it was embedded."""


@dataclass(frozen=True, slots=True)
class Due:
    """One signature whose protection runs out.

    Attributes:
        signature_id: as in the report of a verification.
        level: that it has, ``B-B`` to ``B-LTA``; empty for forms without levels.
        timestamp_id: the time-stamp that protects it longest; empty: none does, and its own certificate counts.
        runs_out: the last moment, UTC.
        reason: why.
        detail: what ends: a certificate's name, an algorithm.
        raise_to: the level that keeps it: LTA where only a further archive time-stamp helps.
    """

    signature_id: str
    level: str
    timestamp_id: str
    runs_out: datetime
    reason: DueReason
    detail: str
    raise_to: str = "LTA"


@dataclass(frozen=True, slots=True, order=True)
class _End:
    at: datetime
    reason: DueReason
    detail: str


def ends(facts: DocumentFacts, *, trust: TrustStore, evidence: Evidence, algorithms: AlgorithmPolicy) -> Iterator[Due]:
    """For each signature of a document, when its protection runs out; without those that never do.

    Args:
        facts: the document as read.
        trust: where paths end; a certificate without a path counts alone.
        evidence: certificates for the paths.
        algorithms: the dates on which algorithms end.
    """
    for signature in facts.signatures:
        if signature.kind is SignatureKind.DOCUMENT_TIMESTAMP and _protects_others(signature):
            continue
        found = _of_signature(facts, signature, _Judge(trust, evidence, algorithms))
        if found is not None and found.runs_out < _ENDLESS:
            yield found


def _protects_others(stamp: SignatureFacts) -> bool:
    """A time-stamp over signatures is told of with them."""
    own = stamp.document_timestamp
    return own is not None and any(key.startswith("signature:") for key in own.protects)


def _of_signature(facts: DocumentFacts, signature: SignatureFacts, judge: _Judge) -> Due | None:
    stamps = [item for item in stamps_of(facts, signature) if item.kind is not TimestampKind.CONTENT and item.imprint.matches]
    if signature.document_timestamp is not None:
        stamps.append(signature.document_timestamp)
    own = judge.certificate_end(signature, Purpose.SIGNATURE) if signature.document_timestamp is None else None
    if not stamps:
        return None if own is None else _due(signature, "", own)
    # Material needs the proof of an archive time-stamp, however long the time-stamp on the signature itself lives.
    archive = [item for item in stamps if item.kind in (TimestampKind.DOCUMENT, TimestampKind.ARCHIVE)]
    counted = archive if signature.level == "B-LTA" and archive else stamps
    judged = [(judge.stamp_end(item, signature), item) for item in counted]
    best, stamp = max(judged, key=lambda pair: (pair[0].at, pair[1].gen_time))
    if own is not None and signature.level in ("B-B", "B-T") and own.at < best.at:
        material = _End(own.at, DueReason.MATERIAL, own.detail)
        return _due(signature, stamp.id, material, raise_to="LT")
    return _due(signature, stamp.id, best)


def _due(signature: SignatureFacts, stamp: str, end: _End, raise_to: str = "LTA") -> Due:
    return Due(signature.id, signature.level, stamp, end.at, end.reason, end.detail, raise_to)


@dataclass(frozen=True, slots=True)
class _Judge:
    trust: TrustStore
    evidence: Evidence
    algorithms: AlgorithmPolicy

    def stamp_end(self, stamp: TimestampFacts, owner: SignatureFacts) -> _End:
        """The end of a time-stamp: its authority's path, or an algorithm of it."""
        path = self._chain(stamp.token, Purpose.TIMESTAMP, owner.certificates)
        value = stamp.token.signed_value
        digests = {stamp.imprint.algorithm, *(item.algorithm for item in stamp.token.digests)}
        used = [] if value is None else [value.algorithm]
        return min((*self._certificates(path), *self._algorithms(digests, used, path)), default=_End(_ENDLESS, _NEVER, ""))

    def certificate_end(self, signature: SignatureFacts, purpose: Purpose) -> _End | None:
        """The end of the path of a signature without time-stamp."""
        return min(self._certificates(self._chain(signature, purpose)), default=None)

    def _chain(self, holder: SignatureFacts, purpose: Purpose, more: Iterable[Certificate] = ()) -> tuple[Certificate, ...]:
        leaf = holder.signing_certificate
        if leaf is None:
            return ()
        at = _not_after(leaf)
        result = validate_path(
            leaf,
            embedded=(*holder.certificates, *more, *self.evidence.certificates),
            intermediates=self.trust.intermediates,
            anchors=[item.certificate for item in self.trust.anchors if purpose in item.purposes],
            at=at,
            crls=(),
            ocsps=(),
            revocation_required=False,
            limits=Limits(),
        )
        # The anchor's own end is no end of trust in it, and it signs nothing that would have to be judged.
        return result.chain[:-1] if len(result.chain) > 1 else (leaf,)

    def _certificates(self, chain: Iterable[Certificate]) -> Iterator[_End]:
        from vnsign.pki.identity import read_signer

        for item in chain:
            name = read_signer(item).name or item.sha256[:16]
            yield _End(_not_after(item), DueReason.CERTIFICATE, name)

    def _algorithms(
        self, digests: Iterable[str], used: Iterable[SignatureAlgorithm], chain: Iterable[Certificate]
    ) -> Iterator[_End]:
        certificates = tuple(chain)
        values = (*used, *(certificate_algorithm(item) for item in certificates))
        names = {*digests, *(item.digest for item in values if item.digest is not None)}
        for name in sorted(names):
            yield from _listed(self.algorithms.digests, name)
        for scheme in sorted({f"rsa-{item.padding}" if item.key == "rsa" else item.key for item in values}):
            yield from _listed(self.algorithms.schemes, scheme)
        for size in filter(None, map(public_key_size, certificates)):
            yield from self._size(*size)

    def _size(self, kind: str, bits: int) -> Iterator[_End]:
        """A key that is large enough until a day."""
        least, before = {
            "rsa": (self.algorithms.rsa_bits, self.algorithms.rsa_bits_before),
            "ec": (self.algorithms.ec_bits, self.algorithms.ec_bits_before),
            "dsa": (self.algorithms.dsa_bits, self.algorithms.dsa_bits_before),
        }.get(kind, (0, ()))
        days = [day for day, accepted in before if bits >= accepted]
        if bits < least and days:
            yield _End(_end_of(max(days)), DueReason.ALGORITHM, f"{kind.upper()} {bits}")


_NEVER = DueReason.CERTIFICATE


def _listed(listed: Dated, name: str) -> Iterator[_End]:
    days = [last for known, last in listed if known == name]
    if days and None not in days:
        yield _End(_end_of(max(day for day in days if day is not None)), DueReason.ALGORITHM, name.upper())


def _end_of(day: date) -> datetime:
    return (datetime.combine(day, time(), VIETNAM) + timedelta(days=1, seconds=-1)).astimezone(UTC)


def _not_after(certificate: Certificate) -> datetime:
    try:
        return certificate.x509.not_valid_after_utc
    except ValueError:
        return _ENDLESS
