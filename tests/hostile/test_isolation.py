"""A document can cost its worker and nothing else: time, memory, crashes and lying answers end as a report."""

from __future__ import annotations

import inspect
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

import pytest

from vnsign import Verifier
from vnsign.cli.main import run
from vnsign.errors import ConfigurationError
from vnsign.isolation import WorkerLimits, verify_isolated
from vnsign.isolation.frames import BrokenFrameError, read_frame
from vnsign.isolation.pool import _pool
from vnsign.model.report import DocumentReport
from vnsign.report.strict import conforms
from vnsign.testing.documents import application_pdf
from vnsign.testing.dossier import Dossier, sign_dossier
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import TestPki

SIGNED_AT = datetime(2026, 6, 1, tzinfo=UTC)
NOW = SIGNED_AT + timedelta(days=3)
MEBIBYTE = 1024 * 1024
BRIEF = WorkerLimits(seconds=1.5)


@pytest.fixture(scope="module", autouse=True)
def no_worker_left() -> Iterator[None]:
    yield
    _pool.close()


@pytest.fixture(scope="module")
def dossier() -> Dossier:
    return sign_dossier(TestPki.load(), clock=lambda: SIGNED_AT)


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    pki = TestPki.load()
    return Verifier(pki.trust_store(), evidence=pki.evidence())


@dataclass(frozen=True)
class Misbehaving:
    """Stands for a verifier whose parser was led astray by the document; it is pickled into the worker like a real one."""

    how: str
    policy: None = None

    def report(self, document: object, *, at: datetime) -> DocumentReport:
        return getattr(self, self.how)()

    def loops(self) -> DocumentReport:
        while True:
            pass

    def waits(self) -> DocumentReport:
        time.sleep(3600)
        raise AssertionError

    def swells(self) -> DocumentReport:
        held = []
        while True:
            held.append(bytearray(16 * MEBIBYTE))

    def crashes(self) -> DocumentReport:
        os.kill(os.getpid(), signal.SIGSEGV)
        raise AssertionError

    def leaves(self) -> DocumentReport:
        os._exit(0)

    def fails(self) -> DocumentReport:
        raise KeyError("a defect")

    def prints(self) -> DocumentReport:
        print("x" * 100_000, flush=True)
        os.write(1, b"y" * 100_000)
        raise KeyError("after printing")


def judge(how: str, limits: WorkerLimits = BRIEF) -> DocumentReport:
    return verify_isolated(b"<a/>", Misbehaving(how), at=NOW, limits=limits)  # type: ignore[arg-type] # quacks as a verifier


def test_an_isolated_verdict_equals_the_one_made_here(dossier: Dossier, verifier: Verifier) -> None:
    for document in (dossier.application, dossier.declaration, dossier.result, dossier.tampered, application_pdf(), b"", b"x"):
        here = verifier.report(document, at=NOW, name="hồ sơ")
        assert verify_isolated(document, verifier, at=NOW, name="hồ sơ") == here


def test_a_path_is_read_by_the_worker_from_anywhere(
    dossier: Dossier, verifier: Verifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.pdf").write_bytes(dossier.application)
    monkeypatch.chdir(tmp_path)
    assert verify_isolated("a.pdf", verifier, at=NOW) == verifier.report("a.pdf", at=NOW)
    assert verify_isolated("b.pdf", verifier, at=NOW) == verifier.report("b.pdf", at=NOW)


@pytest.mark.parametrize(
    ("how", "code"), [("loops", "WORKER_TIMEOUT"), ("waits", "WORKER_TIMEOUT"), ("swells", "WORKER_MEMORY")]
)
def test_a_document_that_takes_too_much_is_an_unreadable_document(how: str, code: str) -> None:
    start = time.monotonic()
    report = judge(how, BRIEF if how != "swells" else WorkerLimits(memory_bytes=256 * MEBIBYTE))
    assert time.monotonic() - start < 15
    assert report.error is not None
    assert (report.error.code, report.signatures) == (code, ())
    assert report.error.hint
    assert len(report.sha256) == 64


@pytest.mark.parametrize("how", ["crashes", "leaves", "fails", "prints"])
def test_a_worker_that_dies_costs_its_document_the_verdict(how: str) -> None:
    report = judge(how)
    assert report.error is not None
    assert report.error.code == "WORKER_DIED"
    assert (report.signatures, report.validation_time) == ((), NOW)


def test_the_next_document_is_judged_as_if_nothing_had_been(dossier: Dossier, verifier: Verifier) -> None:
    for how in ("crashes", "loops"):
        judge(how)
        good = verify_isolated(dossier.application, verifier, at=NOW, limits=BRIEF)
        assert good == verifier.report(dossier.application, at=NOW)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
def test_a_fifo_without_writer_ends_at_the_deadline(verifier: Verifier, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    report = verify_isolated(tmp_path / "fifo", verifier, at=NOW, limits=BRIEF)
    assert report.error is not None
    assert (report.error.code, report.sha256) == ("WORKER_TIMEOUT", "")


def test_workers_stay_warm_and_are_replaced_in_time(verifier: Verifier) -> None:
    _pool.close()
    limits = WorkerLimits(documents=2)
    processes = []
    for _ in range(4):
        verify_isolated(b"<a/>", verifier, at=NOW, limits=limits)
        processes.append([worker._process.pid for _, worker in _pool._idle])
    first, second, third, fourth = processes
    assert (len(first), second, len(third), fourth) == (1, [], 1, [])
    assert first != third


def test_threads_have_a_worker_each(dossier: Dossier, verifier: Verifier) -> None:
    expected = verifier.report(dossier.application, at=NOW)
    found: list[DocumentReport] = []
    threads = [
        threading.Thread(target=lambda: found.append(verify_isolated(dossier.application, verifier, at=NOW))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_what_goes_over_once_is_not_sent_again_but_a_new_verifier_is(dossier: Dossier, verifier: Verifier) -> None:
    nobody = replace(verifier, trust=replace(verifier.trust, anchors=verifier.trust.anchors[:1], intermediates=()))
    for one in (verifier, nobody, verifier):
        assert verify_isolated(dossier.result, one, at=NOW) == one.report(dossier.result, at=NOW)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_starts_workers_of_its_own(verifier: Verifier) -> None:
    verify_isolated(b"<a/>", verifier, at=NOW)
    before = [worker._process.pid for _, worker in _pool._idle]
    assert before
    child = os.fork()
    if child == 0:
        os._exit(0 if _pool._idle == [] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [worker._process.pid for _, worker in _pool._idle] == before


class Answer:
    """A worker that says whatever a document made it say."""

    usable = True

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.closed = False

    def judge(self, *_: object) -> bytearray:
        return bytearray(self.answer)

    def close(self) -> None:
        self.closed = True


def _honest(dossier: Dossier, verifier: Verifier) -> dict:
    from vnsign.report.json import to_json

    return to_json(verifier.report(dossier.application, at=NOW))


@pytest.mark.parametrize(
    "lie",
    [
        {"name": "another document"},
        {"name": ["a", "list"]},
        {"sha256": None},
        {"format": 7},
        {"policy": {}},
        {"validation_time": "2026-06-05T00:00:00Z"},
        {"validation_time": "2026-06-04T00:00:00"},
        {"signatures": "none"},
        {"signatures": [1]},
        {"error": {"code": 1, "message": "x", "hint": ""}},
        {"error": []},
    ],
)
def test_an_answer_that_is_no_report_of_the_document_is_not_believed(
    lie: dict, dossier: Dossier, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Answer(json.dumps({"report": _honest(dossier, verifier) | lie}).encode())
    monkeypatch.setattr(_pool, "take", lambda _: worker)
    report = verify_isolated(dossier.application, verifier, at=NOW)
    assert report.error is not None
    assert (report.error.code, report.signatures, worker.closed) == ("WORKER_DIED", (), True)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"null",
        b'{"report":null}',
        b'{"report":{}}',
        b"[" * 100_000,
        b'{"report":' + b"9" * 10_000 + b"}",
        b"\xff\xfe\x00",
        b"\x80\x04\x95cos\nsystem\n(S'true'\ntR.",
        b'{"ready":true}',
    ],
)
def test_any_other_answer_is_a_worker_that_died(answer: bytes, verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Answer(answer)
    monkeypatch.setattr(_pool, "take", lambda _: worker)
    report = verify_isolated(b"<a/>", verifier, at=NOW)
    assert report.error is not None
    assert (report.error.code, worker.closed) == ("WORKER_DIED", True)


def test_every_field_of_a_report_is_checked_for_its_exact_type(dossier: Dossier, verifier: Verifier) -> None:
    report = verifier.report(dossier.application, at=NOW)
    assert conforms(report, DocumentReport)
    (signature,) = report.signatures
    for wrong in (
        replace(signature, level=None),
        replace(signature, claimed_time=NOW.replace(tzinfo=None)),
        replace(signature, findings=list(signature.findings)),
        replace(signature, findings=(*signature.findings, None)),
        replace(signature, findings=(replace(signature.findings[0], parameters=(("a",),)),)),
        replace(signature, covered=(replace(signature.covered[0], size=True),)),
    ):
        assert not conforms(replace(report, signatures=(wrong,)), DocumentReport)


def test_frames_longer_than_allowed_or_cut_off_are_refused() -> None:
    import io

    frame = (5).to_bytes(8, "big") + b"hello"
    assert read_frame(io.BytesIO(frame), 5) == b"hello"
    assert read_frame(io.BytesIO(b""), 5) is None
    for data, limit in ((frame, 4), (frame[:-1], 5), (frame[:7], 5), (b"\xff" * 8, 1 << 40)):
        with pytest.raises(BrokenFrameError):
            read_frame(io.BytesIO(data), limit)


def test_limits_and_verifiers_that_cannot_be_meant_are_refused(verifier: Verifier) -> None:
    for wrong in ({"seconds": 0}, {"seconds": float("nan")}, {"memory_bytes": MEBIBYTE}, {"documents": 0}, {"report_bytes": 0}):
        with pytest.raises(ConfigurationError):
            WorkerLimits(**wrong)
    with pytest.raises(ConfigurationError):
        verify_isolated(b"<a/>", verifier, at=NOW.replace(tzinfo=None))
    with pytest.raises(ConfigurationError):
        verify_isolated(b"<a/>", replace(verifier, external={"a": lambda: 0}), at=NOW)  # type: ignore[dict-item] # no bytes


def test_the_worker_has_no_secret_of_the_environment(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc")
    monkeypatch.setenv("PORTAL_PIN", "123456")
    _pool.close()
    verify_isolated(b"<a/>", verifier, at=NOW)
    ((_, worker),) = _pool._idle
    assert b"123456" not in Path(f"/proc/{worker._process.pid}/environ").read_bytes()


@pytest.mark.parametrize("option", [["--isolate"], ["--deadline", "30"], []])
def test_the_command_line_says_the_same_with_and_without_a_worker(
    option: list[str], dossier: Dossier, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pki = TestPki.load()
    write_trust(pki, tmp_path / "trust")
    write_evidence(pki, tmp_path / "evidence", at=SIGNED_AT + timedelta(days=1))
    (tmp_path / "a.pdf").write_bytes(dossier.application)
    (tmp_path / "b.pdf").write_bytes(dossier.tampered)
    where = ["--trust", str(tmp_path / "trust"), "--evidence", str(tmp_path / "evidence"), "--at", "2026-06-04"]
    assert run(["verify", str(tmp_path / "a.pdf"), *where, "--lang", "en", *option]) == 0
    assert run(["verify", str(tmp_path / "b.pdf"), *where, "--lang", "en", *option]) == 1
    assert "VALID" in capsys.readouterr().out


def test_the_command_line_explains_the_codes(capsys: pytest.CaptureFixture[str]) -> None:
    for code in ("WORKER_TIMEOUT", "WORKER_MEMORY", "WORKER_DIED"):
        for language in ("vi", "en"):
            assert run(["explain", code, "--lang", language]) == 0
    assert "→" in capsys.readouterr().out


@pytest.mark.parametrize("fails", range(40, 4000, 90))
def test_memory_that_runs_out_anywhere_is_no_verdict(fails: int, dossier: Dossier, verifier: Verifier) -> None:
    """The n-th call of a function of ours runs out of memory, whichever that is: no door makes a finding of it."""
    calls = 0

    def trip(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        code = frame.f_code
        # Generators are "called" once more when they are closed, where nothing can be raised.
        if event == "call" and "/vnsign/" in code.co_filename and not code.co_flags & inspect.CO_GENERATOR:
            calls += 1
            if calls == fails:
                raise MemoryError

    sys.setprofile(trip)
    try:
        report = verifier.report(dossier.result, at=NOW)
    finally:
        sys.setprofile(None)
    if calls >= fails:
        assert report.error is not None
        assert report.error.code == "OUT_OF_MEMORY"
