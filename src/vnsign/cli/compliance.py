"""``vnsign compliance``: the articles on signing and checking software, clause by clause, with the tests that hold each."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import click

from vnsign.cli import options, output

_WORDS = {
    "vi": {
        "title": "Mức đáp ứng các điều khoản về phần mềm ký số và kiểm tra chữ ký số",
        "article": "Điều khoản",
        "upgrade": "Hạn rà soát, nâng cấp phần mềm",
        "implemented": "đã có",
        "partly": "một phần",
        "not-yet": "chưa có",
        "not-ours": "thuộc hệ thống sử dụng",
        "tests": "kiểm thử",
    },
    "en": {
        "title": "How far the clauses on signing and checking software are met",
        "article": "clauses",
        "upgrade": "Software is to be reviewed and upgraded by",
        "implemented": "implemented",
        "partly": "partly",
        "not-yet": "not yet",
        "not-ours": "the system's duty",
        "tests": "tests",
    },
}
STATUSES = ("implemented", "partly", "not-yet", "not-ours")
SCHEMA = "vnsign.compliance/1"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause.

    Attributes:
        id: article, clause, point, for example ``6(4)(b)``.
        text: what it asks, in short, by language.
        status: one of :data:`STATUSES`.
        note: what is missing, by language; empty texts where nothing is.
        tests: ids of tests that hold it.
    """

    id: str
    text: dict[str, str]
    status: str
    note: dict[str, str]
    tests: tuple[str, ...]


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads((resources.files("vnsign.cli") / "compliance.toml").read_text("utf-8"))


def clauses() -> tuple[Clause, ...]:
    """All clauses, in the order of the law."""
    return tuple(
        Clause(
            id=item["id"],
            text={language: item[language] for language in output.LANGUAGES},
            status=item["status"],
            note={language: item.get(f"note_{language}", "") for language in output.LANGUAGES},
            tests=tuple(item.get("tests", ())),
        )
        for item in _data()["clause"]
    )


@click.command()
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the list."
)
@options.language
def compliance(format_: str, language: str) -> None:
    """List what the law asks of signing and checking software, how far it is met, and the tests that hold it."""
    output.result(as_json() if format_ == "json" else "\n".join(_text(language)))


def as_json() -> str:
    """The list as JSON, schema ``vnsign.compliance/1``; documented in ``docs/reference/compliance.md``."""
    from vnsign._version import __version__
    from vnsign.validation.rules.law import texts

    data = _data()
    law, upgrade = texts()[data["law"]], texts()[data["upgrade_law"]]
    listed = [
        {"id": item.id, "text": item.text, "status": item.status, "note": item.note, "tests": list(item.tests)}
        for item in clauses()
    ]
    return json.dumps(
        {
            "schema": SCHEMA,
            "version": __version__,
            "law": {"text": law["text"], "since": law["since"].isoformat()},
            "upgrade": {"text": f"{upgrade['text']}, {data['upgrade_place']}", "by": data["upgrade_by"].isoformat()},
            "clauses": listed,
        },
        ensure_ascii=False,
        indent=2,
    )


def _text(language: str) -> Iterator[str]:
    from vnsign.validation.rules.law import texts

    words, data = _WORDS[language], _data()
    found = clauses()
    counted = ", ".join(f"{sum(item.status == status for item in found)} {words[status]}" for status in STATUSES)
    named = "text_vi" if language == "vi" else "text"
    place = data["upgrade_place"] if language == "en" else data["upgrade_place_vi"]
    yield f"{words['title']}: {texts()[data['law']][named]}"
    yield f"{len(found)} {words['article'].lower()}: {counted}"
    yield f"{words['upgrade']}: {data['upgrade_by']:%d/%m/%Y} ({texts()[data['upgrade_law']][named]}, {place})"
    for item in found:
        yield ""
        yield f"{item.id:<10} [{words[item.status]}] {item.text[language]}"
        if item.note[language]:
            yield f"{'':<10} {item.note[language]}"
        for test in item.tests:
            yield f"{'':<10} {words['tests']}: {test}"
