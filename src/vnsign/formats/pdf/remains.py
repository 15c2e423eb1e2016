"""What is left of signatures in a damaged PDF: dictionaries that no readable cross-reference leads to any more."""

from __future__ import annotations

import re
from typing import BinaryIO

from vnsign.model.facts import CoverageScope, Problem, SignatureFacts, SignatureFormat, SignatureKind
from vnsign.model.limits import Limits

_BYTE_RANGE = re.compile(rb"/ByteRange\s{0,32}\[\s{0,32}\d")
_BLOCK = 1024 * 1024
_OVERLAP = 128


def remains(stream: BinaryIO, start: int, limits: Limits) -> tuple[SignatureFacts, ...]:
    """The byte ranges of signature dictionaries after the readable part of a file, each as a signature that cannot be read.

    A document that was signed and damaged since is said to be so, instead of being called unreadable like a file of another
    kind. Nothing of the dictionaries is believed: there is no digest, no signer and no time, and the structure fails.

    Args:
        stream: the file.
        start: offset after what could be read.
        limits: ``signatures`` bounds how many are listed.

    Returns:
        One entry for each, in the order of the file; nothing for a file without any.
    """
    found: list[int] = []
    at, tail = start, b""
    stream.seek(start)
    while len(found) < limits.signatures and (block := stream.read(_BLOCK)):
        data = tail + block
        found += [at - len(tail) + item.start() for item in _BYTE_RANGE.finditer(data)]
        at, tail = at + len(block), data[-_OVERLAP:]
    return tuple(_entry(number, offset) for number, offset in enumerate(dict.fromkeys(found[: limits.signatures]), 1))


def _entry(number: int, offset: int) -> SignatureFacts:
    problem = Problem("pdf.later-revisions-unreadable", (("pages", "-"), ("what", f"a signature dictionary at byte {offset}")))
    return SignatureFacts(
        id=f"damaged-{number}",
        kind=SignatureKind.SIGNATURE,
        format=SignatureFormat.PDF_OTHER,
        location=f"byte {offset}",
        coverage=CoverageScope.NOTHING,
        problems=(problem,),
    )
