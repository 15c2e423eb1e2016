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
    """Write an error with its code to stderr: what it means and what to do.

    In Vietnamese the meaning of the code comes first, then the detail as the program says it, then what to do. The English
    message says all that already.
    """
    from vnsign.report.catalogue import clean

    said, *more = told(problem, language)
    label, detail, hint = ("lỗi", "chi tiết", "gợi ý") if language == "vi" else ("error", "detail", "hint")
    say(f"{label} [{problem.code}]: {said}")
    for name, text in zip((detail, hint), more, strict=True):
        if text:
            say(f"  {name}: {clean(text)}")


def told(problem: VnsignError, language: str) -> tuple[str, str, str]:
    """What an error is, its detail in technical English where something else was said, and what to do."""
    from vnsign.report.catalogue import clean, entry

    known = entry(language, f"codes.{problem.code}") if language == "vi" else {}
    if not known:
        return clean(problem.message), "", problem.hint
    action = known.get("action", "")
    if action.startswith(_SEE_DETAIL) and problem.hint:
        return known["meaning"], f"{problem.message} ({problem.hint})", action
    return known["meaning"], problem.message, action or problem.hint


_SEE_DETAIL = "Xem chi tiết"
"""How what to do begins where the detail alone says it: there the detail must be whole."""


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
