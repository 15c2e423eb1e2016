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
    from vnsign.signing.pkcs11 import Pkcs11Signer
    from vnsign.signing.remote.signer import RemoteSigner
    from vnsign.signing.signer import Signer

SECRET_VARIABLE = "VNSIGN_SECRET"  # noqa: S105 - a name, not a secret
TOKEN_VARIABLE = "VNSIGN_CSC_TOKEN"  # noqa: S105 - a name, not a secret
CODE_VARIABLE = "VNSIGN_OTP"

_FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option("--key", type=_FILE, metavar="FILE", help="Key: PKCS #12 (.p12, .pfx) or PEM."),
    click.option("--cert", type=_FILE, metavar="FILE", help="Certificate of a PEM key, where it is in another file."),
    click.option("--chain", type=_FILE, metavar="FILE", help="Certificates of the issuers of a PEM key or of a token's."),
    click.option("--secret-file", type=_FILE, metavar="FILE", help="File with the secret of the key: password or PIN."),
    click.option("--pkcs11", type=_FILE, metavar="MODULE", help="Key in a token or HSM: file of its PKCS #11 module."),
    click.option("--token", default="", metavar="LABEL", help="Token: its label, where there are several."),
    click.option("--slot", type=int, metavar="N", help="Token: number of its slot."),
    click.option("--key-label", default="", metavar="LABEL", help="Token: label of the key."),
    click.option("--key-id", default="", metavar="HEX", help="Token: identifier of the key (CKA_ID)."),
    click.option("--cert-label", default="", metavar="LABEL", help="Token: label of the certificate."),
    click.option("--pinpad", is_flag=True, help="Token: the PIN is entered at the reader."),
    click.option("--csc", metavar="URL", help="Key at a remote service: address of its CSC API, up to /v1 or /v2."),
    click.option("--credential", default="", metavar="ID", help="Remote: which credential, where there are several."),
    click.option("--csc-user", default="", metavar="ID", help="Remote: the user, where the service wants it."),
    click.option("--csc-token-file", type=_FILE, metavar="FILE", help=f"Remote: access token; or {TOKEN_VARIABLE}."),
    click.option("--otp-file", type=_FILE, metavar="FILE", help=f"Remote: one-time code; or {CODE_VARIABLE}; else asked for."),
    click.option("--csc-hashes", type=int, default=100, show_default=True, metavar="N", help="Remote: hashes in one call."),
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
    named = [name for name in ("key", "pkcs11", "csc") if found[name] is not None]
    if len(named) != 1:
        what = "no key is named" if not named else f"more than one key is named: --{' and --'.join(named)}"
        raise ConfigurationError(what, code="USAGE", hint="--key FILE, --pkcs11 MODULE or --csc URL")
    if found["pkcs11"] is not None:
        with _from_token(found["pkcs11"], found) as signer:
            yield signer
    elif found["csc"] is not None:
        yield _from_service(found["csc"], found)
    else:
        yield _from_file(found["key"], found)


def _from_token(module: Path, found: Mapping[str, Any]) -> Pkcs11Signer:
    from vnsign.signing.pem import read_certificates
    from vnsign.signing.pkcs11 import Pkcs11Signer

    def asked() -> str:
        return secret(found["secret_file"], found["token"] or module.name, "Mã PIN / PIN")

    return Pkcs11Signer.open(
        module,
        token=found["token"],
        slot=found["slot"],
        key=found["key_label"] or _identifier(found["key_id"]),
        certificate=found["cert_label"],
        pin=None if found["pinpad"] else asked,
        chain=() if found["chain"] is None else read_certificates(found["chain"]),
    )


def _identifier(text: str) -> str | bytes:
    try:
        return bytes.fromhex(text.replace(":", "")) if text else ""
    except ValueError as error:
        raise ConfigurationError("--key-id is no hexadecimal number", code="USAGE", hint="--key-id 01ab") from error


def _from_service(url: str, found: Mapping[str, Any]) -> RemoteSigner:
    from vnsign.signing.remote.csc import CscAuthorization, CscService
    from vnsign.signing.remote.csc_http import CscEndpoint
    from vnsign.signing.remote.signer import RemoteSigner

    token = options.read_secret(found["csc_token_file"]) or os.environ.get(TOKEN_VARIABLE)
    endpoint = CscEndpoint(url, None if token is None else lambda: token, tuple(found.get("allow", ())))
    authorization = CscAuthorization(
        pin=lambda: secret(found["secret_file"], url, "Mã PIN / PIN"),
        otp=lambda: secret(found["otp_file"], url, "Mã OTP / One-time code", CODE_VARIABLE),
    )
    service = CscService(endpoint, authorization=authorization, user=found["csc_user"], hashes_a_call=found["csc_hashes"])
    return RemoteSigner.of(service, found["credential"])


def _from_file(key: Path, found: Mapping[str, Any]) -> Signer:
    from vnsign.signing.key_files import read_key_file
    from vnsign.signing.pem import PemSigner
    from vnsign.signing.pkcs12 import Pkcs12Signer

    def asked() -> str:
        return secret(found["secret_file"], key.name)

    if b"-----BEGIN " in read_key_file(key):
        return PemSigner.open(key, found["cert"], chain=found["chain"], secret=asked)
    return Pkcs12Signer.open(key, asked)


def secret(file: Path | None, name: str, what: str = "Mật khẩu / Password", variable: str = SECRET_VARIABLE) -> str:
    """The secret of a key: from a file, from the environment, else asked for at the terminal.

    Args:
        file: with the secret; ``None``: none is named.
        name: of the key, for the question.
        what: kind of secret, for the question.
        variable: of the environment.

    Raises:
        SignerUnavailableError: there is no terminal to ask at.
        ConfigurationError: the file cannot be read.
    """
    given = options.read_secret(file)
    if given is None:
        given = os.environ.get(variable)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise SignerUnavailableError(
            f"{name}: the key is protected and there is no terminal to ask at",
            code="SECRET_NEEDED",
            hint=f"give it in a file, or in the variable {variable}",
        )
    from getpass import getpass

    return getpass(f"{what} ({name}): ", sys.stderr)
