"""Pictures on a page: where the content draws them and how large (ISO 32000-2, 7.8.2 and 8.9). Part of the lint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vnsign.formats.pdf import pyhanko_adapter as pdf

Matrix = tuple[float, float, float, float, float, float]

_UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_MOST_OPERATIONS = 2_000_000
_MOST_PICTURES = 5_000
_DEPTH = 8
_STACK = 512
_TOKEN = re.compile(
    rb"(?P<skip>[\x00\t\n\x0c\r ]+|%[^\r\n]*)"
    rb"|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?=[\x00\t\n\x0c\r \[\]<>(){}/%]|$))"
    rb"|/(?P<name>[^\x00\t\n\x0c\r \[\]<>(){}/%]*)"
    rb"|(?P<open>\()|(?P<hex><[0-9A-Fa-f\x00\t\n\x0c\r ]*>)|(?P<mark><<|>>|[\[\]{}>)])"
    rb"|(?P<word>[^\x00\t\n\x0c\r \[\]<>(){}/%]+)"
)
_STRING = re.compile(rb"[()]|\\.", re.DOTALL)
_INLINE_END = re.compile(rb"[\x00\t\n\x0c\r ]EI(?=[\x00\t\n\x0c\r /]|$)")
_CONSTANTS = (b"true", b"false", b"null")
_MOST_OPERANDS = 10_000
_INLINE = {b"W": "/Width", b"H": "/Height", b"CS": "/ColorSpace", b"IM": "/ImageMask"}


class UnreadableContentError(Exception):
    """A content stream that cannot be followed; what is said of the page would not be the whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture as drawn.

    Attributes:
        matrix: from its unit square to the page's own coordinates.
        width, height: in pixels.
        body: the image dictionary; of an inline image the entries that matter here.
        resources: where the names of its colour spaces are looked up.
    """

    matrix: Matrix
    width: int
    height: int
    body: Any
    resources: Any


@dataclass(slots=True)
class _Reading:
    operations: int = _MOST_OPERATIONS
    pictures: list[Picture] = field(default_factory=list)


def pictures(page: Any, resources: Any) -> list[Picture]:
    """The pictures that a page draws, those of forms inside it too.

    Raises:
        UnreadableContentError: content that cannot be decoded, or more of it than is looked at.
    """
    reading = _Reading()
    _follow(_content(page), resources, _UNIT, reading, 0)
    return reading.pictures


def _content(page: Any) -> bytes:
    contents = pdf.get(page, "/Contents")
    streams = [contents] if pdf.is_stream(contents) else [pdf.follow(item) for item in pdf.items(contents)]
    return b"\n".join(_decoded(stream) for stream in streams)


def _decoded(stream: Any) -> bytes:
    data = pdf.stream_bytes(stream, "GENERIC")
    if data is None:
        raise UnreadableContentError("a content stream cannot be decoded")
    return data


def _follow(data: bytes, resources: Any, outer: Matrix, reading: _Reading, depth: int) -> None:
    current, saved = outer, list[Matrix]()
    for operator, operands in operations(data):
        reading.operations -= 1
        if reading.operations < 0 or len(reading.pictures) > _MOST_PICTURES:
            raise UnreadableContentError("more content than is looked at")
        if operator == b"q" and len(saved) < _STACK:
            saved.append(current)
        elif operator == b"Q" and saved:
            current = saved.pop()
        elif operator == b"cm" and len(operands) >= 6:
            current = times(_matrix(operands[-6:]), current)
        elif operator == b"Do" and operands:
            _drawn(operands[-1], resources, current, reading, depth)
        elif operator == b"EI":
            body = operands[0]
            _add(body, current, resources, reading)


def _drawn(name: Any, resources: Any, current: Matrix, reading: _Reading, depth: int) -> None:
    found = pdf.get(pdf.get(resources, "/XObject"), str(name))
    if not pdf.is_stream(found):
        return
    kind = pdf.get(found, "/Subtype")
    if kind == "/Image":
        _add(found, current, resources, reading)
    elif kind == "/Form":
        if depth >= _DEPTH:
            raise UnreadableContentError("forms within forms")
        own = pdf.get(found, "/Resources")
        entries = [pdf.follow(item) for item in pdf.items(pdf.get(found, "/Matrix"))]
        matrix = times(_matrix(entries), current) if len(entries) == 6 else current
        _follow(_decoded(found), own if pdf.is_dict(own) else resources, matrix, reading, depth + 1)


def _add(body: Any, matrix: Matrix, resources: Any, reading: _Reading) -> None:
    sides = [_pixels(pdf.get(body, key) if pdf.is_dict(body) else body.get(key)) for key in ("/Width", "/Height")]
    if all(sides):
        reading.pictures.append(Picture(matrix, sides[0], sides[1], body, resources))


def _pixels(value: Any) -> int:
    try:
        return max(0, int(value))
    except (TypeError, ValueError, OverflowError):
        return 0


def _matrix(values: list[Any]) -> Matrix:
    try:
        a, b, c, d, e, f = (float(value) for value in values)
    except (TypeError, ValueError, OverflowError) as error:
        raise UnreadableContentError("a matrix without numbers") from error
    return a, b, c, d, e, f


def times(inner: Matrix, outer: Matrix) -> Matrix:
    """The matrix that does first one, then the other."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def operations(data: bytes) -> Iterator[tuple[bytes, list[Any]]]:
    """Operators with their operands: numbers, names with their stroke; other operands as ``None``.

    An inline image is one operation ``EI`` with its entries as a mapping.

    Raises:
        UnreadableContentError: an inline image without end.
    """
    at, operands = 0, list[Any]()
    while at < len(data):
        token = _TOKEN.match(data, at)
        at = at + 1 if token is None else token.end()  # one sign that fits nowhere is stepped over
        if token is None or token.lastgroup == "skip":
            continue
        word = token["word"]
        if word is None or word in _CONSTANTS:
            operands = operands[-_MOST_OPERANDS:]
            operands.append(_operand(token))
            at = _string_end(data, at) if token.lastgroup == "open" else at
            continue
        if word == b"ID":
            end = _INLINE_END.search(data, at)
            if end is None:
                raise UnreadableContentError("an inline image without end")
            at = end.end()
            yield b"EI", [_inline(operands)]
        elif word != b"BI":
            yield word, operands
        operands = []


def _operand(token: re.Match[bytes]) -> Any:
    if token.lastgroup == "number":
        return float(token[0])
    if token.lastgroup == "name":
        return "/" + token["name"].decode("latin-1")
    return token[0] == b"true" if token["word"] else None


def _string_end(data: bytes, at: int) -> int:
    depth = 1
    for sign in _STRING.finditer(data, at):
        depth += {b"(": 1, b")": -1}.get(sign[0], 0)
        if depth == 0:
            return sign.end()
    return len(data)


def _inline(operands: list[Any]) -> dict[str, Any]:
    pairs = zip(operands[::2], operands[1::2], strict=False)
    return {_INLINE.get(str(key)[1:].encode("latin-1"), str(key)): value for key, value in pairs}
