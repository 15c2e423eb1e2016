"""``vnsign verify``: the verdict on documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vnsign.cli import output
from vnsign.errors import ConfigurationError, VnsignError

if TYPE_CHECKING:
    from vnsign._verify import Verifier
    from vnsign.evidence.bundle import Evidence
    from vnsign.model.report import DocumentReport
    from vnsign.trust.store import TrustStore


class Language(StrEnum):
    """Languages of the reports."""

    VI = "vi"
    EN = "en"


class Format(StrEnum):
    """Forms of the reports."""

    TEXT = "text"
    JSON = "json"


def verify(  # noqa: PLR0917 - each is an option of the command line
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Signed PDF or XML files; the format is found by content.")
    ],
    trust: Annotated[
        list[Path] | None,
        typer.Option("--trust", metavar="DIR", help="Folder of certificates; repeatable. Default: `vnsign trust`."),
    ] = None,
    evidence: Annotated[
        list[Path] | None,
        typer.Option("--evidence", metavar="DIR", help="Folder of CRLs, OCSP answers, certificates; repeatable."),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Validation time, for example 2018-09-14. Default: now.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option("--policy", metavar="NAME", help="Policy name or .toml file. Default: the rules in force.")
    ] = None,
    language: Annotated[Language, typer.Option("--lang", help="Language of the report.")] = Language.VI,
    format_: Annotated[Format, typer.Option("--format", help="Form of the report.")] = Format.TEXT,
    offline: Annotated[bool, typer.Option("--offline", help="Use no network (this is the default).")] = True,  # noqa: ARG001
    detached: Annotated[
        list[str] | None,
        typer.Option("--detached", metavar="URI=FILE", help="Data that an XML signature refers to; repeatable."),
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", metavar="FILE", help="File with the password of an encrypted PDF.")
    ] = None,
) -> None:
    """Verify every signature of FILE... and say who signed, whether it holds, why, and what to do.

    Exit codes: 0 all valid, 1 some not valid, 2 usage, 3 some undetermined, 4 no signature, 5 unreadable.
    """
    from vnsign.cli.exit_codes import ExitCode, of_documents

    try:
        verifier, moment, named = _verifier(trust, evidence, at, policy, detached, password_file)
    except VnsignError as error:
        output.error(error, language)
        raise typer.Exit(ExitCode.USAGE) from error
    reports: list[DocumentReport] = []
    for file in files:
        reports.append(verifier.report(Path(file), at=moment, name=file))
        problem = reports[-1].error
        if problem is not None:
            output.say(f"{file}: [{problem.code}] {problem.message}" + (f" ({problem.hint})" if problem.hint else ""))
    output.result(_render(reports, language, format_, named))
    raise typer.Exit(of_documents(reports))


def _render(reports: list[DocumentReport], language: Language, format_: Format, named: str) -> str:
    if format_ is Format.JSON:
        from vnsign.report.json import dumps

        return dumps(reports)
    from vnsign.report.text import render

    return render(reports, language=language, trust=named, colour=output.wants_colour())


def _verifier(
    trust: list[Path] | None,
    evidence: list[Path] | None,
    at: str | None,
    policy: str | None,
    detached: list[str] | None,
    password_file: Path | None,
) -> tuple[Verifier, datetime, str]:
    from datetime import UTC

    from vnsign._verify import Verifier
    from vnsign.model.moment import parse
    from vnsign.validation import policies

    store = load_trust(trust)
    moment = datetime.now(UTC) if at is None else parse(at)
    chosen = None if policy is None else policies.load(policy)
    password = None if password_file is None else _read_text(password_file)
    verifier = Verifier(store, chosen, load_evidence(evidence), password, dict(_detached(detached)))
    return verifier, moment, describe_trust(store, trust)


def load_trust(folders: list[Path] | None) -> TrustStore:
    """The trust store of the folders named, or Vietnam's set found on this machine."""
    from vnsign.trust.store import TrustStore

    return TrustStore.load(*folders) if folders else TrustStore.vietnam()


def describe_trust(store: TrustStore, folders: list[Path] | None) -> str:
    """One line on the trust data: where they are, how many anchors and intermediates."""
    where = ", ".join(str(item) for item in folders) if folders else "vnsign trust"
    return f"{where}: {len(store.anchors)} + {len(store.intermediates)}"


def load_evidence(folders: list[Path] | None) -> Evidence:
    """All evidence of the folders named."""
    from vnsign.evidence.bundle import Evidence
    from vnsign.evidence.directory import load_evidence as load

    found = Evidence()
    for folder in folders or ():
        found |= load(folder)
    return found


def _detached(pairs: list[str] | None) -> Iterator[tuple[str, bytes]]:
    for pair in pairs or ():
        uri, separator, file = pair.partition("=")
        if not separator:
            raise ConfigurationError(f"--detached {pair!r} is not URI=FILE", code="USAGE")
        try:
            yield uri, Path(file).read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{file}: {error.strerror}", code="CANNOT_OPEN") from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read", code="CANNOT_OPEN") from error
