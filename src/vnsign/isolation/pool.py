"""Warm workers, and the report of a document whose worker gave none."""

from __future__ import annotations

import atexit
import json
import os
import threading
from datetime import datetime

from vnsign._verify import Document, Verifier, unreadable
from vnsign.errors import UnreadableDocumentError
from vnsign.formats.source import DocumentSource
from vnsign.isolation.limits import WorkerLimits
from vnsign.isolation.process import End, Lost, Worker
from vnsign.model.moment import utc
from vnsign.model.policy import ValidationPolicy
from vnsign.model.report import DocumentReport, ErrorInfo
from vnsign.report.json import from_json
from vnsign.report.strict import conforms
from vnsign.validation import policies

_MOST_IDLE = 8

_HINTS = {
    "WORKER_TIMEOUT": "treat it as hostile until it was looked at; more time only for what is meant to be so large",
    "WORKER_MEMORY": "treat it as hostile until it was looked at; more memory only for what is meant to be so large",
    "WORKER_DIED": "treat it as hostile, and report the kind of file to the developers",
}


def verify_isolated(
    document: Document, verifier: Verifier, *, at: datetime, limits: WorkerLimits | None = None, name: str | None = None
) -> DocumentReport:
    """Validate a document in a worker process that is killed when it takes too long (see ``Verifier.report``).

    Workers are spawned, kept warm and reused; each judges one document at a time, and as many run as threads call. A worker is
    bounded in memory and CPU time where the platform can, in wall time everywhere. It is no sandbox: code execution gained in a
    worker runs with the rights of this process's user; but nothing that a worker writes is unpickled or executed here.

    Args:
        document: bytes or a path; a path is opened by the worker.
        verifier: trust, policy and evidence; handed to a worker once, so use one object for many documents.
        at: the validation time, aware.
        limits: what a worker may cost.
        name: for people.

    Returns:
        The report. Where the worker gave none, a report with ``error`` and no signatures: ``WORKER_TIMEOUT`` (killed at the
        deadline), ``WORKER_MEMORY`` (over its memory) or ``WORKER_DIED`` (crashed, or answered what is no report).

    Raises:
        ConfigurationError: a moment without zone, trust or policy that cannot be used. Never for what is in the document.
    """
    bounds = limits or WorkerLimits()
    moment = utc(at)
    source = DocumentSource.of(document, name)
    policy = policies.in_force(moment) if verifier.policy is None else verifier.policy
    try:
        worker = _pool.take(bounds)
    except OSError as error:
        return _without_verdict(_error("WORKER_DIED", f"no worker can be started: {error}"), source, moment, policy)
    judged: DocumentReport | UnreadableDocumentError | None = None
    try:
        judged = _judged(worker.judge(verifier, _absolute(source), moment), source, moment)
    finally:
        # Also on KeyboardInterrupt: a worker that is still at work, or said anything but a report, is never used again.
        _pool.give_back(worker, bounds, keep=isinstance(judged, DocumentReport) and worker.usable)
    return judged if isinstance(judged, DocumentReport) else _without_verdict(judged, source, moment, policy)


def stop_workers() -> None:
    """Kill the workers that are at work, so that an interrupted run need not wait for them; their documents get no verdict."""
    _pool.stop()


def _absolute(source: DocumentSource) -> DocumentSource:
    """The same for a worker that was started in another folder."""
    return source if source.path is None else DocumentSource(source.name, path=source.path.absolute())


def _judged(answer: bytearray | Lost, source: DocumentSource, moment: datetime) -> DocumentReport | UnreadableDocumentError:
    if isinstance(answer, Lost):
        return _loss(answer)
    try:
        said = json.loads(answer)
        if said.get("memory") is True:
            return _error("WORKER_MEMORY", "the document needs more memory than a worker may have")
        if "defect" in said:
            return _error("WORKER_DIED", f"judging the document failed inside the worker: {str(said['defect'])[:500]}")
        report = from_json(said["report"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return _error("WORKER_DIED", "the worker answered what is no report")
    plausible = conforms(report, DocumentReport) and (report.name, report.validation_time) == (source.name, moment)
    return report if plausible else _error("WORKER_DIED", "the worker answered what is no report of this document")


def _loss(lost: Lost) -> UnreadableDocumentError:
    if lost.end is End.TIMEOUT:
        return _error("WORKER_TIMEOUT", f"the document was not judged in time and its worker was killed ({lost.detail})")
    return _error("WORKER_DIED", f"the worker that judged the document died ({lost.detail})")


def _error(code: str, message: str) -> UnreadableDocumentError:
    return UnreadableDocumentError(message, code=code, hint=_HINTS[code])


def _without_verdict(
    error: UnreadableDocumentError, source: DocumentSource, moment: datetime, policy: ValidationPolicy
) -> DocumentReport:
    if source.path is None or source.path.is_file():
        return unreadable(source, error, moment, policy)
    # A FIFO or a device is not read here for its hash: that could wait for ever.
    info = ErrorInfo(error.code, error.message, error.hint)
    return DocumentReport(source.name, "", "unknown", (), moment, policy.label, info)


class _Pool:
    """Idle workers by their limits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[WorkerLimits, Worker]] = []
        self._busy: set[Worker] = set()

    def take(self, limits: WorkerLimits) -> Worker:
        """An idle worker with these limits, or a new one."""
        worker = self._usable_one(limits) or Worker.start(limits)
        with self._lock:
            self._busy.add(worker)
        return worker

    def _usable_one(self, limits: WorkerLimits) -> Worker | None:
        while (worker := self._idle_one(limits)) is not None:
            if worker.usable:
                return worker
            worker.close()
        return None

    def _idle_one(self, limits: WorkerLimits) -> Worker | None:
        with self._lock:
            place = next((number for number, (bounds, _) in enumerate(self._idle) if bounds == limits), None)
            return None if place is None else self._idle.pop(place)[1]

    def give_back(self, worker: Worker, limits: WorkerLimits, *, keep: bool) -> None:
        """Keep a worker for the next document, or end it."""
        with self._lock:
            self._busy.discard(worker)
            if keep and len(self._idle) < _MOST_IDLE:
                self._idle.append((limits, worker))
                return
        worker.close()

    def forget(self) -> None:
        """Leave the workers to the process that started them: a forked child shares their pipes and must not use them."""
        self._lock = threading.Lock()
        self._idle, self._busy = [], set()

    def stop(self) -> None:
        """End every worker that is at work; whoever waits for it is told that it died."""
        with self._lock:
            busy = tuple(self._busy)
        for worker in busy:
            worker.close()

    def close(self) -> None:
        """End every idle worker."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, worker in idle:
            worker.close()


_pool = _Pool()
atexit.register(_pool.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.forget)
