"""Where things are written: results to stdout, errors and progress to stderr, always in UTF-8."""

from __future__ import annotations

import io
import os
import sys

from vnsign.errors import VnsignError

LANGUAGES = ("vi", "en")


def use_utf8() -> None:
    """Make both streams UTF-8, so that Vietnamese letters survive any console or locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def result(text: str) -> None:
    """Write a result to stdout."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def say(text: str) -> None:
    """Write anything else to stderr."""
    sys.stderr.write(text + "\n")


def error(problem: VnsignError, language: str = "vi") -> None:
    """Write an error with its code and hint to stderr."""
    label, hint = ("lỗi", "gợi ý") if language == "vi" else ("error", "hint")
    say(f"{label} [{problem.code}]: {problem.message}")
    if problem.hint:
        say(f"  {hint}: {problem.hint}")


def wants_colour() -> bool:
    """Whether stdout is a terminal that shows colour; ``NO_COLOR`` and dumb terminals say no, ``CLICOLOR_FORCE`` says yes."""
    if os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0")
    return forced or (sys.stdout.isatty() and not _dumb())


def wants_ascii() -> bool:
    """Whether marks and rules are written in ASCII: on terminals that say they are dumb."""
    return sys.stdout.isatty() and _dumb()


def width() -> int:
    """Columns of the terminal; a fixed number where the output is no terminal, so that it does not depend on who reads."""
    import shutil

    if not sys.stdout.isatty():
        return 100
    return min(shutil.get_terminal_size((100, 24)).columns, 120)


def _dumb() -> bool:
    return os.environ.get("TERM") == "dumb"
