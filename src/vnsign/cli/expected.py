"""Options of ``vnsign verify`` that say who is to have signed, and with which class of signature."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from vnsign.model.expectation import Expectation

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Expected:
    """What ``--signer`` and ``--require-class`` named."""

    signers: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    def read(self) -> Expectation:
        """The expectation.

        Raises:
            ConfigurationError: an expected signer that says nothing.
        """
        from vnsign.model.expectation import Expectation, ExpectedSigner
        from vnsign.model.report import SignatureClass

        signers = tuple(ExpectedSigner.parse(text) for text in self.signers)
        return Expectation(signers, tuple(SignatureClass(name) for name in dict.fromkeys(self.classes)))


def options(command: Command) -> Callable[..., Any]:
    """Add the options and hand them over together as ``expected``."""

    @click.option(
        "--signer",
        "signers",
        multiple=True,
        metavar="TYPE:NUMBER",
        help="Who must have signed: MST:0101234567, CCCD:001099000001, or a name (a weak match); repeatable.",
    )
    @click.option(
        "--require-class",
        "classes",
        multiple=True,
        type=click.Choice(["public", "civil-service", "foreign", "own"]),
        help="Class that every signature must be of; repeatable: one of them.",
    )
    @functools.wraps(command)
    def with_expected(*, signers: tuple[str, ...], classes: tuple[str, ...], **others: Any) -> Any:
        return command(expected=Expected(signers, classes), **others)

    return with_expected
