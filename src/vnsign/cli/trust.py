"""``vnsign trust``: the trust anchors of this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from vnsign.cli import options, output
from vnsign.cli.trust_words import FAMILIES, MATTERS, PURPOSES, STATUSES, WORDS, word
from vnsign.errors import ConfigurationError, TrustStoreError, VnsignError

if TYPE_CHECKING:
    from vnsign.trust.changes import Editor, Outcome
    from vnsign.trust.check import Checked
    from vnsign.trust.sync import Fetch

P = ParamSpec("P")
_REFUSED = 1
_USAGE = 2
_MAX_FETCHED = 1024 * 1024

_folder_option = click.option(
    "--trust", "folder", type=click.Path(path_type=Path), metavar="DIR", help="Trust folder. Default: this user's."
)
_format_option = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the output."
)


def _common(command: Callable[P, None]) -> Callable[P, None]:
    """The options that all have; errors with code and hint on stderr and exit code 2, never a traceback."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except VnsignError as error:
            output.error(error, str(kwargs["language"]))
            raise SystemExit(_USAGE) from error

    return _folder_option(options.language(_format_option(guarded)))


@click.group()
def trust() -> None:
    """List, check, add, remove and fetch the trust anchors of this machine."""


@trust.command("list")
@click.option("--all", "everything", is_flag=True, help="Intermediates too.")
@_common
def list_(everything: bool, folder: Path | None, language: str, format_: str) -> None:
    """List the anchors: family, purpose, subject, validity, SHA-256, source."""
    from vnsign.trust import pins

    place = _existing(folder)
    entries = _entries(place)
    shown = [entry for entry in entries if everything or entry["family"]]
    read_on = pins.read_on().isoformat()
    if format_ == "json":
        _json({"schema": "vnsign.trust/1", "folder": str(place), "read_on": read_on, "certificates": shown})
        return
    say = _sayer(language)
    output.result(f"{say('folder')}: {place}\n{say('data-of')} {read_on[8:]}/{read_on[5:7]}/{read_on[:4]}\n\n")
    for entry in shown:
        output.result(_entry_text(entry, language))
    anchors = sum(1 for entry in entries if entry["family"])
    output.result(f"{say('anchors')}: {anchors}. {say('intermediates')}: {len(entries) - anchors}.")


@trust.command()
@click.option("--at", metavar="TIME", help="Moment for validity. Default: now.")
@_common
def check(at: str | None, folder: Path | None, language: str, format_: str) -> None:
    """Read and hash everything anew. Exit code 1 when something is amiss; what expired or is absent is only told."""
    from vnsign.trust.check import check as check_folder

    place = _existing(folder)
    found = check_folder(place, _moment(at))
    if format_ == "json":
        remarks = [{**asdict(item), "fails": item.matter.fails} for item in found.remarks]
        counts = {"certificates": found.certificates, "anchors": found.anchors}
        _json({"schema": "vnsign.trust-check/1", "folder": str(place), "sound": found.sound, **counts, "remarks": remarks})
    else:
        output.result(_checked_text(place, found, language))
    raise SystemExit(0 if found.sound else _REFUSED)


@trust.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--family",
    type=click.Choice(["public", "civil-service", "foreign", "own"]),
    help="Family of an anchor that is not pinned.",
)
@click.option("--reason", default="", help="Why an anchor that is not pinned is trusted.")
@click.option(
    "--purpose",
    "purposes",
    type=click.Choice(["signature", "timestamp", "other"]),
    multiple=True,
    help="What it anchors; repeatable. Default: signature and timestamp.",
)
@_common
def add(
    files: tuple[Path, ...],
    family: str | None,
    reason: str,
    purposes: tuple[str, ...],
    folder: Path | None,
    language: str,
    format_: str,
) -> None:
    """Add certificates (PEM, DER, PKCS#7). Pinned ones become anchors; others are kept when they verify up to one.

    An anchor that is not pinned needs --family and --reason. Exit code 1 when something was refused.
    """
    from vnsign.trust.changes import SIGN_AND_STAMP, Grant
    from vnsign.trust.store import Purpose, TrustFamily

    grant = None
    if family is not None:
        wanted = frozenset(Purpose(item) for item in purposes)
        grant = Grant(TrustFamily(family), reason, wanted or SIGN_AND_STAMP)
    elif reason or purposes:
        raise ConfigurationError("--reason and --purpose go with --family", code="USAGE", hint="give --family too")
    sources = [(str(file), _bytes(file)) for file in files]
    _report(_editor(folder).add(sources, grant), language, format_)


@trust.command()
@click.argument("sha256", metavar="SHA256")
@click.option("--reason", required=True, help="Why; written down.")
@click.option("--since", metavar="TIME", help="Last moment of trust. Default: now.")
@_common
def remove(sha256: str, reason: str, since: str | None, folder: Path | None, language: str, format_: str) -> None:
    """End the trust in an anchor, which is kept for old signatures, or delete an intermediate.

    SHA256 is the first digits of its SHA-256, eight or more.
    """
    moment = None if since is None else _moment(since)
    _report(_editor(folder).withdraw(sha256, reason, moment), language, format_)


@trust.command()
@click.option("--mirror", metavar="URL", help="Fetch the same paths from here; the bytes are checked alike.")
@click.option("--allow", metavar="HOST|CIDR", multiple=True, help="May be reached though it is not public; repeatable.")
@click.option("--timeout", metavar="SECONDS", type=float, default=30.0, show_default=True, help="For each address.")
@_common
def sync(mirror: str | None, allow: tuple[str, ...], timeout: float, folder: Path | None, language: str, format_: str) -> None:
    """Fetch the pinned anchors from their official addresses. Bytes that are not the pinned ones are refused.

    What the folder had is kept. Exit code 1 when something was refused, or an anchor with an address is still not here.
    """
    from vnsign.trust import pins
    from vnsign.trust.sync import sync as synchronise

    place, known = _place(folder), pins.pins()
    outcomes = synchronise(_editor(folder), known.values(), _fetcher(mirror, allow, timeout))
    absent = {pin.sha256 for pin in known.values() if pin.addresses} - _stored(place)
    _report(outcomes, language, format_, failed=bool(absent))


def _fetcher(mirror: str | None, allow: tuple[str, ...], timeout: float) -> Fetch:
    from urllib.parse import urlsplit

    from vnsign.net.http import FetchPolicy, fetch

    policy = FetchPolicy(allow=allow, max_bytes=_MAX_FETCHED, seconds=timeout)

    def get(address: str) -> bytes:
        where = address if mirror is None else mirror.rstrip("/") + urlsplit(address).path
        return fetch(where, policy).body

    return get


def _stored(folder: Path) -> set[str]:
    from vnsign.trust.folder import stored

    return {item.certificate.sha256 for item in stored(folder)}


def _entries(folder: Path) -> list[dict[str, Any]]:
    """Every certificate of a folder once, anchors first, as plain values."""
    from vnsign.trust.folder import anchor_of, stored
    from vnsign.trust.identify import describe
    from vnsign.trust.records import read_records

    known = read_records(folder)
    entries: dict[str, dict[str, Any]] = {}
    for item in stored(folder):
        about, anchor = describe(item.certificate), anchor_of(item.certificate, known)
        entries.setdefault(item.certificate.sha256, {
            "family": anchor.family.value if anchor else None,
            "purposes": sorted(anchor.purposes) if anchor else [],
            "subject": about.subject if about else None,
            "not_before": about.not_before.isoformat() if about else None,
            "not_after": about.not_after.isoformat() if about else None,
            "sha256": item.certificate.sha256,
            "trusted_from": anchor.trusted_from.isoformat() if anchor else None,
            "trusted_until": anchor.trusted_until.isoformat() if anchor and anchor.trusted_until else None,
            "source": anchor.source if anchor else None,
            "file": str(item.path),
        })  # fmt: skip
    return sorted(entries.values(), key=lambda entry: (not entry["family"], str(entry["family"]), str(entry["subject"])))


def _entry_text(entry: dict[str, Any], language: str) -> str:
    say = _sayer(language)
    lines = [str(entry["subject"] or say("unknown"))]
    if entry["family"]:
        lines.append(f"  {say('family')}: {word(FAMILIES, str(entry['family']), language)}")
        purposes = ", ".join(word(PURPOSES, item, language) for item in entry["purposes"])
        lines.append(f"  {say('purposes')}: {purposes}")
    lines.append(f"  {say('valid')}: {_day(entry['not_before'])} – {_day(entry['not_after'])}")
    if entry["trusted_until"]:
        lines.append(f"  {say('trusted-until')}: {_day(entry['trusted_until'])}")
    lines.append(f"  SHA-256: {entry['sha256']}")
    lines.append(f"  {say('source')}: {entry['source'] or entry['file']}")
    return "\n".join(lines) + "\n\n"


def _checked_text(folder: Path, found: Checked, language: str) -> str:
    say = _sayer(language)
    lines = [f"{say('folder')}: {folder}", f"{say('read')}: {found.certificates} {say('certificates')}"]
    for item in sorted(found.remarks, key=lambda remark: not remark.matter.fails):
        about = " ".join(part for part in (item.subject, item.sha256[:16], item.detail) if part)
        lines.append(f"{'✗' if item.matter.fails else '·'} {word(MATTERS, item.matter, language)}: {item.source}")
        if about:
            lines.append(f"    {about}")
    lines.append(say("sound" if found.sound else "not-sound"))
    return "\n".join(lines)


def _report(outcomes: Iterable[Outcome], language: str, format_: str, *, failed: bool = False) -> None:
    """Results to stdout, refusals and failures to stderr; exit code 1 when something was refused."""
    told = list(outcomes)
    refused = [item for item in told if item.status.value == "refused"]
    if format_ == "json":
        _json({"schema": "vnsign.trust-outcomes/1", "outcomes": [asdict(item) for item in told]})
    for item in told:
        line = f"{word(STATUSES, item.status, language)}: {item.source}"
        if item.message:
            hint = f"\n  {word(WORDS, 'hint', language)}: {item.hint}" if item.hint else ""
            output.say(f"{line}\n  [{item.code}] {item.message}{hint}")
        elif format_ == "text":
            output.result(line + "".join(f"\n  {part}" for part in (item.subject, item.sha256) if part))
    raise SystemExit(_REFUSED if refused or failed else 0)


def _editor(folder: Path | None) -> Editor:
    import getpass

    from vnsign.trust.changes import Editor

    try:
        actor = getpass.getuser()
    except (KeyError, OSError, ImportError):  # no login name, as in some containers
        actor = "unknown"
    return Editor(_place(folder), actor, datetime.now(UTC))


def _place(folder: Path | None) -> Path:
    from vnsign.trust.folder import user_folder

    return folder if folder is not None else user_folder()


def _existing(folder: Path | None) -> Path:
    from vnsign.trust.folder import GET_ANCHORS

    place = _place(folder)
    if folder is None and not place.is_dir():
        raise TrustStoreError(f"no trust anchors on this machine ({place} does not exist)", code="NO_ANCHOR", hint=GET_ANCHORS)
    return place


def _moment(text: str | None) -> datetime:
    from vnsign.model.moment import parse

    return datetime.now(UTC) if text is None else parse(text)


def _bytes(file: Path) -> bytes:
    from vnsign.trust.folder import MAX_FILE_BYTES
    from vnsign.trust.reading import read_bounded

    return read_bounded(file, MAX_FILE_BYTES, TrustStoreError, hint="give certificates only")


def _day(moment: object) -> str:
    from vnsign.model.moment import vietnam_text

    return "?" if not isinstance(moment, str) else vietnam_text(datetime.fromisoformat(moment))[:10]


def _sayer(language: str) -> Callable[[str], str]:
    return lambda key: word(WORDS, key, language)


def _json(value: object) -> None:
    output.result(json.dumps(value, ensure_ascii=False, indent=2))
