"""``vnsign.verify_many``: order, window, executors of any kind, workers that die."""

from __future__ import annotations

import gc
import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import vnsign
from vnsign.errors import ConfigurationError, EvidenceError
from vnsign.formats.source import DocumentSource
from vnsign.isolation import Isolated, WorkerLimits
from vnsign.model.report import DocumentReport
from vnsign.testing.dossier import sign_dossier
from vnsign.testing.pki import TestPki

AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def verifier() -> vnsign.Verifier:
    pki = TestPki.load()
    return vnsign.Verifier(pki.trust_store(), evidence=pki.evidence())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("many")
    dossier = sign_dossier(TestPki.load(), clock=lambda: AT)
    for name, data in {"1.pdf": dossier.application, "2.xml": dossier.declaration, "3.pdf": dossier.tampered}.items():
        (found / name).write_bytes(data)
    (found / "4.txt").write_bytes(b"none")
    return found


class Here(Executor):
    """Runs what is submitted when its result is asked for first, or at once; counts what is in flight."""

    def __init__(self, *, at_once: bool = True) -> None:
        self.submitted = 0
        self.at_once = at_once

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.submitted += 1
        future: Future[Any] = Future()
        if self.at_once:
            try:
                future.set_result(fn(*pickle.loads(pickle.dumps(args))))
            except Exception as error:  # noqa: BLE001 - as executors do
                future.set_exception(error)
        return future


def nothing(verifier: vnsign.Verifier, source: DocumentSource, at: datetime) -> DocumentReport:
    return DocumentReport(source.name, "", "unknown", (), at, "p 1")


def dies(verifier: vnsign.Verifier, source: DocumentSource, at: datetime) -> DocumentReport:
    if source.name.endswith("dies"):
        os._exit(3)
    return nothing(verifier, source, at)


def raises(verifier: vnsign.Verifier, source: DocumentSource, at: datetime) -> DocumentReport:
    if source.name.endswith("evidence"):
        raise EvidenceError("cannot be written", code="CANNOT_WRITE")
    if source.name.endswith("lost"):
        raise RuntimeError("connection lost")
    return nothing(verifier, source, at)


def processes() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


@pytest.mark.parametrize("make", [Here, lambda: ThreadPoolExecutor(2), processes], ids=["here", "threads", "processes"])
def test_any_executor_gives_what_the_verifier_gives_in_the_order_of_the_documents(make, verifier, folder):
    paths = sorted(folder.iterdir())
    with make() as executor:
        outcomes = list(vnsign.verify_many(paths, verifier, executor, at=AT))
    assert [item.name for item in outcomes] == [str(path) for path in paths]
    assert [item.report for item in outcomes] == [verifier.report(path, at=AT) for path in paths]
    assert [item.report.indication.value for item in outcomes[:3]] == ["TOTAL-PASSED", "TOTAL-PASSED", "TOTAL-FAILED"]
    assert pickle.loads(pickle.dumps(outcomes)) == outcomes


def test_bytes_and_sources_are_documents_too(verifier, folder):
    data = (folder / "1.pdf").read_bytes()
    with Here() as executor:
        found = list(vnsign.verify_many([data, DocumentSource("đơn", data=data)], verifier, executor, at=AT))
    assert [item.name for item in found] == ["document", "đơn"]
    assert found[0].report.sha256 == found[1].report.sha256


def test_no_more_than_the_window_is_taken_ahead(verifier):
    taken = 0

    def names() -> Iterator[str]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield f"{number}.pdf"

    executor = Here(at_once=False)
    waiting: list[Future[Any]] = []
    real = executor.submit

    def submit(fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        waiting.append(real(fn, *args, **kwargs))
        if len(waiting) == 8:  # the window is full: the first is done now
            waiting[0].set_result(nothing(verifier, args[2], AT))
        return waiting[-1]

    executor.submit = submit  # type: ignore[method-assign]
    found = vnsign.verify_many(names(), verifier, executor, at=AT, window=8)
    assert taken == 0
    assert next(found).name == "0.pdf"
    assert taken == executor.submitted == 8
    found.close()  # type: ignore[attr-defined]
    assert all(future.cancelled() for future in waiting[1:])


def test_the_number_of_live_reports_is_bounded_by_the_window(verifier):
    def live() -> int:
        return sum(isinstance(item, DocumentReport) for item in gc.get_objects())

    before, most, count = live(), 0, 0
    with ThreadPoolExecutor(2) as executor:
        names = (f"{number}.pdf" for number in range(2_000))
        for outcome in vnsign.verify_many(names, verifier, executor, at=AT, window=16, judge=nothing):
            assert outcome.name == f"{count}.pdf"
            count += 1
            if count % 200 == 0:
                most = max(most, live())
    assert count == 2_000
    assert most - before <= 20


def test_the_verifier_is_unpickled_once_in_a_process(verifier):
    seen = set()

    def remember(given: vnsign.Verifier, source: DocumentSource, at: datetime) -> DocumentReport:
        seen.add(id(given))
        return nothing(given, source, at)

    with ThreadPoolExecutor(1) as executor:
        assert len(list(vnsign.verify_many(map(str, range(20)), verifier, executor, at=AT, judge=remember))) == 20
    assert len(seen) == 1


def test_a_crash_costs_one_document_its_verdict_where_judging_is_isolated(verifier, folder):
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no FIFO")
    os.mkfifo(folder / "waits.pdf")
    paths = [folder / "1.pdf", folder / "waits.pdf", folder / "2.xml"]
    judge = Isolated(WorkerLimits(seconds=3.0))
    with ThreadPoolExecutor(2) as executor:
        found = list(vnsign.verify_many(paths, verifier, executor, at=AT, judge=judge))
    assert [None if item.report.error is None else item.report.error.code for item in found] == [None, "WORKER_TIMEOUT", None]
    (folder / "waits.pdf").unlink()


def test_a_broken_pool_is_told_of_each_document_and_nothing_hangs(verifier):
    names = [*map(str, range(3)), "dies", *map(str, range(3, 8))]
    with processes() as executor:
        found = list(vnsign.verify_many(names, verifier, executor, at=AT, window=3, judge=dies))
    assert [item.name for item in found] == names
    codes = [None if item.report.error is None else item.report.error.code for item in found]
    # What was in flight beside it may have come back or not.
    assert (codes[0], codes[3]) == (None, "WORKER_DIED")
    assert codes[6:] == ["WORKER_DIED"] * 3
    assert set(codes) == {None, "WORKER_DIED"}


def test_what_an_executor_loses_is_told_and_what_is_wrong_for_all_is_raised(verifier):
    with Here() as executor:
        one, lost, two = vnsign.verify_many(["1", "lost", "2"], verifier, executor, at=AT, judge=raises)
        assert (one.report.error, two.report.error) == (None, None)
        assert lost.report.error is not None
        assert lost.report.error.code == "WORKER_DIED"
        assert "connection lost" in lost.report.error.message
        with pytest.raises(EvidenceError):
            list(vnsign.verify_many(["1", "evidence"], verifier, executor, at=AT, judge=raises))


def test_what_cannot_be_meant_is_refused_before_anything_is_submitted(verifier):
    executor = Here()
    with pytest.raises(ConfigurationError):
        vnsign.verify_many([], verifier, executor, window=0)
    with pytest.raises(ConfigurationError):
        vnsign.verify_many([], verifier, executor, at=AT.replace(tzinfo=None))
    with pytest.raises(ConfigurationError):
        vnsign.verify_many([], vnsign.Verifier(verifier.trust, external={"a": lambda: b""}), executor)  # type: ignore[dict-item]
    assert executor.submitted == 0


def test_a_dask_cluster_gives_what_a_pool_gives(verifier, folder):
    distributed = pytest.importorskip("distributed")
    paths = sorted(folder.glob("*.pdf"))
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = list(vnsign.verify_many(paths, verifier, client.get_executor(), at=AT))
    assert [item.report for item in found] == [verifier.report(path, at=AT) for path in paths]
