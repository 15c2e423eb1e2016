"""Progress of long work: one line on stderr, on a terminal only; it never stands between results."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

_WIDTH = 24
_LEAST_SECONDS = 0.1


class Progress:
    """A bar that counts documents. Use it in a ``with`` block, so that the line is cleared at its end.

    Args:
        total: documents in all; ``None`` where it is not known. Nothing is drawn for fewer than two.
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._done, self._drawn_at, self._visible = 0, 0.0, False
        self._shown = sys.stderr.isatty() and (total is None or total > 1)

    def step(self, name: str = "") -> None:
        """One document is done."""
        self._done += 1
        now = time.monotonic()
        if self._shown and (now - self._drawn_at >= _LEAST_SECONDS or self._done == self._total):
            self._drawn_at = now
            self._draw(name)

    def clear(self) -> None:
        """Remove the line, before something else is said."""
        if self._visible:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._visible = False

    def _draw(self, name: str) -> None:
        total = self._total or self._done
        full = min(_WIDTH, _WIDTH * self._done // max(total, 1))
        bar = "█" * full + "░" * (_WIDTH - full) if self._total else ""
        shown = "".join(letter if letter.isprintable() else "?" for letter in name)[:40]
        sys.stderr.write(f"\r\x1b[K{bar} {self._done}/{self._total or '?'} {shown}")
        sys.stderr.flush()
        self._visible = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.clear()
