"""What an appearance is made of before it is drawn: lines, pictures and squares at places in points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from vnsign.signing.appearance.images import ImageWarning, PngImage

POINTS_PER_MM = 72 / 25.4
Measure = Callable[[str, float], float]
"""Width in points of a text at a size in points."""


def points(millimetres: float) -> float:
    """Millimetres in points (1/72 inch)."""
    return millimetres * POINTS_PER_MM


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, black and upright.

    Attributes:
        text: in NFC.
        x, y: left end of the baseline.
        size: of the font.
    """

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Picture:
    """An image, what is visible of it, in a rectangle given by its lower left corner."""

    image: PngImage = field(repr=False)
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Squares:
    """A pattern of black squares on white (a QR code), rows from the top; the quiet zone is part of it."""

    rows: tuple[tuple[bool, ...], ...] = field(repr=False)
    x: float
    y: float
    side: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A thin rectangle around everything."""

    stroke: float = 0.5


Item = Line | Picture | Squares | Frame


@dataclass(frozen=True, slots=True)
class Sheet:
    """An appearance laid out.

    Attributes:
        width, height: in points.
        items: in the order in which they are drawn.
        text: what it says, for people who cannot see it.
        scalable: it may be drawn smaller to fit a field; otherwise its size is prescribed.
    """

    width: float
    height: float
    items: tuple[Item, ...]
    text: str
    scalable: bool = False

    @property
    def has_text(self) -> bool:
        """Whether a font is needed."""
        return any(isinstance(item, Line) for item in self.items)


class Template(Protocol):
    """The data of one kind of appearance."""

    @property
    def name(self) -> str:
        """As on the command line."""

    def sheet(self, measure: Measure) -> Sheet:
        """Lay it out."""

    def warnings(self) -> tuple[ImageWarning, ...]:
        """What is to be looked at before signing."""
