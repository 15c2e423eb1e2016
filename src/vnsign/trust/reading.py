"""Reading folder trees and files with bounds. The caller says which error its users expect."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from vnsign.errors import VnsignError

MAX_FILES = 10_000


def regular_files(folder: Path, error: type[VnsignError]) -> Iterator[Path]:
    """The regular files of a folder tree in a stable order; hidden ones are left out, links to folders not followed.

    Raises:
        VnsignError: of the type ``error``: no such folder, no permission, or more than :data:`MAX_FILES` files.
    """
    if not folder.is_dir():
        raise error(f"{folder}: no such folder", code="NO_FOLDER", hint="check the path of the folder")

    def refuse(problem: OSError) -> None:
        message = f"{problem.filename}: {problem.strerror or problem}"
        raise error(message, code="CANNOT_OPEN", hint="check its permissions") from problem

    count = 0
    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if name.startswith(".") or not path.is_file():
                continue
            count += 1
            if count > MAX_FILES:
                raise error(f"{folder}: more than {MAX_FILES} files", code="LIMIT_EXCEEDED", hint="name another folder")
            yield path


def read_bounded(path: Path, most: int, error: type[VnsignError], *, hint: str) -> bytes:
    """All bytes of a file.

    Args:
        path: the file.
        most: bytes, inclusive.
        error: what is raised.
        hint: what to do about a file that is too large.

    Raises:
        VnsignError: of the type ``error``: it cannot be read, or is larger.
    """
    try:
        with path.open("rb") as stream:
            # No more than the file has is asked for: a buffer of the limit's size would be made for every small file.
            wanted = min(os.fstat(stream.fileno()).st_size, most)
            data = stream.read(wanted + 1)
    except OSError as problem:
        message = f"{path}: {problem.strerror or problem}"
        raise error(message, code="CANNOT_OPEN", hint="check its path and permissions") from problem
    if len(data) > most:
        raise error(f"{path}: more than {most} bytes", code="LIMIT_EXCEEDED", hint=hint)
    return data
