"""``vnsign verify``: the verdict on documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import click

from vnsign.cli import expected as expectations
from vnsign.cli import isolate as isolation
from vnsign.cli import many_options, options, output, seal_options
from vnsign.cli import signature_policies as policy_documents
from vnsign.cli import sources as evidence_sources
from vnsign.cli.render import RENDERERS
from vnsign.errors import ConfigurationError, VnsignError

if TYPE_CHECKING:
    from vnsign._verify import Verifier
    from vnsign.cli.journal import Journal
    from vnsign.cli.many import Run
    from vnsign.trust.store import TrustStore


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options.trust
@evidence_sources.options
@click.option("--at", metavar="TIME", help="Validation time, for example 2018-09-14. Default: now.")
@click.option("--policy", metavar="NAME", help="Policy name or .toml file. Default: the rules in force at the time.")
@options.language
@click.option(
    "--format", "format_", type=click.Choice(list(RENDERERS)), default="text", show_default=True, help="Form of the report."
)
@click.option(
    "--output",
    "-o",
    "target",
    type=click.Path(),
    metavar="FILE|DIR/",
    help="New file for the report, or a folder for one report a document. Default: stdout.",
)
@click.option("--detached", multiple=True, metavar="URI=FILE", help="Detached data, by URI or file name; repeatable.")
@click.option("--show-identifiers", is_flag=True, help="Show numbers of people and firms whole (CCCD, MST).")
@click.option("--details", is_flag=True, help="Show the technical part of each signature.")
@click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Also pack FILE with its verdict and evidence, to be checked years later: see `vnsign bundle`.",
)
@options.password_file
@expectations.options
@policy_documents.options
@isolation.options
@many_options.options
@seal_options.options
def verify(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    files: tuple[str, ...],
    trust: tuple[Path, ...],
    sources: evidence_sources.Sources,
    at: str | None,
    policy: str | None,
    language: str,
    format_: str,
    target: str | None,
    detached: tuple[str, ...],
    show_identifiers: bool,
    details: bool,
    bundle: Path | None,
    password_file: Path | None,
    expected: expectations.Expected,
    signature_policies: policy_documents.SignaturePolicies,
    isolate: bool,
    deadline: float | None,
    many: many_options.Many,
    seal: seal_options.Seal,
) -> None:
    """Verify every signature of FILE... and say who signed, whether it holds, why, and what to do.

    FILE may be a pattern, a folder (-r), a ZIP dossier, or - for a list of paths on standard input. The format is found by
    content. Exit codes: 0 all valid, 1 some not valid, 2 usage, 3 some undetermined, 4 no signature, 5 unreadable.
    """
    from vnsign.cli.exit_codes import ExitCode
    from vnsign.cli.inputs import of as inputs_of
    from vnsign.cli.many import Plan, Run
    from vnsign.cli.sinks import Form
    from vnsign.report.text import Screen
    from vnsign.report.viewing import Wish

    try:
        if bundle is not None:
            _packing().check_bundle(files, bundle)
        inputs = inputs_of(files, recursive=many.recursive, patterns=many.patterns)
        with _journal(many, sources) as journal:
            at = at if journal is None else _resumed(journal, many, at, language)
            given = sources.read()
            verifier, moment = verifier_of(trust, given, at, policy, detached, password_file)
            evidence_sources.warn_of_changes(given, verifier)
            wish = Wish(language, describe_trust(verifier.trust, trust, language), show_identifiers, seal.agency)
            screen = Screen(output.width(), output.wants_colour() and target is None, details, output.wants_ascii())
            with sources.open(given) as source, seal.opened(format_, sources.allow) as sealed:
                verifier = replace(
                    verifier, source=source, expected=expected.read(), signature_policies=signature_policies.read()
                )
                isolated = isolation.Isolation(isolate or many.jobs is not None, deadline)
                run = Run(verifier, moment, isolated, many.jobs)
                _bind(journal, run, sources, given)
                code = Plan(inputs, run, Form(format_, wish, screen, sealed), target, many).carried_out(journal)
                sources.finish(verifier, moment)
                if bundle is not None:
                    _packing().write_bundle(Path(files[0]), verifier, moment, bundle)
    except VnsignError as error:
        output.error(error, language)
        raise SystemExit(ExitCode.USAGE) from error
    raise SystemExit(code)


def _packing() -> ModuleType:
    """Imported only where a bundle is asked for."""
    from vnsign.cli import bundle

    return bundle


@contextmanager
def _journal(many: many_options.Many, sources: evidence_sources.Sources) -> Iterator[Journal | None]:
    if many.resume is None:
        yield None
        return
    if sources.save is not None:
        raise ConfigurationError("--save-evidence is for a run without --resume", code="USAGE", hint="leave out one of them")
    from vnsign.cli.journal import Journal

    with Journal.open(many.resume) as journal:
        yield journal


def _resumed(journal: Journal, many: many_options.Many, at: str | None, language: str) -> str | None:
    """The validation time: as asked for, else of the run that is gone on with."""
    from vnsign.cli.many import say_since

    if at is not None or journal.moment is None:
        return at
    say_since(journal, many.resume, language)
    return journal.moment.isoformat()


def _bind(journal: Journal | None, run: Run, sources: evidence_sources.Sources, given: evidence_sources.Given) -> None:
    if journal is None:
        return
    from vnsign.cli.journal import properties

    journal.bind(properties(run.verifier, isolated=run.isolated.works, source=sources.described(given)), run.moment)


def verifier_of(
    trust: tuple[Path, ...],
    given: evidence_sources.Given,
    at: str | None,
    policy: str | None,
    detached: tuple[str, ...],
    password_file: Path | None,
) -> tuple[Verifier, datetime]:
    """The verifier that the options describe, and the validation time.

    Raises:
        ConfigurationError, TrustStoreError: a file or folder that cannot be read, an unknown policy, a moment that is none.
    """
    from vnsign._verify import Verifier
    from vnsign.model.moment import parse

    moment = given.moment(None if at is None else parse(at))
    store = load_trust(trust, moment)
    password = options.read_secret(password_file)
    return Verifier(store, given.policy(policy), given.evidence, password, options.read_detached(detached)), moment


def load_trust(folders: Sequence[Path], at: datetime) -> TrustStore:
    """The trust store of the folders named with their trusted lists, or this user's; lists that expired are told."""
    from vnsign.trust.folder import LISTS_FILE

    if folders and not any((folder / LISTS_FILE).exists() for folder in folders):
        from vnsign.trust.store import TrustStore as Store

        return Store.load(*folders)  # nothing here needs what reads trusted lists
    from vnsign.cli.trust_lists import expired_lists
    from vnsign.lists.folder import load_trust as load

    store, lists = load(*folders, at=at)
    for label in expired_lists(lists):
        output.say(f"danh sách tin cậy đã hết hạn, không dùng / expired, not used: {label}")
    return store


def describe_trust(store: TrustStore, folders: Sequence[Path], language: str) -> str:
    """One line on the trust data: where they are, how many anchors, how many of them pinned and when, how many others."""
    from vnsign.report.catalogue import word
    from vnsign.trust.pins import pins, read_on

    pinned = sum(anchor.certificate.sha256 in pins() for anchor in store.anchors)
    said = word(language, "words.trust", "pinned" if pinned else "none-pinned")
    return said.format(
        where=", ".join(str(item) for item in folders) or "vnsign trust",
        anchors=len(store.anchors),
        pinned=pinned,
        day=read_on().strftime("%d/%m/%Y"),
        intermediates=len(store.intermediates),
    )
