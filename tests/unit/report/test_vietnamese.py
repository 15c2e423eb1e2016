"""What officials read is Vietnamese: no word is left in English but names of standards, formats, options and commands."""

from __future__ import annotations

import ast
import re
import string
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.screens import cases, shown
from vnsign.cli.main import run
from vnsign.report.catalogue import entry
from vnsign.report.text import Screen, render_views
from vnsign.validation.registry import rules

SOURCE = Path(__file__).parents[3] / "src" / "vnsign"
MESSAGES = SOURCE / "report" / "messages"
TOPICS = sorted(path.name for path in (MESSAGES / "en").glob("*.toml") if path.name != "phrases.toml")

# fmt: off
ALLOWED = frozenset({
    "ascii", "asic", "byte", "byterange", "cades", "content-type", "contents", "docmdp", "doctype", "ecdsa", "etsi", "hmac",
    "http", "https", "internet", "javascript", "json", "manifest", "message-digest", "mimetype", "ndjson", "no-signature",
    "ocsp", "pades", "pkcs", "python", "rsassa-pss", "signeddata", "token", "total-passed", "tounicode", "unicode", "vnsign",
    "xades", "xml-dsig", "fonts-liberation", "liberation", "roman", "serif", "times",
})
# fmt: on
"""Standard codes, acronyms, formats, names of fonts and packages, and values of options."""

SYLLABLE = re.compile(
    r"(?:b|ch?|d|gh?|gi|h|kh?|l|m|ngh?|nh?|ph?|qu|r|s|th?|tr|v|x)?"
    r"(?:(?:a|e|ie?|oa?|oe|oo|ua?|ue|uye?|ye?)(?:ch?|m|ng?|nh|p|t)?|ai|ao|au|ay|eo|ia|ieu|iu|oai|oay|oi|ui|uya|yeu)"
)
"""A Vietnamese syllable without marks."""

DEVELOPERS = {
    "ANCHOR_TWICE": "a store made in a program",
    "BAD_BOUND": "a bound given in a program",
    "KEY_NOT_PICKLED": "a signer sent to another process",
    "NAIVE_MOMENT": "a datetime without a zone",
    "NO_ALGORITHM_IDENTIFIER": "a digest asked for in a program",
    "NO_PURPOSE": "an anchor made in a program",
    "NOT_PREPARED": "a session of another document",
    "RULE_TWICE": "a rule registered in a program",
    "RULE_WITHOUT_CITATION": "a rule registered in a program",
    "UNKNOWN_LANGUAGE": "a language asked for in a program",
    "XML_NOT_PREPARED": "a session of another document",
}
"""Codes that only who calls the library can meet, and by what."""


@cache
def messages(language: str, name: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = tomllib.loads((MESSAGES / language / name).read_text("utf-8"))
    return found


def sentences(language: str) -> Iterator[tuple[str, str]]:
    """Every sentence with where it stands."""
    for name in TOPICS:
        for key, table in messages(language, name).items():
            yield from ((f"{name}:{key}.{item}", text) for item, text in table.items())
    for item in tomllib.loads((MESSAGES / language / "phrases.toml").read_text("utf-8"))["phrase"]:
        yield f"phrases.toml:{item['find']}", re.sub(r"\\\d", " ", item["say"])


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def foreign(text: str) -> list[str]:
    """Words that are neither Vietnamese nor allowed. Quoted commands, options, names of files and entries do not count."""
    text = re.sub(r"`[^`]*`|\{[^}]*\}|'[^']*'", " ", text)
    text = re.sub(r"(?<!\w)--?[a-z][\w-]*|/[A-Z]\w*|\bvnsign [a-z-]+(?: [a-z-]+)?|\S*[._/@:]\w\S*", " ", text)
    found = []
    for word in re.findall(r"[^\W\d_][\w-]*", text):
        plain = word.lower()
        known = plain in ALLOWED or SYLLABLE.fullmatch(plain) or any(char.isdigit() for char in plain)
        if plain.isascii() and len(plain) >= 4 and not known:
            found.append(word)
    return found


def test_english_is_found_and_vietnamese_is_not():
    assert foreign("Không có đường dẫn chứng thực: no chain to a trust anchor") == ["chain", "trust", "anchor"]
    assert foreign("Kiểm tra theo danh sách trong khung; nghiêng, khuya, quanh, thoai, chung") == []
    assert foreign("Chạy `vnsign trust sync` với --online, tệp manifest.xml, chuẩn RSASSA-PSS (CRL)") == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_sentence_is_nfc(language: str):
    assert [where for where, text in sentences(language) if not unicodedata.is_normalized("NFC", text)] == []


def test_no_vietnamese_sentence_has_an_english_word():
    found = {where: left for where, text in sentences("vi") if (left := foreign(text))}
    assert found == {}


def test_both_languages_have_the_same_sentences_with_the_same_parameters():
    vietnamese, english = dict(sentences("vi")), dict(sentences("en"))
    vietnamese, english = ({k: v for k, v in each.items() if not k.startswith("phrases")} for each in (vietnamese, english))
    assert set(vietnamese) == set(english)
    assert {where for where, text in english.items() if placeholders(text) != placeholders(vietnamese[where])} == set()


def test_one_term_for_one_thing():
    """Names that the law does not use, or that say the same in two ways, occur nowhere."""
    avoided = ("chứng chỉ số", "con dấu thời gian", "tem thời gian", "trạng thái thu hồi", "bản kê", "hồ sơ chứng cứ")
    found = {(where, term) for where, text in sentences("vi") for term in avoided if term in text.lower()}
    assert found == set()
    certificates = re.compile(r"\bchứng thư(?! số)(?! \{)", re.IGNORECASE)
    assert [where for where, text in sentences("vi") if certificates.search(text) and "Chính sách chứng thư" not in text] == []


def test_what_is_undetermined_names_what_is_missing():
    """Not "undetermined" alone: a reason follows, or the parameter that is the reason."""
    for where, text in sentences("vi"):
        if "chưa xác định" in text.lower() and "INDETERMINATE" not in where:
            assert re.search(r":|\bvì\b|thiếu", text), where


@cache
def raised() -> frozenset[str]:
    """Codes that the sources raise: keywords ``code=``, defaults of classes, and what refusals of lists name."""
    found = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
                found.add(node.value.value)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                names = [item.id for item in node.targets if isinstance(item, ast.Name)]
                found |= {node.value.value} if "default_code" in names else set()
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refused" and node.args:
                found |= {item.value for item in node.args[:1] if isinstance(item, ast.Constant)}
    return frozenset(item for item in found if isinstance(item, str) and re.fullmatch(r"[A-Z][A-Z0-9_]+", item))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_code_has_a_meaning(language: str):
    assert len(raised()) > 200
    missing = {code for code in raised() - set(DEVELOPERS) if not entry(language, f"codes.{code}").get("meaning")}
    assert missing == set()


def test_exceptions_are_raised_and_still_needed():
    assert set(DEVELOPERS) <= raised()
    assert not [code for code in DEVELOPERS if entry("vi", f"codes.{code}")]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_rule_has_sentences(language: str):
    missing = [name for name in rules() if not {"passed"} < set(entry(language, name))]
    assert missing == []


def test_every_code_and_rule_is_explained(capsys: pytest.CaptureFixture[str]):
    for code in [*(key.removeprefix("codes.") for key in messages("vi", "codes.toml")), *rules()]:
        assert run(["explain", code]) == 0, code
        said = capsys.readouterr()
        assert said.err == ""
        assert code.lower() in said.out.lower()
        if code not in rules():
            assert foreign(" ".join(said.out.splitlines()[1:])) == [], code


@pytest.mark.parametrize("name", cases.SCREENS)
def test_what_is_shown_of_a_document_is_vietnamese(name: str):
    """With the technical part; codes, names of people and of issuers, and distinguished names are as they are."""
    said = render_views([shown.document(name, "vi")], Screen(400, False, True))
    said = re.sub(r"\[[^\]]*\]|\b(?:UID|E|CN|OU|O|L|ST|C)=[^,\n]*|“[^”]*”", " ", said)
    said = re.sub(r"TEST [^\n—;:]*|[A-Z]{2,}[-_A-Z0-9]*|PAdES B-\w+|Signature\d|\b[0-9A-Fa-f-]{19,}\b", " ", said)
    assert foreign(said) == []
