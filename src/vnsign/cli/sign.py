"""``vnsign sign``: sign documents with a key file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vnsign.cli import options, output, sign_options
from vnsign.cli.exit_codes import ExitCode
from vnsign.errors import ConfigurationError, OutputExistsError, UnreadableDocumentError, VnsignError

if TYPE_CHECKING:
    from vnsign.cli.sign_options import Wanted
    from vnsign.evidence.bundle import Evidence
    from vnsign.signing.document import SignedDocument
    from vnsign.signing.signer import KeySigner
    from vnsign.signing.timestamps import TimestampAuthority
    from vnsign.trust.store import TrustStore

_TEXT = {
    "vi": {
        "signed": "đã ký: {out} ({form} {level}, chữ ký {id}, {name})",
        "no-trust": "lưu ý: chưa kiểm tra đường dẫn chứng thực (không có --trust).",
        "no-revocation": "lưu ý: chưa kiểm tra tình trạng thu hồi của chứng thư số (không có --evidence).",
        "detail": "chi tiết",
    },
    "en": {
        "signed": "signed: {out} ({form} {level}, signature {id}, {name})",
        "no-trust": "note: the certification path was not checked (no --trust).",
        "no-revocation": "note: the certificate's revocation status was not checked (no --evidence).",
        "detail": "detail",
    },
}


@dataclass(frozen=True, slots=True)
class _Means:
    """What all files are signed with."""

    signer: KeySigner
    timestamps: TimestampAuthority | None
    trust: TrustStore | None
    evidence: Evidence
    password: str | None


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@sign_options.all_options
@options.trust
@options.password_file
@options.language
def sign(files: tuple[Path, ...], trust: tuple[Path, ...], password_file: Path | None, language: str, **found: object) -> None:
    """Sign FILE...: PDF as PAdES, XML as XAdES or XML-DSig. The input is not changed; nothing is overwritten.

    The secret of the key is asked for at the terminal, or read from --secret-file or the variable VNSIGN_SECRET; it is never
    an argument. Exit codes: 0 all signed, 1 some not signed, 2 usage, 5 unreadable.
    """
    wanted = sign_options.wanted(found)
    try:
        targets = _targets(files, wanted.output)
        means = _means(wanted, trust, password_file)
    except VnsignError as error:
        _say_error(error, language)
        raise SystemExit(_code(error)) from error
    if means.trust is None:
        output.say(_TEXT[language]["no-trust"])
    if not (means.evidence.crls or means.evidence.ocsps):
        output.say(_TEXT[language]["no-revocation"])
    codes = {_sign_one(file, target, wanted, means, language) for file, target in targets}
    order = (ExitCode.SOME_FAILED, ExitCode.UNREADABLE, ExitCode.USAGE)
    raise SystemExit(next((code for code in order if code in codes), ExitCode.ALL_PASSED))


def _sign_one(file: Path, target: Path, wanted: Wanted, means: _Means, language: str) -> ExitCode:
    from vnsign._sign import sign as sign_document

    try:
        _refuse_existing(target)
        signed = sign_document(
            file,
            means.signer,
            level=wanted.level,
            timestamps=means.timestamps,
            placement=sign_options.placement(file, wanted),
            padding="pss" if wanted.pss else "pkcs1v15",
            digest=wanted.digest,
            trust=means.trust,
            evidence=means.evidence,
            password=means.password,
        )
        signed.save(target)
    except VnsignError as error:
        output.say(f"{file}:")
        _say_error(error, language)
        return _code(error)
    output.result(_line(signed, target, wanted, means, language))
    return ExitCode.ALL_PASSED


def _line(signed: SignedDocument, target: Path, wanted: Wanted, means: _Means, language: str) -> str:
    from vnsign.pki.identity import read_signer
    from vnsign.report.catalogue import clean

    plain = signed.format == "xml" and wanted.plain_xml
    form = {"pdf": "PAdES", "xml": "XAdES"}[signed.format]
    return _TEXT[language]["signed"].format(
        out=target,
        form="XML-DSig" if plain else form,
        level="" if plain else f"B-{signed.level}",
        id=clean(signed.signature_id),
        name=clean(read_signer(means.signer.certificate).name),
    )


def _means(wanted: Wanted, trust: tuple[Path, ...], password_file: Path | None) -> _Means:
    from vnsign.cli.sources import load_evidence
    from vnsign.signing.means import Means
    from vnsign.signing.profile import level_of
    from vnsign.trust.store import TrustStore

    authority = sign_options.authority(wanted)
    store = TrustStore.load(*trust) if trust else None
    Means(authority, store).require_for(level_of(wanted.level))
    evidence = load_evidence(wanted.evidence)
    password = options.read_secret(password_file)
    return _Means(sign_options.signer(wanted), authority, store, evidence, password)


def _targets(files: tuple[Path, ...], given: Path | None) -> list[tuple[Path, Path]]:
    """Each input with its output. All are looked at before the key is opened."""
    if given is None:
        pairs = [(file, file.with_name(f"{file.stem}.signed{file.suffix}")) for file in files]
    elif given.is_dir():
        pairs = [(file, given / f"{file.stem}.signed{file.suffix}") for file in files]
    elif len(files) == 1:
        pairs = [(files[0], given)]
    else:
        raise ConfigurationError(f"{given} is no folder, and there are {len(files)} files", code="USAGE", hint="-o FOLDER")
    for _, target in pairs:
        _refuse_existing(target)
    if len({target for _, target in pairs}) != len(pairs):
        raise ConfigurationError("two files would be written to one name", code="USAGE", hint="sign them one at a time")
    return pairs


def _refuse_existing(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise OutputExistsError(f"{target} exists already", hint="choose another name with -o, or move the file away")


def _code(error: VnsignError) -> ExitCode:
    if isinstance(error, UnreadableDocumentError):
        return ExitCode.UNREADABLE
    if isinstance(error, ConfigurationError | OutputExistsError):
        return ExitCode.USAGE
    return ExitCode.SOME_FAILED


def _say_error(problem: VnsignError, language: str) -> None:
    """What went wrong in the user's language, then the detail as the error says it."""
    from vnsign.report.catalogue import clean, entry

    known = entry(language, f"codes.{problem.code}")
    if not known or language == "en":
        output.error(problem, language)
        return
    output.say(f"lỗi [{problem.code}]: {known['meaning']}")
    output.say(f"  {_TEXT[language]['detail']}: {clean(problem.message)}")
    hint = known.get("action") or problem.hint
    if hint:
        output.say(f"  gợi ý: {hint}")
