"""``vnsign sign``: sign documents with a key in a file, a token or a remote service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vnsign.cli import key_options, options, output, sign_options
from vnsign.cli.appearance_options import WantedAppearance, appearance_options, apply, wanted_appearance
from vnsign.cli.exit_codes import ExitCode
from vnsign.cli.progress import Progress
from vnsign.cli.sign_output import Said, code_of, refuse_existing, say_warning, targets
from vnsign.cli.sign_placement import placement
from vnsign.errors import ConfigurationError, VnsignError

if TYPE_CHECKING:
    from vnsign._batch import SignOutcome, Terms
    from vnsign.cli.sign_options import Wanted
    from vnsign.formats.source import DocumentSource
    from vnsign.signing.kinds import Placement
    from vnsign.signing.means import Means


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@key_options.key_options
@sign_options.all_options
@appearance_options
@options.trust
@options.password_file
@options.language
def sign(files: tuple[Path, ...], trust: tuple[Path, ...], password_file: Path | None, language: str, **found: Any) -> None:
    """Sign FILE...: PDF as PAdES, XML as XAdES or XML-DSig, any file as CAdES or in an ASiC container.

    The input is not changed; nothing is overwritten. Many files are signed with one authorisation of the key. The secret of
    the key is asked for at the terminal, or read from --secret-file or the variable VNSIGN_SECRET; it is never an argument.
    Exit codes: 0 all signed, 1 some not signed, 2 usage, 5 unreadable.
    """
    wanted = sign_options.wanted(found)
    try:
        pairs = targets(files, wanted)
        drawn = wanted_appearance(found)
        means = sign_options.means(wanted, trust, password_file)
        with key_options.open_signer(found) as signer:
            said = Said(language, wanted, signer.certificate)
            codes = _sign_all(pairs, signer, terms(wanted, means, drawn, language), said)
    except VnsignError as error:
        output.error(error, language)
        raise SystemExit(code_of(error)) from error
    order = (ExitCode.SOME_FAILED, ExitCode.UNREADABLE, ExitCode.USAGE)
    raise SystemExit(next((code for code in order if code in codes), ExitCode.ALL_PASSED))


def terms(wanted: Wanted, means: Means, drawn: WantedAppearance, language: str) -> Terms:
    """How all files are signed.

    Args:
        wanted: the options of signing.
        means: of :func:`vnsign.cli.sign_options.means`.
        drawn: the options of the appearance.
        language: of what is told about images.
    """
    from vnsign._batch import Terms

    # Marks show the time of signing: then the moment of the picture is that of the signature.
    at = datetime.now(UTC).replace(microsecond=0) if drawn.given else None

    def where(source: DocumentSource) -> Placement:
        found = placement(Path(source.name), wanted)
        return found if at is None else _drawn(source, found, drawn, means, at, language)

    return Terms(
        level=wanted.level,
        padding="pss" if wanted.pss else "pkcs1v15",
        digest=wanted.digest,
        at=at,
        placement=where,
        means=means,
        lint=wanted.lint,
    )


def _drawn(source: DocumentSource, found: Any, drawn: WantedAppearance, means: Means, at: datetime, language: str) -> Placement:
    from vnsign._verify import Verifier
    from vnsign.formats.pdf.placement import PdfPlacement
    from vnsign.model.limits import Limits

    if not isinstance(found, PdfPlacement):
        raise ConfigurationError("--template is for PDF signatures", code="PLACEMENT_FORMAT", hint="leave it out")
    verifier = None
    if means.trust is not None:
        verifier = Verifier(means.trust, evidence=means.evidence, source=means.source, password=means.password)
    placed, told = apply(drawn, source.read(Limits()), found, at=at, verifier=verifier, password=means.password)
    for item in told:
        say_warning(item.code, item.message, language)
    return placed


def _sign_all(pairs: Mapping[Path, Path], signer: Any, terms: Terms, said: Said) -> set[ExitCode]:
    from vnsign._batch import sign_many

    codes: set[ExitCode] = set()
    with Progress(len(pairs)) as progress:
        for (file, target), outcome in zip(pairs.items(), _outcomes(sign_many(list(pairs), signer, terms)), strict=True):
            progress.step(file.name)
            codes.add(_written(file, target, outcome, said))
    return codes


def _outcomes(found: Iterator[SignOutcome]) -> Iterator[SignOutcome]:
    """One outcome at a time: each is dropped when the next is asked for."""
    yield from found


def _written(file: Path, target: Path, outcome: SignOutcome, said: Said) -> ExitCode:
    try:
        if outcome.error is not None:
            raise outcome.error
        if outcome.document is None:
            raise AssertionError("an outcome is a document or an error")
        refuse_existing(target)
        outcome.document.save(target)
    except VnsignError as error:
        output.say(f"{file}:")
        output.error(error, said.language)
        return code_of(error)
    said.warnings(outcome.document)
    output.result(said.line(outcome.document, target))
    return ExitCode.ALL_PASSED
