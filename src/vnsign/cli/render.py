"""Forms of a report on the command line: one function a form, by name. What a form needs is imported when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vnsign.errors import ConfigurationError, OutputExistsError

if TYPE_CHECKING:
    from vnsign.model.report import DocumentReport
    from vnsign.report.text import Screen
    from vnsign.report.viewing import Wish

Renderer = Callable[[Sequence["DocumentReport"], "Wish", "Screen"], str | bytes]


def _text(reports: Sequence[DocumentReport], wish: Wish, screen: Screen) -> str:
    from vnsign.report.text import render_views
    from vnsign.report.viewing import view

    return render_views((view(report, wish) for report in reports), screen)


def _json(reports: Sequence[DocumentReport], wish: Wish, screen: Screen) -> str:  # noqa: ARG001 - the same for all forms
    from vnsign.report.json import dumps

    return dumps(reports)


def _ndjson(reports: Sequence[DocumentReport], wish: Wish, screen: Screen) -> str:  # noqa: ARG001 - the same for all forms
    from vnsign.report.json import dumps_line

    return "".join(dumps_line(report) + "\n" for report in reports)


def _html(reports: Sequence[DocumentReport], wish: Wish, screen: Screen) -> str:  # noqa: ARG001 - the same for all forms
    from vnsign.report.html import render as render_html
    from vnsign.report.viewing import view

    return render_html(view(report, wish) for report in reports)


def _junit(reports: Sequence[DocumentReport], wish: Wish, screen: Screen) -> str:  # noqa: ARG001 - the same for all forms
    from vnsign.report.junit import render as render_junit

    return render_junit(reports, wish)


def _pdf(reports: Sequence[DocumentReport], wish: Wish, screen: Screen) -> bytes:  # noqa: ARG001 - the same for all forms
    from vnsign.report.pdf import render as render_pdf
    from vnsign.report.viewing import view

    return render_pdf((view(report, wish) for report in reports), agency=wish.agency)


def _etsi(reports: Sequence[DocumentReport], wish: Wish, screen: Screen) -> bytes:  # noqa: ARG001 - the same for all forms
    from vnsign.report.etsi.write import render as render_etsi

    if len(reports) != 1:
        raise ConfigurationError(
            f"a report of the form etsi-xml is about one document, not {len(reports)}",
            code="ONE_DOCUMENT_A_REPORT",
            hint="name a folder with -o FOLDER/, for one report a document",
        )
    return render_etsi(reports[0])


RENDERERS: dict[str, Renderer] = {
    "text": _text,
    "json": _json,
    "ndjson": _ndjson,
    "html": _html,
    "junit": _junit,
    "pdf": _pdf,
    "etsi-xml": _etsi,
}
"""Every form by the name that ``--format`` takes."""


def render(format_: str, reports: Sequence[DocumentReport], wish: Wish, screen: Screen) -> str | bytes:
    """Write reports in a form.

    Args:
        format_: one of :data:`RENDERERS`.
        reports: of the documents, in order.
        wish: language, trust line, whether numbers are shown whole; forms for machines leave it aside.
        screen: where text will be read.

    Raises:
        ConfigurationError: no such form.
    """
    renderer = RENDERERS.get(format_)
    if renderer is None:
        raise ConfigurationError(f"no form {format_!r}", code="USAGE", hint=f"one of {', '.join(RENDERERS)}")
    return renderer(reports, wish, screen)


def refuse_existing(path: Path | None) -> None:
    """Refuse to write over a file, before any work is done.

    Raises:
        OutputExistsError: something is there already.
    """
    if path is not None and os.path.lexists(path):
        raise OutputExistsError(f"{path}: exists already", hint="name another file with --output")


def put(rendered: str | bytes, path: Path | None) -> None:
    """Write a report to a new file, or to stdout where none is named.

    Raises:
        OutputExistsError: something is there already. VnsignError: ``CANNOT_WRITE``; nothing is left behind.
    """
    from vnsign.cli import output

    if path is not None:
        from vnsign.signing.document import write_new

        data = rendered if isinstance(rendered, bytes) else (rendered if rendered.endswith("\n") else rendered + "\n").encode()
        write_new(path, data)
    elif isinstance(rendered, bytes):
        import sys

        if sys.stdout.isatty():
            raise ConfigurationError("this form is not for a terminal", code="USAGE", hint="name a new file with -o FILE")
        sys.stdout.buffer.write(rendered)
    else:
        output.result(rendered)
