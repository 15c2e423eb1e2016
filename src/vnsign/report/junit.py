"""Reports as JUnit XML, for test suites and build servers: a document is a suite, a signature a case.

A case passes when the signature is TOTAL-PASSED, and fails when it is TOTAL-FAILED or INDETERMINATE: undetermined is not valid.
A document that cannot be read is an error, and one without signatures a failing case.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from vnsign.model.report import DocumentReport
from vnsign.report.view import DocumentView, Line, SignatureView
from vnsign.report.viewing import Wish, view


def render(documents: Iterable[DocumentReport], wish: Wish | None = None) -> str:
    """Write reports as one ``testsuites`` element.

    Args:
        documents: the reports, in order.
        wish: language, and whether numbers are shown whole.

    Returns:
        XML text with its declaration; the same reports give the same text.
    """
    pairs = [(report, view(report, wish)) for report in documents]
    suites = [_suite(report, shown) for report, shown in pairs]
    counts = [_counts(report) for report, _ in pairs]
    head = _attributes({"name": "vnsign", **_summed(counts)})
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites{head}>", *suites, "</testsuites>", ""])


def _suite(report: DocumentReport, shown: DocumentView) -> str:
    stamp = report.validation_time.strftime("%Y-%m-%dT%H:%M:%S")
    head = _attributes({"name": shown.name, **_summed([_counts(report)]), "timestamp": stamp, "time": "0"})
    if report.error is not None:
        detail = _element("error", report.error.code, shown.rows[0].value if shown.rows else report.error.code)
        cases = [_case("document", shown.name, detail)]
    elif not report.signatures:
        cases = [_case("document", shown.name, _element("failure", "NO-SIGNATURE", f"{shown.headline} {shown.statement}"))]
    else:
        cases = [_signature(item, shown) for item in shown.signatures]
    return "\n".join([f"  <testsuite{head}>", *cases, "  </testsuite>"])


def _signature(item: SignatureView, shown: DocumentView) -> str:
    detail = ""
    if item.badge.key not in ("TOTAL-PASSED", "PASSED-WITH-NOTES"):
        lines = [*(_said(line) for line in item.reasons), *(line.text for line in item.actions)]
        detail = _element("failure", item.badge.code, "\n".join([item.badge.word, *lines]))
    return _case(f"{item.number}. {item.title} ({item.id})", shown.name, detail)


def _said(line: Line) -> str:
    return f"{line.text} [{line.code}]" if line.code else line.text


def _case(name: str, document: str, detail: str) -> str:
    head = _attributes({"name": name, "classname": document, "time": "0"})
    return f"    <testcase{head}>{detail}</testcase>" if detail else f"    <testcase{head}/>"


def _element(tag: str, code: str, text: str) -> str:
    first = text.splitlines()[0] if text else code
    return f"<{tag}{_attributes({'type': code, 'message': first})}>{_escaped(text)}</{tag}>"


def _counts(report: DocumentReport) -> tuple[int, int, int]:
    """Cases, failures, errors."""
    if report.error is not None:
        return 1, 0, 1
    if not report.signatures:
        return 1, 1, 0
    return len(report.signatures), sum(item.indication.value != "TOTAL-PASSED" for item in report.signatures), 0


def _summed(counts: Iterable[tuple[int, int, int]]) -> dict[str, str]:
    columns = list(zip(*counts, strict=True)) or [(0,), (0,), (0,)]
    names = ("tests", "failures", "errors")
    return {**{name: str(sum(column)) for name, column in zip(names, columns, strict=True)}, "skipped": "0"}


def _attributes(values: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(_clean(value))}" for name, value in values.items())


def _escaped(text: str) -> str:
    return _clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clean(text: str) -> str:
    """Only what XML 1.0 can hold."""
    return "".join(
        letter
        for letter in text
        if letter in "\t\n\r" or " " <= letter <= "\ud7ff" or "\ue000" <= letter <= "\ufffd" or letter > "\uffff"
    )
