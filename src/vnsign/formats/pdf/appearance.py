"""The picture of a visible signature, drawn elsewhere: one page of a PDF that is placed in the signature's rectangle."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Appearance:
    """A picture ready to be placed.

    Attributes:
        page: a PDF of one page, its media box ``[0 0 width height]``; fonts embedded, no scripts, no annotations.
        width: in points.
        height: in points.
        text: what it says, in NFC, for people who cannot see it (``TU`` of a new field, ``Alt`` in the picture).
        scalable: it may be drawn smaller to fit a field; otherwise its size is prescribed, and a field must be large enough.
    """

    page: bytes = field(repr=False)
    width: float
    height: float
    text: str = ""
    scalable: bool = False
