"""``vnsign show``: what was signed, as a file, as pictures, as a page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vnsign.cli import options, output
from vnsign.cli import sources as evidence_sources
from vnsign.cli.render import refuse_existing
from vnsign.errors import ConfigurationError, UnreadableDocumentError, VnsignError

if TYPE_CHECKING:
    from vnsign.cli.exit_codes import ExitCode
    from vnsign.model.report import DocumentReport, SignatureReport
    from vnsign.showing import Comparison

_PATH = click.Path(path_type=Path)
_BROKEN = frozenset(("NOT_INTACT", "NOT_A_REVISION", "NO_DATA"))
"""Codes that speak against the document, not against what was asked for."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the options ask for."""

    file: Path
    target: Path | None
    page: Path | None
    diff: bool
    language: str
    password: str | None
    external: dict[str, bytes]
    even_if_broken: bool
    trust_line: str = ""


@click.command()
@click.argument("file", type=_PATH, metavar="FILE")
@click.option("--list", "listing", is_flag=True, help="List the signatures with their numbers and ids.")
@click.option("--signature", "wanted", metavar="N|ID", help="Number or id of the signature. Default: the only one there is.")
@click.option(
    "--output",
    "-o",
    "target",
    type=_PATH,
    metavar="OUT",
    help="Write what is signed: a new file; a new folder for several files, and with --diff.",
)
@click.option("--diff", is_flag=True, help="PDF: compare the signed revision with the file, page by page, as pictures.")
@click.option("--html", "page", type=_PATH, metavar="OUT", help="One HTML page: differing pages of a PDF, signed parts of XML.")
@click.option("--even-if-broken", is_flag=True, help="Hand out data also of a signature that does not hold.")
@click.option("--at", metavar="TIME", help="Validation time. Default: now.")
@click.option("--policy", metavar="NAME", help="Policy name or .toml file. Default: the rules in force at the time.")
@click.option("--detached", multiple=True, metavar="URI=FILE", help="Detached data, by URI or file name; repeatable.")
@options.trust
@evidence_sources.options
@options.password_file
@options.language
def show(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    file: Path,
    listing: bool,
    wanted: str | None,
    target: Path | None,
    diff: bool,
    page: Path | None,
    even_if_broken: bool,
    at: str | None,
    policy: str | None,
    detached: tuple[str, ...],
    trust: tuple[Path, ...],
    sources: evidence_sources.Sources,
    password_file: Path | None,
    language: str,
) -> None:
    """Show what a signature of FILE covers: the signed revision of a PDF, what differs from it, the signed data.

    The signature is verified first. Exit codes as those of `vnsign verify`, for that signature: 1 also where it does not hold,
    and then nothing is written without --even-if-broken.
    """
    from vnsign.cli.exit_codes import ExitCode

    try:
        refuse_existing(target)
        refuse_existing(page)
        external = options.read_detached(detached)
        asked = _Asked(file, target, page, diff, language, options.read_secret(password_file), external, even_if_broken)
        report, trust_line = _verified(asked, trust, sources, at, policy, detached, password_file)
        code = _list(report, file, language) if listing else _shown(report, wanted, replace(asked, trust_line=trust_line))
    except UnreadableDocumentError as error:
        output.error(error, language)
        raise SystemExit(ExitCode.UNREADABLE) from error
    except VnsignError as error:
        output.error(error, language)
        raise SystemExit(ExitCode.SOME_FAILED if error.code in _BROKEN else ExitCode.USAGE) from error
    raise SystemExit(code)


def _verified(
    asked: _Asked,
    trust: tuple[Path, ...],
    sources: evidence_sources.Sources,
    at: str | None,
    policy: str | None,
    detached: tuple[str, ...],
    password_file: Path | None,
) -> tuple[DocumentReport, str]:
    from vnsign.cli.verify import describe_trust, verifier_of

    given = sources.read()
    verifier, moment = verifier_of(trust, given, at, policy, detached, password_file)
    evidence_sources.warn_of_changes(given, verifier)
    with sources.open(given) as source:
        verifier = replace(verifier, source=source)
        report = verifier.verify(asked.file, at=moment)
        sources.finish(verifier, moment)
    return report, describe_trust(verifier.trust, trust, asked.language)


def _list(report: DocumentReport, file: Path, language: str) -> ExitCode:
    """Number, verdict, signer and id of each signature."""
    from vnsign.cli.exit_codes import of_document
    from vnsign.report.catalogue import clean
    from vnsign.report.viewing import Wish, view

    for item in view(report, Wish(language, "", False)).signatures:
        output.result(f"{item.number}. {item.badge.mark} {item.badge.word}  {item.title}  [{clean(item.id)}]")
    if report.signatures:
        output.say(_said(language, "see").format(file=file))
    else:
        output.say(_said(language, "no-signatures"))
    return of_document(report)


def _shown(report: DocumentReport, wanted: str | None, asked: _Asked) -> ExitCode:
    from vnsign.cli.exit_codes import ExitCode
    from vnsign.showing.gate import admitted, chosen, holds

    if not report.signatures:
        output.say(_said(asked.language, "no-signatures"))
        return ExitCode.NO_SIGNATURE
    if wanted is None and len(report.signatures) > 1:
        raise ConfigurationError(
            f"{len(report.signatures)} signatures: say which with --signature", code="USAGE", hint="list them with --list"
        )
    if asked.target is None and asked.page is None:
        raise ConfigurationError("say what to write: -o OUT or --html OUT", code="USAGE", hint="list signatures with --list")
    signature = chosen(report, wanted or "1")
    admitted(report, signature.id, even_if_broken=asked.even_if_broken)
    _warn(signature, asked.language)
    if report.format == "pdf":
        _show_pdf(report, signature, asked)
    elif asked.diff:
        raise ConfigurationError("--diff compares pages of PDF files", code="NOT_PDF")
    else:
        _show_data(report, signature, asked)
    return _code(signature, intact=holds(signature))


def _code(signature: SignatureReport, *, intact: bool) -> ExitCode:
    from vnsign.cli.exit_codes import ExitCode
    from vnsign.model.verdict import Indication

    if not intact or signature.indication is Indication.TOTAL_FAILED:
        return ExitCode.SOME_FAILED
    return ExitCode.ALL_PASSED if signature.indication is Indication.TOTAL_PASSED else ExitCode.SOME_INDETERMINATE


def _warn(signature: SignatureReport, language: str) -> None:
    from vnsign.model.verdict import Indication
    from vnsign.report.catalogue import clean
    from vnsign.showing.gate import holds

    if not holds(signature):
        key = "broken"
    elif signature.indication is Indication.TOTAL_PASSED:
        return
    else:
        key = "failed" if signature.indication is Indication.TOTAL_FAILED else "undetermined"
    code = signature.sub_indication or signature.indication
    output.say(_said(language, key).format(id=clean(signature.id), code=code.value))


def _show_pdf(report: DocumentReport, signature: SignatureReport, asked: _Asked) -> None:
    from vnsign.showing import compare_pages, signed_revision
    from vnsign.signing.document import write_new

    revision = signed_revision(asked.file, report, signature.id, password=asked.password, even_if_broken=asked.even_if_broken)
    if not asked.diff and asked.page is None:
        if asked.target is not None:
            write_new(asked.target, revision)
            _say_written(asked.target, asked.language)
        return
    from vnsign.formats.source import DocumentSource
    from vnsign.model.limits import Limits
    from vnsign.showing.gate import holds, verified_bytes
    from vnsign.showing.words import sentences

    now = verified_bytes(DocumentSource.of(asked.file), report, Limits())
    found = compare_pages(revision, now, password=asked.password, language=asked.language, broken=not holds(signature))

    for line in sentences(found, asked.language):
        output.result(line)
    if asked.target is not None:
        if asked.diff:
            _write_pictures(found, asked.target, asked.language)
        else:
            write_new(asked.target, revision)
            _say_written(asked.target, asked.language)
    if asked.page is not None:
        _write_page(_pdf_page(report, signature, found, asked), asked.page, asked.language)


def _write_pictures(found: Comparison, folder: Path, language: str) -> None:
    pictures = {f"page-{item.page:04}.png": item.png for item in found.differences if item.png}
    if pictures:
        _write_folder(pictures, folder, language)


def _pdf_page(report: DocumentReport, signature: SignatureReport, found: Comparison, asked: _Asked) -> str:
    """The report of the document with what was found, in words at the signature and in pictures."""
    from vnsign.report.html import render
    from vnsign.report.viewing import Wish, report_id, view
    from vnsign.showing.words import figures, with_comparison

    shown = with_comparison(view(report, Wish(asked.language, asked.trust_line, False)), signature, found)
    return render([shown], figures={report_id(report): figures(found, asked.language)})


def _show_data(report: DocumentReport, signature: SignatureReport, asked: _Asked) -> None:
    from vnsign.showing import covered_data, marked_html
    from vnsign.signing.document import write_new

    if asked.page is not None:
        html = marked_html(
            asked.file,
            report,
            signature.id,
            language=asked.language,
            external=asked.external,
            even_if_broken=asked.even_if_broken,
        )
        _write_page(html, asked.page, asked.language)
    if asked.target is not None:
        found = covered_data(asked.file, report, signature.id, external=asked.external, even_if_broken=asked.even_if_broken)
        if len(found) == 1 and not report.format.startswith("asic"):
            write_new(asked.target, found[0].data)
            _say_written(asked.target, asked.language)
        else:
            _write_folder({item.path: item.data for item in found}, asked.target, asked.language)


def _write_page(html: str, path: Path, language: str) -> None:
    from vnsign.signing.document import write_new

    write_new(path, html.encode("utf-8"))
    _say_written(path, language)


def _write_folder(files: dict[str, bytes], folder: Path, language: str) -> None:
    """Write into a folder that is made for it: nothing that is there can be meant by any name in the document."""
    from vnsign.signing.document import write_new

    try:
        folder.mkdir()
        for name, data in files.items():
            path = folder.joinpath(*name.split("/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            write_new(path, data)
            _say_written(path, language)
    except OSError as error:
        raise ConfigurationError(
            f"{folder}: cannot be written: {error.strerror or error}", code="CANNOT_WRITE", hint="check folder and permissions"
        ) from error


def _say_written(path: Path, language: str) -> None:
    output.say(_said(language, "written").format(path=path))


def _said(language: str, key: str) -> str:
    from vnsign.report.catalogue import word

    return word(language, "show.said", key)
