"""What a document time-stamp proves to have existed (EN 319 102-1, 5.6.2.3; EN 319 142-1, 5.4.3).

Its byte range covers every earlier revision: the signatures and time-stamps in them with all that they embed, and the
document security store as it stood in the revision that the time-stamp closes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from vnsign.formats.pdf.dss import SecurityStore
from vnsign.model.facts import SignatureFacts


def protected(earlier: Iterable[SignatureFacts], store: SecurityStore) -> tuple[str, ...]:
    """The keys of what a document time-stamp protects, as ``TimestampFacts.protects`` wants them.

    Args:
        earlier: the signatures and document time-stamps of the revisions that the time-stamp covers.
        store: the security store as of the covered revision.
    """
    keys: dict[str, None] = {}
    for facts in earlier:
        keys[f"signature:{facts.id}"] = None
        keys.update(dict.fromkeys(map(_sha256, _embedded(facts))))
    keys.update(dict.fromkeys(item.sha256 for item in store.certificates))
    keys.update(dict.fromkeys(map(_sha256, (*store.crls, *store.ocsps))))
    return tuple(keys)


def _embedded(facts: SignatureFacts) -> Iterator[bytes]:
    stamps = (*facts.timestamps, *((facts.document_timestamp,) if facts.document_timestamp is not None else ()))
    for holder in (facts, *(stamp.token for stamp in stamps)):
        yield from (item.der for item in holder.certificates)
        yield from holder.crls
        yield from holder.ocsps
    yield from (stamp.der for stamp in stamps)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
