"""``vnsign demo``: sign and verify a dossier of the test PKI, offline, in a few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vnsign.cli import options, output
from vnsign.errors import OutputExistsError

if TYPE_CHECKING:
    from vnsign.model.report import DocumentReport
    from vnsign.testing.dossier import Dossier
    from vnsign.testing.pki import TestPki

MARKER = ".vnsign-demo"
"""File that says that a folder was made by this command, so that it may be written again."""

PASSWORD = "vnsign-demo"  # noqa: S105 - of a test key that is public anyway
"""Password of the test signer's PKCS #12 file."""


_TEXT = {
    "vi": {
        "made": "Đã tạo hồ sơ thử trong {folder} (chứng thư số và số giấy tờ đều là giả, không có giá trị pháp lý).",
        "tampered": "Bây giờ sửa đúng một byte của tờ khai đã ký (02 bản sao thành 92 bản sao) và kiểm tra lại:",
        "good": "Kết quả: cả {count} tài liệu nguyên vẹn đều hợp lệ, tài liệu bị sửa bị từ chối. Hoạt động đúng.",
        "bad": "Kết quả KHÔNG như mong đợi: {found}",
        "next": "Có thể thử tiếp:",
    },
    "en": {
        "made": "Made a test dossier in {folder} (certificates and numbers are made up and have no legal value).",
        "tampered": "Now one byte of the signed application is changed (02 copies become 92), and it is verified again:",
        "good": "Result: all {count} untouched documents are valid, the changed one is refused. It works.",
        "bad": "The result is NOT as expected: {found}",
        "next": "What to try next:",
    },
}


@dataclass(frozen=True, slots=True)
class _Names:
    application: str = "to-khai.signed.pdf"
    declaration: str = "to-khai.signed.xml"
    result: str = "ket-qua.signed.pdf"
    tampered: str = "to-khai.tampered.pdf"
    unsigned: str = "to-khai.pdf"


_FILES = _Names()


@click.command()
@click.option(
    "--output",
    "-o",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("vnsign-demo"),
    show_default=True,
    metavar="DIR",
    help="Folder to write: a new one, an empty one, or an earlier demo.",
)
@options.language
def demo(folder: Path, language: str) -> None:
    """Sign a dossier with test certificates, verify it, tamper with it, and show the refusal. No network is used.

    Exit codes: 0 all good documents valid and the changed one refused, 1 otherwise, 2 the folder holds something else.
    """
    from datetime import UTC

    from vnsign.cli.exit_codes import ExitCode
    from vnsign.testing.dossier import sign_dossier
    from vnsign.testing.pki import TestPki

    text = _TEXT[language]
    try:
        prepare_folder(folder)
    except OutputExistsError as error:
        output.error(error, language)
        raise SystemExit(ExitCode.USAGE) from error
    pki = TestPki.load()
    dossier = sign_dossier(pki)
    moment = datetime.now(UTC)
    write(folder, pki, dossier, moment)
    output.result(text["made"].format(folder=folder) + "\n")
    good = _verify(folder, (_FILES.application, _FILES.declaration, _FILES.result), moment)
    _show(good, folder, language)
    output.result("\n" + text["tampered"] + "\n")
    (tampered,) = _verify(folder, (_FILES.tampered,), moment)
    _show([tampered], folder, language)
    wrong = unexpected(good, tampered)
    output.result("\n" + (text["bad"].format(found="; ".join(wrong)) if wrong else text["good"].format(count=len(good))))
    output.result("\n" + text["next"])
    for command in commands(folder):
        output.result(f"  {command}")
    raise SystemExit(ExitCode.SOME_FAILED if wrong else ExitCode.ALL_PASSED)


def prepare_folder(folder: Path) -> None:
    """Make the folder, or take an empty one or one of an earlier demo.

    Raises:
        OutputExistsError: it is a file, holds anything else, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir()) and not (folder / MARKER).is_file()
    except OSError as error:
        raise OutputExistsError(f"{folder}: {error.strerror or error}", hint="name another folder with --output") from error
    if taken:
        raise OutputExistsError(f"{folder}: not empty and not made by vnsign demo", hint="name another folder with --output")


def unexpected(good: list[DocumentReport], tampered: DocumentReport) -> list[str]:
    """What is not as it should be: a good document that does not pass, a changed one that does not fail."""
    from vnsign.model.verdict import Indication

    wanted = [(report, Indication.TOTAL_PASSED) for report in good] + [(tampered, Indication.TOTAL_FAILED)]
    return [f"{report.name}: {report.indication}" for report, indication in wanted if report.indication is not indication]


def commands(folder: Path) -> list[str]:
    """Commands that work on the folder as it was written."""
    import shlex

    def at(name: str) -> str:
        return shlex.quote(str(folder / name))

    key = f"--key {at('signer/citizen.p12')} --secret-file {at('signer/password.txt')}"
    sources = f"--trust {at('trust')} --evidence {at('evidence')}"
    return [
        f"vnsign verify {at(_FILES.application)} {sources}",
        f"vnsign verify {at(_FILES.result)} {sources} --lang en",
        f"vnsign verify {at(_FILES.tampered)} {sources}",
        f"vnsign inspect {at(_FILES.declaration)}",
        f"vnsign sign {at(_FILES.unsigned)} {key} --pss {sources} --output {at('ban-ky-thu.pdf')}",
        f"vnsign verify {at('ban-ky-thu.pdf')} {sources}",
    ]


def _verify(folder: Path, names: tuple[str, ...], moment: datetime) -> list[DocumentReport]:
    """Verify files as they are on disk, with the trust and evidence that are on disk: what the printed commands do."""
    from vnsign._verify import Verifier
    from vnsign.evidence.directory import load_evidence
    from vnsign.trust.store import TrustStore

    verifier = Verifier(TrustStore.load(folder / "trust"), evidence=load_evidence(folder / "evidence"))
    return [verifier.report(folder / name, at=moment) for name in names]


def _show(reports: list[DocumentReport], folder: Path, language: str) -> None:
    from vnsign.report.text import render

    output.result(render(reports, language=language, trust=str(folder / "trust"), colour=output.wants_colour()))


def write(folder: Path, pki: TestPki, dossier: Dossier, moment: datetime) -> None:
    """Write documents, trust, evidence and a signer's PKCS #12 file. Other files of the folder are left as they are.

    Args:
        folder: made ready by :func:`prepare_folder`.
        pki: the test PKI.
        dossier: the signed documents.
        moment: when the CRLs are issued; not before the signatures were made.

    Raises:
        OutputExistsError: a file cannot be written.
    """
    from vnsign.testing.documents import application_pdf
    from vnsign.testing.folders import write_evidence, write_trust

    files = {
        MARKER: b"made by vnsign demo\n",
        _FILES.unsigned: application_pdf(),
        _FILES.application: dossier.application,
        _FILES.declaration: dossier.declaration,
        _FILES.result: dossier.result,
        _FILES.tampered: dossier.tampered,
        "signer/citizen.p12": pki.credential("citizen").pkcs12(PASSWORD.encode()),
        "signer/password.txt": PASSWORD.encode() + b"\n",
    }
    try:
        (folder / "signer").mkdir(exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        write_trust(pki, folder / "trust")
        write_evidence(pki, folder / "evidence", at=moment)
    except OSError as error:
        raise OutputExistsError(
            f"{error.filename}: {error.strerror or error}", hint="check the folder's permissions"
        ) from error
