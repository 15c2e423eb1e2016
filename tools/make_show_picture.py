"""Writes the picture of ``docs/how-to/show.md``: the page with a line laid over it, as signed and as it is."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Compare, keep the upper part, write."""
    from tests.screens import cases

    from vnsign.showing import compare_pages, signed_revision

    case, report = cases.screen("overlaid"), cases.report("overlaid")
    found = compare_pages(signed_revision(case.document, report, "Signature1"), case.document)
    picture = Image.open(io.BytesIO(found.differences[0].png))
    target = ROOT / "docs" / "_static" / "show" / "overlaid.png"
    target.parent.mkdir(exist_ok=True)
    upper = picture.crop((0, 0, picture.width, 300)).quantize(32)
    upper.save(target, "PNG", optimize=True)
    print(target.relative_to(ROOT), target.stat().st_size)


if __name__ == "__main__":
    main()
