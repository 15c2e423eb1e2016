"""Write ``docs/rules.md`` from the registry: every rule with its place, citations, levels, sentences and cases.

``--check`` writes nothing and exits with 1 where the page is not what the registry says.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from vnsign.report.catalogue import entry
from vnsign.validation import policies
from vnsign.validation.registry import Citation, Rule, rules

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"
_INTRODUCTION = """\
# Rules

<!-- Written by tools/make_rules_page.py from the registry; change rules, policies or sentences instead. -->

A verdict is what the rules below say of one signature, as a policy weighs them: `fail` decides, `warn` is to be read, `inform`
is told, `ignore` is only in the JSON report. `vnsign explain RULE` shows one of them, `vnsign policy show NAME` one policy, and
[verdicts](explanation/verdicts.md) says how findings become an indication. *Structural* rules are reported by the reader of a
format and speak only when broken. *Document* rules look at all signatures of a document together.

A citation of a legal text ends with the days on which the text is in force. A rule with a window speaks only of signatures that
are proved, or judged, to be of that time. The cases that pass and that do not are in the test named last.
"""
_SENTENCES = ("passed", "failed", "indeterminate", "action")


def page() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    known = rules()
    yield f"{len(known)} rules, {len(policies.BUILT_IN)} policies: {', '.join(f'`{name}`' for name in policies.BUILT_IN)}."
    topic = ""
    for id_ in sorted(known):
        if id_.partition(".")[0] != topic:
            topic = id_.partition(".")[0]
            yield f"\n## {topic}"
        yield ""
        yield from _rule(known[id_])


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### `{rule.id}`"
    yield ""
    yield f"- place: EN 319 102-1, {rule.block.value}; {_kind(rule)}"
    yield f"- leads to: {rule.on_fail.indication.value} / {rule.on_fail.value}, unless the finding names another"
    for citation in rule.cites:
        yield f"- cites: {_cited(citation)}"
    if rule.since or rule.until:
        yield f"- speaks of signatures {_window(rule.since, rule.until)}"
    levels = (f"`{name}` {policies.load(name).severity(rule.id).value}" for name in policies.BUILT_IN)
    yield f"- levels: {', '.join(levels)}"
    for language in ("vi", "en"):
        sentences = entry(language, rule.id)
        for key in _SENTENCES:
            if key in sentences:
                yield f"- {language}, {key}: {sentences[key]}"
    yield f"- cases: `{cases(rule)}`"


def _kind(rule: Rule) -> str:
    if rule.structural:
        return "structural"
    return "document" if rule.document_check is not None else "of one signature or time-stamp"


def _cited(citation: Citation) -> str:
    if citation.since is None and citation.until is None:
        return citation.text
    return f"{citation.text} ({_window(citation.since, citation.until)})"


def _window(since: date | None, until: date | None) -> str:
    parts = [f"from {since:%d/%m/%Y}" if since else "", f"until {until:%d/%m/%Y}" if until else ""]
    return " ".join(part for part in parts if part)


def cases(rule: Rule) -> str:
    """The test that holds the cases of a rule."""
    if rule.document_check is not None:
        file, name = "test_vietnam_document.py", "test_a_document_rule_passes_on_the_good_document_and_speaks_on_the_bad_one"
    elif rule.structural:
        file, name = "test_rules.py", "test_a_structural_rule_is_silent_without_its_problem_and_fails_with_it"
    elif rule.id == "vietnam.timestamp-authority":
        name = "test_a_national_rule_of_time_stamps_passes_on_the_good_token_and_speaks_on_the_spoiled_one"
        file = "test_vietnam.py"
    elif rule.id.startswith("vietnam."):
        file, name = "test_vietnam.py", "test_a_national_rule_passes_on_the_good_case_and_speaks_on_the_spoiled_one"
    elif rule.id.startswith("timestamp."):
        file, name = "test_rules.py", "test_a_time_stamp_rule_passes_on_the_good_token_and_speaks_on_the_spoiled_one"
    else:
        file, name = "test_rules.py", "test_a_rule_passes_on_the_good_case_and_speaks_on_the_spoiled_one"
    return f"tests/rules/{file}::{name}[{rule.id}]"


def main() -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where the page is out of date")
    if parser.parse_args().check:
        same = PAGE.is_file() and PAGE.read_text("utf-8") == page()
        print(
            "docs/rules.md is what the registry says" if same else "docs/rules.md is out of date: run tools/make_rules_page.py"
        )
        return 0 if same else 1
    PAGE.write_text(page(), "utf-8")
    print(f"wrote {PAGE.name}: {len(rules())} rules")
    return 0


if __name__ == "__main__":
    sys.exit(main())
