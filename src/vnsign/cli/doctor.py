"""``vnsign doctor``: is everything here that the other commands need? Each answer names the one thing to do."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from vnsign.cli import options, output
from vnsign.cli.exit_codes import ExitCode
from vnsign.errors import VnsignError


class State(StrEnum):
    """The outcome of one examination."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes:
        name: what was examined; stable.
        state: the outcome. ``note``: some command will not work, verifying will.
        found: key of the sentence, with its parameters.
        parameters: of the sentence.
    """

    name: str
    state: State
    found: str
    parameters: tuple[tuple[str, str], ...] = ()


_MARKS = {State.OK: "✔", State.NOTE: "!", State.WRONG: "✘"}
_OLD_DAYS = 400
_EXTRAS = {"report": ("reportlab", "segno", "pypdfium2", "openpyxl"), "pkcs11": ("pkcs11",)}


@click.command()
@options.trust
@click.option("--pkcs11", type=click.Path(path_type=Path), metavar="MODULE", help="Look for tokens with this PKCS #11 module.")
@click.option("--online/--offline", default=False, help="Ask a server whether the network door works and the clock is right.")
@click.option("--url", metavar="URL", help="The server that is asked. Default: one of the certification authorities.")
@click.option("--allow", multiple=True, metavar="HOST|CIDR", help="May be asked, though not public; repeatable.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.language
def doctor(
    trust: tuple[Path, ...],
    pkcs11: Path | None,
    online: bool,
    url: str | None,
    allow: tuple[str, ...],
    format_: str,
    language: str,
) -> None:
    """Examine trust data, fonts, extras, tokens, cache, network and clock, and say what to do.

    Exit codes: 0 nothing is wrong, 1 something is.
    """
    examinations: list[Callable[[], Iterator[Answer]]] = [_python, lambda: _trust(trust), _fonts, _extras, _cache]
    if pkcs11 is not None:
        examinations.append(lambda: _tokens(pkcs11))
    if online:
        examinations.append(lambda: _network(url, allow))
    answers = [answer for examine in examinations for answer in examine()]
    if format_ == "json":
        output.result(json.dumps([_json(item, language) for item in answers], ensure_ascii=False, indent=2))
    else:
        output.result("\n".join(_text(item, language) for item in answers))
    wrong = any(item.state is State.WRONG for item in answers)
    raise SystemExit(ExitCode.SOME_FAILED if wrong else ExitCode.ALL_PASSED)


def _python() -> Iterator[Answer]:
    from vnsign._version import __version__

    yield Answer("program", State.OK, "program", (("version", __version__), ("python", sys.version.split()[0])))
    now = datetime.now(UTC)
    plausible = datetime(2026, 1, 1, tzinfo=UTC) < now < datetime(2060, 1, 1, tzinfo=UTC)
    yield Answer(
        "clock", State.OK if plausible else State.WRONG, "clock" if plausible else "clock-wrong", (("now", _said(now)),)
    )


def _said(moment: datetime) -> str:
    from vnsign.model.moment import vietnam_text

    return vietnam_text(moment)


def _trust(folders: tuple[Path, ...]) -> Iterator[Answer]:
    from vnsign.cli.trust_lists import expired_lists
    from vnsign.lists.folder import load_trust
    from vnsign.trust.folder import user_folder
    from vnsign.trust.pins import pins, read_on

    now = datetime.now(UTC)
    where = ", ".join(map(str, folders)) or str(user_folder())
    try:
        store, lists = load_trust(*folders, at=now)
    except VnsignError as error:
        yield Answer("trust", State.WRONG, "trust-missing", (("where", where), ("cause", error.code)))
        return
    families = sorted({anchor.family.value for anchor in store.anchors})
    pinned = sum(anchor.certificate.sha256 in pins() for anchor in store.anchors)
    parameters = (("where", where), ("anchors", str(len(store.anchors))), ("pinned", str(pinned)))
    yield Answer("trust", State.OK, "trust", (*parameters, ("families", ", ".join(families))))
    for family in ("public", "civil-service"):
        if family not in families:
            yield Answer(f"trust-{family}", State.NOTE, f"trust-no-{family}")
    if (now.date() - read_on()).days > _OLD_DAYS:
        yield Answer("pins", State.NOTE, "pins-old", (("day", read_on().strftime("%d/%m/%Y")),))
    for label in expired_lists(lists):
        yield Answer("trusted-list", State.WRONG, "list-expired", (("list", label),))


def _fonts() -> Iterator[Answer]:
    try:
        from vnsign.signing.appearance.fonts import find_serif

        font = find_serif()
    except VnsignError as error:
        yield Answer("fonts", State.NOTE, "font-missing", (("cause", error.message),))
    except ImportError:
        yield Answer("fonts", State.NOTE, "font-missing", (("cause", "vnsign[report]"),))
    else:
        yield Answer("fonts", State.OK, "font", (("font", font.family),))


def _extras() -> Iterator[Answer]:
    for extra, modules in _EXTRAS.items():
        missing = [name for name in modules if importlib.util.find_spec(name) is None]
        state, found = (State.NOTE, "extra-missing") if missing else (State.OK, "extra")
        yield Answer(f"extra-{extra}", state, found, (("extra", extra), ("missing", ", ".join(missing))))


def _cache() -> Iterator[Answer]:
    from vnsign.evidence.cache import default_cache

    folder = default_cache().folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        yield Answer("cache", State.NOTE, "cache-not", (("where", str(folder)), ("cause", error.strerror or str(error))))
    else:
        yield Answer("cache", State.OK, "cache", (("where", str(folder)),))


def _tokens(module: Path) -> Iterator[Answer]:
    from vnsign.signing.pkcs11 import list_tokens

    try:
        found = list_tokens(str(module))
    except VnsignError as error:
        yield Answer("tokens", State.WRONG, "tokens-not", (("module", str(module)), ("cause", error.message)))
        return
    if not found:
        yield Answer("tokens", State.NOTE, "tokens-none", (("module", str(module)),))
    for token in found:
        locked = token.pin_locked
        state, key = (State.WRONG, "token-locked") if locked else (State.OK, "token")
        key = "token-last-try" if token.pin_final_try and not locked else key
        yield Answer("token", State.NOTE if key == "token-last-try" else state, key, (("label", token.label),))


def _network(url: str | None, allow: tuple[str, ...]) -> Iterator[Answer]:
    from vnsign.errors import NetworkError
    from vnsign.net.http import FetchPolicy, fetch

    address = url or "http://crl.ca.gov.vn/pki/crl/"
    try:
        fetch(address, FetchPolicy(allow, max_bytes=1 << 20, seconds=10.0))
    except NetworkError as error:
        if error.code in ("NETWORK_REFUSED", "NETWORK_STATUS", "NETWORK_TOO_LARGE", "NETWORK_REDIRECT"):
            yield Answer("network", State.OK, "network", (("url", address),))
        else:
            yield Answer("network", State.WRONG, "network-not", (("url", address), ("cause", error.message)))
    else:
        yield Answer("network", State.OK, "network", (("url", address),))


def _sentence(item: Answer, language: str) -> tuple[str, str]:
    from vnsign.report.catalogue import clean, entry

    said = entry(language, f"doctor.{item.found}")
    values = {name: clean(value) for name, value in item.parameters}
    return said["said"].format_map(values), said.get("action", "").format_map(values)


def _text(item: Answer, language: str) -> str:
    said, action = _sentence(item, language)
    lines = [f"{_MARKS[item.state]} {said}"]
    if action and item.state is not State.OK:
        lines.append(f"  → {action}")
    return "\n".join(lines)


def _json(item: Answer, language: str) -> dict[str, Any]:
    said, action = _sentence(item, language)
    return {"name": item.name, "state": item.state.value, "code": item.found, "said": said, "action": action}
