"""``vnsign explain CODE``: what a rule, indication or error code means, and what to do."""

from __future__ import annotations

import click

from vnsign.cli import options, output

_SECTIONS = {
    "passed": ("đạt", "passed"),
    "failed": ("không đạt", "failed"),
    "indeterminate": ("chưa xác định", "indeterminate"),
    "action": ("cần làm", "action"),
    "cites": ("căn cứ", "cites"),
    "from": ("từ", "from"),
    "until": ("đến", "until"),
}
"""Labels in Vietnamese and English."""


@click.command()
@click.argument("code", metavar="CODE")
@options.language
def explain(code: str, language: str) -> None:
    """Explain CODE: a rule (chain.validity), a sub-indication (REVOKED_NO_POE), or an error code (PDF_ENCRYPTED)."""
    from vnsign.cli.exit_codes import ExitCode
    from vnsign.report.catalogue import entry
    from vnsign.validation.registry import rules

    wanted = code.strip()
    if wanted in rules():
        _rule(wanted, language)
        return
    text = entry(language, f"codes.{wanted.upper()}")
    if not text:
        known = sorted({*rules(), *_codes(language)})
        near = [item for item in known if wanted.lower().replace("_", "-") in item.lower().replace("_", "-")]
        hint = f": {', '.join(near)}" if near else ""
        output.say(f"không có mã {wanted!r} / no code {wanted!r}{hint}")
        raise SystemExit(ExitCode.USAGE)
    output.result(f"{wanted.upper()}\n{text['meaning']}")
    if text.get("action"):
        output.result(f"→ {text['action']}")


def _codes(language: str) -> list[str]:
    from vnsign.report.catalogue import topic

    return [name.removeprefix("codes.") for name in topic(language, "codes")]


def _rule(id_: str, language: str) -> None:
    from vnsign.report.catalogue import entry
    from vnsign.validation.registry import rules

    rule = rules()[id_]
    sentences = entry(language, id_)
    output.result(f"{id_}  (EN 319 102-1, {rule.block.value}; {rule.on_fail.indication} / {rule.on_fail})")
    labels = {name: both[0 if language == "vi" else 1] for name, both in _SECTIONS.items()}
    for section in ("passed", "failed", "indeterminate", "action"):
        if section in sentences:
            output.result(f"  {labels[section]:<14}{sentences[section]}")
    for citation in rule.cites:
        ends = (("from", citation.since), ("until", citation.until))
        window = " ".join(f"{labels[name]} {day}" for name, day in ends if day)
        output.result(f"  {labels['cites']:<14}{citation.text}" + (f" ({window})" if window else ""))
