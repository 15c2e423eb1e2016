"""A cache bounded by the size of what it keeps, for data of very unequal size (CRLs of 1 KB and of 60 MB)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class Recent(Generic[_Value]):
    """The results of a function of bytes, the most recently used ones, up to a total size of the inputs.

    Args:
        compute: the function; it must be pure, and what it raises is not kept.
        total_bytes: sum of the sizes of the inputs kept, in bytes; an input above it is computed each time.
    """

    def __init__(self, compute: Callable[[bytes], _Value], total_bytes: int) -> None:
        self._compute = compute
        self._total = total_bytes
        self._used = 0
        self._kept: OrderedDict[bytes, _Value] = OrderedDict()
        self._lock = Lock()

    def __call__(self, data: bytes) -> _Value:
        """The result for these bytes."""
        with self._lock:
            if data in self._kept:
                self._kept.move_to_end(data)
                return self._kept[data]
        value = self._compute(data)
        with self._lock:
            if data not in self._kept and len(data) <= self._total:
                self._kept[data] = value
                self._used += len(data)
            while self._used > self._total:
                oldest, _ = self._kept.popitem(last=False)
                self._used -= len(oldest)
            return self._kept.get(data, value)
