"""``vnsign trust add-list`` and ``remove-list``, and how lists and their anchors are shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vnsign.cli.trust_common import common, day, editor, file_bytes, report, sayer
from vnsign.cli.trust_words import STANDINGS, word
from vnsign.errors import TrustStoreError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from vnsign.lists.folder import LoadedList
    from vnsign.model.certificate import Certificate
    from vnsign.trust.changes import Editor, Outcome

_MAX_BYTES = 32 * 1024 * 1024


@click.command("add-list")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--signer",
    "signers",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="CERT",
    help="Certificate that may have signed it; repeatable. Default: those that a list of lists in the folder names.",
)
@click.option("--reason", default="", help="Why it is used; written down.")
@click.option("--accept-expired", default="", metavar="REASON", help="Use it although it has expired, and why.")
@common
def add_list(
    file: Path,
    signers: tuple[Path, ...],
    reason: str,
    accept_expired: str,
    folder: Path | None,
    language: str,
    format_: str,
) -> None:
    """Add a trusted list (ETSI TS 119 612, XML) whose signer you name, as a source of foreign anchors.

    A JSON list of certificates (gca.ctl) is read too: its certificates are kept as intermediates where they verify up to an
    anchor. Exit code 1 when something was refused.
    """
    from vnsign.lists.ctl import looks_like_ctl
    from vnsign.trust.reading import read_bounded

    data = read_bounded(file, _MAX_BYTES, TrustStoreError, hint="give one trusted list")
    changing = editor(folder)
    if looks_like_ctl(data):
        report(_certificates(changing, str(file), data), language, format_)
    from vnsign.lists.changes import add_list as add

    named = [certificate for path in signers for certificate in _signer(path)]
    outcome = add(changing, str(file), data, signers=named, reason=reason, accept_expired=accept_expired)
    report([outcome], language, format_)


@click.command("remove-list")
@click.argument("sha256", metavar="SHA256")
@click.option("--reason", required=True, help="Why; written down.")
@common
def remove_list(sha256: str, reason: str, folder: Path | None, language: str, format_: str) -> None:
    """End the use of a trusted list. SHA256 is the first digits of its SHA-256, eight or more."""
    from vnsign.lists.changes import remove_list as remove

    report([remove(editor(folder), sha256, reason)], language, format_)


def list_facts(lists: Iterable[LoadedList]) -> list[dict[str, Any]]:
    """Every list of a folder as plain values."""
    return [_facts(one) for one in lists]


def anchor_entries(place: Path, lists: Iterable[LoadedList], entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The anchors that lists give beside the entries of the folder itself, in the same form with their list."""
    from vnsign.lists.folder import admitted_anchors
    from vnsign.trust.folder import read_folder
    from vnsign.trust.identify import describe
    from vnsign.trust.records import read_records

    found: dict[str, dict[str, Any]] = {entry["sha256"]: entry for entry in entries}
    for one, anchor in admitted_anchors(lists, read_folder(place).anchors, read_records(place)):
        about, sha256 = describe(anchor.certificate), anchor.certificate.sha256
        if sha256 in found and found[sha256]["family"]:
            continue
        found[sha256] = {
            "family": anchor.family.value,
            "purposes": sorted(anchor.purposes),
            "subject": about.subject if about else None,
            "not_before": about.not_before.isoformat() if about else None,
            "not_after": about.not_after.isoformat() if about else None,
            "sha256": sha256,
            "trusted_from": anchor.trusted_from.isoformat(),
            "trusted_until": anchor.trusted_until.isoformat() if anchor.trusted_until else None,
            "source": anchor.source,
            "file": str(one.path),
            "list": one.record.sha256,
            "spans": [
                {
                    "purpose": span.purpose.value,
                    "since": span.since.isoformat(),
                    "until": span.until.isoformat() if span.until else None,
                }
                for span in anchor.spans
            ],
        }
    return list(found.values())


def list_text(facts: dict[str, Any], language: str) -> str:
    """One list in words."""
    say = sayer(language)
    lines = [f"{say('list')} {facts['territory'] or ''} {facts['sequence_number'] or ''}: {facts['operator'] or ''}".rstrip()]
    lines.append(f"  {say('standing')}: {word(STANDINGS, facts['standing'], language)}")
    if facts["issued"]:
        until = day(facts["next_update"]) if facts["next_update"] else say("closed")
        lines.append(f"  {say('issued')}: {day(facts['issued'])}. {say('next-update')}: {until}")
    lines.extend((f"  SHA-256: {facts['sha256']}", f"  {say('signer')}: {', '.join(facts['signers'])}"))
    lines.append(f"  {say('reason')}: {facts['reason']}")
    return "\n".join(lines) + "\n\n"


def expired_lists(lists: Iterable[LoadedList]) -> list[str]:
    """Labels of the lists that give no anchors because they have expired."""
    from vnsign.lists.folder import Standing

    return [one.found.label for one in lists if one.found is not None and one.standing is Standing.EXPIRED]


def load_lists(place: Path, at: datetime) -> tuple[LoadedList, ...]:
    """The lists of a folder."""
    from vnsign.lists.folder import load_lists as load

    return load(place, at)


def _facts(one: LoadedList) -> dict[str, Any]:
    found, record = one.found, one.record
    return {
        "sha256": record.sha256,
        "standing": one.standing.value,
        "territory": found.territory if found else None,
        "operator": found.operator if found else None,
        "type": found.type_uri if found else None,
        "sequence_number": found.sequence_number if found else None,
        "issued": found.issued.isoformat() if found else None,
        "next_update": found.next_update.isoformat() if found and found.next_update else None,
        "signers": list(record.signers),
        "via": record.via or None,
        "reason": record.reason,
        "accept_expired": record.accept_expired or None,
        "remarks": list(found.remarks) if found else [],
        "file": str(one.path),
    }


def _certificates(changing: Editor, name: str, data: bytes) -> tuple[Outcome, ...]:
    from vnsign.lists.ctl import read_ctl

    return changing.add([(name, item.der) for item in read_ctl(data).certificates])


def _signer(path: Path) -> tuple[Certificate, ...]:
    from vnsign.trust.containers import read_certificates

    found = read_certificates(file_bytes(path), str(path))
    if not found:
        raise TrustStoreError(f"{path}: no certificate in it", code="NO_CERTIFICATE", hint="give PEM, DER or PKCS#7")
    return found
