"""``vnsign prepare``: the first step of signing with a key that is elsewhere."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vnsign.cli import options, output, sign_options
from vnsign.cli.appearance_options import appearance_options, wanted_appearance
from vnsign.cli.exit_codes import ExitCode
from vnsign.cli.progress import Progress
from vnsign.cli.session_options import open_store, session_options
from vnsign.cli.sign import terms
from vnsign.cli.sign_output import code_of
from vnsign.errors import VnsignError

if TYPE_CHECKING:
    from vnsign._batch import Waiting
    from vnsign.signing.store import SessionStore


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--cert", type=click.Path(path_type=Path), required=True, metavar="FILE", help="Certificate of the signer.")
@click.option("--chain", type=click.Path(path_type=Path), metavar="FILE", help="Certificates of its issuers.")
@session_options
@sign_options.all_options
@appearance_options
@options.trust
@options.password_file
@options.language
def prepare(
    files: tuple[Path, ...], sessions: Path, session_key: Path | None, trust: tuple[Path, ...], language: str, **found: Any
) -> None:
    """Prepare FILE... to be signed by a key that is elsewhere, and print what that key must sign.

    One line of JSON for each file: session, to_be_signed and its digest (base64), and how the key must sign. No byte of a
    document leaves this machine. Give the signature values to `vnsign finish`. Exit codes as those of `vnsign sign`.
    """
    wanted = sign_options.wanted({**found, "cert": None})
    try:
        means = sign_options.means(wanted, trust, found["password_file"])
        drawn = wanted_appearance(found)
        store = open_store(sessions, session_key)
        codes = _prepare_all(files, found, store, terms(wanted, means, drawn, language), language)
    except VnsignError as error:
        output.error(error, language)
        raise SystemExit(code_of(error)) from error
    order = (ExitCode.SOME_FAILED, ExitCode.UNREADABLE, ExitCode.USAGE)
    raise SystemExit(next((code for code in order if code in codes), ExitCode.ALL_PASSED))


def _prepare_all(files: tuple[Path, ...], found: dict[str, Any], store: SessionStore, how: Any, language: str) -> set[ExitCode]:
    from vnsign._batch import prepare_many
    from vnsign.signing.pem import read_certificates

    certificate = read_certificates(found["cert"])[0]
    chain = read_certificates(found["chain"]) if found["chain"] else ()
    codes: set[ExitCode] = set()
    with Progress(len(files)) as progress:
        for file, item in zip(files, prepare_many(files, certificate, store, how, chain=chain), strict=True):
            progress.step(file.name)
            if item.error is None:
                output.result(_line(item))
                continue
            output.say(f"{file}:")
            output.error(item.error, language)
            codes.add(code_of(item.error))
    return codes


def _line(item: Waiting) -> str:
    algorithm = item.algorithm
    shown = {
        "file": item.name,
        "session": item.session,
        "to_be_signed": base64.b64encode(item.to_be_signed).decode(),
        "digest": base64.b64encode(item.digest).decode(),
        "algorithm": {"key": algorithm.key, "digest": algorithm.digest, "padding": algorithm.padding},
    }
    return json.dumps(shown, ensure_ascii=False)
