"""``python -m fuzz [TARGET [FILE...]] [--seconds N] [--seed N] [--atheris]``: all targets, one, or files once more."""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fuzz import harness

TARGETS = tuple(sorted(path.stem for path in (Path(__file__).parent / "targets").glob("[a-z]*.py")))
_BUILD = Path(__file__).parents[1] / "build" / "fuzz"
_MEMORY = 2 * 1024**3


def main(arguments: list[str]) -> int:
    """Run targets; 1 where a defect was found."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("target", nargs="?", choices=TARGETS)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atheris", action="store_true", help="with atheris; what follows -- are its arguments")
    options, more = parser.parse_known_args(arguments)
    logging.disable(logging.CRITICAL)
    if options.atheris or (find_spec("atheris") and options.target and not options.files):
        harness.run_atheris(_module(options.target).target, more)
    _limit_memory()
    if options.files:
        return max(_again(options.target, path) for path in options.files)
    return max(_fuzz(name, options.seconds, options.seed) for name in ([options.target] if options.target else TARGETS))


def _fuzz(name: str, seconds: float, seed: int) -> int:
    folder = _BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    module = _module(name)
    found = harness.run(module.target, module.SEEDS(), seconds=seconds, seed=seed, folder=folder)
    _say(f"{name}: {found.runs} inputs, {len(found.outcomes)} outcomes, slowest {found.slowest:.2f} s")
    for defect, path in found.defects.items():
        _say(f"  DEFECT {defect}: {path}")
    return 1 if found.defects else 0


def _again(name: str, path: Path) -> int:
    outcome, defect = harness.attempt(_module(name).target, path.read_bytes())
    _say(f"{path}: {defect or outcome}")
    if defect:
        _module(name).target(path.read_bytes())
    return 1 if defect else 0


def _module(name: str) -> Any:
    return import_module(f"fuzz.targets.{name}")


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
