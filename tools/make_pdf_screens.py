"""Make the pictures of ``docs/_static/screens/pdf`` anew: the PDF reports on twelve documents, in both languages.

Needs ``pdftoppm`` and Liberation Serif.

Usage: ``python tools/make_pdf_screens.py [CASE...]``
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.screens import cases, papers  # noqa: E402 - the cases are the tests' own


def main() -> None:
    for language in ("vi", "en"):
        for name in sys.argv[1:] or cases.SCREENS:
            path = papers.picture_file(name, language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(papers.png(papers.picture(name, language)))
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
