"""Three things counted on every reliable row of the manifest: class of the indication, baseline level, number of signatures.

What is expected is read from the manifest alone, by the rules of its README: ``crypto_expected`` speaks of the mathematics of
every signature and says nothing of trust, policy, time or coverage, so our answer is that of a verifier without any anchor.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vnsign import TrustStore, Verifier
from vnsign.model.facts import SignatureKind
from vnsign.model.report import DocumentReport, SignatureReport
from vnsign.model.verdict import CheckStatus, Indication, SubIndication
from vnsign.validation import policies

Row = dict[str, Any]
AT = datetime(2026, 6, 1, tzinfo=UTC)
FORMATS = {"pdf": "PDF", "xml": "XML", "cms": "CAdES", "asic": "ASiC", "er": "ERS"}
_SIGNED = (SignatureKind.SIGNATURE, SignatureKind.COUNTER_SIGNATURE)
_LEVELS = ("", "none", "B-B", "B-T", "B-LT", "B-LTA")
_COVERAGE = frozenset(
    {
        "pdf.byte-range-malformed",
        "pdf.changed-after-signing",
        "pdf.contents-outside-gap",
        "pdf.coverage-partial",
        "pdf.later-revisions-unreadable",
        "xml.wrapping-suspected",
    }
)
"""What fails although the mathematics hold: the signature is sound and does not cover what is shown."""
_BROKEN = re.compile(r"is not intact|Bad digest|Invalid signature value", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What we said of one file.

    Attributes:
        class_: ``holds``, ``undecided SUB``, ``fails``, ``FORMAT_FAILURE``, ``changed`` (sound, but not over what is shown),
            ``refused CODE``, or ``no signature``.
        levels: of the signatures, in document order.
        signatures: how many, counter-signatures among them.
    """

    class_: str
    levels: tuple[str, ...]
    signatures: int


@dataclass(frozen=True, slots=True)
class Point:
    """One thing compared on one row."""

    path: str
    group: tuple[str, str]
    subject: str
    expected: str
    ours: str
    attack: bool = False

    @property
    def agrees(self) -> bool:
        """Whether the answer is the expected one."""
        return self.expected == self.ours

    @property
    def too_good(self) -> bool:
        """Whether the answer is better than the expectation: sound where it is not, or a level claimed too high."""
        if self.subject == "class":
            return self.ours == "holds" != self.expected
        return self.subject == "level" and _LEVELS.index(self.ours) > _LEVELS.index(self.expected)


class External(Mapping[str, bytes]):
    """Detached data of a row: its companions by name, and the files that a relative reference names in the source."""

    def __init__(self, corpus: Path, row: Row) -> None:
        self._companions = {Path(item).name: corpus / item for item in row.get("companions") or ()}
        path = Path(row["path"])
        self._folders = (corpus / path.parent, corpus / "companion-interop" / Path(*path.parts[1:-1]))

    def __getitem__(self, uri: str) -> bytes:
        if not uri and len(self._companions) == 1:
            return next(iter(self._companions.values())).read_bytes()
        if uri and "://" not in uri and len(uri) < 200:
            named = self._companions.get(Path(uri).name)
            for path in (named, *(folder / uri for folder in self._folders)):
                if path is not None and path.is_file():
                    return path.read_bytes()
        raise KeyError(uri)

    def __iter__(self) -> Iterator[str]:
        return iter(self._companions)

    def __len__(self) -> int:
        return len(self._companions)


def rows(corpus: Path) -> list[Row]:
    """Rows of signatures and attacks whose expectation is reliable (A or B), each file once."""
    found = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    wanted = [row for row in found if row["class"] in ("signature", "attack") and row["reliability"] in ("A", "B")]
    return list({row["path"]: row for row in wanted if row["kind"] in FORMATS}.values())


def answer(corpus: Path, row: Row) -> Answer:
    """Our answer for one row, without trust anchors, by the policy that has no national rules."""
    verifier = Verifier(TrustStore(anchors=()), policies.load("etsi-baseline"), external=External(corpus, row))
    report = verifier.report(corpus / row["path"], at=AT)
    signed = [item for item in report.signatures if item.kind in _SIGNED]
    levels = tuple(item.level for item in signed if item.kind is SignatureKind.SIGNATURE)
    return Answer(_class(report, signed), levels, len(signed))


def _class(report: DocumentReport, signed: list[SignatureReport]) -> str:
    """The worst of the signatures; of the time-stamps over the whole container where there is nothing else."""
    if report.error is not None:
        return f"refused {report.error.code}"
    stamps = [item for item in report.signatures if item.kind is SignatureKind.DOCUMENT_TIMESTAMP]
    words = [_word(item) for item in signed or stamps]
    order = ("fails", "FORMAT_FAILURE", "changed", "undecided", "holds")
    return next((word for start in order for word in sorted(words) if word.startswith(start)), "no signature")


def _word(item: SignatureReport) -> str:
    if item.indication is Indication.TOTAL_FAILED:
        failing = {found.rule for found in item.findings if found.decisive and found.sub_indication is not None}
        failing = {rule for rule in failing if not rule.startswith(("chain.", "algorithms.", "time."))}
        sound = item.integrity is CheckStatus.PASSED and item.signature_value is CheckStatus.PASSED
        if sound and failing <= _COVERAGE:
            return "changed"
        return "FORMAT_FAILURE" if item.sub_indication is SubIndication.FORMAT_FAILURE else "fails"
    if item.integrity is CheckStatus.PASSED and item.signature_value is CheckStatus.PASSED:
        return "holds"
    return f"undecided {item.sub_indication}"


def expected_class(row: Row) -> str:
    """The class that the manifest expects; ``""`` where it says nothing of one."""
    expected = row.get("expected") or {}
    others = " ".join(expected.get("other_indications") or ())
    if "FORMAT_FAILURE" in (expected.get("subindication"), *re.findall(r"SubIndication\.(FORMAT_FAILURE) \| fc", others)):
        return "FORMAT_FAILURE"
    if "IllegalInputException.class" in (expected.get("throws") or ()):
        return "refused"
    if "HASH_FAILURE | detailedReport.getBasicValidationSubIndication" in others:
        return "fails"
    if "mixed" in (expected.get("sig_valid"), expected.get("data_intact")) and row.get("crypto_expected") is not False:
        return "fails"
    if row.get("crypto_expected") is True:
        return "holds"
    if row.get("crypto_expected") is False:
        missing = expected.get("indication") == "INDETERMINATE" or "SIGNED_DATA_NOT_FOUND | cv" in others
        return "undecided" if missing else "fails"
    return _asserted(expected)


def _asserted(expected: Row) -> str:
    """What the tests of a source that gives no mathematics assert of whole containers; folder names are no assertion."""
    said = expected.get("indication")
    indications = set(said if isinstance(said, list) else [said] if said else [])
    if _BROKEN.search(" ".join(expected.get("messages") or ())) or "TOTAL_FAILED" in indications:
        return "fails"
    # INDETERMINATE alone speaks of trust and status as well, so it says nothing of the mathematics.
    return "holds" if expected.get("container_valid") is True or indications == {"TOTAL_PASSED"} else ""


def points(row: Row, found: Answer) -> list[Point]:
    """What is compared on a row."""
    expected, compared = row.get("expected") or {}, []
    group = (FORMATS[row["kind"]] if not row["path"].startswith("evidence-record/") else "ERS", _source(row))
    attack = row["class"] == "attack"
    wanted = expected_class(row)
    if wanted:
        compared.append(("class", wanted, _as(wanted, found.class_)))
    level = _expected_level(expected)
    if level and wanted != "refused":
        compared.append(("level", level, found.levels[0] if found.levels else "none"))
    count = expected.get("n_signatures")
    if count is not None and wanted != "refused":
        ours = str(found.signatures) if isinstance(count, int) else ">=1" if found.signatures else "none"
        compared.append(("signatures", str(count), ours))
    return [Point(row["path"], group, *item, attack=attack) for item in compared]


def _as(wanted: str, ours: str) -> str:
    """Our class in the words of the expectation: any reason for INDETERMINATE or a refusal is one class.

    Where a signature is expected to fail, a structure that fails is the same class: TOTAL-FAILED.
    """
    plain = ours.partition(" ")[0]
    if wanted == plain or (wanted == "fails" and ours in ("FORMAT_FAILURE", "changed")):
        return wanted
    return wanted if wanted == "FORMAT_FAILURE" and ours == "changed" else ours


def _expected_level(expected: Row) -> str:
    named = expected.get("level")
    for item in named if isinstance(named, list) else [named]:
        _, baseline, level = str(item or "").partition("_BASELINE_")
        if baseline:
            return f"B-{level}"
    return ""


def _source(row: Row) -> str:
    return "EU DSS" if "/dss/dss" in row["path"] else "others"


# --- The list of reasons --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A difference that is known: what was expected, what we say, how it counts (``for``, ``against``, ``aside``), and why."""

    expected: str
    ours: str
    counts: str
    reason: str


def listed(path: Path) -> dict[tuple[str, str], Listed]:
    """The differences that are known, by path and subject."""
    found: dict[tuple[str, str], Listed] = {}
    for group in tomllib.loads(path.read_text(encoding="utf-8"))["difference"]:
        for file in group["files"]:
            key = (file, group["subject"])
            assert key not in found, f"listed twice: {key}"
            found[key] = Listed(group["expected"], group["ours"], group["counts"], group["reason"])
    return found


@dataclass(frozen=True, slots=True)
class Score:
    """The score of a group of rows. ``undecided`` and ``changed`` are part of ``agreed``: as the README counts them."""

    rows: int
    points: int
    aside: int
    agreed: int
    agreed_rows: int
    undecided: int
    changed: int
    too_good: int

    @property
    def share(self) -> float:
        """The share of rows on which everything that is compared is as expected."""
        return self.agreed_rows / self.rows if self.rows else 1.0


def score(compared: Iterable[Point], known: Mapping[tuple[str, str], Listed]) -> Score:
    """Count a group. A row counts once; it agrees when all that counts on it agrees."""
    by_row: dict[str, list[bool]] = {}
    numbers: Counter[str] = Counter()
    for item in compared:
        counts = "for" if item.agrees else getattr(known.get((item.path, item.subject)), "counts", "against")
        numbers["too_good"] += item.too_good
        if counts == "aside":
            numbers["aside"] += 1
            continue
        numbers["points"] += 1
        numbers["agreed"] += counts == "for"
        numbers["undecided"] += counts == "for" and not item.agrees and item.ours.startswith("undecided")
        numbers["changed"] += counts == "for" and item.ours == "changed" and not item.agrees
        by_row.setdefault(item.path, []).append(counts == "for")
    agreed_rows = sum(all(said) for said in by_row.values())
    return Score(len(by_row), agreed_rows=agreed_rows, **{name: numbers[name] for name in _NUMBERS})


_NUMBERS = ("points", "aside", "agreed", "undecided", "changed", "too_good")


def table(scores: Mapping[tuple[str, str], Score]) -> str:
    """The scores as a table in Markdown."""
    head = "| format | source | rows | agree | share | of them undecided | of them changed later | aside | too good |"
    lines = [head, "|---|---|---:|---:|---:|---:|---:|---:|---:|"]
    for (format_, source), item in scores.items():
        numbers = (item.rows, item.agreed_rows, f"{item.share:.1%}", item.undecided, item.changed, item.aside, item.too_good)
        lines.append(f"| {format_} | {source} | " + " | ".join(map(str, numbers)) + " |")
    return "\n".join(lines)
