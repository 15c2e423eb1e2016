"""Comparing pages: what differs is found and outlined, what is the same is said to be, and no file harms the caller."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.screens import cases
from vnsign.errors import ConfigurationError, UnreadableDocumentError
from vnsign.isolation.process import Worker
from vnsign.showing import PageChange, RenderLimits, compare_pages, pages, signed_revision
from vnsign.testing.documents import pdf
from vnsign.testing.dossier import change_once


def page(*lines: str) -> bytes:
    return pdf([lines], title="test")


def test_the_line_laid_over_a_signed_page_is_found_and_outlined():
    case, report = cases.screen("overlaid"), cases.report("overlaid")
    found = compare_pages(signed_revision(case.document, report, "Signature1"), case.document)
    assert (found.pages_signed, found.pages_now, found.compared, found.same) == (2, 2, 2, False)
    (only,) = found.differences
    assert (only.page, only.change) == (2, PageChange.CHANGED)
    # The line lies at 770 to 794 of 842 points: in the uppermost tenth of the page, and nowhere else.
    assert all(0.05 < top < bottom < 0.1 and 0.1 < left < right < 0.8 for left, top, right, bottom in only.regions)
    picture = Image.open(io.BytesIO(only.png)).convert("RGB")
    assert picture.width > 1.3 * picture.height
    raw = picture.tobytes()
    red = [place for place in range(len(raw) // 3) if raw[3 * place : 3 * place + 3] == b"\xb3\x15\x1b"]
    columns = {place % picture.width > picture.width // 2 for place in red}
    assert columns == {False, True}  # outlined on either side
    assert max(place // picture.width for place in red) < picture.height / 5


def test_a_signed_file_looks_like_its_signed_revision():
    case, report = cases.screen("valid-person"), cases.report("valid-person")
    assert compare_pages(signed_revision(case.document, report, "Signature1"), case.document).same


def test_the_picture_is_the_same_each_time():
    first, second = (compare_pages(page("02"), page("92")).differences[0].png for _ in range(2))
    assert first == second


def test_added_and_removed_pages_are_named():
    one, two = pdf([["a"]], title="t"), pdf([["a"], ["b"]], title="t")
    assert [(item.page, item.change) for item in compare_pages(one, two).differences] == [(2, PageChange.ADDED)]
    (gone,) = compare_pages(two, one).differences
    assert (gone.page, gone.change, bool(gone.png)) == (2, PageChange.REMOVED, True)


def test_pages_of_another_size_differ_as_a_whole():
    found = compare_pages(page("a"), change_once(page("a"), b"842]", b"942]"))
    assert found.differences[0].regions == ((0.0, 0.0, 1.0, 1.0),)


def test_what_is_beyond_a_limit_is_said_not_to_be_compared():
    many = pdf([[str(number)] for number in range(6)], title="t")
    found = compare_pages(many, many, limits=RenderLimits(pages=4))
    assert (found.compared, found.complete, found.same, found.differences) == (4, False, False, ())


def test_only_so_many_pictures_are_made_and_the_other_pages_named():
    before, after = (pdf([[f"{letter} {number}"] for number in range(4)], title="t") for letter in "ab")
    found = compare_pages(before, after, limits=RenderLimits(pictures=2))
    assert [bool(item.png) for item in found.differences] == [True, True, False, False]


@pytest.mark.parametrize("box", [b"[0 0 14e6 14e6]", b"[0 0 1 9000000]", b"[0 0 0 0]", b"[0 0 nan 1]"])
def test_pages_of_absurd_sizes_are_drawn_small_or_not_at_all(box):
    old = page("a")
    start = old.index(b"[", old.index(b"/MediaBox"))
    new = old[:start] + box + old[old.index(b"]", start) + 1 :]
    limits = RenderLimits(pixels=200_000)
    found = compare_pages(old, new, limits=limits)
    for item in found.differences:
        if item.png:
            width, height = Image.open(io.BytesIO(item.png)).size
            assert width * height < 20 * limits.pixels


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"\x00" * 1000, b"%PDF-1.7\n1 0 obj<<>>endobj trailer<</Root 1 0 R>>"])
def test_what_pdfium_does_not_open_is_told(data):
    with pytest.raises(UnreadableDocumentError) as caught:
        compare_pages(page("a"), data)
    assert caught.value.code == "RENDER_FAILED"


def test_without_memory_there_is_an_error_and_no_harm():
    limits = RenderLimits(memory_bytes=160 * 1024 * 1024, pixels=40_000_000, dpi=600)
    with pytest.raises(UnreadableDocumentError) as caught:
        compare_pages(page("a"), page("b"), limits=limits)
    assert caught.value.code in {"RENDER_MEMORY", "RENDER_DIED", "RENDER_FAILED"}


_READY = "import sys\nfrom vnsign.isolation.frames import read_frame, write_frame\n"
_MAIN = """def main(memory, seconds):
    out = sys.stdout.buffer
    write_frame(out, b'{}')
    read_frame(sys.stdin.buffer, 1 << 40)
"""


def worker(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, then: str) -> None:
    (folder / f"{name}.py").write_text(_READY + _MAIN + f"    {then}\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(pages, "_WORKER", name)


@pytest.mark.parametrize("end", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_a_worker_that_crashes_is_an_error(monkeypatch, tmp_path, end):
    worker(monkeypatch, tmp_path, f"crashing_{end.lower()}", f"import os, signal; os.kill(os.getpid(), signal.{end})")
    with pytest.raises(UnreadableDocumentError) as caught:
        compare_pages(b"", b"")
    assert caught.value.code == "RENDER_DIED"
    assert end in caught.value.message


def test_a_worker_that_takes_too_long_is_killed(monkeypatch, tmp_path):
    started: list[Worker] = []
    start = Worker.start
    monkeypatch.setattr(Worker, "start", lambda *args: started.append(start(*args)) or started[-1])
    worker(monkeypatch, tmp_path, "stalling", "import time; time.sleep(1000)")
    with pytest.raises(UnreadableDocumentError) as caught:
        compare_pages(b"", b"", limits=RenderLimits(seconds=0.5))
    assert caught.value.code == "RENDER_TIMEOUT"
    assert not started[0].usable


_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def _answer(**other: object) -> object:
    item = {"page": 1, "change": "changed", "regions": [[0, 0, 1, 1]], "png": ""} | other
    return {"signed": 1, "now": 1, "compared": 1, "differences": [item]}


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"differences": []},
        {"signed": "1", "now": 1, "compared": 1, "differences": []},
        {"signed": -1, "now": 1, "compared": 1, "differences": []},
        {"signed": True, "now": 1, "compared": 1, "differences": []},
        _answer(page=10**9),
        _answer(change="<script>"),
        _answer(regions=[[0, 0, 1, float("inf")]]),
        _answer(regions=[[0.5, 0, 0.1, 1]]),
        _answer(png="PHN2Zz4="),
        _answer(png="ü"),
        _answer(png=__import__("base64").b64encode(_PNG + b"\x7f\xff\xff\xff" * 2).decode()),
    ],
    ids=str,
)
def test_what_the_worker_says_is_not_believed(monkeypatch, tmp_path, answer):
    (tmp_path / "answer").write_text(json.dumps(answer))
    then = f"write_frame(out, open({str(tmp_path / 'answer')!r}, 'rb').read())"
    worker(monkeypatch, tmp_path, f"lying_{abs(hash(str(answer)))}", then)
    with pytest.raises(UnreadableDocumentError) as caught:
        compare_pages(b"", b"")
    assert caught.value.code == "RENDER_DIED"


def test_captions_are_legible_without_a_font(monkeypatch):
    given = pages.captions("vi")
    monkeypatch.setattr(pages, "captions", lambda *_, **__: type(given)(given.page, given.left, given.right, given.missing))
    (only,) = compare_pages(page("a"), page("b")).differences
    assert only.png.startswith(_PNG)


def test_captions_never_call_signed_what_is_not():
    for language, word in (("vi", "đã ký"), ("en", "igned")):
        assert word in pages.captions(language).left
        assert (
            "KHÔNG ĐÚNG" in pages.captions(language, broken=True).left
            or "does NOT hold" in pages.captions(language, broken=True).left
        )


def test_limits_under_which_nothing_could_be_drawn_are_refused():
    for limits in ({"pages": 0}, {"pixels": 1}, {"dpi": 5}, {"seconds": 0}, {"memory_bytes": 1}):
        with pytest.raises(ConfigurationError):
            RenderLimits(**limits)
