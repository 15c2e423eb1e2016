"""Reports can be used by everybody: axe-core finds nothing in any of them, and paper says all that the screen says.

Needs a browser (Debian: chromium), npm for axe-core, and pdftotext (poppler-utils). Skipped where they are absent, a failure
where ``CI=true``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import unicodedata
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from tests.screens import browser, cases, shown
from vnsign.report.html import render

pytestmark = pytest.mark.oracle

AXE = "4.14.1"
FOLDER = Path(__file__).parents[2] / "build" / "axe"
SCHEMES = ("light", "dark")


def need(fault: str) -> None:
    if fault and os.environ.get("CI") == "true":
        pytest.fail(fault)
    if fault:
        pytest.skip(fault)


@pytest.fixture(scope="session")
def chromium() -> None:
    need("" if browser.browser() else "no browser; install the Debian package chromium")


@pytest.fixture(scope="session")
def axe(chromium: None) -> str:
    """The program of axe-core, from its registry into the build folder, once."""
    file = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
    if not file.is_file():
        npm = shutil.which("npm")
        need("" if npm else "no npm to install axe-core with")
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = (str(npm), "install", "--prefix", str(FOLDER), "--no-save", "--no-audit", "--no-fund", f"axe-core@{AXE}")
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        need("" if file.is_file() else f"axe-core could not be installed: {done.stderr[-500:]}")
    return file.read_text("utf-8")


_HARNESS = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<style>iframe {{ width: 860px; height: 3000px; border: 0 }}</style></head><body>{frames}
<script>
const source = {source};
async function examine(frame) {{
  const inside = frame.contentWindow;
  const dark = inside.matchMedia("(prefers-color-scheme: dark)").matches;
  inside.eval(source);
  for (const part of inside.document.querySelectorAll("details")) part.open = frame.dataset.open === "yes";
  const found = await inside.axe.run(inside.document, {{ resultTypes: ["violations", "incomplete"] }});
  const told = found.violations.concat(found.incomplete).map(
    item => [item.id, item.nodes.map(node => node.html.slice(0, 200) + " | " + node.failureSummary)]);
  return {{ name: frame.title, dark: dark, passes: found.passes.map(item => item.id), told: told }};
}}
addEventListener("load", async () => {{
  const all = [];
  for (const frame of document.querySelectorAll("iframe")) {{
    try {{ all.push(await examine(frame)); }} catch (error) {{ all.push({{ name: frame.title, error: String(error) }}); }}
  }}
  const out = document.createElement("pre");
  out.id = "found";
  out.textContent = JSON.stringify(all);
  document.body.replaceChildren(out);
}});
</script></body></html>"""


def examined(pages: dict[str, str], axe: str, scheme: str) -> list[dict[str, Any]]:
    """What axe-core finds in each page, its technical part folded and unfolded."""
    frames = "".join(
        f'<iframe title="{escape(name)}, details {state}" data-open="{state}" srcdoc="{escape(page)}"></iframe>'
        for name, page in pages.items()
        for state in ("no", "yes")
    )
    source = json.dumps(axe).replace("</", "<\\/")
    text = browser.found(_HARNESS.format(frames=frames, source=source), scheme=scheme)
    found = re.search(r'<pre id="found">(.*?)</pre>', text, re.DOTALL)
    assert found is not None, text[-1000:]
    results: list[dict[str, Any]] = json.loads(unescape(found[1]))
    assert len(results) == 2 * len(pages)
    return results


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", shown.LANGUAGES)
def test_axe_finds_nothing(language: str, scheme: str, axe: str):
    pages = {name: browser.open_to_programs(shown.html(name, language)) for name in cases.SCREENS}
    several = render([shown.document(name, language) for name in cases.SCREENS])
    pages["all together"] = browser.open_to_programs(several)
    for result in examined(pages, axe, scheme):
        assert "error" not in result, result
        assert result["dark"] is (scheme == "dark")
        assert {"color-contrast", "html-has-lang", "landmark-one-main", "page-has-heading-one"} <= set(result["passes"])
        assert result["told"] == [], result["name"]


def test_axe_would_find_something(axe: str):
    """The examination can fail: grey on white, and a page without a language."""
    page = browser.open_to_programs(shown.html("altered", "vi")).replace('lang="vi"', "")
    page = page.replace("--soft: #4c5968", "--soft: #b0b0b0")
    results = examined({"spoilt": page}, axe, "light")
    assert not [result["error"] for result in results if "error" in result]
    told = {rule for result in results for rule, _ in result["told"]}
    assert {"color-contrast", "html-has-lang"} <= told


@pytest.mark.parametrize("language", shown.LANGUAGES)
@pytest.mark.parametrize("names", [("valid-person",), tuple(cases.SCREENS)], ids=["one document", "all together"])
def test_paper_says_everything(names: tuple[str, ...], language: str, chromium: None, tmp_path: Path):
    pdftotext = shutil.which("pdftotext")
    need("" if pdftotext else "pdftotext is not installed (poppler-utils)")
    html = render([shown.document(name, language) for name in names])
    (tmp_path / "paper.pdf").write_bytes(browser.paper(html))
    done = subprocess.run([str(pdftotext), "-raw", "paper.pdf", "-"], cwd=tmp_path, capture_output=True, check=True)
    printed = _joined(done.stdout.decode())
    body = re.sub(r"<(head|svg)\b.*?</\1>", "", html, flags=re.DOTALL)
    for text in filter(None, (unescape(part).strip() for part in re.split(r"<[^>]*>", body))):
        assert _joined(text) in printed, text
    assert done.stdout.count(b"\f") > 2 * len(names) - 2, "each document begins a page"


def _joined(text: str) -> str:
    """Letters and digits alone, as they are compared: paper breaks lines, and hyphenates nothing. Case is a matter of style."""
    plain = unicodedata.normalize("NFC", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())
