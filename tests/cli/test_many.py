"""``vnsign verify`` on many documents: what is found, in which order it is said, what is written, which code it ends with."""

from __future__ import annotations

import csv
import gc
import io
import json
import os
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vnsign.cli import inputs, many, sinks
from vnsign.cli.exit_codes import ExitCode, FailOn, of_document, worst
from vnsign.cli.isolate import Isolation
from vnsign.cli.main import run
from vnsign.cli.progress import Progress
from vnsign.formats.source import DocumentSource
from vnsign.model.finding import Finding, Outcome, Severity
from vnsign.model.report import DocumentReport
from vnsign.report.json import loads
from vnsign.report.summary import headings
from vnsign.testing.dossier import sign_dossier
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import TestPki

TRUST = ("--trust", "trust", "--evidence", "evidence")
Verify = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of documents: three valid, one tampered with, one unsigned, one that is no document."""
    folder = tmp_path_factory.mktemp("nhiều tệp")
    pki = TestPki.load()
    write_trust(pki, folder / "trust")
    write_evidence(pki, folder / "evidence", at=datetime.now(UTC))
    (folder / "more").mkdir()
    (folder / "more" / "another.crt").write_bytes(pki.certificate("citizen").der)
    dossier = sign_dossier(pki)
    files = {
        "hồ sơ/01 đơn.pdf": dossier.application,
        "hồ sơ/02.xml": dossier.declaration,
        "hồ sơ/con/03.pdf": dossier.result,
        "hồ sơ/con/04 sửa.pdf": dossier.tampered,
        "hồ sơ/con/05.xml": b"<a/>",
        "hồ sơ/con/06.txt": b"no document",
        "hồ sơ/.ẩn.pdf": dossier.tampered,
    }
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


NAMES = [f"hồ sơ/{name}" for name in ("01 đơn.pdf", "02.xml", "con/03.pdf", "con/04 sửa.pdf", "con/05.xml", "con/06.txt")]


@pytest.fixture
def verify(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Verify:
    """Runs ``vnsign verify`` there, with a text for standard input."""
    monkeypatch.chdir(place)

    def called(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run(["verify", *TRUST, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


def lines(output: str) -> list[DocumentReport]:
    found = []
    for line in output.splitlines():
        (report,) = loads(line)
        found.append(report)
    return found


def names(output: str) -> list[str]:
    return [report.name for report in lines(output)]


# --- what is judged ---------------------------------------------------------------------------------------------------------


def test_a_folder_is_walked_by_name_and_what_is_hidden_is_left_out(verify: Verify):
    code, out, _ = verify("-r", "hồ sơ", "--format", "ndjson")
    assert names(out) == NAMES
    assert code == ExitCode.SOME_FAILED


def test_a_folder_without_r_is_a_usage_error_that_names_the_option(verify: Verify):
    code, out, err = verify("hồ sơ")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "-r" in err


def test_a_pattern_that_no_shell_expanded_is_expanded(verify: Verify):
    _, out, _ = verify("hồ sơ/*.pdf", "--format", "ndjson")
    assert names(out) == [NAMES[0]]
    _, out, _ = verify("hồ sơ/**/*.pdf", "--format", "ndjson")
    assert names(out) == [NAMES[0], *NAMES[2:4]]


def test_a_pattern_without_a_file_is_unreadable_and_never_a_pass(verify: Verify):
    assert verify("*.none")[0] == ExitCode.UNREADABLE


def test_match_narrows_a_folder(verify: Verify):
    _, out, _ = verify("-r", "hồ sơ", "--match", "*.xml", "--format", "ndjson")
    assert names(out) == [NAMES[1], NAMES[4]]


def test_nothing_to_judge_is_never_a_pass(verify: Verify):
    code, _, err = verify("-r", "hồ sơ", "--match", "*.none")
    assert code == ExitCode.USAGE
    assert "không có tài liệu nào" in err


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\0"])
def test_a_list_on_standard_input_is_followed_in_its_order(separator: str, verify: Verify):
    wanted = [NAMES[3], NAMES[0]]
    code, out, _ = verify("-", "--format", "ndjson", stdin=(separator.join(wanted) + separator).encode())
    assert names(out) == wanted
    assert code == ExitCode.SOME_FAILED


def test_what_is_no_list_of_paths_is_a_usage_error():
    with pytest.raises(inputs.ConfigurationError) as caught:
        list(inputs.listed_paths(io.BytesIO(b"x" * 3_000_000)))
    assert caught.value.code == "USAGE"


def test_a_list_is_read_as_it_is_asked_for():
    class Slow(io.BytesIO):
        pieces = 0

        def read1(self, size: int | None = -1, /) -> bytes:
            self.pieces += 1
            return b"%d.pdf\n" % self.pieces if self.pieces < 10 else b""

    stream = Slow()
    found = inputs.listed_paths(stream)
    assert next(found) == "1.pdf"
    assert stream.pieces == 1


def test_a_file_named_twice_is_judged_once(verify: Verify):
    _, out, _ = verify(NAMES[0], "./" + NAMES[0], "-r", "hồ sơ", "--match", "*.pdf", "--format", "ndjson")
    assert len(names(out)) == 3


def test_a_folder_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch, place: Path):
    closed = place / "hồ sơ" / "con"
    real = os.scandir

    def scandir(path: str) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = [item.source.name for item in inputs.of([str(place / "hồ sơ")], recursive=True).items()]
    assert found[-1] == str(closed)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFO")
def test_a_fifo_in_a_folder_is_left_out(tmp_path: Path):
    os.mkfifo(tmp_path / "a.pdf")
    assert list(inputs.of([str(tmp_path)], recursive=True).items()) == []


# --- ZIP dossiers -----------------------------------------------------------------------------------------------------------


def zipped(path: Path, entries: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


def test_the_documents_of_a_zip_are_judged_each_for_itself(verify: Verify, place: Path, tmp_path: Path):
    file = tmp_path / "hồ sơ.zip"
    zipped(
        file, {"giấy tờ/": b"", "giấy tờ/đơn.pdf": (place / NAMES[0]).read_bytes(), "b.pdf": (place / NAMES[3]).read_bytes()}
    )
    code, out, _ = verify(str(file), "--format", "ndjson")
    assert names(out) == [f"{file}!/giấy tờ/đơn.pdf", f"{file}!/b.pdf"]
    assert [item.indication.value for item in lines(out)] == ["TOTAL-PASSED", "TOTAL-FAILED"]
    assert code == ExitCode.SOME_FAILED


def test_a_container_named_zip_is_one_document(verify: Verify, tmp_path: Path):
    file = tmp_path / "container.zip"
    zipped(file, {"mimetype": b"application/vnd.etsi.asic-e+zip", "a.pdf": b"x"})
    assert names(verify(str(file), "--format", "ndjson")[1]) == [str(file)]
    zipped(file, {"a.pdf": b"x", "META-INF/signatures.xml": b"<a/>"})
    assert names(verify(str(file), "--format", "ndjson")[1]) == [str(file)]


def test_a_zip_that_plays_tricks_or_swells_is_one_unreadable_document(verify: Verify, tmp_path: Path):
    climbing, bomb = tmp_path / "climbing.zip", tmp_path / "bomb.zip"
    zipped(climbing, {"../a.pdf": b"x"})
    zipped(bomb, {"a.pdf": bytes(30_000_000)})
    code, out, _ = verify(str(climbing), str(bomb), "--format", "ndjson")
    assert [report.error.code for report in lines(out) if report.error] == ["ZIP_NAME", "LIMIT_EXCEEDED"]
    assert code == ExitCode.UNREADABLE


def test_a_damaged_document_in_a_zip_costs_itself_alone(verify: Verify, place: Path, tmp_path: Path):
    file = tmp_path / "damaged.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.pdf", b"SOMETHING")
        archive.writestr("b.pdf", (place / NAMES[0]).read_bytes())
    file.write_bytes(file.read_bytes().replace(b"SOMETHING", b"SOMETHINK"))
    first, second = lines(verify(str(file), "--format", "ndjson")[1])
    assert first.error is not None
    assert (first.error.code, first.sha256) == ("ZIP_DAMAGED", "")
    assert second.indication.value == "TOTAL-PASSED"


# --- forms and targets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "json", "ndjson"])
@pytest.mark.parametrize("count", [1, 3])
def test_reports_written_one_by_one_are_those_written_together(form: str, count: int, verify: Verify):
    import vnsign
    from vnsign.cli.render import render
    from vnsign.report.text import Screen
    from vnsign.report.viewing import Wish

    at = datetime.now(UTC)
    verifier = vnsign.Verifier(vnsign.TrustStore.load(Path("trust")), evidence=vnsign.load_evidence(Path("evidence")))
    reports = [verifier.report(Path(name), at=at, name=name) for name in NAMES[:count]]
    wish = Wish("vi", "trust")
    whole = render(form, reports, wish, Screen())
    assert isinstance(whole, str)
    stream = io.StringIO()
    written = sinks.Form(form, wish, Screen())
    sink = sinks.Documents(written, stream) if form == "json" else sinks.Stream(written, stream)
    for report in reports:
        sink.put(report)
    sink.end()
    assert stream.getvalue() == (whole if whole.endswith("\n") else whole + "\n")


def test_an_empty_json_report_is_one_too():
    from vnsign.report.json import dumps
    from vnsign.report.text import Screen
    from vnsign.report.viewing import Wish

    stream = io.StringIO()
    sinks.Documents(sinks.Form("json", Wish(), Screen()), stream).end()
    assert stream.getvalue() == dumps([]) + "\n"


def test_a_file_is_written_whole_and_never_over_another(verify: Verify, tmp_path: Path):
    target = tmp_path / "out.ndjson"
    assert verify(*NAMES[:2], "--format", "ndjson", "-o", str(target))[:2] == (0, "")
    before = target.read_bytes()
    assert len(names(before.decode())) == 2
    code, _, err = verify(*NAMES[:2], "--format", "ndjson", "-o", str(target))
    assert code == ExitCode.USAGE
    assert "OUTPUT_EXISTS" in err
    assert target.read_bytes() == before


def test_nothing_is_left_behind_where_the_run_fails(verify: Verify, tmp_path: Path):
    target = tmp_path / "none" / "out.json"
    assert verify(NAMES[0], "--format", "json", "-o", str(target))[0] == ExitCode.USAGE
    code, _, _ = verify(NAMES[0], "--trust", str(tmp_path / "absent"), "-o", str(tmp_path / "out.txt"))
    assert code == ExitCode.USAGE
    assert list(tmp_path.iterdir()) == []


def test_a_folder_takes_one_report_a_document_at_the_documents_own_path(verify: Verify, tmp_path: Path):
    target = tmp_path / "biên bản"
    verify("-r", "hồ sơ", "--format", "json", "-o", f"{target}/")
    found = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())
    assert found == sorted(f"{name}.json" for name in NAMES)
    (report,) = loads((target / f"{NAMES[0]}.json").read_text("utf-8"))
    assert report.name == NAMES[0]


@pytest.mark.parametrize(
    ("name", "placed"),
    [
        ("../../a.pdf", "_/_/a.pdf.txt"),
        ("/etc/a.pdf", "etc/a.pdf.txt"),
        ("C:\\x\\..\\a.pdf", "C_/x/_/a.pdf.txt"),
        ("a.zip!/../b.pdf", "a.zip/_/b.pdf.txt"),
        ("..", "_.txt"),
        ("", "document.txt"),
    ],
)
def test_no_name_leads_out_of_the_folder(name: str, placed: str):
    assert sinks.placed(name, ".txt") == Path(placed)


def test_forms_of_one_piece_are_bounded_in_number(verify: Verify, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sinks, "MOST_AT_ONCE", 2)
    assert verify(*NAMES[:2], "--format", "html")[0] == 0
    code, out, err = verify(*NAMES[:3], "--format", "html")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "TOO_MANY_FOR_ONE_FILE" in err


# --- workers ----------------------------------------------------------------------------------------------------------------


def test_workers_say_what_one_process_says_in_the_same_order(verify: Verify):
    at = datetime.now(UTC).isoformat()
    alone = verify("-r", "hồ sơ", "--format", "ndjson", "--at", at)
    assert verify("-r", "hồ sơ", "--format", "ndjson", "--at", at, "--jobs", "2") == alone


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFO")
def test_a_document_that_keeps_its_worker_is_unreadable_and_the_others_go_on(verify: Verify, tmp_path: Path):
    fifo = tmp_path / "waits.pdf"
    os.mkfifo(fifo)
    named = [NAMES[0], str(fifo), NAMES[1]]
    code, out, err = verify(*named, "--format", "ndjson", "--jobs", "2", "--deadline", "3")
    assert names(out) == named
    assert [None if item.error is None else item.error.code for item in lines(out)] == [None, "WORKER_TIMEOUT", None]
    assert code == ExitCode.UNREADABLE
    assert "WORKER_TIMEOUT" in err


# --- the journal ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the documents that are really judged, in order."""
    found: list[str] = []
    real = Isolation.report

    def counted(self: Isolation, verifier: object, source: DocumentSource, moment: datetime) -> DocumentReport:
        found.append(source.name)
        return real(self, verifier, source, moment)  # type: ignore[arg-type]

    monkeypatch.setattr(Isolation, "report", counted)
    return found


def test_what_is_in_the_journal_is_said_again_and_not_judged_again(verify: Verify, judged: list[str], tmp_path: Path):
    journal = ("--resume", str(tmp_path / "j.db"), "--format", "ndjson")
    first = verify("-r", "hồ sơ", *journal)
    assert judged == NAMES
    again = verify("-r", "hồ sơ", *journal)
    assert judged == NAMES
    assert again[:2] == first[:2]  # the first run's moment too
    assert "tiếp tục" in again[2]


def test_a_changed_document_is_judged_again_and_one_that_was_only_touched_is_not(verify: Verify, judged: list[str], tmp_path):
    touched, changed = tmp_path / "a.pdf", tmp_path / "b.pdf"
    for path in (touched, changed):
        path.write_bytes(Path(NAMES[0]).read_bytes())
    journal = ("--resume", str(tmp_path / "j.db"), "--format", "ndjson")
    assert verify(str(touched), str(changed), *journal)[0] == 0
    os.utime(touched, (1, 1))
    changed.write_bytes(Path(NAMES[3]).read_bytes())
    del judged[:]
    code, out, _ = verify(str(touched), str(changed), *journal)
    assert judged == [str(changed)]
    assert code == ExitCode.SOME_FAILED
    assert [item.indication.value for item in lines(out)] == ["TOTAL-PASSED", "TOTAL-FAILED"]
    with sqlite3.connect(tmp_path / "j.db") as base:
        assert base.execute("SELECT count(*) FROM judged").fetchone() == (2,)
    base.close()


def test_documents_in_a_zip_are_in_the_journal_too(verify: Verify, judged: list[str], place: Path, tmp_path: Path):
    zipped(tmp_path / "a.zip", {"a.pdf": (place / NAMES[0]).read_bytes(), "b.pdf": (place / NAMES[3]).read_bytes()})
    arguments = (str(tmp_path / "a.zip"), "--resume", str(tmp_path / "j.db"), "--format", "ndjson")
    first = verify(*arguments)
    assert verify(*arguments)[:2] == first[:2]
    assert len(judged) == 2


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (("--policy", "etsi-baseline"), "policy"),
        (("--at", "2027-01-01"), "validation time"),
        (("--trust", "more"), "trust"),
        (("--evidence", "trust"), "evidence"),
        (("--signer", "MST:0101234567"), "expected"),
        (("--isolate",), "isolation"),
        (("--online",), "evidence"),
    ],
)
def test_a_journal_of_another_run_is_refused_with_what_differs(other: tuple[str, ...], named: str, verify: Verify, tmp_path):
    journal = ("--resume", str(tmp_path / "j.db"))
    verify(NAMES[0], *journal)
    code, out, err = verify(NAMES[0], *journal, *other, "--lang", "en")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "JOURNAL_OTHER_RUN" in err
    assert named in err
    assert "new journal" in err


def test_other_files_are_no_journal_and_stay_as_they_are(verify: Verify, tmp_path: Path):
    text, other = tmp_path / "text.db", tmp_path / "other.db"
    text.write_bytes(b"no database, and long enough to be told apart from one" * 40)
    with sqlite3.connect(other) as base:
        base.execute("CREATE TABLE theirs (a)")
    base.close()
    for path in (text, other):
        before = path.read_bytes()
        code, _, err = verify(NAMES[0], "--resume", str(path))
        assert (code, "JOURNAL_DAMAGED" in err) == (ExitCode.USAGE, True)
        assert path.read_bytes() == before
    assert verify(NAMES[0], "--resume", str(tmp_path / "none" / "j.db"))[0] == ExitCode.USAGE


def test_a_damaged_record_is_refused(verify: Verify, tmp_path: Path):
    verify(NAMES[0], "--resume", str(tmp_path / "j.db"))
    with sqlite3.connect(tmp_path / "j.db") as base:
        base.execute("UPDATE judged SET report = x'00'")
    base.close()
    assert "JOURNAL_DAMAGED" in verify(NAMES[0], "--resume", str(tmp_path / "j.db"))[2]


def test_two_runs_cannot_use_one_journal(verify: Verify, tmp_path: Path):
    from vnsign.cli.journal import Journal

    with Journal.open(tmp_path / "j.db"):
        code, _, err = verify(NAMES[0], "--resume", str(tmp_path / "j.db"))
    assert (code, "JOURNAL_IN_USE" in err) == (ExitCode.USAGE, True)


def test_saved_evidence_is_of_a_run_without_a_journal(verify: Verify, tmp_path: Path):
    code, _, _ = verify(NAMES[0], "--resume", str(tmp_path / "j.db"), "--save-evidence", str(tmp_path / "e.json"))
    assert code == ExitCode.USAGE


# --- the summary ------------------------------------------------------------------------------------------------------------

HOSTILE = '=HYPERLINK("http://x")+-@ <script>alert(1)</script> \u202egpj.pdf'
ORDER = [NAMES[3], NAMES[5], NAMES[4], *NAMES[:3]]


def test_the_csv_says_first_what_needs_attention(verify: Verify, tmp_path: Path):
    target = tmp_path / "bảng.csv"
    verify("-r", "hồ sơ", "--summary", str(target))
    text = target.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    head, *rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    assert head == list(headings("vi"))
    assert [row[0] for row in rows] == ORDER
    assert rows[0][1:4] == ["KHÔNG HỢP LỆ", "TOTAL-FAILED / HASH_FAILURE", "TEST NGUYỄN VĂN AN"]
    assert rows[1][2] == "FORMAT_UNKNOWN"
    assert all(row[5] for row in rows)


def test_the_report_id_of_the_summary_is_the_one_on_the_report(verify: Verify, tmp_path: Path):
    _, out, _ = verify(NAMES[0], "--summary", str(tmp_path / "a.csv"))
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text("utf-8-sig"), newline="")))
    assert rows[1][6] in out


def row_of(name: str) -> DocumentReport:
    return DocumentReport(name, "", "unknown", (), datetime(2026, 6, 1, tzinfo=UTC), "p 1")


def written(target: Path, *hostile_names: str) -> None:
    from vnsign.cli.summary import Summary
    from vnsign.report.viewing import Wish

    summary = Summary(target, Wish("en"))
    for name in hostile_names:
        summary.put(row_of(name))
    summary.end()
    summary.close()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝"])
def test_no_cell_of_a_csv_begins_like_a_formula(start: str, tmp_path: Path):
    written(tmp_path / "a.csv", f"{start}1+1.pdf", HOSTILE)
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text("utf-8-sig"), newline="")))
    assert rows[1][0] == f"'{start}1+1.pdf"
    assert not any(cell.startswith(("=", "+", "-", "@", "＝")) for row in rows for cell in row)


def test_every_cell_of_a_spreadsheet_is_text(tmp_path: Path):
    openpyxl = pytest.importorskip("openpyxl")
    written(tmp_path / "a.xlsx", "=1+1.pdf", "+1", "-1", "@x", HOSTILE, "a\x00\x0b\ufffe.pdf")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    values = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in values} == {"s"}
    assert [book.active.cell(row, 1).value for row in (2, 3, 4, 5)] == ["=1+1.pdf", "+1", "-1", "@x"]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert b"<f>" not in b"".join(archive.read(name) for name in archive.namelist())


def test_the_page_escapes_names_and_holds_no_script(tmp_path: Path):
    written(tmp_path / "a.html", HOSTILE)
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "<script" not in page.lower()
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    assert '<html lang="en">' in page
    assert '<th scope="col">' in page


@pytest.mark.parametrize("ending", [".csv", ".html", ".xlsx"])
def test_a_summary_is_never_written_over_a_file_and_another_ending_is_refused(ending: str, verify: Verify, tmp_path: Path):
    target = tmp_path / f"a{ending}"
    target.write_bytes(b"mine")
    assert verify(NAMES[0], "--summary", str(target))[0] == ExitCode.USAGE
    assert target.read_bytes() == b"mine"
    assert verify(NAMES[0], "--summary", str(tmp_path / "a.doc"))[0] == ExitCode.USAGE


def test_identifiers_are_hidden_in_the_summary_unless_asked_for(verify: Verify, tmp_path: Path):
    verify(NAMES[0], "--summary", str(tmp_path / "a.csv"))
    assert "000000000001" not in (tmp_path / "a.csv").read_text("utf-8-sig")


# --- exit codes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "options", "code"),
    [
        ((0, 1), (), 0),
        ((0, 4), (), 4),
        ((0, 4, 5), (), 5),
        ((0, 3, 5), (), 1),
        ((3,), ("--fail-on", "invalid"), 1),
        ((0,), ("--signer", "MST:0101234567"), 3),
        ((0,), ("--signer", "MST:0101234567", "--fail-on", "invalid"), 0),
        ((4,), ("--fail-on", "invalid"), 4),
        ((5,), ("--fail-on", "invalid"), 5),
    ],
)
def test_the_worst_verdict_gives_the_exit_code(files: tuple[int, ...], options: tuple[str, ...], code: int, verify: Verify):
    assert verify(*(NAMES[number] for number in files), *options)[0] == code


def test_a_valid_document_with_something_to_note_has_a_code_of_its_own_only_where_asked_for(verify: Verify):
    (report,) = lines(verify(NAMES[0], "--format", "ndjson")[1])
    raised = Finding("crypto.rsa-padding", Outcome.FAILED, Severity.WARN)
    signature = report.signatures[0]
    report = replace(report, signatures=(replace(signature, findings=(*signature.findings, raised)),))
    assert of_document(report) is ExitCode.ALL_PASSED
    assert of_document(report, FailOn.WARNING) is ExitCode.SOME_NOTED
    assert worst({ExitCode.SOME_NOTED, ExitCode.ALL_PASSED}) is ExitCode.SOME_NOTED
    assert worst({ExitCode.SOME_NOTED, ExitCode.NO_SIGNATURE}) is ExitCode.NO_SIGNATURE


def test_a_first_run_without_trust_data_tells_the_command_to_type(verify: Verify, monkeypatch, capsys, tmp_path: Path):
    for name in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    assert run(["verify", NAMES[0]]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert "vnsign trust sync" in said.err


# --- memory and progress ----------------------------------------------------------------------------------------------------


class Nothing(Isolation):
    """Judges nothing, at once."""

    __slots__ = ()

    def report(self, verifier: object, source: DocumentSource, moment: datetime) -> DocumentReport:
        return DocumentReport(source.name, "0" * 64, "pdf", (), moment, "p 1")


@pytest.mark.parametrize("jobs", [None, 2])
def test_the_number_of_live_reports_does_not_grow_with_the_number_of_documents(jobs, tmp_path: Path, monkeypatch, capsys):
    from vnsign.cli.many_options import Many
    from vnsign.report.text import Screen
    from vnsign.report.viewing import Wish

    listed = "\n".join(str(tmp_path / f"{number}.pdf") for number in range(3_000))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(listed.encode())))
    live: list[int] = []
    real = sinks.Stream.put

    def counted(self: sinks.Stream, report: DocumentReport) -> None:
        real(self, report)
        if int(Path(report.name).stem) % 500 == 499:
            live.append(sum(isinstance(item, DocumentReport | inputs.Item) for item in gc.get_objects()))

    monkeypatch.setattr(sinks.Stream, "put", counted)
    before = sum(isinstance(item, DocumentReport | inputs.Item) for item in gc.get_objects())
    judging = many.Run(TestPki.load().trust_store(), datetime.now(UTC), Nothing(False, None), jobs)  # type: ignore[arg-type]
    options = Many(summary=tmp_path / "a.csv")
    form = sinks.Form("ndjson", Wish(), Screen())
    plan = many.Plan(inputs.of(["-"]), judging, form, str(tmp_path / "out.ndjson"), options)
    assert plan.carried_out(None) is ExitCode.NO_SIGNATURE
    assert len(live) == 6
    assert max(live) - before < 40
    assert len((tmp_path / "out.ndjson").read_text().splitlines()) == 3_000
    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_drawn_on_a_terminal_alone_and_cleared(monkeypatch: pytest.MonkeyPatch):
    for stream, drawn in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr("sys.stderr", stream)
        with Progress(None) as progress:
            progress.step("a.pdf")
        assert ("a.pdf" in stream.getvalue()) is drawn
        assert not drawn or stream.getvalue().endswith("\r\x1b[K")


def test_the_total_is_said_only_where_it_is_certain(place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(place)
    assert inputs.Inputs(tuple(NAMES)).total() == 6
    for unsure in ("-", "*.pdf", "a.zip", "hồ sơ"):
        assert inputs.Inputs((unsure,), recursive=True).total() is None


def test_names_that_are_no_utf8_are_shown_with_a_replacement(tmp_path: Path):
    raw = os.fsencode(tmp_path) + b"/\xff.pdf"
    try:
        Path(os.fsdecode(raw)).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (item,) = list(inputs.of([str(tmp_path)], recursive=True).items())
    assert item.source.name.endswith("\ufffd.pdf")
    assert json.dumps(item.source.name).encode()
    assert item.sha256()
