"""``vnsign show``: what it writes, what it says, when it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.screens import cases
from tests.unit.showing.test_data import made
from tests.unit.showing.test_xml_page import signed
from vnsign import AsicPlacement
from vnsign.cli import main
from vnsign.showing import pages
from vnsign.testing.documents import application_pdf
from vnsign.testing.dossier import change_once
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import TestPki

CASES = ("valid-person", "overlaid", "altered", "two-in-order", "seal-picture", "unreadable")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pki = TestPki.load()
    write_trust(pki, tmp_path / "trust")
    write_evidence(pki, tmp_path / "evidence", at=cases.CHECKED)
    for name in CASES:
        (tmp_path / f"{name}.pdf").write_bytes(cases.screen(name).document)
    (tmp_path / "to-khai.xml").write_bytes(signed())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def show(*args: str) -> int:
    given = ["--trust", "trust", "--evidence", "evidence", "--at", cases.CHECKED.isoformat()]
    try:
        return main.run(["show", *args, *given])
    except SystemExit as stop:
        return int(stop.code or 0)


def test_signatures_are_listed_with_numbers_and_ids(folder, capsys):
    assert show("two-in-order.pdf", "--list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:2] for line in lines] == ["1.", "2."]
    assert "[Signature1]" in lines[0]
    assert "HỢP LỆ" in lines[0]


def test_the_signed_revision_is_written(folder, capsys):
    assert show("two-in-order.pdf", "--signature", "1", "-o", "first.pdf") == 0
    assert show("two-in-order.pdf", "--signature", "Signature2", "-o", "second.pdf") == 0
    first, second = (folder / "first.pdf").read_bytes(), (folder / "second.pdf").read_bytes()
    assert second.startswith(first)
    assert (folder / "two-in-order.pdf").read_bytes().startswith(second)
    assert len(first) < len(second)


def test_what_was_laid_over_a_page_is_shown(folder, capsys):
    assert show("overlaid.pdf", "--diff", "-o", "pages", "--html", "page.html") == 1
    said = capsys.readouterr()
    assert "Các trang hiển thị khác với khi ký: 2." in said.out
    assert "không hợp lệ" in said.err
    assert [item.name for item in (folder / "pages").iterdir()] == ["page-0002.png"]
    with Image.open(folder / "pages" / "page-0002.png") as picture:
        assert picture.width > 1000
    html = (folder / "page.html").read_text("utf-8")
    assert html.count("data:image/png;base64,") == 1
    assert "<script" not in html
    assert "Các trang hiển thị khác với khi ký: 2." in html


def test_pages_that_are_the_same_are_said_to_be(folder, capsys):
    assert show("valid-person.pdf", "--diff", "-o", "pages", "--lang", "en", "--html", "page.html") == 0
    assert "look the same (2 pages)" in capsys.readouterr().out
    assert not (folder / "pages").exists()
    assert "look the same (2 pages)" in (folder / "page.html").read_text("utf-8")


def test_nothing_is_written_of_a_signature_that_does_not_hold(folder, capsys):
    assert show("altered.pdf", "-o", "out.pdf") == 1
    assert "NOT_INTACT" in capsys.readouterr().err
    assert not (folder / "out.pdf").exists()
    assert show("altered.pdf", "-o", "out.pdf", "--even-if-broken", "--lang", "en") == 1
    assert "does NOT hold" in capsys.readouterr().err
    assert (folder / "out.pdf").exists()


def test_the_page_of_a_signature_that_does_not_hold_warns(folder, capsys):
    assert show("altered.pdf", "--html", "page.html", "--even-if-broken") == 1
    assert "KHÔNG phải là nội dung đã ký" in (folder / "page.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("two-in-order.pdf", "-o", "x"), 2, "--signature"),
        (("two-in-order.pdf", "--signature", "3", "-o", "x"), 2, "NO_SUCH_SIGNATURE"),
        (("two-in-order.pdf", "--signature", "0", "-o", "x"), 2, "NO_SUCH_SIGNATURE"),
        (("valid-person.pdf",), 2, "-o OUT"),
        (("valid-person.pdf", "-o", "altered.pdf"), 2, "OUTPUT_EXISTS"),
        (("valid-person.pdf", "-o", "x", "--html", "trust"), 2, "OUTPUT_EXISTS"),
        (("seal-picture.pdf", "-o", "x"), 4, ""),
        (("unreadable.pdf", "-o", "x"), 5, "FORMAT_UNKNOWN"),
        (("nowhere.pdf", "-o", "x"), 5, "CANNOT_OPEN"),
        (("to-khai.xml", "-o", "x", "--diff"), 2, "NOT_PDF"),
    ],
)
def test_what_cannot_be_shown_is_said(folder, capsys, args, code, said):
    assert show(*args) == code
    assert said in capsys.readouterr().err
    assert not (folder / "x").exists()


def test_a_renderer_that_dies_costs_the_pictures_and_no_more(folder, capsys, monkeypatch):
    (folder / "dying_renderer.py").write_text("import os, signal\ndef main(*_): os.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(pages, "_WORKER", "dying_renderer")
    assert show("overlaid.pdf", "--diff", "-o", "pages") == 5
    assert "RENDER_DIED" in capsys.readouterr().err
    assert not (folder / "pages").exists()


def test_the_signed_part_of_xml_is_marked_and_its_octets_written(folder, capsys):
    assert show("to-khai.xml", "-o", "data.xml", "--html", "page.html") == 0
    assert (folder / "data.xml").read_bytes().startswith(b"<NoiDung ")
    html = (folder / "page.html").read_text("utf-8")
    assert "KHÔNG ĐƯỢC KÝ" in html
    assert "<mark>&lt;NoiDung" in html


def test_of_changed_xml_only_the_page_is_written_and_it_warns(folder, capsys):
    (folder / "changed.xml").write_bytes(change_once(signed(), b"<SoLuong>2", b"<SoLuong>9"))
    assert show("changed.xml", "-o", "data.xml", "--html", "page.html") == 1
    assert not (folder / "page.html").exists()
    assert show("changed.xml", "-o", "data.xml", "--html", "page.html", "--even-if-broken") == 1
    assert not (folder / "data.xml").exists()
    assert "CHỮ KÝ NÀY KHÔNG ĐÚNG" in (folder / "page.html").read_text("utf-8")


def test_the_files_of_a_container_are_written_into_a_new_folder(folder, capsys):
    placement = AsicPlacement(name="to-khai.pdf", more_files=(("ban-ve/a.xml", b"<a/>"),))
    (folder / "ho-so.asice").write_bytes(made(placement))
    assert show("ho-so.asice", "-o", "files") == 0
    assert (folder / "files" / "to-khai.pdf").read_bytes() == application_pdf()
    assert (folder / "files" / "ban-ve" / "a.xml").read_bytes() == b"<a/>"
