"""``vnsign verify --signer`` and ``--require-class``: the exit code says whether the right one signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnsign.cli.main import run
from vnsign.testing.dossier import sign_dossier
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import TestPki


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The signed dossier with its trust and evidence."""
    from datetime import UTC, datetime

    found = tmp_path_factory.mktemp("expected")
    pki = TestPki.load()
    write_trust(pki, found / "trust")
    write_evidence(pki, found / "evidence", at=datetime.now(UTC))
    dossier = sign_dossier(pki)
    (found / "application.pdf").write_bytes(dossier.application)
    (found / "result.pdf").write_bytes(dossier.result)
    return found


def verified(folder: Path, document: str, *options: str) -> int:
    named = ("--trust", str(folder / "trust"), "--evidence", str(folder / "evidence"))
    return run(["verify", str(folder / document), *named, *options])


@pytest.mark.parametrize(
    ("document", "options", "code"),
    [
        ("application.pdf", ("--signer", "CCCD:000000000001"), 0),
        ("application.pdf", ("--signer", "CCCD:000000000002"), 3),
        ("application.pdf", ("--signer", "CCCD:000000000002", "--policy", "historical"), 0),
        ("application.pdf", ("--signer", "TEST Nguyễn Văn An"), 0),
        ("application.pdf", ("--signer", "TEST Nguyễn Văn Bình"), 3),
        ("application.pdf", ("--signer", ""), 2),
        ("application.pdf", ("--require-class", "public"), 0),
        ("application.pdf", ("--require-class", "civil-service"), 3),
        ("application.pdf", ("--require-class", "civil-service", "--require-class", "public"), 0),
        ("application.pdf", ("--require-class", "private"), 2),
        ("result.pdf", ("--require-class", "civil-service"), 0),
        ("result.pdf", ("--signer", "CCCD:000000000001"), 3),
    ],
)
def test_the_exit_code_says_whether_the_right_one_signed(document, options, code, folder, capsys):
    assert verified(folder, document, *options) == code
    assert "Traceback" not in capsys.readouterr().err


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def test_a_mismatch_is_said_in_both_languages(folder, capsys):
    verified(folder, "application.pdf", "--signer", "CCCD:000000000002")
    assert "chứng thư số ghi TEST NGUYỄN VĂN AN (CCCD:•••••••••001)" in unwrapped(capsys.readouterr().out)
    verified(folder, "application.pdf", "--signer", "CCCD:000000000002", "--show-identifiers")
    assert "cần CCCD:000000000002, chứng thư số ghi TEST NGUYỄN VĂN AN (CCCD:000000000001)" in unwrapped(
        capsys.readouterr().out
    )
    verified(folder, "application.pdf", "--signer", "CCCD:000000000002", "--lang", "en")
    assert "CCCD:000000000002 is wanted, the certificate says TEST NGUYỄN VĂN AN" in unwrapped(capsys.readouterr().out)


def test_a_name_alone_is_warned_of(folder, capsys):
    verified(folder, "application.pdf", "--signer", "TEST Nguyễn Văn An", "--lang", "en")
    assert "recognised by the name alone" in capsys.readouterr().out


_RED = b"stream\n\xff\x00\x00\nendstream"


def picture_pdf() -> bytes:
    """A page with nothing but a red picture, as a scanned seal would be."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<</XObject<</Seal 4 0 R>>>>/Contents 5 0 R>>",
        b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceRGB/BitsPerComponent 8/Length 3>>%s" % _RED,
        b"<</Length 32>>stream\nq 100 0 0 100 50 50 cm /Seal Do Q\nendstream",
    ]
    data, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, item in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    start = len(data)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"xref\n0 6\n0000000000 65535 f \n%strailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (table, start)
    return bytes(data)


def test_a_picture_of_a_seal_is_no_signature(folder, capsys):
    (folder / "picture.pdf").write_bytes(picture_pdf())
    assert verified(folder, "picture.pdf") == 4
    shown = capsys.readouterr().out
    assert "KHÔNG CÓ CHỮ KÝ SỐ" in shown
    assert "Hình ảnh con dấu hoặc chữ ký không phải là chữ ký số." in shown
