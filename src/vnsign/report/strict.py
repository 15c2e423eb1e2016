"""Whether a value is what its dataclass says, down to the last field: what was read back is not believed before."""

from __future__ import annotations

import dataclasses
import types
import typing
from datetime import datetime
from functools import cache
from typing import Any


def conforms(value: object, kind: Any) -> bool:
    """Whether ``value`` is exactly of the annotated type.

    Exact: no subclass, no ``bool`` for ``int``; moments are aware. Known are dataclasses, enums, ``str``, ``int``, ``float``,
    ``bool``, ``bytes``, ``datetime``, ``None``, unions and tuples of these, which is what reports are made of.
    """
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return any(conforms(value, item) for item in typing.get_args(kind))
    if origin is tuple:
        return type(value) is tuple and _items(value, typing.get_args(kind))
    if kind is None or kind is type(None):
        return value is None
    if not isinstance(kind, type) or type(value) is not kind:
        return False
    if dataclasses.is_dataclass(kind):
        return all(conforms(getattr(value, name), hint) for name, hint in _hints(kind))
    return not isinstance(value, datetime) or value.utcoffset() is not None


def _items(value: tuple[object, ...], kinds: tuple[Any, ...]) -> bool:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return all(conforms(item, kinds[0]) for item in value)
    return len(value) == len(kinds) and all(conforms(item, kind) for item, kind in zip(value, kinds, strict=True))


@cache
def _hints(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = typing.get_type_hints(kind)
    return tuple((item.name, hints[item.name]) for item in dataclasses.fields(kind))
