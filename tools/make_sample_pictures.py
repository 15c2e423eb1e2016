"""Draw the sample signature and the sample seal of ``vnsign.testing``: made up, marked as samples, with nobody's likeness.

Usage: ``python tools/make_sample_pictures.py [FONT]``; FONT is a bold serif font file with Vietnamese letters.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FOLDER = Path(__file__).parents[1] / "src" / "vnsign" / "testing" / "pictures"
FONT = "/usr/share/fonts/truetype/liberation2/LiberationSerif-Bold.ttf"
RED, BLUE = (206, 24, 30, 255), (28, 63, 170, 255)
SEAL, FACTOR = 426, 4
STROKES = (
    ((30, 150), (60, 20), (130, 10), (110, 120)),
    ((110, 120), (96, 196), (54, 205), (60, 160)),
    ((60, 160), (80, 100), (180, 80), (205, 100)),
    ((205, 100), (160, 95), (150, 150), (185, 150)),
    ((185, 150), (220, 150), (222, 96), (216, 96)),
    ((216, 96), (205, 150), (240, 155), (255, 120)),
    ((255, 120), (262, 96), (268, 100), (264, 140)),
    ((264, 140), (276, 96), (304, 92), (298, 148)),
    ((298, 148), (312, 92), (344, 90), (334, 146)),
    ((334, 146), (380, 150), (440, 30), (380, 40)),
    ((380, 40), (340, 60), (360, 210), (300, 214)),
    ((300, 214), (230, 214), (330, 150), (500, 118)),
    ((240, 60), (262, 44), (270, 44), (286, 58)),
)


def main() -> None:
    font = sys.argv[1] if len(sys.argv) > 1 else FONT
    FOLDER.mkdir(exist_ok=True)
    signature().save(FOLDER / "chu-ky-mau.png", optimize=True, dpi=(300, 300))
    seal(font).save(FOLDER / "con-dau-mau.png", optimize=True, dpi=(300, 300))


def signature() -> Image.Image:
    factor = 8
    large = Image.new("RGBA", (530 * factor, 240 * factor), (*BLUE[:3], 0))
    pen = ImageDraw.Draw(large)
    for first, second, third, fourth in STROKES:
        for step in range(401):
            t = step / 400
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x, y = (sum(w * p[axis] for w, p in zip(weights, (first, second, third, fourth), strict=True)) for axis in (0, 1))
            radius = 2.0 + 1.5 * math.sin(math.pi * t) ** 2
            box = [(x - radius) * factor, (y - radius) * factor, (x + radius) * factor, (y + radius) * factor]
            pen.ellipse(box, fill=BLUE)
    return large.resize((530, 240), Image.Resampling.LANCZOS)


def seal(font: str) -> Image.Image:
    side = SEAL * FACTOR
    large = Image.new("RGBA", (side, side), (*RED[:3], 0))
    pen = ImageDraw.Draw(large)
    for radius, width in ((0.498, 0.014), (0.476, 0.005), (0.325, 0.006)):
        inset = (0.5 - radius) * side
        pen.ellipse([inset, inset, side - inset, side - inset], outline=RED, width=round(width * side))
    corners = []
    for point in range(10):
        radius = (0.26 if point % 2 == 0 else 0.26 * 0.382) * side
        angle = math.radians(-90 + 36 * point)
        corners.append((side / 2 + radius * math.cos(angle), side / 2 + radius * math.sin(angle)))
    pen.polygon(corners, fill=RED)
    letters = ImageFont.truetype(font, round(0.088 * side))
    _around(large, "ỦY BAN NHÂN DÂN XÃ THỬ NGHIỆM", letters, 0.398, -90)
    _around(large, "★ MẪU THỬ ★".replace("★", "*"), letters, 0.398, 90)
    return large.resize((SEAL, SEAL), Image.Resampling.LANCZOS)


def _around(picture: Image.Image, text: str, font: ImageFont.FreeTypeFont, radius: float, middle: float) -> None:
    """Letters along a circle: above they stand outwards, below (``middle`` 90) inwards."""
    side = picture.width
    upright = middle < 0
    turn = 1 if upright else -1
    widths = [math.degrees(font.getlength(letter) * 1.06 / (radius * side)) for letter in text]
    angle = middle - turn * sum(widths) / 2
    for letter, width in zip(text, widths, strict=True):
        at = angle + turn * width / 2
        tile = Image.new("L", (font.size * 2, font.size * 2), 0)
        ImageDraw.Draw(tile).text((font.size, font.size * 1.28), letter, font=font, fill=255, anchor="ms")
        turned = tile.rotate(-at - 90 if upright else -at + 90, resample=Image.Resampling.BICUBIC)
        x = side / 2 + radius * side * math.cos(math.radians(at)) - font.size
        y = side / 2 + radius * side * math.sin(math.radians(at)) - font.size
        picture.paste(Image.new("RGBA", tile.size, RED), (round(x), round(y)), turned)
        angle += turn * width


if __name__ == "__main__":
    main()
