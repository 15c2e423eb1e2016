"""``vnsign bundle``: a document with its verdict and what the verdict rests on, in one file; and the check of such a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vnsign.cli import expected as expectations
from vnsign.cli import key_options, options, output, sign_options
from vnsign.cli import sources as evidence_sources
from vnsign.cli.sign_output import refuse_existing
from vnsign.errors import ConfigurationError, VnsignError

if TYPE_CHECKING:
    from vnsign._verify import Verifier
    from vnsign.bundle import Rechecked
    from vnsign.model.report import DocumentReport
    from vnsign.trust.store import TrustStore

_PATH = click.Path(path_type=Path)
_TEXT = {
    "vi": {
        "made": "đã đóng gói: {out} ({verdict})",
        "sealed": "đã đóng gói và ký niêm phong: {out} ({verdict})",
        "same": "kết luận giống như khi đóng gói ({when}, {program}).",
        "other": "kết luận KHÁC với khi đóng gói ({when}, {program}); khi đó: {then}.",
        "rules": "lưu ý: bộ quy tắc bây giờ khác với khi đóng gói.",
        "trust": "lưu ý: dữ liệu tin cậy bây giờ khác với khi đóng gói.",
        "seal": "niêm phong",
        "unsealed": "gói không có chữ ký niêm phong: ai cũng có thể đã thay cả gói.",
    },
    "en": {
        "made": "packed: {out} ({verdict})",
        "sealed": "packed and sealed: {out} ({verdict})",
        "same": "the verdict is the same as when it was packed ({when}, {program}).",
        "other": "the verdict is NOT the same as when it was packed ({when}, {program}); then: {then}.",
        "rules": "note: the rules of now are not those of then.",
        "trust": "note: the trust data of now are not those of then.",
        "seal": "seal",
        "unsealed": "the bundle is not sealed: anybody may have replaced it as a whole.",
    },
}


@click.group()
def bundle() -> None:
    """Keep a document with its verdict and what the verdict rests on in one file, and verify it again years later."""


@bundle.command()
@click.argument("file", type=_PATH, metavar="FILE")
@click.option("-o", "--output", "target", type=_PATH, metavar="OUT", help="The bundle. Default: FILE.bundle.asice.")
@click.option("--at", metavar="TIME", help="Validation time. Default: now.")
@click.option("--policy", metavar="NAME", help="Policy name or .toml file. Default: the rules in force at the time.")
@click.option("--detached", multiple=True, metavar="URI=FILE", help="Detached data, by URI or file name; repeatable.")
@click.option("--seal", is_flag=True, help="Sign the bundle, with the key of the options below.")
@click.option("--tsa", metavar="URL", help="Time-stamping authority for the seal.")
@options.trust
@evidence_sources.options
@expectations.options
@key_options.key_options
@options.password_file
@options.language
def make(file: Path, target: Path | None, language: str, seal: bool, **found: Any) -> None:
    """Verify FILE and pack it with the report and the evidence. Exit codes as those of `vnsign verify`."""
    from vnsign.bundle import make_bundle, read_bundle
    from vnsign.cli.exit_codes import ExitCode, of_documents
    from vnsign.signing.document import write_new

    out = target or file.with_name(f"{file.name}.bundle.asice")
    try:
        refuse_existing(out)
        given = found["sources"].read()
        from vnsign.cli.verify import verifier_of

        verifier, moment = verifier_of(
            found["trust"], given, found["at"], found["policy"], found["detached"], found["password_file"]
        )
        with found["sources"].open(given) as source:
            from dataclasses import replace

            data = make_bundle(file, replace(verifier, source=source, expected=found["expected"].read()), at=moment)
        report = read_bundle(data).report
        if seal:
            data = _sealed(data, out, found)
        write_new(out, data)
    except VnsignError as error:
        output.error(error, language)
        raise SystemExit(ExitCode.USAGE) from error
    said = _TEXT[language]["sealed" if seal else "made"]
    output.result(said.format(out=out, verdict=_verdict(report, language)))
    raise SystemExit(of_documents([report]))


@bundle.command()
@click.argument("file", type=_PATH, metavar="FILE")
@click.option("--details", is_flag=True, help="Show the technical part of each signature.")
@click.option("--show-identifiers", is_flag=True, help="Show numbers of people and firms whole (CCCD, MST).")
@click.option("--policy", metavar="NAME", help="The policy of then, where it is not built in.")
@options.trust
@options.password_file
@options.language
def check(file: Path, details: bool, show_identifiers: bool, language: str, **found: Any) -> None:
    """Judge the document in the bundle FILE anew, offline, as of then, and say whether the verdict is the same.

    Exit codes as those of `vnsign verify`, and 1 when the verdict is not the same.
    """
    from vnsign.bundle import read_bundle, recheck
    from vnsign.cli.exit_codes import ExitCode, of_documents
    from vnsign.cli.verify import load_trust
    from vnsign.formats.source import DocumentSource
    from vnsign.model.limits import Limits
    from vnsign.report.text import Screen, render_views
    from vnsign.report.viewing import Wish, view
    from vnsign.validation import policies

    try:
        data = DocumentSource.of(file).read(Limits())
        held = read_bundle(data)
        store = load_trust(found["trust"], held.evidence.at)
        policy = None if found["policy"] is None else policies.load(found["policy"])
        again = recheck(held, store, policy=policy, password=options.read_secret(found["password_file"]))
    except VnsignError as error:
        output.error(error, language)
        raise SystemExit(ExitCode.UNREADABLE) from error
    screen = Screen(output.width(), output.wants_colour(), details, output.wants_ascii())
    output.result(render_views([view(again.now, Wish(language, "", show_identifiers))], screen))
    _say_seal(data, file, store, language)
    _say_whether_same(again, held.program, language)
    raise SystemExit(of_documents([again.now]) if again.same else ExitCode.SOME_FAILED)


def check_bundle(files: Sequence[str], out: Path) -> None:
    """Refuse what ``vnsign verify --bundle`` cannot do, before anything is judged.

    Raises:
        ConfigurationError: not one file. OutputExistsError: the bundle is there already.
    """
    if len(files) != 1 or not Path(files[0]).is_file():
        raise ConfigurationError("a bundle holds one document", code="ONE_DOCUMENT", hint="--bundle OUT with one FILE")
    refuse_existing(out)


def write_bundle(file: Path, verifier: Verifier, moment: datetime, out: Path) -> None:
    """Pack a document with its verdict, not sealed.

    Raises:
        VnsignError: it cannot be read or written.
    """
    from vnsign.bundle import make_bundle
    from vnsign.signing.document import write_new

    write_new(out, make_bundle(file, verifier, at=moment))


def _sealed(data: bytes, out: Path, found: dict[str, Any]) -> bytes:
    from vnsign.bundle import seal as seal_bundle

    authority = sign_options.authority(found["tsa"], found["sources"].allow)
    with key_options.open_signer(found) as signer:
        return seal_bundle(data, signer, timestamps=authority, name=out.name).data


def _say_seal(data: bytes, file: Path, store: TrustStore, language: str) -> None:
    """What the signatures of the bundle itself say, as of now."""
    from vnsign._verify import Verifier
    from vnsign.formats.source import DocumentSource

    report = Verifier(store).report(DocumentSource(file.name, data=data))
    if not report.signatures:
        output.say(_TEXT[language]["unsealed"])
    for signature in report.signatures:
        who = "" if signature.signer is None else signature.signer.name
        code = signature.sub_indication or ""
        output.say(f"{_TEXT[language]['seal']}: {who}: {_word(signature.indication.value, language)} {code}".rstrip())


def _say_whether_same(again: Rechecked, program: str, language: str) -> None:
    from vnsign.model.moment import vietnam_text

    said = _TEXT[language]["same" if again.same else "other"]
    when, then = vietnam_text(again.then.validation_time), _verdict(again.then, language)
    output.say(said.format(when=when, program=program, then=then))
    if again.other_rules:
        output.say(_TEXT[language]["rules"])
    if again.other_trust:
        output.say(_TEXT[language]["trust"])


def _verdict(report: DocumentReport, language: str) -> str:
    from vnsign.report.viewing import verdict_key

    return _word(verdict_key(report), language)


def _word(key: str, language: str) -> str:
    from vnsign.report.catalogue import word

    return word(language, "words.indication", key)
