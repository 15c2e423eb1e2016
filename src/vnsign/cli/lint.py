"""``vnsign lint``: what in a PDF speaks against signing it."""

from __future__ import annotations

from pathlib import Path

import click

from vnsign.cli import options, output
from vnsign.errors import VnsignError


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--profile",
    type=click.Choice(["standard", "strict", "digitised"]),
    default="standard",
    show_default=True,
    help="standard: tell; strict: refuse what can change or hide; digitised: strict, and a scan of a paper.",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the findings."
)
@options.language
@options.password_file
def lint(files: tuple[Path, ...], profile: str, format_: str, language: str, password_file: Path | None) -> None:
    """Look PDF files over before they are signed: scripts, hidden layers and fields, fonts, attachments, scans.

    Nothing is signed or changed. Exit code 1: a file is refused under the profile; 5: a file cannot be read.
    """
    from vnsign.cli.exit_codes import ExitCode
    from vnsign.formats.pdf.lint import LintProfile, LintWeight, lint_pdf
    from vnsign.formats.source import DocumentSource
    from vnsign.report.lint import lint_json, lint_json_text, lint_text

    chosen, password = LintProfile(profile), options.read_secret(password_file)
    worst = ExitCode.ALL_PASSED
    for file in files:
        try:
            findings = lint_pdf(DocumentSource.of(file), profile=chosen, password=password)
        except VnsignError as error:
            output.say(f"{file}:")
            output.error(error, language)
            worst = worst if worst is ExitCode.SOME_FAILED else ExitCode.UNREADABLE
            continue
        if format_ == "json":
            output.result(lint_json_text([lint_json(str(file), findings, chosen)]))
        else:
            output.result(lint_text(str(file), findings, chosen, language))
        if any(item.weight is LintWeight.REFUSED for item in findings):
            worst = ExitCode.SOME_FAILED
    raise SystemExit(worst)
