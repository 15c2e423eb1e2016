"""Options that say where the key is: in a file, in a token, at a remote service. Its secret is never an argument."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vnsign.cli import options
from vnsign.errors import ConfigurationError, SignerUnavailableError

if TYPE_CHECKING:
    from vnsign.signing.signer import Signer

SECRET_VARIABLE = "VNSIGN_SECRET"  # noqa: S105 - a name, not a secret

_FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option("--key", type=_FILE, metavar="FILE", help="Key: PKCS #12 (.p12, .pfx) or PEM."),
    click.option("--cert", type=_FILE, metavar="FILE", help="Certificate of a PEM key, where it is in another file."),
    click.option("--chain", type=_FILE, metavar="FILE", help="Certificates of the issuers of a PEM key."),
    click.option("--secret-file", type=_FILE, metavar="FILE", help="File with the secret of the key: password or PIN."),
)


def key_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say where the key is."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextlib.contextmanager
def open_signer(found: Mapping[str, Any]) -> Iterator[Signer]:
    """The signer that the options name, until the block ends. The secret is asked for once.

    Args:
        found: the options of :func:`key_options`, by name.

    Raises:
        ConfigurationError: none is named, or more than one.
        SignerUnavailableError, AuthorizationRefusedError: as the signers do.
    """
    key: Path | None = found["key"]
    if key is None:
        raise ConfigurationError("no key is named", code="USAGE", hint="--key FILE")
    yield _from_file(key, found)


def _from_file(key: Path, found: Mapping[str, Any]) -> Signer:
    from vnsign.signing.key_files import read_key_file
    from vnsign.signing.pem import PemSigner
    from vnsign.signing.pkcs12 import Pkcs12Signer

    def asked() -> str:
        return secret(found["secret_file"], key.name)

    if b"-----BEGIN " in read_key_file(key):
        return PemSigner.open(key, found["cert"], chain=found["chain"], secret=asked)
    return Pkcs12Signer.open(key, asked)


def secret(file: Path | None, name: str) -> str:
    """The secret of a key: from a file, from the environment, else asked for at the terminal.

    Raises:
        SignerUnavailableError: there is no terminal to ask at.
        ConfigurationError: the file cannot be read.
    """
    given = options.read_secret(file)
    if given is None:
        given = os.environ.get(SECRET_VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise SignerUnavailableError(
            f"{name}: the key is protected and there is no terminal to ask at",
            code="SECRET_NEEDED",
            hint=f"--secret-file FILE, or the variable {SECRET_VARIABLE}",
        )
    from getpass import getpass

    return getpass(f"Mật khẩu / Password ({name}): ", sys.stderr)
