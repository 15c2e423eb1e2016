"""What the parent hands to the worker that renders."""

from __future__ import annotations

from dataclasses import dataclass, field

from vnsign.showing.limits import RenderLimits


@dataclass(frozen=True, slots=True)
class Captions:
    """What is written above the two halves of a picture.

    Attributes:
        page: with ``{page}`` for the number.
        left: above the page as signed.
        right: above the page as it is.
        missing: in the place of a page that one of the two does not have.
        font: path of a font with Vietnamese letters; empty where there is none, and then accents are left out.
    """

    page: str
    left: str
    right: str
    missing: str
    font: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """Two states of a document and how they are to be compared."""

    signed: bytes = field(repr=False)
    now: bytes = field(repr=False)
    password: str | None = field(repr=False)
    captions: Captions
    limits: RenderLimits
