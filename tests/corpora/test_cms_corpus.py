"""Other people's CAdES, CMS and evidence record files: our answer beside the expectation; divergences listed with reasons.

Trust and policy are no part of this: mathematics, counts, levels and imprints are. See ``cms_divergences.toml``.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.corpora import scoring
from tests.corpora.scoring import Answer, Row
from vnsign.crypto.ber import element
from vnsign.formats.cms.decode import decode
from vnsign.model.facts import SignatureKind

pytestmark = pytest.mark.corpus
LIST = "cms_divergences.toml"


@pytest.fixture(scope="module")
def corpus(shared_data: Path) -> list[tuple[Row, Answer]]:
    """Every CMS file and evidence record, with our answer."""
    return scoring.answers(shared_data / "corpora", "cms", "er")


def test_no_file_makes_a_foreign_exception_leave_or_takes_too_long(corpus: list[tuple[Row, Answer]]) -> None:
    assert len(corpus) > 80
    assert [(row["path"], found.error) for row, found in corpus if found.error.startswith("foreign")] == []
    assert [(row["path"], found.seconds) for row, found in corpus if found.seconds > scoring.LONGEST_SECONDS] == []


def test_every_divergence_is_listed_and_every_listed_one_is_still_there(corpus: list[tuple[Row, Answer]]) -> None:
    assert scoring.divergences(corpus) == scoring.listed(LIST)


def test_at_least_98_of_100_reliable_files_are_answered_as_expected(corpus: list[tuple[Row, Answer]]) -> None:
    assert scoring.agreement(corpus, scoring.not_scored(LIST)) >= 0.98


def test_no_broken_signature_holds(corpus: list[tuple[Row, Answer]]) -> None:
    """Few rows are broken, so a pooled share would say nothing of them."""
    broken = [(row, found) for row, found in corpus if row.get("crypto_expected") is False and row["reliability"] != "X"]
    assert len(broken) >= 5
    assert [row["path"] for row, found in broken if scoring.integrity(found) == "holds"] == []


def test_evidence_records_are_listed_and_never_judged(corpus: list[tuple[Row, Answer]]) -> None:
    records = [(row, found) for row, found in corpus if row["kind"] == "er" and not found.error]
    assert len(records) >= 25
    for row, found in records:
        assert [item.kind for item in found.signatures] == [SignatureKind.EVIDENCE_RECORD], row["path"]
        assert not any(item.supported for item in found.signatures)


@pytest.mark.oracle
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees_on_the_mathematics(corpus: list[tuple[Row, Answer]], shared_data: Path, tmp_path: Path) -> None:
    """Where OpenSSL can say whether a file verifies, we say the same of it; it knows neither chains nor time-stamps here."""
    compared, different = 0, {}
    for row, found in corpus:
        ours = scoring.integrity(found)
        if row["kind"] != "cms" or row["class"] != "signature" or ours not in ("holds", "fails"):
            continue
        theirs = _openssl(shared_data / "corpora", row, tmp_path)
        if theirs is None:
            continue
        compared += 1
        if theirs != ours:
            different[Path(row["path"]).name] = (theirs, ours)
    assert compared >= 30
    assert different == APART


APART = {
    # The value was made over the attributes in the order in which they are written, which is not that of DER.
    "BER_reordered_prova.txt.p7m": ("fails", "holds"),
}
"""Files on which OpenSSL and we differ: what it says, what we say."""


def _openssl(folder: Path, row: Row, tmp_path: Path) -> str | None:
    """``holds``, ``fails``, or ``None`` where it cannot read the file or lacks a part of it."""
    der = tmp_path / "in.der"
    data = decode((folder / row["path"]).read_bytes())
    der.write_bytes(data[: element(data).stop])
    command = ["openssl", "cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", str(der), "-out", "/dev/null"]
    for item in row.get("companions") or ():
        command += ["-content", str(folder / item)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    if done.returncode == 0:
        return "holds"
    said = done.stderr.decode(errors="replace")
    broken = ("bad signature", "digest failure", "messageDigest", "verification failure", "content verify error")
    return "fails" if any(item in said for item in broken) else None
