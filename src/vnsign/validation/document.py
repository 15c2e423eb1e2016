"""A whole document: time-stamps from the newest to the oldest, then the signatures (EN 319 102-1, 5.6.3).

Archive and document time-stamps are judged first, the newest before the older: one that passes proves that what it protects
existed at its time, and that may mend what is wrong today with an older one, and at last with the signatures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from vnsign.model.facts import SignatureFacts, SignatureKind, TimestampFacts, TimestampKind
from vnsign.model.report import SignatureReport
from vnsign.model.verdict import Indication
from vnsign.validation.document_rules import apply_document_rules
from vnsign.validation.engine import Context, validate_document_timestamp, validate_signature, validate_timestamp
from vnsign.validation.poe import signature_key

_PROTECTIVE = (TimestampKind.DOCUMENT, TimestampKind.ARCHIVE, TimestampKind.OTHER)


def validate_signatures(signatures: Sequence[SignatureFacts], context: Context) -> tuple[SignatureReport, ...]:
    """Judge every signature and document time-stamp of a document, in document order.

    Args:
        signatures: as read by the format.
        context: trust, policy, evidence, validation time; its proofs of existence are the start.
    """
    reports: dict[int, SignatureReport] = {}
    ids = Counter(facts.id for facts in signatures)
    # A reader that gave an id twice must not make the younger signature as old as the other.
    ambiguous = {signature_key(id_) for id_, count in ids.items() if count > 1}
    for index, facts, stamp in _newest_first(signatures):
        if facts.document_timestamp is stamp:
            reports[index] = validate_document_timestamp(facts, stamp, context)
            passed = reports[index].indication is Indication.TOTAL_PASSED
        else:
            passed = validate_timestamp(stamp, facts, context).verdict.indication is Indication.TOTAL_PASSED
        if passed:
            proved = (key for key in stamp.protects if key not in ambiguous)
            context = replace(context, poe=context.poe.extended(proved, stamp.gen_time))
    for index, facts in enumerate(signatures):
        if index not in reports:
            reports[index] = validate_signature(facts, context)
    return apply_document_rules(tuple(reports[index] for index in range(len(signatures))), context)


def _newest_first(signatures: Sequence[SignatureFacts]) -> list[tuple[int, SignatureFacts, TimestampFacts]]:
    found = []
    for index, facts in enumerate(signatures):
        if facts.kind is SignatureKind.DOCUMENT_TIMESTAMP and facts.document_timestamp is not None:
            found.append((index, facts, facts.document_timestamp))
        found.extend((index, facts, stamp) for stamp in facts.timestamps if stamp.kind in _PROTECTIVE)
    return sorted(found, key=lambda item: item[2].gen_time, reverse=True)
