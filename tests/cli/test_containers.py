"""``vnsign sign`` and ``vnsign augment`` with containers: new ones, those that are there, names, levels."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from vnsign import verify
from vnsign.cli.main import run
from vnsign.testing.documents import application_pdf
from vnsign.testing.pki import TestPki

SECRET = "mat-khau-thu"
PKI = TestPki.load()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for who in ("citizen", "agency"):
        (tmp_path / f"{who}.p12").write_bytes(PKI.credential(who).pkcs12(SECRET.encode()))
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "Đơn số 1.pdf").write_bytes(application_pdf())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sign(file: str, *options: str, who: str = "citizen") -> int:
    return run(["sign", file, "--key", f"{who}.p12", "--secret-file", "secret", *options])


def levels(path: Path) -> list[str]:
    report = verify(path, trust=PKI.trust_store(), evidence=PKI.evidence())
    assert all(item.verdict.indication == "TOTAL-PASSED" for item in report.signatures)
    return [item.level for item in report.signatures]


@pytest.mark.parametrize(
    ("form", "ending", "entry"),
    [
        ("asic-e", ".asice", "META-INF/signatures001.xml"),
        ("asic-e-cades", ".asice", "META-INF/signature001.p7s"),
        ("asic-s", ".asics", "META-INF/signatures.xml"),
        ("asic-s-cades", ".asics", "META-INF/signature.p7s"),
    ],
)
def test_each_form_is_written_beside_the_file_and_signed_once_more(folder: Path, form: str, ending: str, entry: str) -> None:
    assert sign("Đơn số 1.pdf", "--form", form) == 0
    made = folder / f"Đơn số 1.pdf{ending}"
    with zipfile.ZipFile(made) as found:
        assert found.read("Đơn số 1.pdf") == application_pdf()
        assert entry in found.namelist()
    assert levels(made) == ["B-B"]
    assert sign(made.name, "-o", f"both{ending}", who="agency") == 0
    assert levels(folder / f"both{ending}") == ["B-B", "B-B"]


def test_a_form_that_the_container_has_not_is_refused(folder: Path) -> None:
    assert sign("Đơn số 1.pdf", "--form", "asic-s") == 0
    before = sorted(folder.iterdir())
    assert sign("Đơn số 1.pdf.asics", "--form", "asic-e-cades") != 0
    assert sorted(folder.iterdir()) == before


def test_a_zip_that_is_no_container_needs_a_form(folder: Path) -> None:
    with zipfile.ZipFile(folder / "files.zip", "w") as made:
        made.writestr("a.txt", "a")
    assert sign("files.zip") != 0
    assert sign("files.zip", "--form", "asic-e") == 0
    assert levels(folder / "files.zip.asice") == ["B-B"]
