"""``vnsign timestamp``: a time-stamp over any file, without a signature."""

from __future__ import annotations

from pathlib import Path

import click

from vnsign.cli import options, output
from vnsign.cli.exit_codes import ExitCode
from vnsign.cli.sign_output import code_of, refuse_existing
from vnsign.errors import ConfigurationError, VnsignError

_TEXT = {
    "vi": "đã gắn dấu thời gian: {out} ({form}, {time})",
    "en": "time-stamped: {out} ({form}, {time})",
}
_FORMS = {"pdf": "PDF document time-stamp", "asic": "ASiC-S"}


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--tsa", required=True, metavar="URL", help="Time-stamping authority.")
@click.option("-o", "--output", "target", type=click.Path(path_type=Path), metavar="OUT", help="Output file.")
@click.option("--allow", multiple=True, metavar="HOST|CIDR", help="May be asked, though not public; repeatable.")
@click.option("--digest", type=click.Choice(["sha256", "sha384", "sha512"]), default="sha256", show_default=True)
@click.option("--field", default="", metavar="NAME", help="PDF: empty signature field, or name of a new one.")
@options.password_file
@options.language
def timestamp(
    file: Path,
    tsa: str,
    target: Path | None,
    allow: tuple[str, ...],
    digest: str,
    field: str,
    password_file: Path | None,
    language: str,
) -> None:
    """Time-stamp FILE: a PDF in itself (NAME.ts.pdf), any other file in an ASiC-S container beside it (NAME.asics).

    The input is not changed; nothing is overwritten. Exit codes: 0 time-stamped, 1 not, 2 usage, 5 unreadable.
    """
    try:
        said = _stamped(file, tsa, target, allow, digest, field, password_file, language)
    except VnsignError as error:
        output.error(error, language)
        raise SystemExit(code_of(error)) from error
    output.result(said)
    raise SystemExit(ExitCode.ALL_PASSED)


def _stamped(
    file: Path,
    tsa: str,
    target: Path | None,
    allow: tuple[str, ...],
    digest: str,
    field: str,
    password_file: Path | None,
    language: str,
) -> str:
    from vnsign._augment import timestamp as make
    from vnsign.cli.sign_options import authority
    from vnsign.model.moment import vietnam_text

    if target is not None:
        refuse_existing(target)
    service = authority(tsa, allow)
    if service is None:
        raise ConfigurationError("no time-stamping authority", code="NO_TIMESTAMP_AUTHORITY", hint="--tsa URL")
    made = make(file, timestamps=service, digest=digest, field_name=field, password=options.read_secret(password_file))
    name = f"{file.stem}.ts{file.suffix}" if made.format == "pdf" else f"{file.name}.asics"
    written = made.save(target or file.with_name(name))
    return _TEXT[language].format(out=written, form=_FORMS[made.format], time=vietnam_text(made.time))
