"""What the commands of ``vnsign trust`` share: options, errors, the folder, how outcomes are told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import click

from vnsign.cli import options, output
from vnsign.cli.trust_words import STATUSES, WORDS, word
from vnsign.errors import TrustStoreError, VnsignError

if TYPE_CHECKING:
    from vnsign.trust.changes import Editor, Outcome

P = ParamSpec("P")
REFUSED = 1
_USAGE = 2

_folder_option = click.option(
    "--trust", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Trust folder. Default: this user's."
)
_format_option = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the output."
)


def common(command: Callable[P, None]) -> Callable[P, None]:
    """The options that all have; errors with code and hint on stderr and exit code 2, never a traceback."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except VnsignError as error:
            output.error(error, str(kwargs["language"]))
            raise SystemExit(_USAGE) from error

    return _folder_option(options.language(_format_option(guarded)))


def report(
    outcomes: Iterable[Outcome], language: str, format_: str, *, failed: bool = False, missing: int = 0, then: str = ""
) -> None:
    """Results to stdout, refusals, failures and the command to type next to stderr; exit code 1 when something was refused.

    Args:
        outcomes: what became of each source.
        language: ``vi`` or ``en``.
        format_: ``text`` or ``json``.
        failed: the exit code is 1 whatever the outcomes are.
        missing: number of anchors that should be here and are not.
        then: key of the command to type next when there are anchors.
    """
    from vnsign.report.catalogue import clean

    told = list(outcomes)
    refused = [item for item in told if item.status.value == "refused"]
    if format_ == "json":
        print_json({"schema": "vnsign.trust-outcomes/1", "outcomes": [asdict(item) for item in told]})
    hinted: set[str] = set()
    for item in told:
        line = f"{word(STATUSES, item.status, language)}: {item.source}"
        if item.message:
            said, detail, hint = output.told(VnsignError(item.message, code=item.code, hint=item.hint), language)
            output.say(f"{line}\n  [{item.code}] {said}")
            for name, text in (("detail", detail), ("hint", hint)):
                if text and text not in hinted:
                    output.say(f"  {word(WORDS, name, language)}: {clean(text)}")
            hinted.add(hint)
        elif format_ == "text":
            output.result(line + "".join(f"\n  {part}" for part in (item.subject, item.sha256) if part))
    if format_ == "text":
        _say_next(told, language, missing, then)
    raise SystemExit(REFUSED if refused or failed else 0)


def _say_next(told: list[Outcome], language: str, missing: int, then: str) -> None:
    """What is still missing, and the command to type next."""
    if missing:
        output.say(word(WORDS, "still-missing", language).format(count=missing))
    elif then and any(item.status.value in ("added-anchor", "present") for item in told):
        output.say(f"{word(WORDS, 'next', language)}: {word(WORDS, then, language)}")


def editor(folder: Path | None) -> Editor:
    """Who changes the folder: the login name, now."""
    import getpass

    from vnsign.trust.changes import Editor

    try:
        actor = getpass.getuser()
    except (KeyError, OSError, ImportError):  # no login name, as in some containers
        actor = "unknown"
    return Editor(place_of(folder), actor, datetime.now(UTC))


def place_of(folder: Path | None) -> Path:
    """The folder named, or this user's."""
    from vnsign.trust.folder import user_folder

    return folder if folder is not None else user_folder()


def existing(folder: Path | None) -> Path:
    """The folder named, or this user's, which must be there."""
    from vnsign.trust.folder import GET_ANCHORS

    place = place_of(folder)
    if folder is None and not place.is_dir():
        raise TrustStoreError(f"no trust anchors on this machine ({place} does not exist)", code="NO_ANCHOR", hint=GET_ANCHORS)
    return place


def moment(text: str | None) -> datetime:
    """The moment of an option; now where it was not given."""
    from vnsign.model.moment import parse

    return datetime.now(UTC) if text is None else parse(text)


def file_bytes(file: Path) -> bytes:
    """The bytes of a file of certificates."""
    from vnsign.trust.folder import MAX_FILE_BYTES
    from vnsign.trust.reading import read_bounded

    return read_bounded(file, MAX_FILE_BYTES, TrustStoreError, hint="give certificates only")


def day(moment: object) -> str:
    """The day of an ISO 8601 moment as officials write it."""
    from vnsign.model.moment import vietnam_text

    return "?" if not isinstance(moment, str) else vietnam_text(datetime.fromisoformat(moment))[:10]


def sayer(language: str) -> Callable[[str], str]:
    """Words of one language by key."""
    return lambda key: word(WORDS, key, language)


def print_json(value: object) -> None:
    """Write a value as JSON."""
    output.result(json.dumps(value, ensure_ascii=False, indent=2))
