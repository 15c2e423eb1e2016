"""Interleaved timing: contestants take turns, and the medians of CPU time are compared as ratios."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence

Task = Callable[[], object]


def warm(tasks: dict[str, Task], rounds: int) -> dict[str, float]:
    """Median CPU milliseconds of each task in this process, after one warm-up, in turns."""
    for task in tasks.values():
        task()
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            start = time.process_time()
            task()
            taken[name].append((time.process_time() - start) * 1000)
    return {name: statistics.median(values) for name, values in taken.items()}


def cold(commands: dict[str, Sequence[str]], rounds: int) -> dict[str, tuple[float, float]]:
    """Median wall milliseconds and peak megabytes of whole commands, in turns. Exit codes are not acted on."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            found = _run(command)
            if turn:
                taken[name].append(found)
    return {name: (statistics.median(t for t, _ in rows), max(m for _, m in rows)) for name, rows in taken.items()}


def _run(command: Sequence[str]) -> tuple[float, float]:
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return (time.perf_counter() - start) * 1000, usage.ru_maxrss / 1024


def peak_megabytes() -> float:
    """Peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
