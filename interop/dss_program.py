"""EU DSS as a separate program: built once with Maven into ``build/interop``, then run without network."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parent / "dss"
BUILD = Path(__file__).resolve().parents[1] / "build" / "interop"
MAIN = "vnsign.interop.Verdicts"
ETSI = "vnsign.etsi=true"
BUILD_SECONDS = 600
SECONDS_PER_FILE = 60


class UnavailableError(Exception):
    """The program cannot be had here; the text says why."""


@dataclass(frozen=True, slots=True)
class Job:
    """One file to be judged.

    Attributes:
        path: the signed file.
        at: validation time, aware UTC.
        anchors: folder of ``*.crt`` that are trusted; ``None`` for none.
        evidence: folder of ``*.crt``, ``*.crl`` and ``*.ocsp``; ``None`` for none.
        detached: the files that a detached signature may be about.
    """

    path: Path
    at: datetime
    anchors: Path | None = None
    evidence: Path | None = None
    detached: tuple[Path, ...] = ()

    def line(self) -> str:
        """The line that the program reads."""
        fields = [str(self.path), self.at.strftime("%Y-%m-%dT%H:%M:%SZ"), str(self.anchors or "-"), str(self.evidence or "-")]
        return "\t".join((*fields, *map(str, self.detached)))


def version() -> str:
    """The version of DSS that the project file pins."""
    text = (PROJECT / "pom.xml").read_text(encoding="utf-8")
    return text.partition("<dss.version>")[2].partition("<")[0]


def missing() -> str:
    """Which program is not here, or the empty string. A finished build needs Java alone."""
    needed = ("java",) if _is_built() else ("java", "mvn")
    return ", ".join(name for name in needed if shutil.which(name) is None)


def build() -> None:
    """Compile the program and fetch what it needs, unless this very source is built already.

    Raises:
        UnavailableError: Java or Maven is not here, or Maven failed (most often: no network).
    """
    if (absent := missing()) != "":
        raise UnavailableError(f"{absent} is not installed")
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test workers run side by side
        if not _is_built():
            _run_maven()
            (BUILD / "stamp").write_text(_fingerprint(), encoding="utf-8")


def _run_maven() -> None:
    for stale in ("lib", "classes"):
        shutil.rmtree(BUILD / stale, ignore_errors=True)
    # Single goals: the whole life cycle would fetch plug-ins that have nothing to do here. -C: a wrong checksum is an error.
    command = ["mvn", "-q", "-B", "-C", "-f", str(PROJECT / "pom.xml"), "dependency:copy-dependencies", "compiler:compile"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=BUILD_SECONDS)
    except subprocess.TimeoutExpired as late:
        raise UnavailableError(f"Maven did not finish within {BUILD_SECONDS} s") from late
    if done.returncode:
        raise UnavailableError(f"Maven failed: {done.stdout[-1000:]}")


def _is_built() -> bool:
    stamp = BUILD / "stamp"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _fingerprint()


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(PROJECT.rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def judge(jobs: Sequence[Job], *properties: str) -> list[dict[str, Any]]:
    """One answer a job, in order: ``{"signatures": [...], "error": null or text}``.

    Args:
        jobs: what is judged.
        properties: of the program: :data:`ETSI` adds ``"etsi"``, the report of TS 119 102-2 as XML text, to each answer.

    Raises:
        UnavailableError: see :func:`build`.
        RuntimeError: the program ended early.
    """
    build()
    command = [
        "java",
        *(f"-D{name}" for name in properties),
        "-Xmx1500m",
        "-Duser.timezone=UTC",
        "-Djava.awt.headless=true",
        "-cp",
    ]
    command += [os.pathsep.join((str(BUILD / "classes"), str(BUILD / "lib" / "*"))), MAIN]
    done = subprocess.run(
        command,
        input=lines(jobs).encode(),
        capture_output=True,
        check=False,
        timeout=120 + SECONDS_PER_FILE * len(jobs),
    )
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    if len(answers) != len(jobs):
        raise RuntimeError(f"{len(answers)} answers to {len(jobs)} jobs: {done.stderr.decode(errors='replace')[-2000:]}")
    return answers


def lines(jobs: Iterable[Job]) -> str:
    """The jobs as the program reads them."""
    return "".join(f"{job.line()}\n" for job in jobs)
