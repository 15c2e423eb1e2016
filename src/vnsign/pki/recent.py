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
        self._kept: OrderedDict[_Key, tuple[bytes, _Value]] = OrderedDict()
        self._lock = Lock()

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()
            self._used = 0

    def __call__(self, data: bytes) -> _Value:
        """The result for these bytes."""
        key = _key(data)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] == data:
                # The bytes asked with: the same object compares at once, and it will come again.
                self._kept[key] = (data, kept[1])
                self._kept.move_to_end(key)
                return kept[1]
        value = self._compute(data)
        with self._lock:
            if len(data) <= self._total:
                replaced = self._kept.pop(key, None)
                self._used += len(data) - (len(replaced[0]) if replaced is not None else 0)
                self._kept[key] = (data, value)
            while self._used > self._total:
                _, (oldest, _) = self._kept.popitem(last=False)
                self._used -= len(oldest)
            return value


_Key = tuple[int, bytes]


def _key(data: bytes) -> _Key:
    """Length and last octets, where signed data have their signature: hashing all of a long list costs as much as finding."""
    return len(data), data[-64:]


def distinct(items: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The items in order, each once; long ones are not hashed where they differ at their end."""
    if len({_key(item) for item in items}) == len(items):
        return items
    return tuple(dict.fromkeys(items))
