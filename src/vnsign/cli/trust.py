"""``vnsign trust``: the trust anchors of this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vnsign.cli import output, trust_lists
from vnsign.cli.trust_common import (
    REFUSED,
    common,
    day,
    editor,
    existing,
    file_bytes,
    moment,
    place_of,
    print_json,
    report,
    sayer,
)
from vnsign.cli.trust_words import FAMILIES, MATTERS, PURPOSES, word
from vnsign.errors import ConfigurationError

if TYPE_CHECKING:
    from vnsign.trust.check import Checked
    from vnsign.trust.sync import Fetch

_MAX_FETCHED = 1024 * 1024


@click.group()
def trust() -> None:
    """List, check, add, remove and fetch the trust anchors of this machine."""


@trust.command("list")
@click.option("--all", "everything", is_flag=True, help="Intermediates too.")
@common
def list_(everything: bool, folder: Path | None, language: str, format_: str) -> None:
    """List the anchors: family, purpose, subject, validity, SHA-256, source."""
    from vnsign.trust import pins

    place = existing(folder)
    lists = trust_lists.load_lists(place, moment(None))
    entries = trust_lists.anchor_entries(place, lists, _entries(place))
    entries.sort(key=lambda entry: (not entry["family"], str(entry["family"]), str(entry["subject"])))
    facts = trust_lists.list_facts(lists)
    shown = [entry for entry in entries if everything or entry["family"]]
    read_on = pins.read_on().isoformat()
    if format_ == "json":
        about = {"schema": "vnsign.trust/1", "folder": str(place), "read_on": read_on}
        print_json({**about, "certificates": shown, "lists": facts})
        return
    say = sayer(language)
    output.result(f"{say('folder')}: {place}\n{say('data-of')} {read_on[8:]}/{read_on[5:7]}/{read_on[:4]}\n\n")
    for item in facts:
        output.result(trust_lists.list_text(item, language))
    for entry in shown:
        output.result(_entry_text(entry, language))
    anchors = sum(1 for entry in entries if entry["family"])
    output.result(f"{say('anchors')}: {anchors}. {say('intermediates')}: {len(entries) - anchors}.")


@trust.command()
@click.option("--at", metavar="TIME", help="Moment for validity. Default: now.")
@common
def check(at: str | None, folder: Path | None, language: str, format_: str) -> None:
    """Read and hash everything anew. Exit code 1 when something is amiss; what expired or is absent is only told."""
    from vnsign.lists.check import check_with_lists
    from vnsign.trust.check import check as check_folder

    place, when = existing(folder), moment(at)
    found = check_with_lists(check_folder(place, when), place, when)
    if format_ == "json":
        remarks = [{**asdict(item), "fails": item.matter.fails} for item in found.remarks]
        counts = {"certificates": found.certificates, "anchors": found.anchors}
        print_json({"schema": "vnsign.trust-check/1", "folder": str(place), "sound": found.sound, **counts, "remarks": remarks})
    else:
        output.result(_checked_text(place, found, language))
    raise SystemExit(0 if found.sound else REFUSED)


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
@common
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
    sources = [(str(file), file_bytes(file)) for file in files]
    report(editor(folder).add(sources, grant), language, format_, then="then-verify")


@trust.command()
@click.argument("sha256", metavar="SHA256")
@click.option("--reason", required=True, help="Why; written down.")
@click.option("--since", metavar="TIME", help="Last moment of trust. Default: now.")
@common
def remove(sha256: str, reason: str, since: str | None, folder: Path | None, language: str, format_: str) -> None:
    """End the trust in an anchor, which is kept for old signatures, or delete an intermediate.

    SHA256 is the first digits of its SHA-256, eight or more.
    """
    until = None if since is None else moment(since)
    report(editor(folder).withdraw(sha256, reason, until), language, format_)


@trust.command()
@click.option("--mirror", metavar="URL", help="Fetch the same paths from here; the bytes are checked alike.")
@click.option("--allow", metavar="HOST|CIDR", multiple=True, help="May be reached though it is not public; repeatable.")
@click.option("--timeout", metavar="SECONDS", type=float, default=30.0, show_default=True, help="For each address.")
@common
def sync(mirror: str | None, allow: tuple[str, ...], timeout: float, folder: Path | None, language: str, format_: str) -> None:
    """Fetch the pinned anchors from their official addresses. Bytes that are not the pinned ones are refused.

    What the folder had is kept. Exit code 1 when something was refused, or an anchor with an address is still not here.
    """
    from vnsign.trust import pins
    from vnsign.trust.sync import sync as synchronise

    place, known = place_of(folder), pins.pins()
    outcomes = synchronise(editor(folder), known.values(), _fetcher(mirror, allow, timeout))
    absent = {pin.sha256 for pin in known.values() if pin.addresses} - _stored(place)
    report(outcomes, language, format_, failed=bool(absent), missing=len(absent), then="then-online")


trust.add_command(trust_lists.add_list)
trust.add_command(trust_lists.remove_list)


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
    return list(entries.values())


def _entry_text(entry: dict[str, Any], language: str) -> str:
    say = sayer(language)
    lines = [str(entry["subject"] or say("unknown"))]
    if entry["family"]:
        lines.append(f"  {say('family')}: {word(FAMILIES, str(entry['family']), language)}")
        purposes = ", ".join(word(PURPOSES, item, language) for item in entry["purposes"])
        lines.append(f"  {say('purposes')}: {purposes}")
    lines.append(f"  {say('valid')}: {day(entry['not_before'])} – {day(entry['not_after'])}")
    if entry["trusted_until"]:
        lines.append(f"  {say('trusted-until')}: {day(entry['trusted_until'])}")
    lines.append(f"  SHA-256: {entry['sha256']}")
    lines.append(f"  {say('source')}: {entry['source'] or entry['file']}")
    return "\n".join(lines) + "\n\n"


def _checked_text(folder: Path, found: Checked, language: str) -> str:
    say = sayer(language)
    lines = [f"{say('folder')}: {folder}", f"{say('read')}: {found.certificates} {say('certificates')}"]
    for item in sorted(found.remarks, key=lambda remark: not remark.matter.fails):
        about = " ".join(part for part in (item.subject, item.sha256[:16], item.detail) if part)
        lines.append(f"{'✗' if item.matter.fails else '·'} {word(MATTERS, item.matter, language)}: {item.source}")
        if about:
            lines.append(f"    {about}")
    lines.append(say("sound" if found.sound else "not-sound"))
    return "\n".join(lines)
