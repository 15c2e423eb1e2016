"""Documents judged one after another or by several workers, with what was judged before taken from the journal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from vnsign.cli import output, sinks
from vnsign.cli.exit_codes import ExitCode, FailOn, of_document, worst
from vnsign.cli.isolate import Isolation
from vnsign.cli.progress import Progress

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from vnsign._verify import Verifier
    from vnsign.cli.inputs import Inputs, Item
    from vnsign.cli.journal import Journal
    from vnsign.cli.many_options import Many
    from vnsign.model.report import DocumentReport

_AHEAD = 4
"""Documents in flight for each worker: enough that one slow document seldom leaves the others without work."""

_TEXT = {
    "vi": {
        "none": "không có tài liệu nào để kiểm tra",
        "resume": "đã dừng; chạy lại đúng lệnh này để làm tiếp từ nhật ký {journal}",
        "since": "tiếp tục lần kiểm tra lúc {moment} theo nhật ký {journal}",
    },
    "en": {
        "none": "no document to judge",
        "resume": "stopped; run the same command again to go on from the journal {journal}",
        "since": "going on with the run of {moment} from the journal {journal}",
    },
}


@dataclass(frozen=True, slots=True)
class Run:
    """How documents are judged.

    Attributes:
        verifier: trust, policy, evidence.
        moment: the validation time.
        isolated: whether in a worker process, and how long one may take.
        jobs: workers at a time; ``None`` judges one after another.
    """

    verifier: Verifier
    moment: datetime
    isolated: Isolation
    jobs: int | None = None

    def report(self, item: Item) -> DocumentReport:
        """The report of one document; of one that cannot be had, why."""
        if item.error is None:
            return self.isolated.report(self.verifier, item.source, self.moment)
        from vnsign._verify import unreadable
        from vnsign.validation import policies

        policy = self.verifier.policy or policies.in_force(self.moment)
        found = unreadable(item.source, item.error, self.moment, policy)
        return replace(found, sha256="")  # of bytes that are not there

    def reports(self, items: Iterable[Item], journal: Journal | None) -> Iterator[tuple[Item, DocumentReport]]:
        """Every document with its report, in order; recorded in the journal before it is handed out."""
        if self.jobs is None:
            for item in items:
                known = None if journal is None else journal.find(item)
                yield item, _recorded(journal, item, self.report(item)) if known is None else known
            return
        from vnsign._many import in_order

        with _threads(self.jobs) as executor:
            pairs = (self._submitted(executor, item, journal) for item in items)
            for (item, fresh), future in in_order(pairs, self.jobs * _AHEAD):
                yield item, _recorded(journal, item, future.result()) if fresh else future.result()

    def _submitted(
        self, executor: Executor, item: Item, journal: Journal | None
    ) -> tuple[tuple[Item, bool], Future[DocumentReport]]:
        known = None if journal is None else journal.find(item)
        if known is None:
            return (item, True), executor.submit(self.report, item)
        from concurrent.futures import Future as Done

        done: Future[DocumentReport] = Done()
        done.set_result(known)
        return (item, False), done


def _recorded(journal: Journal | None, item: Item, report: DocumentReport) -> DocumentReport:
    if journal is not None:
        journal.add(item, report)
    return report


@contextmanager
def _threads(jobs: int) -> Iterator[Executor]:
    """Threads that each wait for a worker; when the block ends early, the workers are killed rather than waited for."""
    from concurrent.futures import ThreadPoolExecutor

    from vnsign.isolation import stop_workers

    executor = ThreadPoolExecutor(jobs, thread_name_prefix="vnsign-verify")
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        stop_workers()  # none is at work when all documents were handed out
        executor.shutdown(wait=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of the command: what is judged, how, and what is written of it.

    Attributes:
        inputs: the documents.
        run: how they are judged.
        form: how reports are written.
        target: where; see :func:`vnsign.cli.sinks.opened`.
        many: the options for many documents.
    """

    inputs: Inputs
    run: Run
    form: sinks.Form
    target: str | None
    many: Many

    def carried_out(self, journal: Journal | None) -> ExitCode:
        """Judge and write; the exit code.

        Raises:
            VnsignError: trust, policy, journal or output cannot be used. Never for what is in a document.
        """
        language = self.form.wish.language
        try:
            codes = self._judged(journal)
        except KeyboardInterrupt:
            if journal is not None:
                output.say(_TEXT[language]["resume"].format(journal=self.many.resume))
            raise
        if not codes:
            output.say(_TEXT[language]["none"])
        return worst(codes)

    def _judged(self, journal: Journal | None) -> set[ExitCode]:
        codes: set[ExitCode] = set()
        fail_on = FailOn(self.many.fail_on)
        one_screen = self.target is None and sys.stdout.isatty()  # results and progress on the same terminal
        with ExitStack() as stack:
            writers: list[sinks.Sink] = [stack.enter_context(sinks.opened(self.form, self.target))]
            if self.many.summary is not None:
                from vnsign.cli.summary import Summary

                summary = Summary(self.many.summary, self.form.wish)
                stack.callback(summary.close)
                writers.append(summary)
            progress = stack.enter_context(Progress(self.inputs.total()))
            for item, report in self.run.reports(self.inputs.items(), journal):
                if one_screen or report.error is not None:
                    progress.clear()
                sinks.say_error(report, self.form.wish.language)
                for writer in writers:
                    writer.put(report)
                codes.add(of_document(report, fail_on))
                progress.step(item.source.name)
            progress.clear()
            for writer in writers:
                writer.end()
        return codes


def say_since(journal: Journal, path: object, language: str) -> None:
    """Say that a journal's own validation time counts."""
    from vnsign.model.moment import vietnam_text

    moment = journal.moment
    if moment is not None:
        output.say(_TEXT[language]["since"].format(moment=vietnam_text(moment), journal=path))
