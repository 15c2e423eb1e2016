"""Render every template of appearances to ``docs/_static/appearances``. Needs ``pdftoppm`` and Liberation Serif.

Usage: ``python tools/make_appearance_pictures.py``
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from vnsign.testing.appearances import Sample, pixels, samples

FOLDER = Path(__file__).parents[1] / "docs" / "_static" / "appearances"
DPI = 100


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for sample in samples():
        rendered(sample).quantize(64).save(FOLDER / f"{sample.name}.png", optimize=True)
        print(sample.name)


def rendered(sample: Sample) -> Image.Image:
    left, top, width, height = pixels(sample.region, DPI)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "sample.pdf")
        file.write_bytes(sample.document)
        part = ["-x", str(left), "-y", str(top), "-W", str(width), "-H", str(height)]
        subprocess.run(["pdftoppm", "-r", str(DPI), "-png", "-singlefile", *part, file, file.with_suffix("")], check=True)
        return Image.open(file.with_suffix(".png")).convert("RGB")


if __name__ == "__main__":
    main()
