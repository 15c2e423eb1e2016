"""Where reports go, one at a time as they are ready: a stream, a file, or a folder with one file a document."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from vnsign.cli import output
from vnsign.cli.inputs import INSIDE
from vnsign.cli.render import put, refuse_existing, render
from vnsign.errors import ConfigurationError, OutputExistsError, VnsignError

if TYPE_CHECKING:
    from vnsign.model.report import DocumentReport
    from vnsign.report.text import Screen
    from vnsign.report.viewing import Wish

MOST_AT_ONCE = 1_000
"""Documents in one report of a form that cannot be written piece by piece."""
_MOST_OF = {"etsi-xml": 1}
"""The same for forms that have a limit of their own: that of ETSI is about one document."""

_STREAMED = ("text", "json", "ndjson")
_ENDINGS = {"text": ".txt", "json": ".json", "ndjson": ".ndjson", "html": ".html", "junit": ".xml", "pdf": ".pdf"}
_ENDINGS |= {"etsi-xml": ".xml"}


class Sink(Protocol):
    """Takes the reports in their order."""

    def put(self, report: DocumentReport) -> None:
        """One report."""

    def end(self) -> None:
        """All reports were put; not called after an error."""


@dataclass(frozen=True, slots=True)
class Form:
    """How reports are written: form, what is shown, the screen, and what signs them, if anything."""

    name: str
    wish: Wish
    screen: Screen
    seal: Callable[[bytes], bytes] | None = None

    def whole(self, reports: list[DocumentReport]) -> str | bytes:
        """Reports in one piece, not yet signed."""
        return render(self.name, reports, self.wish, self.screen)

    def sealed(self, rendered: str | bytes) -> str | bytes:
        """The reports signed, where they are to be."""
        return rendered if self.seal is None or isinstance(rendered, str) else self.seal(rendered)


@contextmanager
def opened(form: Form, target: str | None) -> Iterator[Sink]:
    """The sink for a form and a target.

    Args:
        form: how reports are written.
        target: a new file; a folder, when it ends with a slash or is one; ``None`` for stdout.

    Raises:
        OutputExistsError: the file is there already.
    """
    if is_folder(target):
        yield Folder(form, Path(target or "."))
        return
    path = None if target is None else Path(target)
    refuse_existing(path)
    if form.name not in _STREAMED:
        yield Collected(form, path)
        return
    with ExitStack() as stack:
        stream: TextIO = sys.stdout
        if path is not None:
            from vnsign.cli.new_file import new_file

            file = stack.enter_context(new_file(path))
            stream = io.TextIOWrapper(file, "utf-8", newline="\n", write_through=True)
            stack.callback(stream.detach)
        yield Documents(form, stream) if form.name == "json" else Stream(form, stream)


def is_folder(target: str | None) -> bool:
    """Whether reports go to a folder."""
    return target is not None and (target.endswith(("/", os.sep)) or Path(target).is_dir())


class Stream:
    """Text and NDJSON: one after another, exactly as they would be written together."""

    def __init__(self, form: Form, stream: TextIO) -> None:
        self._form, self._stream, self._last = form, stream, ""

    def put(self, report: DocumentReport) -> None:
        """Write it at once, for whoever reads the stream."""
        text = self._form.whole([report])
        if isinstance(text, bytes):  # cannot be: these forms are text
            raise TypeError(self._form.name)
        between = "\n" if self._last and self._form.name == "text" else ""
        self._stream.write(between + text)
        self._stream.flush()
        self._last = text

    def end(self) -> None:
        """End the last line."""
        if not self._last.endswith("\n"):
            self._stream.write("\n")


class Documents:
    """One JSON document whose list grows; the bytes are those of :func:`vnsign.report.json.dumps`."""

    def __init__(self, form: Form, stream: TextIO) -> None:
        self._stream, self._some = stream, False
        empty = form.whole([])
        self._head = (empty if isinstance(empty, str) else "").removesuffix("]\n}")

    def put(self, report: DocumentReport) -> None:
        """Write it at once."""
        import json

        from vnsign.report.json import to_json

        lines = json.dumps(to_json(report), ensure_ascii=False, indent=2).split("\n")
        self._stream.write(("," if self._some else self._head) + "".join(f"\n    {line}" for line in lines))
        self._stream.flush()
        self._some = True

    def end(self) -> None:
        """Close the list."""
        self._stream.write("\n  ]\n}\n" if self._some else f"{self._head}]\n}}\n")


class Collected:
    """Forms that are one document: kept until the end, so that their number is bounded."""

    def __init__(self, form: Form, path: Path | None) -> None:
        self._form, self._path = form, path
        self._reports: list[DocumentReport] = []

    def put(self, report: DocumentReport) -> None:
        """Keep it.

        Raises:
            ConfigurationError: ``TOO_MANY_FOR_ONE_FILE``.
        """
        most = _MOST_OF.get(self._form.name, MOST_AT_ONCE)
        if len(self._reports) >= most:
            raise ConfigurationError(
                f"more than {most} documents in one report of the form {self._form.name}",
                code="TOO_MANY_FOR_ONE_FILE",
                hint="name a folder with -o FOLDER/, or use --format ndjson",
            )
        self._reports.append(report)

    def end(self) -> None:
        """Write the report."""
        put(self._form.sealed(self._form.whole(self._reports)), self._path)


class Folder:
    """One file a document, at the document's own path below the folder."""

    def __init__(self, form: Form, folder: Path) -> None:
        self._form, self._folder = form, folder

    def put(self, report: DocumentReport) -> None:
        """Write the report of one document; one that is there already with the same content is left.

        Raises:
            OutputExistsError: another file is there. SigningError: ``CANNOT_WRITE``.
        """
        path = self._folder / placed(report.name, _ENDINGS.get(self._form.name, f".{self._form.name}"))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{path.parent}: {error.strerror or error}", code="CANNOT_WRITE") from error
        text = self._form.whole([report])
        if self._form.seal is not None and _begins(path, text):
            return  # signed in an earlier run; another signature would say nothing else
        try:
            put(self._form.sealed(text), path)
        except OutputExistsError:
            if not _holds(path, text):
                raise

    def end(self) -> None:
        """All is written."""


def placed(name: str, ending: str) -> Path:
    """Where below a folder the report of a document goes: never above it, whatever the document is called."""
    parts = [part for part in name.replace(INSIDE, "/").replace("\\", "/").split("/") if part not in ("", ".")]
    safe = ["_" if part == ".." else part.replace(":", "_").replace("\0", "_") for part in parts] or ["document"]
    return Path(*safe[:-1], safe[-1] + ending)


def _holds(path: Path, text: str | bytes) -> bool:
    data = text if isinstance(text, bytes) else (text if text.endswith("\n") else text + "\n").encode()
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _begins(path: Path, report: str | bytes) -> bool:
    """Whether a file holds the report and, after it, what signed it."""
    data = report if isinstance(report, bytes) else report.encode()
    try:
        with path.open("rb") as file:
            return file.read(len(data)) == data and file.read(1) != b""
    except OSError:
        return False


def say_error(report: DocumentReport, language: str) -> None:
    """Say on stderr why a document could not be read, and what to do."""
    problem = report.error
    if problem is not None:
        said, _, hint = output.told(VnsignError(problem.message, code=problem.code, hint=problem.hint), language)
        output.say(f"{report.name}: [{problem.code}] {said}" + (f" ({hint})" if hint else ""))
