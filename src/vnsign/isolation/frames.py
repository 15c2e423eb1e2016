"""Frames on a pipe: eight bytes of length, then as many bytes. The reader says how long a frame may be."""

from __future__ import annotations

import struct
from typing import BinaryIO

_LENGTH = struct.Struct(">Q")
_PIECE = 1024 * 1024


class BrokenFrameError(Exception):
    """The other side ended in the middle, or announced more than is read; never leaves this package."""


def write_frame(stream: BinaryIO, payload: bytes) -> None:
    """Write one frame and flush it."""
    stream.write(_LENGTH.pack(len(payload)))
    stream.write(payload)
    stream.flush()


def read_frame(stream: BinaryIO, limit: int) -> bytearray | None:
    """Read one frame; ``None`` where the other side ended between frames.

    Args:
        stream: a pipe.
        limit: the longest payload, in bytes.

    Raises:
        BrokenFrameError: longer than the limit, or cut off. Memory grows with what arrives, not with what was announced.
    """
    head = _exactly(stream, _LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise BrokenFrameError("cut off in a length")
    (length,) = _LENGTH.unpack(head)
    if length > limit:
        raise BrokenFrameError(f"{length} bytes announced, at most {limit} are read")
    payload = _exactly(stream, length)
    if len(payload) < length:
        raise BrokenFrameError(f"cut off after {len(payload)} of {length} bytes")
    return payload


def _exactly(stream: BinaryIO, length: int) -> bytearray:
    found = bytearray()
    while len(found) < length:
        piece = stream.read(min(_PIECE, length - len(found)))
        if not piece:
            break
        found += piece
    return found
