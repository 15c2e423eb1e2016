"""Many documents on any executor: results in the order of the documents, and no more in flight than a window holds."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from vnsign._verify import Document, Verifier, unreadable
from vnsign.errors import ConfigurationError, UnreadableDocumentError, VnsignError
from vnsign.formats.source import DocumentSource
from vnsign.model.moment import utc
from vnsign.model.report import DocumentReport
from vnsign.validation import policies

T = TypeVar("T")

Judge = Callable[[Verifier, DocumentSource, datetime], DocumentReport]
"""Judges one document; a module's own function or a plain value that pickles, such as ``vnsign.isolation.Isolated``."""

WINDOW = 64
"""Documents in flight where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document.

    Attributes:
        name: of the document: its path, or what its source is named.
        report: its report; with ``error`` and no signatures where it could not be read or its worker died.
    """

    name: str
    report: DocumentReport


def judge_there(verifier: Verifier, source: DocumentSource, at: datetime) -> DocumentReport:
    """Judge a document in the process that this is called in."""
    return verifier.report(source, at=at)


def verify_many(
    documents: Iterable[Document],
    verifier: Verifier,
    executor: Executor,
    *,
    at: datetime | None = None,
    window: int = WINDOW,
    judge: Judge = judge_there,
) -> Iterator[Outcome]:
    """Validate documents on an executor: a process pool, a thread pool, a cluster's (Dask: ``client.get_executor()``).

    Args:
        documents: paths, sources or bytes; taken one at a time, as places in the window become free. A path must mean the
            same where the executor runs.
        verifier: trust, policy and evidence for all; it is pickled once.
        executor: the caller's; it is not shut down here.
        at: the validation time of all, aware; now where omitted.
        window: how many documents may be in flight, the finished ones that wait for their turn among them; so the memory
            needed does not grow with the number of documents.
        judge: what runs in the executor. ``vnsign.isolation.Isolated()`` on a thread pool has each document judged in a worker
            process that can be killed: for documents from strangers, as a process pool is broken by one crash.

    Yields:
        One outcome for each document, in their order. A document whose worker died has the error ``WORKER_DIED``; the others
        go on, unless the executor itself is broken: then those that it took, and all after them, have that error.

    Raises:
        ConfigurationError: a moment without zone, an empty window, a verifier that does not pickle.
        VnsignError: what is wrong with trust, policy or evidence, and so for all documents.
    """
    if window < 1:
        raise ConfigurationError(f"a window of {window} documents; at least 1 is needed")
    moment = datetime.now(UTC) if at is None else utc(at)
    return _outcomes(documents, _Run(verifier, _pickled(verifier), moment, executor, judge), window)


@dataclass(frozen=True, slots=True)
class _Run:
    verifier: Verifier
    payload: bytes
    moment: datetime
    executor: Executor
    judge: Judge

    def submit(self, source: DocumentSource) -> Future[DocumentReport]:
        try:
            return self.executor.submit(_judged, self.judge, self.payload, source, self.moment)
        except BrokenExecutor as error:
            failed: Future[DocumentReport] = Future()
            failed.set_exception(error)
            return failed

    def outcome(self, source: DocumentSource, future: Future[DocumentReport]) -> Outcome:
        try:
            return Outcome(source.name, future.result())
        except VnsignError:
            raise
        except CancelledError:
            return Outcome(source.name, self._died(source, "it was cancelled"))
        except Exception as error:  # noqa: BLE001 - whatever an executor throws when a worker is lost costs this document alone
            return Outcome(source.name, self._died(source, f"{type(error).__name__}: {error}"[:500]))

    def _died(self, source: DocumentSource, found: str) -> DocumentReport:
        error = UnreadableDocumentError(
            f"the worker that judged the document died ({found})",
            code="WORKER_DIED",
            hint="judge it in a worker that can be killed: vnsign verify --isolate",
        )
        policy = policies.in_force(self.moment) if self.verifier.policy is None else self.verifier.policy
        return unreadable(source, error, self.moment, policy)


def _outcomes(documents: Iterable[Document], run: _Run, window: int) -> Iterator[Outcome]:
    pairs = ((source, run.submit(source)) for source in map(DocumentSource.of, documents))
    for source, future in in_order(pairs, window):
        yield run.outcome(source, future)


def in_order(pairs: Iterable[tuple[T, Future[DocumentReport]]], window: int) -> Iterator[tuple[T, Future[DocumentReport]]]:
    """Hand out what was submitted in its order, with no more submitted ahead than the window holds.

    Args:
        pairs: anything with its future; taking the next pair submits it.
        window: at most so many pairs are held here.

    Yields:
        The pairs, each with a future that is done. When the caller stops, what has not begun is cancelled.
    """
    waiting: deque[tuple[T, Future[DocumentReport]]] = deque()
    try:
        for pair in pairs:
            waiting.append(pair)
            while waiting and (len(waiting) >= window or waiting[0][1].done()):
                yield _done(waiting.popleft())
        while waiting:
            yield _done(waiting.popleft())
    finally:
        for _, future in waiting:
            future.cancel()


def _done(pair: tuple[T, Future[DocumentReport]]) -> tuple[T, Future[DocumentReport]]:
    _, future = pair
    if not future.cancelled():
        future.exception()  # waits, and raises nothing
    return pair


def _pickled(verifier: Verifier) -> bytes:
    try:
        return pickle.dumps(verifier, pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"the verifier cannot be handed to another process: {error}", hint="use plain values, such as a dict for `external`"
        ) from error


def _judged(judge: Judge, payload: bytes, source: DocumentSource, at: datetime) -> DocumentReport:
    return judge(_unpickled(payload), source, at)


@lru_cache(maxsize=2)
def _unpickled(payload: bytes) -> Verifier:
    # One object for all documents of a run, so that what it holds is read once in each process. S301: pickled above.
    found = pickle.loads(payload)  # noqa: S301
    if not isinstance(found, Verifier):  # cannot be
        raise TypeError(type(found).__name__)
    return found
