"""Frozen dataclasses of bytes, text and numbers as JSON and back, by their declared types; nothing else is ever made."""

from __future__ import annotations

import base64
import binascii
import types
import typing
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any


def encode(value: Any) -> Any:
    """A value as JSON knows it: bytes as base64, moments in ISO 8601, tuples as lists, dataclasses as objects."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: encode(getattr(value, item.name)) for item in fields(value)}
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"no JSON for {type(value).__name__}")


def decode(hint: Any, value: Any) -> Any:
    """The value of a declared type.

    Raises:
        ValueError: the JSON does not fit the type.
    """
    if is_dataclass(hint):
        return _dataclass(hint, value)
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return None if value is None else decode(next(item for item in typing.get_args(hint) if item is not type(None)), value)
    if origin is tuple:
        return _tuple(typing.get_args(hint), value)
    return _plain(hint, value)


def _dataclass(hint: Any, value: Any) -> Any:
    names = {item.name for item in fields(hint)}
    if not isinstance(value, dict) or set(value) != names:
        raise ValueError(f"not the fields of {hint.__name__}")
    hints = typing.get_type_hints(hint)
    return hint(**{name: decode(hints[name], item) for name, item in value.items()})


def _tuple(hints: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError("not a list")  # noqa: TRY004 - all that does not fit is one kind of error
    if len(hints) == 2 and hints[1] is Ellipsis:
        return tuple(decode(hints[0], item) for item in value)
    return tuple(decode(hint, item) for hint, item in zip(hints, value, strict=True))


def _plain(hint: Any, value: Any) -> Any:
    if hint is bytes and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error
    if hint is datetime and isinstance(value, str):
        return datetime.fromisoformat(value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if isinstance(hint, type) and type(value) is hint:
        return value
    raise ValueError(f"{type(value).__name__} where {hint} is expected")
