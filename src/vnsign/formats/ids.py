"""Ids of signatures: unique in a document, whatever the document calls them."""

from __future__ import annotations

from collections.abc import Iterable


def unique(names: Iterable[str]) -> list[str]:
    """The names in their order, with ``#2``, ``#3`` and so on after a name that was taken before.

    A name that itself looks like one with a suffix is given another: two signatures never share an id, since reports and
    proofs of existence are kept by it.
    """
    ids: dict[str, None] = {}
    for name in names:
        id_, number = name, 1
        while id_ in ids:
            number += 1
            id_ = f"{name}#{number}"
        ids[id_] = None
    return list(ids)
