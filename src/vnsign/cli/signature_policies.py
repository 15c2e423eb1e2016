"""Option of ``vnsign verify`` that gives the documents of signature policies."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vnsign.errors import ConfigurationError

if TYPE_CHECKING:
    from vnsign.model.signature_policy import PolicyDocument

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class SignaturePolicies:
    """What ``--signature-policy`` named."""

    named: tuple[str, ...] = ()

    def read(self) -> tuple[PolicyDocument, ...]:
        """The documents.

        Raises:
            ConfigurationError: a file that cannot be read, or is empty.
        """
        return tuple(self._documents())

    def _documents(self) -> Iterator[PolicyDocument]:
        from vnsign.model.signature_policy import PolicyDocument

        for text in self.named:
            # Identifiers that are URIs hold "=" as well as names of files do: the whole may be the name of a file.
            identifier, file = ("", text) if Path(text).exists() else text.rpartition("=")[::2]
            try:
                data = Path(file).read_bytes()
            except OSError as error:
                raise ConfigurationError(
                    f"--signature-policy {text!r}: {error.strerror}",
                    code="CANNOT_OPEN",
                    hint="write FILE, or ID=FILE with the identifier of the policy",
                ) from error
            yield PolicyDocument(data, identifier)


def options(command: Command) -> Callable[..., Any]:
    """Add the option and hand it over as ``signature_policies``."""

    @click.option(
        "--signature-policy",
        "named",
        multiple=True,
        metavar="[ID=]FILE",
        help="Document of a signature policy that a signer names, by its identifier or by its digest; repeatable.",
    )
    @functools.wraps(command)
    def with_documents(*, named: tuple[str, ...], **others: Any) -> Any:
        return command(signature_policies=SignaturePolicies(named), **others)

    return with_documents
