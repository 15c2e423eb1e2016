"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from vnsign.errors import ConfigurationError

Command = TypeVar("Command", bound=Callable[..., Any])

language = click.option(
    "--lang", "language", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Language."
)
password_file = click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File with the password of an encrypted PDF.",
)
trust = click.option(
    "--trust",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DIR",
    help="Folder of certificates; repeatable. Default: what `vnsign trust` keeps.",
)


def read_secret(path: Path | None) -> str | None:
    """The text of a file without its line end; ``None`` for no file.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    if path is None:
        return None
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read", code="CANNOT_OPEN") from error


def read_detached(pairs: Sequence[str]) -> dict[str, bytes]:
    """The data that ``--detached URI=FILE`` names, by URI.

    Raises:
        ConfigurationError: not of that form, or the file cannot be read.
    """
    found = {}
    for pair in pairs:
        uri, separator, file = pair.partition("=")
        if not separator:
            raise ConfigurationError(f"--detached {pair!r} is not URI=FILE", code="USAGE")
        try:
            found[uri] = Path(file).read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{file}: {error.strerror}", code="CANNOT_OPEN") from error
    return found
