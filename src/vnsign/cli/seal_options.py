"""Options of ``vnsign verify`` for a report that is a paper of an agency: its name, ``--seal`` and where the key is."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from vnsign.cli import key_options
from vnsign.errors import ConfigurationError

Command = TypeVar("Command", bound=Callable[..., Any])

_SEAL = (
    click.option("--agency", default="", metavar="NAME", help="Who checks, for the head of the report (--format pdf)."),
    click.option("--seal", is_flag=True, help="Sign the report (--format pdf), with the key of the options below."),
    click.option("--tsa", metavar="URL", help="Time-stamping authority for the signature on the report."),
)


@dataclass(frozen=True, slots=True)
class Seal:
    """What the options asked for.

    Attributes:
        agency: who checks.
        wanted: whether the report is signed.
        tsa: address of the time-stamping authority.
        key: the options of :func:`vnsign.cli.key_options.key_options`, by name.
    """

    agency: str
    wanted: bool
    tsa: str | None
    key: Mapping[str, Any]

    @contextmanager
    def opened(self, format_: str, allow: tuple[str, ...]) -> Iterator[Callable[[bytes], bytes] | None]:
        """What signs a report, until the block ends; ``None`` where none is to be signed. The secret is asked for once.

        Args:
            format_: form of the report.
            allow: hosts that may be asked though they are not public.

        Raises:
            ConfigurationError: a form that cannot be signed; no key, or more than one; a key and no ``--seal``.
            SignerUnavailableError, AuthorizationRefusedError: as the signers do.
        """
        if not self.wanted:
            self._refuse_key()
            yield None
            return
        if format_ != "pdf":
            raise ConfigurationError(f"no report of the form {format_!r} is signed", code="USAGE", hint="--format pdf")
        from vnsign.cli.sign_options import authority
        from vnsign.report.seal import seal_report

        timestamps = authority(self.tsa, allow)
        with key_options.open_signer({**self.key, "allow": allow}) as signer:
            yield lambda pdf: seal_report(pdf, signer, timestamps=timestamps).data

    def _refuse_key(self) -> None:
        if self.tsa is not None or any(self.key[name] is not None for name in ("key", "pkcs11", "csc")):
            raise ConfigurationError("a key or an authority is named and nothing is to be signed", code="USAGE", hint="--seal")


def options(command: Command) -> Callable[..., Any]:
    """Add the options and hand them over together as ``seal``."""

    @functools.wraps(command)
    def with_seal(*, agency: str, seal: bool, tsa: str | None, **others: Any) -> Any:
        key = {name: others.pop(name) for name in names}
        return command(seal=Seal(agency, seal, tsa, key), **others)

    # What key_options adds is what it hands over: the names of its options are its own.
    before = {item.name for item in getattr(with_seal, "__click_params__", [])}
    key_options.key_options(with_seal)
    names = [item.name for item in getattr(with_seal, "__click_params__", []) if item.name not in before]
    for add in reversed(_SEAL):
        add(with_seal)
    return with_seal
