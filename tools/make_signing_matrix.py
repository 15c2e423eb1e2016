"""Write docs/reference/signing-matrix.md: what is signed, and which independent programs accept each cell.

    python tools/make_signing_matrix.py          write the page
    python tools/make_signing_matrix.py --check  fail when it is not what the programs say

It takes some minutes: every cell is signed and given to every program. EU DSS is asked where Java and Maven are.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from interop.comparison import own_pairs  # noqa: E402
from interop.dss_program import version  # noqa: E402
from interop.matrix import FORMS, KEYS, LEVELS, matrix  # noqa: E402
from tests.oracles.witnesses import witnesses  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "signing-matrix.md"
HEAD = """# What is signed, and who accepts it

Every form at every level with every kind of key, signed through the public functions with the test services. A cell names
the programs, beside this library, that were given the document and accept it; *DSS* means that EU DSS {version} says
TOTAL_PASSED and names the same level. A program that does not know the form or the algorithm is not named: `pdfsig` and
`xmlsec1` know no Ed25519, `xmlsec1` no PSS, OpenSSL 3.0 no Ed25519 in CMS, signxml no Ed25519. *(DSS)*: it finds the signature
sound and of the same level, and its list of algorithms does not name the algorithm.

`tests/oracles/test_matrix.py` holds every cell; `tools/make_signing_matrix.py` writes this page.
"""


def main() -> int:
    """Write or compare the page."""
    text = "\n".join([HEAD.format(version=version()), *_tables()]) + "\n"
    if "--check" not in sys.argv:
        PAGE.write_text(text, "utf-8")
        return 0
    return 0 if PAGE.read_text("utf-8") == text else 1


def _tables() -> list[str]:
    cases = {case.name: case for case in matrix()}
    with tempfile.TemporaryDirectory() as folder:
        pairs = {pair.name.removeprefix("own/"): pair for pair in own_pairs(list(cases.values()), Path(folder))}
    lines: list[str] = []
    for form in FORMS:
        lines += [f"## {form.name}", "", f"| key | {' | '.join(f'B-{level}' for level in LEVELS)} |", "|---" * 5 + "|"]
        for key in KEYS:
            cells = []
            for level in LEVELS:
                name = f"{form.name}/{level}/{key.name}"
                with tempfile.TemporaryDirectory() as folder:
                    said = witnesses(form, key, cases[name], Path(folder))
                accepted = [program for program, ok in said.items() if ok]
                cells.append(", ".join([*accepted, _dss(pairs[name])]))
            lines.append(f"| {key.name} | {' | '.join(cells)} |")
        lines.append("")
    return lines


def _dss(pair: object) -> str:
    found = pair.differences()  # type: ignore[attr-defined] # interop.comparison.Pair
    if not found:
        return "DSS"
    return "(DSS)" if set(found) <= {"indication", "sub_indication"} else "–"


if __name__ == "__main__":
    sys.exit(main())
