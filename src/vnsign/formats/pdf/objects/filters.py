"""FlateDecode with PNG predictors (ISO 32000-2, 7.4.4), bounded; every other filter is irregular."""

from __future__ import annotations

import zlib
from typing import Any

from vnsign.formats.pdf.objects.values import NULL, Array, Dictionary, IrregularError, Name

_PARAMETERS = frozenset({"/Predictor", "/Columns", "/Colors", "/BitsPerComponent"})
_MOST_COLUMNS = 64
_NO_PREDICTION, _UP = 0, 2


def decode(encoded: bytes, entries: Dictionary, most: int) -> bytes:
    """Decode the bytes of a stream.

    Args:
        encoded: the bytes as they stand in the file.
        entries: the stream's dictionary.
        most: how many decoded bytes there may be.

    Raises:
        IrregularError: more bytes, damaged data, bytes after the end of the data, a filter or a predictor not read here.
    """
    name = _single(entries.get("/Filter"))
    if name is None:
        if "/DecodeParms" in entries or len(encoded) > most:
            raise IrregularError("parameters without filter, or a stream that is too large")
        return encoded
    predictor, columns = _parameters(entries)
    if not isinstance(name, Name) or name != "/FlateDecode":
        raise IrregularError("a filter that is not read here")
    decoder = zlib.decompressobj()
    try:
        # what prediction takes away comes on top: at most one byte of two
        data = decoder.decompress(encoded, 2 * most + 1)
    except zlib.error:
        raise IrregularError("damaged compressed data") from None
    if not decoder.eof or decoder.unused_data.strip(b"\r\n"):
        raise IrregularError("compressed data that do not end where they should")
    result = data if predictor == 1 else _unpredicted(data, columns)
    if len(data) > 2 * most or len(result) > most:
        raise IrregularError("a stream that is too large")
    return result


def _single(value: Any) -> Any:
    """The one entry of an array of one, or the value; ``None`` for nothing."""
    if isinstance(value, Array):
        if len(value) != 1:
            raise IrregularError("several filters")
        value = value.raw_get(0)
    return None if value is NULL else value


def _parameters(entries: Dictionary) -> tuple[int, int]:
    """Predictor and columns."""
    held = _single(entries.get("/DecodeParms"))
    if held is None:
        return 1, 1
    if type(held) is not Dictionary or set(held) - _PARAMETERS:
        raise IrregularError("parameters that are not read here")
    predictor, columns = held.get("/Predictor", 1), held.get("/Columns", 1)
    if held.get("/Colors", 1) != 1 or held.get("/BitsPerComponent", 8) != 8:
        raise IrregularError("a predictor for pictures")
    if type(predictor) is not int or type(columns) is not int or not 1 <= columns <= _MOST_COLUMNS:
        raise IrregularError("parameters of another type")
    if predictor == 1 and "/Columns" not in held:
        return 1, 1
    if predictor != 1 and (not 10 <= predictor <= 15 or "/Columns" not in held):
        raise IrregularError("a predictor that is not read here")
    return predictor, columns


def _unpredicted(data: bytes, columns: int) -> bytes:
    width = columns + 1
    if len(data) % width:
        raise IrregularError("predicted data that end within a row")
    rows: list[bytes] = []
    before = bytes(columns)
    for start in range(0, len(data), width):
        kind, row = data[start], data[start + 1 : start + width]
        if kind == _UP:
            row = bytes([(new + old) & 0xFF for new, old in zip(row, before, strict=True)])
        elif kind != _NO_PREDICTION:
            raise IrregularError("a predictor that is not read here")
        rows.append(row)
        before = row
    return b"".join(rows)
