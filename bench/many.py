"""``python -m bench.many``: many mixed files, beside one pyHanko process pool of the same size, and the memory they take.

Contestants take turns on the same PDF files; then all files, of every format, damaged ones among them, are judged in one run of
the command with journal and summary while its memory is watched. ``--write`` puts what is printed into the documentation.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import documents
from bench.run import write_folders
from vnsign import sign
from vnsign._version import __version__
from vnsign.formats.cms.placement import CmsPlacement
from vnsign.formats.xml.placement import XmlPlacement
from vnsign.testing.dossier import sign_dossier
from vnsign.testing.pki import TestPki

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "reference" / "performance-many.md"
CORPORA = ("pdf-dss", "pdf-pyhanko", "pdf-unsigned", "attack-pdf", "xml-dss", "attack-xml", "cades-dss", "asic-dss")
LARGEST = 300_000
ROUNDS = 3


@dataclass(frozen=True)
class Sample:
    """A document that copies are made of."""

    data: bytes
    ending: str


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--compared", type=int, default=900, help="PDF files that the contestants take turns on")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="write the table into the documentation")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vnsign-bench-") as folder:
        lines = list(Bench(Path(folder), options.jobs).lines(options.files, options.compared))
    if options.write:
        head = f"Measured with vnsign {__version__} on Python {sys.version.split()[0]}, {options.jobs} workers each.\n\n"
        TABLE.write_text(head + "\n".join(f"- {line}" for line in lines) + "\n", "utf-8")


class Bench:
    """The measurements."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self.folder, self.jobs = folder, jobs
        self.pki = TestPki.load()
        write_folders(self.pki, folder / "trust", folder / "evidence")
        self.at = datetime.now(UTC)

    def lines(self, files: int, compared: int) -> Iterator[str]:
        """What is printed, line by line."""
        samples = [*own_samples(self.pki), *corpus_samples()]
        pdfs = self.written("pdf", [item for item in samples if item.ending == ".pdf"], compared)
        for line in itertools.chain(self.compare(pdfs), self.watched(self.written("all", samples, files))):
            print(line, flush=True)
            yield line

    def written(self, name: str, samples: list[Sample], count: int) -> list[Path]:
        """Copies of the samples in turns; every tenth has an octet changed."""
        chance = random.Random(7)
        place = self.folder / name
        paths = []
        for number, sample in zip(range(count), itertools.cycle(samples), strict=False):
            path = place / f"{number // 1000:03}" / f"{number:06}{sample.ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            data = bytearray(sample.data)
            if number % 10 == 9 and data:
                data[chance.randrange(len(data))] ^= 0x20
            path.write_bytes(data)
            paths.append(path)
        return paths

    def command(self, *more: str) -> list[str]:
        bin_ = Path(sys.executable).parent / "vnsign"
        trust = ["--trust", str(self.folder / "trust"), "--evidence", str(self.folder / "evidence")]
        return [str(bin_), "verify", *trust, "--at", self.at.isoformat(), "--jobs", str(self.jobs), "--format", "ndjson", *more]

    def compare(self, paths: list[Path]) -> Iterator[str]:
        """The same PDF files by each contestant, in turns; medians of wall time, and of CPU time of all processes."""
        listed = "\0".join(map(str, paths)) + "\0"
        library = [sys.executable, "-m", "bench.many_pools"]
        rest = [str(self.folder), str(self.jobs), self.at.isoformat()]
        commands = {
            "vnsign verify --jobs": self.command("-"),
            "vnsign.verify_many, process pool": [*library, "vnsign", *rest],
            "pyHanko, process pool": [*library, "pyhanko", *rest],
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                found[name].append(timed(command, listed))
        peer = "pyHanko, process pool"
        yield f"{len(paths)} PDF files, one in ten damaged, {ROUNDS} rounds in turns:"
        for name, times in found.items():
            wall, cpu = (statistics.median(item[part] for item in times) for part in (0, 1))
            against = [statistics.median(item[part] for item in found[peer]) for part in (0, 1)]
            ratios = "" if name == peer else f"; ratio to pyHanko {wall / against[0]:.2f} (CPU {cpu / against[1]:.2f})"
            yield f"{name}: {len(paths) / wall:.0f} files/s, {1000 * cpu / len(paths):.1f} ms CPU a file{ratios}"

    def watched(self, paths: list[Path]) -> Iterator[str]:
        """All files in one run, and the memory of its processes in the course of it."""
        journal, target, table = (self.folder / name for name in ("j.db", "out.ndjson", "summary.csv"))
        size = sum(path.stat().st_size for path in paths)
        command = self.command(
            "-r", str(self.folder / "all"), "--resume", str(journal), "-o", str(target), "--summary", str(table)
        )
        with Watch() as watch:
            wall, cpu = timed(command, "", watch.follow)
        lines = sum(1 for _ in target.open("rb"))
        assert lines == len(paths), (lines, len(paths))
        kinds = len({path.suffix for path in paths})
        yield (
            f"{len(paths)} files of {kinds} kinds, {size / 1e6:.0f} MB, in one run with journal and summary: "
            f"{len(paths) / wall:.0f} files/s, {1000 * cpu / len(paths):.1f} ms CPU a file"
        )
        for name, values in (("command", watch.parent), ("largest worker", watch.workers)):
            fifth = max(1, len(values) // 5)
            early, late = max(values[fifth : 2 * fifth]), max(values[-fifth:])
            yield (
                f"peak memory of the {name}: {max(values) / 1e6:.0f} MB; in the second fifth of the run {early / 1e6:.0f} MB, "
                f"in the last {late / 1e6:.0f} MB ({late / early:.2f} x)"
            )


def timed(command: list[str], text: str, follow: Callable[[int], None] = lambda _: None) -> tuple[float, float]:
    """Wall and CPU seconds of a command and all that it started."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    ) as process:
        follow(process.pid)
        process.communicate(text.encode())
    assert process.returncode in {0, 1, 3, 4, 5}, process.returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@dataclass
class Watch:
    """Samples the resident memory of a process and of what it started."""

    parent: list[int] = field(default_factory=list)
    workers: list[int] = field(default_factory=list)
    _done: threading.Event = field(default_factory=threading.Event)

    def follow(self, pid: int) -> None:
        """Begin."""
        threading.Thread(target=self._run, args=(pid,), daemon=True).start()

    def _run(self, pid: int) -> None:
        while not self._done.wait(0.1):
            own = resident(pid)
            if own:
                self.parent.append(own)
                self.workers.append(max(map(resident, children(pid)), default=0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()


def resident(pid: int) -> int:
    """Resident bytes; 0 for a process that is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:
            continue
    return found


def own_samples(pki: TestPki) -> list[Sample]:
    """Documents signed with the test PKI: PDF, XML and CMS, people and agencies, with and without time-stamps."""
    dossier, citizen, agency = sign_dossier(pki), pki.signer("citizen"), pki.signer("agency")
    now = datetime.now(UTC)
    found = [Sample(dossier.application, ".pdf"), Sample(dossier.result, ".pdf"), Sample(dossier.tampered, ".pdf")]
    for number in range(12):
        text = documents.text_pdf(20_000 + 10_000 * number)
        found.append(Sample(sign(text, (citizen, agency)[number % 2], at=now).data, ".pdf"))
    found.append(Sample(documents.text_pdf(30_000), ".pdf"))
    found.append(Sample(dossier.declaration, ".xml"))
    for number in range(6):
        invoice = documents.invoice_xml(5_000 + 5_000 * number)
        placement = (XmlPlacement.xades_enveloped(), XmlPlacement.invoice_seller(reference="#data"))[number % 2]
        found.append(Sample(sign(invoice, citizen, at=now, placement=placement).data, ".xml"))
    found.append(Sample(sign(documents.text_pdf(20_000), citizen, at=now, placement=CmsPlacement()).data, ".p7m"))
    found.append(Sample(b"no document", ".txt"))
    return found


def corpus_samples() -> list[Sample]:
    """Other people's files, hostile ones among them, where the shared data are beside the project."""
    named = os.environ.get("VNSIGN_SHARED_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    endings = {".pdf", ".xml", ".p7m", ".p7s", ".asice", ".asics", ".sce", ".scs"}
    found = []
    for corpus in CORPORA:
        files = (path for path in sorted((folder / "corpora" / corpus).rglob("*")) if path.suffix in endings and path.is_file())
        small = [path for path in files if 0 < path.stat().st_size <= LARGEST]
        found += [Sample(path.read_bytes(), path.suffix) for path in small[:: max(1, len(small) // 40)]]
    return found


if __name__ == "__main__":
    main()
