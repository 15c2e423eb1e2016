"""Runs a target over mutated inputs: with atheris where it is installed, else with the mutations of this folder.

What counts as a defect: any exception but a ``VnsignError``, an input that takes longer than its budget, a crash of the
process. The input is saved under ``build/fuzz/TARGET``; the same file given to ``python -m fuzz TARGET FILE`` shows it again.
Inputs with an outcome not seen before join the pool from which the next are made, which leads the search without any
instrumentation.
"""

from __future__ import annotations

import contextlib
import faulthandler
import hashlib
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from fuzz.mutate import mutate
from vnsign.errors import VnsignError

Target = Callable[[bytes], object]
BUDGET_SECONDS = 5.0
_POOL = 4000


class OverBudgetError(BaseException):
    """Raised by the alarm; no ``Exception``, so that no door of the code under test swallows it."""


@dataclass
class Result:
    """What a run found.

    Attributes:
        runs: number of inputs.
        outcomes: the different outcomes.
        defects: for each defect a short description and the file that shows it.
        slowest: seconds that the slowest input took.
    """

    runs: int = 0
    outcomes: set[str] = field(default_factory=set)
    defects: dict[str, Path | None] = field(default_factory=dict)
    slowest: float = 0.0


def attempt(target: Target, data: bytes, budget: float = BUDGET_SECONDS) -> tuple[str, str]:
    """Run a target once.

    Returns:
        The outcome; and a description of the defect, empty where there is none.
    """
    try:
        with _alarm(budget), warnings.catch_warnings():
            warnings.simplefilter("error")
            return str(target(data)), ""
    except VnsignError as error:
        return error.code, ""
    except OverBudgetError:
        return "over budget", f"over budget of {budget:g} s"
    except Exception as error:  # noqa: BLE001 - what must not leave, whatever it is
        frames = traceback.extract_tb(error.__traceback__)
        place = next((item for item in reversed(frames) if "/vnsign/" in item.filename), frames[-1])
        return "defect", f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"


def run(target: Target, seeds: list[bytes], *, seconds: float, seed: int = 0, folder: Path | None = None) -> Result:
    """Run mutated inputs for some time, the seeds first.

    Args:
        target: takes bytes; raises nothing but ``VnsignError``.
        seeds: inputs to start from.
        seconds: how long; the seeds are run whatever it is.
        seed: for the random choices, so that a run can be repeated.
        folder: where inputs that show defects are saved; ``None`` for nowhere.
    """
    random = Random(seed)
    found = Result()
    pool = list(seeds)
    end = time.monotonic() + seconds
    watched = 0.0
    for data in _inputs(pool, random):
        if time.monotonic() - watched > 1:
            watched = time.monotonic()
            # Time spent outside Python is not interrupted by the alarm: end the process then, and say where it was.
            faulthandler.dump_traceback_later(BUDGET_SECONDS * 6, exit=True, file=sys.__stderr__)
        if found.runs >= len(seeds) and time.monotonic() >= end:
            break
        _remember(folder, data)
        start = time.perf_counter()
        outcome, defect = attempt(target, data)
        found.runs += 1
        found.slowest = max(found.slowest, time.perf_counter() - start)
        if defect and defect not in found.defects:
            found.defects[defect] = _save(folder, data)
        if outcome not in found.outcomes:
            found.outcomes.add(outcome)
            if len(pool) < _POOL:
                pool.append(data)
    faulthandler.cancel_dump_traceback_later()
    return found


def run_atheris(target: Target, arguments: list[str]) -> None:
    """Run under atheris (libFuzzer), with its arguments; does not return."""
    import atheris  # type: ignore[import-not-found] # optional

    def once(data: bytes) -> None:
        with contextlib.suppress(VnsignError):
            target(data)

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *arguments], once)
    atheris.Fuzz()


def _inputs(pool: list[bytes], random: Random) -> Iterator[bytes]:
    yield from list(pool)
    while True:
        yield mutate(random.choice(pool), random, pool)


@contextlib.contextmanager
def _alarm(budget: float) -> Iterator[None]:
    """Raise after the budget."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def over(*_: object) -> None:
        raise OverBudgetError

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, budget)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _remember(folder: Path | None, data: bytes) -> None:
    """Keep the input at hand: after a crash of the process it is the one that did it."""
    if folder is not None:
        (folder / "current").write_bytes(data)


def _save(folder: Path | None, data: bytes) -> Path | None:
    if folder is None:
        return None
    path = folder / f"defect-{hashlib.sha256(data).hexdigest()[:16]}"
    path.write_bytes(data)
    return path
