"""The sample documents."""

from __future__ import annotations

import io
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pyhanko.pdf_utils.reader import PdfFileReader

from vnsign.testing import documents


@pytest.mark.parametrize(("make", "pages", "fields"), [(documents.application_pdf, 2, 2), (documents.result_pdf, 1, 0)])
def test_pdf_is_read_strictly_and_is_the_same_each_time(make: object, pages: int, fields: int) -> None:
    assert callable(make)
    data = make()
    assert data == make()
    reader = PdfFileReader(io.BytesIO(data), strict=True)
    assert reader.root["/Pages"]["/Count"] == pages
    assert len(reader.root["/AcroForm"]["/Fields"] if fields else ()) == fields
    assert reader.trailer["/Info"]["/Title"].startswith("T")


@pytest.mark.oracle
def test_text_can_be_copied_with_its_diacritics(tmp_path: Path) -> None:
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed")
    (tmp_path / "a.pdf").write_bytes(documents.application_pdf())
    done = subprocess.run([program, str(tmp_path / "a.pdf"), "-"], capture_output=True, timeout=30, check=True)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in done.stdout.decode()
    assert not done.stderr


@pytest.mark.oracle
@pytest.mark.parametrize("make", [documents.application_pdf, documents.result_pdf])
def test_qpdf_finds_no_fault(make: object, tmp_path: Path) -> None:
    program = shutil.which("qpdf")
    if program is None:
        pytest.skip("qpdf is not installed")
    assert callable(make)
    (tmp_path / "a.pdf").write_bytes(make())
    done = subprocess.run([program, "--check", str(tmp_path / "a.pdf")], capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr


def test_declaration_has_one_element_to_be_signed_and_is_in_nfc() -> None:
    data = documents.declaration_xml()
    root = etree.fromstring(data)
    assert [element.tag for element in root.iterfind(".//*[@Id='data']")] == [f"{{{documents.NAMESPACE}}}NoiDung"]
    assert unicodedata.is_normalized("NFC", data.decode())


@given(st.text())
def test_text_of_any_kind_makes_a_readable_pdf(text: str) -> None:
    text = text.encode("utf-16-be", "ignore").decode("utf-16-be")
    reader = PdfFileReader(io.BytesIO(documents.pdf([[text]], title=text)), strict=True)
    assert reader.trailer["/Info"]["/Title"] == unicodedata.normalize("NFC", text)


def test_without_diacritics() -> None:
    assert documents.without_diacritics("Đất Việt, đường số 7") == "Dat Viet, duong so 7"
    assert documents.without_diacritics("日") == "?"
