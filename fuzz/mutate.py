"""Mutation of bytes: single ones, pieces, tokens, numbers, and what is written in hexadecimal or Base64 in them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from random import Random

from fuzz import der

_LONGEST = 1 << 20
_TOKEN = re.compile(rb"[A-Za-z/_#:.-]{2,40}")
_NUMBER = re.compile(rb"-?\d+")
_HEXADECIMAL = re.compile(rb"[0-9a-fA-F]{64,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\r\n]{40,}={0,2}")
_NUMBERS = (b"0", b"-1", b"1", b"2147483648", b"-2147483649", b"18446744073709551616", b"9" * 40, b"1e9", b"0.0000001")
_PIECES = (
    b"\0", b"\xff", b"<", b">", b"<<", b">>", b"[", b"]", b"(", b")", b"\r", b"\n", b"%", b"/", b"&", b'"', b"'", b"]]>",
    b"<!--", b"<?a?>", b"obj", b"endobj", b"stream\n", b"endstream", b"xref", b"trailer", b"startxref\n0\n%%EOF\n",
    b"\xef\xbb\xbf", b"\xfe\xff", b"<![CDATA[", b"&#0;", b"{}", b"null", b"true", b"\x30\x80", b"\x00\x00",
    b"\x06\x00", b"\x24\x80",
)  # fmt: skip


def mutate(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """A changed copy of the bytes.

    Args:
        data: an input.
        random: where chance comes from; the same state gives the same change.
        others: further inputs to take pieces and tokens from.
    """
    for _ in range(random.choice((1, 1, 1, 2, 4, 12))):
        data = _once(data, random, others)
    return data[:_LONGEST]


def _once(data: bytes, random: Random, others: list[bytes]) -> bytes:
    if data[:1] in b"\x30\x31\xa0\xa1" and random.random() < 0.6:
        changed = der.mutate(data, random, others)
        if changed is not None:
            return changed
    return random.choice(_WAYS)(data, random, others)


def _flip(data: bytes, random: Random, _: list[bytes]) -> bytes:
    if not data:
        return b"\0"
    spot = random.randrange(len(data))
    return data[:spot] + bytes([data[spot] ^ (1 << random.randrange(8))]) + data[spot + 1 :]


def _cut(data: bytes, random: Random, _: list[bytes]) -> bytes:
    start, end = _span(data, random)
    return data[:start] + data[end:]


def _end(data: bytes, random: Random, _: list[bytes]) -> bytes:
    return data[: random.randint(0, len(data))]


def _repeat(data: bytes, random: Random, _: list[bytes]) -> bytes:
    start, end = _span(data, random)
    return data[:end] + data[start:end] * random.choice((1, 1, 3, 100)) + data[end:]


def _insert(data: bytes, random: Random, _: list[bytes]) -> bytes:
    spot = random.randint(0, len(data))
    return data[:spot] + random.choice(_PIECES) * random.choice((1, 1, 1, 2, 200)) + data[spot:]


def _splice(data: bytes, random: Random, others: list[bytes]) -> bytes:
    other = random.choice(others) if others else data
    start, end = _span(other, random)
    spot, over = _span(data, random)
    return data[:spot] + other[start:end] + data[random.choice((spot, over)) :]


def _number(data: bytes, random: Random, _: list[bytes]) -> bytes:
    return _replaced(_NUMBER, data, random, lambda found: random.choice((*_NUMBERS, found + b"0", str(len(data)).encode())))


def _token(data: bytes, random: Random, others: list[bytes]) -> bytes:
    other = random.choice(others) if others else data
    tokens = _near(_TOKEN, other, random)
    return _replaced(_TOKEN, data, random, lambda found: random.choice(tokens) if tokens else found)


def _inside(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """What is written in hexadecimal or Base64, changed where it stands."""
    if random.random() < 0.5:
        return _replaced(_HEXADECIMAL, data, random, lambda found: _hexadecimal(found, random, others))
    return _replaced(_BASE64, data, random, lambda found: _base64(found, random, others))


def _hexadecimal(found: bytes, random: Random, others: list[bytes]) -> bytes:
    changed = binascii.hexlify(_once(binascii.unhexlify(found[: len(found) & ~1]), random, others))
    # Of the same length where that is possible: the offsets of a PDF stay right then.
    return changed.ljust(len(found), b"0") if len(changed) <= len(found) else changed


def _base64(found: bytes, random: Random, others: list[bytes]) -> bytes:
    try:
        return base64.b64encode(_once(base64.b64decode(found), random, others))
    except (binascii.Error, ValueError):
        return found


def _replaced(pattern: re.Pattern[bytes], data: bytes, random: Random, change: Callable[[bytes], bytes]) -> bytes:
    """One match near a random place, changed."""
    start = random.randint(0, max(0, len(data) - 1))
    found = pattern.search(data, start) or pattern.search(data)
    if found is None:
        return _flip(data, random, [])
    return data[: found.start()] + change(found.group()) + data[found.end() :]


def _near(pattern: re.Pattern[bytes], data: bytes, random: Random) -> list[bytes]:
    start = random.randint(0, max(0, len(data) - 1))
    return pattern.findall(data[start : start + 2000])


def _span(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(data))
    return start, min(len(data), start + random.choice((1, 2, 8, 64, 1024, len(data))))


_WAYS = (_flip, _flip, _cut, _end, _repeat, _insert, _splice, _number, _number, _token, _token, _inside, _inside)
