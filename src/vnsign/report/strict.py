"""Whether a value is what its dataclass says, down to the last field: what was read back is not believed before."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

Check = Callable[[object], bool]


def conforms(value: object, kind: Any) -> bool:
    """Whether ``value`` is exactly of the annotated type.

    Exact: no subclass, no ``bool`` for ``int``; moments are aware. Known are dataclasses, enums, ``str``, ``int``, ``float``,
    ``bool``, ``bytes``, ``datetime``, ``None``, unions and tuples of these, which is what reports are made of.
    """
    return _check(kind)(value)


@cache
def _check(kind: Any) -> Check:
    """The check for a type: put together once, as reports are made of the same few types many times over."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _any_of(tuple(map(_check, typing.get_args(kind))))
    if origin is tuple:
        return _items(typing.get_args(kind))
    if kind is None or kind is type(None):
        return lambda value: value is None
    if not isinstance(kind, type):
        return lambda _: False
    if dataclasses.is_dataclass(kind):
        return _fields(kind)
    if issubclass(kind, datetime):
        return lambda value: type(value) is kind and value.utcoffset() is not None
    return lambda value: type(value) is kind


def _any_of(checks: tuple[Check, ...]) -> Check:
    return lambda value: any(check(value) for check in checks)


def _items(kinds: tuple[Any, ...]) -> Check:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        each = _check(kinds[0])
        return lambda value: type(value) is tuple and all(map(each, value))
    checks = tuple(map(_check, kinds))

    def whole(value: object) -> bool:
        return (
            type(value) is tuple
            and len(value) == len(checks)
            and all(check(item) for check, item in zip(checks, value, strict=True))
        )

    return whole


def _fields(kind: type) -> Check:
    hints = typing.get_type_hints(kind)
    checks = tuple((item.name, _check(hints[item.name])) for item in dataclasses.fields(kind))

    def whole(value: object) -> bool:
        return type(value) is kind and all(check(getattr(value, name)) for name, check in checks)

    return whole
