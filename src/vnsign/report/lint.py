"""What the lint of a PDF found, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from vnsign.formats.pdf.lint import LintFinding, LintProfile, LintWeight
from vnsign.report.catalogue import clean, entry

SCHEMA = "vnsign.lint/1"

_WORDS = {
    "vi": {
        LintWeight.REFUSED: "KHÔNG NÊN KÝ",
        LintWeight.WARNED: "CẢNH BÁO",
        LintWeight.NOTED: "LƯU Ý",
        "page": "trang {}",
        "clean": "không phát hiện vấn đề (mức {})",
    },
    "en": {
        LintWeight.REFUSED: "NOT TO BE SIGNED",
        LintWeight.WARNED: "WARNING",
        LintWeight.NOTED: "NOTE",
        "page": "page {}",
        "clean": "nothing found (profile {})",
    },
}


def lint_text(name: str, findings: Sequence[LintFinding], profile: LintProfile, language: str = "vi") -> str:
    """The findings of one document as text: each code once with its sentence, then where.

    Args:
        name: of the document.
        findings: of :func:`vnsign.formats.pdf.lint.lint_pdf`.
        profile: that they were weighed by.
        language: ``vi`` or ``en``.
    """
    words = _WORDS[language]
    if not findings:
        return f"{clean(name)}: {words['clean'].format(profile.value)}"
    lines = [f"{clean(name)}:"]
    for code in dict.fromkeys(item.code for item in findings):
        same = [item for item in findings if item.code == code]
        said = entry(language, f"codes.{code}")
        lines.append(f"  {words[same[0].weight]} [{code}] {said.get('meaning', '')}")
        lines += [f"    - {place}" for place in dict.fromkeys(_place(item, words) for item in same) if place]
        lines.append(f"    → {said.get('action', '')}")
    return "\n".join(lines)


def _place(item: LintFinding, words: dict[Any, str]) -> str:
    page = "" if item.page is None else words["page"].format(item.page)
    return ": ".join(part for part in (page, clean(item.found)) if part)


def lint_json(name: str, findings: Sequence[LintFinding], profile: LintProfile) -> dict[str, Any]:
    """The findings of one document for machines; codes are stable."""
    return {
        "schema": SCHEMA,
        "document": name,
        "profile": profile.value,
        "refused": any(item.weight is LintWeight.REFUSED for item in findings),
        "findings": [
            {"code": item.code, "weight": item.weight.value, "page": item.page, "found": item.found} for item in findings
        ],
    }


def lint_json_text(listed: Sequence[dict[str, Any]]) -> str:
    """One line for each document."""
    return "\n".join(json.dumps(item, ensure_ascii=False) for item in listed)
