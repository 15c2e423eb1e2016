"""EU DSS over our documents and over other people's, both verdicts side by side: ``python -m interop.run``.

Ends with 1 when a verdict of ours is a false accept, or when the list of disagreements is not exact; with 2 when the other
program cannot be had.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from interop.comparison import Pair, corpus_pairs, corpus_rows, own_pairs, table
from interop.dss_program import UnavailableError, version
from interop.listing import listed, rewritten, stale, still_open, unexplained, write
from interop.long_term import long_term
from interop.own import cases
from interop.raised import raised
from interop.raised_xml import raised_xml

KINDS = ("pdf", "xml", "cms", "asic")
SHORT = 6
"""The short form judges one sound file of the corpora in so many."""
ROOT = Path(__file__).resolve().parents[1]


def corpus_folder() -> Path | None:
    """Where other people's files are, or ``None``."""
    named = os.environ.get("VNSIGN_SHARED_DATA")
    folder = (Path(named) if named else ROOT.parent / "shared" / "data") / "corpora"
    return folder if folder.is_dir() else None


def pairs(*, short: bool) -> list[Pair]:
    """Everything that is compared."""
    with tempfile.TemporaryDirectory(prefix="vnsign-interop-") as folder:
        found = own_pairs([*cases(), *long_term(), *raised_xml(), *raised()], Path(folder))
    corpus = corpus_folder()
    if corpus is None:
        sys.stderr.write("the corpora are not here (VNSIGN_SHARED_DATA): only our own documents are compared\n")
        return found
    return found + corpus_pairs(corpus, corpus_rows(corpus, KINDS, every=SHORT if short else 1))


def main() -> int:
    """Print the table and what the list lacks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="of the sound files of the corpora one in six")
    parser.add_argument("--update", action="store_true", help="write the list anew; what is new in it waits for its reason")
    options = parser.parse_args()
    try:
        found = pairs(short=options.short)
    except UnavailableError as reason:
        sys.stderr.write(f"EU DSS cannot be run here: {reason}\n")
        return 2
    sys.stdout.write(f"  {'file':<70} vnsign | EU DSS {version()}\n" + "".join(f"{line}\n" for line in table(found)))
    if options.update:
        write(rewritten(found))
        return 0
    different = sum(bool(pair.differences()) for pair in found)
    parted, accepted, known = stale(found, listed()), unexplained(found), still_open(found)
    sys.stdout.write(f"{len(found)} files, {different} differ; {len(known)} times we are known to be wrong\n")
    for title, lines in (("OPEN", known), ("FALSE ACCEPT", accepted), ("LIST", parted)):
        sys.stdout.write("".join(f"{title} {line.removeprefix('OPEN: ')}\n" for line in lines))
    return 1 if accepted or parted else 0


if __name__ == "__main__":
    sys.exit(main())
