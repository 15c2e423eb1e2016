"""Lexer and parser of PDF objects (ISO 32000-2, 7.2 and 7.3), strict: what has two readings is refused.

Refused among others: comments, keys that stand twice, names with bytes beyond ASCII, odd escapes and numbers, references
written with more than one space, deep nesting. Every token needs a delimiter behind it, so that a piece of a file that ends
in the middle of one is never misread.
"""

from __future__ import annotations

import re
from typing import Any

from vnsign.formats.pdf.objects.values import (
    NULL,
    Array,
    Bytes,
    Dictionary,
    IrregularError,
    Name,
    Real,
    Reference,
    Resolver,
    Text,
)

WHITE = rb"\x00\t\n\x0c\r "
_ENDS = rb"(?=[" + WHITE + rb"()<>\[\]{}/%])"
_TOKEN = re.compile(
    rb"[" + WHITE + rb"]*(?:"
    rb"(?P<reference>(\d{1,10})[\t\n\x0c\r ](\d{1,5})[\t\n\x0c\r ]R" + _ENDS + rb")"
    rb"|(?P<integer>[+-]?\d{1,19}" + _ENDS + rb")"
    rb"|(?P<name>/[!-$&'*-.0-;=?-Z\\^-z|~]+" + _ENDS + rb")"
    rb"|(?P<open><<)|(?P<close>>>)|(?P<array>\[)|(?P<end>\])"
    rb"|(?P<hexadecimal><([0-9A-Fa-f" + WHITE + rb"]*)>)"
    rb"|(?P<literal>\()"
    rb"|(?P<real>[+-]?(?:\d{1,32}\.\d{0,32}|\.\d{1,32})" + _ENDS + rb")"
    rb"|(?P<word>(?:true|false|null)" + _ENDS + rb"))"
)
_LITERAL_STOP = re.compile(rb"[()\\]")
_ESCAPE = re.compile(rb"[0-3][0-7]{2}|[nrtbf()\\]")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_PLAIN = re.compile(rb"[ -~]*\Z")
_WORDS = {b"true": True, b"false": False, b"null": NULL}
_MOST_DEPTH = 48
_MOST_TOKENS = 200_000
_MARKS = ((b"\xfe\xff", "utf-16"), (b"\xff\xfe", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


class Parser:
    """Reads objects from a piece of a file or from a decoded object stream.

    Args:
        data: the bytes.
        resolver: what the references that are read will ask.
        base: offset of the piece in the file; ``None`` for decoded bytes, which have no place in it.
    """

    def __init__(self, data: bytes, resolver: Resolver, base: int | None) -> None:
        self._data = data
        self._resolver = resolver
        self._base = base
        self._left = _MOST_TOKENS

    def value(self, position: int, depth: int = 0) -> tuple[Any, int]:
        """The object at a position, and the position after it.

        Raises:
            IrregularError: when no object of regular form stands there.
        """
        token = _TOKEN.match(self._data, position)
        if token is None or depth > _MOST_DEPTH:
            raise IrregularError("no regular object")
        return self._read(token, depth)

    def _read(self, token: re.Match[bytes], depth: int) -> tuple[Any, int]:
        kind = token.lastgroup
        self._left -= 1
        if self._left < 0:
            raise IrregularError("an object of too many parts")
        if kind == "name":
            return _name(token["name"]), token.end()
        if kind == "reference":
            return self._reference(token), token.end()
        if kind == "integer":
            return int(token["integer"]), token.end()
        if kind == "open":
            return self._dictionary(token.end(), depth)
        if kind == "array":
            return self._array(token.end(), depth)
        if kind == "literal":
            return self._literal(token.end())
        return _scalar(kind, token), token.end()

    def _reference(self, token: re.Match[bytes]) -> Reference:
        number = int(token[2])
        if number == 0:
            raise IrregularError("a reference to object 0")
        return Reference(number, int(token[3]), self._resolver)

    def _dictionary(self, position: int, depth: int) -> tuple[Dictionary, int]:
        found = Dictionary()
        found.contents_place = None
        while True:
            token = _TOKEN.match(self._data, position)
            if token is not None and token.lastgroup == "close":
                return found, token.end()
            if token is None or token.lastgroup != "name":
                raise IrregularError("no name where a key must stand")
            key = _name(token["name"])
            value, position = self.value(token.end(), depth + 1)
            if key in found:
                raise IrregularError("a key stands twice")
            if key == "/Contents" and depth == 0 and self._base is not None and isinstance(value, Text | Bytes):
                found.contents_place = self._place(token.end(), position)
            found[key] = value

    def _place(self, start: int, end: int) -> tuple[int, int] | None:
        begin = _TOKEN.match(self._data, start)
        if begin is None or begin.lastgroup != "hexadecimal" or self._base is None:
            return None
        return self._base + begin.start("hexadecimal"), self._base + end

    def _array(self, position: int, depth: int) -> tuple[Array, int]:
        found = Array()
        while True:
            token = _TOKEN.match(self._data, position)
            if token is not None and token.lastgroup == "end":
                return found, token.end()
            if token is None or depth >= _MOST_DEPTH:
                raise IrregularError("no regular object in an array")
            value, position = self._read(token, depth + 1)
            found.append(value)

    def _literal(self, position: int) -> tuple[Text | Bytes, int]:
        parts: list[bytes] = []
        open_ = 1
        while open_:
            stop = _LITERAL_STOP.search(self._data, position)
            if stop is None:
                raise IrregularError("a string without end")
            parts.append(self._data[position : stop.start()])
            position = stop.end()
            if stop[0] == b"\\":
                escape = _ESCAPE.match(self._data, position)
                if escape is None:
                    raise IrregularError("an unusual escape in a string")
                parts.append(_unescaped(escape[0]))
                position = escape.end()
            else:
                open_ += 1 if stop[0] == b"(" else -1
                parts.append(stop[0] if open_ else b"")
        return text(b"".join(parts)), position


def _unescaped(written: bytes) -> bytes:
    return bytes((int(written, 8),)) if written.isdigit() else _ESCAPED.get(written, written)


def _scalar(kind: str | None, token: re.Match[bytes]) -> Any:
    if kind == "hexadecimal":
        digits = token["hexadecimal"][1:-1].translate(None, b"\x00\t\n\x0c\r ")
        return text(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")))
    if kind == "real":
        return Real(token["real"].decode("ascii"))
    if kind == "word":
        return _WORDS[token["word"]]
    raise IrregularError("a delimiter without beginning")


def _name(written: bytes) -> Name:
    if b"#" not in written:
        return Name(written.decode("ascii"))
    plain, count = _NAME_ESCAPE.subn(lambda found: bytes((int(found[1], 16),)), written)
    if count != written.count(b"#"):
        raise IrregularError("an unusual escape in a name")
    try:
        return Name(plain.decode("utf-8"))
    except UnicodeDecodeError:
        raise IrregularError("a name that is not UTF-8") from None


def text(raw: bytes) -> Text | Bytes:
    """A string's value: text where it is plain ASCII or says its encoding by a byte order mark."""
    decoded = None
    if _PLAIN.match(raw):
        decoded = raw.decode("ascii")
    else:
        encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
        try:
            decoded = raw.decode(encoding) if encoding else None
        except UnicodeDecodeError:
            decoded = None
    if decoded is None:
        return Bytes(raw)
    found = Text(decoded)
    found.original_bytes = raw
    return found
