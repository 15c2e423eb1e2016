"""Images of signatures and seals: PNG with a transparent background, of the colour that the rules prescribe.

The rules on administrative documents (Decree 30 of 2020, Appendix I, part I, II.7(d) and II.8(a)) ask for PNG with a
transparent background, blue for a person's signature, red for a seal. Opaque images hide the text below them and are refused;
a colour that is not the prescribed one is a warning, because scanners and inks differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from io import BytesIO
from typing import Any

from vnsign.errors import ConfigurationError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_BYTES = 16 * 1024 * 1024
_MOST_SIDE = 8_000
_MOST_PIXELS = 24_000_000
_VISIBLE = 128
"""Alpha from which a pixel counts as ink."""
_FAINTEST = 16
"""Alpha from which a pixel counts for the extent of the image."""
_LEAST_TRANSPARENT = 0.05
_LEAST_SATURATION = 50
_LEAST_SHARE = 0.6
_MOST_PER_POINT = 600 / 72
"""Pixels per point that are kept: 600 dpi."""


class Ink(StrEnum):
    """Whose image it is, and so of what colour."""

    PERSON = "person"
    SEAL = "seal"


@dataclass(frozen=True, slots=True)
class HueRange:
    """Hues in degrees, from first to last through 360."""

    first: float
    last: float

    def holds(self, hue: float) -> bool:
        """Whether a hue lies within."""
        return (hue - self.first) % 360 <= (self.last - self.first) % 360


HUES = {Ink.PERSON: HueRange(185, 265), Ink.SEAL: HueRange(335, 25)}
"""Blue and red."""
_CODES = {Ink.PERSON: "IMG_COLOUR_PERSON", Ink.SEAL: "IMG_COLOUR_SEAL"}
_WANTED = {Ink.PERSON: "blue", Ink.SEAL: "red"}


@dataclass(frozen=True, slots=True)
class ImageWarning:
    """Something about an image that a person should look at. It does not stop signing.

    Attributes:
        code: ``IMG_COLOUR_PERSON`` or ``IMG_COLOUR_SEAL``.
        message: what was found and what is expected.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class PngImage:
    """A PNG that was looked at.

    Attributes:
        data: the file.
        left, top, right, bottom: the rectangle outside of which everything is transparent, in pixels.
    """

    data: bytes = field(repr=False)
    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Of what is visible, in pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Of what is visible, in pixels."""
        return self.bottom - self.top


def read_png(data: bytes) -> PngImage:
    """Look at an image of a signature or seal.

    Args:
        data: the file.

    Returns:
        The image with the extent of what is visible.

    Raises:
        ConfigurationError: ``IMAGE_NOT_PNG``, ``IMAGE_TOO_LARGE``, ``IMAGE_DAMAGED``, ``IMAGE_OPAQUE`` (its background is not
            transparent), ``IMAGE_EMPTY`` (nothing is visible).
    """
    alpha = _decoded(data).getchannel("A")
    extent = alpha.point([0] * _FAINTEST + [255] * (256 - _FAINTEST)).getbbox()
    if extent is None:
        raise ConfigurationError("nothing is visible in the image", code="IMAGE_EMPTY", hint="give the picture itself")
    clear = sum(alpha.histogram()[:_VISIBLE])
    share = clear / (alpha.width * alpha.height)
    if share < _LEAST_TRANSPARENT:
        raise ConfigurationError(
            f"the background of the image is not transparent ({100 * share:.0f} % of it is clear)",
            code="IMAGE_OPAQUE",
            hint="cut the background out and save it as PNG with transparency",
        )
    return PngImage(data, *extent)


def colour_warnings(image: PngImage, ink: Ink, hues: HueRange | None = None) -> tuple[ImageWarning, ...]:
    """Compare the colour of what is visible with the prescribed one.

    Args:
        image: of :func:`read_png`.
        ink: whose image it is.
        hues: other hues than :data:`HUES` has.
    """
    from PIL import ImageChops

    pixels = _decoded(image.data)
    hue, saturation, _ = pixels.convert("RGB").convert("HSV").split()
    ink_mask = pixels.getchannel("A").point([0] * _VISIBLE + [255] * (256 - _VISIBLE))
    coloured = ImageChops.darker(ink_mask, saturation.point([0] * _LEAST_SATURATION + [255] * (256 - _LEAST_SATURATION)))
    visible = ink_mask.histogram()[255]
    wanted = hues or HUES[ink]
    fitting = sum(count for step, count in enumerate(hue.histogram(coloured)) if wanted.holds(step * 360 / 256))
    if fitting >= _LEAST_SHARE * visible:
        return ()
    share = 100 * fitting / visible if visible else 0
    message = f"{share:.0f} % of the image is {_WANTED[ink]}; the rules ask for {_WANTED[ink]}"
    return (ImageWarning(_CODES[ink], message),)


def cropped(image: PngImage, width: float) -> Any:
    """What is visible, as an image (Pillow, RGBA) of at most 600 dpi at a width in points."""
    from PIL import Image

    visible = _decoded(image.data).crop((image.left, image.top, image.right, image.bottom))
    most = max(1, round(width * _MOST_PER_POINT))
    if visible.width > most:
        size = most, max(1, round(visible.height * most / visible.width))
        visible = visible.resize(size, Image.Resampling.LANCZOS)
    return visible


def _decoded(data: bytes) -> Any:
    """The image in RGBA (Pillow). Size is read from the header before anything is decoded."""
    if not data.startswith(_SIGNATURE) or data[12:16] != b"IHDR" or len(data) < 33:
        raise ConfigurationError(
            "the image is no PNG", code="IMAGE_NOT_PNG", hint="save it as PNG with a transparent background; JPEG has none"
        )
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if len(data) > _MOST_BYTES or max(width, height) > _MOST_SIDE or width * height > _MOST_PIXELS:
        raise ConfigurationError(
            f"the image has {width} x {height} pixels in {len(data)} bytes",
            code="IMAGE_TOO_LARGE",
            hint="600 dpi are enough: 850 pixels for a seal of 36 mm",
        )
    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=("PNG",)) as image:
            return image.convert("RGBA")
    except Exception as error:  # the door: Pillow throws its own and Python's errors at damaged files
        raise ConfigurationError(
            f"the image cannot be read: {type(error).__name__}: {error}"[:300], code="IMAGE_DAMAGED", hint="save it anew"
        ) from error
