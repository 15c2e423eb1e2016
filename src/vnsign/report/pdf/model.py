"""What stands on the pages: values, in points from the lower left corner. Knows neither reports nor ReportLab."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

WIDTH, HEIGHT = 595.28, 841.89
"""A4."""
ARTIFACT = -1
"""In place of an element: what is no part of the text, such as rules and page numbers."""

Colour = tuple[float, float, float]
BLACK: Colour = (0.0, 0.0, 0.0)


class Style(StrEnum):
    """Of letters."""

    REGULAR = "regular"
    BOLD = "bold"
    ITALIC = "italic"


@dataclass(frozen=True, slots=True)
class Element:
    """A part of the text, for those who have it read aloud (ISO 32000-2, 14.8.4).

    Attributes:
        kind: standard structure type, such as ``P``.
        parent: index of the element that it is in; -1 for the document.
        alternative: what is said of a picture.
    """

    kind: str
    parent: int
    alternative: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text, from its base line."""

    x: float
    y: float
    text: str
    size: float
    style: Style
    colour: Colour
    element: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark without text, for what a word beside it says: its square, from the lower left corner."""

    x: float
    y: float
    side: float
    mark: str
    colour: Colour
    element: int = ARTIFACT


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle: filled, outlined, or both."""

    x: float
    y: float
    width: float
    height: float
    fill: Colour | None = None
    stroke: Colour | None = None
    line: float = 0.5
    element: int = ARTIFACT


@dataclass(frozen=True, slots=True)
class Squares:
    """The modules of a QR code."""

    x: float
    y: float
    side: float
    rows: tuple[tuple[bool, ...], ...]
    element: int


Op = Text | Mark | Area | Squares


@dataclass(frozen=True, slots=True)
class Page:
    """What is drawn, in this order: the ground, then what stands on it."""

    ground: tuple[Op, ...]
    ink: tuple[Op, ...]


@dataclass(frozen=True, slots=True)
class Sheets:
    """A whole file.

    Attributes:
        pages: in order.
        elements: of the text, parents before children.
        title, language: of the file.
        date: of the file as PDF writes dates; empty where none is known.
        places: names of places with the index of their page, for the outline.
    """

    pages: tuple[Page, ...]
    elements: tuple[Element, ...]
    title: str
    language: str
    date: str
    places: tuple[tuple[str, int], ...] = ()
