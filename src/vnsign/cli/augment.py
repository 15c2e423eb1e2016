"""``vnsign augment``: raise signatures that are there to T, LT or LTA, renew them, and say which run out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vnsign.cli import options, output
from vnsign.cli import sources as evidence_sources
from vnsign.cli.exit_codes import ExitCode
from vnsign.cli.progress import Progress
from vnsign.cli.sign_output import code_of, refuse_existing
from vnsign.errors import ConfigurationError, VnsignError

if TYPE_CHECKING:
    from vnsign._augment import AugmentedDocument
    from vnsign.evidence.sources import EvidenceSource
    from vnsign.signing.due import Due
    from vnsign.signing.means import Means
    from vnsign.trust.store import TrustStore

LEVELS = ("T", "LT", "LTA")

_TEXT = {
    "vi": {
        "raised": "đã nâng: {out} (B-{level}, chữ ký {ids}, kết luận {verdict})",
        "due": "{file}: chữ ký {id} ({level}) còn được bảo vệ đến {until}: {reason}; nâng lên {to} trước thời điểm đó",
        "none": "{file}: không có chữ ký nào hết hạn bảo vệ trước {day}",
        "certificate": "chứng thư số của {detail} hết hạn",
        "algorithm": "thuật toán {detail} không còn được chấp nhận",
        "material": "chứng thư số của {detail} hết hạn mà chưa kèm dữ liệu thu hồi",
        "unprotected": "chứng thư số của người ký ({detail}) hết hạn, chữ ký chưa có dấu thời gian",
        "unjudged": "chưa kiểm tra đường dẫn tin cậy",
    },
    "en": {
        "raised": "raised: {out} (B-{level}, signature {ids}, verdict {verdict})",
        "due": "{file}: signature {id} ({level}) is protected until {until}: {reason}; raise it to {to} before that",
        "none": "{file}: no signature runs out before {day}",
        "certificate": "the certificate of {detail} ends",
        "algorithm": "the algorithm {detail} is accepted no longer",
        "material": "the certificate of {detail} ends, and its revocation data are not embedded",
        "unprotected": "the signer's certificate ({detail}) ends, and there is no time-stamp",
        "unjudged": "paths were not judged",
    },
}


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for."""

    files: tuple[Path, ...]
    level: str
    output: Path | None
    signatures: tuple[str, ...]
    trust: tuple[Path, ...]
    tsa: str | None
    detached: tuple[str, ...]
    password_file: Path | None
    language: str


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--to", "level", type=click.Choice(LEVELS, case_sensitive=False), default="LTA", show_default=True, help="Level.")
@click.option("--tsa", metavar="URL", help="Time-stamping authority.")
@click.option("-o", "--output", "target", type=click.Path(path_type=Path), metavar="OUT", help="File or folder.")
@click.option("--signature", "signatures", multiple=True, metavar="ID", help="Only this signature; repeatable.")
@click.option("--due-before", "due", metavar="DATE", help="Only say which signatures run out before DATE; change nothing.")
@click.option("--detached", multiple=True, metavar="URI=FILE", help="Detached data, by URI or file name; repeatable.")
@options.trust
@evidence_sources.options
@options.password_file
@options.language
def augment(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    files: tuple[Path, ...],
    level: str,
    tsa: str | None,
    target: Path | None,
    signatures: tuple[str, ...],
    due: str | None,
    detached: tuple[str, ...],
    trust: tuple[Path, ...],
    sources: evidence_sources.Sources,
    password_file: Path | None,
    language: str,
) -> None:
    """Raise the signatures of FILE..., whoever made them: T with a time-stamp, LT with the material to judge them later, LTA
    with a time-stamp over all of it. At LTA already, they are renewed.

    The input is not changed; nothing is overwritten: NAME.lta.pdf is written beside it. Exit codes: 0 all raised, 1 some not
    (with --due-before: some run out), 2 usage, 5 unreadable.
    """
    request = Request(files, level.upper(), target, signatures, trust, tsa, detached, password_file, language)
    try:
        code = _say_due(request, due, sources) if due is not None else _raise_all(request, sources)
    except VnsignError as error:
        output.error(error, language)
        raise SystemExit(code_of(error)) from error
    raise SystemExit(code)


def _raise_all(request: Request, sources: evidence_sources.Sources) -> ExitCode:
    from vnsign.signing.profile import level_of

    pairs = _targets(request)
    given = sources.read()
    codes: set[ExitCode] = set()
    with sources.open(given) as source, Progress(len(pairs)) as progress:
        means = _means(request, given, source, sources.allow)
        if means.timestamps is None and level_of(request.level) is level_of("LTA"):
            means.require_for(level_of(request.level))
        for file, target in pairs.items():
            progress.step(file.name)
            codes.add(_raised(request, file, target, means))
    order = (ExitCode.SOME_FAILED, ExitCode.UNREADABLE, ExitCode.USAGE)
    return next((code for code in order if code in codes), ExitCode.ALL_PASSED)


def _means(request: Request, given: evidence_sources.Given, source: EvidenceSource, allow: tuple[str, ...]) -> Means:
    from vnsign.cli.sign_options import authority
    from vnsign.signing.means import Means

    wants_trust = request.level != "T" or request.trust
    return Means(
        authority(request.tsa, allow),
        _trust(request.trust) if wants_trust else None,
        given.evidence,
        source,
        options.read_secret(request.password_file),
        options.read_detached(request.detached),
    )


def _trust(folders: tuple[Path, ...]) -> TrustStore:
    from datetime import UTC, datetime

    from vnsign.cli.verify import load_trust

    return load_trust(folders, datetime.now(UTC))


def _raised(request: Request, file: Path, target: Path, means: Means) -> ExitCode:
    from vnsign._augment import augment as raise_

    try:
        made = raise_(
            file,
            to=request.level,
            signatures=request.signatures or None,
            timestamps=means.timestamps,
            trust=means.trust,
            evidence=means.evidence,
            source=means.source,
            password=means.password,
            external=means.external,
        )
        made.save(target)
    except VnsignError as error:
        output.say(f"{file}:")
        output.error(error, request.language)
        return code_of(error)
    output.result(_line(made, target, request.language))
    return ExitCode.ALL_PASSED


def _line(made: AugmentedDocument, target: Path, language: str) -> str:
    from vnsign.report.catalogue import clean

    text = _TEXT[language]
    verdict = text["unjudged"] if made.report is None else str(made.report.indication)
    ids = ", ".join(clean(item) for item in made.signature_ids)
    return text["raised"].format(out=target, level=made.level, ids=ids, verdict=verdict)


def _targets(request: Request) -> dict[Path, Path]:
    """Each input with its output, none of which is there yet."""
    given, ending = request.output, f".{request.level.lower()}"
    if given is not None and not given.is_dir() and len(request.files) > 1:
        raise ConfigurationError(
            f"{given} is no folder, and there are {len(request.files)} files", code="USAGE", hint="-o FOLDER"
        )
    pairs = {}
    for file in request.files:
        name = f"{file.stem}{ending}{file.suffix}"
        pairs[file] = file.with_name(name) if given is None else given / name if given.is_dir() else given
        refuse_existing(pairs[file])
    if len(set(pairs.values())) != len(pairs):
        raise ConfigurationError("two files would be written to one name", code="USAGE", hint="raise them one at a time")
    return pairs


# --- What runs out --------------------------------------------------------------------------------------------------------


def _say_due(request: Request, day: str, sources: evidence_sources.Sources) -> ExitCode:
    from vnsign._augment import due_before
    from vnsign.model.moment import parse, vietnam_text

    until, trust, evidence = parse(day), _trust(request.trust), sources.read().evidence
    password, external = options.read_secret(request.password_file), options.read_detached(request.detached)
    codes: set[ExitCode] = set()
    for file in request.files:
        try:
            found = due_before(file, until, trust=trust, evidence=evidence, password=password, external=external)
        except VnsignError as error:
            output.say(f"{file}:")
            output.error(error, request.language)
            codes.add(code_of(error))
            continue
        codes.add(ExitCode.SOME_FAILED if found else ExitCode.ALL_PASSED)
        for item in found:
            output.result(_due_line(file, item, request.language))
        if not found:
            output.result(_TEXT[request.language]["none"].format(file=file, day=vietnam_text(until)))
    order = (ExitCode.SOME_FAILED, ExitCode.UNREADABLE, ExitCode.USAGE)
    return next((code for code in order if code in codes), ExitCode.ALL_PASSED)


def _due_line(file: Path, due: Due, language: str) -> str:
    from vnsign.model.moment import vietnam_text
    from vnsign.report.catalogue import clean

    text = _TEXT[language]
    reason = text[due.reason if due.timestamp_id else "unprotected"].format(detail=clean(due.detail))
    return text["due"].format(
        file=file,
        id=clean(due.signature_id),
        level=due.level or "-",
        until=vietnam_text(due.runs_out),
        reason=reason,
        to=due.raise_to,
    )
