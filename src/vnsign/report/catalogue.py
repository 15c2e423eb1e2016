"""The catalogue of sentences: ``messages/<language>/<topic>.toml``, one table a rule id."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from vnsign.errors import ConfigurationError
from vnsign.model.finding import Finding, Outcome
from vnsign.model.moment import vietnam_text

LANGUAGES = ("vi", "en")
_KEPT = 200  # characters of a text whose phrase is kept


@lru_cache(maxsize=64)
def topic(language: str, name: str) -> dict[str, dict[str, str]]:
    """All sentences of one topic in one language.

    Raises:
        ConfigurationError: no such language.
    """
    if language not in LANGUAGES:
        raise ConfigurationError(f"no language {language!r}", code="UNKNOWN_LANGUAGE", hint="vi or en")
    file = Path(__file__).parent / "messages" / language / f"{name}.toml"
    if not file.is_file():
        return {}
    return tomllib.loads(file.read_text("utf-8"))


def entry(language: str, key: str) -> dict[str, str]:
    """The sentences of one rule or word (``passed``, ``failed``, ``action``, ...); empty when there are none."""
    return topic(language, key.split(".", 1)[0]).get(key, {})


def word(language: str, key: str, value: str) -> str:
    """A word of the vocabulary, for example ``word("vi", "words.indication", "TOTAL-PASSED")``."""
    return entry(language, key).get(value, value)


class _Parameters(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def clean(text: str) -> str:
    """Text from a document made safe to show: NFC, without control characters and direction overrides."""
    if text.isascii() and text.isprintable():
        return text
    shown = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else char for char in shown)


@lru_cache(maxsize=4)
def _phrases(language: str) -> tuple[tuple[str, str, str], ...]:
    """Of each phrase: literal text that it cannot do without, its pattern, what is said."""
    file = Path(__file__).parent / "messages" / language / "phrases.toml"
    if not file.is_file():
        return ()
    found = tomllib.loads(file.read_text("utf-8"))["phrase"]
    return tuple((_needle(item["find"]), item["find"], item["say"]) for item in found)


def _needle(pattern: str) -> str:
    """The literal text at the start of a pattern: where it is missing, the pattern need not even be compiled."""
    literal = None if "|" in pattern.partition("(")[0] else _LITERAL.match(pattern)
    text = "" if literal is None else literal.group(1)
    quantified = literal is not None and pattern[literal.end() : literal.end() + 1] in ("?", "*", "{", "|")
    return text[:-1] if quantified else text


_LITERAL = re.compile(r"(?:\^|\\b)?([A-Za-z0-9 ,:;'/-]*)")


def phrase(language: str, text: str) -> str:
    """Technical text of a reader made safe to show, and said in the language where the phrase is known.

    A list (``page entries /Contents, page contents added``) that is known as a whole is said as such, else part by part.
    Moments of the machine are written as people read them.
    """
    return _known(language, text) if len(text) <= _KEPT else _phrase(language, text)


@lru_cache(maxsize=2048)
def _known(language: str, text: str) -> str:
    """What was said before of the same text: documents of one kind repeat one another."""
    return _phrase(language, text)


def _phrase(language: str, text: str) -> str:
    shown = _MOMENT.sub(_moment, clean(text))
    said = _said(language, shown)
    if said == shown and ", " in shown:
        said = ", ".join(_said(language, part) for part in shown.split(", "))
    return said


def _said(language: str, shown: str) -> str:
    for needle, pattern, said in _phrases(language):
        if needle in shown:
            shown = re.sub(pattern, said, shown)
    return shown


_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")


def _moment(found: re.Match[str]) -> str:
    try:
        return vietnam_text(datetime.fromisoformat(found.group()))
    except (ValueError, OverflowError):
        return found.group()


def sentence(finding: Finding, language: str) -> str:
    """The sentence for a finding. Falls back to the rule id, so that a missing sentence never hides a finding."""
    sentences = entry(language, finding.rule)
    key = {Outcome.PASSED: "passed", Outcome.INDETERMINATE: "indeterminate"}.get(finding.outcome, "failed")
    template = sentences.get(key) or sentences.get("failed" if key == "indeterminate" else key)
    if template is None:
        return f"{finding.rule}: {finding.outcome.value}"
    return _filled(template, finding, language)


def _filled(template: str, finding: Finding, language: str) -> str:
    """The template with the parameters, each made safe and said in the language where its phrase is known."""
    shown = {name: phrase(language, value) for name, value in finding.parameters}
    return template.format_map(_Parameters(shown))


def action(finding: Finding, language: str) -> str:
    """What to do about a finding that did not pass; empty when there is nothing special."""
    if finding.outcome is Outcome.PASSED:
        return ""
    template = entry(language, finding.rule).get("action", "")
    return _filled(template, finding, language)
