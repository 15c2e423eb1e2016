"""Evidence records in the unsigned properties of XAdES signatures (ETSI TS 119 132-3): listed, never judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vnsign.errors import LimitExceededError
from vnsign.formats.evidence_records import XML_ROOT, listed
from vnsign.formats.xml.positions import position
from vnsign.formats.xml.xades import qualifying_properties
from vnsign.model.facts import SignatureFacts
from vnsign.model.limits import Limits

_NAMESPACE = "http://uri.etsi.org/19132/v1.1.1#"
_HOLDER = f"{{*}}UnsignedProperties/{{*}}UnsignedSignatureProperties/{{{_NAMESPACE}}}SealingEvidenceRecords"
_RECORDS = frozenset({XML_ROOT, f"{{{_NAMESPACE}}}ASN1EvidenceRecord"})


def with_evidence_records(found: Sequence[tuple[Any, SignatureFacts]], limits: Limits) -> tuple[SignatureFacts, ...]:
    """The signatures of a document, each followed by the evidence records in its unsigned properties.

    Args:
        found: each ``ds:Signature`` with its facts, in document order.
        limits: ``signatures`` bounds the number of evidence records as it does that of signatures.

    Raises:
        LimitExceededError: more evidence records than that.

    Not checked: anything of an evidence record. One that is not where TS 119 132-3 puts it is not looked for.
    """
    records = [list(_records(element)) for element, _ in found]
    total = sum(map(len, records))
    if total > limits.signatures:
        raise LimitExceededError(f"{total} evidence records, at most {limits.signatures} are listed")
    taken = {facts.id for _, facts in found}
    both: list[SignatureFacts] = []
    for (_, facts), own in zip(found, records, strict=True):
        both.append(facts)
        for number, record in enumerate(own, start=1):
            id_ = _free(f"{facts.id}-evidence-record-{number}", taken)
            both.append(listed(id_, position(record)))
    return tuple(both)


def _free(id_: str, taken: set[str]) -> str:
    """The id, made longer where a signature has it already."""
    while id_ in taken:
        id_ += "+"
    taken.add(id_)
    return id_


def _records(signature: Any) -> Iterator[Any]:
    for holder in qualifying_properties(signature):
        for sealing in holder.iterfind(_HOLDER):
            yield from (child for child in sealing if child.tag in _RECORDS)
