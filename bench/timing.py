"""Interleaved timing: contestants take turns, and the medians of CPU time are compared as ratios."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
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


# A child starts with the peak of the process that forked it, so a small process stands between.
_LAUNCHER = """
import os, sys, time
null = os.open(os.devnull, os.O_RDWR)
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, n) for n in (0, 1, 2)])
_, _, usage = os.wait4(child, 0)
print((time.perf_counter() - start) * 1000, usage.ru_maxrss / 1024)
"""


def _run(command: Sequence[str]) -> tuple[float, float]:
    program = shutil.which(command[0]) or command[0]
    launched = [sys.executable, "-I", "-S", "-c", _LAUNCHER, program, *command[1:]]
    wall, peak = subprocess.run(launched, capture_output=True, text=True, check=True).stdout.split()
    return float(wall), float(peak)
