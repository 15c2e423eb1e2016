"""``vnsign finish``: the second step of signing with a key that is elsewhere."""

from __future__ import annotations

import base64
import binascii
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vnsign.cli import options, output, sign_options
from vnsign.cli.exit_codes import ExitCode
from vnsign.cli.progress import Progress
from vnsign.cli.session_options import open_store, session_options
from vnsign.cli.sign_output import code_of, refuse_existing
from vnsign.errors import ConfigurationError, VnsignError

if TYPE_CHECKING:
    from vnsign._batch import SignOutcome
    from vnsign.signing.document import SignedDocument
    from vnsign.signing.means import Means
    from vnsign.signing.store import SessionStore

_PATH = click.Path(path_type=Path)
_MOST_BYTES = 64 << 20
_TEXT = {
    "vi": {"signed": "đã ký: {out} (mức B-{level}, chữ ký {id})", "purged": "đã xóa {count} phiên ký quá hạn"},
    "en": {"signed": "signed: {out} (level B-{level}, signature {id})", "purged": "{count} expired sessions removed"},
}


@click.command()
@click.argument("values", required=False, metavar="[VALUES]")
@session_options
@click.option("--session", metavar="NAME", help="One session, with --value.")
@click.option("--value", type=_PATH, metavar="FILE", help="Its raw signature value.")
@click.option("--release", metavar="NAME", help="Let a session wait again that a dead process had taken.")
@click.option("--purge", is_flag=True, help="Remove sessions whose time is over.")
@click.option("-o", "--output", type=_PATH, metavar="DIR", help="Folder for the signed files. Default: beside the input.")
@click.option("--tsa", metavar="URL", help="Time-stamping authority, for levels above B.")
@click.option("--allow", multiple=True, metavar="HOST|CIDR", help="May be asked, though not public; repeatable.")
@click.option("--evidence", type=_PATH, multiple=True, metavar="DIR", help="CRLs and OCSP answers; repeatable.")
@click.option("--online/--offline", default=False, help="Fetch what levels LT and LTA embed. Default: no network.")
@click.option("--cache", type=_PATH, metavar="DIR", help="Folder that keeps what was fetched.")
@click.option("--no-cache", is_flag=True, help="Keep nothing that was fetched.")
@options.trust
@options.password_file
@options.language
def finish(values: str | None, sessions: Path, session_key: Path | None, language: str, **found: Any) -> None:
    """Put signature values into the documents that `vnsign prepare` left.

    VALUES: a file (or - for standard input) with one line of JSON for each document, {"session": NAME, "value": BASE64};
    or --session NAME --value FILE for one. Each session is used once; nothing is overwritten. Exit codes as those of
    `vnsign sign`.
    """
    try:
        store = open_store(sessions, session_key)
        if found["purge"]:
            output.say(_TEXT[language]["purged"].format(count=store.purge(datetime.now(UTC))))
        if found["release"]:
            store.release(found["release"])
        given = _values(values, found["session"], found["value"], idle=found["purge"] or bool(found["release"]))
        codes = _finish_all(store, given, found, language)
    except VnsignError as error:
        output.error(error, language)
        raise SystemExit(code_of(error)) from error
    order = (ExitCode.SOME_FAILED, ExitCode.UNREADABLE, ExitCode.USAGE)
    raise SystemExit(next((code for code in order if code in codes), ExitCode.ALL_PASSED))


def _finish_all(store: SessionStore, given: dict[str, bytes], found: dict[str, Any], language: str) -> set[ExitCode]:
    from vnsign._batch import finish_many

    codes: set[ExitCode] = set()
    with Progress(len(given)) as progress:
        for outcome in finish_many(store, given, _means(found)):
            progress.step(outcome.name)
            codes.add(_written(outcome, found["output"], language))
    return codes


def _means(found: dict[str, Any]) -> Means:
    from vnsign.cli.sources import Sources
    from vnsign.signing.means import Means
    from vnsign.trust.store import TrustStore

    asked = Sources(found["evidence"], found["online"], found["allow"], found["cache"], found["no_cache"], None)
    given = asked.read()
    with asked.open(given) as source:
        return Means.of(
            timestamps=sign_options.authority(found["tsa"], found["allow"]),
            trust=TrustStore.load(*found["trust"]) if found["trust"] else None,
            evidence=given.evidence,
            source=source,
            password=options.read_secret(found["password_file"]),
        )


def _values(values: str | None, session: str | None, value: Path | None, *, idle: bool) -> dict[str, bytes]:
    """The signature values by session.

    Raises:
        ConfigurationError: neither or both ways, a file that cannot be read, a line that is no value.
    """
    if (session is None) != (value is None) or (session is not None and values is not None):
        raise ConfigurationError("--session and --value go together, without VALUES", code="USAGE")
    if session is not None and value is not None:
        return {session: _bytes(value)}
    if values is None:
        if idle:
            return {}
        raise ConfigurationError("no signature values", code="USAGE", hint="VALUES, or --session NAME --value FILE")
    data = sys.stdin.buffer.read(_MOST_BYTES + 1) if values == "-" else _bytes(Path(values))
    found: dict[str, bytes] = {}
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            name, raw = _parsed(line, number)
            if name in found:
                raise ConfigurationError(f"line {number}: session {name} occurs twice", code="BAD_VALUES")
            found[name] = raw
    return found


def _parsed(line: bytes, number: int) -> tuple[str, bytes]:
    try:
        item = json.loads(line)
        return str(item["session"]), base64.b64decode(item["value"], validate=True)
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        raise ConfigurationError(
            f"line {number} is no signature value: {type(error).__name__}",
            code="BAD_VALUES",
            hint='{"session": NAME, "value": BASE64}',
        ) from error


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}", code="CANNOT_OPEN", hint="check the path") from error
    if len(data) > _MOST_BYTES:
        raise ConfigurationError(f"{path}: more than {_MOST_BYTES} bytes", code="BAD_VALUES", hint="is it the right file?")
    return data


def _written(outcome: SignOutcome, folder: Path | None, language: str) -> ExitCode:
    try:
        if outcome.error is not None:
            raise outcome.error
        if outcome.document is None:
            raise AssertionError("an outcome is a document or an error")
        target = _target(outcome.document, folder)
        refuse_existing(target)
        outcome.document.save(target)
    except VnsignError as error:
        output.say(f"{outcome.name}:")
        output.error(error, language)
        return code_of(error)
    from vnsign.report.catalogue import clean

    signed = outcome.document
    said = _TEXT[language]["signed"].format(out=target, level=signed.level, id=clean(signed.signature_id))
    output.result(said)
    return ExitCode.ALL_PASSED


def _target(signed: SignedDocument, folder: Path | None) -> Path:
    """Where a signed document goes: beside its input, or in a folder, under a name that says what it is."""
    source = Path(signed.name)
    name = f"{source.stem}.signed{source.suffix}"
    if signed.format in ("cms", "asic"):
        name = source.name + _ending(signed)
    return (source.parent if folder is None else folder) / name


def _ending(signed: SignedDocument) -> str:
    if signed.format == "cms":
        return ".p7s" if signed.detached else ".p7m"
    return ".asics" if b"application/vnd.etsi.asic-s+zip" in signed.data[:200] else ".asice"
