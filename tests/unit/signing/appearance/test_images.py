"""Images of signatures and seals: what is refused, what is warned of, what counts as their extent."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from tests.unit.signing.appearance.support import BLACK, BLUE, RED, drawing, header_of, png
from vnsign.errors import ConfigurationError
from vnsign.signing.appearance.images import HueRange, Ink, colour_warnings, cropped, read_png
from vnsign.signing.appearance.templates import AgencySeal, DigitisedIncoming, PersonalSignature
from vnsign.testing.appearances import AT
from vnsign.testing.letters import sample_seal, sample_signature


def jpeg() -> bytes:
    out = BytesIO()
    Image.new("RGB", (50, 50), BLUE).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (jpeg(), "IMAGE_NOT_PNG"),
        (b"", "IMAGE_NOT_PNG"),
        (b"\x89PNG\r\n\x1a\n", "IMAGE_NOT_PNG"),
        (png(Image.new("RGB", (50, 50), BLUE)), "IMAGE_OPAQUE"),
        (png(Image.new("RGBA", (50, 50), (*BLUE, 255))), "IMAGE_OPAQUE"),
        (png(Image.new("P", (50, 50))), "IMAGE_OPAQUE"),
        (png(Image.new("RGBA", (50, 50), (*BLUE, 0))), "IMAGE_EMPTY"),
        (header_of(8_001, 10), "IMAGE_TOO_LARGE"),
        (header_of(8_000, 3_001), "IMAGE_TOO_LARGE"),
        (header_of(2**31 - 1, 2**31 - 1), "IMAGE_TOO_LARGE"),
        (header_of(10, 10), "IMAGE_DAMAGED"),
        (drawing()[:200], "IMAGE_DAMAGED"),
    ],
)
def test_images_that_the_rules_do_not_allow_are_refused(data, code):
    """T55: JPEG and opaque PNG are errors; size is judged before anything is decoded."""
    with pytest.raises(ConfigurationError) as caught:
        read_png(data)
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(
    "build",
    [
        lambda data: PersonalSignature(image=data),
        lambda data: AgencySeal(seal=data, size_mm=36),
        lambda data: DigitisedIncoming(seal=data, size_mm=36, agency="A", at=AT),
    ],
)
def test_a_template_is_not_built_with_a_jpeg(build):
    with pytest.raises(ConfigurationError) as caught:
        build(jpeg())
    assert caught.value.code == "IMAGE_NOT_PNG"


def test_a_palette_with_one_transparent_entry_is_transparent():
    image = Image.new("P", (40, 40), 0)
    image.putpalette([255, 255, 255, *BLUE])
    image.paste(1, (10, 10, 30, 20))
    out = BytesIO()
    image.save(out, "PNG", transparency=0)
    found = read_png(out.getvalue())
    assert (found.left, found.top, found.right, found.bottom) == (10, 10, 30, 20)


def test_the_extent_is_what_is_visible():
    found = read_png(drawing(size=(200, 100), margin=20))
    assert (found.width, found.height) == (160, 60)
    assert cropped(found, 100.0).size == (160, 60)


def test_no_more_than_600_dpi_are_kept():
    found = read_png(drawing(size=(2000, 1000), margin=0))
    assert cropped(found, 72.0).size == (600, 300)


@pytest.mark.parametrize(
    ("colour", "ink", "codes"),
    [
        (BLUE, Ink.PERSON, []),
        (RED, Ink.SEAL, []),
        (RED, Ink.PERSON, ["IMG_COLOUR_PERSON"]),
        (BLUE, Ink.SEAL, ["IMG_COLOUR_SEAL"]),
        (BLACK, Ink.PERSON, ["IMG_COLOUR_PERSON"]),
        ((200, 200, 205), Ink.PERSON, ["IMG_COLOUR_PERSON"]),
        ((230, 30, 60), Ink.SEAL, []),
    ],
)
def test_a_colour_that_is_not_prescribed_is_a_warning(colour, ink, codes):
    """T56."""
    assert [item.code for item in colour_warnings(read_png(drawing(colour)), ink)] == codes


def test_hues_can_be_chosen_and_go_through_zero():
    assert HueRange(335, 25).holds(0)
    assert HueRange(335, 25).holds(335)
    assert not HueRange(335, 25).holds(180)
    green = read_png(drawing((20, 160, 40)))
    assert colour_warnings(green, Ink.PERSON, HueRange(90, 150)) == ()


def test_the_sample_pictures_are_as_the_rules_ask():
    assert colour_warnings(read_png(sample_signature()), Ink.PERSON) == ()
    assert colour_warnings(read_png(sample_seal()), Ink.SEAL) == ()
