"""Where prepared documents wait: the folder of sessions, and the key that seals them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vnsign.errors import ConfigurationError

if TYPE_CHECKING:
    from vnsign.signing.store import SessionStore

Command = TypeVar("Command", bound=Callable[..., Any])

_PATH = click.Path(path_type=Path)
_OPTIONS = (
    click.option(
        "--sessions", type=_PATH, required=True, metavar="DIR", help="Folder where prepared documents wait. Keep it private."
    ),
    click.option(
        "--session-key",
        type=_PATH,
        metavar="FILE",
        help="File with the secret that seals them. Default: session.key in the user's configuration, made when missing.",
    ),
)


def session_options(command: Command) -> Command:
    """Give a command both options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def open_store(folder: Path, key_file: Path | None) -> SessionStore:
    """The store of sessions.

    Raises:
        ConfigurationError: the key is short, missing or cannot be read; the folder cannot be used.
    """
    from vnsign.signing.store import SessionStore

    return SessionStore(folder, _default_key() if key_file is None else _read(key_file))


def _default_key() -> bytes:
    base = os.environ.get("XDG_CONFIG_HOME") or (os.environ.get("APPDATA") if os.name == "nt" else None)
    path = (Path(base) if base else Path.home() / ".config") / "vnsign" / "session.key"
    if not path.exists():
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(secrets.token_bytes(32))
        except FileExistsError:
            pass  # another process made it just now
        except OSError as error:
            raise ConfigurationError(
                f"{path}: {error.strerror or error}", code="CANNOT_WRITE", hint="name a key with --session-key FILE"
            ) from error
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path}: {error.strerror or error}", code="CANNOT_OPEN", hint="a file of 32 random bytes or more"
        ) from error
