"""The worker that renders: PDFium and whatever it does with hostile pages stay in this process.

It reads one pickle, which comes from the process that started it, and writes JSON, for what it writes may have been chosen by
whoever made the document.
"""

from __future__ import annotations

import json
import pickle
import sys

from vnsign.isolation.bounds import limit_memory, limited_time, take_stdout
from vnsign.isolation.frames import read_frame, write_frame
from vnsign.showing.request import Request

_ANY_LENGTH = 1 << 62  # the parent is believed


def main(memory_bytes: int, seconds: float) -> None:
    """Answer one request from standard input.

    Args:
        memory_bytes: see ``WorkerLimits.memory_bytes``.
        seconds: see ``WorkerLimits.seconds``.
    """
    source, target = sys.stdin.buffer, take_stdout()
    limit_memory(memory_bytes)
    write_frame(target, b'{"ready":true}')
    frame = read_frame(source, _ANY_LENGTH)
    if frame is None:
        return
    request = pickle.loads(frame)  # noqa: S301 - written by the parent, never by the document
    del frame
    try:
        with limited_time(seconds):
            answer = _answer(request)
    except MemoryError:
        answer = {"memory": True}
    except Exception as error:  # noqa: BLE001 - the last door: the parent is told, not shown a traceback
        answer = {"defect": f"{type(error).__name__}: {error}"[:300]}
    write_frame(target, json.dumps(answer, ensure_ascii=True, separators=(",", ":")).encode())


def _answer(request: Request) -> dict[str, object]:
    from vnsign.showing.rendering import compared

    return compared(request)
