"""The worker's side: limits itself, then judges one document after another until its input ends.

It reads pickles, which come from the process that started it, and writes JSON, for what it writes may have been chosen by
whoever made the document.
"""

from __future__ import annotations

import json
import pickle
import sys
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from vnsign._verify import OUT_OF_MEMORY
from vnsign.isolation.bounds import limit_memory, limited_time, take_stdout
from vnsign.isolation.frames import read_frame, write_frame
from vnsign.report.json import to_json

if TYPE_CHECKING:
    from vnsign._verify import Verifier
    from vnsign.formats.source import DocumentSource

READY = b'{"ready":true}'
MEMORY = b'{"memory":true}'
_ANY_LENGTH = 1 << 62  # the parent is believed


def main(memory_bytes: int, seconds: float) -> None:
    """Serve documents from standard input; ends with it.

    Args:
        memory_bytes: see ``WorkerLimits.memory_bytes``.
        seconds: see ``WorkerLimits.seconds``.
    """
    source, target = sys.stdin.buffer, take_stdout()
    limit_memory(memory_bytes)
    write_frame(target, READY)
    try:
        _serve(source, target, seconds)
    except MemoryError:
        # What was half done when memory ran out may be in any state: say so and end.
        write_frame(target, MEMORY)
    except Exception as error:  # noqa: BLE001 - the last door: a defect costs this document its verdict, not the others theirs
        write_frame(target, _encoded({"defect": f"{type(error).__name__}: {error}"[:500]}))


def _serve(source: BinaryIO, target: BinaryIO, seconds: float) -> None:
    verifier: Verifier | None = None
    while (frame := read_frame(source, _ANY_LENGTH)) is not None:
        with limited_time(seconds):
            fresh, document, at = _request(frame)
            del frame
            verifier = fresh or verifier
            if verifier is None:  # cannot be: the first request brings one
                return
            report = verifier.report(document, at=at)
            if report.error is not None and report.error.code == OUT_OF_MEMORY:
                raise MemoryError
            answer = _encoded({"report": to_json(report)})
        write_frame(target, answer)


def _request(frame: bytearray) -> tuple[Verifier | None, DocumentSource, datetime]:
    # S301: written by the parent, never by the document.
    fresh, document, at = pickle.loads(frame)  # noqa: S301
    return fresh, document, at


def _encoded(answer: object) -> bytes:
    return json.dumps(answer, ensure_ascii=True, separators=(",", ":")).encode()
