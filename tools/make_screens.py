"""Make the screens of ``docs/_static/screens`` anew: what an official sees of twelve documents, in both languages.

Text, its picture in a terminal, and the HTML report in a browser. Needs the Debian packages chromium and fonts-dejavu-core.

Usage: ``python tools/make_screens.py [CASE...]``
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.screens import cases, shown  # noqa: E402 - the cases are the tests' own


def main() -> None:
    for language in ("vi", "en"):
        for name in sys.argv[1:] or cases.SCREENS:
            for path, data in shown.files(name, language):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                print(f"{path.relative_to(ROOT)}: {len(data)} bytes")


if __name__ == "__main__":
    main()
