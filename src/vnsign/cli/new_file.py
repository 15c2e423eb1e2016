"""A new file that is written piece by piece: there whole at the end, or not at all, and never over another."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from vnsign.cli.render import refuse_existing
from vnsign.errors import ConfigurationError


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file for writing; it gets its name when the block ends without an error.

    Raises:
        OutputExistsError: something is there already. ConfigurationError: ``CANNOT_WRITE``; nothing is left behind.
    """
    refuse_existing(path)
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        with temporary.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        refuse_existing(path)  # whoever wrote it in the meantime: nothing is written over
        temporary.rename(path)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be written: {error.strerror or error}",
            code="CANNOT_WRITE",
            hint="check folder, permissions and free space",
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
