"""Every example of the READMEs and of the documentation runs, word for word."""

from __future__ import annotations

import getpass
import re
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vnsign import SignatureLevel, XmlPlacement, sign
from vnsign.cli.main import run
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "README.vi.md", *(ROOT / "docs").rglob("*.md")])
SECRET = "mat-khau-thu"


def blocks(page: Path, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def examples(kind: str) -> list[tuple[str, str]]:
    return [(f"{page.relative_to(ROOT)}:{number}", text) for page in PAGES for number, text in enumerate(blocks(page, kind), 1)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with everything that the examples name."""
    pki = TestPki.load()
    write_trust(pki, tmp_path / "trust")
    write_evidence(pki, tmp_path / "evidence", at=datetime.now(UTC))
    signer, tsa = pki.signer("citizen"), SimulatedTsa.of(pki)
    at = datetime.now(UTC)
    stamped = sign(application_pdf(), signer, level=SignatureLevel.T, timestamps=tsa, at=at)
    stamped.save(tmp_path / "to-khai.signed.pdf")
    form = sign(declaration_xml(), signer, at=at, placement=XmlPlacement.xades_enveloped())
    form.save(tmp_path / "to-khai.signed.xml")
    (tmp_path / "to-khai.pdf").write_bytes(application_pdf())
    (tmp_path / "to-khai.xml").write_bytes(declaration_xml())
    (tmp_path / "ca-nhan.p12").write_bytes(pki.credential("citizen").pkcs12(SECRET.encode()))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(getpass, "getpass", lambda *_: SECRET)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("where", "text"), examples("python"), ids=lambda value: value if "\n" not in value else "")
def test_python_examples_run(where, text):
    pki = TestPki.load()
    names = {
        "certificate": pki.certificate("citizen"),
        "chain": pki.chain("citizen")[:-1],
        "signer": pki.signer("citizen"),
        "trust": pki.trust_store(),
        "evidence": pki.evidence(datetime.now(UTC)),
        "vnsign_test_services": lambda: nullcontext(SimulatedTsa.of(pki)),
        "sign_elsewhere": lambda data: pki.signer("citizen").sign([data], _algorithm(pki))[0],
    }
    exec(compile(text, where, "exec"), names)


def _algorithm(pki: TestPki):
    from vnsign.signing.profile import Padding, choose_algorithm

    return choose_algorithm(pki.certificate("citizen"), digest="sha256", padding=Padding.PKCS1V15, plain_ecdsa=False)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("where", "text"), examples("console"), ids=lambda value: value if "\n" not in value else "")
def test_console_examples_run(where, text, capsys):
    for line in text.splitlines():
        if line.startswith("$ vnsign "):
            assert run(line.removeprefix("$ vnsign ").split()) == 0, f"{where}: {line}\n{capsys.readouterr()}"


def test_there_are_examples():
    assert len(examples("python")) >= 8
    assert len(examples("console")) >= 3
