"""Positions of elements, and where a signature stands to what it covers: the defence against wrapping."""

from __future__ import annotations

from typing import Any


def position(element: Any) -> str:
    """Where an element is, for people: ``/HDon[1]/DLHDon[1]``, names as written. ``/`` for the document."""
    if element is None:
        return "/"
    steps = []
    while element is not None:
        local = str(element.tag).rpartition("}")[2]
        name = f"{element.prefix}:{local}" if element.prefix else local
        index = 1 + sum(1 for _ in element.itersiblings(element.tag, preceding=True))
        steps.append(f"{name}[{index}]")
        element = element.getparent()
    return "/" + "/".join(reversed(steps))
