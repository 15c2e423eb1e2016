"""What ``vnsign verify`` is to judge: files, folders, patterns, lists on standard input, and ZIP dossiers opened."""

from __future__ import annotations

import glob
import hashlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import BinaryIO

from vnsign.errors import ConfigurationError, UnreadableDocumentError
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits

STDIN = "-"
INSIDE = "!/"
"""Stands between the name of a ZIP dossier and the name of a document in it."""

_PIECE = 64 * 1024
_LONGEST_PATH = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Item:
    """One document to be judged.

    Attributes:
        source: its path or bytes, and its name for people.
        key: tells documents apart: the absolute path, and the name within a ZIP.
        size: of the file in bytes; -1 where there is none. Of a document in a ZIP: of the ZIP.
        mtime: of the file in nanoseconds.
        error: why its bytes cannot be had; ``None`` where they may.
    """

    source: DocumentSource
    key: bytes = field(repr=False)
    size: int = -1
    mtime: int = -1
    error: UnreadableDocumentError | None = None

    def sha256(self) -> str:
        """The hash of the bytes as they are now; empty where they cannot be had."""
        if self.error is not None or self.size < 0:
            return ""
        try:
            with self.source.open(Limits(document_bytes=sys.maxsize)) as stream:
                found = hashlib.sha256()
                while piece := stream.read(_PIECE):
                    found.update(piece)
                return found.hexdigest()
        except (UnreadableDocumentError, OSError):
            return ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The arguments of the command.

    Attributes:
        arguments: paths, patterns, folders, ``-``.
        recursive: whether folders are walked.
        patterns: which file names of folders, patterns and dossiers count; all where empty.
        limits: of what is read here: ZIP dossiers.
    """

    arguments: tuple[str, ...]
    recursive: bool = False
    patterns: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def check(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ConfigurationError: a folder without ``-r``, standard input named twice.
        """
        if self.arguments.count(STDIN) > 1:
            raise ConfigurationError("standard input can be read once, `-` is named twice", code="USAGE", hint="name `-` once")
        for name in self.arguments:
            if not self.recursive and name != STDIN and Path(name).is_dir():
                raise ConfigurationError(
                    f"{_shown(name)} is a folder", code="IS_FOLDER", hint="add -r to judge every file in it"
                )

    def total(self) -> int | None:
        """How many documents there are, where that is known beforehand."""
        certain = all(
            name != STDIN and not _is_pattern(name) and not name.lower().endswith(".zip") and not Path(name).is_dir()
            for name in self.arguments
        )
        return len(self.arguments) if certain else None

    def items(self) -> Iterator[Item]:
        """Every document once, in the order named; files of a folder and of a pattern by name. Found as they are asked for."""
        seen: set[bytes] = set()  # sixteen bytes a document, however long its path
        for path in self._paths():
            for item in self._opened(path):
                mark = hashlib.sha256(item.key).digest()[:16]
                if mark not in seen:
                    seen.add(mark)
                    yield item

    def _paths(self) -> Iterator[str]:
        for name in self.arguments:
            if name == STDIN:
                for listed in listed_paths(sys.stdin.buffer):
                    yield from self._below(listed)
            elif _is_pattern(name):
                yield from self._matching(name)
            else:
                yield from self._below(name)

    def _matching(self, pattern: str) -> Iterator[str]:
        """The files that a pattern names; the pattern itself where there are none, so that this is told."""
        found = sorted(glob.iglob(pattern, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
        for one in found or [pattern]:
            if Path(one).is_dir():
                yield from self._below(one) if self.recursive else ()
            elif not found or self._counts(one):
                yield one

    def _below(self, path: str) -> Iterator[str]:
        if self.recursive and Path(path).is_dir():
            yield from (found for found in _walked(path) if self._counts(found))
        else:
            yield path

    def _counts(self, name: str) -> bool:
        last = name.replace(os.sep, "/").rpartition("/")[2]
        return not self.patterns or any(fnmatch(last, pattern) for pattern in self.patterns)

    def _opened(self, path: str) -> Iterator[Item]:
        item = _item(path)
        members = self._members(item) if path.lower().endswith(".zip") else None
        if members is None:
            yield item
            return
        yield from members

    def _members(self, item: Item) -> Iterator[Item] | None:
        """The documents of a ZIP dossier; ``None`` where the file itself is judged: a container, or what cannot be read."""
        from vnsign.formats.asic.dossier import members

        try:
            data = item.source.read(self.limits)
            found = members(data, self.limits) if data[:4] in (b"PK\3\4", b"PK\5\6") else None
        except UnreadableDocumentError:
            return None  # the verifier meets the same error and reports it
        if found is None:
            return None
        return (
            Item(
                DocumentSource(f"{item.source.name}{INSIDE}{member.name}", data=member.data or b""),
                item.key + INSIDE.encode() + member.name.encode(),
                item.size,
                item.mtime,
                member.error,
            )
            for member in found
            if self._counts(member.name)
        )


def listed_paths(stream: BinaryIO) -> Iterator[str]:
    """The paths of a list: separated by NUL where there is any in its beginning, else one a line.

    Raises:
        ConfigurationError: a path longer than any system has.
    """
    # `read1` gives what is there, so that a list that is still being written is followed.
    read = getattr(stream, "read1", stream.read)
    piece = read(_PIECE)
    separator = b"\0" if b"\0" in piece else b"\n"
    rest = b""
    while piece:
        *whole, rest = (rest + piece).split(separator)
        yield from _decoded(whole, separator)
        if len(rest) > _LONGEST_PATH:
            raise ConfigurationError(
                "standard input is no list of paths, one a line or separated by NUL",
                code="USAGE",
                hint="pass the paths of the files",
            )
        piece = read(_PIECE)
    yield from _decoded([rest], separator)


def _decoded(names: Iterable[bytes], separator: bytes) -> Iterator[str]:
    for name in names:
        bare = name.removesuffix(b"\r") if separator == b"\n" else name
        if bare:
            yield os.fsdecode(bare)


def _walked(folder: str) -> Iterator[str]:
    """The files below a folder by name; what is hidden (a dot at the beginning), links to folders and devices are left out.

    A folder that cannot be read is named itself, so that it is told.
    """
    closed: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place) / name
            if not name.startswith(".") and (path.is_file() or not path.exists()):
                yield str(path)
    yield from (str(error.filename) for error in closed)


def _item(path: str) -> Item:
    name, key = _shown(path), os.fsencode(Path(path).absolute())
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return Item(DocumentSource(name, path=Path(path)), key)
    size = status.st_size if stat.S_ISREG(status.st_mode) else -1
    return Item(DocumentSource(name, path=Path(path)), key, size, status.st_mtime_ns)


def _shown(path: str) -> str:
    """A path as text: bytes that are no UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def _is_pattern(name: str) -> bool:
    return glob.has_magic(name) and not os.path.lexists(name)


def of(arguments: Sequence[str], *, recursive: bool = False, patterns: Sequence[str] = ()) -> Inputs:
    """Inputs that were checked. Raises as :meth:`Inputs.check`."""
    found = Inputs(tuple(arguments), recursive, tuple(patterns))
    found.check()
    return found
